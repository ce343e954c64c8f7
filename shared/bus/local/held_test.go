package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// sleeper is a function that holds all until a time of its clock, and then takes it.
type sleeper struct {
	mu     sync.Mutex
	until  time.Time
	now    func() time.Time
	calls  []string
	failed bool // the next attempt that is not held fails
}

func (s *sleeper) invoke(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var i local.Invocation
	i.From(ctx)
	var list []string
	held := s.now().Before(s.until) && !i.Released
	what := map[bool]string{true: "held", false: "sent"}[held]
	s.calls = append(s.calls, what+" "+i.Bus+" "+string(payload))
	ids := []json.RawMessage{payload}
	if payload[0] == '[' {
		ids = nil
		if err := json.Unmarshal(payload, &ids); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		o := fmt.Sprintf(`"event":"%s","rule":"r","target":"chat/%s"`, id, function)
		switch {
		case held:
			o = fmt.Sprintf(`{"status":"waiting","due":%q,"reason":"held until %s (nights)",%s}`, s.until.UTC().Format(time.RFC3339), s.until.UTC().Format("15:04"), o)
		case s.failed:
			s.failed = false
			return nil, failedOutcome(`{"status":"failed","class":"transient","reason":"busy"}`)
		default:
			o = `{"status":"sent",` + o + `}`
		}
		list = append(list, o)
	}
	if payload[0] != '[' {
		return json.RawMessage(list[0]), nil
	}
	return json.RawMessage("[" + strings.Join(list, ",") + "]"), nil
}

func (s *sleeper) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.calls...)
}

func TestWhatIsHeldIsSentTogetherWhenItIsDue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		morning := time.Now().Add(9 * time.Hour)
		s := sleeper{until: morning, now: time.Now, failed: true}
		b := withRule(t, ofRobot(local.Options{Invoke: s.invoke}), "f")
		for id := 1; id <= 3; id++ {
			published(t, b, numbered(t, id))
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		n := waited(t, b, numbered(t, 2))[0]
		assert.Equal(t, []any{local.Waiting, 0, "held until " + morning.UTC().Format("15:04") + " (nights)"}, []any{n.State, n.Attempts, n.Outcome.Reason})
		assert.WithinDuration(t, morning, n.Due, time.Second)
		time.Sleep(time.Until(morning) - time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"held b 1", "held b 2", "held b 3"}, s.got(), "a hold is asked for once, and pauses nobody")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, "sent b [1,2,3]", s.got()[3])
		n, attempts, _, err := b.Life(t.Context(), n.ID)
		require.NoError(t, err)
		assert.Equal(t, []any{local.Waiting, 1, "busy"}, []any{n.State, n.Attempts, n.Outcome.Reason}, "the hold has used up no retry")
		assert.Len(t, attempts, 2, "and the history has it")
		time.Sleep(time.Minute)
		synctest.Wait()
		n = waited(t, b, numbered(t, 2))[0]
		assert.Equal(t, []any{local.Sent, 2, true}, []any{n.State, n.Attempts, n.Outcome.Reason == ""})
	})
}

// TestWhatIsHeldIsMatchedAgainWhenItIsDue has a rule want other events while one is held
// for it, on the same bus or until it is opened again.
func TestWhatIsHeldIsMatchedAgainWhenItIsDue(t *testing.T) {
	for name, c := range map[string]struct {
		pattern string
		restart bool
		state   local.State
		says    string
	}{
		"it wants it still":              {`{"type":["t","u"]}`, false, local.Sent, ""},
		"it does not want it":            {`{"type":["u"]}`, false, local.Skipped, "the rule does not want the event any more: "},
		"nor when the bus was restarted": {`{"type":["u"]}`, true, local.Skipped, "the rule does not want the event any more: "},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			s := sleeper{until: now.Add(9 * time.Hour), now: func() time.Time { return now }}
			o := ofRobot(local.Options{Dir: t.TempDir(), Invoke: s.invoke, Now: s.now})
			b := withRule(t, o, "f")
			published(t, b, numbered(t, 1))
			n := waited(t, b, numbered(t, 1))[0]
			require.Equal(t, local.Waiting, n.State)
			require.NoError(t, b.UpdateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: c.pattern, Enabled: true}))
			now = now.Add(10 * time.Hour)
			if c.restart {
				require.NoError(t, b.Close(t.Context()))
				b = opened(t, o)
			} else {
				_, err := b.Reconsider(t.Context(), []string{n.ID}, now)
				require.NoError(t, err)
			}
			require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
			n = waited(t, b, numbered(t, 1))[0]
			assert.Equal(t, c.state.String(), n.State.String())
			assert.Contains(t, n.Outcome.Reason, c.says)
		})
	}
}

