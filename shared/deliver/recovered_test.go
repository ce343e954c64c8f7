package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

const (
	watches      = `"watched":["dlc.job-running","dlc.job-succeeded","dsw.instance-running","dsw.image-saved"]`
	quietly      = `"quiet":[{"name":"nights","from":"22:00","to":"08:00","zone":"UTC"}]`
	recoverable  = `{"recovered":true,` + watches + `}`
	asleep       = `{"recovered":true,` + watches + `,` + quietly + `}`
	onlyQuiet    = `{` + watches + `,` + quietly + `}`
	asksForAll   = `{"recovered":true}`
	groupedByJob = `{"recovered":true,` + watches + `,"group":{"by":"job","wait":600}}`
)

// night is a night in which things fail and recover: what happens is handed over as it
// comes, what waits when it is due.
type night struct {
	t       *testing.T
	of      *table // nil for a process without a ledger
	f       *Function
	l       *log
	policy  string
	payload map[string]string
	due     map[string]time.Time
	ended   map[string]outcome.Outcome
}

// eachNight runs a night with a ledger and one with a process that remembers.
func eachNight(t *testing.T, policy string, c hold.Channel, test func(*testing.T, *night)) {
	t.Helper()
	for _, where := range []string{"cloud", "local"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &night{t: t, policy: policy, payload: map[string]string{}, due: map[string]time.Time{}, ended: map[string]outcome.Outcome{}}
				if where == "cloud" {
					n.of = newTable()
					n.f, n.l = on(n.of, false, nil)
				} else {
					n.f, n.l = newFunction(nil)
					n.f.HoldIn(kept{})
				}
				channel(n.f, c)
				test(t, n)
			})
		})
	}
}

// TestARuleTellsNoRecoveryOfWhatItDidNotAskFor has another rule tell the same receiver of
// the failure, such as that of a team which shares the group.
func TestARuleTellsNoRecoveryOfWhatItDidNotAskFor(t *testing.T) {
	eachNight(t, recoverable, hold.Chat, func(t *testing.T, n *night) {
		n.policy = asksForAll
		n.payload["e1"] = strings.Replace(n.event("e1", "j", "failed", "02:00"), `"gpu-died"`, `"others"`, 1)
		n.until("02:00")
		n.hand("e1")
		require.Equal(t, outcome.Sent, n.ended["e1"].Status)
		n.policy = recoverable
		o := n.comes("e2", "j", "running", "02:10")
		assert.Equal(t, outcome.Skipped, o.Status, o.Reason)
		n.comes("e3", "j", "failed", "02:20")
		o = n.comes("e4", "j", "running", "02:30")
		assert.Equal(t, outcome.Sent, o.Status, o.Reason)
	})
}

// at is a time of the night, such as "02:10".
func at(clock string) time.Time {
	if len(clock) == len("15:04") {
		clock += ":00"
	}
	read, err := time.Parse(time.DateTime, "2000-01-01 "+clock)
	if err != nil {
		panic(err)
	}
	return read
}

// event is one of a job at a time: "failed", "preempted", "running", "succeeded".
func (n *night) event(id, job, state, clock string) string {
	name := map[string]string{"failed": "JobFailed", "preempted": "JobPreempted", "timeout": "JobTimeout", "running": "JobRunning", "succeeded": "JobSucceeded"}[state]
	text := fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paidlc","type":"paidlc:JobStateChange:%s","time":%q,"data":{"JobId":%q,"DisplayName":"train-%s","RestartTimes":"3/10"}}`,
		id, name, at(clock).Format(time.RFC3339), job, job)
	return strings.NewReplacer(`"rule":"gpu-died"`, `"rule":{"name":"gpu-died","policy":`+n.policy+`}`, `"zh"`, `"en"`).Replace(wrapped(text))
}

// comes has an event arrive when it happens.
func (n *night) comes(id, job, state, clock string) outcome.Outcome {
	return n.arrives(clock, id, job, state, clock)
}

// arrives has an event of a time arrive at another.
func (n *night) arrives(when, id, job, state, clock string) outcome.Outcome {
	n.until(when)
	n.payload[id] = n.event(id, job, state, clock)
	n.hand(id)
	return n.ended[id]
}

