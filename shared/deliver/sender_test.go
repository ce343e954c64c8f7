package deliver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// perMinute returns a function over a table, another instance each time, whose
// platform takes so many messages in a minute.
func perMinute(of *table, messages int, answer func(context.Context, int, target.Notification) error) (*Function, *log) {
	f, l := on(of, false, answer)
	f.spec = f.spec.Within(target.Rate{Messages: messages, Per: time.Minute})
	f.WaitAtMost(0)
	return f, l
}

// reaching answers as platforms do, after a while.
func reaching(after time.Duration, err error) func(context.Context, int, target.Notification) error {
	return func(ctx context.Context, _ int, _ target.Notification) error {
		target.Reaching(ctx)
		time.Sleep(after)
		return err
	}
}

// one sends event n on an instance and returns the outcome.
func one(t *testing.T, f *Function, n int, severity string) outcome.Outcome {
	t.Helper()
	list, _ := invoke(t, f, happened(n, 0, severity))
	return list[0]
}

func TestInstancesKeepToOneRateTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		for n := range 20 {
			f, _ := perMinute(of, 20, reaching(0, nil))
			assert.Equal(t, outcome.Sent, one(t, f, n, "critical").Status)
			time.Sleep(time.Second)
		}
		f, l := perMinute(of, 20, reaching(0, nil))
		o := one(t, f, 20, "critical")
		assert.Equal(t, []any{outcome.Waiting, outcome.RateLimited, 41}, []any{o.Status, o.Class, o.RetryAfter}, "a second is for the platform's clock")
		assert.Empty(t, l.notifications, "nothing is sent into a penalty")
		time.Sleep(time.Until(o.Due))
		assert.Equal(t, outcome.Sent, one(t, f, 20, "critical").Status)
	})
}

func TestSixteenInstancesAtOnceKeepToOneRate(t *testing.T) {
	of := newTable()
	var all sync.WaitGroup
	var mu sync.Mutex
	sent := 0
	for n := range 16 {
		all.Go(func() {
			f, _ := perMinute(of, 5, func(ctx context.Context, _ int, _ target.Notification) error {
				target.Reaching(ctx)
				mu.Lock()
				defer mu.Unlock()
				sent++
				return nil
			})
			_, _ = f.Handle(t.Context(), []byte(strings.Replace(happened(n, 0, "info"), "oncall", "robot", 1)))
		})
	}
	all.Wait()
	assert.LessOrEqual(t, sent, 5)
	assert.Positive(t, sent)
	for id, row := range rows(t, of) {
		assert.Contains(t, []ledger.State{ledger.Sent, ledger.Waiting}, row.State, id)
	}
}

func TestAPenaltyHoldsBackAllInstances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, _ := perMinute(of, 20, reaching(0, target.RetryAfter(10*time.Minute, errors.New("too fast"))))
		assert.Equal(t, 600, one(t, f, 1, "critical").RetryAfter)
		time.Sleep(time.Minute)
		g, l := perMinute(of, 20, reaching(0, nil))
		o := one(t, g, 2, "critical")
		assert.Equal(t, []any{outcome.Waiting, 540}, []any{o.Status, o.RetryAfter})
		assert.Empty(t, l.notifications)
		time.Sleep(time.Until(o.Due))
		assert.Equal(t, outcome.Sent, one(t, g, 2, "critical").Status)
	})
}

func TestWhatAnInstanceLearnsOfAnAttemptAllLearn(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(context.Context, int, target.Notification) error
		after  int // seconds that the next of another instance waits
	}{
		"an attempt that reached nothing gives its place back": {func(context.Context, int, target.Notification) error { return errors.New("nothing listens there") }, 0},
		"one that was refused does not":                        {reaching(0, target.Permanent(errors.New("no"))), 61},
		"one that is answered at once counts from its start":   {reaching(time.Second, nil), 60},
		"a slow one counts from its end":                       {reaching(3*time.Second, nil), 61},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				f, _ := perMinute(of, 1, c.answer)
				one(t, f, 1, "critical")
				g, l := perMinute(of, 1, reaching(0, nil))
				assert.Equal(t, c.after, one(t, g, 2, "critical").RetryAfter)
				assert.Equal(t, c.after == 0, len(l.notifications) == 1)
			})
		})
	}
}

func TestASendersRowIsSmallAndTellsNoAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := perMinute(of, 100, reaching(0, nil))
		for n := range 150 {
			one(t, f, n, "critical")
			time.Sleep(631 * time.Millisecond)
		}
		assert.Len(t, l.notifications, 150)
		key := senderKey("station", `{"line":"x"}`)
		assert.Regexp(t, "^sender/[0-9a-f]{32}$", key)
		row, err := of.Control(t.Context(), key)
		require.NoError(t, err)
		assert.Less(t, len(row.Value), 1<<10, "one write unit")
		assert.NotContains(t, string(row.Value), "line")
		assert.NotEqual(t, key, senderKey("voice", `{"line":"x"}`), "a phone is texted at another rate than called")
	})
}

func TestWhatIsKeptOfASenderSilencesNobody(t *testing.T) {
	key := senderKey("station", `{"line":"x"}`)
	for name, c := range map[string]struct {
		ledger   func(t *testing.T, of *table)
		severity string
		wait     int
	}{
		"when it is away, the instance's own count holds": {func(_ *testing.T, of *table) {
			of.set(func(call string, _ ledger.Entry) bool { return strings.HasSuffix(call, "control") }, nil)
		}, "info", 0},
		"when it cannot be written, too": {func(_ *testing.T, of *table) {
			of.set(func(call string, _ ledger.Entry) bool { return call == "put control" }, nil)
		}, "info", 0},
		"when others are faster each time, it is full": {func(_ *testing.T, of *table) { of.busy = true }, "info", 15},
		"but not for what is critical":                 {func(_ *testing.T, of *table) { of.busy = true }, "critical", 0},
		"when its answer is lost, the place is ours": {func(_ *testing.T, of *table) {
			of.set(nil, func(call string, _ ledger.Entry) bool { return call == "put control" })
		}, "info", 0},
		"when it is no row of ours":                       {holding(key, `<html>`), "info", 0},
		"when its times are those of a clock that is off": {holding(key, `{"reached":[`+future(time.Hour)+`]}`), "info", 0},
		"when it says that it is blocked for a year":      {holding(key, `{"blocked":`+future(24*365*time.Hour)+`}`), "info", 0},
		"and believed otherwise":                          {holding(key, `{"blocked":`+future(time.Minute)+`}`), "info", 60},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				c.ledger(t, of)
				f, l := perMinute(of, 1, reaching(0, nil))
				o := one(t, f, 1, c.severity)
				assert.Equal(t, c.wait, o.RetryAfter)
				assert.False(t, o.Unguarded, "it is claimed all the same")
				if c.wait > 0 {
					assert.Equal(t, outcome.Waiting, o.Status)
					return
				}
				assert.Equal(t, outcome.Sent, o.Status)
				assert.Equal(t, 61, one(t, f, 2, c.severity).RetryAfter)
				assert.Len(t, l.notifications, 1)
			})
		})
	}
}

func TestWhatIsCriticalIsCountedAlthoughOthersWereFaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		of.says = ledger.ErrConflict
		faster := 0
		of.set(func(call string, _ ledger.Entry) bool {
			if call == "put control" {
				faster++
			}
			return call == "put control" && faster <= 8 // of one call
		}, nil)
		f, l := perMinute(of, 1, reaching(0, nil))
		began := time.Now()
		assert.Equal(t, outcome.Sent, one(t, f, 1, "critical").Status)
		assert.LessOrEqual(t, time.Since(began), time.Second)
		assert.Len(t, l.notifications, 1)
		g, m := perMinute(of, 1, reaching(0, nil))
		assert.Equal(t, 61, one(t, g, 2, "critical").RetryAfter)
		assert.Empty(t, m.notifications, "all instances know of the first")
	})
}

// holding puts a value into a control row.
func holding(key, value string) func(*testing.T, *table) {
	return func(t *testing.T, of *table) {
		require.NoError(t, of.PutControl(t.Context(), ledger.Control{Key: key, Value: []byte(value), Token: "x", Step: 1}))
	}
}

// future is a time of the bubbles of synctest, in milliseconds since 1970.
func future(after time.Duration) string {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	return fmt.Sprint(start.Add(after).UnixMilli())
}

func TestANotificationCostsThreeWrites(t *testing.T) {
	of := newTable()
	f, _ := perMinute(of, 20, reaching(0, nil))
	one(t, f, 1, "critical")
	assert.Len(t, of.calls, 5, "the first of an instance reads what is muted, beside its claim")
	of.calls = nil
	one(t, f, 2, "critical")
	assert.Equal(t, []string{"put", "control", "put control", "put"}, of.calls, "its claim, its sender's row, and its end")
}
