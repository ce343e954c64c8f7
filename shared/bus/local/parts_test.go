package local_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// packed is a target of several parts, "rule/name of the rule/receiver/address"
// and a pattern each.
func packed(id, function string, parts ...[2]string) local.Target {
	var lines []string
	for _, p := range parts {
		lines = append(lines, p[0]+" "+p[1])
	}
	return to(id, function, strings.Join(lines, "\n"))
}

// byLine takes a target of [packed] apart.
func byLine(t local.Target) []local.Part {
	whole := t.Params[1].Value
	if !strings.Contains(whole, " ") {
		return nil
	}
	var parts []local.Part
	for line := range strings.SplitSeq(whole, "\n") {
		whom, pattern, _ := strings.Cut(line, " ")
		parts = append(parts, local.Part{Target: to(t.ID, t.Params[0].Value, whom), Rule: strings.Split(whom, "/")[1], Patterns: []string{pattern}})
	}
	return parts
}

func ofJob(t *testing.T, id int, job string) event.Event {
	return parsed(t, fmt.Sprintf(`{"id":"%d","source":"s","type":"t","data":{"job":%q}}`, id, job))
}

const (
	trainings  = `{"data":{"job":["train"]}}`
	evaluation = `{"data":{"job":["eval"]}}`
	anyJob     = `{"data":{"job":[{"exists":true}]}}`
)

// packedBus is a bus with a rule that all events match, whose one target is for
// the receivers oncall of training, oncall of evaluation, and boss of both.
func packedBus(t *testing.T, f *functions, change func(*local.Options)) *local.Bus {
	o := local.Options{Invoke: f.invoke, Split: byLine, TargetsPerRule: 2}
	if change != nil {
		change(&o)
	}
	b := withBus(t, o)
	ruleOf(t, b, "packed", theList())
	return b
}

func theList() local.Target {
	return packed("list", "f", [2]string{"r1/training/oncall/a", trainings}, [2]string{"r2/eval/oncall/a", evaluation}, [2]string{"r3/both/boss/b", anyJob})
}

// ended are the receivers of an event with what became of it.
func ended(t *testing.T, b *local.Bus, e event.Event) (list []string) {
	t.Helper()
	for _, n := range waited(t, b, e) {
		list = append(list, n.Rule+" "+n.RuleKey+" "+n.Target+" "+n.State.String())
	}
	return list
}

func TestEachReceiverOfAPackedTargetIsToldWhatItWants(t *testing.T) {
	var f functions
	b := packedBus(t, &f, nil)
	published(t, b, ofJob(t, 1, "train"), ofJob(t, 2, "eval"), ofJob(t, 3, "other"))
	assert.Equal(t, []string{"both r3 chat/boss sent", "training r1 chat/oncall sent"}, ended(t, b, ofJob(t, 1, "train")))
	assert.Equal(t, []string{"both r3 chat/boss sent", "eval r2 chat/oncall sent"}, ended(t, b, ofJob(t, 2, "eval")))
	assert.Equal(t, []string{"both r3 chat/boss sent"}, ended(t, b, ofJob(t, 3, "other")))
	assert.ElementsMatch(t, []string{
		"f r1/training/oncall/a", "f r3/both/boss/b", "f r2/eval/oncall/a", "f r3/both/boss/b", "f r3/both/boss/b",
	}, f.got(), "the function is given one receiver at a time, as by a target of its own")
	list, err := b.History(t.Context(), local.Query{})
	require.NoError(t, err)
	assert.Len(t, list, 5, "and nothing of what nobody wants")
}

func TestAnEventThatNobodyOfAPackedTargetWantsIsUnmatched(t *testing.T) {
	var f functions
	b := packedBus(t, &f, nil)
	nobodys := parsed(t, `{"id":"1","source":"s","type":"t","data":{}}`)
	published(t, b, nobodys)
	assert.Empty(t, waited(t, b, nobodys))
	assert.Empty(t, f.got())
	unmatched, err := b.Events(t.Context(), local.EventQuery{Bus: "b", Unmatched: true})
	require.NoError(t, err)
	assert.Len(t, unmatched, 1)
}

func TestAPackedTargetIsOneTargetOnTheBus(t *testing.T) {
	var f functions
	b := packedBus(t, &f, nil)
	put(t, b, "packed", theList(), to("one", "f", "r4/other/night/c"))
	r, err := b.GetRule(t.Context(), "b", "packed")
	require.NoError(t, err)
	assert.Equal(t, []local.Target{theList(), to("one", "f", "r4/other/night/c")}, withoutDestinations(r.Targets))
	_, err = b.PutTargets(t.Context(), "b", "packed", []local.Target{to("two", "f", "r5/other/night/c")})
	assert.Equal(t, "EventTargetCountExceedLimit", code(t, err), "the quota counts targets")
	faults, err := b.DeleteTargets(t.Context(), "b", "packed", []string{"list", "list/2"})
	require.NoError(t, err)
	require.Len(t, faults, 1, "what a target is for is no target")
	assert.Equal(t, "list/2", faults[0].ID)
	published(t, b, ofJob(t, 1, "train"))
	assert.Equal(t, []string{"other r4 chat/night sent"}, ended(t, b, ofJob(t, 1, "train")))
}

