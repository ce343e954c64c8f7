package terminal

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// Answer reads a line, unless the context ends before.
func Answer(ctx context.Context, in io.Reader) (string, error) {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(in).ReadString('\n') // what was typed so far counts
		line <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case text := <-line:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// IsTerminal tells whether somebody can be asked.
func IsTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
