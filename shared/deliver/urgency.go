package deliver

import (
	"sync"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Urgency returns a function that ranks events as their messages would be, by
// source, type and, if needed, the whole event: the higher, the more urgent.
// changes are a document's changes to the built-in catalogue.
func Urgency(changes event.Catalogue) func(source, typ string, body func() []byte) int {
	if changes.Sources == nil && changes.Types == nil {
		return builtinRanks.rank
	}
	classifier := sync.OnceValues(func() (*Classifier, error) { return classifierFor(changes) })
	return func(_, _ string, body func() []byte) int {
		c, err := classifier()
		if err != nil {
			return 0 // the function says so
		}
		n, _ := rank(c, body())
		return n
	}
}

// rank returns the rank of an event, and whether all events of its source and type
// have the same rank.
func rank(c *Classifier, body []byte) (n int, always bool) {
	e, err := event.Parse(body)
	if err != nil {
		return 0, false
	}
	s, t := c.Classify(e)
	severity, always := message.SeverityOf(e, s, t)
	return message.Urgency(severity), always
}

// ranks caches the rank of event types whose rank does not depend on the state in
// the event, for a catalogue that asks for source and type alone.
type ranks struct {
	mu    sync.RWMutex
	known map[[2]string]int
}

var builtinRanks = ranks{known: map[[2]string]int{}}

// maxRanks bounds how many event types are cached.
const maxRanks = 1024

func (r *ranks) rank(source, typ string, body func() []byte) int {
	key := [2]string{source, typ}
	r.mu.RLock()
	n, ok := r.known[key]
	r.mu.RUnlock()
	if ok {
		return n
	}
	n, always := rank(builtinClassifier(), body())
	if !always {
		return n
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) < maxRanks {
		r.known[key] = n
	}
	return n
}
