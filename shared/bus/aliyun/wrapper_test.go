package aliyun

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func oncall() bus.Target {
	return bus.Target{
		ID: "oncall", Function: "pai-notify-dingtalk",
		Rule:     event.Rule{Name: "gpu-job-died"},
		Receiver: target.Receiver{Type: "dingtalk", Name: "oncall", Language: "zh", Parameters: json.RawMessage(`{"webhook":"env:DINGTALK"}`)},
	}
}

func TestTheTemplateWrapsAnEvent(t *testing.T) {
	got, err := wrap(oncall())
	require.NoError(t, err)
	assert.Equal(t, `{"rule":{"name":"gpu-job-died"},"target":{"type":"dingtalk","name":"oncall","language":"zh","parameters":{"webhook":"env:DINGTALK"}},"event":{`+
		`"id":"${jsonEscape(id)}","source":"${jsonEscape(source)}","specversion":"${jsonEscape(specversion)}","type":"${jsonEscape(type)}",`+
		`"datacontenttype":"${jsonEscape(datacontenttype)}","dataschema":"${jsonEscape(dataschema)}","subject":"${jsonEscape(subject)}","time":"${jsonEscape(time)}",`+
		`"aliyunaccountid":"${jsonEscape(aliyunaccountid)}","aliyunoriginalaccountid":"${jsonEscape(aliyunoriginalaccountid)}","aliyuneventbusname":"${jsonEscape(aliyuneventbusname)}",`+
		`"aliyunregionid":"${jsonEscape(aliyunregionid)}","aliyunpublishtime":"${jsonEscape(aliyunpublishtime)}","aliyunpublishaddr":"${jsonEscape(aliyunpublishaddr)}",`+
		`"data":${data}}}`, got)
	var paths map[string]string
	require.NoError(t, json.Unmarshal([]byte(variables), &paths))
	assert.Equal(t, "$.id", paths["id"])
	assert.Equal(t, "$.data", paths["data"])
	assert.Len(t, paths, len(attributes)+1)
	assert.Less(t, len(variables), 10240)
}

// fill puts an event into a template as the help page "Event transformation"
// says: an attribute that is missing leaves nothing.
func fill(t *testing.T, template, text string) string {
	t.Helper()
	var attributes map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &attributes))
	return regexp.MustCompile(`\$\{(jsonEscape\()?(\w+)\)?\}`).ReplaceAllStringFunc(template, func(v string) string {
		m := regexp.MustCompile(`(\w+)\)?\}$`).FindStringSubmatch(v)
		value := attributes[m[1]]
		if len(value) > 1 && value[0] == '"' {
			return string(value[1 : len(value)-1]) // escaped already
		}
		return string(value)
	})
}

func TestAFunctionGetsRuleTargetAndEvent(t *testing.T) {
	const full = `{"id":"e-1","source":"acs.paidlc","specversion":"1.0","type":"paidlc:Job:StatusChange","datacontenttype":"application/json","subject":"say \"hi\"\n${data} 夜班","time":"2026-05-04T03:02:01Z","aliyunaccountid":"1","aliyuneventbusname":"pai-system-lab","aliyunregionid":"cn-hangzhou","data":{"Status":"Failed","Note":"${id} \"q\""}}`
	const few = `{"id":"e-2","source":"acs.paidlc","specversion":"1.0","type":"a:b:c","data":{}}`
	for name, text := range map[string]string{"an event of many attributes": full, "an event of few": few} {
		t.Run(name, func(t *testing.T) {
			odd := oncall()
			odd.Receiver.Parameters = json.RawMessage(`{"title":"${data} $.id ${jsonEscape(id)} \\u0024{x} $$"}`)
			template, err := wrap(odd)
			require.NoError(t, err)
			p, err := event.Decode([]byte(fill(t, template, text)))
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			it := p.Items[0]
			assert.Equal(t, "gpu-job-died", it.Rule.Name)
			assert.Equal(t, "dingtalk", it.Target.Type)
			assert.Equal(t, "oncall", it.Target.Name)
			assert.Equal(t, "zh", it.Target.Language)
			assert.JSONEq(t, string(odd.Receiver.Parameters), string(it.Target.Parameters))
			assert.JSONEq(t, text, string(it.Event.JSON()))
		})
	}
}

// filled is what the service makes of a template and an event with that text as
// data.
func filled(t *testing.T, data string) string {
	t.Helper()
	template, err := wrap(oncall())
	require.NoError(t, err)
	return strings.Replace(fill(t, template, `{"id":"e-1","source":"acs.paidlc","specversion":"1.0","type":"a:b:c","data":""}`), `"data":`, `"data":`+data, 1)
}

// What ${data} makes of data that is missing, or that is a text, is no JSON.
func TestDataThatIsATextReachesTheFunction(t *testing.T) {
	for data, want := range map[string]string{
		``:                                       ``,
		`it failed`:                              `"it failed"`,
		"two\nlines \"and\" quotes}":             `"two\nlines \"and\" quotes}"`,
		`17`:                                     `17`,
		`{}},"target":{"type":"x"},"event":{"a"`: `"{}},\"target\":{\"type\":\"x\"},\"event\":{\"a\""`,
	} {
		t.Run(data, func(t *testing.T) {
			p, err := event.Decode([]byte(filled(t, data)))
			require.NoError(t, err)
			require.Len(t, p.Items, 1)
			require.NoError(t, p.Items[0].Err)
			assert.Equal(t, oncall().Receiver.Name, p.Items[0].Target.Name)
			assert.Equal(t, "e-1", p.Items[0].Event.ID())
			assert.Equal(t, want, string(p.Items[0].Event.Data()))
		})
	}
}

