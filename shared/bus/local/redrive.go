package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// Redrive names a notification that is to be sent again.
type Redrive struct {
	// ID is that of a dead letter, of what is held, or, with Cancelled, of what was
	// cancelled. What is held is sent now, whatever holds it.
	ID        string
	Cancelled bool
	// To is another receiver, as RULE/RECEIVER, or RULE for the one of the same
	// name there; "" for the one that it was for. Rules are named by what they
	// are called or by their keys, receivers as <type>/<name> or by their names.
	To string
	// Try does nothing and tells what would be done.
	Try bool
}

// Redriven is what is sent again.
type Redriven struct {
	// Notification is as it was before.
	Notification
	// ToRule and ToTarget are whom it goes to, and As is the notification that
	// goes there: the same one, or a new one for another receiver. It is "" when
	// that has not been made.
	ToRule, ToTarget, As string
}

// Redrive has a notification sent again, with fresh retries, to its receiver as
// it is now, and returns when that is on disk. It fails with an [*Error] that
// says what is missing when nothing could be sent. Told to another receiver it is
// a new notification, and the old one has been moved: it is not sent twice,
// however often this is asked for.
func (b *Bus) Redrive(ctx context.Context, r Redrive) (Redriven, error) {
	k, err := parseID(r.ID)
	if err != nil {
		return Redriven{}, err
	}
	n, found, err := b.store.Notification(ctx, k)
	switch {
	case err != nil:
		return Redriven{}, failed(err)
	case !found:
		return Redriven{}, noNotification(r.ID)
	}
	done := Redriven{Notification: notificationOf(n)}
	states := []State{Dead}
	if r.Cancelled {
		states = append(states, Cancelled)
	}
	release := n.State == Waiting && done.held() && r.To == ""
	if !release && !slices.Contains(states, n.State) {
		return done, notRedrivable(done.Notification)
	}
	to, err := b.destination(ctx, n, r.To)
	if err != nil {
		return done, err
	}
	if err := b.deliverable(to); err != nil {
		return done, err
	}
	done.ToRule, done.ToTarget = to.Name, to.Target
	as := store.Key{Event: n.Event, Destination: n.Destination}
	if r.To != "" {
		as.Destination = to.Number
	}
	if as != n.Key {
		there, taken, err := b.store.Notification(ctx, as)
		if err != nil {
			return done, failed(err)
		}
		if taken {
			return done, refuse(codeParameter, "%s has been told of this event already: see %s, which is %s", to.Target, idOf(as), there.State)
		}
	}
	if r.Try {
		return done, nil
	}
	done.As = idOf(as)
	if release {
		return done, b.release(ctx, n)
	}
	return done, b.redrive(ctx, n, as, states)
}

// notRedrivable says why a notification cannot be sent again.
func notRedrivable(n Notification) *Error {
	switch {
	case n.State == Cancelled:
		return refuse(codeParameter, "the notification %s was cancelled (%s): ask for what was cancelled to have it sent", n.ID, n.Outcome.Reason)
	case n.State == Waiting && n.held():
		return refuse(codeParameter, "the notification %s is held, and can only be sent to its own receiver: %s", n.ID, n.Outcome.Reason)
	case n.State == Moved:
		return refuse(codeParameter, "the notification %s was sent to another receiver as %s", n.ID, n.MovedTo)
	}
	return refuse(codeParameter, "the notification %s is not a dead letter: it is %s", n.ID, n.State)
}

// destination returns where a notification would be sent.
func (b *Bus) destination(ctx context.Context, n store.Notification, to string) (store.Destination, error) {
	if to == "" {
		d, err := b.store.Destination(ctx, n.Destination)
		return d, failed(err)
	}
	name, receiver, named := strings.Cut(to, "/")
	if !named {
		receiver = n.Target
	}
	list, err := b.store.Destinations(ctx, n.Bus, name)
	if err != nil {
		return store.Destination{}, failed(err)
	}
	if len(list) == 0 {
		return store.Destination{}, refuse(codeParameter, "no rule %s is on the bus %s", name, n.Bus)
	}
	others := list[0].Owner
	// What nobody owns may go to anybody, as the person says who names the receiver.
	list = slices.DeleteFunc(list, func(d store.Destination) bool { return n.Owner != "" && d.Owner != n.Owner })
	if len(list) == 0 {
		return store.Destination{}, refuse(codeParameter, "the rule %s belongs to %s, and the notification to %s: name a rule of %[3]s", name, cmp.Or(others, "nobody"), n.Owner)
	}
	var there []string
	var fits, exact []store.Destination
	for _, d := range list {
		there = append(there, d.Target)
		if d.Target == receiver {
			exact = append(exact, d)
		}
		if _, name, _ := strings.Cut(d.Target, "/"); name == receiver {
			fits = append(fits, d)
		}
	}
	if exact != nil {
		fits = exact
	}
	if len(fits) != 1 {
		what := map[bool]string{true: "no receiver", false: "several receivers"}[len(fits) == 0]
		return store.Destination{}, refuse(codeParameter, "the rule %s has %s %s: name one of %s", name, what, receiver, strings.Join(there, ", "))
	}
	return fits[0], nil
}

// deliverable tells what is missing for something to be sent to a receiver.
func (b *Bus) deliverable(to store.Destination) error {
	switch r := b.now.Load().receivers[to.Number]; {
	case r == nil:
		return refuse(codeParameter, "no rule sends to %s of the rule %s any more: put it back, or name another receiver", to.Target, to.Name)
	case !r.enabled:
		return refuse(codeParameter, "the rule %s is disabled: enable it first", to.Name)
	case r.Type != FunctionType:
		return refuse(codeParameter, "%s", onlyFunctions(r.Type))
	}
	return nil
}

func onlyFunctions(typ string) string {
	return fmt.Sprintf("this bus delivers to functions only, not to %s", typ)
}

// redrive makes a notification in one of some states wait as a key, its own or
// that of another receiver.
func (b *Bus) redrive(ctx context.Context, n store.Notification, as store.Key, states []State) error {
	result := make(chan error, 1)
	urgency := b.urgency(as, n.EventSource, n.EventType)
	err := b.store.Queue(ctx, func(tx *store.Tx) error {
		if !tx.Redrive(n.Key, as, states) {
			return refuse(codeParameter, "the notification %s is not a dead letter any more", idOf(n.Key))
		}
		return nil
	}, func(err error) {
		// Here, and not by who waits: it is waiting as soon as it is written.
		if err == nil {
			w := &work{key: as, time: n.Time.UnixMilli(), accepted: n.Accepted.UnixMilli(), urgency: urgency, attempts: n.Attempts}
			if as != n.Key {
				w.attempts, w.moved = 0, true
				b.finished(ending{n.Key, true})
			}
			b.waiting.Add(1)
			b.enqueue(w)
		}
		result <- err
	})
	if err != nil {
		return failed(err)
	}
	select {
	case err := <-result:
		return failed(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}
