package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

type historyCommand struct {
	Data    string   `help:"Directory of the bus; the one in your state directory when left out." placeholder:"DIR"`
	Rule    string   `help:"Only notifications of this rule."`
	Target  string   `help:"Only those to this target, as <type>/<name>, its type or its name."`
	Outcome []string `help:"Only those that ended so: sent, skipped, dead, unknown, or still waiting."`
	Since   string   `help:"Only those of events accepted since: 2026-01-02, 2026-01-02T15:04:05Z, or how long ago, such as 36h." placeholder:"TIME"`
	Until   string   `help:"Only those of events accepted before." placeholder:"TIME"`
	Limit   int      `default:"50" help:"How many, the newest first; 0 for all."`
	JSON    bool     `help:"Print them as JSON, one a line."`
}

// states are the outcomes by the words of the command line.
var states = map[string]local.State{
	"waiting": local.Waiting, "started": local.Started, "sent": local.Sent, "skipped": local.Skipped, "dead": local.Dead, "unknown": local.Unknown, "cancelled": local.Cancelled,
}

func stateName(s local.State) string {
	for name, state := range states {
		if state == s {
			return name
		}
	}
	return fmt.Sprint(int(s))
}

// Run prints the notifications of a bus that runs or ran on this machine.
func (c *historyCommand) Run(ctx context.Context, s streams) error {
	q, err := c.query(time.Now())
	if err != nil {
		return err
	}
	a, err := openArchive(ctx, c.Data)
	if err != nil {
		return err
	}
	list, err := find(ctx, a, q, c.Limit, func(n local.Notification) bool { return selects(n, c.Rule, c.Target) })
	if closeErr := a.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printRecords(s.out, list)
	}
	printNotifications(s.out, list)
	return nil
}

func (c *historyCommand) query(now time.Time) (q local.Query, err error) {
	for _, name := range c.Outcome {
		state, ok := states[name]
		if !ok {
			return q, fmt.Errorf("there is no outcome %q: use %s", name, strings.Join(slices.Sorted(maps.Keys(states)), ", "))
		}
		q.States = append(q.States, state)
		if state == local.Waiting {
			q.States = append(q.States, local.Started)
		}
	}
	if q.Since, err = readTime(c.Since, now); err != nil {
		return q, fmt.Errorf("--since %w", err)
	}
	if q.Until, err = readTime(c.Until, now); err != nil {
		return q, fmt.Errorf("--until %w", err)
	}
	return q, nil
}

// readTime reads a date of this machine's zone, a time, or how long ago it was;
// zero for "".
func readTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("%s is no time: write 2026-01-02, 2026-01-02T15:04:05Z, or how long ago, such as 36h", text)
}

// selects tells whether a notification is one of a rule and a target, both named
// as in a document; "" is every one.
func selects(n local.Notification, rule, target string) bool {
	if rule != "" && rule != ruleName(n.Rule) && rule != n.Rule {
		return false
	}
	typ, name, _ := strings.Cut(n.Outcome.Target, "/")
	return target == "" || slices.Contains([]string{n.Target, n.Outcome.Target, typ, name}, target)
}

const (
	idWidth   = 8
	timeWidth = 19
)

// printNotifications prints a table, the newest last as logs have it.
func printNotifications(out io.Writer, list []local.Notification) {
	if len(list) == 0 {
		fmt.Fprintln(out, "No notifications.")
		return
	}
	color.New(color.Faint).Fprintln(out, pad("ID", idWidth)+pad("ACCEPTED", timeWidth)+pad("EVENT", eventWidth)+pad("RULE", ruleWidth)+pad("TARGET", targetWidth)+pad("OUTCOME", statusWidth)+"WHY")
	for _, n := range slices.Backward(list) {
		line := pad(n.ID, idWidth) + pad(n.Accepted.Local().Format(time.DateTime), timeWidth) + pad(eventName(n), eventWidth) +
			pad(ruleName(n.Rule), ruleWidth) + pad(targetName(n), targetWidth) + paintState(n.State) + runewidth.Truncate(oneLine(why(n)), whyWidth, "…")
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

func paintState(s local.State) string {
	paint := color.New(color.FgYellow)
	switch s {
	case local.Sent:
		paint = color.New(color.FgGreen)
	case local.Skipped:
		paint = color.New(color.Faint)
	case local.Dead, local.Unknown:
		paint = color.New(color.FgRed, color.Bold)
	}
	return paint.Sprint(pad(stateName(s), statusWidth))
}

func eventName(n local.Notification) string {
	if n.Outcome.EventType != "" {
		return oneLine(n.Outcome.EventType)
	}
	return oneLine(n.EventType)
}

func targetName(n local.Notification) string {
	if n.Outcome.Target != "" {
		return oneLine(n.Outcome.Target)
	}
	return oneLine(n.Target)
}

// why says when it is tried again, how often it was, and the platform's reason.
func why(n local.Notification) string {
	var parts []string
	if n.State == local.Waiting && !n.Due.IsZero() {
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

// record is a notification in JSON.
type record struct {
	ID          string          `json:"id"`
	Outcome     string          `json:"outcome"`
	Bus         string          `json:"bus"`
	Rule        string          `json:"rule"`
	Target      string          `json:"target"`
	EventID     string          `json:"event_id"`
	EventSource string          `json:"event_source"`
	EventType   string          `json:"event_type"`
	Time        time.Time       `json:"time,omitzero"`
	Accepted    time.Time       `json:"accepted"`
	Attempts    int             `json:"attempts"`
	Started     time.Time       `json:"started,omitzero"`
	Ended       time.Time       `json:"ended,omitzero"`
	Due         time.Time       `json:"due,omitzero"`
	LatencyMS   int64           `json:"latency_ms,omitempty"`
	Answer      json.RawMessage `json:"answer,omitempty"`
}

func recordOf(n local.Notification) record {
	return record{
		n.ID, stateName(n.State), n.Bus, ruleName(n.Rule), targetName(n), n.EventID, n.EventSource, n.EventType, n.Time, n.Accepted,
		n.Attempts, n.Started, n.Ended, n.Due, n.Latency().Milliseconds(), n.Answer,
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