func TestWorkSurvivesPackingAndUnpacking(t *testing.T) {
	refuse := &functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"rate-limited","retry_after":3600}`}}}
	plain := func(rule, name, whom string) local.Target { return to("own", "f", rule+"/"+name+"/"+whom) }
	dir := t.TempDir()
	o := local.Options{Dir: dir, Invoke: refuse.invoke, Split: byLine, Identify: byBody}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	ruleOf(t, b, "training", plain("r1", "training", "oncall/a"))
	ruleOf(t, b, "both", plain("r3", "both", "boss/b"))
	published(t, b, ofJob(t, 1, "train"))
	require.Len(t, waited(t, b, ofJob(t, 1, "train")), 2)

	ruleOf(t, b, "packed", theList())
	for _, rule := range []string{"training", "both"} {
		require.NoError(t, b.DeleteRule(t.Context(), "b", rule))
	}
	require.NoError(t, b.Settle(t.Context()))
	waiting := []string{"both r3 chat/boss waiting", "training r1 chat/oncall waiting"}
	assert.Equal(t, waiting, ended(t, b, ofJob(t, 1, "train")), "packed, it waits for whom it waited")
	require.NoError(t, b.Close(context.Background()))
	b, err = local.Open(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, waiting, ended(t, b, ofJob(t, 1, "train")), "and after a restart")

	ruleOf(t, b, "training", plain("r1", "training", "oncall/a"))
	put(t, b, "packed", packed("list", "f", [2]string{"r2/eval/oncall/a", evaluation}))
	require.NoError(t, b.Settle(t.Context()))
	assert.Equal(t, []string{"both r3 chat/boss dead", "training r1 chat/oncall waiting"}, ended(t, b, ofJob(t, 1, "train")), "who left the list is no longer told, and nobody else")
	require.NoError(t, b.Close(context.Background()))
}

func TestWhatWaitsForAPackedTargetEndsWithIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, b *local.Bus)
		want   []string
	}{
		"its rule is disabled": {func(t *testing.T, b *local.Bus) {
			require.NoError(t, b.SetRuleEnabled(t.Context(), "b", "packed", false))
		}, []string{"both r3 chat/boss cancelled", "training r1 chat/oncall cancelled"}},
		"it is removed": {func(t *testing.T, b *local.Bus) {
			_, err := b.DeleteTargets(t.Context(), "b", "packed", []string{"list"})
			require.NoError(t, err)
		}, []string{"both r3 chat/boss dead", "training r1 chat/oncall dead"}},
		"a receiver is removed": {func(t *testing.T, b *local.Bus) {
			put(t, b, "packed", packed("list", "f", [2]string{"r1/training/oncall/a", trainings}))
		}, []string{"both r3 chat/boss dead", "training r1 chat/oncall waiting"}},
		"a rule is removed whose robot another rule has": {func(t *testing.T, b *local.Bus) {
			put(t, b, "packed", packed("list", "f", [2]string{"r2/eval/oncall/a", anyJob}, [2]string{"r3/both/boss/b", anyJob}))
		}, []string{"both r3 chat/boss waiting", "training r1 chat/oncall dead"}},
		"a rule takes the place of another with the same robot": {func(t *testing.T, b *local.Bus) {
			put(t, b, "packed", packed("list", "f", [2]string{"r9/new/oncall/a", anyJob}, [2]string{"r2/eval/oncall/a", anyJob}, [2]string{"r3/both/boss/b", anyJob}))
		}, []string{"both r3 chat/boss waiting", "training r1 chat/oncall dead"}},
		"a receiver gets another name": {func(t *testing.T, b *local.Bus) {
			put(t, b, "packed", packed("list", "f", [2]string{"r2/eval/oncall/a", evaluation}, [2]string{"r1/training/night/a", trainings}, [2]string{"r3/both/boss/b", anyJob}))
		}, []string{"both r3 chat/boss waiting", "training r1 chat/night waiting"}},
		"a rule gets a key": {func(t *testing.T, b *local.Bus) {
			put(t, b, "packed", packed("list", "f", [2]string{"key/training/oncall/a", trainings}, [2]string{"r3/both/boss/b", anyJob}))
		}, []string{"both r3 chat/boss waiting", "training key chat/oncall waiting"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"transient"}`}}}
			b := packedBus(t, f, func(o *local.Options) { o.Now = func() time.Time { return time.Unix(1_800_000_000, 0) } })
			published(t, b, ofJob(t, 1, "train"))
			require.Len(t, waited(t, b, ofJob(t, 1, "train")), 2)
			c.change(t, b)
			require.NoError(t, b.Settle(t.Context()))
			assert.Equal(t, c.want, ended(t, b, ofJob(t, 1, "train")))
		})
	}
}

