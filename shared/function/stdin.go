package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
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
	if reportsFailure(answer) {
		return 1
	}
	return 0
}

// reportsFailure tells whether an answer, which is a success to the platforms,
// names what failed: messages of a queue, or a notification whose outcome is
// unknown.
func reportsFailure(answer []byte) bool {
	type part struct {
		Status   string            `json:"status"`
		Messages []json.RawMessage `json:"batchItemFailures"`
	}
	parts := make([]part, 1)
	if json.Unmarshal(answer, &parts[0]) != nil && json.Unmarshal(answer, &parts) != nil {
		return false
	}
	return slices.ContainsFunc(parts, func(p part) bool { return p.Status == "failed" || len(p.Messages) > 0 })
}
