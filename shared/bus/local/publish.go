package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/event"
)

// Limits of one call (Alibaba Cloud EventBridge, Limits).
const (
	maxEntries = 16
	maxCall    = 1 << 20
)

// Limits of attributes, in characters. Of the id the service documents letters,
// digits and '-' only; an event is not refused for that.
const (
	maxID      = 128
	maxSource  = 128
	maxSubject = 512
	maxType    = 64
)

// entry is one event on its way into the store.
type entry struct {
	store.Event
	destinations []int64
	at           int // in the call
}

// Publish hands at most 16 events, of 1 MB together, to a bus, and returns when
// they are on disk together with the notifications that they lead to: from then
// on neither is lost. An event with the source and the id of one that was
// accepted within the last day is accepted and not delivered again. An event that
// is not right is told so in its own place and does not keep out the others.
//
// It fails as a whole when the bus is not there, is paused or cannot follow: then
// none was accepted, unless ctx ended first, when they may have been.
func (b *Bus) Publish(ctx context.Context, bus string, events ...event.Event) ([]Put, error) {
	if b.paused.Load() {
		return nil, errPaused
	}
	on, err := b.rulesOf(bus)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, e := range events {
		size += len(e.JSON())
	}
	switch {
	case len(events) > maxEntries:
		return nil, refuse(codeParameter, "the call has %d events, more than %d", len(events), maxEntries)
	case size > maxCall:
		return nil, refuse(codeEventSize, "the events of the call have %d bytes, more than %d", size, maxCall)
	}
	puts := make([]Put, len(events))
	entries := make([]entry, 0, len(events))
	count := 0
	for i, e := range events {
		puts[i].EventID = e.ID()
		n, err := on.entry(bus, e)
		if refusal, ok := errors.AsType[*Error](err); ok {
			puts[i].Code, puts[i].Text = refusal.Code, refusal.Text
			continue
		}
		n.at = i
		count += len(n.destinations)
		entries = append(entries, n)
	}
	if len(entries) == 0 {
		return puts, nil
	}
	if n := b.waiting.Load(); n+int64(count) > int64(b.options.MaxWaiting) {
		return nil, b.overfull(n)
	}
	return puts, b.accept(ctx, entries, puts)
}

func (b *Bus) overfull(waiting int64) error {
	return &Error{Code: codeThrottled, Status: http.StatusTooManyRequests, RetryAfter: waitForQueue,
		Text: fmt.Sprintf("%d notifications wait to be sent: publish again later", waiting)}
}

func (b *Bus) rulesOf(bus string) (*rules, error) {
	if !b.Activated() {
		return nil, errNotActivated
	}
	on, ok := b.now.Load().buses[bus]
	if !ok {
		return nil, noBus(bus)
	}
	return on, nil
}

// entry checks an event and matches it.
func (r *rules) entry(bus string, e event.Event) (entry, error) {
	n := entry{Event: store.Event{Time: e.Time(), Bus: bus, Source: e.Source(), ID: e.ID(), Type: e.Type(), Body: e.JSON()}}
	if len(n.Body) > event.MaxEventBytes {
		return n, refuse(codeEventSize, "the event has %d bytes, more than %d", len(n.Body), event.MaxEventBytes)
	}
	for _, a := range [...]struct {
		code, name, value string
		most              int
	}{{codeEventID, "id", n.ID, maxID}, {codeEventSource, "source", n.Source, maxSource}, {codeEventType, "type", n.Type, maxType}, {codeParameter, "subject", e.Subject(), maxSubject}} {
		if len(a.value) > a.most && utf8.RuneCountInString(a.value) > a.most {
			return n, refuse(a.code, "the %s of the event has more than %d characters", a.name, a.most)
		}
		if a.value == "" && a.name != "subject" {
			return n, refuse(a.code, "the event has no %s", a.name)
		}
	}
	matched, err := r.match(n.Body)
	if err != nil {
		return n, refuse(codeParameter, "the event cannot be matched: %v", err)
	}
	for _, one := range matched {
		wanting, rules, err := one.wanting(n.Body)
		if err != nil {
			return n, refuse(codeParameter, "the event cannot be matched: %v", err)
		}
		n.Matched += rules
		for _, to := range wanting {
			n.destinations = append(n.destinations, to.destination)
		}
	}
	// Rules that one rule of a document is spread over may share receivers.
	slices.Sort(n.destinations)
	n.destinations = slices.Compact(n.destinations)
	return n, nil
}

// accept writes the entries with their notifications and returns when that is on
// disk.
func (b *Bus) accept(ctx context.Context, entries []entry, puts []Put) error {
	now := b.options.Now()
	start := time.Now()
	numbers, added := make([]int64, len(entries)), make([]bool, len(entries))
	done := make(chan error, 1)
	err := b.store.Try(func(tx *store.Tx) error {
		for i, e := range entries {
			numbers[i], added[i] = tx.AddEvent(e.Event, now)
			if added[i] {
				for _, d := range e.destinations {
					tx.AddNotification(store.Key{Event: numbers[i], Destination: d})
				}
			}
		}
		return nil
	}, func(err error) {
		if err == nil {
			b.accepted(entries, numbers, added, now)
		}
		done <- err
	})
	if err != nil {
		return failed(err)
	}
	select {
	case err := <-done:
		if err != nil {
			return failed(err)
		}
	case <-ctx.Done():
		return &Error{Code: codeInternal, Status: http.StatusServiceUnavailable, Text: "the call ended before the disk answered: publish again, nothing is delivered twice", RetryAfter: waitForQueue, Cause: ctx.Err()}
	}
	for i, e := range entries {
		puts[e.at].TraceID, puts[e.at].Duplicate = strconv.FormatInt(numbers[i], 10), !added[i]
	}
	b.metrics.acknowledged(time.Since(start))
	return nil
}

// accepted puts what was written to work. The store calls it, one after the other.
func (b *Bus) accepted(entries []entry, numbers []int64, added []bool, now time.Time) {
	receivers := b.now.Load().receivers
	var list []*work
	for i, e := range entries {
		if !added[i] {
			b.metrics.duplicates.Inc()
			continue
		}
		b.metrics.published.Inc()
		if e.Matched > 0 {
			b.metrics.matched.Inc()
		}
		at := now
		if !e.Time.IsZero() {
			at = e.Time
		}
		b.waiting.Add(int64(len(e.destinations)))
		body := func() []byte { return e.Body }
		for _, d := range e.destinations {
			list = append(list, &work{
				key: store.Key{Event: numbers[i], Destination: d}, time: at.UnixMilli(), accepted: now.UnixMilli(), body: b.lanes.keep(e.Body),
				urgency: receivers[d].urgency(e.Source, e.Type, body),
			})
		}
	}
	b.enqueue(list...)
}
