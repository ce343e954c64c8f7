package deliver

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// sender keeps one instance of a function to what a platform takes from one
// sender: a message that would be too many waits here, because over there it
// would cost a penalty (DingTalk holds a robot back for ten minutes). Other
// instances do not know, so a platform's own refusal is still believed, for
// everything that goes by this sender.
type sender struct {
	mu       sync.Mutex
	windows  []window
	underway int       // messages whose attempt has not ended
	blocked  time.Time // the platform asked for nothing before
}

// window counts the messages that may have reached the platform in the last
// stretch of time. It slides: a bucket that refills would let twice the number
// through around its edge.
type window struct {
	target.Rate
	reached []time.Time // when the last of them had ended, oldest first
}

// longestBlock bounds how long all of a sender are held back by what the
// platform said to one: what a person mends meanwhile is noticed.
const longestBlock = time.Hour

// untilOneEnds is the wait of what may have room when an attempt under way has
// ended.
const untilOneEnds = time.Second

func newSender(list []target.Rate) *sender {
	s := &sender{windows: make([]window, len(list))}
	for i, rate := range list {
		s.windows[i].Rate = rate
	}
	return s
}

var errBlocked = errors.New("deliver: the platform has asked this sender to wait, so this one is not tried before")

// take holds places for the messages of one attempt in all windows, or returns
// how long they have to wait, as an error marked by [target.RetryAfter].
func (s *sender) take(now time.Time, messages int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := s.blocked.Sub(now); wait > 0 {
		return target.RetryAfter(wait, errBlocked)
	}
	for i := range s.windows {
		w := &s.windows[i]
		if wait := w.wait(now, s.underway, messages); wait > 0 {
			return target.RetryAfter(wait, fmt.Errorf("deliver: the platform takes %d messages in %s from one sender: this one waits until there is room", w.Messages, w.Per))
		}
	}
	s.underway += messages
	return nil
}

// ended gives the places of an attempt back and counts the messages that may
// have reached the platform, now that it has ended: the platform counted them
// before. A wait that the platform named for one is kept by all.
func (s *sender) ended(now time.Time, messages, reached int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underway -= messages
	if reached == 0 || len(s.windows) == 0 {
		return
	}
	for i := range s.windows {
		s.windows[i].add(now, reached)
	}
	if wait, named := target.Wait(err); named && !final(err) {
		if until := now.Add(min(wait, longestBlock)); until.After(s.blocked) {
			s.blocked = until
		}
	}
}

// remember counts messages of the past.
func (s *sender) remember(at time.Time, messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.windows {
		s.windows[i].add(at, messages)
	}
}

// idle tells that nothing of the past matters any more.
func (s *sender) idle(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.underway > 0 || now.Before(s.blocked) {
		return false
	}
	for _, w := range s.windows {
		if n := len(w.reached); n > 0 && now.Before(w.free(n-1)) {
			return false
		}
	}
	return true
}

// wait returns how long messages have to wait for room beside those under way.
func (w *window) wait(now time.Time, underway, messages int) time.Duration {
	room := w.Messages - underway - min(messages, w.Messages)
	if room < 0 {
		return untilOneEnds
	}
	if over := len(w.reached) - room; over > 0 {
		return w.free(over - 1).Sub(now)
	}
	return 0
}

func (w *window) add(now time.Time, messages int) {
	for range messages {
		w.reached = append(w.reached, now)
	}
	w.reached = w.reached[max(0, len(w.reached)-w.Messages):]
}

// free is when the place of a message is free again: after the window and a
// tenth of it, at most a second, because the platform's clock is not ours.
func (w *window) free(i int) time.Time {
	return w.reached[i].Add(w.Per + min(w.Per/10, time.Second))
}
