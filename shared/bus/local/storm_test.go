package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// ofRobot says that all targets send to one robot, those with a name that begins
// alike in the same way.
func ofRobot(o local.Options) local.Options {
	o.Identify = func(t local.Target) (local.Identity, bool) {
		return local.Identity{RuleName: "r", Receiver: "chat/" + t.ID, Sender: "robot"}, true
	}
	o.Storm = func(t local.Target) local.Storm {
		return local.Storm{Together: t.ID[:1], Urgency: func(_, typ string, _ func() []byte) int { return len(typ) }}
	}
	return o
}

// urgent is an event whose rank is a number.
func urgent(t *testing.T, id, rank int) event.Event {
	return parsed(t, fmt.Sprintf(`{"id":"%d","source":"s","type":%q}`, id, strings.Repeat("t", rank)))
}

// allEvents makes the rule "r" of a bus match events of all types.
func allEvents(t *testing.T, b *local.Bus) {
	require.NoError(t, b.UpdateRule(t.Context(), local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Enabled: true}))
}

const spared = `!{"status":"failed","class":"rate-limited","retry_after":60,"reason":"slow down"}`

func TestALimitHoldsBackAllThatSendToOnePlace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := functions{answers: map[string][]string{"f": {spared, `{"status":"sent"}`}}}
		b := withRule(t, ofRobot(local.Options{Invoke: f.invoke}), "f")
		published(t, b, numbered(t, 1))
		synctest.Wait()
		_, err := b.PutTargets(t.Context(), "b", "r", targets("g"))
		require.NoError(t, err)
		published(t, b, numbered(t, 2))
		for _, n := range waited(t, b, numbered(t, 2)) {
			assert.Equal(t, local.Waiting, n.State, "who waits for its end is told why it does not come")
			assert.Contains(t, n.Outcome.Reason, "limit")
		}
		metrics := httptest.NewRecorder()
		b.Metrics().ServeHTTP(metrics, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		assert.Contains(t, metrics.Body.String(), "\npai_notify_bus_senders_limited 1\n")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"f 1"}, f.got())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.ElementsMatch(t, []string{"f 1", "f [1,2]", "g 2"}, f.got())
	})
}

func TestWhatIsDueWhileItsReceiverIsLimitedIsToldWhenItCanBeSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := functions{answers: map[string][]string{"f": {transient, spared, `{"status":"sent"}`}}}
		b := withRule(t, ofRobot(local.Options{Invoke: f.invoke}), "f")
		published(t, b, numbered(t, 1))
		synctest.Wait()
		published(t, b, numbered(t, 2))
		time.Sleep(30 * time.Second)
		synctest.Wait()
		list, err := b.History(t.Context(), local.Query{EventID: "1"})
		require.NoError(t, err)
		assert.Equal(t, []any{30 * time.Second, "busy"}, []any{time.Until(list[0].Due).Round(time.Second), list[0].Outcome.Reason})
	})
}

func TestTheMostUrgentIsSentFirst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		arrived := make(chan struct{})
		var f functions
		b := withRule(t, ofRobot(local.Options{Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			<-arrived
			return f.invoke(ctx, function, payload)
		}}), "f")
		allEvents(t, b)
		for id, rank := range []int{1, 1, 3, 2, 3, 1} {
			published(t, b, urgent(t, id, rank))
			synctest.Wait()
		}
		close(arrived)
		synctest.Wait()
		assert.Equal(t, []string{"f 0", "f 2", "f 4", "f 3", "f 1", "f 5"}, f.got(), "the first was under way before the others came")
	})
}

func TestTheOrderOfWhatWaitsOutlivesTheProcess(t *testing.T) {
	f := functions{answers: map[string][]string{"f": {spared, `{"status":"sent"}`}}}
	o := ofRobot(local.Options{Dir: t.TempDir(), Invoke: f.invoke})
	b := withRule(t, o, "f")
	allEvents(t, b)
	published(t, b, urgent(t, 0, 1))
	waited(t, b, urgent(t, 0, 1))
	published(t, b, urgent(t, 1, 1), urgent(t, 2, 3))
	require.NoError(t, b.Close(t.Context()))
	o.Now = func() time.Time { return time.Now().Add(time.Hour) }
	o.Storm = func(local.Target) local.Storm {
		return local.Storm{Urgency: func(_, _ string, body func() []byte) int { return len(body()) }}
	}
	b = opened(t, o)
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, "f 2", f.got()[1])
}

