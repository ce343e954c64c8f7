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

	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func outcomesOf(t *testing.T, answer json.RawMessage, err error) []outcome.Outcome {
	t.Helper()
	text := []byte(answer)
	if err != nil {
		text = []byte(err.Error())
	}
	var list []outcome.Outcome
	require.NoError(t, json.Unmarshal(text, &list), "%s", text)
	return list
}

// numbered is the failure of a job of its own.
func numbered(n int) string {
	return strings.NewReplacer(`"e1"`, fmt.Sprintf(`"e%d"`, n), `"dlc1"`, fmt.Sprintf(`"dlc%d"`, n)).Replace(jobFailed)
}

func batch(payloads ...string) []byte { return []byte("[" + strings.Join(payloads, ",") + "]") }

func TestEventsThatArriveTogetherAreOneMessage(t *testing.T) {
	f, l := newFunction(nil)
	f.spec.Apart = false
	answer, err := f.Handle(t.Context(), batch(wrapped(numbered(1)), wrapped(numbered(2)), wrapped(numbered(3))))
	require.NoError(t, err)
	require.Len(t, l.notifications, 1)
	assert.Contains(t, l.notifications[0].Message.Title, "3 个事件")
	ids := map[string]bool{}
	for _, o := range outcomesOf(t, answer, err) {
		assert.Equal(t, outcome.Sent, o.Status)
		assert.Equal(t, l.notifications[0].ID, o.Digest)
		ids[o.Notification] = true
	}
	assert.Len(t, ids, 3, "each event keeps its own notification")
}

func TestADigestsIDDoesNotDependOnOrder(t *testing.T) {
	var ids []string
	for _, payload := range [][]byte{batch(wrapped(numbered(1)), wrapped(numbered(2))), batch(wrapped(numbered(2)), wrapped(numbered(1)))} {
		f, l := newFunction(nil)
		f.spec.Apart = false
		_, err := f.Handle(t.Context(), payload)
		require.NoError(t, err)
		ids = append(ids, l.notifications[0].ID)
	}
	assert.Equal(t, ids[0], ids[1])
}

func TestDifferentReceiversAreNotMixed(t *testing.T) {
	other := strings.Replace(wrapped(numbered(2)), `"line":"x"`, `"line":"y"`, 1)
	english := strings.Replace(wrapped(numbered(3)), `"language":"zh"`, `"language":"en"`, 1)
	f, l := newFunction(nil)
	f.spec.Apart = false
	_, err := f.Handle(t.Context(), batch(wrapped(numbered(1)), other, english))
	require.NoError(t, err)
	assert.Len(t, l.notifications, 3)
}

func TestAnEventThatStandsInABatchTwiceIsToldOnce(t *testing.T) {
	for name, apart := range map[string]bool{"as a digest": false, "one by one": true} {
		t.Run(name, func(t *testing.T) {
			f, l := newFunction(nil)
			f.spec.Apart = apart
			answer, err := f.Handle(t.Context(), batch(wrapped(numbered(1)), wrapped(numbered(1))))
			require.NoError(t, err)
			assert.Len(t, l.notifications, 1)
			list := outcomesOf(t, answer, err)
			assert.Equal(t, []outcome.Status{outcome.Sent, outcome.Skipped}, []outcome.Status{list[0].Status, list[1].Status})
			assert.Empty(t, list[0].Digest)
		})
	}
}

func TestAnEventThatTwoRulesAskForIsToldOnce(t *testing.T) {
	f, l := newFunction(nil)
	f.spec.Apart = false
	answer, err := f.Handle(t.Context(), batch(wrapped(jobFailed), strings.Replace(wrapped(jobFailed), "gpu-died", "other", 1)))
	require.NoError(t, err)
	require.Len(t, l.notifications, 1)
	assert.NotContains(t, l.notifications[0].Message.Title, "个事件", "one event is no digest")
	assert.Equal(t, "gpu-died, other", l.notifications[0].Message.Rule, "who wants it no more has to change both")
	for _, o := range outcomesOf(t, answer, err) {
		assert.Equal(t, outcome.Sent, o.Status)
	}
}

