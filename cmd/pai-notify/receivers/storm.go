package receivers

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// rank is how urgent an event is.
type rank = func(source, typ string, event func() []byte) int

// Storms tells the local bus how notifications are sent that have to wait.
type Storms struct {
	mu    sync.Mutex
	ranks map[string]rank // by the changes to the catalogue
}

// Of tells it of a target. The most urgent go first, unless a program reads
// them; those for one person or group, told in one way, are one message.
func (s *Storms) Of(t local.Target) local.Storm {
	rule, receiver, ok := WrapperOf(t)
	spec, known := functions.Lookup(receiver.Type)
	if !ok || !known || spec.Apart && spec.Contact == target.NoContact {
		return local.Storm{}
	}
	storm := local.Storm{Urgency: s.rank(rule.Catalogue), Urgent: message.Urgency(event.Critical)}
	for _, r := range spec.Rates { // the shortest that a storm fills
		if r.Per >= 30*time.Second && (storm.Per == 0 || r.Per < storm.Per) {
			storm.Messages, storm.Per = r.Messages, r.Per
		}
	}
	if !spec.Apart && receiver.Name != "" {
		storm.Together = Digest(receiver.Type, []byte(string(receiver.Language)+"\x00"+string(receiver.Parameters)))
	}
	return storm
}

func (s *Storms) rank(changes event.Catalogue) rank {
	key, err := json.Marshal(changes)
	if err != nil {
		return nil // it was read from JSON
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ranks[string(key)] == nil {
		if s.ranks == nil {
			s.ranks = map[string]rank{}
		}
		s.ranks[string(key)] = deliver.Urgency(changes)
	}
	return s.ranks[string(key)]
}