// outcomes answers a list of numbers with their outcomes, and one with its own.
func outcomes(calls *[]string, change func(list []string) ([]string, error)) func(context.Context, string, []byte) (json.RawMessage, error) {
	return func(_ context.Context, _ string, payload []byte) (json.RawMessage, error) {
		*calls = append(*calls, string(payload))
		if len(*calls) == 1 {
			return nil, failedOutcome(spared[1:])
		}
		if payload[0] != '[' {
			return json.RawMessage(`{"status":"sent"}`), nil
		}
		var ids []int
		if err := json.Unmarshal(payload, &ids); err != nil {
			return nil, err
		}
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf(`{"status":"sent","event":"%d","rule":"r","target":"chat/f","digest":"d%d"}`, id, ids[0]))
		}
		list, err := change(list)
		text := "[" + strings.Join(list, ",") + "]"
		if err != nil {
			return nil, failedOutcome(text)
		}
		return json.RawMessage(text), nil
	}
}

func TestWhatGathersWhileTheReceiverIsLimitedIsToldAsOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var calls []string
		b := withRule(t, ofRobot(local.Options{Invoke: outcomes(&calls, func(list []string) ([]string, error) { return list, nil })}), "f")
		for id := 1; id <= 45; id++ {
			published(t, b, numbered(t, id))
		}
		time.Sleep(30 * time.Second)
		list, err := b.History(t.Context(), local.Query{EventID: "45"})
		require.NoError(t, err)
		assert.Contains(t, list[0].Outcome.Reason, "limit")
		assert.Equal(t, 30*time.Second, time.Until(list[0].Due).Round(time.Second))
		time.Sleep(31 * time.Second)
		synctest.Wait()
		require.Len(t, calls, 4)
		assert.Equal(t, "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]", calls[1])
		assert.Equal(t, "[41,42,43,44,45]", calls[3])
		n := waited(t, b, numbered(t, 45))[0]
		assert.Equal(t, []any{local.Sent, 1, "d41"}, []any{n.State, n.Attempts, n.Outcome.Digest})
		published(t, b, numbered(t, 46))
		synctest.Wait()
		assert.Equal(t, "46", calls[4], "one alone is sent as ever")
		messages := 0
		require.NoError(t, b.Reached(t.Context(), time.Now().Add(-time.Hour), func(local.Target, time.Time) { messages++ }))
		assert.Equal(t, 4, messages, "of 46 notifications")
	})
}

func TestEachOfSeveralEndsByItsOwnOutcome(t *testing.T) {
	const failed = `{"status":"failed","class":"permanent","event":"2","rule":"r","target":"chat/f","reason":"bad"}`
	broken := fmt.Errorf("failed")
	for name, c := range map[string]struct {
		change func(list []string) ([]string, error)
		states []local.State
	}{
		"one failed": {func(l []string) ([]string, error) { return []string{l[0], failed, l[2]}, broken }, []local.State{local.Sent, local.Dead, local.Sent}},
		"one could not be read": {func(l []string) ([]string, error) {
			return []string{l[0], `{"status":"failed","class":"permanent"}`, l[2]}, broken
		}, []local.State{local.Sent, local.Dead, local.Sent}},
		"one is missing":              {func(l []string) ([]string, error) { return l[1:], nil }, []local.State{local.Unknown, local.Unknown, local.Unknown}},
		"one is missing in a failure": {func(l []string) ([]string, error) { return []string{l[0], failed}, broken }, []local.State{local.Waiting, local.Waiting, local.Waiting}},
		"two are exchanged":           {func(l []string) ([]string, error) { return []string{l[1], l[0], l[2]}, nil }, []local.State{local.Unknown, local.Unknown, local.Sent}},
		"one is another rule's": {func(l []string) ([]string, error) {
			return []string{l[0], strings.Replace(l[1], `"r"`, `"q"`, 1), l[2]}, nil
		}, []local.State{local.Sent, local.Unknown, local.Sent}},
		"one is another receiver's": {func(l []string) ([]string, error) {
			return []string{l[0], strings.Replace(l[1], `chat/f`, `chat/g`, 1), l[2]}, nil
		}, []local.State{local.Sent, local.Unknown, local.Sent}},
		"one has no status": {func(l []string) ([]string, error) {
			return []string{l[0], `{"event":"2","rule":"r","target":"chat/f"}`, l[2]}, nil
		}, []local.State{local.Sent, local.Unknown, local.Sent}},
		"none is told":              {func([]string) ([]string, error) { return nil, nil }, []local.State{local.Unknown, local.Unknown, local.Unknown}},
		"none is told in a failure": {func([]string) ([]string, error) { return nil, broken }, []local.State{local.Waiting, local.Waiting, local.Waiting}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var calls []string
				b := withRule(t, ofRobot(local.Options{Invoke: outcomes(&calls, c.change)}), "f")
				published(t, b, numbered(t, 1), numbered(t, 2), numbered(t, 3))
				time.Sleep(61 * time.Second)
				synctest.Wait()
				require.Len(t, calls, 2)
				var states []local.State
				for id := 1; id <= 3; id++ {
					states = append(states, waited(t, b, numbered(t, id))[0].State)
				}
				assert.Equal(t, c.states, states)
			})
		})
	}
}