func TestAnEventThatTwoRulesAskForHasTheFactsOfBoth(t *testing.T) {
	showing := func(rule, fields string) string {
		return strings.Replace(wrapped(jobFailed), `"rule":"gpu-died"`, `"rule":{"name":"`+rule+`","fields":`+fields+`}`, 1)
	}
	f, l := newFunction(nil)
	f.spec.Apart = false
	_, err := f.Handle(t.Context(), batch(showing("a", `["status",{"path":"JobId"}]`), showing("b", `[{"path":"JobId"},"name"]`)))
	require.NoError(t, err)
	require.Len(t, l.notifications, 1)
	var shown []string
	for _, f := range l.notifications[0].Message.Fields {
		shown = append(shown, f.Key)
	}
	assert.Equal(t, []string{"status", "JobId", "name"}, shown, "each once")
}

func TestADigestIsOfItsWorstEventAndNotOfTheFirst(t *testing.T) {
	queued := strings.NewReplacer("JobFailed", "JobQueued", "Failed", "Queuing").Replace(numbered(1))
	described := strings.Replace(wrapped(queued), `"rule":"gpu-died"`, `"rule":"progress"`, 1)
	f, l := newFunction(nil)
	f.spec.Apart = false
	answer, err := f.Handle(t.Context(), batch(described, wrapped(numbered(2))))
	require.NoError(t, err)
	require.Len(t, l.notifications, 1)
	n := l.notifications[0]
	assert.Equal(t, "e2", n.Event.ID())
	assert.Equal(t, "gpu-died", n.Rule)
	assert.Equal(t, "gpu-died, progress", n.Message.Rule)
	assert.Equal(t, "dlc2", n.Message.Subject)
	list := outcomesOf(t, answer, err)
	assert.Equal(t, []string{"e1", "e2"}, []string{list[0].Event, list[1].Event}, "outcomes stay in the order of the events")
	assert.Equal(t, []string{"progress", "gpu-died"}, []string{list[0].Rule, list[1].Rule})
}

func TestADigestThatFailsFailsEachOfItsEvents(t *testing.T) {
	f, _ := newFunction(func(context.Context, int, target.Notification) error { return target.Permanent(errors.New("no")) })
	f.spec.Apart = false
	answer, err := f.Handle(t.Context(), batch(wrapped(numbered(1)), wrapped(numbered(2))))
	require.Error(t, err)
	list := outcomesOf(t, answer, err)
	require.Len(t, list, 2)
	assert.Equal(t, []outcome.Status{outcome.Failed, outcome.Failed}, []outcome.Status{list[0].Status, list[1].Status})
}

func TestAReceiptIsPartOfTheOutcome(t *testing.T) {
	f, l := newFunction(nil)
	l.receipt = target.Receipt{Status: 200, Code: "OK", ID: "biz-1"}
	answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	require.NoError(t, err)
	o := outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Outcome{Status: outcome.Sent, HTTPStatus: 200, Code: "OK", Receipt: "biz-1"}, outcome.Outcome{Status: o.Status, HTTPStatus: o.HTTPStatus, Code: o.Code, Receipt: o.Receipt})
}

func TestWhatWasNotTakenOfAMessageStandsBesideItsOutcome(t *testing.T) {
	f, l := newFunction(nil)
	l.receipt = target.Receipt{Note: "the reminder was not taken"}
	answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	require.NoError(t, err)
	o := outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Sent, o.Status)
	assert.Equal(t, "the reminder was not taken", o.Reason)
}

func TestAnUnknownEndIsRecordedAndNeverRepeated(t *testing.T) {
	timedOut := func(context.Context, int, target.Notification) error { return target.Unknown(errors.New("timed out")) }
	f, l := newFunction(timedOut)
	answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	require.NoError(t, err, "an error would make the platform try again")
	o := outcomeOf(t, answer, err)
	assert.Equal(t, outcome.Failed, o.Status, "it is not called sent either")
	assert.Equal(t, outcome.Unknown, o.Class)
	assert.Len(t, l.notifications, 1)

	f, _ = newFunction(timedOut)
	body, err := json.Marshal(wrapped(jobFailed))
	require.NoError(t, err)
	answer, err = f.Handle(t.Context(), []byte(`{"Records":[{"messageId":"m1","body":`+string(body)+`}]}`))
	require.NoError(t, err)
	assert.JSONEq(t, `{"batchItemFailures":[]}`, string(answer))
}

func TestAnInstanceKeepsToThePlatformsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFunction(nil)
		f.spec = f.spec.Within(target.Rate{Messages: 2, Per: time.Minute}, target.Rate{Messages: 10, Per: time.Hour})
		send := func(n int) (outcome.Outcome, error) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			answer, err := f.Handle(ctx, []byte(wrapped(numbered(n))))
			return outcomeOf(t, answer, err), err
		}
		for n := range 2 {
			_, err := send(n)
			require.NoError(t, err)
			time.Sleep(10 * time.Second)
		}
		o, err := send(2)
		require.Error(t, err, "the platform is to try again")
		assert.Equal(t, outcome.RateLimited, o.Class)
		assert.Equal(t, 41, o.RetryAfter, "a second is for the platform's clock")
		assert.Zero(t, o.Attempts)
		assert.Len(t, l.notifications, 2, "nothing is sent into a penalty")

		time.Sleep(25 * time.Second)
		_, err = send(2)
		require.NoError(t, err, "a wait that fits into the deadline is waited")
		require.Len(t, l.notifications, 3)
		assert.Equal(t, 61*time.Second, l.times[2].Sub(l.times[0]))
	})
}

func TestRatesAreCountedForEachReceiver(t *testing.T) {
	f, l := newFunction(nil)
	f.spec = f.spec.Within(target.Rate{Messages: 1, Per: time.Hour})
	_, err := f.Handle(t.Context(), []byte(wrapped(numbered(1))))
	require.NoError(t, err)
	_, err = f.Handle(t.Context(), []byte(strings.Replace(wrapped(numbered(2)), `"line":"x"`, `"line":"y"`, 1)))
	require.NoError(t, err)
	assert.Len(t, l.notifications, 2)
}

func TestAConnectivityTestGoesTheWayOfEveryNotification(t *testing.T) {
	f, l := newFunction(nil, "model")
	probe := []byte(`{"test":true,"rule":"gpu-died","target":{"type":"station","name":"oncall","language":"ja","parameters":{"line":"x"}}}`)
	for range 2 {
		answer, err := f.Handle(t.Context(), probe)
		require.NoError(t, err)
		o := outcomeOf(t, answer, err)
		assert.Equal(t, outcome.Sent, o.Status)
		assert.Equal(t, "pai-notify.test", o.EventType)
		assert.Equal(t, "station/oncall", o.Target)
	}
	require.Len(t, l.notifications, 2, "each test is sent")
	n := l.notifications[0]
	assert.True(t, n.Test)
	assert.Contains(t, n.Message.Title, "接続テスト")
	assert.Equal(t, "pai-notify.test", n.Event.Type())
	assert.NotEqual(t, n.ID, l.notifications[1].ID)
}

func TestAConnectivityTestReportsARefusal(t *testing.T) {
	f, _ := newFunction(func(context.Context, int, target.Notification) error {
		return target.Permanent(&target.Refusal{Platform: "station", Status: 200, Code: "310000", Advice: "check the key"})
	})
	_, err := f.Handle(t.Context(), []byte(`{"test":true,"target":{"type":"station","parameters":{"line":"x"}}}`))
	o := outcomeOf(t, nil, err)
	assert.Equal(t, "check the key", o.Advice)
	assert.Equal(t, 200, o.HTTPStatus)
	assert.Equal(t, "310000", o.Code)
	assert.Equal(t, outcome.Permanent, o.Class)
}

// horizon is how often Function Compute invokes for one event, by s.yaml.
const horizon = 9