// hand hands events over together.
func (n *night) hand(ids ...string) {
	n.t.Helper()
	var payloads []string
	for _, id := range ids {
		payloads = append(payloads, n.payload[id])
	}
	list, _ := invoke(n.t, n.f, string(batch(payloads...)))
	for i, o := range list {
		delete(n.due, ids[i])
		n.ended[ids[i]] = o
		if o.Status == outcome.Waiting {
			n.due[ids[i]] = o.Due
		}
	}
}

// until hands over what is due each half minute until a time, all of one moment
// together.
func (n *night) until(clock string) {
	for {
		var ids []string
		for id, due := range n.due {
			if !time.Now().Before(due) {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		if len(ids) > 0 {
			n.hand(ids...)
		}
		if !time.Now().Before(at(clock)) {
			return
		}
		time.Sleep(min(30*time.Second, time.Until(at(clock))))
	}
}

// inbox is what the receiver got.
func (n *night) inbox() (got []string) {
	for i, m := range n.l.notifications {
		text := m.Message.Title
		for _, f := range m.Message.Fields {
			if f.Key == "reason" || f.Key == "event" {
				text += " | " + f.Value
			}
		}
		got = append(got, n.l.times[i].UTC().Format("15:04 ")+text)
	}
	return got
}

func TestWhoWasToldOfAFailureIsToldOfTheRecovery(t *testing.T) {
	const failedAt2, recovered = "02:10 DLC job failed: train-a", "02:22 DLC job recovered: train-a | Recovered after 12 min, restart 3 of 10"
	type step struct{ when, id, state, clock string }
	nothing := "nothing to recover from: this receiver was not told of a failure"
	for name, c := range map[string]struct {
		policy  string
		channel hold.Channel
		steps   []step
		inbox   []string
		ended   map[string]string
	}{
		"once":                                     {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}}, []string{failedAt2, recovered}, nil},
		"from a preemption":                        {recoverable, hold.Chat, []step{{"02:10", "f", "preempted", ""}, {"02:22", "r", "running", ""}}, []string{"02:10 DLC job preempted: train-a", recovered}, nil},
		"from a timeout":                           {recoverable, hold.Mail, []step{{"02:10", "f", "timeout", ""}, {"02:22", "r", "succeeded", ""}}, []string{"02:10 DLC job timed out: train-a", recovered}, nil},
		"by text":                                  {recoverable, hold.Text, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}}, []string{failedAt2, recovered}, nil},
		"never by a call":                          {recoverable, hold.Call, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}}, []string{failedAt2}, map[string]string{"r": "no calls about recoveries"}},
		"of two that say so the first":             {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}, {"02:40", "s", "succeeded", ""}}, []string{failedAt2, recovered}, map[string]string{"s": "told by "}},
		"of one that comes twice":                  {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}, {"02:23", "r", "running", "02:22"}}, []string{failedAt2, recovered}, nil},
		"for several failures once":                {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:15", "g", "preempted", ""}, {"02:22", "r", "running", ""}}, []string{failedAt2, "02:15 DLC job preempted: train-a", recovered}, nil},
		"and again when it fails again":            {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}, {"03:00", "g", "failed", ""}, {"03:01", "s", "running", ""}}, []string{failedAt2, recovered, "03:00 DLC job failed: train-a", "03:01 DLC job recovered: train-a | Recovered after 1 min, restart 3 of 10"}, nil},
		"nobody who was not told":                  {recoverable, hold.Chat, []step{{"02:22", "r", "running", ""}}, nil, map[string]string{"r": nothing}},
		"not by what is older":                     {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:11", "r", "running", "02:09"}}, []string{failedAt2}, map[string]string{"r": "nothing has recovered: it failed at the same time or later"}},
		"not by what is as old":                    {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:11", "r", "running", "02:10"}}, []string{failedAt2}, map[string]string{"r": "nothing has recovered: it failed at the same time or later"}},
		"in the words of a recovery if asked for":  {asksForAll, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}, {"02:40", "s", "succeeded", ""}}, []string{failedAt2, recovered, "02:40 DLC job succeeded: train-a"}, nil},
		"as it is if asked for and nothing failed": {asksForAll, hold.Chat, []step{{"02:22", "r", "running", ""}}, []string{"02:22 DLC job running: train-a"}, nil},
		"not a program":                            {asksForAll, hold.Program, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}}, []string{failedAt2, "02:22 DLC job running: train-a"}, nil},
		"not unless the rule says so":              {`{` + watches + `,"quiet":[{"name":"noon","from":"12:00","to":"13:00","zone":"UTC"}]}`, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}}, []string{failedAt2}, map[string]string{"r": "the rule does not ask to be told of recoveries"}},
		"once of a failure that comes after it":    {recoverable, hold.Chat, []step{{"02:22", "r", "running", ""}, {"02:24", "f", "failed", "02:10"}, {"02:25", "g", "failed", "02:11"}, {"02:40", "s", "succeeded", ""}}, []string{"02:24 Recovered meanwhile: train-a | failed 02:10, running 02:22"}, map[string]string{"r": nothing, "f": "recovered at 2000-01-01T02:22:00Z, told by ", "g": "recovered at 2000-01-01T02:22:00Z, told by ", "s": "told by "}},
		"of a late failure by text":                {recoverable, hold.Text, []step{{"02:22", "r", "running", ""}, {"02:24", "f", "failed", "02:10"}}, []string{"02:24 Recovered meanwhile: train-a | failed 02:10, running 02:22"}, nil},
		"of a late failure if asked for itself":    {asksForAll, hold.Chat, []step{{"02:22", "r", "running", ""}, {"02:24", "f", "failed", "02:10"}}, []string{"02:22 DLC job running: train-a", "02:24 Recovered meanwhile: train-a | failed 02:10, running 02:22"}, nil},
		"not if the failure is much later":         {recoverable, hold.Chat, []step{{"02:22", "r", "running", ""}, {"02:33", "f", "failed", "02:10"}}, []string{"02:33 DLC job failed: train-a"}, nil},
		"not because it has started":               {recoverable, hold.Chat, []step{{"02:08", "q", "running", ""}, {"02:10", "f", "failed", ""}, {"02:22", "r", "running", ""}}, []string{failedAt2, recovered}, map[string]string{"q": nothing}},
		"not of what failed at that moment":        {recoverable, hold.Chat, []step{{"02:22", "r", "running", ""}, {"02:23", "f", "failed", "02:22"}}, []string{"02:23 DLC job failed: train-a"}, nil},
		"a week later, and no more":                {recoverable, hold.Chat, []step{{"02:10", "f", "failed", ""}, {"194:10", "r", "running", ""}}, []string{failedAt2}, map[string]string{"r": nothing}},
	} {
		t.Run(name, func(t *testing.T) {
			eachNight(t, c.policy, c.channel, func(t *testing.T, n *night) {
				for _, s := range c.steps {
					if s.when == "194:10" {
						time.Sleep(8 * 24 * time.Hour)
						n.payload[s.id] = strings.Replace(n.event(s.id, "a", s.state, "02:22"), "2000-01-01", "2000-01-09", 1)
						n.hand(s.id)
						continue
					}
					n.arrives(s.when, s.id, "a", s.state, cmp.Or(s.clock, s.when))
				}
				n.until("04:00")
				assert.Equal(t, c.inbox, n.inbox())
				for id, says := range c.ended {
					assert.Equal(t, outcome.Skipped, n.ended[id].Status, id)
					assert.Contains(t, n.ended[id].Reason, says, id)
				}
			})
		})
	}
}