// What has a member too many is refused. The function fails for good, which sends
// the invocation to its failure destination: the event is not lost, and nobody
// else is told.
func TestATextThatAddsMembersIsRefusedAndNotTold(t *testing.T) {
	for name, data := range map[string]string{
		"an event":             `{}},"specversion":"1.0","id":"e","source":"s","type":"t","more":{"a":{}`,
		"a test":               `{}},"test":true,"rule":{"a":{}`,
		"the end of the event": `{}},"target":{"type":"dingtalk","name":"other"},"more":{"a":{}`,
		"another source":       `{},"source":"acs.other"`,
	} {
		t.Run(name, func(t *testing.T) {
			payload := filled(t, data)
			_, err := event.Decode([]byte(payload))
			require.Error(t, err, payload)
		})
	}
}

func TestDollarsOfAReceiverAreNoVariables(t *testing.T) {
	for _, title := range []string{"${data}", `\${id}`, `\\${id}`, "$", `\u0024`, `\\u0024{id}`, "a$b$$c"} {
		quoted, err := json.Marshal(map[string]string{"title": title})
		require.NoError(t, err)
		g := oncall()
		g.Receiver.Parameters = quoted
		template, err := wrap(g)
		require.NoError(t, err)
		constants, _, found := strings.Cut(template, `,"event":{"id":"$`)
		require.True(t, found)
		assert.NotContains(t, constants, "$")
		back, ok := Unwrap(template)
		require.True(t, ok)
		assert.Equal(t, string(quoted), string(back[0].Receivers[0].Parameters))
	}
}

func TestWhatIsNoWrapperIsNotReadAsOne(t *testing.T) {
	for _, template := range []string{"", "{}", "${data}", `{"text":"${name}"}`, `{"rule":"r","target":{},"event":${data}}`, `{"rule":`,
		`{"rules":[],"event":${data}}`, `{"rules":[{"rule":"r","patterns":[{}],"targets":[]}],"event":${data}}`, `{"rules":[{"rule":"r","targets":[{"type":"x"}]}],"target":{"type":"x"},"event":${data}}`} {
		carried, ok := Unwrap(template)
		assert.False(t, ok, template)
		assert.Nil(t, carried)
	}
}

func TestParametersThatAreNoJSONAreRefused(t *testing.T) {
	g := oncall()
	g.Receiver.Parameters = json.RawMessage(`{"webhook":`)
	_, err := wrap(g)
	assert.EqualError(t, err, "aliyun: the parameters of receiver oncall are not JSON")
}

// packed are the forms of a target that carries more than a rule and a receiver.
func packed() map[string]bus.Target {
	coarse, list := oncall(), oncall()
	coarse.Patterns = []string{`{"source":["acs.paidlc"],"data":{"Name":[{"prefix":"${id}"}]}}`, `{"data":{"Cost":[{"numeric":["<",5]}]}}`}
	own := event.Rule{Name: "gpu-job-died", Owner: "lab", OnBus: "packed"}
	other := event.Rule{Name: "other", ID: "r2", Owner: "lab", OnBus: "packed"}
	list.Rule, list.Receiver = event.Rule{}, target.Receiver{}
	list.List = []bus.Carried{
		{Rule: own, Patterns: coarse.Patterns, Receivers: []target.Receiver{oncall().Receiver}},
		{Rule: other, Patterns: coarse.Patterns[1:], Receivers: []target.Receiver{oncall().Receiver}},
	}
	return map[string]bus.Target{"coarse": coarse, "a list": list}
}

func TestAFunctionGetsPatternsAndLists(t *testing.T) {
	for name, packed := range packed() {
		t.Run(name, func(t *testing.T) {
			template, err := wrap(packed)
			require.NoError(t, err)
			for _, data := range []string{`{"Note":"${id}"}`, `it failed`, ``, `{}},"rules":[{"a":"`} {
				payload := strings.Replace(fill(t, template, `{"id":"e-1","source":"acs.paidlc","specversion":"1.0","type":"a:b:c","data":""}`), `"data":}`, `"data":`+data+`}`, 1)
				p, err := event.Decode([]byte(payload))
				require.NoError(t, err, payload)
				require.Len(t, p.Items, 1)
				require.NoError(t, p.Items[0].Err)
				assert.Equal(t, "e-1", p.Items[0].Event.ID())
				var got []bus.Carried
				for _, c := range p.Items[0].Carried() {
					one := bus.Carried{Rule: c.Rule}
					for _, pattern := range c.Patterns {
						one.Patterns = append(one.Patterns, unescapeDollar(string(pattern)))
					}
					for _, to := range c.Targets {
						one.Receivers = append(one.Receivers, target.Receiver{Type: to.Type, Name: to.Name, Language: "zh", Parameters: to.Parameters})
					}
					got = append(got, one)
				}
				want, err := json.Marshal(packed.Carries())
				require.NoError(t, err)
				have, err := json.Marshal(got)
				require.NoError(t, err)
				assert.JSONEq(t, string(want), string(have))
			}
		})
	}
}
