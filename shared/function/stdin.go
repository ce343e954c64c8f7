package function

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// The deadline on standard input is the timeout that template.yaml and s.yaml
// give the deployed functions.
const stdinTimeout = 30 * time.Second

func runOnce(h Handler, in io.Reader, out, diagnostics io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, stdinTimeout)
	defer cancel()
	payload, err := io.ReadAll(in)
	if err != nil {
		fmt.Fprintln(diagnostics, "function: reading standard input:", err)
		return 1
	}
	answer, err := h(ctx, payload)
	if failure, ok := errors.AsType[Failure](err); ok {
		// What failed is the answer here, as it is on the platforms.
		fmt.Fprintln(out, failure.Error())
		return 1
	}
	if err != nil {
		fmt.Fprintln(diagnostics, err)
		return 1
	}
	fmt.Fprintln(out, string(answer))
	return 0
}
