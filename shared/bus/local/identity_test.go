package local_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// byBody reads whom a target is for from the value of its Body, which is
// "rule/name of the rule/receiver/address", and maybe "/owner" after it.
func byBody(t local.Target) (local.Identity, bool) {
	for _, p := range t.Params {
		if parts := append(strings.Split(p.Value, "/"), ""); p.ResourceKey == "Body" && len(parts) >= 5 {
			return local.Identity{Rule: parts[0], RuleName: parts[1], Receiver: "chat/" + parts[2], Address: parts[3], Owner: parts[4]}, true
		}
	}
	return local.Identity{}, false
}

// to is a target that says whom it is for, as [byBody] reads it.
func to(id, function, whom string) local.Target {
	return local.Target{ID: id, Type: local.FunctionType, Params: []local.Param{
		{ResourceKey: "functionName", Form: "CONSTANT", Value: function},
		{ResourceKey: "Body", Form: "CONSTANT", Value: whom},
	}}
}

// ruleOf makes an enabled rule of the bus "b" that all events match.
func ruleOf(t *testing.T, b *local.Bus, name string, targets ...local.Target) {
	t.Helper()
	require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: name, Bus: "b", FilterPattern: `{}`, Enabled: true, Targets: targets}))
}

func withBus(t *testing.T, o local.Options) *local.Bus {
	o.Identify = byBody
	b := opened(t, o)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	return b
}

func TestAnEventThatTwoSiblingsMatchIsToldOnce(t *testing.T) {
	var f functions
	b := withBus(t, local.Options{Invoke: f.invoke})
	ruleOf(t, b, "train", to("one", "f", "train/train/oncall/a"), to("two", "f", "train/train/boss/b"))
	ruleOf(t, b, "train--2", to("one", "f", "train/train/oncall/a"))
	published(t, b, numbered(t, 1))
	list := waited(t, b, numbered(t, 1))
	require.Len(t, list, 2)
	for i, receiver := range []string{"chat/boss", "chat/oncall"} {
		assert.Equal(t, []string{"train", "train", receiver}, []string{list[i].Rule, list[i].RuleKey, list[i].Target})
		assert.Equal(t, local.Sent, list[i].State)
	}
	assert.Len(t, f.got(), 2)
}

