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

	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// rated is a function whose stations go by one sender, or by one each.
func rated(answer func(context.Context, int, target.Notification) error, shared bool, rates ...target.Rate) (*Function, *log) {
	f, l := newFunction(answer)
	if shared {
		f.spec = target.Define("station", func(c stationConfig) (target.Target, error) { return metered{station{c, l}}, nil }).OneByOne()
	}
	f.spec = f.spec.Within(rates...)
	return f, l
}

// sent sends event n by a line and returns the outcome.
func sent(t *testing.T, f *Function, n int, line string) outcome.Outcome {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	answer, err := f.Handle(ctx, []byte(strings.Replace(wrapped(numbered(n)), `"line":"x"`, `"line":"`+line+`"`, 1)))
	return outcomeOf(t, answer, err)
}

func TestWhatCountsIsWhatMayHaveReachedThePlatform(t *testing.T) {
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		requests int
		err      error
		after    outcome.Class // of the next notification
	}{
		"a refused connection":              {0, busy, ""},
		"a missing secret":                  {0, target.Permanent(busy), ""},
		"an answer that failed":             {1, busy, outcome.RateLimited},
		"a refusal":                         {1, target.Permanent(busy), outcome.RateLimited},
		"an end nobody knows":               {0, target.Unknown(busy), outcome.RateLimited},
		"a message that was taken":          {1, nil, outcome.RateLimited},
		"one taken by what does not count":  {0, nil, outcome.RateLimited},
		"a refusal and what it asked for":   {2, nil, outcome.RateLimited},
		"a wait named before any request":   {0, target.RetryAfter(time.Hour, busy), ""},
		"a wait that the platform names":    {1, target.RetryAfter(time.Hour, busy), outcome.RateLimited},
		"a panic before the first request":  {0, nil, ""},
		"a panic with a request on its way": {1, nil, outcome.RateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, _ := rated(func(ctx context.Context, _ int, n target.Notification) error {
					if n.Event.ID() != "e1" {
						return nil
					}
					for range c.requests {
						target.Reaching(ctx)
					}
					if strings.Contains(name, "panic") {
						panic(name)
					}
					return c.err
				}, false, target.Rate{Messages: 1, Per: 24 * time.Hour})
				sent(t, f, 1, "x")
				assert.Equal(t, c.after, sent(t, f, 2, "x").Class)
			})
		})
	}
}

func TestAnOutageSpendsNoQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := true
		f, l := rated(func(ctx context.Context, _ int, _ target.Notification) error {
			if away {
				return errors.New("nothing listens there")
			}
			target.Reaching(ctx)
			return nil
		}, false, target.Rate{Messages: 20, Per: 24 * time.Hour})
		for n := range 18 {
			assert.Equal(t, outcome.Transient, sent(t, f, n, "x").Class)
		}
		require.Len(t, l.notifications, 54, "each of them thrice")
		away = false
		for n := range 20 {
			assert.Equal(t, outcome.Sent, sent(t, f, n, "x").Status)
		}
		o := sent(t, f, 20, "x")
		assert.Equal(t, outcome.RateLimited, o.Class)
		assert.NotContains(t, o.Reason, "sent")
	})
}

func TestMessagesAreCountedFromTheEndsOfTheirAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := rated(func(ctx context.Context, _ int, _ target.Notification) error {
			target.Reaching(ctx)
			time.Sleep(2 * time.Second)
			return nil
		}, false, target.Rate{Messages: 2, Per: time.Minute})
		sent(t, f, 1, "x")
		sent(t, f, 2, "x")
		o := sent(t, f, 3, "x")
		assert.Equal(t, 59, o.RetryAfter, "the first ended two seconds ago, and a second is for the platform's clock")
		time.Sleep(time.Duration(o.RetryAfter) * time.Second)
		assert.Equal(t, outcome.Sent, sent(t, f, 3, "x").Status)
		assert.Equal(t, 63*time.Second, l.times[2].Sub(l.times[0]))
	})
}

func TestAPenaltyHoldsBackAllOfASender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := rated(func(ctx context.Context, attempt int, _ target.Notification) error {
			target.Reaching(ctx)
			if attempt == 1 {
				return target.RetryAfter(10*time.Minute, errors.New("too fast"))
			}
			return nil
		}, true, target.Rate{Messages: 20, Per: time.Minute})
		assert.Equal(t, 600, sent(t, f, 1, "x").RetryAfter)
		time.Sleep(time.Minute)
		o := sent(t, f, 2, "another rule's style")
		assert.Equal(t, []any{outcome.RateLimited, 540, 0}, []any{o.Class, o.RetryAfter, o.Attempts})
		assert.Len(t, l.notifications, 1, "the platform is not called")
		time.Sleep(9 * time.Minute)
		assert.Equal(t, outcome.Sent, sent(t, f, 2, "another rule's style").Status)
	})
}

func TestAnUnclearEndHoldsBackNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := rated(func(ctx context.Context, attempt int, _ target.Notification) error {
			target.Reaching(ctx)
			if attempt == 1 {
				return target.RetryAfter(10*time.Minute, target.Unconfirmed(errors.New("a gateway lost sight of it")))
			}
			return nil
		}, true, target.Rate{Messages: 20, Per: time.Minute})
		o := sent(t, f, 1, "x")
		assert.Equal(t, []any{outcome.Transient, 600, 1}, []any{o.Class, o.RetryAfter, o.Attempts})
		assert.Equal(t, outcome.Sent, sent(t, f, 2, "another rule's style").Status)
	})
}

func TestAWaitOfADayIsAskedAgainAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := rated(func(ctx context.Context, _ int, _ target.Notification) error {
			target.Reaching(ctx)
			return target.RetryAfter(24*time.Hour, errors.New("the account's cap is reached"))
		}, false, target.Rate{Messages: 20, Per: time.Minute})
		sent(t, f, 1, "x")
		assert.Equal(t, 3600, sent(t, f, 1, "x").RetryAfter)
		time.Sleep(time.Hour)
		sent(t, f, 1, "x")
		assert.Len(t, l.notifications, 2, "somebody may have raised it")
	})
}

func TestAttemptsUnderWayHoldTheirPlaces(t *testing.T) {
	now := time.Now()
	s := newSender("", []target.Rate{{Messages: 2, Per: time.Minute}})
	require.NoError(t, s.take(now, 1, false, true))
	require.NoError(t, s.take(now, 1, false, true))
	wait, ok := target.Wait(s.take(now, 1, false, true))
	assert.True(t, ok)
	assert.Equal(t, untilOneEnds, wait, "one of them may give its place back")
	s.ended(now, 1, 0, errors.New("refused"))
	require.NoError(t, s.take(now, 1, false, true))
	s.ended(now.Add(time.Second), 1, 1, nil)
	s.ended(now.Add(2*time.Second), 1, 1, nil)
	wait, _ = target.Wait(s.take(now.Add(2*time.Second), 1, false, true))
	assert.Equal(t, time.Minute, wait)
}

func TestTheLastPlacesOfAWindowAreTakenOneAtATime(t *testing.T) {
	now := time.Now()
	s := newSender("", []target.Rate{{Messages: 20, Per: time.Minute}})
	s.paced = true
	taken := func(critical bool) (n int) {
		for s.take(now, 1, critical, true) == nil {
			s.ended(now, 1, 1, nil)
			n++
		}
		return n
	}
	assert.Equal(t, 8, taken(false), "half of them at once, but for those that are kept")
	began, most, waited := now, 0, time.Duration(0)
	for now.Sub(began) < 50*time.Second {
		now = now.Add(time.Second)
		if n := taken(false); n > 0 {
			most, waited = max(most, n), now.Sub(began)
		}
	}
	assert.Equal(t, 1, most)
	assert.Greater(t, waited, 40*time.Second, "spread over the window")
	now = began.Add(62 * time.Second)
	assert.Equal(t, 8, taken(false), "those that have become free")
	now = now.Add(4 * time.Second)
	assert.GreaterOrEqual(t, taken(true), keptPlaces, "what is critical finds a place at any time")
}

func TestACriticalMessageFindsAPlaceInAFullWindow(t *testing.T) {
	for name, c := range map[string]struct{ window, messages, routine, critical int }{
		"a robot":                        {20, 1, 18, 2},
		"a platform that takes few":      {5, 1, 5, 0},
		"a message as large as a window": {20, 20, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			s := newSender("", []target.Rate{{Messages: c.window, Per: time.Minute}})
			taken := func(critical bool) (n int) {
				for s.take(now, c.messages, critical, true) == nil {
					s.ended(now, c.messages, c.messages, nil)
					n++
				}
				return n
			}
			assert.Equal(t, c.routine, taken(false))
			assert.Equal(t, c.critical, taken(true))
			now = now.Add(61 * time.Second)
			assert.Equal(t, c.routine, taken(false), "in the next window")
		})
	}
}

func TestWhatAPlatformTakesInADayIsNotSpreadOverIt(t *testing.T) {
	now := time.Now()
	s := newSender("", []target.Rate{{Messages: 50, Per: 24 * time.Hour}})
	s.paced = true
	for range 48 {
		require.NoError(t, s.take(now, 1, false, true))
		s.ended(now, 1, 1, nil)
	}
}

func TestTheLastPlaceAmongInstancesIsForWhatIsCriticalAndNew(t *testing.T) {
	for _, paced := range []bool{true, false} {
		s := newSender("", []target.Rate{{Messages: 20, Per: time.Minute}})
		s.paced = paced
		s.remember(time.Now(), 19)
		assert.Equal(t, paced, s.take(time.Now(), 1, true, false) != nil, "one machine's bus has places of its own")
		require.Equal(t, paced, s.take(time.Now(), 1, true, true) == nil)
	}
}

func TestWhatAPlatformStillCountsOutlivesOtherTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := rated(nil, false, target.Rate{Messages: 1, Per: time.Hour})
		for n := range maxOpenTargets + 1 {
			require.Equal(t, outcome.Sent, sent(t, f, n, fmt.Sprint(n)).Status)
		}
		assert.Equal(t, outcome.RateLimited, sent(t, f, maxOpenTargets+1, "0").Class)
		time.Sleep(2 * time.Hour)
		for n := range maxOpenTargets + 1 {
			require.Equal(t, outcome.Sent, sent(t, f, 1000+n, fmt.Sprint("later", n)).Status)
		}
		assert.LessOrEqual(t, len(f.senders), 2*maxOpenTargets, "what nobody counts any more is forgotten")
	})
}

func TestWhatReachedThePlatformBeforeARestartCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := rated(nil, false, target.Rate{Messages: 2, Per: time.Minute}, target.Rate{Messages: 20, Per: 24 * time.Hour})
		to := target.Receiver{Type: "station", Parameters: []byte(`{"line":"x"}`)}
		for _, ago := range []time.Duration{50 * time.Second, 10 * time.Second, -time.Hour} {
			f.Remember(to, time.Now().Add(-ago))
		}
		assert.Equal(t, 11, sent(t, f, 1, "x").RetryAfter, "and a clock that was set back counts for nothing")
		assert.Empty(t, l.notifications)
		assert.Equal(t, outcome.Sent, sent(t, f, 1, "y").Status)
	})
}