func TestWhatAPersonSentToAnotherRuleIsSentWhateverThatRuleWants(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint(restart), func(t *testing.T) {
			now := time.Now()
			s := sleeper{until: now.Add(9 * time.Hour), now: func() time.Time { return now }}
			invoke := func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
				if function == "f" {
					return nil, failedOutcome(`{"status":"failed","class":"permanent","reason":"no"}`)
				}
				return s.invoke(ctx, function, payload)
			}
			o := local.Options{Dir: t.TempDir(), Invoke: invoke, Now: s.now}
			b := withRule(t, o, "f")
			require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "other", Bus: "b", FilterPattern: `{"type":["u"]}`, Enabled: true, Targets: targets("g")}))
			published(t, b, numbered(t, 1))
			_, err := b.Redrive(t.Context(), local.Redrive{ID: waited(t, b, numbered(t, 1))[0].ID, To: "other/g"})
			require.NoError(t, err)
			require.Eventually(t, func() bool { return len(s.got()) == 1 }, 10*time.Second, time.Millisecond)
			var id string
			require.Eventually(t, func() bool {
				list, err := b.History(t.Context(), local.Query{States: []local.State{local.Waiting}})
				if err != nil || len(list) == 0 || list[0].Due.IsZero() {
					return false
				}
				id = list[0].ID
				return true
			}, 10*time.Second, time.Millisecond)
			now = now.Add(10 * time.Hour)
			if restart {
				require.NoError(t, b.Close(t.Context()))
				b = opened(t, o)
			} else {
				_, err = b.Reconsider(t.Context(), []string{id}, now)
				require.NoError(t, err)
			}
			require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
			n, _, _, err := b.Life(t.Context(), id)
			require.NoError(t, err)
			assert.Equal(t, local.Sent.String(), n.State.String())
		})
	}
}

// TestAMachineThatWasSuspendedSendsWhatIsDueWithinSeconds has the machine's clock go on
// for hours in which the process's stands still.
func TestAMachineThatWasSuspendedSendsWhatIsDueWithinSeconds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var asleep atomic.Int64
		clock := func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) }
		s := sleeper{until: clock().Add(9 * time.Hour), now: clock}
		b := withRule(t, ofRobot(local.Options{Invoke: s.invoke, Now: clock}), "f")
		for id := 1; id <= 3; id++ {
			published(t, b, numbered(t, id))
			time.Sleep(time.Minute)
		}
		asleep.Store(int64(8 * time.Hour))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, s.got(), 3, "it is not due yet")
		asleep.Store(int64(10 * time.Hour))
		time.Sleep(6 * time.Second)
		synctest.Wait()
		require.Len(t, s.got(), 4)
		assert.Equal(t, "sent b [1,2,3]", s.got()[3])
	})
}

func TestAHoldThatCannotBeIsARetry(t *testing.T) {
	for name, due := range map[string]string{
		"none": ``, "long past": `,"due":"1990-01-01T00:00:00Z"`, "years ahead": `,"due":"2099-01-01T00:00:00Z"`,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := functions{answers: map[string][]string{"f": {`{"status":"waiting","reason":"held"` + due + `}`}}}
				b := withRule(t, local.Options{Invoke: f.invoke}, "f")
				published(t, b, numbered(t, 1))
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				assert.Len(t, f.got(), 4, "as often as its strategy says")
				n := waited(t, b, numbered(t, 1))[0]
				assert.Equal(t, []any{local.Dead, "held"}, []any{n.State, n.Outcome.Reason}, "people are told")
			})
		})
	}
}

