package main

import (
	"fmt"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
)

// verdict is what became of a storm.
type verdict struct {
	messages, refused, penalties  int
	lost, lostCritical, lostFresh int
	// again counts how often an event was told that had been told before.
	again int
	// lastCritical and last are when the last of the storm itself was told, since it
	// began, and fresh the longest wait of a critical event that came later.
	lastCritical, last, fresh time.Duration
	// late counts critical events that waited for longer than they had to.
	late, critical int
}

// patience is how soon a critical event is told when there is a place for it.
const patience = 5 * time.Second

// judge reads what the robot was sent.
func (s *storm) judge(list []told, p platform) (v verdict) {
	at := map[string]time.Time{}
	var taken []time.Time
	var penalised time.Time
	for _, m := range list {
		if !m.taken {
			v.refused++
			if p.penalty > 0 && !m.at.Before(penalised) {
				v.penalties++
				penalised = m.at.Add(p.penalty)
			}
			continue
		}
		v.messages++
		taken = append(taken, m.at)
		for _, name := range m.names {
			if at[name].IsZero() {
				at[name] = m.at
			} else {
				v.again++
			}
		}
	}
	urgent := 0
	for _, e := range s.events {
		if e.critical {
			v.critical++
			urgent++
		}
		told, ok := at[e.name]
		if !ok {
			v.lost++
			if e.critical {
				v.lostCritical++
				v.late++
			}
			if e.fresh {
				v.lostFresh++
			}
			continue
		}
		since := told.Sub(start)
		if !e.fresh {
			v.last = max(v.last, since)
		}
		if !e.critical {
			continue
		}
		if e.fresh {
			v.fresh = max(v.fresh, since-e.after)
		} else {
			v.lastCritical = max(v.lastCritical, since)
		}
		// Twenty that are as urgent go with one message, and what the window does not
		// take goes with a later one.
		allowed := max(0, windows(urgent, p)-e.after)
		if s.free(taken, start.Add(e.after), told, p) {
			allowed += patience
		} else {
			allowed += p.rates[0].Per + patience
		}
		if since-e.after > allowed {
			v.late++
		}
	}
	return v
}

// free tells whether the robot had a place for a message when an event came.
func (s *storm) free(taken []time.Time, came, told time.Time, p platform) bool {
	n := 0
	for _, at := range taken {
		if at.Before(told) && !at.After(came.Add(patience)) && came.Sub(at) < p.rates[0].Per {
			n++
		}
	}
	return n < p.rates[0].Messages
}

// windows is when the message with the nth event can be told at the earliest.
func windows(n int, p platform) time.Duration {
	return p.earliest((n + message.MaxDigest - 1) / message.MaxDigest)
}

// bounds are when the last critical event, and the last one, of the storm can be told
// at the earliest, by who knows before what will come.
func (s *storm) bounds(p platform) (critical, all time.Duration, messages int) {
	n, urgent := 0, 0
	for _, e := range s.events {
		if e.fresh {
			continue
		}
		n++
		all = max(e.after, windows(n, p))
		if e.critical {
			urgent++
			critical = max(e.after, windows(urgent, p))
		}
	}
	return critical, all, (n + message.MaxDigest - 1) / message.MaxDigest
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func possible(s *storm, p platform) {
	critical, all, messages := s.bounds(p)
	fmt.Printf("  %-28s %8s %11s %11s %11s %9s %9s %6s\n", "", "messages", "last", "all told", "longest of", "refused", "penalties", "lost")
	fmt.Printf("  %-28s %8s %11s %11s %11s %9s %9s %6s\n", "", "", "critical", "", "later ones", "", "", "")
	fmt.Printf("  %-28s %8d %11s %11s %11s %9d %9d %6d\n", "what the limit allows", messages, seconds(critical), seconds(all), "0.0 s", 0, 0, 0)
}

func (v verdict) print(policy string) verdict {
	never := func(is time.Duration, lost int) string {
		if lost > 0 {
			return "never"
		}
		return seconds(is)
	}
	fmt.Printf("  %-28s %8d %11s %11s %11s %9d %9d %6d\n", policy, v.messages, never(v.lastCritical, v.lostCritical-v.lostFresh), never(v.last, v.lost-v.lostFresh), never(v.fresh, v.lostFresh), v.refused, v.penalties, v.lost)
	return v
}

// goals prints what was to be reached.
func (v verdict) goals(s *storm, p platform) {
	critical, all, _ := s.bounds(p)
	line(v.refused == 0 && v.penalties == 0, "0 penalties: %d, and %d messages refused", v.penalties, v.refused)
	line(v.lost == 0, "0 lost: %d, %d of them critical", v.lost, v.lostCritical)
	line(v.late == 0, "a critical event within %v when a place is free, within one window otherwise: %d of %d later", patience, v.late, v.critical)
	line(v.again <= len(s.events)/20, "each event told once: %d of %d again", v.again, len(s.events))
	if n := len(s.events) - fresh; n == 1200 {
		line(v.messages <= 65+fresh && v.last <= 5*time.Minute, "1,200 events in at most 65 messages, and %d for the later ones, and 5 minutes: %d in %s", fresh, v.messages, seconds(v.last))
	}
	near := func(is, bound time.Duration) bool { return is <= bound+max(bound/20, patience) }
	line(near(v.lastCritical, critical), "critical within 5 %% of what the limit allows, or %v: %s of %s", patience, seconds(v.lastCritical), seconds(critical))
	line(near(v.last, all), "all within 5 %% of what the limit allows, or %v: %s of %s", patience, seconds(v.last), seconds(all))
}
