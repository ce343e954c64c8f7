package try

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/exactjson"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// loggedOutcome is an outcome from a function's log, with the queue message in
// which its event came.
type loggedOutcome struct {
	Msg     string `json:"msg"`
	Message string `json:"message_id"`
	outcome.Outcome
}

// judge returns errNo when a function's answer, or its log, reports a notification
// that failed or whose outcome is unknown. The answer to a batch of a queue only
// names messages, so the reasons are taken from the log and printed.
func judge(answer, log []byte, s terminal.Streams) error {
	var queue struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if bytes.Contains(answer, []byte(`"batchItemFailures"`)) && exactjson.Unmarshal(answer, &queue) == nil {
		failed := failures(log)
		for _, f := range failed {
			fmt.Fprintln(s.Err, f.line())
		}
		for _, f := range queue.Failures {
			if !slices.ContainsFunc(failed, func(o loggedOutcome) bool { return o.Message == f.ID }) {
				fmt.Fprintf(s.Err, "message %s: failed, and the function's log does not say why\n", terminal.OneLine(f.ID))
			}
		}
		if len(failed)+len(queue.Failures) > 0 {
			return terminal.ErrNo
		}
		return nil
	}
	outcomes := make([]outcome.Outcome, 1)
	err := exactjson.Unmarshal(answer, &outcomes[0])
	if bytes.HasPrefix(answer, []byte("[")) {
		err = exactjson.Unmarshal(answer, &outcomes)
	}
	if err != nil {
		return errNoOutcome
	}
	for _, o := range outcomes {
		switch o.Status {
		case outcome.Sent, outcome.Skipped:
		case outcome.Failed:
			return terminal.ErrNo
		default:
			return errNoOutcome
		}
	}
	return nil
}

var errNoOutcome = errors.New("the function answered, but its answer tells no outcome: nobody knows whether it sent anything")

// failures returns the outcomes of failed notifications in a log.
func failures(log []byte) []loggedOutcome {
	var failed []loggedOutcome
	for line := range bytes.Lines(log) {
		var o loggedOutcome
		if exactjson.Unmarshal(line, &o) == nil && o.Msg == "notification" && o.Status == outcome.Failed {
			failed = append(failed, o)
		}
	}
	return failed
}

// line says in one line what failed and why.
func (o loggedOutcome) line() string {
	var about []string
	for _, part := range [...]struct{ name, value string }{{"message ", o.Message}, {"event ", o.Event}, {"rule ", o.Rule}, {"", o.Target}} {
		if part.value != "" {
			about = append(about, part.name+part.value)
		}
	}
	text := fmt.Sprintf("%s: failed (%s): %s", strings.Join(about, ", "), o.Class, o.Reason)
	if o.Advice != "" {
		text += ": " + o.Advice
	}
	return terminal.OneLine(text)
}