// TestOthersAreNotToldOfARecovery has a second receiver who was never sent the failure.
func TestOthersAreNotToldOfARecovery(t *testing.T) {
	eachNight(t, recoverable, hold.Chat, func(t *testing.T, n *night) {
		n.comes("f", "a", "failed", "02:10")
		for name, other := range map[string]*strings.Replacer{
			"another receiver": strings.NewReplacer(`"line":"x"`, `"line":"y"`),
			"another language": strings.NewReplacer(`"en"`, `"ja"`),
			"another job":      strings.NewReplacer(`"JobId":"a"`, `"JobId":"b"`),
			"another source":   strings.NewReplacer(`"acs.paidlc"`, `"acs.other"`, `"paidlc:JobStateChange:JobRunning"`, `"x:Running"`),
		} {
			list, err := invoke(t, n.f, other.Replace(n.event("r "+name, "a", "running", "02:22")))
			require.NoError(t, err)
			if name != "another source" {
				assert.Equal(t, outcome.Skipped, list[0].Status, name)
			}
			n.l.notifications = slices.DeleteFunc(n.l.notifications, func(o target.Notification) bool { return strings.Contains(o.Message.Title, "other") })
		}
		assert.Len(t, n.l.notifications, 1)
		n.comes("r", "a", "running", "02:22")
		assert.Len(t, n.l.notifications, 2)
	})
}

