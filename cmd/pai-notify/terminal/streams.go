// Package terminal is how commands read and print: the standard streams, columns,
// JSON, and questions.
package terminal

import (
	"errors"
	"io"
	"log/slog"

	"github.com/pai-notify/pai-notify/shared/function"
)

// Streams are the standard streams of a command.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// Log has the process log to standard error, as JSON, or nowhere, and returns
// where.
func (s Streams) Log(shown bool) io.Writer {
	out := io.Discard
	if shown {
		out = s.Err
	}
	slog.SetDefault(slog.New(function.NewLogHandler(slog.NewJSONHandler(out, nil))))
	return out
}

// ErrNo ends a command whose answer is no and was printed already.
var ErrNo = errors.New("no")
