package provision_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// identified writes an id into a rule.
func identified(rule, id string) string {
	return strings.Replace(rule, `"source"`, `"id":"`+id+`","source"`, 1)
}

// onBus returns the ids of the targets on a bus by "<rule>/<receiver>".
func onBus(m *bustest.Memory) map[string]string {
	ids := map[string]string{}
	for _, targets := range m.Targets {
		for id, t := range targets {
			ids[t.Rule.Key()+"/"+t.Receiver.Name] = id
		}
	}
	return ids
}

func TestAnInsertedTargetInheritsNothing(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, written("died", robotA+","+robotB)), provision.Options{}))
	p, err := plan(t.Context(), m, parse(t, written("died", robotC+","+robotB+","+robotA)), provision.Options{})
	require.NoError(t, err)
	require.Len(t, p.Steps, 1)
	assert.Equal(t, provision.Create, p.Steps[0].Action)
	assert.Regexp(t, `^dingtalk-[0-9a-f]{10}$`, p.Steps[0].Target)
}

func TestANewTargetTakesNoIDOfOneThatGoes(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, written("died", robotA))
	stands(t, m, w, "died", "[pai-notify:lab]", `dingtalk dingtalk {"webhook":"env:A"}`)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	p, err := plan(t.Context(), m, parse(t, written("died", `{"type":"dingtalk","name":"dingtalk","webhook":"env:NEW"}`)), provision.Options{})
	require.NoError(t, err)
	require.Len(t, p.Steps, 2)
	assert.Equal(t, provision.Create, p.Steps[0].Action)
	assert.Regexp(t, `^dingtalk-[0-9a-f]{8}$`, p.Steps[0].Target)
	assert.Equal(t, "dingtalk", p.Steps[1].Target)
}

func TestARuleThatIsRenamedStaysWhereItIs(t *testing.T) {
	before := written("died", robotA+","+textC00)
	for name, c := range map[string]struct {
		after, key, warns string
	}{
		"with its old name for an id":   {identified(written("night", robotA+","+textC00), "died"), "died", ""},
		"with an id given later":        {identified(before, "r-7"), "r-7", `notifications of rule died get new ids, so an event that a cloud delivers again may reach its phones twice; to keep the ids, write "id: died" into the rule`},
		"with a name and an id at once": {identified(written("night", robotA+","+textC00), "r.7"), "r.7", `write "id: died" into the rule`},
		"without an id":                 {written("night", robotA+","+textC00), "night", `notifications of rule night get new ids`},
		"and with other words":          {strings.Replace(written("night", robotA+","+textC00), `"env:A"`, `"env:A","style":"action_card"`, 1), "night", `write "id: died"`},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, parse(t, before), provision.Options{}))
			w := parse(t, c.after)
			p, err := plan(t.Context(), m, w, provision.Options{})
			require.NoError(t, err)
			for _, s := range p.Steps {
				assert.Equal(t, provision.Change, s.Action, "%v", s)
			}
			if c.warns == "" {
				assert.Empty(t, p.Warnings)
			} else {
				require.Len(t, p.Warnings, 1)
				assert.Contains(t, p.Warnings[0].Text, c.warns)
			}
			m.Watch = func() { assert.Len(t, m.Targets[busName+"/died"], 2) }
			require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
			m.Watch = nil
			assert.Equal(t, map[string]string{c.key + "/dingtalk-A": "dingtalk-A", c.key + "/sms-c00": "sms-c00"}, onBus(m))
			settled(t, m, w, provision.Options{})

			d := provision.Provisioner{Cloud: provision.Cloud{Bus: m}, Workspace: w}
			for _, called := range []string{w.Rules[0].Name, w.Rules[0].Key()} {
				changed, err := d.Switch(t.Context(), called, false)
				require.NoError(t, err)
				assert.Equal(t, []string{"died"}, changed)
				changed, err = d.Switch(t.Context(), called, true)
				require.NoError(t, err)
				assert.Equal(t, []string{"died"}, changed)
			}
			gone, err := d.Removal(t.Context(), w.Rules[0].Name)
			require.NoError(t, err)
			assert.Equal(t, []string{"delete rule died"}, steps(gone))
			require.NoError(t, apply(t.Context(), m, parse(t, written("other", robotB)), provision.Options{}))
			assert.NotContains(t, m.Rules, busName+"/died", "a rule that the document has no more goes, whatever it is called")
		})
	}
}

