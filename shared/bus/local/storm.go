package local

import (
	"container/heap"
	"slices"
	"sync"
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
	for _, w := range moved {
		l.add(w)
	}
}

// maxTogether is how many events are told by one message at most, as many as
// functions put into one (message.MaxDigest). Where more than that wait, nobody
// wants them one by one. maxBatch bounds the notifications: an event that many
// rules want told to one group is one line.
const (
	maxTogether = 20
	maxBatch    = 1000
)

// gather adds to a batch what can be one message with its first, the most urgent
// before the others. a.mu is held.
func (a *lane) gather(batch []*work) []*work {
	receivers := a.of.bus.now.Load().receivers
	first := receivers[batch[0].key.Destination]
	if first == nil || first.storm().Together == "" || batch[0].alone {
		return batch
	}
	var others []*work
	events := map[int64]bool{batch[0].key.Event: true}
	for a.ready.Len() > 0 && len(batch) < maxBatch {
		w := a.ready.list[0]
		if len(events) == maxTogether && !events[w.key.Event] {
			break
		}
		heap.Pop(&a.ready)
		if r := receivers[w.key.Destination]; r != nil && !w.alone && r.function == first.function && r.storm().Together == first.storm().Together {
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
