package provision_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// saying writes a rule for robots that says what it is for and what it shows.
func saying(name, description, title, fields string, robots ...string) string {
	return fmt.Sprintf(`{"name":%q,"source":"dlc","events":["job-failed"],"description":%q,"title":%s,"fields":%s,"targets":[%s]}`, name, description, title, fields, strings.Join(robots, ","))
}

func TestTargetsCarryWhatTheirRuleSays(t *testing.T) {
	w := parse(t, saying("died", "Look at these.", `["name",{"path":"Envs.TEAM"}]`, `["reason",{"key":"user","label":{"en":"Who","zh":"谁"}}]`, robotA, robotB))
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	settled(t, m, w, provision.Options{})
	for _, target := range m.Targets[busName+"/died"] {
		assert.Equal(t, event.Rule{
			Name: "died", Owner: "lab", Description: "Look at these.",
			Title:  []event.Fact{{Key: "name"}, {Path: "Envs.TEAM"}},
			Fields: []event.Fact{{Key: "reason"}, {Key: "user", Label: event.Label{EN: "Who", ZH: "谁"}}},
		}, target.Rule)
	}
	assert.Equal(t, "Look at these. [pai-notify:lab]", m.Rules[busName+"/died"].Description)
}

func TestAPlanNamesWhatMessagesWillSay(t *testing.T) {
	const before = `["reason",{"key":"user","label":"Who"}]`
	for name, c := range map[string]struct {
		after string
		want  provision.Difference
	}{
		"another description": {
			saying("died", "Look at these now.", `"name"`, before, robotA),
			provision.Difference{Property: "description in messages", Old: "Look at these.", New: "Look at these now."},
		},
		"another title": {
			saying("died", "Look at these.", `["name",{"path":"Envs.TEAM"}]`, before, robotA),
			provision.Difference{Property: "title of messages", Old: "name", New: "name, Envs.TEAM"},
		},
		"another label": {
			saying("died", "Look at these.", `"name"`, `["reason",{"key":"user","label":{"en":"Who","zh":"谁"}}]`, robotA),
			provision.Difference{Property: "fields of messages", Old: `reason, user as "Who"`, New: `reason, user as {"en":"Who","zh":"谁"}`},
		},
		"a path instead of the key of that name": {
			saying("died", "Look at these.", `"name"`, `[{"path":"reason"},{"key":"user","label":"Who"}]`, robotA),
			provision.Difference{Property: "fields of messages", Old: `reason, user as "Who"`, New: `{path: reason}, user as "Who"`},
		},
		"a label with signs of HTML": {
			saying("died", "Look at these.", `"name"`, `["reason",{"key":"user","label":"<b> & co"}]`, robotA),
			provision.Difference{Property: "fields of messages", Old: `reason, user as "Who"`, New: `reason, user as "<b> & co"`},
		},
		"the last of a long list": {
			saying("died", "Look at these.", `"name"`, `["reason",{"key":"user","label":"Who"},{"path":"`+strings.Repeat("a.", 99)+`a"}]`, robotA),
			provision.Difference{Property: "fields of messages", Old: "…", New: "…, " + strings.Repeat("a.", 98) + "…"},
		},
		"another order": {
			saying("died", "Look at these.", `"name"`, `[{"key":"user","label":"Who"},"reason"]`, robotA),
			provision.Difference{Property: "fields of messages", Old: `reason, user as "Who"`, New: `user as "Who", reason`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, parse(t, saying("died", "Look at these.", `"name"`, before, robotA)), provision.Options{}))
			w := parse(t, c.after)
			p, err := plan(t.Context(), m, w, provision.Options{})
			require.NoError(t, err)
			last := p.Steps[len(p.Steps)-1]
			assert.Equal(t, "target", last.Kind)
			assert.Equal(t, []provision.Difference{c.want}, last.Differences)
			m.Watch = func() { assert.Len(t, m.Targets[busName+"/died"], 1, "nobody is told twice, and nobody not at all") }
			require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
			settled(t, m, w, provision.Options{})
		})
	}
}

func TestABusOfAVersionThatCarriedNoDescriptionIsBroughtOverInPlace(t *testing.T) {
	w := parse(t, strings.Replace(written("died", robotA+","+textC00), `"source"`, `"description":"Look at these.","source"`, 1))
	m := bustest.NewMemory()
	stands(t, m, w, "died", "Look at these. [pai-notify:lab]", `dingtalk dingtalk {"webhook":"env:A"}`, "sms-c00 "+oldText)
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"change target died dingtalk", "change target died sms-c00"}, steps(p))
	assert.Contains(t, p.Steps[1].Differences, provision.Difference{Property: "description in messages", New: "Look at these."})
	m.Watch = func() { assert.Len(t, m.Targets[busName+"/died"], 2) }
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
}

