package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

func TestALedgerThatIsDownSilencesNoChatAndDelaysTexts(t *testing.T) {
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		says     *bus.Error
		phone    bool
		ago      time.Duration
		severity string
		send     error
		// What is told: whether it was tried, and whether the platform repeats it.
		status   outcome.Status
		class    outcome.Class
		tried    bool
		repeated bool
	}{
		"chat is sent":                                   {errAway, false, 0, "critical", nil, outcome.Sent, "", true, false},
		"chat that fails is repeated":                    {errAway, false, 0, "critical", busy, outcome.Failed, outcome.Transient, true, true},
		"chat that is to wait is repeated":               {errAway, false, 0, "critical", target.RetryAfter(time.Hour, busy), outcome.Failed, outcome.RateLimited, true, true},
		"chat that is refused goes the platform's way":   {errAway, false, 0, "critical", target.Permanent(busy), outcome.Failed, outcome.Permanent, true, true},
		"a text waits":                                   {errAway, true, 0, "info", nil, outcome.Failed, outcome.Transient, false, true},
		"a critical text too":                            {errAway, true, 49 * time.Second, "critical", nil, outcome.Failed, outcome.Transient, false, true},
		"chat is sent without one that cannot be used":   {errDenied, false, 0, "critical", nil, outcome.Sent, "", true, false},
		"a text is sent without one that cannot be used": {errDenied, true, 0, "info", nil, outcome.Sent, "", true, false},
		"a critical text is, too":                        {errDenied, true, 49 * time.Second, "critical", nil, outcome.Sent, "", true, false},
		"one that may have been tried before waits":      {errDenied, true, 51 * time.Second, "critical", nil, outcome.Failed, outcome.Transient, false, true},
		"however old it is":                              {errDenied, true, time.Hour, "critical", nil, outcome.Failed, outcome.Transient, false, true},
		"a text that fails is repeated":                  {errDenied, true, 0, "info", busy, outcome.Failed, outcome.Transient, true, true},
		"one that may have been sent is not":             {errDenied, true, 0, "info", target.Unknown(busy), outcome.Failed, outcome.Unknown, true, false},
		"of an event from the future nobody knows":       {errDenied, true, -time.Hour, "info", nil, outcome.Failed, outcome.Transient, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := logged(t)
				of := newTable()
				of.says = c.says
				of.set(always, nil)
				f, l := on(of, c.phone, func(context.Context, int, target.Notification) error { return c.send })
				payload := happened(1, c.ago, c.severity)
				list, err := invoke(t, f, payload)
				assert.Equal(t, c.repeated, err != nil)
				assert.Equal(t, []any{c.status, c.class, c.tried}, []any{list[0].Status, list[0].Class, list[0].Unguarded})
				assert.Equal(t, c.tried, len(l.notifications) > 0)
				why := withMessage(lines(), "ledger")
				require.NotEmpty(t, why)
				assert.Len(t, why, 1, "once for each invocation")
				assert.Contains(t, why[0]["error"], c.says.Error())
				if c.tried {
					assert.Equal(t, true, withMessage(lines(), ended)[0]["unguarded"])
				}
				if c.status == outcome.Sent {
					assert.Len(t, withMessage(lines(), notRecorded), 1)
				}

				of.set(nil, nil) // it is there again
				tried := len(l.notifications)
				list, err = invoke(t, f, payload)
				require.NoError(t, err)
				if taken := c.status == outcome.Sent || c.class == outcome.Unknown; taken {
					assert.Equal(t, outcome.Skipped, list[0].Status, "this instance knows")
					assert.Len(t, l.notifications, tried)
					state := rows(t, of)["e1"].State
					assert.Equal(t, map[bool]ledger.State{true: ledger.Sent, false: ledger.Unknown}[c.status == outcome.Sent], state, "and tells the ledger")
				} else {
					assert.False(t, list[0].Unguarded)
					assert.Greater(t, len(l.notifications), tried)
				}
			})
		})
	}
}

