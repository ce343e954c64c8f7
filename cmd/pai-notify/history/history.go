// Package history has the commands about notifications, those of this machine's bus
// and of a cloud's: history and dead.
package history

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// List is the command history.
type List struct {
	selection
	Outcome []string `help:"Filter by outcome: sent, skipped, dead, unknown, cancelled, moved or waiting." placeholder:"OUTCOME"`
	Limit   int      `default:"50" help:"Number of notifications to print, newest first; 0 for all." placeholder:"N"`
	JSON    bool     `help:"Print one JSON object per line."`
}

// Run prints the notifications of a bus.
func (c *List) Run(ctx context.Context, s terminal.Streams) error {
	var asked []local.State
	for _, name := range c.Outcome {
		state, err := local.ParseState(name)
		if err != nil {
			return fmt.Errorf("--outcome: %w", err)
		}
		asked = append(asked, state)
		if state == local.Waiting {
			asked = append(asked, local.Started)
		}
	}
	list, err := c.find(ctx, s, c.Limit, asked...)
	if err != nil {
		return err
	}
	if c.JSON {
		return printRecords(s.Out, list)
	}
	printNotifications(s.Out, list)
	return nil
}

// printNotifications prints a table, the newest last as logs have it.
func printNotifications(out io.Writer, list []local.Notification) {
	if len(list) == 0 {
		fmt.Fprintln(out, "No notifications.")
		return
	}
	color.New(color.Faint).Fprintln(out, terminal.Pad("ID", terminal.IDWidth)+terminal.Pad("ACCEPTED", terminal.TimeWidth)+terminal.Pad("EVENT", terminal.EventWidth)+terminal.Pad("RULE", terminal.RuleWidth)+terminal.Pad("TARGET", terminal.TargetWidth)+terminal.Pad("OUTCOME", terminal.StatusWidth)+"WHY")
	for _, n := range slices.Backward(list) {
		line := terminal.Pad(n.ID, terminal.IDWidth) + terminal.Pad(n.Accepted.Local().Format(time.DateTime), terminal.TimeWidth) + terminal.Pad(eventName(n), terminal.EventWidth) +
			terminal.Pad(receivers.RuleName(n.Rule), terminal.RuleWidth) + terminal.Pad(targetName(n), terminal.TargetWidth) + paintState(n.State) + runewidth.Truncate(terminal.OneLine(why(n)), terminal.WhyWidth, "…")
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

func paintState(s local.State) string {
	paint := color.New(color.FgYellow)
	switch s {
	case local.Sent:
		paint = color.New(color.FgGreen)
	case local.Skipped, local.Cancelled, local.Moved:
		paint = color.New(color.Faint)
	case local.Dead, local.Unknown:
		paint = color.New(color.FgRed, color.Bold)
	}
	return paint.Sprint(terminal.Pad(s.String(), terminal.StatusWidth))
}

func eventName(n local.Notification) string {
	return terminal.OneLine(cmp.Or(n.Outcome.EventType, n.EventType))
}

func targetName(n local.Notification) string { return terminal.OneLine(cmp.Or(n.Receiver, n.Target)) }

// why says when it is tried again, how often it was, and the platform's reason.
func why(n local.Notification) string {
	var parts []string
	held := n.Outcome.Status == outcome.Waiting && n.Outcome.Class == "" // its reason says until when
	if n.State == local.Waiting && !n.Due.IsZero() && !held {
		parts = append(parts, "again at "+n.Due.Local().Format(time.TimeOnly))
	}
	if n.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", n.Attempts))
	}
	if n.Outcome.Reason != "" {
		parts = append(parts, n.Outcome.Reason)
	}
	return strings.Join(parts, "; ")
}

// Record is a notification in JSON.
type Record struct {
	ID          string          `json:"id"`
	Outcome     string          `json:"outcome"`
	Bus         string          `json:"bus"`
	Rule        string          `json:"rule"`
	Owner       string          `json:"owner,omitempty"`
	Target      string          `json:"target"`
	Job         string          `json:"job,omitempty"`
	JobName     string          `json:"job_name,omitempty"`
	EventID     string          `json:"event_id"`
	EventSource string          `json:"event_source,omitempty"`
	EventType   string          `json:"event_type"`
	Time        time.Time       `json:"time,omitzero"`
	Accepted    time.Time       `json:"accepted"`
	Attempts    int             `json:"attempts"`
	Started     time.Time       `json:"started,omitzero"`
	Ended       time.Time       `json:"ended,omitzero"`
	Due         time.Time       `json:"due,omitzero"`
	LatencyMS   int64           `json:"latency_ms,omitempty"`
	Answer      json.RawMessage `json:"answer,omitempty"`
	MovedTo     string          `json:"moved_to,omitempty"`
	MovedFrom   string          `json:"moved_from,omitempty"`
}

func recordOf(n local.Notification) Record {
	return Record{
		n.ID, n.State.String(), n.Bus, receivers.RuleName(n.Rule), n.Owner, targetName(n), n.Job, n.JobName, n.EventID, n.EventSource, n.EventType, n.Time, n.Accepted,
		n.Attempts, n.Started, n.Ended, n.Due, n.Latency().Milliseconds(), n.Answer, n.MovedTo, n.MovedFrom,
	}
}

func printRecords(out io.Writer, list []local.Notification) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, n := range slices.Backward(list) {
		if err := encoder.Encode(recordOf(n)); err != nil {
			return err
		}
	}
	return nil
}
