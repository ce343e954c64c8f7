package archive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// Why a row is as a person made it.
const (
	reasonRedriven  = "somebody had it sent again"
	reasonCancelled = "somebody cancelled it"
)

// Redrive has a dead letter, or with Cancelled what was cancelled, sent again by
// the function that sends what waits, to its receiver as it is then. It fails with
// a [*local.Error] that says what is missing when nothing could be sent. What may
// have been accepted is never sent again. Told to another receiver it is a new
// notification, and the old one has been moved.
func (a *Archive) Redrive(ctx context.Context, r local.Redrive) (local.Redriven, error) {
	e, err := a.entry(ctx, r.ID)
	if err != nil {
		return local.Redriven{}, err
	}
	done := local.Redriven{Notification: notificationOf(e), ToTarget: receiverOf(e)}
	done.ToRule = done.Rule
	switch {
	case e.State == ledger.Cancelled && !r.Cancelled:
		return done, refuse("the notification %s was cancelled: ask for what was cancelled to have it sent", e.ID)
	case e.State == ledger.Moved:
		return done, refuse("the notification %s was sent to another receiver as %s", e.ID, e.MovedTo)
	case e.State != ledger.Dead && e.State != ledger.Cancelled:
		return done, refuse("the notification %s is not a dead letter: it is %s", e.ID, done.State)
	case len(e.Event) == 0:
		return done, refuse("the ledger has not kept the event of %s: publish it again", e.ID)
	}
	if r.To != "" {
		return a.redriveTo(ctx, e, r, done)
	}
	return a.redrive(ctx, e, r, done)
}

// redrive has a row sent again to its own receiver.
func (a *Archive) redrive(ctx context.Context, e ledger.Entry, r local.Redrive, done local.Redriven) (local.Redriven, error) {
	if err := a.deliverable(ctx, e); err != nil || r.Try {
		return done, err
	}
	done.As = e.ID
	return done, a.move(ctx, e, ledger.Result{State: ledger.Waiting, Due: a.now(), Because: reasonRedriven, Redriven: true})
}

// Cancel ends a notification that waits or is a dead letter, so that only a person
// can have it sent.
func (a *Archive) Cancel(ctx context.Context, id string) (local.Notification, error) {
	e, err := a.entry(ctx, id)
	if err != nil {
		return local.Notification{}, err
	}
	n := notificationOf(e)
	switch e.State {
	case ledger.Waiting, ledger.Dead:
		return n, a.move(ctx, e, ledger.Result{State: ledger.Cancelled, Because: reasonCancelled})
	case ledger.Claimed:
		return n, refuse("the notification %s is being sent: look again in a minute", id)
	case ledger.Sent, ledger.Skipped, ledger.Unknown, ledger.Cancelled, ledger.Moved:
	}
	return n, refuse("the notification %s does not wait and is not a dead letter: it is %s", id, n.State)
}

func (a *Archive) move(ctx context.Context, e ledger.Entry, r ledger.Result) error {
	_, err := a.ledger.Move(ctx, e, r)
	return a.moved(e, err)
}

// moved explains why a row was not changed.
func (a *Archive) moved(e ledger.Entry, err error) error {
	if errors.Is(err, ledger.ErrLost) {
		return refuse("the notification %s has changed meanwhile: look at it again", e.ID)
	}
	return a.cloud.Explain(err)
}

// deliverable tells what is missing on the bus for a row to be sent.
func (a *Archive) deliverable(ctx context.Context, e ledger.Entry) error {
	all, err := a.places(ctx)
	if err != nil {
		return err
	}
	name, receiver := notificationOf(e).Rule, receiverOf(e)
	i := slices.IndexFunc(all, func(p place) bool {
		return p.rule.Key() == e.Rule && p.rule.Owner == e.Owner && p.name() == receiver
	})
	switch {
	case i >= 0 && all[i].enabled:
		return nil
	case i >= 0:
		return refuse("the rule %s is disabled: enable it first", name)
	}
	return refuse("no rule sends to %s of the rule %s any more: put it back, or name another receiver", receiver, name)
}

func refuse(format string, args ...any) error {
	return &local.Error{Code: "NotificationStatusInvalid", Status: http.StatusConflict, Text: fmt.Sprintf(format, args...)}
}
