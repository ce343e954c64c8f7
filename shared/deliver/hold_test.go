package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

const (
	nights = `{"quiet":[{"name":"nights","from":"22:00","to":"08:00","zone":"UTC"}]}`
	byJob  = `{"group":{"by":"job","wait":120}}`
)

// Simulated time begins at midnight.
var morning = time.Date(2000, 1, 1, 8, 0, 0, 0, time.UTC)

// ruledBy is event n about one job, of a rule with a policy.
func ruledBy(policy string, n int, severity string) string {
	text := strings.Replace(happened(n, 0, severity), fmt.Sprintf(`"dlc%d"`, n), `"dlc1"`, 1)
	return strings.Replace(text, `"rule":"gpu-died"`, `"rule":{"name":"gpu-died","policy":`+policy+`}`, 1)
}

// channel has a function send by a channel.
func channel(f *Function, c hold.Channel) *Function {
	switch c {
	case hold.Call:
		f.spec = f.spec.To(target.ContactPhone)
		f.spec.Spoken = true
	case hold.Text:
		f.spec = f.spec.To(target.ContactPhone)
	case hold.Mail:
		f.spec = f.spec.To(target.ContactEmail)
		f.spec.Apart = false
	case hold.Chat:
		f.spec.Apart = false
	case hold.Program:
	}
	return f
}

// muted puts a mute on the bus.
func muted(t *testing.T, of *table, m hold.Mute) {
	t.Helper()
	holding(hold.MutesKey(onBus), string(hold.WriteMutes([]hold.Mute{m})))(t, of)
}

func TestWhatIsHeldDependsOnTheChannel(t *testing.T) {
	type want struct {
		status outcome.Status
		due    time.Time
		says   string
	}
	sent := want{status: outcome.Sent}
	held := want{outcome.Waiting, morning, "held until 08:00 (nights)"}
	mute := want{outcome.Waiting, morning.Add(time.Hour), "muted by lena until 2000-01-01 09:00 UTC: moving data"}
	dropped := want{outcome.Skipped, time.Time{}, "muted by lena until 2000-01-01 09:00 UTC: moving data"}
	for name, c := range map[string]struct {
		channel                       hold.Channel
		quiet, critical, muted, drops want
	}{
		"chat":    {hold.Chat, held, sent, mute, dropped},
		"mail":    {hold.Mail, held, sent, mute, dropped},
		"text":    {hold.Text, held, sent, dropped, dropped},
		"call":    {hold.Call, want{outcome.Skipped, time.Time{}, "no calls in quiet hours (nights), except critical ones"}, sent, dropped, dropped},
		"program": {hold.Program, sent, sent, dropped, dropped},
	} {
		for what, d := range map[string]struct {
			policy, severity string
			drop             bool
			want             want
		}{
			"quiet":            {nights, "info", false, c.quiet},
			"critical passes":  {nights, "critical", false, c.critical},
			"muted":            {`{}`, "critical", false, c.muted},
			"muted and let go": {`{}`, "critical", true, c.drops},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					of := newTable()
					if d.policy == `{}` {
						muted(t, of, hold.Mute{ID: "m1", Job: "dlc1", By: "lena", Why: "moving data", Until: time.Now().Add(9 * time.Hour), Drop: d.drop})
					}
					f, l := on(of, false, nil)
					list, err := invoke(t, channel(f, c.channel), ruledBy(d.policy, 1, d.severity))
					require.NoError(t, err)
					assert.Equal(t, d.want, want{list[0].Status, list[0].Due, list[0].Reason})
					assert.Equal(t, d.want.status == outcome.Sent, len(l.notifications) == 1)
					row := rows(t, of)["e1"]
					assert.Equal(t, d.want, want{outcome.Status(row.State), row.Due, row.Because})
					assert.Equal(t, d.want.status == outcome.Waiting, row.OnHold())
				})
			})
		}
	}
}

// TestWhatIsHeldIsSentWhenItIsBrought has the platform repeat a cut invocation, and a
// waker whose clock is fast.
func TestWhatIsHeldIsSentWhenItIsBrought(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		payload := ruledBy(nights, 1, "info")
		f, l := on(of, false, nil)
		channel(f, hold.Chat)
		list, _ := invoke(t, f, payload)
		require.Equal(t, outcome.Waiting, list[0].Status)
		for _, at := range []time.Duration{time.Minute, 8*time.Hour - time.Second} {
			time.Sleep(time.Until(morning.Add(at - 8*time.Hour)))
			g, _ := on(of, false, nil)
			list, err := invoke(t, g, payload)
			require.NoError(t, err)
			assert.Equal(t, outcome.Skipped, list[0].Status)
			assert.Equal(t, "it waits until 2000-01-01T08:00:00Z: held until 08:00 (nights)", list[0].Reason)
		}
		time.Sleep(time.Second)
		list, err := invoke(t, f, payload)
		require.NoError(t, err)
		assert.Equal(t, outcome.Sent, list[0].Status)
		assert.Equal(t, "held for 8 h 0 min", list[0].Reason)
		assert.Len(t, l.notifications, 1)
	})
}

