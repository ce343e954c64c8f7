package redeliver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/target"
)

var failedJobs = event.Rule{Name: "failed jobs", ID: "failed-jobs", Owner: owner}

// simulated runs a test in simulated time, with platforms outside of it.
func simulated(t *testing.T, run func(t *testing.T, a *account)) {
	t.Helper()
	p := newPeers(t)
	synctest.Test(t, func(t *testing.T) {
		p.now.Store(time.Now().UnixNano())
		run(t, newAccount(t, p))
	})
}

// once asserts that each job was told once.
func once(t *testing.T, a *account, jobs []string) {
	t.Helper()
	counts := a.told(jobs)
	for _, job := range jobs {
		assert.Equal(t, 1, counts[job], "%s", job)
	}
}

// TestTenMinutesOfPenaltyLoseNothing has a stranger, of whose messages nobody here
// knows, bring DingTalk's penalty upon a robot.
func TestTenMinutesOfPenaltyLoseNothing(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, a.robot("dingtalk", "team"))
		stranger := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		for range 21 {
			answer, err := stranger.Post(a.peers.url+"/robot/send?access_token=team", "application/json", strings.NewReader(`{"msgtype":"markdown","markdown":{"title":"hello","text":"hello"}}`)) //nolint:noctx // loopback
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
		}
		before := len(a.peers.Received())
		require.Equal(t, "130101", a.peers.Received()[before-1].Code)
		var jobs []string
		for instance := range 3 {
			a.deploy("dingtalk")
			for i := range 15 {
				happened := []string{"JobFailed", "JobSucceeded"}[i%2]
				jobs = append(jobs, fmt.Sprintf("%s-%c-%02d-x", happened, 'a'+instance, i))
				a.put(t.Context(), busName, job(jobs[len(jobs)-1], happened))
			}
		}
		require.Equal(t, map[ledger.State]int{ledger.Waiting: len(jobs)}, a.states())
		tried := len(a.peers.Received())
		assert.LessOrEqual(t, tried-before, 3, "each instance tries once at most")

		a.pass(t.Context(), a.redeliver(busName), 15)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: len(jobs)}, a.states())
		once(t, a, jobs)
		inOrderOfUrgency(t, a.peers.Received()[before:])
		for _, m := range a.peers.Received()[tried:] {
			assert.True(t, m.Accepted, "nothing more was put upon the robot while it was blocked: %s", m.Reason)
		}
	})
}

// inOrderOfUrgency asserts that no message tells of a failure after one that told
// of a success, by the names of the jobs.
func inOrderOfUrgency(t *testing.T, received []inbox.Message) {
	t.Helper()
	calm, failures, successes := false, 0, 0
	for _, m := range received {
		if !m.Accepted {
			continue
		}
		told := m.Title + m.Text
		failures, successes = failures+strings.Count(told, "JobFailed-"), successes+strings.Count(told, "JobSucceeded-")
		assert.False(t, calm && strings.Contains(told, "JobFailed-"), "a failure after messages that are less urgent: %s", m.Title)
		calm = calm || strings.Contains(told, "JobSucceeded-")
	}
	assert.NotZero(t, failures)
	assert.NotZero(t, successes)
}

func TestASixHourOutageOfAReceiverLosesNothing(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, a.robot("wecom", "team"))
		down := to("wecom", "team", "http://127.0.0.1:1", "team") // nobody listens there
		up := a.bus.Targets[busName+"/"+failedJobs.Key()]["team"]
		a.rule(busName, failedJobs, down)
		var jobs []string
		f := a.redeliver(busName)
		begun := time.Now()
		for hour := range 6 {
			for i, happened := range []string{"JobSucceeded", "JobFailed", "JobSucceeded"} {
				for n := range 10 {
					jobs = append(jobs, fmt.Sprintf("%s-%d%d%02d-x", happened, hour, i, n))
					a.put(t.Context(), busName, job(jobs[len(jobs)-1], happened))
				}
			}
			a.pass(t.Context(), f, 59)
		}
		require.Less(t, time.Since(begun), 6*time.Hour)
		require.Empty(t, a.peers.Received())
		assert.Equal(t, map[ledger.State]int{ledger.Waiting: len(jobs)}, a.states())
		assert.Less(t, len(a.payloads), 180+6*60*3, "what waits with others costs no invocation")

		require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, failedJobs.Key(), []bus.Target{up}))
		a.pass(t.Context(), f, 30)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: len(jobs)}, a.states())
		once(t, a, jobs)
		inOrderOfUrgency(t, a.peers.Received())
	})
}