func TestWhatIsHeldOutlivesTheProcess(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, b *local.Bus, dir string) string{
		"a stop": func(t *testing.T, b *local.Bus, dir string) string {
			require.NoError(t, b.Close(t.Context()))
			return dir
		},
		// A process that is killed is a copy of its directory, opened by another.
		"a kill": func(t *testing.T, _ *local.Bus, dir string) string {
			copied := t.TempDir()
			require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
			return copied
		},
	} {
		for _, once := range []bool{false, true} {
			t.Run(fmt.Sprint(name, once), func(t *testing.T) {
				now := time.Date(2026, 11, 28, 23, 0, 0, 0, time.UTC)
				clock := func() time.Time { return now }
				s := sleeper{until: now.Add(9 * time.Hour), now: clock}
				o := ofRobot(local.Options{Dir: t.TempDir(), Invoke: s.invoke, Now: clock, AtMostOnce: func(string) bool { return once }})
				b := withRule(t, o, "f")
				for id := 1; id <= 3; id++ {
					published(t, b, numbered(t, id))
					assert.Equal(t, local.Waiting, waited(t, b, numbered(t, id))[0].State)
				}
				o.Dir = end(t, b, o.Dir)

				now = now.Add(3 * time.Hour)
				b = opened(t, o)
				n := waited(t, b, numbered(t, 1))[0]
				assert.Equal(t, []any{local.Waiting, s.until}, []any{n.State, n.Due.UTC()})
				o.Dir = end(t, b, o.Dir)

				now = now.Add(6*time.Hour + time.Second)
				b = opened(t, o)
				require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
				assert.Equal(t, "sent b [1,2,3]", s.got()[3])
				for id := 1; id <= 3; id++ {
					assert.Equal(t, local.Sent, waited(t, b, numbered(t, id))[0].State)
				}
			})
		}
	}
}

func TestAClockThatWasSetBackHoldsNothingForYears(t *testing.T) {
	now := time.Date(2040, 1, 1, 23, 0, 0, 0, time.UTC)
	s := sleeper{until: now.Add(9 * time.Hour), now: func() time.Time { return now }}
	o := local.Options{Dir: t.TempDir(), Invoke: s.invoke, Now: s.now}
	b := withRule(t, o, "f")
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	require.NoError(t, b.Close(t.Context()))
	now = now.AddDate(-14, 0, 0)
	s.until = now
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
}

func TestPeopleMaySendOrCancelWhatIsHeld(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sleeper{until: time.Now().Add(9 * time.Hour), now: time.Now}
		b := withRule(t, ofRobot(local.Options{Invoke: s.invoke}), "f", "g")
		for id := 1; id <= 5; id++ {
			published(t, b, numbered(t, id))
		}
		synctest.Wait()
		var ids []string
		for id := 1; id <= 3; id++ {
			ids = append(ids, waited(t, b, numbered(t, id))[0].ID)
		}
		done, err := b.Redrive(t.Context(), local.Redrive{ID: ids[0], Try: true})
		require.NoError(t, err)
		assert.Empty(t, done.As)
		assert.Equal(t, "RequestParameterInvalid", code(t, refused(t, b, local.Redrive{ID: ids[0], To: "r/g"})))
		done, err = b.Redrive(t.Context(), local.Redrive{ID: ids[0]})
		require.NoError(t, err)
		assert.Equal(t, ids[0], done.As)
		synctest.Wait()
		assert.Equal(t, local.Sent, waited(t, b, numbered(t, 1))[0].State)
		assert.Equal(t, "RequestParameterInvalid", code(t, refused(t, b, local.Redrive{ID: ids[0]})), "it was sent")

		_, err = b.Cancel(t.Context(), ids[1])
		require.NoError(t, err)
		assert.Equal(t, local.Cancelled, waited(t, b, numbered(t, 2))[0].State)

		require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "r", false))
		synctest.Wait()
		assert.Equal(t, local.Cancelled, waited(t, b, numbered(t, 3))[0].State, "a rule that is disabled sends nothing")
		assert.Zero(t, b.Waiting())
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		var sent []string
		for _, call := range s.got() {
			if strings.HasPrefix(call, "sent") {
				sent = append(sent, call)
			}
		}
		assert.Equal(t, []string{"sent b 1"}, sent)
	})
}

func TestWhatAPersonSentIsNotHeldAgainAfterAFailureOrARestart(t *testing.T) {
	now := time.Now()
	s := sleeper{until: now.Add(9 * time.Hour), now: func() time.Time { return now }, failed: true}
	o := local.Options{Dir: t.TempDir(), Invoke: s.invoke, Now: s.now}
	b := withRule(t, o, "f")
	published(t, b, numbered(t, 1))
	id := waited(t, b, numbered(t, 1))[0].ID
	_, err := b.Redrive(t.Context(), local.Redrive{ID: id})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		n, _, _, err := b.Life(t.Context(), id)
		return assert.NoError(t, err) && n.Outcome.Reason == "busy"
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, b.Close(t.Context()))
	now = now.Add(time.Minute)
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, []string{"held b 1", "sent b 1", "sent b 1"}, s.got())
}