func TestWhatCannotBeHeldIsSentNow(t *testing.T) {
	puts := func(nth int) func(string, ledger.Entry) bool {
		return func(call string, e ledger.Entry) bool { return call == "put" && e.Step == int64(nth) }
	}
	for name, c := range map[string]struct {
		prepare func(of *table, f *Function)
		says    string
	}{
		"without a ledger":              {func(_ *table, f *Function) { f.ledger = nil }, "not held: nothing here remembers it, without a ledger (quiet hours, mutes)"},
		"while the ledger is away":      {func(of *table, _ *Function) { of.set(always, nil) }, "not held: the ledger does not answer (quiet hours, mutes)"},
		"when the hold is not recorded": {func(of *table, _ *Function) { of.set(puts(2), nil) }, "not held: the ledger did not take it down"},
		"of a bus that nobody names":    {func(_ *table, f *Function) { f.bus = "" }, "not held: nobody says which bus it is, so nobody would take it up (quiet hours, mutes)"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				f, l := on(of, false, nil)
				c.prepare(of, channel(f, hold.Chat))
				list, err := invoke(t, f, ruledBy(nights, 1, "info"))
				require.NoError(t, err)
				assert.Equal(t, outcome.Sent, list[0].Status)
				assert.Equal(t, c.says, list[0].Reason)
				assert.Len(t, l.notifications, 1)
			})
		})
	}
}

// TestAHoldWhoseRecordWasNotHeardOfIsNotSentTwice has the row wait, while the sender
// believes that it does not and sends.
func TestAHoldWhoseRecordWasNotHeardOfIsNotSentTwice(t *testing.T) {
	for name, answer := range map[string]error{"sent": nil, "failed": target.Permanent(errors.New("no"))} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				f, l := on(of, false, func(context.Context, int, target.Notification) error {
					of.set(nil, nil)
					return answer
				})
				channel(f, hold.Chat)
				claimed := false
				of.set(func(call string, _ ledger.Entry) bool { return claimed && call == "get" }, func(call string, e ledger.Entry) bool {
					claimed = claimed || call == "put" && e.Step == 1
					return call == "put" && e.Step == 2
				})
				_, _ = invoke(t, f, ruledBy(nights, 1, "info"))
				require.Len(t, l.notifications, 1)
				want := map[bool]ledger.State{true: ledger.Sent, false: ledger.Dead}[answer == nil]
				assert.Equal(t, want, rows(t, of)["e1"].State, "and not what it was held as")
			})
		})
	}
}

func TestAGroupIsToldAtOnceAndAtItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := on(of, false, nil)
		channel(f, hold.Chat)
		states := func() string {
			var text []string
			for n := range 9 {
				if row, ok := rows(t, of)[fmt.Sprintf("e%d", n)]; ok {
					text = append(text, string(row.State))
				}
			}
			return strings.Join(text, " ")
		}
		put := func(severity string, numbers ...int) {
			var payloads []string
			for _, n := range numbers {
				payloads = append(payloads, ruledBy(byJob, n, severity))
			}
			_, err := invoke(t, f, string(batch(payloads...)))
			require.NoError(t, err)
		}
		put("info", 1)
		time.Sleep(time.Second)
		put("info", 2)
		put("info", 3)
		assert.Equal(t, "sent waiting waiting", states())
		put("critical", 4)
		put("critical", 5)
		assert.Equal(t, "sent waiting waiting sent waiting", states(), "what is more severe goes at once")
		assert.Contains(t, rows(t, of)["e5"].Because, "grouped with ")
		time.Sleep(2*time.Minute + time.Second)
		put("info", 6) // a new one, before what is due is brought
		assert.Equal(t, "sent waiting waiting sent waiting sent", states())
		put("info", 2, 3, 5)
		assert.Equal(t, "sent sent sent sent sent sent", states(), "nothing is held twice")
		assert.Len(t, l.notifications, 4, "and what was held is one message")
		put("info", 7)
		assert.Equal(t, ledger.Waiting, rows(t, of)["e7"].State)
	})
}

func TestTwoAtTheSameMomentAreOneMessageAndOneThatWaits(t *testing.T) {
	of := newTable()
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			f, _ := on(of, false, nil)
			_, err := channel(f, hold.Chat).Handle(t.Context(), []byte(ruledBy(byJob, n, "info")))
			assert.NoError(t, err)
		})
	}
	all.Wait()
	counts := map[ledger.State]int{}
	for _, row := range rows(t, of) {
		counts[row.State]++
	}
	assert.Equal(t, 8, counts[ledger.Sent]+counts[ledger.Waiting])
	assert.NotZero(t, counts[ledger.Sent])
}

func TestNothingIsHeldForMoreThanADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		f, l := on(of, false, nil)
		channel(f, hold.Chat)
		always := `{"quiet":[{"name":"always","from":"00:00","to":"24:00","zone":"UTC"}],"group":{"by":"job","wait":3600}}`
		payload := ruledBy(always, 1, "info")
		for range 100 {
			_, err := invoke(t, f, payload)
			require.NoError(t, err)
			row := rows(t, of)["e1"]
			if row.State == ledger.Sent {
				break
			}
			time.Sleep(time.Until(row.Due))
		}
		assert.Len(t, l.notifications, 1)
		assert.LessOrEqual(t, rows(t, of)["e1"].Changed.Sub(rows(t, of)["e1"].Created), 24*time.Hour+time.Second)
	})
}

func TestMutesAreReadBesideTheClaimAndNotEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		of.slow = 100 * time.Millisecond
		f, _ := on(of, false, nil)
		channel(f, hold.Chat)
		reads := func() (n int) {
			for _, call := range of.calls {
				if call == "control" {
					n++
				}
			}
			return n
		}
		began := time.Now()
		one(t, f, 1, "info")
		assert.Equal(t, 200*time.Millisecond, time.Since(began), "a claim and its end")
		one(t, f, 2, "info")
		assert.Equal(t, 1, reads())
		muted(t, of, hold.Mute{ID: "m1", Until: time.Now().Add(time.Hour)})
		time.Sleep(31 * time.Second)
		assert.Equal(t, outcome.Waiting, one(t, f, 3, "info").Status)
		assert.Equal(t, 2, reads())
		of.set(func(call string, _ ledger.Entry) bool { return call == "control" }, nil)
		time.Sleep(31 * time.Second)
		assert.Equal(t, outcome.Waiting, one(t, f, 4, "info").Status, "who cannot ask believes what was known")
		time.Sleep(time.Hour)
		assert.Equal(t, outcome.Sent, one(t, f, 5, "info").Status, "until it ends")
		f, _ = on(of, false, nil)
		assert.Equal(t, outcome.Sent, one(t, channel(f, hold.Chat), 6, "info").Status, "who never could ask mutes nobody")
	})
}

// kept are the control rows of a process that has no ledger.
type kept map[string][]byte

func (k kept) Update(_ context.Context, key string, change func([]byte) ([]byte, bool)) ([]byte, error) {
	if next, ok := change(k[key]); ok {
		k[key] = next
	}
	return k[key], nil
}

// broken fails each time, from some time on.
type broken struct {
	kept
	since time.Time
}

func (b broken) Update(ctx context.Context, key string, change func([]byte) ([]byte, bool)) ([]byte, error) {
	if time.Now().After(b.since) {
		return nil, errors.New("the disk is full")
	}
	return b.kept.Update(ctx, key, change)
}

func TestMutesThatCannotBeReadAreNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		logger := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
		defer slog.SetDefault(logger)
		f, l := newFunction(nil)
		rows := kept{hold.MutesKey(""): hold.WriteMutes([]hold.Mute{{ID: "m1", Until: time.Now().Add(time.Hour)}})}
		f.HoldIn(broken{rows, time.Now().Add(time.Second)})
		channel(f, hold.Chat)
		for n := range 5 {
			list, err := invoke(t, f, ruledBy(`{}`, n, "critical"))
			require.NoError(t, err)
			assert.Equal(t, outcome.Waiting, list[0].Status, n)
			time.Sleep(3 * time.Second)
		}
		assert.Empty(t, l.notifications)
		assert.Contains(t, said.String(), "those count that were known before")
		assert.Contains(t, said.String(), "the disk is full")
	})
}

func TestWithoutALedgerTheCallerHasItWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFunction(nil)
		f.HoldIn(kept{})
		channel(f, hold.Chat)
		answer, err := f.Handle(t.Context(), []byte(ruledBy(nights, 1, "info")))
		require.NoError(t, err)
		var o outcome.Outcome
		require.NoError(t, json.Unmarshal(answer, &o))
		assert.Equal(t, outcome.Outcome{Status: outcome.Waiting, Due: morning, Reason: "held until 08:00 (nights)"}, outcome.Outcome{Status: o.Status, Due: o.Due, Reason: o.Reason})
		time.Sleep(time.Until(morning))
		list, err := invoke(t, f, ruledBy(nights, 1, "info"))
		require.NoError(t, err)
		assert.Equal(t, outcome.Sent, list[0].Status)
		assert.Len(t, l.notifications, 1)
	})
}

func TestWhatNobodyGroupsSaysSo(t *testing.T) {
	f, _ := newFunction(nil)
	channel(f, hold.Chat)
	list, err := invoke(t, f, ruledBy(byJob, 1, "info"))
	require.NoError(t, err)
	assert.Equal(t, "not held: nothing here remembers it, without a ledger (group by job, 2m, mutes)", list[0].Reason)
}