func TestWhatWasSentIsNotRepeatedForAFailureBesideIt(t *testing.T) {
	sent, permanent := error(nil), target.Permanent(errors.New("no such number"))
	unknown, limited := target.Unknown(errors.New("timed out")), target.RetryAfter(24*time.Hour, errors.New("too many"))
	payload := batch(wrapped(numbered(1)), strings.Replace(wrapped(numbered(2)), `"line":"x"`, `"line":"y"`, 1))
	queued := func(t *testing.T) []byte {
		body, err := json.Marshal(string(payload))
		require.NoError(t, err)
		return []byte(`{"Records":[{"messageId":"m1","body":` + string(body) + `}]}`)
	}
	for name, c := range map[string]struct {
		phone         bool
		first, second error
		// attempts are those at each receiver over the platform's repetitions, on
		// one instance and on many.
		one, many map[string]int
	}{
		"a permanent failure":                  {false, sent, permanent, map[string]int{"e1": 1, "e2": 1}, map[string]int{"e1": 1, "e2": 1}},
		"one beside what may have been sent":   {true, unknown, permanent, map[string]int{"e1": 1, "e2": 1}, map[string]int{"e1": 1, "e2": 1}},
		"a permanent failure of a text":        {true, sent, permanent, map[string]int{"e1": 1, "e2": 1}, map[string]int{"e1": 1, "e2": 1}},
		"a text that is to wait":               {true, sent, limited, map[string]int{"e1": 1, "e2": 1}, map[string]int{"e1": 1, "e2": 1}},
		"a text beside one that may be there":  {true, unknown, limited, map[string]int{"e1": 1, "e2": 1}, map[string]int{"e1": 1, "e2": 1}},
		"a chat message that is to wait":       {false, sent, limited, map[string]int{"e1": 1, "e2": horizon}, map[string]int{"e1": horizon, "e2": horizon}},
		"two texts of which none was sent yet": {true, limited, limited, map[string]int{"e1": horizon, "e2": horizon}, map[string]int{"e1": horizon, "e2": horizon}},
		"two failures of which one may pass":   {true, limited, permanent, map[string]int{"e1": horizon, "e2": horizon}, map[string]int{"e1": horizon, "e2": horizon}},
	} {
		for instances, want := range map[string]map[string]int{"one instance": c.one, "many": c.many} {
			for way, payload := range map[string][]byte{"an invocation": payload, "a queue": queued(t)} {
				t.Run(name+", of "+way+" on "+instances, func(t *testing.T) {
					attempts := map[string]int{}
					var mu sync.Mutex
					instance := func() *Function {
						f, _ := newFunction(func(_ context.Context, _ int, n target.Notification) error {
							mu.Lock()
							defer mu.Unlock()
							attempts[n.Event.ID()]++
							if n.Event.ID() == "e1" {
								return c.first
							}
							return c.second
						})
						if c.phone {
							f.spec = f.spec.To(target.ContactPhone)
						}
						return f
					}
					f := instance()
					for range horizon {
						answer, err := f.Handle(t.Context(), payload)
						if err == nil && !strings.Contains(string(answer), "itemIdentifier") {
							break
						}
						if instances == "many" {
							f = instance()
						}
					}
					assert.Equal(t, want, attempts)
				})
			}
		}
	}
}

func TestAFailureThatIsNotRepeatedIsLoggedAndAnswered(t *testing.T) {
	var logs bytes.Buffer
	defaultLogger := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&logs, nil)))
	defer slog.SetDefault(defaultLogger)

	f, _ := newFunction(func(_ context.Context, _ int, n target.Notification) error {
		if n.Event.ID() == "e1" {
			return nil
		}
		return target.RetryAfter(time.Hour, errors.New("too many"))
	})
	f.spec = f.spec.To(target.ContactPhone)
	answer, err := f.Handle(t.Context(), batch(wrapped(numbered(1)), wrapped(numbered(2))))
	require.NoError(t, err, "an error would send the first again")
	list := outcomesOf(t, answer, err)
	require.Len(t, list, 2)
	assert.Equal(t, []outcome.Status{outcome.Sent, outcome.Failed}, []outcome.Status{list[0].Status, list[1].Status})
	assert.Contains(t, list[1].Reason, "too many; it is not tried again")
	assert.Equal(t, outcome.Permanent, list[1].Class, "whoever reads it does not wait for another try")
	assert.Zero(t, list[1].RetryAfter)

	lines := strings.Split(strings.TrimSpace(logs.String()), "\n")
	var last map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	assert.Equal(t, "ERROR", last["level"])
	assert.Equal(t, "notification given up", last["msg"])
	assert.Equal(t, list[1].Notification, last["notification"])
	assert.Equal(t, list[1].Reason, last["reason"])
}

func TestReceiversDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFunction(func(ctx context.Context, _ int, n target.Notification) error {
			if n.Event.ID() == "e1" { // its receiver never answers
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		other := func(n int) string { return strings.Replace(wrapped(numbered(n)), `"line":"x"`, `"line":"y"`, 1) }
		_, err := f.Handle(ctx, batch(wrapped(numbered(1)), other(2), other(3), other(4)))
		require.Error(t, err)
		var order []string
		for _, n := range l.notifications {
			if n.Event.ID() != "e1" {
				order = append(order, n.Event.ID())
			}
		}
		assert.Equal(t, []string{"e2", "e3", "e4"}, order, "those of one receiver keep their order")
	})
}

func TestTargetsWithoutANameAreToldApart(t *testing.T) {
	f, l := newFunction(nil)
	nameless := strings.Replace(wrapped(jobFailed), `"name":"oncall",`, "", 1)
	for _, payload := range []string{nameless, strings.Replace(nameless, `"line":"x"`, `"line":"y"`, 1)} {
		answer, err := f.Handle(t.Context(), []byte(payload))
		require.NoError(t, err)
		assert.Equal(t, outcome.Sent, outcomeOf(t, answer, err).Status)
	}
	assert.Len(t, l.notifications, 2)
}

// addressed is a station that says which line it is.
type addressed struct{ station }

func (a addressed) Address() string { return strings.TrimSuffix(a.config.Line, ", politely") }

func TestATargetWithoutANameIsKnownByItsAddressAlone(t *testing.T) {
	f, l := newFunction(nil)
	f.spec = target.Define("station", func(c stationConfig) (target.Target, error) { return addressed{station{c, l}}, nil }).OneByOne()
	nameless := strings.Replace(wrapped(jobFailed), `"name":"oncall",`, "", 1)
	id := func(line string) string {
		answer, err := f.Handle(t.Context(), []byte(strings.Replace(nameless, `"line":"x"`, `"line":"`+line+`"`, 1)))
		require.NoError(t, err)
		return outcomeOf(t, answer, err).Notification
	}
	assert.Equal(t, id("x"), id("x, politely"), "how it is written makes no other receiver")
	assert.NotEqual(t, id("x"), id("y"))
}

func TestARuleThatIsRenamedSendsTheSameNotification(t *testing.T) {
	id := func(rule string) string {
		f, _ := newFunction(nil)
		answer, err := f.Handle(t.Context(), []byte(strings.Replace(wrapped(jobFailed), `"gpu-died"`, rule, 1)))
		require.NoError(t, err)
		return outcomeOf(t, answer, err).Notification
	}
	before := id(`{"name":"gpu-died","owner":"lab"}`)
	assert.Equal(t, before, id(`{"name":"night","id":"gpu-died","owner":"lab"}`))
	assert.NotEqual(t, before, id(`{"name":"night","owner":"lab"}`))
	assert.NotEqual(t, before, id(`{"name":"gpu-died","owner":"shop"}`), "the rule of another document")
	assert.Equal(t, id(`"gpu-died"`), id(`{"name":"night","id":"gpu-died"}`), "before rules carried their owner")
}

func TestAFunctionOfItsOwnDocumentSendsAsAProvisionedOne(t *testing.T) {
	t.Setenv(workspace.Variable, `{"workspace":"w","rules":[{"name":"night","id":"gpu-died","source":"dlc","events":["*"],"targets":[{"type":"station","line":"x","name":"oncall"}]}]}`)
	f, _ := newFunction(nil)
	onBus := strings.Replace(wrapped(jobFailed), `"rule":"gpu-died"`, `"rule":{"name":"gpu-died","owner":"w"}`, 1)
	require.Contains(t, onBus, "owner", "as every target on a bus has it")
	answer, err := f.Handle(t.Context(), []byte(onBus))
	require.NoError(t, err)
	provisioned := outcomeOf(t, answer, err).Notification
	for _, rule := range []string{"", `"rule":"night",`, `"rule":"gpu-died",`, `"rule":{"name":"old","id":"gpu-died"},`, `"rule":{"name":"night","id":"given-later"},`} {
		f, _ := newFunction(nil)
		answer, err := f.Handle(t.Context(), []byte(`{`+rule+`"event":`+jobFailed+`}`))
		require.NoError(t, err, rule)
		assert.Equal(t, provisioned, outcomeOf(t, answer, err).Notification, rule)
	}
}

