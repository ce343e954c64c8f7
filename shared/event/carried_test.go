package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

const (
	onePattern = `{"source":["acs.paidlc"]}`
	oneTarget  = `{"type":"dingtalk","name":"oncall","parameters":{"webhook":"env:HOOK"}}`
	before     = `"rule":{"name":"gpu-died","id":"r1"},"patterns":[` + onePattern + `,{"source":["acs.paidsw"]}],"target":` + oneTarget
	coarse     = `{` + before + `,"event":` + cloudEvent + `}`
	firstRule  = `{"rule":{"name":"one","owner":"lab","on_bus":"dlc","catalogue":{"types":[{"name":"dlc.job-failed","severity":"warning"}]}},"patterns":[` + onePattern + `],"targets":[` + oneTarget + `,{"type":"dingtalk","name":"boss"}]}`
	secondRule = `{"rule":{"name":"two","id":"r2"},"patterns":[{"data":{"Status":["Failed"]}}],"targets":[` + oneTarget + `]}`
	list       = `{"rules":[` + firstRule + `,` + secondRule + `],"event":` + cloudEvent + `}`
)

func TestAWrapperCarriesPatternsBesideATarget(t *testing.T) {
	for name, payload := range map[string]string{
		"by itself":           coarse,
		"in an array":         `[` + coarse + `]`,
		"in a queue":          sqs(coarse),
		"in a failure record": `{"requestPayload":` + coarse + `}`,
		"around an envelope":  `{` + before + `,"event":` + enveloped + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := event.Decode([]byte(payload))
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			it := p.Items[0]
			require.NoError(t, it.Err)
			assert.Equal(t, "e1", it.Event.ID())
			assert.Equal(t, "r1", it.Rule.Key())
			assert.Equal(t, "oncall", it.Target.Name)
			assert.Equal(t, []json.RawMessage{json.RawMessage(onePattern), json.RawMessage(`{"source":["acs.paidsw"]}`)}, it.Patterns)
			assert.Equal(t, []event.Carried{{Rule: it.Rule, Patterns: it.Patterns, Targets: []event.Target{*it.Target}}}, it.Carried())
		})
	}
}

func TestAWrapperCarriesAListOfRules(t *testing.T) {
	for name, payload := range map[string]string{
		"by itself":           list,
		"in an array":         `[` + list + `]`,
		"in a queue":          sqs(list),
		"in a failure record": `{"requestPayload":` + quoted(list) + `}`,
		"around an envelope":  strings.Replace(list, cloudEvent, enveloped, 1),
	} {
		t.Run(name, func(t *testing.T) {
			p, err := event.Decode([]byte(payload))
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			it := p.Items[0]
			require.NoError(t, it.Err)
			assert.Equal(t, "e1", it.Event.ID())
			assert.Nil(t, it.Target)
			require.Len(t, it.List, 2)
			one, two := it.List[0], it.List[1]
			assert.Equal(t, []string{"one", "r2"}, []string{one.Rule.Key(), two.Rule.Key()})
			assert.Equal(t, []string{"lab", "dlc", "lab", "dlc"}, []string{one.Rule.Owner, one.Rule.OnBus, two.Rule.Owner, two.Rule.OnBus}, "the first says it for all")
			assert.Equal(t, one.Rule.Catalogue, two.Rule.Catalogue)
			assert.Equal(t, []string{"oncall", "boss"}, []string{one.Targets[0].Name, one.Targets[1].Name})
			assert.Equal(t, it.List, it.Carried())
		})
	}
}