func TestOneThatIsRefusedDoesNotTakeTheOthersWithIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var calls []string
		invoke := outcomes(&calls, func(list []string) ([]string, error) {
			for i := range list {
				list[i] = strings.Replace(list[i], `"sent"`, `"failed","class":"permanent","code":"430101"`, 1)
			}
			return list, fmt.Errorf("failed")
		})
		b := withRule(t, ofRobot(local.Options{Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			answer, err := invoke(ctx, function, payload)
			if len(calls) > 1 && string(payload) == "2" {
				return nil, failedOutcome(`{"status":"failed","class":"permanent","code":"430101"}`)
			}
			return answer, err
		}}), "f")
		published(t, b, numbered(t, 1), numbered(t, 2), numbered(t, 3))
		time.Sleep(61 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"1", "[1,2,3]", "1", "2", "3"}, calls)
		for id, want := range []local.State{local.Sent, local.Dead, local.Sent} {
			assert.Equal(t, want, waited(t, b, numbered(t, id+1))[0].State)
		}
	})
}

func TestWhatCannotStandInAListIsToldAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var calls []string
		b := withRule(t, ofRobot(local.Options{Invoke: outcomes(&calls, func(list []string) ([]string, error) { return list, nil })}), "f")
		text := parsed(t, `{"id":"job died","source":"s","type":"t"}`)
		published(t, b, numbered(t, 1), text, numbered(t, 2))
		time.Sleep(61 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"1", "[1,2]", "job died"}, calls)
		assert.Equal(t, local.Sent, waited(t, b, text)[0].State)
	})
}

func TestAListThatIsRefusedAsAWholeIsToldOneByOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var calls []string
		one := outcomes(&calls, nil)
		b := withRule(t, ofRobot(local.Options{Invoke: func(ctx context.Context, function string, payload []byte) (json.RawMessage, error) {
			if payload[0] == '[' {
				calls = append(calls, string(payload))
				return nil, failedOutcome(`{"status":"failed","class":"permanent","reason":"the payload is not JSON"}`)
			}
			return one(ctx, function, payload)
		}}), "f")
		published(t, b, numbered(t, 1), numbered(t, 2))
		time.Sleep(61 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"1", "[1,2]", "1", "2"}, calls)
		for id := 1; id <= 2; id++ {
			assert.Equal(t, local.Sent, waited(t, b, numbered(t, id))[0].State)
		}
	})
}