func TestTheHistoryKnowsARuleByItsKeyAndByTodaysName(t *testing.T) {
	var f functions
	b := withBus(t, local.Options{Invoke: f.invoke})
	ruleOf(t, b, "train", to("one", "f", "r1/train/oncall/a"), target("foreign"))
	published(t, b, numbered(t, 1))
	waited(t, b, numbered(t, 1))
	_, err := b.PutTargets(t.Context(), "b", "train", []local.Target{to("one", "f", "r1/training/oncall/a")})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		query local.Query
		want  []string
	}{
		"the key of a rule":       {local.Query{Rule: "r1"}, []string{"training chat/oncall"}},
		"its name":                {local.Query{Rule: "training"}, []string{"training chat/oncall"}},
		"a name that it had":      {local.Query{Rule: "train"}, []string{"train foreign"}},
		"a receiver":              {local.Query{Target: "chat/oncall"}, []string{"training chat/oncall"}},
		"the name of a receiver":  {local.Query{Target: "oncall"}, []string{"training chat/oncall"}},
		"its type":                {local.Query{Target: "chat"}, []string{"training chat/oncall"}},
		"the id of a target":      {local.Query{Target: "foreign"}, []string{"train foreign"}},
		"a target that is not":    {local.Query{Target: "one"}, nil},
		"a rule and another's id": {local.Query{Rule: "r1", Target: "foreign"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := b.History(t.Context(), c.query)
			require.NoError(t, err)
			var got []string
			for _, n := range list {
				got = append(got, n.Rule+" "+n.Target)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestWhatWaitsIsCountedByRuleAndReceiver(t *testing.T) {
	arrived := make(chan struct{})
	b := withBus(t, local.Options{Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
		<-arrived
		return json.RawMessage(`{"status":"sent"}`), nil
	}})
	defer close(arrived)
	ruleOf(t, b, "train", to("one", "f", "r1/train/oncall/a"), to("two", "f", "r1/train/boss/b"))
	ruleOf(t, b, "train--2", to("one", "f", "r1/train/oncall/a"))
	ruleOf(t, b, "other", target("f"))
	published(t, b, numbered(t, 1), numbered(t, 2))
	counts, err := b.WaitingFor(t.Context(), "b")
	require.NoError(t, err)
	assert.Equal(t, []local.WaitingCount{
		{Rule: "other", RuleName: "other", Receiver: "f", Count: 2},
		{Rule: "r1", RuleName: "train", Receiver: "chat/boss", Count: 2},
		{Rule: "r1", RuleName: "train", Receiver: "chat/oncall", Count: 2},
	}, counts)
	counts, err = b.WaitingFor(t.Context(), "another")
	require.NoError(t, err)
	assert.Empty(t, counts)
	assert.NotNil(t, counts)
}

// failing answers that the platform is away, and then that it took it.
func failing(t *testing.T, o local.Options) (*local.Bus, *functions) {
	f := &functions{answers: map[string][]string{"f": {transient, `{"status":"sent"}`}}}
	o.Invoke = f.invoke
	return withBus(t, o), f
}

func TestWhatWaitsFollowsItsReceiver(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, b *local.Bus)
		calls  []string
		whom   string
	}{
		"to another sibling": {func(t *testing.T, b *local.Bus) {
			ruleOf(t, b, "train--2", to("x", "g", "r1/train/oncall/a"))
			require.NoError(t, b.DeleteRule(t.Context(), "b", "train"))
		}, []string{"g r1/train/oncall/a"}, "train chat/oncall"},
		"under another name of the rule": {func(t *testing.T, b *local.Bus) {
			ruleOf(t, b, "training", to("one", "g", "r1/training/oncall/a"))
			require.NoError(t, b.DeleteRule(t.Context(), "b", "train"))
		}, []string{"g r1/training/oncall/a"}, "training chat/oncall"},
		"to a corrected address": {func(t *testing.T, b *local.Bus) {
			_, err := b.PutTargets(t.Context(), "b", "train", []local.Target{to("one", "g", "r1/train/oncall/corrected")})
			require.NoError(t, err)
		}, []string{"g r1/train/oncall/corrected"}, "train chat/oncall"},
		"to another key of the same address": {func(t *testing.T, b *local.Bus) {
			_, err := b.PutTargets(t.Context(), "b", "train", []local.Target{to("one", "g", "r1/train/night/a")})
			require.NoError(t, err)
		}, []string{"g r1/train/night/a"}, "train chat/night"},
		"to a key that another target has": {func(t *testing.T, b *local.Bus) {
			ruleOf(t, b, "more", to("x", "h", "r1/train/night/a"))
			_, err := b.PutTargets(t.Context(), "b", "train", []local.Target{to("one", "h", "r1/train/night/a")})
			require.NoError(t, err)
		}, []string{"h r1/train/night/a"}, "train chat/oncall"},
		"to its own key again": {func(t *testing.T, b *local.Bus) {
			ruleOf(t, b, "more", to("x", "h", "r1/train/night/a"))
			put(t, b, "train", to("one", "h", "r1/train/night/a"))
			put(t, b, "train", to("two", "g", "r1/train/oncall/a"))
		}, []string{"g r1/train/oncall/a"}, "train chat/oncall"},
		"to an owner and a corrected address": {func(t *testing.T, b *local.Bus) {
			put(t, b, "train", to("one", "g", "r1/train/oncall/corrected/team-a"))
		}, []string{"g r1/train/oncall/corrected/team-a"}, "train chat/oncall"},
		"to an owner that a sibling says": {func(t *testing.T, b *local.Bus) {
			ruleOf(t, b, "train--2", to("x", "g", "r1/train/oncall/a/team-a"))
			put(t, b, "train", to("one", "g", "r1/train/oncall/a/team-a"))
		}, []string{"g r1/train/oncall/a/team-a"}, "train chat/oncall"},
		"to an id of the rule": {func(t *testing.T, b *local.Bus) {
			_, err := b.PutTargets(t.Context(), "b", "train", []local.Target{to("one", "g", "r2/train/oncall/a")})
			require.NoError(t, err)
		}, []string{"g r2/train/oncall/a"}, "train chat/oncall"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				b, f := failing(t, local.Options{})
				ruleOf(t, b, "train", to("one", "f", "r1/train/oncall/a"))
				published(t, b, numbered(t, 1))
				waited(t, b, numbered(t, 1))
				c.change(t, b)
				time.Sleep(time.Minute)
				list := waited(t, b, numbered(t, 1))
				require.Len(t, list, 1)
				assert.Equal(t, local.Sent, list[0].State, list[0].Outcome.Reason)
				assert.Equal(t, c.whom, list[0].Rule+" "+list[0].Target)
				assert.Equal(t, c.calls, f.got()[1:])
			})
		})
	}
}