func TestTheMorningLeavesOutAndSaysWhatHasRecovered(t *testing.T) {
	for name, policy := range map[string]string{"and recoveries are told": asleep, "and recoveries are not told": onlyQuiet} {
		t.Run(name, func(t *testing.T) {
			eachNight(t, policy, hold.Chat, func(t *testing.T, n *night) {
				n.comes("f1", "llama", "preempted", "02:10")
				n.comes("r1", "llama", "running", "02:22")
				n.comes("f2", "qwen", "preempted", "03:00")
				n.comes("f3", "bert", "preempted", "03:05")
				n.comes("r3", "bert", "succeeded", "04:00")
				n.comes("s1", "llama", "succeeded", "05:00")
				assert.Empty(t, n.inbox())
				n.until("08:00")
				assert.Equal(t, outcome.Skipped, n.ended["f1"].Status, "at once, and not when it is brought again")
				n.until("09:00")
				assert.Equal(t, []string{"08:00 DLC job preempted: train-qwen and 1 more (1 warning)" +
					" | DLC job preempted: train-qwen · Restarts 3/10 · ID: qwen · 01-01 03:00 +00:00" +
					" | Recovered meanwhile: train-llama and 1 more · train-llama (preempted 02:10, running 02:22), train-bert (preempted 03:05, succeeded 04:00) · 01-01 04:00 +00:00"}, n.inbox())
				digest := n.l.notifications[0].ID
				assert.Equal(t, outcome.Sent, n.ended["f2"].Status)
				assert.Equal(t, "recovered at 2000-01-01T02:22:00Z, told by "+digest, n.ended["f1"].Reason)
				for _, id := range []string{"f1", "f3", "r1", "r3", "s1"} {
					assert.Equal(t, outcome.Skipped, n.ended[id].Status, id)
				}
				if n.of != nil {
					assert.Equal(t, ledger.Skipped, rows(t, n.of)["f1"].State)
					assert.Equal(t, ledger.Sent, rows(t, n.of)["f2"].State)
				}
				n.comes("t1", "llama", "running", "09:30")
				assert.Len(t, n.inbox(), 1, "and nobody is told again")
			})
		})
	}
}

func TestAMorningOfRecoveriesIsOneShortMessage(t *testing.T) {
	for c, texts := range map[hold.Channel]int{hold.Chat: 1, hold.Mail: 1, hold.Text: 2} {
		t.Run(string(c), func(t *testing.T) {
			eachNight(t, asleep, c, func(t *testing.T, n *night) {
				n.comes("f1", "llama", "preempted", "02:10")
				n.comes("r1", "llama", "running", "02:22")
				n.comes("f2", "qwen", "preempted", "03:00")
				n.comes("r2", "qwen", "running", "03:10")
				n.until("09:00")
				require.Len(t, n.inbox(), texts, "%v", n.inbox())
				assert.Contains(t, n.inbox()[0], "08:00 Recovered meanwhile: train-llama")
				for _, id := range []string{"f1", "f2"} {
					assert.Equal(t, outcome.Skipped, n.ended[id].Status)
					assert.Contains(t, n.ended[id].Reason, "told by ")
				}
			})
		})
	}
}

// TestWhatFailedAgainHasNotRecovered has the recovery held, and the job fail meanwhile.
func TestWhatFailedAgainHasNotRecovered(t *testing.T) {
	eachNight(t, asleep, hold.Chat, func(t *testing.T, n *night) {
		n.comes("f1", "a", "failed", "02:10") // critical: it passes
		n.comes("r1", "a", "running", "02:22")
		require.Equal(t, outcome.Waiting, n.ended["r1"].Status)
		n.comes("f2", "a", "failed", "05:00")
		n.until("09:00")
		assert.Equal(t, []string{"02:10 DLC job failed: train-a", "05:00 DLC job failed: train-a"}, n.inbox())
		assert.Equal(t, "nothing has recovered: it failed at the same time or later", n.ended["r1"].Reason)
		n.comes("r2", "a", "running", "09:30")
		assert.Equal(t, "09:30 DLC job recovered: train-a | Recovered after 4 h 30 min, restart 3 of 10", n.inbox()[2])
	})
}

