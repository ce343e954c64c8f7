package local

import (
	"container/heap"
	"slices"
	"sync"
	"time"
)

// Storm is how notifications for a target are sent when they have to wait. The
// zero value has each sent on its own, in the order of the events.
type Storm struct {
	// Together is the same for targets whose notifications may be one message: a
	// function that is given a list of them tells it as one. It is empty for a
	// target that is told each on its own. The function answers with their
	// outcomes in the order of the list.
	Together string
	// Urgency ranks an event by its source, its type and, if need be, the event
	// itself: what is higher is sent first. Nil ranks all alike.
	Urgency func(source, typ string, event func() []byte) int
	// Urgent is the rank from which an event is told as soon as there is a place for
	// its message, and Messages how many the platform takes of a sender in Per. The
	// others leave places for it. 0 Messages is no limit.
	Urgent, Messages int
	Per              time.Duration
}

// ask lets a receiver say whom it is for and how it is sent to. One that is
// strict is sent to in the order of the events whatever else waits.
func (b *Bus) ask(to *receiver) {
	to.identity = sync.OnceValue(func() Identity {
		identity, _ := b.options.Identify(to.Target)
		return identity
	})
	to.storm = sync.OnceValue(func() Storm {
		if to.strict() {
			return Storm{}
		}
		return b.options.Storm(to.Target)
	})
}

// sender is what the receiver shares with others whose messages are counted
// together; "" for none.
func (r *receiver) sender() string {
	if r == nil || r.strict() {
		return ""
	}
	return r.identity().Sender
}

// urgency ranks an event for the receiver.
func (r *receiver) urgency(source, typ string, event func() []byte) int {
	if r == nil {
		return 0
	}
	if rank := r.storm().Urgency; rank != nil {
		return rank(source, typ, event)
	}
	return 0
}

// same tells whether another receiver has the same parameters.
func (r *receiver) same(other *receiver) bool {
	return other != nil && r.ErrorsTolerance == other.ErrorsTolerance && slices.Equal(r.Params, other.Params)
}

// follow moves what waits for targets that have got another sender.
func (l *lanes) follow(before, now *snapshot) {
	var moved []*work
	l.mu.Lock()
	for destination, a := range l.all {
		r := now.receivers[destination]
		if r == nil || r.same(before.receivers[destination]) || r.sender() == a.sender {
			continue
		}
		l.all[destination] = l.of(r.sender())
		moved = append(moved, a.take(func(w *work) bool { return w.key.Destination == destination })...)
	}
	l.mu.Unlock()
	l.add(moved...)
}

// maxTogether is how many events are told by one message at most, as many as
// functions put into one (message.MaxDigest). maxBatch bounds the notifications: an event that many
// rules want told to one group is one line.
const (
	maxTogether = 20
	maxBatch    = 1000
)

// A storm begins when more than a few events wait, or when two do after a few
// messages within a minute: they are a quarter of what most platforms take.
const (
	few       = 5
	fewWithin = time.Minute
)

// crowded tells whether what waits is told together. a.mu is held.
func (a *lane) crowded(now time.Time) bool {
	most := few
	if now.Sub(a.began[few-1]) < fewWithin {
		most = 1
	}
	events := make(map[int64]bool, few)
	for _, w := range a.ready.list {
		if events[w.key.Event] = true; len(events) > most {
			return true
		}
	}
	return false
}

// Of a platform's places in a window the last spread are taken one after the other, in
// the time until the first is free again, except by what is urgent, for which kept stay
// free. So a critical event finds one in the middle of a storm. What is urgent waits
// soon for more of its kind, and so does all else that is no whole message yet.
const (
	spread, kept = 2 * few, 2
	soon         = 2 * time.Second
)

// place returns when the first of what waits may be sent. The first few go at once.
// a.mu is held.
func (a *lane) place(now time.Time) time.Time {
	first := a.ready.list[0]
	r := a.of.bus.now.Load().receivers[first.key.Destination]
	if r == nil || r.storm().Together == "" || r.storm().Messages < spread {
		return now
	}
	s := r.storm()
	window := s.Per + time.Second // their clock and ours differ
	a.reached = slices.DeleteFunc(a.reached, func(at time.Time) bool { return now.Sub(at) >= window })
	used, urgent := len(a.reached), first.urgency >= s.Urgent
	if used < few {
		return now
	}
	last := a.reached[used-1]
	if quick := max(few, s.Messages-spread); !urgent && used >= quick {
		left := a.reached[0].Add(window).Sub(last)
		return last.Add(left / time.Duration(max(s.Messages-kept-used, 0)+1))
	}
	if a.whole(s.Urgent, urgent) {
		return now
	}
	return last.Add(soon)
}

// whole tells whether as many events wait as one message tells, of those that are
// urgent or of all. a.mu is held.
func (a *lane) whole(rank int, urgent bool) bool {
	events := make(map[int64]bool, maxTogether)
	for _, w := range a.ready.list {
		if !urgent || w.urgency >= rank {
			events[w.key.Event] = true
		}
		if len(events) == maxTogether {
			return true
		}
	}
	return false
}

// with tells whether notifications for two receivers can be one message.
func (r *receiver) with(other *receiver) bool {
	return r.function == other.function && r.bus == other.bus && r.storm().Together == other.storm().Together
}

// gather adds to a batch what can be one message with its first, the most urgent
// before the others. a.mu is held.
func (a *lane) gather(batch []*work, now time.Time) []*work {
	receivers := a.of.bus.now.Load().receivers
	first := receivers[batch[0].key.Destination]
	if first == nil || first.storm().Together == "" || batch[0].alone {
		return batch
	}
	// Rules that want one event told to one group are one message whatever else
	// waits, and what was held goes out with the others that were.
	all := a.storm || batch[0].held
	var others []*work
	events := map[int64]bool{batch[0].key.Event: true}
	for a.ready.Len() > 0 && len(batch) < maxBatch {
		w := a.ready.list[0]
		if len(events) == maxTogether && !events[w.key.Event] || a.spares(w, now) {
			break
		}
		heap.Pop(&a.ready)
		if r := receivers[w.key.Destination]; r != nil && !w.alone && (all || events[w.key.Event]) && w.released == batch[0].released && r.with(first) {
			batch = append(batch, w)
			events[w.key.Event] = true
		} else {
			others = append(others, w)
		}
	}
	for _, w := range others {
		heap.Push(&a.ready, w)
	}
	return batch
}
