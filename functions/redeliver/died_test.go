package redeliver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/target"
)

// claimed has a sender claim every row that is due, and die.
func claimed(t *testing.T, a *account, f *ledger.Ledger) {
	t.Helper()
	for _, e := range a.rows() {
		_, _, err := f.Claim(t.Context(), e, 30*time.Second)
		require.NoError(t, err)
	}
}

func TestWhatADeadSenderLeftIsSentAgainUnlessItIsAText(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		chat := a.robot("wecom", "team")
		a.rule(busName, failedJobs, chat, contact("alice", "+8613800138000"))
		a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.phone.answer = nil
		a.rule(busName, failedJobs, chat)
		f := a.redeliver(busName)
		a.minute()
		claimed(t, a, f.Ledger)
		require.Equal(t, map[ledger.State]int{ledger.Claimed: 2}, a.states())
		a.pass(t.Context(), f, 3)
		for _, e := range a.rows() {
			assert.Equal(t, map[string]ledger.State{"wecom": ledger.Sent, "sms": ledger.Unknown}[e.Type], e.State, e.Because)
		}
		once(t, a, []string{"train-7b"})
		assert.Empty(t, a.phone.told)
	})
}

// TestSendersThatDieEachTimeAreNotHurried has an event kill the function that
// sends it, each time after the platform's yes.
func TestSendersThatDieEachTimeAreNotHurried(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		f := a.redeliver(busName)
		died := 0
		a.refuse = func(string) error {
			died++
			claimed(t, a, f.Ledger)
			return &bus.Error{Kind: bus.Unavailable, Action: "lambda:InvokeFunction"}
		}
		a.pass(t.Context(), f, 7*60)
		row := a.rows()[0]
		assert.Equal(t, ledger.Unknown, row.State, "it may have been sent")
		assert.Less(t, died, 50)
	})
}

func TestAClaimThatNobodyRepeatsIsSeenAfterSixHours(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		counting := &listed{Store: a.store}
		a.store = counting
		f := a.redeliver(busName)
		a.pass(t.Context(), f, 10)
		for i, phone := range []bool{false, true} {
			_, _, err := f.Ledger.Claim(t.Context(), ledger.Entry{ID: fmt.Sprint(i), Bus: busName, AtMostOnce: phone}, time.Minute)
			require.NoError(t, err)
			a.pass(t.Context(), f, 45)
		}
		a.pass(t.Context(), f, 4*60)
		assert.Equal(t, map[ledger.State]int{ledger.Claimed: 2}, a.states(), "the platform may still repeat them")
		a.pass(t.Context(), f, 3*60)
		assert.Equal(t, map[ledger.State]int{ledger.Unknown: 2}, a.states())
		assert.LessOrEqual(t, len(counting.pages), 10, "it is looked for once an hour")
		for i, q := range counting.pages[1:] {
			assert.Equal(t, counting.pages[i].To, q.From, "each hour is looked at once")
		}
	})
}

// listed notes what is asked of pages of history.
type listed struct {
	ledger.Store
	pages []ledger.Query
}

func (s *listed) List(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	if q.States != nil {
		s.pages = append(s.pages, q)
	}
	return s.Store.List(ctx, q)
}

func TestNoControlRowKeepsItFromWorking(t *testing.T) {
	for _, nonsense := range []string{"", "{", "null", `"x"`, `{"at":"9999-01-01T00:00:00Z","to":"9999-01-01T00:00:00Z"}`, `{"at":"1999-01-01T00:00:00Z","to":"1999-01-01T00:00:00Z","until":"1999-01-02T00:00:00Z","after":"none"}`, `{"bus":1,"former":{"":"9999-01-01T00:00:00Z"}}`} {
		t.Run(nonsense, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				for _, key := range []string{"swept/" + busName, "heartbeat/" + busName, "redeliver/pai-notify-redeliver"} {
					require.NoError(t, a.store.PutControl(t.Context(), ledger.Control{Key: key, Value: []byte(nonsense), Step: 1}))
				}
				f := a.redeliver(busName)
				_, _, err := f.Ledger.Claim(t.Context(), ledger.Entry{ID: "1", Bus: busName}, time.Minute)
				require.NoError(t, err)
				time.Sleep(7 * time.Hour)
				a.pass(t.Context(), f, 1)
				time.Sleep(2 * time.Hour)
				a.pass(t.Context(), f, 1)
				assert.Equal(t, map[ledger.State]int{ledger.Unknown: 1}, a.states())
			})
		})
	}
}

