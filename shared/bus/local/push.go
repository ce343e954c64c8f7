package local

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// whileBroken is the wait before another try when the store cannot be read or
// written. Such a try is no attempt: the function was not called.
const whileBroken = time.Second

// maxPayload bounds what a function is given for several notifications, in bytes:
// Function Compute takes 32 MB.
const maxPayload = 16 << 20

// call is a notification that a function is about to be given, beside others or
// alone.
type call struct {
	*work
	to      *receiver
	event   string // its id, where there are others
	payload []byte
}

// attempt calls the function of a notification's target once, or that of several
// which can be one message, and notes how each ended.
// It reports whether a platform may have counted a message.
func (b *Bus) attempt(batch []*work) (reached bool) {
	calls := make([]call, 0, len(batch))
	together, size := len(batch) > 1, 0
	for _, w := range batch {
		c, ok := b.prepare(w, together)
		switch {
		case !ok:
		case len(calls) > 0 && (c.to.function != calls[0].to.function || size+len(c.payload) > maxPayload):
			b.enqueue(w) // its target has just been changed, or there is no room
		default:
			calls, size = append(calls, c), size+len(c.payload)
		}
	}
	if len(calls) == 0 {
		return false
	}
	function := calls[0].to.function
	once := b.options.AtMostOnce(function)
	started := b.options.Now()
	if err := b.begin(calls, once, started); err != nil {
		for _, c := range calls {
			b.postpone(c.work, err)
		}
		return false
	}
	payload := calls[0].payload
	if together {
		payload = listOf(calls)
	}
	i := Invocation{Bus: calls[0].to.bus, Released: calls[0].released}
	for _, c := range calls {
		b.sending.Store(c.key, nil)
		i.Notifications = append(i.Notifications, Notification{ID: idOf(c.key), Accepted: time.UnixMilli(c.accepted)})
	}
	answer, err := b.invoke(i, function, payload)
	cut := err != nil && b.invoking.Err() != nil
	ended := b.options.Now()
	chance := b.options.Random()
	var outcomes []result
	if together {
		outcomes = outcomesOf(answer, err, calls, once)
	} else {
		o, text := outcomeOf(answer, err, once)
		outcomes = []result{{Outcome: o, text: text}}
	}
	for i, o := range outcomes {
		c := calls[i]
		c.attempts++
		reached = reached || mayHaveReached(o.Outcome)
		if wait, ok := heldFor(o.Outcome, started, ended); ok {
			// The time in which it is tried begins when it is sent.
			c.held, c.since, c.begun = true, time.Time{}, time.Time{}
			b.recordEnd(c.work, store.Waiting, store.Attempt{Number: c.attempts, Started: started, Ended: ended, Outcome: o.text, Retries: c.retries}, o.Outcome, wait)
			continue
		}
		if c.since.IsZero() {
			c.since, c.begun = started, time.Now()
		}
		c.held = false
		state, wait, retries := verdict(o.Outcome, c.to.PushRetryStrategy, c.work, time.Now(), chance)
		if cut && state != store.Unknown && o.Class == outcome.Transient {
			// The bus cut it off: it is parked, and goes on when the bus is opened
			// again.
			state, wait, retries = store.Waiting, 0, c.retries
		}
		if together && (o.Digest != "" || o.ofAll) && o.Class == outcome.Permanent {
			// One of them may be what the platform does not like, or the function:
			// each is told alone.
			state, c.alone = store.Waiting, true
		}
		c.retries = retries
		a := store.Attempt{Number: c.attempts, Started: started, Ended: ended, Outcome: o.text, Retries: retries}
		if state == store.Waiting && limited(o.Outcome) {
			b.lanes.pause(c.key.Destination, time.Now().Add(wait), passing(o.Outcome, c.work)) // it is the receiver that is limited
		}
		var noted chan struct{}
		if state == store.Waiting && c.to.strict() {
			noted = make(chan struct{})
			c.noted = noted
		}
		b.recordEnd(c.work, state, a, o.Outcome, wait)
		if noted != nil {
			<-noted // until it stands in its lane, what comes after it would pass
		}
	}
	return reached
}

// prepare finds what a function is to be given, or ends or postpones a
// notification for which that cannot be found. Together tells that there are
// others beside it.
func (b *Bus) prepare(w *work, together bool) (c call, ok bool) {
	r := b.now.Load().receivers[w.key.Destination]
	switch {
	case r == nil, !r.enabled:
		b.enqueue(w) // it left just now
		return c, false
	case r.Type != FunctionType:
		b.giveUp(w, onlyFunctions(r.Type))
		return c, false
	case r.broken != "":
		b.giveUp(w, r.broken)
		return c, false
	case b.options.Invoke == nil:
		b.giveUp(w, "the bus was opened without functions")
		return c, false
	}
	body := w.body
	if body == nil {
		e, found, err := b.store.Event(b.life, w.key.Event)
		switch {
		case err != nil:
			b.postpone(w, err)
			return c, false
		case !found:
			b.giveUp(w, "its event is gone")
			return c, false
		}
		body = e.Body
	}
	if w.held && !w.released && !w.moved {
		// The rule may have changed while it was held. A person who chose the receiver
		// has decided that already.
		if why := b.now.Load().refusal(r.destination, body); why != "" {
			b.finish(w, store.Skipped, "the rule does not want the event any more: "+why)
			return c, false
		}
	}
	c = call{work: w, to: r}
	if together {
		c.payload = r.body.Apply(body)
		e, err := event.Parse(body)
		if err != nil {
			b.giveUp(w, "its event cannot be read")
			return c, false
		}
		if len(c.payload) > 0 && !json.Valid(c.payload) {
			// Data that is a text, in a template without quotes: the function makes
			// sense of it, but not of a list with it.
			w.alone = true
			b.enqueue(w)
			return c, false
		}
		c.event = e.ID()
	} else {
		c.payload = r.payload(body)
	}
	if len(c.payload) == 0 {
		b.giveUp(w, "the target's Body makes nothing of this event: its path leads nowhere, or the text has more than 1 MB")
		return c, false
	}
	return c, true
}