func TestALedgerThatCanBeUsedAgainLearnsWhatWasSent(t *testing.T) {
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		phone  bool
		send   error
		status outcome.Status
		state  ledger.State
	}{
		"a message that was taken":        {false, nil, outcome.Sent, ledger.Sent},
		"a text that was taken":           {true, nil, outcome.Sent, ledger.Sent},
		"a text that may have been":       {true, target.Unknown(busy), outcome.Failed, ledger.Unknown},
		"one that is to be sent later":    {false, target.RetryAfter(time.Hour, busy), outcome.Waiting, ledger.Waiting},
		"a text that is to be sent later": {true, target.RetryAfter(time.Hour, busy), outcome.Waiting, ledger.Waiting},
		"one that is refused":             {false, target.Permanent(busy), outcome.Failed, ledger.Dead},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := logged(t)
				of := newTable()
				of.says = errDenied
				of.set(always, nil)
				f, _ := on(of, c.phone, func(context.Context, int, target.Notification) error {
					of.set(nil, nil)
					return c.send
				})
				list, err := invoke(t, f, happened(1, 0, "critical"))
				require.NoError(t, err)
				assert.Equal(t, []any{c.status, true}, []any{list[0].Status, list[0].Unguarded})
				row := rows(t, of)["e1"]
				assert.Equal(t, c.state, row.State)
				assert.True(t, row.Outcome.Unguarded)
				assert.Empty(t, withMessage(lines(), notRecorded))
				told := withMessage(lines(), ended)
				require.Len(t, told, 1)
				assert.EqualValues(t, c.status, told[0]["status"])
			})
		})
	}
}

func TestAClaimWhoseAnswersWereLostKeepsNothingBack(t *testing.T) {
	for _, phone := range []bool{false, true} {
		t.Run(fmt.Sprintf("phone %t", phone), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := logged(t)
				of := newTable()
				calls := 0
				of.set(nil, func(_ string, e ledger.Entry) bool { // those of the claim
					if e.ID == hold.MutesKey(onBus) {
						return false // it is read beside the claim, before or after it
					}
					calls++
					return calls <= 4
				})
				f, l := on(of, phone, nil)
				payload := happened(1, 0, "critical")
				list, err := invoke(t, f, payload)
				require.NoError(t, err)
				told := withMessage(lines(), ended)
				require.Len(t, told, 1)
				assert.EqualValues(t, list[0].Status, told[0]["status"])
				if !phone {
					assert.Equal(t, []any{outcome.Sent, true}, []any{list[0].Status, list[0].Unguarded})
					assert.Equal(t, ledger.Sent, rows(t, of)["e1"].State)
					return
				}
				assert.Equal(t, []any{outcome.Sent, false}, []any{list[0].Status, list[0].Unguarded}, "it has found its own claim")
				assert.Len(t, l.notifications, 1)
				assert.Equal(t, ledger.Sent, rows(t, of)["e1"].State)
			})
		})
	}
}

func TestAMessageThatIsTakenIsSentWhateverTheLedgerSays(t *testing.T) {
	for name, c := range map[string]struct {
		phone bool
		// after is what happens to the ledger while the message is on its way.
		after func(t *testing.T, of *table)
	}{
		"the ledger is away": {false, func(_ *testing.T, of *table) { of.set(always, nil) }},
		"and for a text":     {true, func(_ *testing.T, of *table) { of.set(always, nil) }},
		"somebody has taken the claim over": {false, func(t *testing.T, of *table) {
			row := rows(t, of)["e1"]
			row.Step, row.Token = row.Step+1, "another"
			require.NoError(t, of.Store.Put(t.Context(), row))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := logged(t)
				of := newTable()
				f, l := on(of, c.phone, func(context.Context, int, target.Notification) error {
					c.after(t, of)
					return nil
				})
				payload := happened(1, 0, "critical")
				list, err := invoke(t, f, payload)
				require.NoError(t, err)
				assert.Equal(t, []any{outcome.Sent, false}, []any{list[0].Status, list[0].Unguarded})
				require.Len(t, withMessage(lines(), notRecorded), 1)
				assert.Equal(t, list[0].Notification, withMessage(lines(), notRecorded)[0]["notification"])

				of.set(nil, nil)
				time.Sleep(time.Hour)
				list, err = invoke(t, f, payload)
				require.NoError(t, err)
				assert.Equal(t, outcome.Skipped, list[0].Status)
				assert.Len(t, l.notifications, 1)
			})
		})
	}
}

