package hold

import (
	"fmt"
	"time"
)

// Notification is what is decided about.
type Notification struct {
	// Owner, Rule, Receiver and Job are as a [Mute] has them.
	Owner, Rule, Receiver, Job string
	Channel                    Channel
	Critical                   bool
	// Began is when it was first asked about: nothing is held for longer than
	// [Longest] from then on.
	Began time.Time
}

// Action is what is done with a notification.
type Action int

// The actions.
const (
	// Send sends it now.
	Send Action = iota
	// Wait holds it until a time.
	Wait
	// Skip does not send it.
	Skip
)

// Decision says what is done with a notification, until when, and why; Because is
// empty for one that is simply sent.
type Decision struct {
	Action  Action
	Until   time.Time
	Because string
	// By is the notification that speaks for one that is skipped: only once that was
	// sent is it skipped, and sent itself when that never will be.
	By string
}

// Decide decides by mutes and quiet hours. Grouping is decided by [Fold], because
// it depends on what was sent.
func Decide(n Notification, p *Policy, mutes []Mute, now time.Time) Decision {
	latest := n.Began.Add(Longest)
	for _, m := range mutes {
		if !m.covers(n, now) {
			continue
		}
		because := m.Because()
		if m.Drop || n.Channel == Text || n.Channel == Call || n.Channel == Program {
			return Decision{Action: Skip, Because: because}
		}
		if now.Before(latest) {
			return Decision{Action: Wait, Until: earlier(m.Until, latest), Because: because}
		}
	}
	if p == nil || n.Critical || n.Channel == Program {
		return Decision{}
	}
	until, name := quietUntil(p.Quiet, now, latest)
	switch {
	case name == "":
		return Decision{}
	case n.Channel == Call:
		return Decision{Action: Skip, Because: fmt.Sprintf("no calls in quiet hours (%s), except critical ones", name)}
	}
	return Decision{Action: Wait, Until: until, Because: fmt.Sprintf("held until %s (%s)", until.Format("15:04"), name)}
}

// quietUntil returns when the quiet hours end that a time is in, and the name of
// those that it is in; "" for none. One that begins as another ends goes on.
func quietUntil(quiet []Interval, now, latest time.Time) (until time.Time, name string) {
	until = now
	for until.Before(latest) {
		next := until
		for _, i := range quiet {
			if end, in := i.End(until); in && end.After(next) {
				next = end
				if name == "" {
					name, latest = i.Name, latest.In(end.Location()) // as people there say it
				}
			}
		}
		if next.Equal(until) {
			break
		}
		until = next
	}
	return earlier(until, latest), name
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
