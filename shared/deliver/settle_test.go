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

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

func TestWithALedgerAFailureIsARowAndNoError(t *testing.T) {
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		err   error
		want  outcome.Outcome
		state ledger.State
		due   time.Duration // after the attempt
		alarm bool
	}{
		"accepted":                             {nil, outcome.Outcome{Status: outcome.Sent}, ledger.Sent, 0, false},
		"what may pass waits":                  {busy, outcome.Outcome{Status: outcome.Waiting, Class: outcome.Transient, Reason: "busy"}, ledger.Waiting, 30 * time.Second, false},
		"a limit waits as long as it says":     {target.RetryAfter(10*time.Minute, busy), outcome.Outcome{Status: outcome.Waiting, Class: outcome.RateLimited, RetryAfter: 600, Reason: "busy"}, ledger.Waiting, 602 * time.Second, false},
		"so does an unclear end with a wait":   {target.RetryAfter(10*time.Minute, target.Unconfirmed(busy)), outcome.Outcome{Status: outcome.Waiting, Class: outcome.Transient, RetryAfter: 600, Reason: "busy"}, ledger.Waiting, 602 * time.Second, false},
		"a cap of two days is asked once more": {target.RetryAfter(48*time.Hour, busy), outcome.Outcome{Status: outcome.Waiting, Class: outcome.RateLimited, RetryAfter: 172800, Reason: "busy"}, ledger.Waiting, 24 * time.Hour, false},
		"a permanent failure is dead":          {target.Permanent(busy), outcome.Outcome{Status: outcome.Failed, Class: outcome.Permanent, Reason: "busy"}, ledger.Dead, 0, true},
		"a receiver that is gone":              {target.Gone(busy), outcome.Outcome{Status: outcome.Failed, Class: outcome.Gone, Reason: "busy"}, ledger.Dead, 0, true},
		"an end nobody knows":                  {target.Unknown(busy), outcome.Outcome{Status: outcome.Failed, Class: outcome.Unknown, Reason: "busy"}, ledger.Unknown, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := logged(t)
				of := newTable()
				f, l := on(of, false, func(context.Context, int, target.Notification) error { return c.err })
				list, err := invoke(t, f, wrapped(jobFailed))
				require.NoError(t, err, "the platform is not to repeat it")
				row := rows(t, of)["e1"]
				o := list[0]
				assert.Equal(t, o.Due, row.Due)
				assert.Equal(t, o.Reason, row.Because)
				assert.Equal(t, c.state, row.State)
				if c.due > 0 {
					assert.WithinDuration(t, row.Changed.Add(c.due), row.Due, time.Second)
				} else {
					assert.Zero(t, row.Due)
				}
				assert.Equal(t, o, row.Outcome)
				assert.Equal(t, c.want, outcome.Outcome{Status: o.Status, Class: o.Class, Reason: o.Reason, RetryAfter: o.RetryAfter})
				assert.Len(t, withMessage(lines(), ended), 1)
				assert.Equal(t, c.alarm, len(withMessage(lines(), givenUp)) == 1)

				again, err := invoke(t, f, wrapped(jobFailed))
				require.NoError(t, err)
				assert.Equal(t, outcome.Skipped, again[0].Status, "the platform repeats it all the same")
				assert.Len(t, l.notifications, o.Attempts)
			})
		})
	}
}

