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

// stdinTimeout is the deadline on standard input. It is the timeout that
// template.yaml and s.yaml give the deployed functions.
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
	if tellsFailure(answer) {
		return 1
	}
	return 0
}

// tellsFailure tells of an answer that something failed of which a platform is
// reported as a success, so that it does not repeat the rest: an outcome, one of a
// list, or a message of a queue. Names count in these letters only.
func tellsFailure(answer []byte) bool {
	list := make([]map[string]json.RawMessage, 1)
	if json.Unmarshal(answer, &list[0]) != nil && json.Unmarshal(answer, &list) != nil {
		return false
	}
	return slices.ContainsFunc(list, func(answer map[string]json.RawMessage) bool {
		var failures []json.RawMessage
		_ = json.Unmarshal(answer["batchItemFailures"], &failures) // mostly there is none
		return string(answer["status"]) == `"failed"` || len(failures) > 0
	})
}
