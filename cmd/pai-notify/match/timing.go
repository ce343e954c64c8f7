package match

import (
	"fmt"
	"time"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// timing says when receivers would be sent what comes at a time; nil says nothing.
type timing struct {
	at         time.Time
	classifier *deliver.Classifier
}

func newTiming(at string, w *workspace.Workspace) (*timing, error) {
	if at == "" {
		return nil, nil
	}
	t := &timing{}
	var err error
	if t.at, err = time.Parse(time.RFC3339, at); err != nil {
		return nil, fmt.Errorf("invalid time %q in --at: use a form such as 2026-11-28T03:00:00+08:00", at)
	}
	t.classifier, err = deliver.NewClassifier(w.Catalogue)
	return t, err
}

// of returns, for an event, what becomes of it for receivers of a rule.
func (t *timing) of(e event.Event) func(workspace.Rule, []target.Receiver) []string {
	return func(r workspace.Rule, to []target.Receiver) (lines []string) {
		if t == nil {
			return nil
		}
		source, typ := t.classifier.Classify(e)
		critical := message.Render(e, source, typ, message.English, r.Carried()).Severity == event.Critical
		for _, receiver := range to {
			spec, _ := functions.Lookup(receiver.Type)
			n := hold.Notification{Channel: deliver.ChannelOf(spec), Critical: critical, Began: t.at}
			lines = append(lines, receiver.Type+"/"+receiver.Name+": "+fate(n, r.Policy(receiver), t.at))
		}
		return lines
	}
}

// fate says in words when a notification is sent.
func fate(n hold.Notification, p *hold.Policy, at time.Time) string {
	switch d := hold.Decide(n, p, nil, at); {
	case d.Action == hold.Wait:
		return d.Because
	case d.Action == hold.Skip:
		return "not sent: " + d.Because
	}
	said := "sent at once"
	routine := n
	routine.Critical = false
	if d := hold.Decide(routine, p, nil, at); d.Action != hold.Send {
		said += " (critical; others are " + map[bool]string{true: d.Because, false: "left out: " + d.Because}[d.Action == hold.Wait] + ")"
	}
	if p != nil && p.Group != nil && n.Channel != hold.Program {
		said += ", unless it follows another of its group (" + p.Group.String() + ")"
	}
	return said
}
