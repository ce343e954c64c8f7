package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// bubble runs a test in which the clock moves on when everything waits.
func bubble(t *testing.T, run func(t *testing.T)) { synctest.Test(t, run) }

const noOutcome = "the function succeeded and told no outcome: it may have sent, or not, and is not asked again"

func TestTheEndOfANotificationFollowsFromTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		once   bool
		state  local.State
		reason string
	}{
		"sent":                                   {`{"status":"sent","receipt":"1"}`, false, local.Sent, ""},
		"skipped":                                {`{"status":"skipped","reason":"not for it"}`, false, local.Skipped, "not for it"},
		"permanent":                              {`!{"status":"failed","class":"permanent","reason":"bad key"}`, false, local.Dead, "bad key"},
		"gone":                                   {`!{"status":"failed","class":"gone","reason":"no robot"}`, false, local.Dead, "no robot"},
		"unknown":                                {`{"status":"failed","class":"unknown","reason":"cut off"}`, true, local.Unknown, "cut off"},
		"a list in which one failed":             {`[{"status":"sent"},{"status":"failed","class":"permanent","reason":"bad"}]`, false, local.Dead, "bad"},
		"sent, with an id that is no text":       {`{"status":"sent","message_id":42,"attempts":"3"}`, false, local.Sent, ""},
		"failed, with an id that is no text":     {`{"status":"failed","class":"transient","reason":"busy","message_id":42}`, false, local.Waiting, "busy"},
		"no outcome":                             {`"ok"`, false, local.Unknown, noOutcome},
		"a status in other letters":              {`{"status":"failed","class":"permanent","reason":"bad","Status":"sent"}`, false, local.Dead, "bad"},
		"a status in other letters alone":        {`{"Status":"sent"}`, false, local.Unknown, noOutcome},
		"two statuses":                           {`{"status":"failed","status":"sent"}`, false, local.Unknown, noOutcome},
		"an empty answer":                        {" ", false, local.Unknown, noOutcome},
		"an empty list":                          {`[]`, false, local.Unknown, noOutcome},
		"a status that nobody knows":             {`{"status":"queued"}`, false, local.Unknown, noOutcome},
		"a list with such a status":              {`[{"status":"sent"},{"status":"queued"}]`, false, local.Unknown, noOutcome},
		"a list with one in other letters":       {`[{"status":"sent"},{"STATUS":"sent"}]`, false, local.Unknown, noOutcome},
		"a class that nobody knows":              {`!{"status":"failed","class":"odd","reason":"x"}`, false, local.Waiting, "x"},
		"such a class of what must not double":   {`!{"status":"failed","class":"odd","reason":"x"}`, true, local.Unknown, "x"},
		"an error without an outcome":            {"!broken", false, local.Waiting, "broken"},
		"an error of what must not be doubled":   {"!broken", true, local.Unknown, "broken"},
		"an error that claims to have sent":      {`!{"status":"sent"}`, false, local.Waiting, `{"status":"sent"}`},
		"a transient failure without its class":  {`!{"status":"failed","reason":"busy"}`, false, local.Waiting, "busy"},
		"a rate limit that names no wait":        {`!{"status":"failed","class":"rate-limited","reason":"slow"}`, false, local.Waiting, "slow"},
		"a transient failure of what may double": {`!{"status":"failed","class":"transient","reason":"refused"}`, true, local.Waiting, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := functions{answers: map[string][]string{"f": {c.answer}}}
			b := withRule(t, local.Options{Invoke: f.invoke, AtMostOnce: func(string) bool { return c.once }}, "f")
			published(t, b, numbered(t, 1))
			n := waited(t, b, numbered(t, 1))[0]
			assert.Equal(t, c.state, n.State)
			assert.Equal(t, c.reason, n.Outcome.Reason)
		})
	}
}

// typed is an error with a type, as functions in processes of their own fail.
type typed struct{ error }

func (typed) FailureType() string { return "Permanent" }

func TestAFunctionThatFailsForGoodIsNotAskedAgain(t *testing.T) {
	b := withRule(t, local.Options{Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
		return nil, typed{errors.New("there is no such function")}
	}}, "f")
	published(t, b, numbered(t, 1))
	n := waited(t, b, numbered(t, 1))[0]
	assert.Equal(t, []any{local.Dead, "there is no such function"}, []any{n.State, n.Outcome.Reason})
}