func TestANameThatARuleKeptOnTheBusIsNotTakenTwice(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, written("died", robotA)), provision.Options{}))
	require.NoError(t, apply(t.Context(), m, parse(t, identified(written("died", robotA), "r7")), provision.Options{}))
	w := parse(t, identified(written("night", robotA), "r7")+","+written("died", robotB))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	settled(t, m, w, provision.Options{})
	assert.Len(t, m.Rules, 2)
	assert.Equal(t, "r7", m.Targets[busName+"/died"]["dingtalk-A"].Rule.Key())
	holds(t, m, w)
}

func TestAnIDThatIsNoNameOnABusBecomesOne(t *testing.T) {
	w := parse(t, identified(written("night", robotA), "r.7_a--b"))
	s := wanted(t, w, provision.Options{}, bustest.NewMemory().Quotas)
	assert.Regexp(t, `^r-7-a-b-[0-9a-f]{8}$`, s.Rules[0].Name)
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	settled(t, m, w, provision.Options{})
}

func TestWhatIsNotTouchedKeepsItsID(t *testing.T) {
	// targets are what rules choose from; each is somebody for good, however it is
	// written from one document to the next.
	targets := func(r *rand.Rand) []string {
		style := []string{"", `,"style":"action_card"`}[r.IntN(2)]
		return []string{
			`{"type":"dingtalk","webhook":"env:A"` + style + `}`, `{"type":"dingtalk","webhook":"env:B"` + style + `}`,
			`{"type":"dingtalk","webhook":"https://oapi.dingtalk.com/robot/send?access_token=c"` + style + `}`,
			fmt.Sprintf(`{"type":"dingtalk","name":"oncall","webhook":"env:ROTATED_%d"}`, r.IntN(3)),
			`{"type":"dingtalk","name":"dingtalk","webhook":"env:D"}`, `{"type":"dingtalk","name":"dingtalk-2","webhook":"env:E"}`,
			`{"type":"sms","contacts":["c00","c01","c02"],"sign_name":"PAI","template_code":"SMS_1"}`,
			fmt.Sprintf(`{"type":"sms","name":"urgent","contacts":["c00"],"sign_name":"PAI","template_code":"SMS_%d"}`, r.IntN(3)),
		}
	}
	r := rand.New(rand.NewPCG(21, 22))
	for range 15 {
		m := bustest.NewMemory()
		before := map[string]string{}
		for range 6 {
			var rules []string
			for i := range 2 + r.IntN(2) {
				all := targets(r)
				var some []string
				for _, at := range r.Perm(len(all))[:1+r.IntN(len(all))] {
					some = append(some, all[at])
				}
				var scope []string
				for _, id := range r.Perm(9)[:1+r.IntN(9)] {
					scope = append(scope, fmt.Sprintf("\"20%02d\"", id))
				}
				name := []string{"day", "night"}[r.IntN(2)] + fmt.Sprint(i)
				rule := identified(written(name, strings.Join(some, ",")), fmt.Sprintf("r%d", i))
				rules = append(rules, strings.Replace(rule, `"targets"`, `"scope":{"created_by":[`+strings.Join(scope, ",")+`]},"targets"`, 1))
			}
			w := parse(t, strings.Join(rules, ","))
			require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
			settled(t, m, w, provision.Options{})
			holds(t, m, w)
			after := onBus(m)
			for receiver, id := range after {
				if was, stood := before[receiver]; stood {
					assert.Equal(t, was, id, receiver)
				}
			}
			before = after
			for name := range m.Rules { // somebody edits the texts
				rule := m.Rules[name]
				rule.Description = []string{rule.Description, "", "checked " + rule.Description + " in May", "x"}[r.IntN(4)]
				m.Rules[name] = rule
			}
		}
	}
}

