package bus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

var robot = target.Receiver{Type: "dingtalk", Name: "oncall", Parameters: json.RawMessage(`{"webhook":"env:HOOK"}`)}

func listOf(rules ...bus.Carried) bus.Target { return bus.Target{ID: "list", List: rules} }

func carried(name string) bus.Carried {
	return bus.Carried{Rule: event.Rule{Name: name, Owner: "lab", OnBus: "packed"}, Patterns: []string{`{"source":["acs.paidlc"]}`}, Receivers: []target.Receiver{robot}}
}

func TestAWrapperSaysOnceWhatIsOfTheWholeList(t *testing.T) {
	list := listOf(carried("one"), carried("two"))
	text, err := list.Wrapper()
	require.NoError(t, err)
	assert.Equal(t, `{"rules":[`+
		`{"rule":{"name":"one","owner":"lab","on_bus":"packed"},"patterns":[{"source":["acs.paidlc"]}],"targets":[{"type":"dingtalk","name":"oncall","parameters":{"webhook":"env:HOOK"}}]},`+
		`{"rule":{"name":"two"},"patterns":[{"source":["acs.paidlc"]}],"targets":[{"type":"dingtalk","name":"oncall","parameters":{"webhook":"env:HOOK"}}]}]}`, string(text))
	back := bus.Target{ID: "list"}
	require.True(t, back.ReadWrapper(text))
	assert.Equal(t, list, back)
	assert.Equal(t, "dingtalk", back.Type())
}

func TestAWrapperOfPatternsStandsBesideItsTarget(t *testing.T) {
	coarse := bus.Target{Rule: event.Rule{Name: "one"}, Receiver: robot, Patterns: []string{`{"data":{"a":["<b>"]}}`}}
	text, err := coarse.Wrapper()
	require.NoError(t, err)
	assert.Equal(t, `{"rule":{"name":"one"},"patterns":[{"data":{"a":["<b>"]}}],"target":{"type":"dingtalk","name":"oncall","parameters":{"webhook":"env:HOOK"}}}`, string(text))
	var back bus.Target
	require.True(t, back.ReadWrapper(text))
	assert.Equal(t, coarse, back)
	assert.Equal(t, []bus.Carried{{Rule: coarse.Rule, Patterns: coarse.Patterns, Receivers: []target.Receiver{robot}}}, back.Carries())
}

func TestATargetThatAFunctionWouldRefuseIsNotWritten(t *testing.T) {
	with := func(change func(*bus.Carried)) bus.Target {
		c := carried("two")
		change(&c)
		return listOf(carried("one"), c)
	}
	for name, c := range map[string]struct {
		target bus.Target
		says   string
	}{
		"a pattern that is no JSON":    {bus.Target{Receiver: robot, Patterns: []string{`{`}}, "is no event pattern"},
		"a pattern that is a text":     {bus.Target{Receiver: robot, Patterns: []string{`"x"`}}, "is no event pattern"},
		"a pattern of nothing":         {bus.Target{Receiver: robot, Patterns: []string{``}}, "is no event pattern"},
		"more patterns than are taken": {bus.Target{Receiver: robot, Patterns: strings.Split(strings.Repeat("{},", 1000)+"{}", ",")}, "1001 event patterns are more than the 1000"},
		"an empty list":                {bus.Target{List: []bus.Carried{}}, "the list of rules is empty"},
		"a rule beside a list":         {bus.Target{Rule: event.Rule{Name: "r"}, List: []bus.Carried{carried("one")}}, "not both"},
		"a receiver beside a list":     {bus.Target{Receiver: robot, List: []bus.Carried{carried("one")}}, "not both"},
		"a rule without a name":        {with(func(c *bus.Carried) { c.Rule.Name = "" }), "rule 2 of the list has no name"},
		"a rule without patterns":      {with(func(c *bus.Carried) { c.Patterns = nil }), "rule two: a rule of a list has event patterns and receivers"},
		"a rule without receivers":     {with(func(c *bus.Carried) { c.Receivers = nil }), "rule two: a rule of a list has event patterns and receivers"},
		"two owners":                   {with(func(c *bus.Carried) { c.Rule.Owner = "other" }), "have another owner"},
		"two catalogues":               {with(func(c *bus.Carried) { c.Rule.Catalogue.Types = []event.Type{{Name: "t"}} }), "or catalogue"},
		"two types":                    {with(func(c *bus.Carried) { c.Receivers = []target.Receiver{{Type: "sms"}} }), `a list for dingtalk targets has one of type "sms"`},
		"receivers of no type":         {listOf(bus.Carried{Rule: event.Rule{Name: "r"}, Patterns: []string{"{}"}, Receivers: []target.Receiver{{}}}), "one of type"},
		"parameters that are no JSON":  {with(func(c *bus.Carried) { c.Receivers = []target.Receiver{{Type: "dingtalk", Parameters: []byte("{")}} }), "are not JSON"},
		"more receivers than are taken": {with(func(c *bus.Carried) {
			for i := range event.MaxCarried {
				c.Receivers = append(c.Receivers, target.Receiver{Type: "dingtalk", Name: fmt.Sprint(i)})
			}
		}), "more than the 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.target.Wrapper()
			require.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "env:HOOK")
		})
	}
}
