package terminal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// answer reads a line, unless the context ends before.
func answer(ctx context.Context, in io.Reader) (string, error) {
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

// Confirm asks a question, and fails unless the answer is yes.
func Confirm(ctx context.Context, s Streams, question string) error {
	fmt.Fprint(s.Out, question+" [y/N] ")
	if said, err := answer(ctx, s.In); err != nil || said != "y" && said != "yes" {
		fmt.Fprintln(s.Out, "\nNothing was changed.")
		return ErrNo
	}
	return nil
}

// IsTerminal tells whether somebody can be asked.
func IsTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