func TestEachRuleOfAListSaysWhatItIsFor(t *testing.T) {
	var rules []string
	for i := range 4 {
		rules = append(rules, saying(fmt.Sprintf("rule-%d", i), fmt.Sprintf("For $%d <team>.", i), `"name"`, fmt.Sprintf(`[{"path":"Envs.T%d"}]`, i), robotA))
	}
	w := parse(t, strings.Join(rules, ","))
	m := small(1, 10240)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	require.Len(t, m.Rules, 1)
	for _, target := range m.Targets[busName+"/shared--dlc"] {
		require.Len(t, target.List, 4)
		for i, c := range target.List {
			assert.Equal(t, fmt.Sprintf("For $%d <team>.", i), c.Rule.Description)
			assert.Equal(t, []event.Fact{{Path: fmt.Sprintf("Envs.T%d", i)}}, c.Rule.Fields)
		}
	}
	settled(t, m, w, provision.Options{})

	changed := parse(t, strings.Replace(strings.Join(rules, ","), "Envs.T2", "Envs.TEAM", 1))
	p, err := plan(t.Context(), m, changed, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"change target shared--dlc dingtalk"}, steps(p))
	assert.Equal(t, []provision.Difference{{Property: "rule rule-2: fields of messages", Old: "Envs.T2", New: "Envs.TEAM"}}, p.Steps[0].Differences)
}

// Twenty-five rules fit into what one bus rule carries, and would not with what each is
// for: that a message says this counts less than that there is one.
func TestDescriptionsGiveWayWhereTheBusHasNoRoomForThem(t *testing.T) {
	rules := func(fields string) string {
		var list []string
		for i := range 25 {
			list = append(list, saying(fmt.Sprintf("rule-%02d", i), strings.Repeat("é", 200), `"name"`, fields, robotA))
		}
		return strings.Join(list, ",")
	}
	m := small(1, 10240)
	m.Quotas.TargetsPerRule = 1
	w := parse(t, rules(`"reason"`))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	assert.Contains(t, warnings(p), "no-descriptions")
	for _, target := range m.Targets[busName+"/shared--dlc"] {
		require.Len(t, target.List, 25)
		for _, c := range target.List {
			assert.Empty(t, c.Rule.Description)
			assert.Equal(t, []event.Fact{{Key: "reason"}}, c.Rule.Fields)
		}
	}
	settled(t, m, w, provision.Options{})

	_, err = plan(t.Context(), m, parse(t, rules(`[{"path":"`+strings.Repeat("a.", 90)+`a"}]`)), provision.Options{})
	require.ErrorContains(t, err, "the bus pai-system-lab may have 1 rules")

	m = bustest.NewMemory()
	m.Quotas.Wrapper = 300
	_, err = plan(t.Context(), m, parse(t, saying("died", "x", `"name"`, `[{"path":"`+strings.Repeat("a.", 90)+`a"}]`, robotA)), provision.Options{})
	require.ErrorContains(t, err, "the document's catalogue, 202 the rule's title and fields, ")
}

// A list of phones that is full without descriptions would have to be two with them,
// and a phone that moves misses what comes in between.
func TestAnUpgradeMovesNoPhoneForTheSakeOfDescriptions(t *testing.T) {
	rules := func(description string) string {
		var list []string
		for i := range 20 {
			list = append(list, fmt.Sprintf(`{"name":"rule-%02d","source":"dlc","events":["job-failed"],"scope":{"created_by":["%d"]},"description":%q,"targets":[%s]}`, i, i, description, textC00))
		}
		return strings.Join(list, ",")
	}
	m := small(1, 8192)
	require.NoError(t, apply(t.Context(), m, parse(t, rules("x")), provision.Options{}))
	require.Len(t, slices.Collect(maps.Keys(m.Targets[busName+"/shared--dlc"])), 1)
	w := parse(t, rules(strings.Repeat("x", 200)))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.NotContains(t, warnings(p), "moved-phone")
	assert.Contains(t, warnings(p), "no-descriptions")
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	assert.Equal(t, []string{"sms"}, slices.Collect(maps.Keys(m.Targets[busName+"/shared--dlc"])))
	settled(t, m, w, provision.Options{})
}
