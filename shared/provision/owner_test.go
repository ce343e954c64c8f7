package provision_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func TestTwoOwnersMayApplyAtOnce(t *testing.T) {
	for range 20 {
		m := bustest.NewMemory()
		clash := ruleOf("died", robots(0, 7))
		mine := parse(t, clash+","+ruleOf("mine", robots(0, 7)))
		theirs := parse(t, clash+","+ruleOf("theirs", robots(0, 7)), `"owner": "team-b"`)
		var all sync.WaitGroup
		errs := make(chan error, 2)
		for _, w := range []*workspace.Workspace{mine, theirs} {
			all.Go(func() { errs <- apply(t.Context(), m, w, provision.Options{}) })
		}
		all.Wait()
		close(errs)
		failed := 0
		for err := range errs {
			if err != nil {
				failed++
				require.ErrorContains(t, err, "belongs to the owner")
			}
		}
		assert.Equal(t, 1, failed, "the rule is the one's or the other's")
		_, owner, _ := strings.Cut(m.Rules[busName+"/died"].Description, "[pai-notify:")
		w := map[string]*workspace.Workspace{"lab]": mine, "team-b]": theirs}[owner]
		require.NotNil(t, w, owner)
		settled(t, m, w, provision.Options{})
	}
}

func TestTheRulesOfOthersAreNotTouched(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, m.CreateEventBus(t.Context(), bus.EventBus{Name: busName, Description: "PAI"}))
	others := map[string]bus.Rule{}
	for _, r := range []bus.Rule{
		{Name: "pai-rule-1", Description: "made by PAI", Pattern: `{"source":["a"]}`, Enabled: true},
		{Name: "died--2", Description: "made by hand", Pattern: `{"source":["a"]}`, Enabled: true},
		{Name: "theirs", Description: "theirs [pai-notify:team-b]", Pattern: `{"source":["a"]}`, Enabled: true},
	} {
		require.NoError(t, m.CreateRule(t.Context(), busName, r))
		others[busName+"/"+r.Name] = r
	}
	w := parse(t, ruleOf("died", robots(0, 12)))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []provision.Foreign{{Rule: "died--2"}, {Rule: "pai-rule-1"}, {Rule: "theirs", Owner: "team-b"}}, p.Foreign)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
	assert.Contains(t, m.Rules, busName+"/died--3", "a number that is taken is left out")
	assert.Equal(t, "PAI", m.Buses[busName].Description, "the bus is adopted as it is")

	remove(t, m, provision.Options{Owner: "lab"})
	assert.Equal(t, others, m.Rules)
	assert.Contains(t, m.Buses, busName)
}

func TestABusOfOursGoesWithItsLastRule(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 1))), provision.Options{}))
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("lost", robots(0, 1))), provision.Options{Owner: "second"}))
	remove(t, m, provision.Options{Owner: "second"})
	assert.Equal(t, []string{busName + "/died"}, slices.Collect(maps.Keys(m.Rules)))
	remove(t, m, provision.Options{Owner: "lab"})
	assert.Empty(t, m.Rules)
	assert.Empty(t, m.Buses)
	remove(t, m, provision.Options{Owner: "lab"}) // nothing is there any more
}

func TestABusOfAnotherOwnerThatIsLeftIsTold(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 1)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	d := provision.Provisioner{Cloud: provision.Cloud{Bus: m}, Workspace: w, Options: provision.Options{Owner: "team-a", TakeOver: "lab"}}
	p, err := d.Plan(t.Context())
	require.NoError(t, err)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))

	d.Options.TakeOver = ""
	p, err = d.Removal(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, p.Warnings, 1)
	assert.Equal(t, `the bus pai-system-lab stays, because it was created for the owner "lab": when nobody uses it any more, delete it with --take-over lab`, p.Warnings[0].Text)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	d.Options.TakeOver = "lab"
	p, err = d.Removal(t.Context(), "")
	require.NoError(t, err)
	assert.Empty(t, p.Warnings)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	assert.Empty(t, m.Buses)
}

func TestADocumentWithAnotherOwner(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 1))+","+ruleOf("old", robots(0, 1)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	renamed := parse(t, ruleOf("died", robots(0, 2)), `"owner": "team-a"`)

	t.Run("is refused with the remedy", func(t *testing.T) {
		before := maps.Clone(m.Rules)
		_, err := plan(t.Context(), m, renamed, provision.Options{})
		require.ErrorContains(t, err, `the rule died on the bus pai-system-lab belongs to the owner "lab", and this document to "team-a": take it over (--take-over lab), or set "owner: lab" in the document`)
		assert.Equal(t, before, m.Rules)
	})
	t.Run("takes the rules over when told to", func(t *testing.T) {
		o := provision.Options{TakeOver: "lab"}
		p, err := plan(t.Context(), m, renamed, o)
		require.NoError(t, err)
		require.Contains(t, p.Steps, provision.Step{Action: provision.Change, Kind: "rule", Rule: "died", Differences: []provision.Difference{{Property: "owner", Old: "lab", New: "team-a"}}})
		require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
		settled(t, m, renamed, provision.Options{})
		assert.NotContains(t, m.Rules, busName+"/old", "a rule of the owner taken over that the document does not have")
	})
}

func TestARuleMadeByHandKeepsItsName(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, m.CreateEventBus(t.Context(), bus.EventBus{Name: busName}))
	require.NoError(t, m.CreateRule(t.Context(), busName, bus.Rule{Name: "died"}))
	_, err := plan(t.Context(), m, parse(t, ruleOf("died", robots(0, 1))), provision.Options{TakeOver: "lab"})
	require.ErrorContains(t, err, "already has a rule died, which was made by hand or by PAI: give the document's rule another name")
}

// A target that somebody added by hand to a rule of ours has only an id and what
// is to be said about it.
func TestDeletingARuleLeavesTheOthersAsTheyAre(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 2))+","+ruleOf("lost", robots(0, 2)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	byHand := bus.Target{ID: "pager", Altered: "a target of type acs.mns.queue"}
	m.Targets[busName+"/lost"]["pager"] = byHand
	d := provision.Provisioner{Cloud: provision.Cloud{Name: provision.Aliyun, Bus: m}, Workspace: w}
	p, err := d.Removal(t.Context(), "died")
	require.NoError(t, err)
	assert.Equal(t, []provision.Step{{Action: provision.Delete, Kind: "rule", Rule: "died"}}, p.Steps)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	assert.Equal(t, byHand, m.Targets[busName+"/lost"]["pager"])
	assert.Len(t, m.Targets[busName+"/lost"], 3)
}
