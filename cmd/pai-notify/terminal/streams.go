// Package terminal is what commands read from and print to a terminal: the standard
// streams, columns, JSON, and questions.
package terminal

import (
	"errors"
	"io"
)

// Streams are the standard streams of a command.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// ErrNo ends a command whose answer is no and was printed already.
var ErrNo = errors.New("no")