func TestNotificationsOfATargetAreSentInTheOrderOfTheirEvents(t *testing.T) {
	release := make(chan struct{})
	var order []string
	b := withRule(t, local.Options{Invoke: func(_ context.Context, _ string, payload []byte) (json.RawMessage, error) {
		<-release
		order = append(order, string(payload)) // one at a time: the race detector would say
		return json.RawMessage(`{"status":"sent"}`), nil
	}}, "f")
	published(t, b, parsed(t, `{"id":"first","source":"s","type":"t","time":"2026-01-01T00:00:09Z"}`))
	for _, second := range []int{5, 3, 8, 1} {
		published(t, b, parsed(t, fmt.Sprintf(`{"id":"%d","source":"s","type":"t","time":"2026-01-01T00:00:0%dZ"}`, second, second)))
	}
	close(release)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	// The one that was under way before the others came is not called back.
	assert.Equal(t, []string{"first", "1", "3", "5", "8"}, order)
}

func TestOnlySoManyNotificationsOfATargetAreSentAtOnce(t *testing.T) {
	var now, most atomic.Int64
	together, once := make(chan struct{}), sync.Once{}
	b := withRule(t, local.Options{Concurrency: 3, Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		if n == 3 {
			once.Do(func() { close(together) })
		}
		<-together
		time.Sleep(time.Millisecond) // for a fourth to come, if one could
		now.Add(-1)
		return json.RawMessage(`{"status":"sent"}`), nil
	}}, "f")
	for i := range 30 {
		published(t, b, numbered(t, i))
	}
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.EqualValues(t, 3, most.Load())
}

func TestAStrictTargetHoldsBackWhatComesAfterAFailure(t *testing.T) {
	for tolerance, want := range map[string]string{"NONE": "1 1 2", "ALL": "1 2 1"} {
		t.Run(tolerance, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := functions{answers: map[string][]string{"f": {transient, `{"status":"sent"}`}}}
				to := target("f")
				to.ErrorsTolerance = tolerance
				b := withRule(t, local.Options{Invoke: f.invoke})
				_, err := b.PutTargets(t.Context(), "b", "r", []local.Target{to})
				require.NoError(t, err)
				published(t, b, numbered(t, 1))
				synctest.Wait()
				published(t, b, numbered(t, 2))
				time.Sleep(time.Minute)
				synctest.Wait()
				assert.Equal(t, want, strings.ReplaceAll(strings.Join(f.got(), " "), "f ", ""))
			})
		})
	}
}

func TestAStrictTargetHoldsBackWhatWaitsAlready(t *testing.T) {
	bubble(t, func(t *testing.T) {
		// All of them are there before the first is tried.
		arrived := make(chan struct{})
		f := functions{answers: map[string][]string{"f": {transient, `{"status":"sent"}`}}}
		to := target("f")
		to.ErrorsTolerance = "NONE"
		b := withRule(t, local.Options{Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			<-arrived
			return f.invoke(ctx, function, payload)
		}})
		_, err := b.PutTargets(t.Context(), "b", "r", []local.Target{to})
		require.NoError(t, err)
		for i := range 20 {
			published(t, b, numbered(t, i))
		}
		close(arrived)
		time.Sleep(time.Hour)
		synctest.Wait()
		got := f.got()
		require.Len(t, got, 21)
		assert.Equal(t, []string{"f 0", "f 0", "f 1"}, got[:3])
	})
}

