package provision_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// stands puts a rule onto a bus as versions did that carried neither an owner nor
// an id: its targets are "id type parameters".
func stands(t *testing.T, m *bustest.Memory, w *workspace.Workspace, rule, description string, targets ...string) {
	t.Helper()
	if _, found := m.Buses[busName]; !found {
		m.Buses[busName] = bus.EventBus{Name: busName, Description: "Events of the PAI workspace lab. [pai-notify:lab]"}
	}
	key := busName + "/" + rule
	m.Rules[key] = bus.Rule{Name: rule, Description: description, Pattern: w.Rules[0].Patterns()[0].String(), Enabled: true}
	m.Targets[key] = map[string]bus.Target{}
	document, _, _ := strings.Cut(rule, "--")
	for _, one := range targets {
		id, rest, _ := strings.Cut(one, " ")
		typ, parameters, _ := strings.Cut(rest, " ")
		m.Targets[key][id] = bus.Target{
			ID: id, Function: "pai-notify-" + typ, Rule: event.Rule{Name: document},
			Receiver: target.Receiver{Type: typ, Name: id, Language: "en", Parameters: json.RawMessage(parameters)},
		}
	}
}

func written(name, targets string) string {
	return fmt.Sprintf(`{"name":%q,"source":"dlc","events":["job-failed"],"targets":[%s]}`, name, targets)
}

// steps are those of a plan: "<action> <thing> <rule> <target>".
func steps(p provision.Plan) []string {
	list := []string{}
	for _, s := range p.Steps {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", s.Action, s.Kind, s.Rule, s.Target)))
	}
	return list
}

// warnings are the codes of what a plan warns of.
func warnings(p provision.Plan) []string {
	list := []string{}
	for _, w := range p.Warnings {
		list = append(list, w.Code)
	}
	return list
}

const (
	robotA  = `{"type":"dingtalk","webhook":"env:A"}`
	robotB  = `{"type":"dingtalk","webhook":"env:B"}`
	robotC  = `{"type":"dingtalk","webhook":"https://oapi.dingtalk.com/robot/send?access_token=c"}`
	textC00 = `{"type":"sms","contacts":["c00"],"sign_name":"PAI","template_code":"SMS_1"}`

	oldText = `sms {"contact":{"name":"c00","phone":"+8613800138000"},"sign_name":"PAI","template_code":"SMS_1"}`
)

func TestABusOfAnEarlierVersionIsBroughtOverInPlace(t *testing.T) {
	w := parse(t, written("died", strings.Join([]string{robotC, robotB, robotA, textC00}, ",")))
	m := bustest.NewMemory()
	stands(t, m, w, "died", "[pai-notify:lab]",
		`dingtalk dingtalk {"webhook":"env:A"}`, `dingtalk-2 dingtalk {"webhook":"env:B"}`,
		`dingtalk-3 dingtalk {"webhook":"https://OAPI.dingtalk.com/robot/send?access_token=c&timestamp=1"}`, "sms-c00 "+oldText)
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"change target died dingtalk", "change target died dingtalk-2", "change target died dingtalk-3", "change target died sms-c00"}, steps(p))
	assert.Equal(t, []provision.Difference{{Property: "owner", New: "lab"}, {Property: "name", Old: "dingtalk-2", New: "dingtalk-B"}}, p.Steps[1].Differences)
	assert.Equal(t, []provision.Difference{{Property: "owner", New: "lab"}}, p.Steps[3].Differences)
	assert.Empty(t, p.Warnings)
	m.Watch = func() { assert.Len(t, m.Targets[busName+"/died"], 4, "nobody is told twice, and nobody not at all") }
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	assert.JSONEq(t, `{"webhook":"env:B"}`, string(m.Targets[busName+"/died"]["dingtalk-2"].Receiver.Parameters))
	settled(t, m, w, provision.Options{})
}

func TestAnOrdinalThatIsANameNowIsNoReasonToSwap(t *testing.T) {
	// Until now A was "dingtalk" and B "dingtalk-2". B is called as A was.
	w := parse(t, written("died", robotA+`,{"type":"dingtalk","name":"dingtalk","webhook":"env:B"}`))
	m := bustest.NewMemory()
	stands(t, m, w, "died", "[pai-notify:lab]", `dingtalk dingtalk {"webhook":"env:A"}`, `dingtalk-2 dingtalk {"webhook":"env:B"}`)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	assert.Equal(t, "dingtalk-A", m.Targets[busName+"/died"]["dingtalk"].Receiver.Name)
	assert.Equal(t, "dingtalk", m.Targets[busName+"/died"]["dingtalk-2"].Receiver.Name)
	settled(t, m, w, provision.Options{})
}

func TestARuleOfAnEarlierVersionIsOursWithoutItsMark(t *testing.T) {
	w := parse(t, written("died", robotA))
	for name, c := range map[string]struct {
		description string
		change      func(t *bus.Target)
		ours        bool
	}{
		"the mark at its end":                     {"x [pai-notify:lab]", nil, true},
		"a mark in the middle":                    {"x [pai-notify:lab] (checked)", nil, true},
		"no mark, our function, the rule's name":  {"checked", nil, true},
		"no mark and another function":            {"checked", func(t *bus.Target) { t.Function = "other-dingtalk" }, false},
		"no mark and the name of another rule":    {"checked", func(t *bus.Target) { t.Rule.Name = "other" }, false},
		"somebody else's mark":                    {"[pai-notify:team-b]", nil, false},
		"somebody else's owner and our mark":      {"[pai-notify:lab]", func(t *bus.Target) { t.Rule.Owner = "team-b" }, false},
		"our owner and somebody else's mark":      {"[pai-notify:team-b]", func(t *bus.Target) { t.Rule.Owner = "lab" }, true},
		"no mark and a function that is not ours": {"checked", func(t *bus.Target) { *t = bus.Target{ID: "dingtalk", Function: "pai-notify-dingtalk", Altered: "x"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			stands(t, m, w, "died", c.description, `dingtalk dingtalk {"webhook":"env:A"}`)
			if c.change != nil {
				one := m.Targets[busName+"/died"]["dingtalk"]
				c.change(&one)
				m.Targets[busName+"/died"]["dingtalk"] = one
			}
			p, err := plan(t.Context(), m, w, provision.Options{})
			if !c.ours {
				require.ErrorAs(t, err, new(provision.Refusal))
				return
			}
			require.NoError(t, err)
			require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
			assert.Equal(t, "[pai-notify:lab]", m.Rules[busName+"/died"].Description)
			assert.Len(t, m.Targets[busName+"/died"], 1)
			settled(t, m, w, provision.Options{})
		})
	}
}