func TestAnUnknownSourceIsNotDroppedByATargetOfSomeSources(t *testing.T) {
	f, l := newFunction(nil, "dlc")
	_, err := f.Handle(t.Context(), []byte(wrapped(`{"id":"1","source":"acs.pai","type":"t"}`)))
	o := outcomeOf(t, nil, err)
	assert.Equal(t, outcome.Permanent, o.Class)
	assert.Contains(t, o.Reason, `does not know the source "acs.pai": add it under catalogue`)
	assert.Empty(t, l.notifications)
}

func TestARuleTheDocumentDoesNotHaveIsAFailure(t *testing.T) {
	t.Setenv(workspace.Variable, document)
	f, _ := newFunction(nil)
	_, err := f.Handle(t.Context(), []byte(`{"rule":"renamed","event":`+jobFailed+`}`))
	assert.Contains(t, outcomeOf(t, nil, err).Reason, `names the rule "renamed"`)
}

func TestAnAttemptIsNotBegunWithoutTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFunction(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.Handle(ctx, []byte(wrapped(jobFailed)))
		o := outcomeOf(t, nil, err)
		assert.Equal(t, outcome.Transient, o.Class, "the platform's next invocation has the time")
		assert.Zero(t, o.Attempts)
		assert.Empty(t, l.notifications)
	})
}

func TestTheRateDoesNotHideWhyAnAttemptFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, l := newFunction(func(ctx context.Context, _ int, _ target.Notification) error {
			target.Reaching(ctx)
			return errors.New("connection reset")
		})
		f.spec = f.spec.Within(target.Rate{Messages: 1, Per: time.Minute})
		_, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
		o := outcomeOf(t, nil, err)
		assert.Equal(t, "connection reset", o.Reason)
		assert.Equal(t, 1, o.Attempts)
		assert.Len(t, l.notifications, 1)
	})
}

// metered is a station on a line that others share.
type metered struct{ station }

func (metered) Address() string { return "one robot" }
func (metered) Messages() int   { return 2 }

func TestTargetsOfOneReceiverShareItsRate(t *testing.T) {
	f, l := newFunction(nil)
	spec := target.Define("station", func(c stationConfig) (target.Target, error) { return metered{station{c, l}}, nil })
	f.spec = spec.Within(target.Rate{Messages: 4, Per: time.Hour}).OneByOne()
	for i, line := range []string{"x", "y", "z"} {
		_, err := f.Handle(t.Context(), []byte(strings.Replace(wrapped(numbered(i)), `"line":"x"`, `"line":"`+line+`"`, 1)))
		assert.Equal(t, i == 2, err != nil, "two notifications of two messages each fill a rate of four")
	}
	assert.Len(t, l.notifications, 2)
}

func TestAPanicAfterWhichNobodyKnowsIsNotRepeated(t *testing.T) {
	f, _ := newFunction(func(context.Context, int, target.Notification) error { panic("after the request") })
	f.spec = f.spec.To(target.ContactPhone)
	answer, err := f.Handle(t.Context(), []byte(wrapped(jobFailed)))
	require.NoError(t, err)
	assert.Equal(t, outcome.Unknown, outcomeOf(t, answer, err).Class)
}

func TestADigestIsSplitWhereItWouldNotListAll(t *testing.T) {
	f, l := newFunction(nil)
	f.spec.Apart = false
	var payloads []string
	for i := range 45 {
		payloads = append(payloads, wrapped(numbered(i)))
	}
	for i := range 45 { // another rule asks for the same, which takes no more room
		payloads = append(payloads, strings.Replace(wrapped(numbered(i)), "gpu-died", "other", 1))
	}
	_, err := f.Handle(t.Context(), batch(payloads...))
	require.NoError(t, err)
	listed := 0
	for _, n := range l.notifications {
		listed += len(n.Message.Fields)
	}
	assert.Len(t, l.notifications, 3)
	assert.Equal(t, 45, listed)
	for _, n := range l.notifications {
		assert.Contains(t, n.Message.Title, fmt.Sprintf("等 %d 个事件", len(n.Message.Fields)))
	}
}
