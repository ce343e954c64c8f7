package local

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// whileBroken is the wait before another try when the store cannot be read or
// written. Such a try is no attempt: the function was not called.
const whileBroken = time.Second

// attempt calls the function of a notification's target once and notes how it
// ended.
func (b *Bus) attempt(w *work) {
	r := b.now.Load().receivers[w.key.Destination]
	switch {
	case r == nil, !r.enabled:
		b.enqueue(w) // it left just now
		return
	case r.Type != FunctionType:
		b.giveUp(w, onlyFunctions(r.Type))
		return
	case b.options.Invoke == nil:
		b.giveUp(w, "the bus was opened without functions")
		return
	}
	body := w.body
	if body == nil {
		e, found, err := b.store.Event(b.life, w.key.Event)
		switch {
		case err != nil:
			b.postpone(w, err)
			return
		case !found:
			b.giveUp(w, "its event is gone")
			return
		}
		body = e.Body
	}
	once := b.options.AtMostOnce(r.function)
	started := b.options.Now()
	if err := b.begin(w, once, started); err != nil {
		b.postpone(w, err)
		return
	}
	answer, err := b.invoke(r, r.payload(body))
	w.attempts++
	if w.since.IsZero() {
		w.since, w.begun = started, time.Now()
	}
	o, text := outcomeOf(answer, err, once)
	ended := b.options.Now()
	state, wait, retries := verdict(o, r.PushRetryStrategy, w, time.Now(), b.options.Random)
	if err != nil && b.invoking.Err() != nil && state != store.Unknown && o.Class == classTransient {
		// The bus cut it off: it is parked, and goes on when the bus is opened
		// again.
		state, wait, retries = store.Waiting, 0, w.retries
	}
	w.retries = retries
	a := store.Attempt{Number: w.attempts, Started: started, Ended: ended, Outcome: text, Retries: retries}
	if state == store.Waiting && o.Class == classRateLimited && wait > 0 {
		b.lanes.pause(w.key.Destination, time.Now().Add(wait)) // it is the receiver that is limited
	}
	var noted chan struct{}
	if state == store.Waiting && r.strict() {
		noted = make(chan struct{})
		w.noted = noted
	}
	b.settle(w, state, a, o, wait)
	if noted != nil {
		<-noted // until it stands in its lane, what comes after it would pass
	}
}

// begin makes sure that an attempt which must not be repeated is on disk before
// it begins. Others are not begun while their end could not be written either.
func (b *Bus) begin(w *work, once bool, started time.Time) error {
	if !once && b.store.Failure() == nil {
		return nil
	}
	return b.store.Write(b.life, func(tx *store.Tx) error {
		if once {
			tx.Begin(w.key, w.attempts+1, started)
		}
		return nil
	})
}

func (b *Bus) invoke(r *receiver, payload []byte) (answer json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(b.invoking, b.options.InvokeTimeout)
	defer cancel()
	if len(payload) == 0 {
		return nil, permanent{errors.New("the target's Body makes nothing of this event: its path leads nowhere")}
	}
	return b.options.Invoke(ctx, r.function, payload)
}

// permanent is an error that no other attempt can mend.
type permanent struct{ error }

// FailureType tells that it is permanent.
func (permanent) FailureType() string { return "Permanent" }

// giveUp ends a notification without an attempt: it is a dead letter.
func (b *Bus) giveUp(w *work, reason string) { b.finish(w, store.Dead, reason) }

// finish ends a notification without an attempt.
func (b *Bus) finish(w *work, state store.State, reason string) {
	o, text := failure(classPermanent, reason)
	if state == store.Cancelled {
		o, text = answered(Outcome{Status: statusSkipped, Reason: reason})
	}
	now := b.options.Now()
	b.settle(w, state, store.Attempt{Number: w.attempts, Ended: now, Outcome: text, Retries: w.retries}, o, 0)
}

// interrupted ends a notification whose last attempt was cut off by the end of
// the process and must not be repeated.
func (b *Bus) interrupted(w *work, started time.Time) {
	if started.IsZero() { // it was not said; an attempt it was all the same
		started = b.options.Now()
	}
	w.interrupted = true
	o, text := failure(classUnknown, "the process ended while it was being sent: it may have been taken, and is not sent again")
	b.settle(w, store.Unknown, store.Attempt{Number: w.attempts, Started: started, Ended: b.options.Now(), Outcome: text, Retries: w.retries}, o, 0)
}

// postpone tries again when the store may be in order again.
func (b *Bus) postpone(w *work, err error) {
	if b.closing.Load() {
		return // it waits in the store
	}
	b.options.Log.Error("a notification waits for the store", "event", w.key.Event, "error", err.Error())
	w.due = time.Now().Add(whileBroken)
	b.enqueue(w)
}

// settle writes how an attempt ended. It does not wait for the disk: until then
// the notification counts as not ended, and after a crash the attempt is
// repeated, or unknown.
func (b *Bus) settle(w *work, state store.State, a store.Attempt, o Outcome, wait time.Duration) {
	var due time.Time
	if state == store.Waiting {
		due = a.Ended.Add(wait)
		w.due = time.Now().Add(wait)
	}
	err := b.store.Queue(context.Background(), func(tx *store.Tx) error {
		if a.Started.IsZero() {
			tx.End(w.key, state, a)
		} else {
			tx.Settle(w.key, state, a, w.since, due)
		}
		return nil
	}, func(err error) { b.settled(w, state, a, o, wait, err) })
	if err != nil {
		b.options.Log.Error("the end of an attempt was not noted", "event", w.key.Event, "error", err.Error())
		tell(w.noted)
	}
}

// settled goes on when the end of an attempt is on disk. The store calls it, one after the other.
func (b *Bus) settled(w *work, state store.State, a store.Attempt, o Outcome, wait time.Duration, err error) {
	if err != nil {
		// What was sent must not be sent again for a disk that is full: it is
		// noted when there is room.
		b.options.Log.Error("the end of an attempt cannot be noted yet", "event", w.key.Event, "error", err.Error())
		time.AfterFunc(whileBroken, func() { b.settle(w, state, a, o, wait) })
		return
	}
	b.metrics.attempted(state, o)
	if state.Ended() {
		b.waiting.Add(-1)
		b.lanes.drop(w)
		b.finished(ending{w.key, unsaid(w, state, a, o)})
	} else {
		b.lanes.drop(w)
		noted := w.noted // another attempt may begin at once
		w.noted = nil
		b.enqueue(w)
		tell(noted)
	}
	b.news.tell()
}
