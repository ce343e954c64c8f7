package deliver

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// In a storm, hundreds of events would take a sender's window one by one, while one
// message can tell twenty of them. So only the first few go at once. What follows
// waits in the ledger, from where it is sent together, the most urgent first; some
// places are kept for what is critical and new.

const (
	// untilTogether is the wait of what is told together with others.
	untilTogether = 3 * time.Second
	// betweenSingles is how long after one that went at once a critical one may go
	// where the first few have gone.
	betweenSingles = 5 * time.Second
	// longestInPlace is the longest wait inside an invocation of what could be told
	// together with others.
	longestInPlace = 5 * time.Second
)

var errStorm = errors.New("deliver: several were sent to this receiver in the last minute, so this one is told together with others")

// stormy is the window that storms fill: the shortest of at least ten messages in half
// a minute or more; nil for a sender that has none.
func (s *sender) stormy() (found *window) {
	for i := range s.windows {
		if w := &s.windows[i]; w.Messages >= 10 && w.Per >= 30*time.Second && (found == nil || w.Per < found.Per) {
			found = w
		}
	}
	return found
}

// crowded returns how long a message waits because others have taken the places that
// there are for its kind; nil when it need not.
func (s *sender) crowded(now time.Time, single, critical bool) error {
	w := s.stormy()
	if w == nil {
		return nil
	}
	used := w.counted(now)
	few := max(5, w.Messages/4)
	if !single { // it leaves room for what is critical and new
		spare := max(1, 3*w.Messages/20)
		if critical {
			spare = 1
		}
		if over := len(used) - (w.Messages - spare); over >= 0 {
			return target.RetryAfter(max(w.freed(used[over]).Sub(now), time.Second), fmt.Errorf("deliver: the platform takes %d messages in %s from one sender: this one waits until there is room", w.Messages, w.Per))
		}
		return nil
	}
	singles := w.since(now, s.singles)
	quick := len(singles) > 0 && now.Sub(singles[len(singles)-1]) < betweenSingles
	if len(used) < few || critical && len(singles) < 2*few && (len(singles) < few || !quick) {
		return nil
	}
	return target.RetryAfter(untilTogether, errStorm)
}

// since returns those times that the window still counts.
func (w *window) since(now time.Time, times []time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(times), func(at time.Time) bool { return !now.Before(w.freed(at)) })
}