func TestAPhoneIsNeverToldTwiceWhileRulesChange(t *testing.T) {
	of := func(name, events string, more ...string) string {
		return strings.Replace(written(name, strings.Join(append(more, textC00), ",")), `["job-failed"]`, events, 1)
	}
	for name, c := range map[string]struct {
		before, after string
		warns         bool
	}{
		"a rule takes the place of another with other targets": {of("died", `["job-failed"]`), of("night", `["job-failed"]`, robotA), true},
		"a rule takes over some of another's events":           {of("died", `["job-failed","job-timeout"]`), of("night", `["job-failed"]`), true},
		"a phone goes from one rule to another": {
			of("a", `["job-failed"]`, robotA) + "," + strings.Replace(of("b", `["job-failed"]`, robotA), ","+textC00, "", 1),
			strings.Replace(of("a", `["job-failed"]`, robotA), ","+textC00, "", 1) + "," + of("b", `["job-failed"]`, robotA), true,
		},
		"rules about other events": {of("died", `["job-failed"]`), of("night", `["job-timeout"]`), false},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, parse(t, c.before), provision.Options{}))
			w := parse(t, c.after)
			p, err := plan(t.Context(), m, w, provision.Options{})
			require.NoError(t, err)
			if c.warns {
				require.Len(t, p.Warnings, 1)
				assert.Contains(t, p.Warnings[0].Text, "so that nobody is texted or called twice: this phone misses events in between")
			} else {
				assert.Empty(t, p.Warnings)
			}
			m.Watch = func() {
				for i := range probes {
					n := 0
					for key, is := range m.Rules {
						for _, target := range m.Targets[key] {
							if is.Enabled && target.Receiver.Type == "sms" && matches(is.Pattern, i) {
								n++
							}
						}
					}
					assert.LessOrEqual(t, n, 1, "texts about one event")
				}
			}
			require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
			settled(t, m, w, provision.Options{})
			holds(t, m, w)
		})
	}
}

func TestTargetsOfOthersStayOnOurRules(t *testing.T) {
	queue := bus.Target{ID: "robot-03", Altered: "a target of type acs.mns.queue"}
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 3))), provision.Options{}))
	require.NoError(t, m.UpdateTargets(t.Context(), busName, "died", []bus.Target{queue}))
	still := func() { assert.Equal(t, queue, m.Targets[busName+"/died"]["robot-03"]) }

	w := parse(t, ruleOf("died", robots(0, 5)))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []provision.Foreign{{Rule: "died", Owner: "lab", Target: "robot-03", Text: "a target of type acs.mns.queue"}}, p.Foreign)
	m.Watch = still
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	m.Watch = nil
	assert.Len(t, m.Targets[busName+"/died"], 5, "it takes one of the five places")
	assert.Len(t, m.Targets[busName+"/died--2"], 1)
	settled(t, m, w, provision.Options{})
	holds(t, m, w)

	t.Run("when the document has the rule no more", func(t *testing.T) {
		w := parse(t, ruleOf("lost", robots(0, 1)))
		p, err := plan(t.Context(), m, w, provision.Options{})
		require.NoError(t, err)
		require.Len(t, p.Warnings, 1)
		assert.Contains(t, p.Warnings[0].Text, "rule died is no longer in the document, but stays on the bus for targets that somebody added to it: robot-03")
		require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
		assert.Len(t, m.Targets[busName+"/died"], 1)
		assert.NotContains(t, m.Rules, busName+"/died--2")
		settled(t, m, w, provision.Options{})
		require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 2))), provision.Options{}), "the rule can come back")
		assert.Len(t, m.Targets[busName+"/died"], 3)
	})
	t.Run("when everything of ours goes", func(t *testing.T) {
		remove(t, m, provision.Options{Owner: "lab"})
		assert.Equal(t, map[string]bus.Target{"robot-03": queue}, m.Targets[busName+"/died"])
		assert.Contains(t, m.Buses, busName)
	})
}

