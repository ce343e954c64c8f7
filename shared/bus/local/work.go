package local

import (
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// work is a notification that has not ended.
type work struct {
	key  store.Key
	time int64 // of the event, in milliseconds
	// accepted is when the bus took the event on, in milliseconds.
	accepted int64
	urgency  int  // see [Storm]
	alone    bool // it cannot be told with others, or a message that did was refused
	// attempts were made, and retries of the strategy used up.
	attempts, retries int
	since             time.Time // of the first attempt
	begun             time.Time // the same by the process's clock, which only goes on
	due               time.Time // of the next attempt; zero for at once
	until             time.Time // the same by the machine's clock, of what is held
	body              []byte    // the event; nil when the store has to be asked
	// held tells that it is sent together with others when it is due, and released
	// that a person wants it sent whatever holds it.
	held, released bool
	// moved tells that a person sent it to this receiver instead of another.
	moved bool
	// noted is closed when what waits for a retry is back in its lane; nil when
	// nobody waits for that.
	noted chan struct{}
	// interrupted tells that the process ended while it was being sent.
	interrupted bool
}

func tell(noted chan struct{}) {
	if noted != nil {
		close(noted)
	}
}

// queue is a heap of work.
type queue struct {
	list   []*work
	before func(a, b *work) bool
}

func (q *queue) Len() int           { return len(q.list) }
func (q *queue) Less(i, j int) bool { return q.before(q.list[i], q.list[j]) }
func (q *queue) Swap(i, j int)      { q.list[i], q.list[j] = q.list[j], q.list[i] }
func (q *queue) Push(w any)         { q.list = append(q.list, w.(*work)) }
func (q *queue) Pop() any {
	last := len(q.list) - 1
	w := q.list[last]
	q.list[last] = nil
	q.list = q.list[:last]
	return w
}

// moreUrgent orders work by how urgent the events are, by when they happened,
// and by when they were accepted.
func moreUrgent(a, b *work) bool {
	switch {
	case a.urgency != b.urgency:
		return a.urgency > b.urgency
	case a.time != b.time:
		return a.time < b.time
	}
	return a.key.Event < b.key.Event
}

func dueBefore(a, b *work) bool { return a.due.Before(b.due) }