func TestAFailureThatCannotBeRecordedIsThePlatformsToRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := on(of, false, func(context.Context, int, target.Notification) error {
			of.set(always, nil)
			return target.RetryAfter(time.Hour, errors.New("too many"))
		})
		list, err := invoke(t, f, wrapped(jobFailed))
		require.Error(t, err, "nothing says that it waits")
		assert.Equal(t, []any{outcome.Failed, outcome.RateLimited}, []any{list[0].Status, list[0].Class})
		assert.Zero(t, list[0].Due)

		of.set(nil, nil)
		list, err = invoke(t, f, wrapped(jobFailed))
		require.Error(t, err, "its claim stands")
		assert.Equal(t, outcome.Transient, list[0].Class)
		time.Sleep(time.Duration(list[0].RetryAfter) * time.Second)
		_, err = invoke(t, f, wrapped(jobFailed))
		require.Error(t, err)
		assert.Len(t, l.notifications, 2)
	})
}

func TestALedgerThatHangsIsNotWaitedForByEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		of.set(func(string, ledger.Entry) bool {
			of.mu.Unlock()
			time.Sleep(300 * time.Millisecond)
			of.mu.Lock()
			return true
		}, nil)
		f, l := on(of, false, nil)
		var payloads []string
		for n := range 100 {
			payloads = append(payloads, wrapped(numbered(n)))
		}
		began := time.Now()
		list, err := invoke(t, f, string(batch(payloads...)))
		require.NoError(t, err)
		assert.Len(t, l.notifications, 100)
		assert.True(t, list[99].Unguarded)
		assert.Less(t, time.Since(began), 8*time.Second)
	})
}

func TestALedgerThatCannotBeOpenedSilencesNobody(t *testing.T) {
	for _, phone := range []bool{false, true} {
		lines := logged(t)
		f, l := newFunction(nil)
		if phone {
			f.spec = f.spec.To(target.ContactPhone)
		}
		handle := Handler(f.spec, nil, func() (ledger.Store, error) { return nil, errors.New("PAI_NOTIFY_LEDGER names none") })
		answer, err := handle(t.Context(), []byte(happened(1, 0, "critical")))
		require.NoError(t, err)
		assert.True(t, outcomeOf(t, answer, err).Unguarded)
		assert.Len(t, l.notifications, 1)
		assert.Equal(t, "PAI_NOTIFY_LEDGER names none", withMessage(lines(), "ledger")[0]["error"])
	}
}

func TestWhatTheLedgerKnowsIsNotRepeatedForWhatItDoesNot(t *testing.T) {
	for _, phone := range []bool{false, true} {
		t.Run(fmt.Sprintf("phone %t", phone), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				f, l := on(of, phone, nil)
				ago := time.Minute // another attempt may have been before
				young, other := happened(1, ago, "info"), strings.Replace(happened(2, ago, "info"), `"line":"x"`, `"line":"y"`, 1)
				of.set(func(_ string, e ledger.Entry) bool { return e.ID == idOf(t, f, other) }, nil)
				if !phone { // it is sent all the same, and fails
					l.answer = func(_ context.Context, _ int, n target.Notification) error {
						if n.Event.ID() == "e2" {
							return target.RetryAfter(time.Hour, errors.New("later"))
						}
						return nil
					}
				}
				for range horizon {
					_, err := invoke(t, f, string(batch(young, other)))
					require.Error(t, err)
					f = New(f.spec, of)
				}
				sent := 0
				for _, n := range l.notifications {
					if n.Event.ID() == "e1" {
						sent++
					}
				}
				assert.Equal(t, 1, sent)
			})
		})
	}
}

func idOf(t *testing.T, f *Function, payload string) string {
	t.Helper()
	return f.plan(decoded(t, payload))[0].outcome.Notification
}

// TestTellingTheLedgerEndsInTheTimeOfTheInvocation has a ledger that was down answer
// again, slowly, about more than the invocation has the time to tell. What it was
// told would be no use: the platform repeats an invocation that is cut off.
func TestTellingTheLedgerEndsInTheTimeOfTheInvocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := on(of, false, nil)
		of.slow = 250 * time.Millisecond
		of.set(func(string, ledger.Entry) bool { return len(l.notifications) < 60 }, nil)
		var payloads []string
		for n := range 60 {
			payloads = append(payloads, happened(n, 0, "info"))
		}
		began := time.Now()
		list, err := invoke(t, f, string(batch(payloads...)))
		require.NoError(t, err)
		assert.Less(t, time.Since(began), 30*time.Second)
		for _, o := range list {
			assert.Equal(t, outcome.Sent, o.Status)
		}
	})
}
