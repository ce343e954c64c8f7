package history

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// Dead has the commands about dead letters: notifications that were not sent and
// are no longer retried.
type Dead struct {
	List    deadListCommand    `cmd:"" help:"List dead letters."`
	Show    deadShowCommand    `cmd:"" help:"Show one notification: its attempts, what to do, and its event."`
	Redrive deadRedriveCommand `cmd:"" help:"Resend dead letters, to their receivers as they are now."`
	Cancel  deadCancelCommand  `cmd:"" help:"Cancel notifications that wait or are dead letters."`
}

type deadListCommand struct {
	selection
	Limit int  `help:"Number of notifications to print, newest first; 0 for all." placeholder:"N"`
	JSON  bool `help:"Print one JSON object per line."`
}

// Run prints the dead letters.
func (c *deadListCommand) Run(ctx context.Context, s terminal.Streams) error {
	list, err := c.find(ctx, s, c.Limit, local.Dead)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printRecords(s.Out, list)
	case len(list) == 0:
		fmt.Fprintln(s.Out, "No dead letters.")
		return nil
	}
	printNotifications(s.Out, list)
	fmt.Fprintf(s.Out, "\nMore of one: pai-notify dead show %s\nSend again:  pai-notify dead redrive %s\n", list[0].ID, list[0].ID)
	return nil
}

type deadShowCommand struct {
	place
	JSON bool   `help:"Print JSON."`
	ID   string `arg:"" help:"Id of the notification, as history and dead list print it."`
}

// Run prints one notification with its attempts and its event.
func (c *deadShowCommand) Run(ctx context.Context, s terminal.Streams) error {
	a, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	n, attempts, body, err := a.Life(ctx, c.ID)
	if closeErr := a.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return running.Plain(err)
	}
	if c.JSON {
		return showJSON(s.Out, n, attempts, body)
	}
	show(s.Out, n, attempts, body)
	return nil
}

func show(out io.Writer, n local.Notification, attempts []local.Attempt, body []byte) {
	for _, line := range [][2]string{
		{"notification", n.ID}, {"outcome", n.State.String()}, {"rule", n.Rule}, {"owner", n.Owner}, {"target", targetName(n)}, {"about", about(n)},
		{"event", eventName(n) + ", id " + n.EventID}, {"happened", moment(n.Time)}, {"accepted", moment(n.Accepted)},
		{"sent on as", n.MovedTo}, {"made of", n.MovedFrom},
		{"why", n.Outcome.Reason}, {"what to do", n.Outcome.Advice},
	} {
		if line[1] != "" {
			fmt.Fprintf(out, "%s%s\n", terminal.Pad(line[0], 12), terminal.OneLine(line[1]))
		}
	}
	fmt.Fprintln(out)
	for _, a := range attempts {
		facts := []string{string(a.Outcome.Status), string(a.Outcome.Class)}
		if a.Outcome.HTTPStatus != 0 {
			facts = append(facts, fmt.Sprintf("HTTP %d", a.Outcome.HTTPStatus))
		}
		if a.Outcome.Code != "" {
			facts = append(facts, "code "+a.Outcome.Code)
		}
		facts = append(facts, fmt.Sprintf("%d ms", a.Ended.Sub(a.Started).Milliseconds()), terminal.OneLine(a.Outcome.Reason))
		facts = slices.DeleteFunc(facts, func(fact string) bool { return fact == "" })
		fmt.Fprintf(out, "attempt %d  %s  %s\n", a.Number, moment(a.Started), strings.Join(facts, ", "))
	}
	fmt.Fprintln(out)
	if len(body) > 0 { // a ledger keeps none of what was sent
		terminal.Indent(out, body)
	}
}

// about is what the event is about: its name and its id.
func about(n local.Notification) string {
	if n.JobName == "" || n.JobName == n.Job {
		return n.Job
	}
	return strings.TrimSuffix(n.JobName+", id "+n.Job, ", id ")
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.RFC3339)
}

func showJSON(out io.Writer, n local.Notification, attempts []local.Attempt, body []byte) error {
	type attempt struct {
		Number  int             `json:"number"`
		Started time.Time       `json:"started"`
		Ended   time.Time       `json:"ended,omitzero"`
		Answer  json.RawMessage `json:"answer,omitempty"`
	}
	whole := struct {
		Record
		Tries []attempt       `json:"tries"`
		Event json.RawMessage `json:"event,omitempty"`
	}{recordOf(n), []attempt{}, body}
	for _, a := range attempts {
		whole.Tries = append(whole.Tries, attempt{a.Number, a.Started, a.Ended, a.Answer})
	}
	return terminal.PrintJSON(out, whole)
}