func TestADeadLetterOfAPackedTargetIsRedrivenAlone(t *testing.T) {
	f := &functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"permanent","reason":"bad key"}`}}}
	b := packedBus(t, f, nil)
	published(t, b, ofJob(t, 1, "train"))
	letters := waited(t, b, ofJob(t, 1, "train"))
	require.Equal(t, local.Dead, letters[1].State)
	f.mu.Lock()
	f.answers, f.calls = nil, nil
	f.mu.Unlock()
	assert.ErrorContains(t, refused(t, b, local.Redrive{ID: letters[1].ID, To: "both"}), "the rule both has no receiver chat/oncall: name one of chat/boss")
	all := func() bool { return b.Waiting() == 0 }
	redriven(t, b, local.Redrive{ID: letters[1].ID})
	require.Eventually(t, all, 10*time.Second, time.Millisecond)
	assert.Equal(t, []string{"both r3 chat/boss dead", "training r1 chat/oncall sent"}, ended(t, b, ofJob(t, 1, "train")))
	assert.Equal(t, []string{"f r1/training/oncall/a"}, f.got())
	redriven(t, b, local.Redrive{ID: letters[0].ID, To: "eval/oncall"})
	require.Eventually(t, all, 10*time.Second, time.Millisecond)
	assert.Equal(t, []string{"both r3 chat/boss moved", "eval r2 chat/oncall sent", "training r1 chat/oncall sent"}, ended(t, b, ofJob(t, 1, "train")),
		"whom somebody names is told, whatever its rule wants")
}

func TestAPatternThatIsNoneMakesDeadLettersOfItsRuleAlone(t *testing.T) {
	var f functions
	b := packedBus(t, &f, nil)
	put(t, b, "packed", packed("list", "f", [2]string{"r1/training/oncall/a", `{"data":7}`}, [2]string{"r3/both/boss/b", anyJob}))
	published(t, b, ofJob(t, 1, "train"))
	assert.Equal(t, []string{"both r3 chat/boss sent", "training r1 chat/oncall dead"}, ended(t, b, ofJob(t, 1, "train")))
	assert.Contains(t, waited(t, b, ofJob(t, 1, "train"))[1].Outcome.Reason, "rule training: one of its event patterns is none")
	put(t, b, "packed", packed("list", "f", [2]string{"r1/training/oncall/a", `{"data":7}`}))
	published(t, b, ofJob(t, 2, "train"))
	assert.Equal(t, []string{"training r1 chat/oncall dead"}, ended(t, b, ofJob(t, 2, "train")))
	assert.Len(t, f.got(), 1, "the function is not asked")
}

func TestARuleThatStandsInAListTwiceIsToldOnce(t *testing.T) {
	var f functions
	b := packedBus(t, &f, nil)
	put(t, b, "packed", packed("list", "f", [2]string{"r1/training/oncall/a", trainings}, [2]string{"r1/training/oncall/a", anyJob}, [2]string{"r1/training/oncall/a", evaluation}))
	published(t, b, ofJob(t, 1, "train"), ofJob(t, 2, "eval"))
	assert.Equal(t, []string{"training r1 chat/oncall sent"}, ended(t, b, ofJob(t, 1, "train")))
	assert.Equal(t, []string{"training r1 chat/oncall sent"}, ended(t, b, ofJob(t, 2, "eval")))
	assert.Len(t, f.got(), 2)
}

// A version that knows no parts keeps a packed target as one that nobody knows,
// and its function refuses what it is given.
func TestATargetThatWasPutBeforePartsWereKnownIsTakenApart(t *testing.T) {
	f := &functions{answers: map[string][]string{"f": {`!{"status":"failed","class":"permanent"}`}}}
	o := local.Options{Dir: t.TempDir(), Invoke: f.invoke, Identify: func(to local.Target) (local.Identity, bool) {
		if strings.Contains(to.Params[1].Value, " ") {
			return local.Identity{}, false
		}
		return byBody(to)
	}}
	b, err := local.Open(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, b.CreateEventBus(t.Context(), local.EventBus{Name: "b"}))
	ruleOf(t, b, "packed", theList())
	published(t, b, ofJob(t, 1, "train"))
	assert.Equal(t, []string{"packed packed list dead"}, ended(t, b, ofJob(t, 1, "train")))
	require.NoError(t, b.Close(context.Background()))

	var now functions
	o.Invoke, o.Split = now.invoke, byLine
	for range 2 {
		b, err = local.Open(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, []string{"packed packed list dead"}, ended(t, b, ofJob(t, 1, "train")), "what it gave up is seen")
		if len(now.got()) == 0 {
			published(t, b, ofJob(t, 2, "train"))
		}
		assert.Equal(t, []string{"both r3 chat/boss sent", "training r1 chat/oncall sent"}, ended(t, b, ofJob(t, 2, "train")))
		require.NoError(t, b.Close(context.Background()))
	}
	o.Split, o.Paused = nil, true
	b = opened(t, o)
	assert.Equal(t, []string{"both r3 chat/boss sent", "training r1 chat/oncall sent"}, ended(t, b, ofJob(t, 2, "train")), "who does not know parts reads the history all the same")
}