// TestOneRefusalRepeatsNobodyElse sends a rule's event to ten phones with one
// target, of which one is refused for good and one for now.
func TestOneRefusalRepeatsNobodyElse(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		var phones []target.Receiver
		for i := range 10 {
			phones = append(phones, contact(fmt.Sprintf("p%d", i), fmt.Sprintf("+86138001380%02d", i)))
		}
		a.rule(busName, failedJobs, phones[0])
		list := bus.Target{ID: "all", Function: "pai-notify-sms", List: []bus.Carried{{Rule: failedJobs, Patterns: []string{`{"source":["acs.paidlc"]}`}, Receivers: phones}}}
		require.NoError(t, a.bus.DeleteTargets(t.Context(), busName, failedJobs.Key(), []string{phones[0].Name}))
		require.NoError(t, a.bus.UpdateTargets(t.Context(), busName, failedJobs.Key(), []bus.Target{list}))
		tries := map[string]int{}
		a.phone.answer = func(number string) error {
			tries[number]++
			switch {
			case strings.HasSuffix(number, "03"):
				return target.Permanent(errors.New("no such number"))
			case strings.HasSuffix(number, "07") && tries[number] < 8:
				return errors.New("the carrier is busy")
			}
			return nil
		}
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		// The platform gave the invocation up all the same, and says so.
		f := a.redeliver(busName)
		_, err := f.Handle(t.Context(), []byte(record(t, a.payloads[0], "")))
		require.NoError(t, err)
		a.pass(t.Context(), f, 60)

		assert.Equal(t, map[ledger.State]int{ledger.Sent: 9, ledger.Dead: 1}, a.states())
		told := map[string]int{}
		for _, line := range a.phone.told {
			told[line]++
		}
		assert.Len(t, told, 9)
		for line, times := range told {
			assert.Equal(t, 1, times, line)
		}
		assert.Equal(t, 1, tries["+8613800138003"], "a refusal is final")
	})
}

func TestTwoAtOnceAreHarmless(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		chat := a.robot("wecom", "team")
		a.rule(busName, failedJobs, chat, contact("alice", "+8613800138000"))
		a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		var jobs []string
		for i := range 30 {
			jobs = append(jobs, fmt.Sprintf("train-%02d-x", i))
			a.put(t.Context(), busName, job(jobs[i], "JobFailed"))
		}
		require.Equal(t, map[ledger.State]int{ledger.Waiting: 60}, a.states())
		a.phone.answer = nil
		a.rule(busName, failedJobs, chat)
		for range 20 {
			a.minute()
			var both sync.WaitGroup
			for range 4 {
				both.Go(func() {
					_, err := a.redeliver(busName).Handle(t.Context(), []byte(byFC))
					assert.NoError(t, err)
				})
			}
			both.Wait()
		}
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 60}, a.states())
		once(t, a, jobs)
		assert.Len(t, a.phone.told, len(jobs), "no text is doubled")
		for _, payload := range a.payloads {
			if strings.Contains(payload, `"type":"sms"`) {
				assert.Equal(t, 1, strings.Count(payload, `"specversion"`), "one text has the time of one invocation")
			}
		}
	})
}