func TestACopyOfARuleIsReportedAndGoesOnRequest(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 7)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	copied := m.Rules[busName+"/died"]
	copied.Name = "for-night"
	m.Rules[busName+"/for-night"], m.Targets[busName+"/for-night"] = copied, maps.Clone(m.Targets[busName+"/died"])

	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Empty(t, p.Steps)
	assert.Equal(t, []provision.Foreign{{Rule: "for-night", Owner: "lab", CopyOf: "died"}}, p.Foreign)
	require.Len(t, p.Warnings, 1)
	assert.Equal(t, "rule for-night is a copy of died that somebody made on the bus: events that match both are sent twice; --delete-copies deletes it", p.Warnings[0].Text)
	_, err = plan(t.Context(), m, parse(t, ruleOf("for-night", robots(0, 1))), provision.Options{})
	require.ErrorContains(t, err, "has a rule for-night, which somebody made as a copy of died: have it deleted (--delete-copies)")
	list, err := provision.Provisioner{Cloud: provision.Cloud{Bus: m}, Workspace: w}.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "died", list[2].CopyOf)
	assert.False(t, list[2].Ours)

	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("lost", robots(0, 1))), provision.Options{}))
	assert.Contains(t, m.Rules, busName+"/for-night", "also when what it is a copy of is gone")
	p, err = plan(t.Context(), m, w, provision.Options{DeleteCopies: true})
	require.NoError(t, err)
	assert.Contains(t, steps(p), "delete rule for-night")
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
}

func TestRulesAreTakenOverOneByOne(t *testing.T) {
	m := bustest.NewMemory()
	theirs := ruleOf("died", robots(0, 7)) + "," + ruleOf("old", robots(0, 1))
	require.NoError(t, apply(t.Context(), m, parse(t, theirs), provision.Options{}))
	mine := parse(t, ruleOf("died", robots(0, 7)), `"owner": "team-a"`)
	_, err := plan(t.Context(), m, mine, provision.Options{})
	require.ErrorContains(t, err, "--take-over lab/died takes over this rule alone")
	_, err = plan(t.Context(), m, mine, provision.Options{TakeOver: "lab/old"})
	require.ErrorContains(t, err, "the document has no rule old to take over lab/old as")

	require.NoError(t, apply(t.Context(), m, mine, provision.Options{TakeOver: "lab/died"}))
	settled(t, m, mine, provision.Options{})
	assert.Contains(t, m.Rules, busName+"/old", "the other rules stay who they were of")
	for _, rule := range []string{"died", "died--2"} {
		assert.Equal(t, "[pai-notify:team-a]", m.Rules[busName+"/"+rule].Description)
		for _, target := range m.Targets[busName+"/"+rule] {
			assert.Equal(t, "team-a", target.Rule.Owner)
		}
	}
	_, err = plan(t.Context(), m, parse(t, theirs), provision.Options{})
	require.ErrorContains(t, err, `belongs to the owner "team-a"`)
	for _, bad := range []string{"lab/", "lab/a b", "/died x"} {
		assert.Error(t, provision.Options{TakeOver: bad}.Check(), bad)
	}
}

func TestADeskReadsTheTargetsOfAllRulesInOneRequest(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, ruleOf("died", robots(0, 7)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	for i := range 20 {
		require.NoError(t, m.CreateRule(t.Context(), busName, bus.Rule{Name: fmt.Sprintf("by-hand-%d", i)}))
	}
	m.Calls = map[string]int{}
	_, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"GetEventBus": 1, "ListRules": 1, "ListTargets": 1}, m.Calls)
}