// listOf is what a function is given for several notifications.
func listOf(calls []call) []byte {
	list := []byte{'['}
	for i, c := range calls {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, c.payload...)
	}
	return append(list, ']')
}

// begin makes sure that an attempt which must not be repeated is on disk before
// it begins. Others are not begun while their end could not be written either.
func (b *Bus) begin(calls []call, once bool, started time.Time) error {
	if !once && b.store.Failure() == nil {
		return nil
	}
	return b.store.Write(b.life, func(tx *store.Tx) error {
		if once {
			for _, c := range calls {
				tx.Begin(c.key, c.attempts+1, started)
			}
		}
		return nil
	})
}

func (b *Bus) invoke(i Invocation, function string, payload []byte) (answer json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(i.in(b.invoking), b.options.InvokeTimeout)
	defer cancel()
	return b.options.Invoke(ctx, function, payload)
}

// giveUp ends a notification without an attempt: it is a dead letter.
func (b *Bus) giveUp(w *work, reason string) { b.finish(w, store.Dead, reason) }

// finish ends a notification without an attempt.
func (b *Bus) finish(w *work, state store.State, reason string) {
	o, text := failure(outcome.Permanent, reason)
	if state == store.Cancelled || state == store.Skipped {
		o, text = made(outcome.Outcome{Status: outcome.Skipped, Reason: reason})
	}
	now := b.options.Now()
	b.recordEnd(w, state, store.Attempt{Number: w.attempts, Ended: now, Outcome: text, Retries: w.retries}, o, 0)
}

// interrupted ends a notification whose last attempt was cut off by the end of
// the process and must not be repeated.
func (b *Bus) interrupted(w *work, started time.Time) {
	if started.IsZero() { // it was not said; an attempt it was all the same
		started = b.options.Now()
	}
	w.interrupted = true
	o, text := failure(outcome.Unknown, "the process ended while it was being sent: it may have been taken, and is not sent again")
	b.recordEnd(w, store.Unknown, store.Attempt{Number: w.attempts, Started: started, Ended: b.options.Now(), Outcome: text, Retries: w.retries}, o, 0)
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

// recordEnd writes how an attempt ended. It does not wait for the disk: until then
// the notification counts as not ended, and after a crash the attempt is
// repeated, or unknown.
func (b *Bus) recordEnd(w *work, state store.State, a store.Attempt, o outcome.Outcome, wait time.Duration) {
	var due time.Time
	if state == store.Waiting {
		due = a.Ended.Add(wait)
		w.until = due
		w.due = time.Now().Add(wait)
		if limited(o) {
			w.due = time.Time{} // its lane waits, and then it may be its turn at once
		}
	}
	held := w.held && state == store.Waiting
	err := b.store.Queue(context.Background(), func(tx *store.Tx) error {
		switch {
		case a.Started.IsZero():
			tx.End(w.key, state, a)
		case held:
			tx.Hold(w.key, a, due)
		default:
			tx.RecordEnd(w.key, state, a, w.since, due)
		}
		return nil
	}, func(err error) { b.settled(w, state, a, o, wait, err) })
	if err != nil {
		b.options.Log.Error("the end of an attempt was not noted", "event", w.key.Event, "error", err.Error())
		tell(w.noted)
	}
}

// settled goes on when the end of an attempt is on disk. The store calls it, one after the other.
func (b *Bus) settled(w *work, state store.State, a store.Attempt, o outcome.Outcome, wait time.Duration, err error) {
	if err != nil {
		// What was sent must not be sent again for a disk that is full: it is
		// noted when there is room.
		b.options.Log.Error("the end of an attempt cannot be noted yet", "event", w.key.Event, "error", err.Error())
		time.AfterFunc(whileBroken, func() { b.recordEnd(w, state, a, o, wait) })
		return
	}
	b.metrics.attempted(state, o)
	b.sending.Delete(w.key)
	if state.Ended() {
		b.waiting.Add(-1)
		b.lanes.drop(w)
		b.finished(ending{w.key, unsaid(w, state, a, o)})
	} else {
		if !limited(o) { // it is sent as soon as there is room
			b.lanes.drop(w)
		}
		noted := w.noted // another attempt may begin at once
		w.noted = nil
		b.enqueue(w)
		tell(noted)
	}
	b.news.tell()
}