func TestWhatCannotBeSentIsADeadLetterWithTheReason(t *testing.T) {
	var f functions
	b := withRule(t, local.Options{Invoke: f.invoke})
	nowhere := target("nowhere")
	nowhere.Params[1].Value = "$.data.none"
	listed := target("nowhere")
	listed.ID, listed.Params = "listed", append(slices.Clone(nowhere.Params), local.Param{ResourceKey: "DataFormat", Form: "CONSTANT", Value: "ObjectList"})
	_, err := b.PutTargets(t.Context(), "b", "r", []local.Target{listed, nowhere, {ID: "queue", Type: "acs.mns.queue"}})
	require.NoError(t, err)
	published(t, b, numbered(t, 1))
	list := waited(t, b, numbered(t, 1))
	require.Len(t, list, 3)
	for i, reason := range []string{"leads nowhere", "leads nowhere", "functions only, not to acs.mns.queue"} {
		assert.Equal(t, local.Dead, list[i].State)
		assert.Contains(t, list[i].Outcome.Reason, reason)
	}
	assert.Empty(t, f.got())
}

func TestADeadLetterIsRedrivenToTheTargetAsItIsNow(t *testing.T) {
	f := functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"permanent","reason":"bad key"}`}}}
	b := withRule(t, local.Options{Invoke: f.invoke}, "f")
	for i := range 3 {
		published(t, b, numbered(t, i))
		waited(t, b, numbered(t, i))
	}
	dead, err := b.History(t.Context(), local.Query{Rule: "r", States: []local.State{local.Dead}})
	require.NoError(t, err)
	require.Len(t, dead, 3)
	_, err = b.PutTargets(t.Context(), "b", "r", []local.Target{func() local.Target { to := target("g"); to.ID = "f"; return to }()})
	require.NoError(t, err)

	redriven(t, b, local.Redrive{ID: dead[0].ID})
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, "RequestParameterInvalid", code(t, refused(t, b, local.Redrive{ID: dead[0].ID})), "it is no dead letter any more")
	n, attempts, _, err := b.Life(t.Context(), dead[0].ID)
	require.NoError(t, err)
	assert.Equal(t, []any{local.Sent, 2, 2}, []any{n.State, n.Attempts, len(attempts)})
	for _, letter := range dead[1:] {
		redriven(t, b, local.Redrive{ID: letter.ID})
	}
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	dead, err = b.History(t.Context(), local.Query{States: []local.State{local.Dead}})
	require.NoError(t, err)
	assert.Empty(t, dead)
	for _, id := range []string{"", "x", "1-", "99-99"} {
		assert.Equal(t, "RequestParameterInvalid", code(t, refused(t, b, local.Redrive{ID: id})), id)
	}
}

func TestADeadLetterIsRedrivenOnceHoweverManyAskForIt(t *testing.T) {
	const letters = 50
	answers := make([]string, letters, letters+1)
	for i := range answers {
		answers[i] = `!{"status":"failed","class":"permanent","reason":"bad key"}`
	}
	f := functions{answers: map[string][]string{"f": append(answers, `{"status":"sent"}`)}}
	b := withRule(t, local.Options{Invoke: f.invoke}, "f")
	for i := range letters {
		published(t, b, numbered(t, i))
	}
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	dead, err := b.History(t.Context(), local.Query{States: []local.State{local.Dead}})
	require.NoError(t, err)
	var count atomic.Int64
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for _, letter := range dead {
				if _, err := b.Redrive(t.Context(), local.Redrive{ID: letter.ID}); err == nil {
					count.Add(1)
				}
			}
		})
	}
	asking.Wait()
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.EqualValues(t, letters, count.Load())
	assert.Len(t, f.got(), 2*letters)
}

func TestARemovedTargetLeavesDeadLettersThatCanBeRedriven(t *testing.T) {
	f := functions{answers: map[string][]string{"f": {transient, `{"status":"sent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Enabled: true, Targets: targets("f")}))
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	require.NoError(t, b.DeleteRule(t.Context(), "b", "r"))
	require.NoError(t, b.Close(t.Context()))

	o.Now = func() time.Time { return time.Now().Add(time.Hour) }
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	dead, err := b.History(t.Context(), local.Query{States: []local.State{local.Dead}})
	require.NoError(t, err)
	require.Len(t, dead, 1)
	assert.Contains(t, dead[0].Outcome.Reason, "the receiver was removed")
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Enabled: true, Targets: targets("f")}))
	redriven(t, b, local.Redrive{ID: dead[0].ID})
	require.Eventually(t, func() bool { return waited(t, b, numbered(t, 1))[0].State == local.Sent }, 10*time.Second, time.Millisecond)
}