// TestAnHourThatIsLongIsLookedAtInSeveralRuns has each page of history take most of
// a run, and an event of every ten seconds.
func TestAnHourThatIsLongIsLookedAtInSeveralRuns(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.store = slowHistory{a.store}
		f := a.redeliver(busName)
		for i := range 40 {
			_, claim, err := f.Ledger.Claim(t.Context(), ledger.Entry{ID: fmt.Sprint(i), Bus: busName}, time.Minute)
			require.NoError(t, err)
			if i > 0 {
				_, err = f.Ledger.Settle(t.Context(), claim, ledger.Result{State: ledger.Sent})
				require.NoError(t, err)
			}
			time.Sleep(10 * time.Second)
		}
		time.Sleep(7 * time.Hour)
		for range 15 {
			a.minute()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err := f.Handle(ctx, []byte(byFC))
			require.NoError(t, err)
			cancel()
		}
		assert.Equal(t, map[ledger.State]int{ledger.Unknown: 1, ledger.Sent: 39}, a.states())
	})
}

// slowHistory reads a few rows at once, as a cloud's store does, which takes long.
type slowHistory struct{ ledger.Store }

func (s slowHistory) List(ctx context.Context, q ledger.Query) (ledger.Page, error) {
	if q.Limit == 0 {
		return s.Store.List(ctx, q)
	}
	time.Sleep(15 * time.Second)
	all := q
	all.Limit, all.States = 3, nil
	page, err := s.Store.List(ctx, all)
	page.Entries = slices.DeleteFunc(page.Entries, func(e ledger.Entry) bool { return !q.Wants(e) })
	return page, err
}

// TestWhatWasSentUnguardedIsNotSentAgain has the function not reach the ledger
// that redeliver reaches.
func TestWhatWasSentUnguardedIsNotSentAgain(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		chat := a.robot("wecom", "team")
		a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		require.Equal(t, map[ledger.State]int{ledger.Waiting: 1}, a.states())
		a.rule(busName, failedJobs, chat)
		a.functions["pai-notify-wecom"] = deliver.New(a.spec("wecom"), down{memory.New()})
		a.pass(t.Context(), a.redeliver(busName), 5)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states())
		once(t, a, []string{"train-7b"})
		assert.True(t, a.rows()[0].Outcome.Unguarded)
	})
}

// down is a ledger that does not answer.
type down struct{ ledger.Store }

func (down) Get(context.Context, string) (ledger.Entry, error) {
	return ledger.Entry{}, &bus.Error{Kind: bus.Unavailable, Action: "dynamodb:GetItem"}
}

func (down) Put(context.Context, ledger.Entry) error {
	return &bus.Error{Kind: bus.Unavailable, Action: "dynamodb:PutItem"}
}

// TestAFunctionThatTellsOfOthersDoesNotHaveThemRepeated has a function answer that
// it sent something, and not what it was asked to.
func TestAFunctionThatTellsOfOthersDoesNotHaveThemRepeated(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, to("wecom", "team", "http://127.0.0.1:1", "team"))
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		f := a.redeliver(busName)
		invoked := 0
		f.Cloud.Invoke = func(context.Context, string, []byte) ([]byte, bool, error) {
			invoked++
			return []byte(`[{"status":"sent","notification":"another"}]`), false, nil
		}
		a.pass(t.Context(), f, 60)
		assert.Equal(t, 1, invoked)
		assert.Equal(t, map[ledger.State]int{ledger.Unknown: 1}, a.states())
	})
}

func TestABusThatCannotBeReadEndsNothingForADay(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.bus.Before = func(_ int, action string) error { return &bus.Error{Kind: bus.Denied, Action: "events:" + action} }
		f := a.redeliver(busName)
		a.pass(t.Context(), f, 23*60)
		assert.Equal(t, map[ledger.State]int{ledger.Waiting: 1}, a.states())
		a.pass(t.Context(), f, 2*60)
		assert.Equal(t, map[ledger.State]int{ledger.Dead: 1}, a.states())
		assert.Contains(t, a.rows()[0].Because, "events:ListRules")
	})
}