func TestALedgerThatIsThrottledLosesNothing(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		flaky := &throttled{Store: a.store}
		a.store = flaky
		chat := a.robot("wecom", "team")
		a.rule(busName, failedJobs, chat, contact("alice", "+8613800138000"))
		a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		var jobs []string
		for i := range 10 {
			jobs = append(jobs, fmt.Sprintf("train-%02d-x", i))
			a.put(t.Context(), busName, job(jobs[i], "JobFailed"))
		}
		a.phone.answer = nil
		a.rule(busName, failedJobs, chat)
		flaky.on(true)
		failed := 0
		for range 30 {
			a.minute()
			if _, err := a.redeliver(busName).Handle(t.Context(), []byte(byEventBridge)); err != nil {
				failed++
				assert.Equal(t, bus.Throttled, bus.KindOf(err), "%v", err)
			}
		}
		assert.NotZero(t, failed, "who runs it hears of it")
		flaky.on(false)
		a.pass(t.Context(), a.redeliver(busName), 40)
		states := a.states()
		assert.Equal(t, 20, states[ledger.Sent]+states[ledger.Unknown], states)
		for _, e := range a.rows() {
			assert.True(t, e.State == ledger.Sent || e.AtMostOnce, e.Receiver)
		}
		told := map[string]int{}
		for _, line := range a.phone.told {
			told[line]++
			assert.Equal(t, 1, told[line], "no text is doubled")
		}
	})
}

// throttled refuses one of three calls while it is on.
type throttled struct {
	ledger.Store
	mu    sync.Mutex
	busy  bool
	calls int
}

func (s *throttled) on(busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = busy
}

func (s *throttled) refuse(action string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.busy && s.calls%3 != 0 {
		return &bus.Error{Kind: bus.Throttled, Action: action}
	}
	return nil
}

func (s *throttled) Get(ctx context.Context, id string) (ledger.Entry, error) {
	if err := s.refuse("dynamodb:GetItem"); err != nil {
		return ledger.Entry{}, err
	}
	return s.Store.Get(ctx, id)
}

func (s *throttled) Put(ctx context.Context, e ledger.Entry) error {
	if err := s.refuse("dynamodb:PutItem"); err != nil {
		return err
	}
	return s.Store.Put(ctx, e)
}

func (s *throttled) Due(ctx context.Context, bus string, before time.Time, limit int) ([]ledger.Entry, error) {
	if err := s.refuse("dynamodb:Query"); err != nil {
		return nil, err
	}
	return s.Store.Due(ctx, bus, before, limit)
}

func TestAFunctionThatCannotBeInvokedIsTriedForSixHours(t *testing.T) {
	for name, kind := range map[string]bus.Kind{"gone": bus.NotFound, "denied": bus.Denied, "throttled": bus.Throttled} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
				a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
				a.put(t.Context(), busName, job("train-7b", "JobFailed"))
				invoked := 0
				a.refuse = func(function string) error {
					invoked++
					return &bus.Error{Kind: kind, Action: "lambda:InvokeFunction", Resource: function}
				}
				f := a.redeliver(busName)
				a.pass(t.Context(), f, 350)
				assert.Equal(t, map[ledger.State]int{ledger.Waiting: 1}, a.states())
				assert.Less(t, invoked, 60, "the further it is, the longer it waits")
				a.pass(t.Context(), f, 40)
				row := a.rows()[0]
				assert.Equal(t, ledger.Dead, row.State)
				assert.Contains(t, row.Because, "the function pai-notify-sms could not be invoked")
			})
		})
	}
}

func TestTheHeartbeatSaysWhatIsLeft(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.bus.Before = func(_ int, action string) error { return &bus.Error{Kind: bus.Denied, Action: "events:" + action} }
		for range 3 {
			a.minute()
		}
		answer, err := a.redeliver(busName).Handle(t.Context(), []byte(`{}`))
		require.NoError(t, err)
		var r redeliver.Report
		require.NoError(t, json.Unmarshal(answer, &r))
		assert.Equal(t, 1, r.Due)
		assert.Equal(t, 1, r.Overdue)
		assert.Contains(t, r.Problem, "events:ListRules")
		row, err := a.store.Control(t.Context(), "heartbeat/"+busName)
		require.NoError(t, err)
		assert.JSONEq(t, `{"at":"`+time.Now().UTC().Format(time.RFC3339)+`",`+string(answer)[1:], string(row.Value))
	})
}
