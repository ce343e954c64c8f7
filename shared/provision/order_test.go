package provision_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestARuleIsEnabledOnlyWithItsTargets(t *testing.T) {
	w := parse(t, ruleOf("died", robots(0, 7))+","+ruleOf("lost", robots(0, 2)))
	all := map[string]int{busName + "/died": 5, busName + "/died--2": 2, busName + "/lost": 2}
	for k := 1; ; k++ {
		m := bustest.NewMemory()
		m.Watch = func() {
			for name, r := range m.Rules {
				assert.True(t, !r.Enabled || len(m.Targets[name]) == all[name], "%s is enabled with %d targets", name, len(m.Targets[name]))
			}
		}
		m.After = func(number int, action string) error {
			if number >= k+1 {
				return &bus.Error{Kind: bus.Other, Action: action}
			}
			return nil
		}
		err := apply(t.Context(), m, w, provision.Options{})
		m.After = nil
		require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
		if err == nil {
			return
		}
	}
}

func TestATargetThatIsRenamedIsNeverAway(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", []string{"a", "b"})), provision.Options{}))
	m.Watch = func() { assert.GreaterOrEqual(t, len(m.Targets[busName+"/died"]), 2) }
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", []string{"a", "c"})), provision.Options{}))
}

func TestAFullRuleGivesUpATargetFirst(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 5))), provision.Options{}))
	w := parse(t, ruleOf("died", robots(2, 7)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	settled(t, m, w, provision.Options{})
	assert.Len(t, m.Rules, 1)
}

func TestAFullRuleIsNeverShortOfMoreThanOneTarget(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 5))), provision.Options{}))
	least := 5
	m.Watch = func() { least = min(least, len(m.Targets[busName+"/died"])) }
	w := parse(t, ruleOf("died", robots(5, 10)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	assert.Equal(t, 4, least)
	settled(t, m, w, provision.Options{})
}

func TestCreationsWhoseAnswersAreLostAreFoundDone(t *testing.T) {
	m := bustest.NewMemory()
	lost := 0
	var rules []string
	for i := range 20 {
		rules = append(rules, ruleOf(fmt.Sprintf("rule-%02d", i), robots(0, 1)))
	}
	m.After = func(_ int, action string) error {
		if strings.HasPrefix(action, "Create") {
			lost++
			return &bus.Error{Kind: bus.Unavailable, Action: action, Cause: errCut}
		}
		return nil
	}
	w := parse(t, strings.Join(rules, ","))
	require.NoError(t, apply(t.Context(), bus.WithRetry(m, atOnce), w, provision.Options{}))
	assert.Equal(t, 21, lost)
	m.After = nil
	settled(t, m, w, provision.Options{})
}

func TestWhatSomebodyChangesMeanwhileIsPutRight(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 3))+","+ruleOf("lost", robots(0, 2)))
	done := false
	m.After = func(_ int, action string) error {
		if action == "EnableRule" && !done {
			done = true
			delete(m.Targets[busName+"/died"], "robot-01")
		}
		return nil
	}
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	require.True(t, done)
	settled(t, m, w, provision.Options{})
}

func TestARuleThatIsDeletedMeanwhileIsMadeAgain(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 3))), provision.Options{}))
	w := parse(t, ruleOf("died", robots(0, 4)))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	require.NoError(t, m.DeleteRule(t.Context(), busName, "died"))
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
}

func TestARuleThatGoesWhileTheBusIsReadIsNoFailure(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 7)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	m.Before = func(_ int, action string) error {
		if _, there := m.Rules[busName+"/died--2"]; there && action == "ListTargets" {
			delete(m.Rules, busName+"/died--2")
			delete(m.Targets, busName+"/died--2")
			return &bus.Error{Kind: bus.NotFound, Action: "events:ListTargetsByRule"}
		}
		return nil
	}
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, 1, p.Unchanged)
	assert.Equal(t, "died--2", p.Steps[0].Rule)
}

func TestABusThatNeverStaysAsWantedIsTold(t *testing.T) {
	m := bustest.NewMemory()
	m.After = func(_ int, action string) error {
		if action == "UpdateTargets" {
			delete(m.Targets[busName+"/died"], "robot-01")
		}
		return nil
	}
	err := apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 3))), provision.Options{})
	require.ErrorContains(t, err, "accepted every call but still differs from the plan: somebody else may be changing it")
	assert.NotContains(t, err.Error(), "nothing was changed", "an earlier round did")
}

func TestARuleThatAppearsMeanwhileIsNotTaken(t *testing.T) {
	m := bustest.NewMemory()
	p, err := plan(t.Context(), m, parse(t, ruleOf("died", robots(0, 1))), provision.Options{})
	require.NoError(t, err)
	require.NoError(t, m.CreateEventBus(t.Context(), bus.EventBus{Name: busName}))
	require.NoError(t, m.CreateRule(t.Context(), busName, bus.Rule{Name: "died", Description: "by hand"}))
	err = provision.Cloud{Bus: m}.Apply(t.Context(), p, nil)
	require.ErrorContains(t, err, "which was made by hand or by PAI")
	assert.Equal(t, "by hand", m.Rules[busName+"/died"].Description)
	assert.Empty(t, m.Targets[busName+"/died"])
}