func TestWaitsDoubleUntilTheHorizon(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		waits []time.Duration
		until time.Duration
		says  string
	}{
		"what may pass": {
			errors.New("busy"),
			[]time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute},
			6 * time.Hour, "busy; given up, because it has been tried for 6 hours",
		},
		"what may have been taken each time": {
			target.Unconfirmed(errors.New("nonsense")),
			[]time.Duration{30 * time.Second, 2 * time.Minute, 8 * time.Minute, 32 * time.Minute, time.Hour, time.Hour, time.Hour, time.Hour},
			6 * time.Hour, "nonsense; given up, because it has been tried for 6 hours",
		},
		"what is limited": {
			target.RetryAfter(5*time.Hour, errors.New("too many")),
			[]time.Duration{5*time.Hour + 2*time.Second, 5*time.Hour + 2*time.Second, 5*time.Hour + 2*time.Second, 5*time.Hour + 2*time.Second},
			24 * time.Hour, "too many; given up, because it has been tried for 24 hours",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lines := logged(t)
				of := newTable()
				f, _ := on(of, false, func(context.Context, int, target.Notification) error { return c.err })
				began := time.Now()
				var waits []time.Duration
				for range 200 {
					list, err := invoke(t, f, wrapped(jobFailed))
					require.NoError(t, err)
					row := rows(t, of)["e1"]
					if row.State == ledger.Dead {
						assert.Equal(t, []any{outcome.Failed, outcome.Permanent, 0, c.says}, []any{list[0].Status, list[0].Class, list[0].RetryAfter, list[0].Reason})
						break
					}
					require.Equal(t, ledger.Waiting, row.State)
					waits = append(waits, row.Due.Sub(row.Changed).Truncate(time.Second))
					time.Sleep(time.Until(row.Due))
				}
				assert.Equal(t, c.waits, waits[:len(c.waits)])
				assert.WithinDuration(t, began.Add(c.until), time.Now(), 2*time.Second, "with a last attempt at its end")
				assert.Len(t, withMessage(lines(), givenUp), 1)

				_, err := f.ledger.Move(t.Context(), rows(t, of)["e1"], ledger.Result{State: ledger.Waiting, Due: time.Now(), Redriven: true})
				require.NoError(t, err)
				list, err := invoke(t, f, wrapped(jobFailed))
				require.NoError(t, err)
				assert.Equal(t, outcome.Waiting, list[0].Status, "it is tried for as long again")
			})
		})
	}
}

func TestOneRefusalRepeatsNobodyElse(t *testing.T) {
	for _, phone := range []bool{false, true} {
		for way, form := range map[string]func(string) string{
			"an invocation": func(p string) string { return p },
			"a queue":       func(p string) string { return fmt.Sprintf(`{"Records":[{"messageId":"m1","body":%q}]}`, p) },
		} {
			for failure, err := range map[string]error{
				"permanent": target.Permanent(errors.New("no such number")),
				"transient": errors.New("busy"),
				"limited":   target.RetryAfter(time.Hour, errors.New("too many")),
			} {
				t.Run(failure+" in "+way, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						of := newTable()
						f, _ := on(of, phone, func(_ context.Context, _ int, n target.Notification) error {
							if n.Event.ID() == "e2" {
								return err
							}
							return nil
						})
						other := strings.Replace(wrapped(numbered(2)), `"line":"x"`, `"line":"y"`, 1)
						answer, err := f.Handle(t.Context(), []byte(form(string(batch(wrapped(numbered(1)), other)))))
						require.NoError(t, err)
						if way == "a queue" {
							assert.JSONEq(t, `{"batchItemFailures":[]}`, string(answer))
						}
						assert.Equal(t, ledger.Sent, rows(t, of)["e1"].State)
						assert.Equal(t, map[bool]ledger.State{true: ledger.Dead, false: ledger.Waiting}[failure == "permanent"], rows(t, of)["e2"].State)
					})
				})
			}
		}
	}
}

func TestAConnectionIsWaitedForLongerThanAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := newFunction(nil)
		f = New(f.spec, slowly{newTable()})
		list, err := invoke(t, f, wrapped(numbered(1)))
		require.NoError(t, err)
		assert.Equal(t, []any{outcome.Sent, false}, []any{list[0].Status, list[0].Unguarded}, "the first answer comes after a connection is made")
		list, err = invoke(t, f, wrapped(numbered(2)))
		require.NoError(t, err)
		assert.Equal(t, []any{outcome.Sent, true}, []any{list[0].Status, list[0].Unguarded}, "an alert does not wait for the record of it")
	})
}

// slowly is a store whose answers take most of a second.
type slowly struct{ ledger.Store }

func (s slowly) Put(ctx context.Context, e ledger.Entry) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(900 * time.Millisecond):
		return s.Store.Put(ctx, e)
	}
}

func TestWhatThereIsNoTimeForIsNotClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := on(of, true, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.Handle(ctx, []byte(wrapped(jobFailed)))
		require.Error(t, err, "the platform's next invocation has the time")
		assert.Empty(t, l.notifications)
		assert.Empty(t, of.calls)
	})
}