func TestAnAnswerToSeveralAsAWholeIsNeverThatAllWereSent(t *testing.T) {
	for answer, want := range map[string]local.State{
		`{"status":"sent"}`:  local.Unknown,
		`!{"status":"sent"}`: local.Waiting,
		`!broken`:            local.Waiting,
		`!{"status":"failed","class":"permanent"}`: local.Dead,
		`{"status":"failed","class":"unknown"}`:    local.Unknown,
		`!{"status":"failed","class":"transient"}`: local.Waiting,
		`"ok"`: local.Unknown,
	} {
		t.Run(answer, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				f := functions{answers: map[string][]string{"f": {spared, answer}}}
				b := withRule(t, ofRobot(local.Options{Invoke: f.invoke}), "f")
				published(t, b, numbered(t, 1), numbered(t, 2))
				time.Sleep(61 * time.Second)
				synctest.Wait()
				assert.Equal(t, "f [1,2]", f.got()[1])
				for id := 1; id <= 2; id++ {
					assert.Equal(t, want, waited(t, b, numbered(t, id))[0].State)
				}
			})
		})
	}
}

func TestWhatIsToldInAnotherWayIsNotPutTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := functions{answers: map[string][]string{"f": {spared, `{"status":"sent"}`}}}
		b := withRule(t, ofRobot(local.Options{Invoke: f.invoke}), "f", "g")
		published(t, b, numbered(t, 1), numbered(t, 2))
		time.Sleep(61 * time.Second)
		synctest.Wait()
		assert.ElementsMatch(t, []string{"f 1", "f [1,2]", "g [1,2]"}, f.got())
	})
}

func TestAStrictTargetIsSentToInOrderAndAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := functions{answers: map[string][]string{"f": {transient, `{"status":"sent"}`}}}
		b := withRule(t, ofRobot(local.Options{Invoke: f.invoke}), "g")
		allEvents(t, b)
		strict := target("f")
		strict.ErrorsTolerance = "NONE"
		_, err := b.PutTargets(t.Context(), "b", "r", []local.Target{strict})
		require.NoError(t, err)
		published(t, b, urgent(t, 1, 1))
		synctest.Wait()
		published(t, b, urgent(t, 2, 1), urgent(t, 3, 3))
		time.Sleep(time.Minute)
		synctest.Wait()
		of := map[string][]string{}
		for _, call := range f.got() {
			of[call[:1]] = append(of[call[:1]], call[2:])
		}
		assert.Equal(t, []string{"1", "1", "2", "3"}, of["f"])
		assert.Len(t, of["g"], 3, "nobody waits for the strict one")
	})
}

func TestWhatWaitsForATargetFollowsItToAnotherSender(t *testing.T) {
	bubble(t, func(t *testing.T) {
		f := functions{answers: map[string][]string{"f": {spared, `{"status":"sent"}`}}}
		o := ofRobot(local.Options{Invoke: f.invoke})
		o.Identify = func(t local.Target) (local.Identity, bool) { return local.Identity{Sender: t.Params[1].Value}, true }
		b := withRule(t, o, "f")
		published(t, b, numbered(t, 1), numbered(t, 2))
		synctest.Wait()
		require.Equal(t, []string{"f 1"}, f.got())
		rotated := target("f")
		rotated.Params[1].Value = "$['id']"
		_, err := b.PutTargets(t.Context(), "b", "r", []local.Target{rotated})
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, []string{"f 1", "f 1", "f 2"}, f.got(), "the robot that asked to be spared is not it any more")
	})
}

func TestWhatMayHaveReachedAPlatformIsToldInItsOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		start := time.Now()
		f := functions{answers: map[string][]string{"f": {
			`{"status":"sent"}`, `{"status":"failed","class":"unknown"}`, `!{"status":"failed","class":"permanent","code":"310000"}`,
			`!{"status":"failed","class":"permanent","reason":"refused connection"}`, `{"status":"skipped"}`, `{"status":"sent"}`,
		}}}
		b := withRule(t, ofRobot(local.Options{Invoke: f.invoke}), "f")
		for id := range 6 {
			published(t, b, numbered(t, id))
			synctest.Wait()
			time.Sleep(time.Minute)
		}
		var minutes []float64
		require.NoError(t, b.Reached(t.Context(), start.Add(30*time.Second), func(to local.Target, at time.Time) {
			assert.Equal(t, "f", to.ID)
			minutes = append(minutes, at.Sub(start).Minutes())
		}))
		assert.Equal(t, []float64{1, 2, 5}, minutes)
	})
}
