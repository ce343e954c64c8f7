package deliver

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/target"
)

// sender keeps one instance of a function within a platform's limits for one
// sender. A message over the limit waits here, because at the platform it would
// cost a penalty (DingTalk blocks a robot for ten minutes). Other instances are
// not known here, unless a ledger has what all of them know ([senderRow]), so a
// platform's own refusal still counts, for everything that this sender sends.
type sender struct {
	key      string // of its row in the ledger
	mu       sync.Mutex
	windows  []window
	underway int       // messages whose attempt has not ended
	blocked  time.Time // the time before which the platform accepts nothing
	// paced tells that this is what all instances know together of a sender that can
	// tell several events at once. singles are then the messages that told one event at
	// once, and poked is when somebody last asked for what waits to be told together.
	paced   bool
	singles []single
	poked   time.Time
}

// window counts the messages that may have reached the platform in a sliding
// window of time. A bucket that refills would allow twice the number around its
// edge.
type window struct {
	target.Rate
	reached []time.Time // when their attempts ended, oldest first
}

// keptPlaces are those of a window that only critical messages take, so that one goes
// out at once in the middle of a storm, where the window has at least keptOf. The last
// of them are for one that is new.
const keptPlaces, keptOf = 2, 20

// longestBlock is the longest time for which all messages of a sender are held
// back after a refusal of one, so that a correction by a person takes effect.
const longestBlock = time.Hour

// untilOneEnds is the wait of a message that may have room once an attempt under
// way has ended.
const untilOneEnds = time.Second

func newSender(key string, list []target.Rate) *sender {
	s := &sender{key: key, windows: make([]window, len(list))}
	for i, rate := range list {
		s.windows[i].Rate = rate
	}
	return s
}

var errBlocked = errors.New("deliver: the platform has asked this sender to wait, so this one is not tried before")

// take reserves places for the messages of one attempt in all windows, or returns
// how long they have to wait, as an error marked by [target.RetryAfter].
// Messages that are not critical leave some places to those that are and, where several
// instances send, keep to the pace of the window. One machine's bus has its own. A
// critical one that is told with others leaves a place to one that is new.
func (s *sender) take(now time.Time, messages int, critical, single bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := s.blocked.Sub(now); wait > 0 {
		return target.RetryAfter(wait, errBlocked)
	}
	for i := range s.windows {
		w := &s.windows[i]
		kept := 0
		switch {
		case w.Messages < keptOf:
		case !critical:
			kept = keptPlaces
		case s.paced && !single:
			kept = 1
		}
		kept = max(min(kept, w.Messages-messages), 0)
		wait := w.wait(now, s.underway+kept, messages)
		if s.paced && !critical {
			wait = max(wait, w.pace(now, s.underway+kept))
		}
		if wait > 0 {
			return target.RetryAfter(wait, fmt.Errorf("deliver: the platform takes %d messages in %s from one sender: this one waits until there is room", w.Messages, w.Per))
		}
	}
	s.underway += messages
	return nil
}

// ended releases the places of an attempt and counts the messages that may have
// reached the platform, as of now, when it has certainly counted them. A wait that
// the platform named for one message holds for all.
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
	if wait, named := limit(err); named {
		if until := now.Add(wait); until.After(s.blocked) {
			s.blocked = until
		}
	}
}

// forget takes messages back that were counted at a time.
func (s *sender) forget(at time.Time, messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.windows {
		w := &s.windows[i]
		for range messages {
			if j := slices.IndexFunc(w.reached, func(t time.Time) bool { return t.UnixMilli() == at.UnixMilli() }); j >= 0 {
				w.reached = slices.Delete(w.reached, j, j+1)
			}
		}
	}
}

// remember counts earlier messages.
func (s *sender) remember(at time.Time, messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.windows {
		s.windows[i].add(at, messages)
	}
}

// idle reports whether no earlier message matters any more.
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

// lastPlaces are the last free places of a long window, which what is not critical takes one
// at a time.
const lastPlaces = 10

// pace returns how long a message waits that is not critical, so that not all places of
// a long window are taken at once, to become free at once a window later. The last ones
// are spread over the time until another opens, and so open one at a time ever after.
// What is critical and new finds one, or soon.
func (w *window) pace(now time.Time, underway int) time.Duration {
	used := w.counted(now)
	free := w.Messages - len(used) - underway
	if !w.long() || free <= 0 || free > lastPlaces || len(used) == 0 {
		return 0
	}
	last, opens := used[len(used)-1], w.freed(used[0]).Add(-w.Per/6)
	return last.Add(opens.Sub(last) / time.Duration(free+1)).Sub(now)
}

// long reports whether the window is one that storms fill and that has places to save.
func (w *window) long() bool {
	return w.Messages > lastPlaces && w.Long()
}

// add counts messages. Clocks differ, so those of other instances may be later.
func (w *window) add(at time.Time, messages int) {
	i := len(w.reached)
	for i > 0 && w.reached[i-1].After(at) {
		i--
	}
	w.reached = slices.Insert(w.reached, i, slices.Repeat([]time.Time{at}, messages)...)
	w.reached = w.reached[max(0, len(w.reached)-w.Messages):]
}

// counted returns the messages that the platform may still count.
func (w *window) counted(now time.Time) []time.Time {
	i := 0
	for i < len(w.reached) && !now.Before(w.free(i)) {
		i++
	}
	return w.reached[i:]
}

// free is when the place of a message becomes free: after the window and a tenth
// of it, at most a second, because the platform's clock differs from ours.
func (w *window) free(i int) time.Time { return w.freed(w.reached[i]) }

func (w *window) freed(at time.Time) time.Time { return at.Add(w.Per + min(w.Per/10, time.Second)) }