func TestAWrapperThatCarriesSomethingElseIsRefused(t *testing.T) {
	wrap := func(rules ...string) string {
		return `{"rules":[` + strings.Join(rules, ",") + `],"event":` + cloudEvent + `}`
	}
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	for name, c := range map[string]struct{ payload, says string }{
		"no patterns":                       {`{"rule":"r","patterns":[],"target":{},"event":` + cloudEvent + `}`, `"patterns" of the wrapper is empty`},
		"patterns that are no list":         {`{"rule":"r","patterns":{},"target":{},"event":` + cloudEvent + `}`, `"patterns" of the wrapper must be a list`},
		"patterns that are null":            {`{"rule":"r","patterns":null,"target":{},"event":` + cloudEvent + `}`, `"patterns" of the wrapper must be a list`},
		"a pattern that is a text":          {`{"rule":"r","patterns":["{}"],"target":{},"event":` + cloudEvent + `}`, `has a string where an event pattern was expected`},
		"patterns twice":                    {`{` + before + `,"patterns":[{}],"event":` + cloudEvent + `}`, `the wrapper has "patterns" twice`},
		"patterns without a target":         {`{"rule":"r","patterns":[{}],"event":` + cloudEvent + `}`, `stand beside one`},
		"patterns in a test":                {`{"test":true,"rule":"r","patterns":[{}],"target":{}}`, `in no connectivity test`},
		"a test that is neither":            {`{"rule":"r","target":{},"test":{},"event":` + cloudEvent + `}`, `"test" of the wrapper must be true or false`},
		"too many patterns":                 {`{"rule":"r","patterns":[` + many(1001, "{}") + `],"target":{},"event":` + cloudEvent + `}`, `more than 1000 event patterns`},
		"a list beside a target":            {`{"rules":[` + firstRule + `],"target":` + oneTarget + `,"event":` + cloudEvent + `}`, `the wrapper has a member "target": it has "rules" and "event"`},
		"a list beside a rule":              {`{"rule":"r","rules":[` + firstRule + `],"event":` + cloudEvent + `}`, `the wrapper has a member "rule"`},
		"a list to be tested":               {`{"test":true,"rules":[` + firstRule + `],"event":` + cloudEvent + `}`, `the wrapper has a member "test"`},
		"two lists":                         {`{"rules":[` + firstRule + `],"rules":[` + firstRule + `],"event":` + cloudEvent + `}`, `the wrapper has "rules" twice`},
		"a list of nothing":                 {wrap(), `"rules" is empty`},
		"a list that is none":               {`{"rules":{},"event":` + cloudEvent + `}`, `"rules" must be a list`},
		"a rule that is a text":             {wrap(`"one"`), `rule 1 of the wrapper's "rules" must be an object`},
		"a rule without a name":             {wrap(firstRule, `{"rule":{},"patterns":[{}],"targets":[{}]}`), `"rule" of rule 2 of the wrapper's "rules" must be a name`},
		"a rule without patterns":           {wrap(`{"rule":"r","targets":[{}]}`), `must have "rule", "patterns" and "targets"`},
		"a rule of no patterns":             {wrap(`{"rule":"r","patterns":[],"targets":[{}]}`), `"patterns" of rule 1 of the wrapper's "rules" is empty`},
		"a rule without targets":            {wrap(`{"rule":"r","patterns":[{}]}`), `must have "rule", "patterns" and "targets"`},
		"a rule of no targets":              {wrap(`{"rule":"r","patterns":[{}],"targets":[]}`), `"targets" of rule 1 of the wrapper's "rules" is empty`},
		"targets that are no list":          {wrap(`{"rule":"r","patterns":[{}],"targets":{}}`), `"targets" of rule 1 of the wrapper's "rules" must be a list`},
		"a target that is a text":           {wrap(`{"rule":"r","patterns":[{}],"targets":["x"]}`), `"target" must be an object`},
		"a target with a typo":              {wrap(`{"rule":"r","patterns":[{}],"targets":[{"typ":"x"}]}`), `unknown member "typ"`},
		"a rule with more in it":            {wrap(`{"rule":"r","pattern":[{}],"patterns":[{}],"targets":[{}]}`), `rule 1 of the wrapper's "rules" has a member "pattern"`},
		"a rule's patterns twice":           {wrap(`{"rule":"r","patterns":[{}],"patterns":[{}],"targets":[{}]}`), `has "patterns" twice`},
		"targets of two types":              {wrap(firstRule, `{"rule":"r","patterns":[{}],"targets":[{"type":"sms"}]}`), `targets of two types, "dingtalk" and "sms"`},
		"a later rule of another owner":     {wrap(firstRule, `{"rule":{"name":"r","owner":"other"},"patterns":[{}],"targets":[`+oneTarget+`]}`), `the first rule says those for all`},
		"a later rule's own catalogue":      {wrap(firstRule, `{"rule":{"name":"r","catalogue":{"types":[]}},"patterns":[{}],"targets":[`+oneTarget+`]}`), `the first rule says those for all`},
		"too many rules":                    {wrap(many(10_000, secondRule)), `more than 1000 targets`},
		"too many targets":                  {wrap(`{"rule":"r","patterns":[{}],"targets":[` + many(10_000, "{}") + `]}`), `has more than 1000`},
		"too many patterns of all together": {wrap(many(2, `{"rule":"r","patterns":[`+many(600, "{}")+`],"targets":[{}]}`)), `1000 patterns together`},
		"an event that says it twice":       {`{"rules":[` + firstRule + `],"event":` + strings.Replace(cloudEvent, `"data"`, `"source":"x","data"`, 1) + `}`, `twice`},
		"a list that would be an event":     {`{"rules":[` + firstRule + `],"event":` + cloudEvent + `,"specversion":"1.0","id":"1","source":"s","type":"t"}`, `the wrapper has a member "specversion"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := event.Decode([]byte(c.payload))
			require.ErrorContains(t, err, c.says)
		})
	}
}

// The receivers of lists are notifications each: a queue's batch of lists is held
// to what a function can do in one invocation.
func TestABatchOfListsIsBoundedByItsReceivers(t *testing.T) {
	targets := strings.TrimSuffix(strings.Repeat(`{"type":"t","name":"n"},`, 1000), ",")
	one := `{"rules":[{"rule":"r","patterns":[{}],"targets":[` + targets + `]}],"event":` + cloudEvent + `}`
	p, err := event.Decode([]byte(listOf(9, one)))
	require.NoError(t, err)
	assert.Len(t, p.Items, 9)
	_, err = event.Decode([]byte(listOf(10, one)))
	assert.ErrorContains(t, err, "more than 10000 events")
}

// A template has no quotes around the data: what is a text there must not become
// a member of the wrapper.
func TestTextInATemplateOfEitherFormStaysText(t *testing.T) {
	const attributes = `"id":"e1","source":"acs.paidlc","specversion":"1.0","type":"t","subject":"","data":`
	forms := map[string]string{
		"patterns": before,
		"a list":   `"rules":[` + firstRule + `,` + secondRule + `]`,
	}
	for form, carried := range forms {
		for _, text := range []string{``, `it failed`, "two\nlines \"and\" quotes}", `}},"rules":[{}`, `{}},"target":{"type":"x"},"event":{"a"`} {
			t.Run(form+" and "+text, func(t *testing.T) {
				p, err := event.Decode([]byte(`{` + carried + `,"event":{` + attributes + text + `}}`))
				require.NoError(t, err)
				require.Len(t, p.Items, 1)
				require.NoError(t, p.Items[0].Err)
				assert.Equal(t, strings.TrimSpace(text), p.Items[0].Event.Text())
				assert.Equal(t, "oncall", p.Items[0].Carried()[0].Targets[0].Name)
			})
		}
		for name, data := range map[string]string{
			"rules":          `{}},"rules":[` + secondRule + `],"more":{"a":{}`,
			"patterns":       `{}},"patterns":[{}],"more":{"a":{}`,
			"no more":        `{}},"patterns":[{"source":["none"]}],"test":{"a":{}`,
			"a target":       `{}},"target":{"type":"dingtalk","parameters":{}`,
			"an event":       `{}},"event":{"a":{}`,
			"a rule":         `{}},"rule":{"a":{}`,
			"another source": `{},"source":"acs.other"`,
		} {
			t.Run(form+" and data that adds "+name, func(t *testing.T) {
				_, err := event.Decode([]byte(`{` + carried + `,"event":{` + attributes + data + `}}`))
				assert.Error(t, err)
			})
		}
	}
}

// A function of an earlier version must not take the coarse rule for all that is
// wanted: this is the check of its wrapper as it stood.
func TestAnEarlierFunctionRefusesWhatItDoesNotKnow(t *testing.T) {
	earlier := func(payload string) error {
		for name := range event.Each([]byte(payload)) {
			if name != "rule" && name != "target" && name != "event" && name != "test" {
				return fmt.Errorf("event: the wrapper has a member %.40q: it has \"rule\", \"target\" and \"event\"", name)
			}
		}
		if event.Member([]byte(payload), "event") == nil {
			return errors.New("no event")
		}
		return nil
	}
	require.NoError(t, earlier(wrapper))
	assert.ErrorContains(t, earlier(coarse), `a member "patterns"`)
	assert.ErrorContains(t, earlier(list), `a member "rules"`)
}