// TestARunEndsInItsTime has functions that take long, and more of them than a run
// has time for.
func TestARunEndsInItsTime(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		var people []target.Receiver
		for i := range 40 {
			people = append(people, contact(fmt.Sprintf("p%02d", i), fmt.Sprintf("+86138001380%02d", i)))
		}
		a.rule(busName, failedJobs, people...)
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.phone.answer = nil
		a.refuse = func(string) error { time.Sleep(9 * time.Second); return nil }
		f := a.redeliver(busName)
		for range 3 {
			a.minute()
			begun := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			answer, err := f.Handle(ctx, []byte(byFC))
			cancel()
			require.NoError(t, err)
			assert.Less(t, time.Since(begun), time.Minute)
			assert.Contains(t, string(answer), `"invoked":`)
			beat, err := a.store.Control(t.Context(), "heartbeat/"+busName)
			require.NoError(t, err)
			assert.Contains(t, string(beat.Value), time.Now().UTC().Format(time.RFC3339))
		}
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 40}, a.states())
		assert.Len(t, a.phone.told, 40, "no text is doubled")
	})
}

func TestWhoCannotReadWhatIsDueDoesNotSayThatNothingIs(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		before := slog.Default()
		t.Cleanup(func() { slog.SetDefault(before) })
		var log lockedText
		slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
		f := a.redeliver(busName)
		_, err := f.Handle(t.Context(), []byte(byFC))
		require.NoError(t, err)
		require.Contains(t, log.String(), `"msg":"redeliver","due":0`)

		a.store = blind{a.store}
		var after lockedText
		slog.SetDefault(slog.New(slog.NewJSONHandler(&after, nil)))
		_, err = a.redeliver(busName).Handle(t.Context(), []byte(byFC))
		require.ErrorContains(t, err, "what is due cannot be read")
		assert.NotContains(t, after.String(), `"msg":"redeliver",`, "an alarm takes the missing line for what it is")
		beat, err := a.store.Control(t.Context(), "heartbeat/"+busName)
		require.NoError(t, err)
		assert.Contains(t, string(beat.Value), `"problem":"redeliver: what is due cannot be read`)
	})
}

// blind is a ledger whose index is not there.
type blind struct{ ledger.Store }

func (blind) Due(context.Context, string, time.Time, int) ([]ledger.Entry, error) {
	return nil, &bus.Error{Kind: bus.NotFound, Action: "dynamodb:Query"}
}

// TestAFunctionWithoutTheLedgerSendsNoTextThatWaitsInIt has the answers of such a
// function be lost: nothing else tells that the text was sent.
func TestAFunctionWithoutTheLedgerSendsNoTextThatWaitsInIt(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
		a.put(t.Context(), busName, job("train-7b", "JobFailed"))
		a.phone.answer = nil
		f := a.redeliver(busName)
		lose := true
		f.Cloud.Invoke = func(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
			a.functions[function] = deliver.New(a.spec("sms"), nil) // each time a new instance
			answer, failed, err := a.invoke(ctx, function, payload)
			if lose {
				return nil, false, &bus.Error{Kind: bus.Unavailable, Action: "lambda:InvokeFunction"}
			}
			return answer, failed, err
		}
		a.pass(t.Context(), f, 60)
		assert.LessOrEqual(t, len(a.phone.told), 1, "a text twice: %v", a.phone.told)
		lose = false
		a.pass(t.Context(), f, 6*60)
		row := a.rows()[0]
		assert.Equal(t, ledger.Dead, row.State)
		assert.Contains(t, row.Because, ledger.Variable)
	})
}

// TestATextThatWaitedForItsLedgerIsSentOnce has the ledger be away at each attempt of
// the platform, and be back when redeliver gets the record.
func TestATextThatWaitedForItsLedgerIsSentOnce(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		works := a.functions["pai-notify-sms"]
		a.functions["pai-notify-sms"] = deliver.New(a.spec("sms"), down{a.store})
		text := job("train-7b", "JobFailed")
		var answer []byte
		for i, later := range []time.Duration{0, time.Minute, 2 * time.Minute} {
			time.Sleep(later)
			if i == 0 {
				a.put(t.Context(), busName, text)
				continue
			}
			var failed bool
			answer, failed, _ = a.invoke(t.Context(), "pai-notify-sms", []byte(a.payloads[0]))
			require.True(t, failed)
		}
		require.Empty(t, a.phone.told)
		require.Empty(t, a.rows())
		kept := record(t, a.payloads[0], string(answer))

		a.functions["pai-notify-sms"] = works
		f := a.redeliver(busName)
		for range 2 { // the queue may hand a record over twice
			_, err := f.Handle(t.Context(), []byte(batch(t, kept)))
			require.NoError(t, err)
			a.pass(t.Context(), f, 3)
		}
		assert.Len(t, a.phone.told, 1)
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 1}, a.states())
	})
}
