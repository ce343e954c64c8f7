package redeliver

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
)

// addressed puts beside each event that the bus could not hand over for whom it is,
// and returns the ids of those of which that cannot be found out now.
func (f *Function) addressed(ctx context.Context, messages []Message) (list []Message, left []string) {
	for _, m := range messages {
		body, err := f.withReceivers(ctx, m)
		if err != nil {
			slog.ErrorContext(ctx, "undeliverable event", "message_id", m.ID, "rule", m.Rule, "error", err.Error())
			left = append(left, m.ID)
			continue
		}
		m.Body = body
		list = append(list, m)
	}
	return list, left
}

// withReceivers returns the body of a message as the bus would have handed it over. An
// event bus of AWS says beside an event which rule and which function it was for, and
// not which target of the rule. So it becomes one for each target of the rule with that
// function: what was sent to another of them is in the ledger, and is not sent again.
// The documentation does not say whether the body is what the target would have got;
// if it is, it stays. An event whose rule is gone stays alone, and becomes a dead letter.
func (f *Function) withReceivers(ctx context.Context, m Message) (string, error) {
	if m.Rule == "" {
		return m.Body, nil
	}
	if !isBare(m.Body) {
		return m.Body, nil
	}
	name, rule, _ := strings.Cut(m.Rule[strings.LastIndex(m.Rule, ":")+1:], "/")
	on, rule, ok := strings.Cut(rule, "/")
	_, function, invoked := strings.Cut(m.Target, ":function:")
	if name != "rule" || !ok || !invoked {
		return "", fmt.Errorf("redeliver: the attributes RULE_ARN and TARGET_ARN name no rule of an event bus and no function: %s, %s", m.Rule, m.Target)
	}
	if on != f.Bus {
		return "", fmt.Errorf("redeliver: the event was on the bus %s, and this function serves %s: let each have a queue of its own", on, f.Bus)
	}
	targets, err := f.Cloud.Bus.ListTargets(ctx, on, []string{rule})
	if err != nil && bus.KindOf(err) != bus.NotFound {
		return "", fmt.Errorf("redeliver: the targets of the rule cannot be read: %w", err)
	}
	function, _, _ = strings.Cut(function, ":") // without a version
	var wrapped []string
	for _, t := range targets[rule] {
		if t.Function != function || len(t.Carries()) == 0 {
			continue
		}
		wrapper, err := t.Wrapper()
		if err != nil {
			return "", err
		}
		wrapped = append(wrapped, string(wrapper[:len(wrapper)-1])+`,"event":`+m.Body+"}")
	}
	switch len(wrapped) {
	case 0:
		return m.Body, nil
	case 1:
		return wrapped[0], nil
	}
	return "[" + strings.Join(wrapped, ",") + "]", nil
}

// isBare reports whether a text is one event with nothing beside it.
func isBare(text string) bool {
	p, err := event.Decode([]byte(text))
	return err == nil && len(p.Items) == 1 && p.Items[0].Carried() == nil
}