func TestACriticalFailureOfTheNightRecoversInTheMorning(t *testing.T) {
	eachNight(t, asleep, hold.Chat, func(t *testing.T, n *night) {
		n.comes("f1", "a", "failed", "02:10")
		n.comes("r1", "a", "running", "02:22")
		n.comes("s1", "a", "succeeded", "04:22")
		n.until("09:00")
		require.Len(t, n.inbox(), 2)
		assert.Contains(t, n.inbox()[1], "08:00 DLC job recovered: train-a")
	})
}

func TestAGroupLeavesOutWhatHasRecovered(t *testing.T) {
	eachNight(t, groupedByJob, hold.Chat, func(t *testing.T, n *night) {
		n.comes("f1", "a", "preempted", "02:00")
		n.comes("f2", "a", "preempted", "02:01")
		require.Equal(t, outcome.Waiting, n.ended["f2"].Status)
		n.comes("r1", "a", "running", "02:05")
		n.until("03:00")
		require.Len(t, n.inbox(), 2, "%v", n.inbox())
		assert.Contains(t, n.inbox()[1], "02:10 ")
		assert.Contains(t, n.inbox()[1], "recovered")
		assert.Equal(t, outcome.Sent, n.ended["r1"].Status)
		assert.Equal(t, outcome.Skipped, n.ended["f2"].Status)
	})
}

func TestARecoveryIsNotToldOfAFailureThatNobodyGot(t *testing.T) {
	for name, answer := range map[string]error{"refused": target.Permanent(errors.New("no")), "of which nobody knows": target.Unknown(errors.New("eh"))} {
		t.Run(name, func(t *testing.T) {
			eachNight(t, recoverable, hold.Text, func(t *testing.T, n *night) {
				n.l.answer = func(context.Context, int, target.Notification) error { return answer }
				n.comes("f", "a", "failed", "02:10")
				n.l.answer = nil
				n.comes("r", "a", "running", "02:22")
				assert.Len(t, n.inbox(), 1)
				assert.Equal(t, outcome.Skipped, n.ended["r"].Status)
			})
		})
	}
}

// TestARecoveryIsToldAgainUntilItIsTaken has the platform refuse it for a while.
func TestARecoveryIsToldAgainUntilItIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		n := &night{t: t, of: of, policy: recoverable, payload: map[string]string{}, due: map[string]time.Time{}, ended: map[string]outcome.Outcome{}}
		n.f, n.l = on(of, false, nil)
		channel(n.f, hold.Chat)
		n.comes("f", "a", "failed", "02:10")
		n.l.answer = func(context.Context, int, target.Notification) error { return errors.New("busy") }
		n.comes("r", "a", "running", "02:22")
		require.Equal(t, outcome.Waiting, n.ended["r"].Status)
		n.comes("s", "a", "succeeded", "02:22:30")
		assert.Equal(t, outcome.Waiting, n.ended["s"].Status, "the other has not been told yet")
		n.l.answer = nil
		n.until("03:00")
		assert.Equal(t, outcome.Sent, n.ended["r"].Status)
		assert.Equal(t, outcome.Skipped, n.ended["s"].Status)
		assert.Contains(t, n.ended["s"].Reason, "told by "+n.ended["r"].Notification)
	})
}

