package redeliver_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// storm is a cluster fault that 48 rules tell one robot of.
type storm struct {
	*account
	rules []event.Rule
	came  map[string]time.Time
	jobs  []string
}

func newStorm(t *testing.T, a *account, platform string) *storm {
	t.Helper()
	s := &storm{account: a, came: map[string]time.Time{}}
	robot := a.robot(platform, "team")
	for i := range 48 {
		s.rules = append(s.rules, event.Rule{Name: fmt.Sprintf("team %02d", i), ID: fmt.Sprintf("team-%02d", i), Owner: owner})
		robot.Name = fmt.Sprintf("oncall-%02d", i)
		a.rule(busName, s.rules[i], robot)
	}
	return s
}

// comes has an event of a new job come by some rules.
func (s *storm) comes(t *testing.T, happened string, rules ...int) string {
	name := fmt.Sprintf("%s-%04d-x", happened, len(s.jobs))
	text := job(name, happened)
	s.jobs, s.came[name] = append(s.jobs, name), time.Now()
	for _, i := range rules {
		key := busName + "/" + s.rules[i].Key()
		for _, on := range s.bus.Targets[key] {
			_, _, _ = s.invoke(t.Context(), on.Function, []byte(wrapped(t, on, text)))
		}
	}
	return name
}

// timer invokes the waker each minute, as both clouds do, until stopped.
func (s *storm) timer(t *testing.T, first time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { // a message may leave seconds after its function was invoked
		for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
			s.peers.now.Store(time.Now().UnixNano())
		}
	})
	done.Go(func() {
		f := s.redeliver(busName)
		time.Sleep(first)
		for i := 0; ctx.Err() == nil; i++ {
			done.Go(func() {
				within, end := context.WithTimeout(ctx, time.Minute)
				defer end()
				_, _ = f.Handle(within, []byte([]string{byEventBridge, byFC}[i%2]))
			})
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// latest returns how long it took until the last of some jobs was told, and asserts
// that each was.
func (s *storm) latest(t *testing.T, wanted func(name string) bool) (longest time.Duration) {
	t.Helper()
	toldAt := map[string]time.Time{}
	for _, m := range s.peers.Received() {
		for _, name := range s.jobs {
			if m.Accepted && toldAt[name].IsZero() && strings.Contains(m.Title+m.Text, name) {
				toldAt[name] = m.Time
			}
		}
	}
	for name, came := range s.came {
		if assert.Contains(t, toldAt, name, "lost") && wanted(name) {
			longest = max(longest, toldAt[name].Sub(came))
		}
	}
	return longest
}

func TestAStormIsToldInFewMessagesAndCriticalFirst(t *testing.T) {
	for name, c := range map[string]struct {
		events, critical int           // of how many one is critical
		within           time.Duration // in which they come
		timer            time.Duration // after which the waker first runs
		rules            int           // that want each
		messages         int           // at most
		fresh            time.Duration // until a later critical event is told, at most
	}{
		"the timer runs at once":          {1200, 10, 5 * time.Second, 6 * time.Second, 1, 65, 5 * time.Second},
		"the timer runs in half a minute": {1200, 10, 5 * time.Second, 35 * time.Second, 1, 65, 5 * time.Second},
		"half of it is critical":          {1200, 2, 5 * time.Second, 59 * time.Second, 1, 65, time.Minute},
		"it lasts for a minute":           {1200, 4, time.Minute, 30 * time.Second, 1, 75, 5 * time.Second},
		"two rules want each":             {600, 4, 5 * time.Second, 30 * time.Second, 2, 65, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				s := newStorm(t, a, "dingtalk")
				began := time.Now()
				stop := s.timer(t, c.timer)
				burst := map[string]bool{}
				for i := range c.events {
					happened := "JobSucceeded"
					if i%c.critical == c.critical-1 {
						happened = "JobFailed"
					}
					burst[s.comes(t, happened, []int{i % 48, (i*7 + 1) % 48}[:c.rules]...)] = true
					time.Sleep(c.within / time.Duration(c.events))
				}
				time.Sleep(time.Until(began.Add(75 * time.Second)))
				var late []string
				for range 8 {
					late = append(late, s.comes(t, "JobFailed", 0))
					time.Sleep(17 * time.Second)
				}
				time.Sleep(4 * time.Minute)
				stop()
				states := a.states()
				assert.Equal(t, c.rules*c.events+len(late), states[ledger.Sent]+states[ledger.Skipped])
				assert.LessOrEqual(t, states[ledger.Skipped], (c.rules-1)*10, "what the other rule had told at once")
				refused, accepted := 0, 0
				var end time.Time
				for _, m := range a.peers.Received() {
					if !m.Accepted {
						refused++
						continue
					}
					accepted, end = accepted+1, m.Time
				}
				assert.Zero(t, refused, "no penalty comes from our own sending")
				all := s.latest(t, func(name string) bool { return burst[name] })
				critical := s.latest(t, func(name string) bool { return burst[name] && strings.HasPrefix(name, "JobFailed") })
				fresh := s.latest(t, func(name string) bool { return !burst[name] })
				t.Logf("%d messages with %d for later critical events, the last of the storm after %s, its last critical after %s, a later critical after %s at most (%s)", accepted, len(late), all, critical, fresh, end.Sub(began))
				assert.LessOrEqual(t, accepted-len(late), c.messages)
				assert.LessOrEqual(t, all, 5*time.Minute)
				assert.LessOrEqual(t, fresh, c.fresh)
				assert.Less(t, critical, all)
			})
		})
	}
}

// TestReceiversKeepTheirRulesInADigest has two owners' rules lead to one robot, and a
// rule be removed while all wait.
func TestReceiversKeepTheirRulesInADigest(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		mine, theirs := failedJobs, event.Rule{Name: "failed jobs", ID: "failed-jobs-2", Owner: "other_lab"}
		robot := a.robot("wecom", "team")
		away := to("wecom", "team", "http://127.0.0.1:1", "team") // nobody listens there
		for _, r := range []event.Rule{mine, theirs} {
			a.rule(busName, r, away)
		}
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		require.Equal(t, map[ledger.State]int{ledger.Waiting: 2}, a.states())
		a.rule(busName, mine, robot)
		require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, theirs.Key(), []bus.Target{{ID: robot.Name, Function: "pai-notify-wecom", Rule: theirs, Receiver: robot}}))
		a.payloads = nil
		a.pass(t.Context(), a.redeliver(busName), 3)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 2}, a.states())
		require.Len(t, a.payloads, 1, "one invocation, and one message")
		assert.Contains(t, a.payloads[0], `"owner":"other_lab"`)
		assert.Contains(t, a.payloads[0], `"owner":"llm_lab"`)
		once(t, a, []string{"train-7b"})
	})
}
