package deliver

import (
	"fmt"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// rates keeps one instance of a function to what a platform takes from one
// sender: a message that would be too many waits here, because over there it
// would cost a penalty (DingTalk holds a robot back for ten minutes). Other
// instances do not know, so a platform's own refusal is still believed.
type rates []*window

// window counts the messages of the last stretch of time. It slides: a bucket
// that refills would let twice the number through around its edge.
type window struct {
	target.Rate
	mu   sync.Mutex
	sent []time.Time // the last Messages sends, oldest first
}

func newRates(list []target.Rate) rates {
	r := make(rates, len(list))
	for i, rate := range list {
		r[i] = &window{Rate: rate}
	}
	return r
}

// take counts the messages of one notification, or returns how long they have
// to wait, as an error marked by [target.RetryAfter]. It counts in all windows
// or in none.
func (r rates) take(now time.Time, messages int) error {
	for _, w := range r {
		w.mu.Lock()
		defer w.mu.Unlock()
	}
	for _, w := range r {
		over := len(w.sent) + min(messages, w.Messages) - w.Messages
		if over <= 0 {
			continue
		}
		if wait := w.sent[over-1].Add(w.Per).Sub(now); wait > 0 {
			return target.RetryAfter(wait, fmt.Errorf("deliver: the platform takes %d messages in %s from one sender, and as many were sent: this one waits", w.Messages, w.Per))
		}
	}
	for _, w := range r {
		for range messages {
			w.sent = append(w.sent, now)
		}
		w.sent = w.sent[max(0, len(w.sent)-w.Messages):]
	}
	return nil
}