func TestTheReceiversOfAListAreSettledOneByOne(t *testing.T) {
	of := newTable()
	var list []outcome.Outcome
	for range 2 { // the platform repeats it all the same
		f, l := on(of, true, func(_ context.Context, _ int, n target.Notification) error {
			if n.Rule == "b" {
				return target.Permanent(errors.New("no such number"))
			}
			return nil
		})
		var err error
		list, err = invoke(t, f, listing(listedRule("a", failures, "x", "y"), listedRule("b", everything, "x"), listedRule("c", successes, "x")))
		require.NoError(t, err)
		require.Len(t, list, 3)
		if list[0].Status == outcome.Sent {
			assert.Equal(t, []outcome.Status{outcome.Sent, outcome.Sent, outcome.Failed}, []outcome.Status{list[0].Status, list[1].Status, list[2].Status})
			assert.Len(t, l.notifications, 3)
		} else {
			assert.Empty(t, l.notifications)
		}
	}
	assert.Equal(t, []outcome.Status{outcome.Skipped, outcome.Skipped, outcome.Skipped}, []outcome.Status{list[0].Status, list[1].Status, list[2].Status})
}

func TestALedgerIsAskedForFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		asking, most := 0, 0
		of.set(func(string, ledger.Entry) bool {
			asking++
			most = max(most, asking)
			of.mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			of.mu.Lock()
			asking--
			return false
		}, nil)
		f, l := on(of, false, nil)
		f.spec.Apart = false
		var payloads []string
		for n := range 200 {
			payloads = append(payloads, strings.Replace(wrapped(numbered(n)), `"line":"x"`, fmt.Sprintf(`"line":"%d"`, n/20), 1))
		}
		_, err := invoke(t, f, string(batch(payloads...)))
		require.NoError(t, err)
		assert.Len(t, l.notifications, 10)
		assert.Equal(t, maxAsking, most)
	})
}

func TestWhatCannotBeReadIsStillThePlatformsToKeep(t *testing.T) {
	for name, payload := range map[string]string{
		"broken JSON":              `{"id":`,
		"a target of another type": `{"rule":"r","target":{"type":"lark","name":"x","parameters":{}},"event":` + jobFailed + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			of := newTable()
			f, _ := on(of, false, nil)
			_, err := invoke(t, f, payload)
			require.Error(t, err)
			assert.Empty(t, of.calls)
		})
	}
}

func TestWhatNobodyCanTryIsDeadAtOnce(t *testing.T) {
	for name, payload := range map[string]string{
		"a source that the catalogue does not know": wrapped(`{"id":"e1","source":"acs.pai","type":"t"}`),
		"a rule whose pattern is none":              listing(listedRule("a", `{"a":1}`, "x")),
		"parameters that the type refuses":          strings.Replace(wrapped(jobFailed), `"line":"x"`, `"lin":"x"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			lines := logged(t)
			of := newTable()
			f, _ := on(of, false, nil)
			f.spec = f.spec.Only("dlc")
			list, err := invoke(t, f, payload)
			require.NoError(t, err)
			assert.Equal(t, outcome.Permanent, list[0].Class)
			row := rows(t, of)["e1"]
			assert.Equal(t, []any{ledger.Dead, list[0].Reason}, []any{row.State, row.Because})
			assert.Len(t, withMessage(lines(), givenUp), 1)

			list, err = invoke(t, f, payload)
			require.NoError(t, err)
			assert.Contains(t, list[0].Reason, "it was given up at ")
		})
	}
}

// TestNothingWaitsWhereNobodyWakesIt has neither the function nor the event say
// which bus it is, and a redeliver looks after each bus by its name.
func TestNothingWaitsWhereNobodyWakesIt(t *testing.T) {
	of := newTable()
	f, _ := on(of, false, func(_ context.Context, n int, _ target.Notification) error {
		if n == 1 {
			return target.RetryAfter(time.Minute, errors.New("busy"))
		}
		return nil
	})
	f.bus = ""
	for range 2 { // the second comes before its time
		list, err := invoke(t, f, wrapped(jobFailed))
		require.Error(t, err, "the platform must come back")
		assert.Equal(t, outcome.Failed, list[0].Status)
		assert.Contains(t, list[0].Reason, "busy")
		assert.Contains(t, list[0].Reason, BusVariable)
	}
	row := rows(t, of)["e1"]
	row.Due, row.Step = time.Now().Add(-time.Second), row.Step+1
	require.NoError(t, of.Put(t.Context(), row))
	list, err := invoke(t, f, wrapped(jobFailed))
	require.NoError(t, err)
	assert.Equal(t, outcome.Sent, list[0].Status)
}