// TestKilledAnywhereARecoveryIsToldOnce has the ledger stop answering for the rest of
// an invocation after each of its calls in turn, as if its sender had died, with the
// platform repeating what was not answered. Of a text nobody knows then whether it was
// sent, and it is not sent again.
func TestKilledAnywhereARecoveryIsToldOnce(t *testing.T) {
	for _, c := range []hold.Channel{hold.Chat, hold.Text} {
		for after := range 14 {
			t.Run(fmt.Sprint(c, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					of := newTable()
					n := &night{t: t, of: of, policy: recoverable, payload: map[string]string{}, due: map[string]time.Time{}, ended: map[string]outcome.Outcome{}}
					n.f, n.l = on(of, false, nil)
					channel(n.f, c)
					n.comes("f", "a", "failed", "02:10")
					require.Len(t, n.inbox(), 1)
					before := len(of.calls)
					of.set(func(string, ledger.Entry) bool { return len(of.calls) > before+after }, nil)
					n.comes("r", "a", "running", "02:22")
					of.set(nil, nil)
					instance, l := on(of, false, nil)
					n.f = channel(instance, c)
					for range 20 {
						time.Sleep(30 * time.Second)
						n.hand("r")
					}
					n.comes("s", "a", "succeeded", "02:50")
					n.until("04:00")
					told := 0
					for _, m := range slices.Concat(n.l.notifications, l.notifications) {
						if strings.Contains(m.Message.Title, "recovered") {
							told++
						} else {
							assert.Equal(t, "DLC job failed: train-a", m.Message.Title, "nobody is told what nobody asked for")
						}
					}
					if c == hold.Chat {
						// A settled row that was not recorded is sent again, as any is.
						assert.NotZero(t, told)
						return
					}
					assert.LessOrEqual(t, told, 1)
					assert.True(t, told == 1 || rows(t, of)["r"].State == ledger.Unknown)
				})
			})
		}
	}
}

func TestWhileTheLedgerIsAwayNothingIsSaidToHaveRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		of := newTable()
		n := &night{t: t, of: of, policy: recoverable, payload: map[string]string{}, due: map[string]time.Time{}, ended: map[string]outcome.Outcome{}}
		n.f, n.l = on(of, false, nil)
		channel(n.f, hold.Chat)
		of.set(func(call string, _ ledger.Entry) bool { return strings.HasSuffix(call, "control") }, nil)
		o := n.comes("f", "a", "failed", "02:10")
		assert.Equal(t, outcome.Sent, o.Status, "the failure is told all the same")
		assert.Contains(t, o.Reason, "its recovery will not be told")
		of.set(always, nil)
		n.comes("r", "a", "running", "02:22")
		assert.Equal(t, outcome.Skipped, n.ended["r"].Status)
		assert.Len(t, n.inbox(), 1)
	})
}

func TestWithoutAnythingThatRemembersNobodyIsToldOfARecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &night{t: t, policy: recoverable, payload: map[string]string{}, due: map[string]time.Time{}, ended: map[string]outcome.Outcome{}}
		n.f, n.l = newFunction(nil)
		channel(n.f, hold.Chat)
		n.comes("f", "a", "failed", "02:10")
		o := n.comes("r", "a", "running", "02:22")
		assert.Equal(t, outcome.Skipped, o.Status)
		assert.Contains(t, o.Reason, "nothing here remembers who was told")
		assert.Len(t, n.inbox(), 1)
	})
}

// TestWhatIsOnlyWatchedIsNeverSentAsItIs has a rule watch for what tells of no recovery,
// by mistake, and events that do not say enough.
func TestWhatIsOnlyWatchedIsNeverSentAsItIs(t *testing.T) {
	for name, c := range map[string]struct{ policy, from, to string }{
		"a failure":                   {`{"recovered":true,"watched":["dlc.job-failed"]}`, "", ""},
		"of nothing in particular":    {recoverable, `"JobId":"a"`, `"JobId":""`},
		"at no time":                  {recoverable, `"time"`, `"when"`},
		"that says that all is wrong": {recoverable, `"RestartTimes"`, `"Status":"Failed","RestartTimes"`},
	} {
		t.Run(name, func(t *testing.T) {
			eachNight(t, c.policy, hold.Chat, func(t *testing.T, n *night) {
				state := "running"
				if name == "a failure" {
					state = "failed"
				}
				list, err := invoke(t, n.f, strings.Replace(n.event("r", "a", state, "02:10"), c.from, c.to, 1))
				require.NoError(t, err)
				assert.Equal(t, outcome.Skipped, list[0].Status)
				assert.Contains(t, list[0].Reason, "it comes only to notice a recovery")
				assert.Empty(t, n.inbox())
			})
		})
	}
}

// plannedOf is the notification of a wrapper.
func plannedOf(t *testing.T, f *Function, wrapper string) *notification {
	t.Helper()
	p, err := event.Decode([]byte(wrapper))
	require.NoError(t, err)
	planned := f.plan(p.Items[0])
	require.Len(t, planned, 1)
	return planned[0]
}
