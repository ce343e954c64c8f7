package main

import (
	"container/heap"
	"context"
	"time"
)

// The policies of two peers, run against the same robots, in their favour where
// their documentation leaves a choice.

// timeline calls what is due, in order.
type timeline struct {
	now  time.Time
	list []step
	n    int
}

type step struct {
	at time.Time
	n  int
	do func()
}

func (l *timeline) Len() int { return len(l.list) }
func (l *timeline) Less(i, j int) bool {
	return l.list[i].at.Before(l.list[j].at) || l.list[i].at.Equal(l.list[j].at) && l.list[i].n < l.list[j].n
}
func (l *timeline) Swap(i, j int) { l.list[i], l.list[j] = l.list[j], l.list[i] }
func (l *timeline) Push(s any)    { l.list = append(l.list, s.(step)) }
func (l *timeline) Pop() any {
	last := len(l.list) - 1
	s := l.list[last]
	l.list = l.list[:last]
	return s
}

func (l *timeline) at(when time.Time, do func()) {
	l.n++
	heap.Push(l, step{when, l.n, do})
}

func (l *timeline) run(until time.Time) {
	for l.Len() > 0 && l.list[0].at.Before(until) {
		s := heap.Pop(l).(step)
		l.now = s.at
		s.do()
	}
}

const longestRun = 6 * time.Hour

// atOnce sends a message for each rule that wants an event, when it happens. What is
// refused is tried five times again, after 1, 2, 4, 8 and 16 seconds.
func atOnce(s *storm, p platform) verdict {
	to, l := p.robot(context.Background()), &timeline{}
	var send func(name string, next time.Duration)
	send = func(name string, next time.Duration) {
		if !to.takes(l.now, name) && next <= 16*time.Second {
			l.at(l.now.Add(next), func() { send(name, 2*next) })
		}
	}
	for i, e := range s.events {
		for range s.wanted[i] {
			l.at(start.Add(e.after+there), func() { send(e.name, time.Second) })
		}
	}
	l.run(start.Add(longestRun))
	return s.judge(to.got, p)
}

// Alertmanager's defaults, and the bytes of a line that names an alert.
const (
	groupWait     = 30 * time.Second
	groupInterval = 5 * time.Minute
	lineBytes     = 80
)

// group is a group of Alertmanager: the alerts of one rule.
type group struct {
	alerts []string // that were not told
	fresh  bool     // there are some since the last message that was taken
}

// grouped does as Alertmanager does with group_by of the rule's name: a group's first
// message goes after group_wait, the next ones each group_interval when there is
// something new. What is refused is tried again, later and later up to a minute, until
// the next is due. A message names as many alerts as the platform's longest one
// holds; in its favour those that were not named yet.
func grouped(s *storm, p platform) verdict {
	to, l := p.robot(context.Background()), &timeline{}
	groups := map[int]*group{}
	var flush func(g *group)
	var try func(g *group, until time.Time, pause time.Duration)
	try = func(g *group, until time.Time, pause time.Duration) {
		names := g.alerts[:min(len(g.alerts), p.longest/lineBytes)]
		if to.takes(l.now, names...) {
			g.alerts, g.fresh = g.alerts[len(names):], false
		} else if again := l.now.Add(pause); again.Before(until) {
			l.at(again, func() { try(g, until, min(pause*3/2, time.Minute)) })
		}
	}
	flush = func(g *group) {
		next := l.now.Add(groupInterval)
		if g.fresh {
			try(g, next, 500*time.Millisecond)
		}
		l.at(next, func() { flush(g) })
	}
	for i, e := range s.events {
		for _, n := range s.wanted[i] {
			l.at(start.Add(e.after), func() {
				g := groups[n]
				if g == nil {
					g = &group{}
					groups[n] = g
					l.at(l.now.Add(groupWait), func() { flush(g) })
				}
				g.alerts, g.fresh = append(g.alerts, e.name), true
			})
		}
	}
	l.run(start.Add(longestRun))
	return s.judge(to.got, p)
}
