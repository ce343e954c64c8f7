package aws

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var robot = bus.Target{
	ID: "night-shift", Function: "pai-notify-dingtalk", Rule: event.Rule{Name: "gpu-job-died"},
	Receiver: target.Receiver{Type: "dingtalk", Name: "夜班 <ops>", Language: "zh", Parameters: json.RawMessage(`{"webhook":"env:DINGTALK","a":"1 & 2 > \\u003c"}`)},
}

// onTheBus is robot as the service is given it.
const onTheBus = `{
	"Id": "night-shift",
	"Arn": "arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk",
	"InputTransformer": {"InputTemplate": "{\"rule\":{\"name\":\"gpu-job-died\"},\"target\":{\"type\":\"dingtalk\",\"name\":\"夜班 \\u003cops\\u003e\",\"language\":\"zh\",\"parameters\":{\"webhook\":\"env:DINGTALK\",\"a\":\"1 & 2 \\u003e \\\\u003c\"}},\"event\":<aws.events.event.json>}"},
	"RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
	"DeadLetterConfig": {"Arn": "arn:aws:sqs:ap-southeast-1:111122223333:undelivered"}
}`

func TestATargetIsAFunctionWithATemplateOfOneVariable(t *testing.T) {
	b, p := lab(t, 1)
	require.NoError(t, b.UpdateTargets(ctx, "lab", "rule-000", []bus.Target{robot}))
	assert.JSONEq(t, onTheBus, string(p.buses["lab"].rules["rule-000"].targets["night-shift"]))
	got, err := b.ListTargets(ctx, "lab", []string{"rule-000"})
	require.NoError(t, err)
	assert.Equal(t, []bus.Target{robot}, got["rule-000"], "to the byte")
}

func TestAlteredTargetsSayHow(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(map[string]any)
		altered string
		foreign bool
		queue   bool
	}{
		"another account's function": {change: func(m map[string]any) {
			m["Arn"] = "arn:aws:lambda:ap-southeast-1:999999999999:function:pai-notify-dingtalk"
		},
			altered: "its function is arn:aws:lambda:ap-southeast-1:999999999999:function:pai-notify-dingtalk in place of arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk"},
		"an alias of the function": {change: func(m map[string]any) { m["Arn"] = m["Arn"].(string) + ":live" },
			altered: "its function is arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk:live in place of arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk"},
		"no retries": {change: func(m map[string]any) { m["RetryPolicy"] = map[string]any{"MaximumRetryAttempts": 0} },
			altered: "its retry policy is 0 attempts in 86400 s in place of 185 attempts in 86400 s"},
		"retries by default": {change: func(m map[string]any) { delete(m, "RetryPolicy") }},
		"no dead letter queue and a role": {change: func(m map[string]any) {
			delete(m, "DeadLetterConfig")
			m["RoleArn"] = "arn:aws:iam::111122223333:role/x"
		}, altered: "its dead letter queue is none in place of arn:aws:sqs:ap-southeast-1:111122223333:undelivered; it has RoleArn"},
		"another form of the template": {change: func(m map[string]any) {
			m["InputTransformer"] = map[string]any{"InputTemplate": `{"event": <aws.events.event.json>, "rule": "gpu-job-died", "target": {"type": "dingtalk", "name": "夜班 \u003cops\u003e", "language": "zh", "parameters": {"webhook":"env:DINGTALK","a":"1 & 2 \u003e \\u003c"}}}`}
		}, altered: "its input template says the same in another form"},
		"variables of its own": {change: func(m map[string]any) {
			m["InputTransformer"].(map[string]any)["InputPathsMap"] = map[string]string{"a": "$.detail"}
		}, altered: "its input template has variables of its own"},
		"a queue": {change: func(m map[string]any) { m["Arn"] = "arn:aws:sqs:ap-southeast-1:111122223333:x" }, foreign: true, queue: true,
			altered: "it sends to arn:aws:sqs:ap-southeast-1:111122223333:x, which is no function"},
		"a function without a template": {change: func(m map[string]any) { delete(m, "InputTransformer") }, foreign: true,
			altered: "it invokes arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk without an input template"},
		"a template of somebody else": {change: func(m map[string]any) {
			m["InputTransformer"] = map[string]any{"InputTemplate": `{"text":"<aws.events.rule-name>","event":<aws.events.event.json>}`}
		}, foreign: true, altered: "it invokes arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk with an input template that is not this project's"},
		"a template of a text": {change: func(m map[string]any) {
			m["InputTransformer"] = map[string]any{"InputTemplate": `"it happened"`}
		}, foreign: true, altered: "it invokes arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk with an input template that is not this project's"},
		"an event in another place": {change: func(m map[string]any) {
			m["InputTransformer"] = map[string]any{"InputTemplate": `{"rule":"r","target":{"type":"dingtalk","name":<aws.events.event.json>}}`}
		}, foreign: true, altered: "it invokes arn:aws:lambda:ap-southeast-1:111122223333:function:pai-notify-dingtalk with an input template that is not this project's"},
	} {
		t.Run(name, func(t *testing.T) {
			b, p := lab(t, 1)
			var m map[string]any
			require.NoError(t, json.Unmarshal([]byte(onTheBus), &m))
			c.change(m)
			text, err := json.Marshal(m)
			require.NoError(t, err)
			p.buses["lab"].rules["rule-000"].targets["night-shift"] = text
			got, err := b.ListTargets(ctx, "lab", []string{"rule-000"})
			require.NoError(t, err)
			want := robot
			if c.foreign {
				want = bus.Target{ID: robot.ID, Function: robot.Function}
			}
			if c.queue {
				want.Function = ""
			}
			want.Altered = c.altered
			assert.Equal(t, []bus.Target{want}, got["rule-000"])
		})
	}
}

func TestWithoutAQueueOfItsOwnABusKeepsThatOfATarget(t *testing.T) {
	_, p := lab(t, 1)
	c := p.config()
	c.DeadLetter = ""
	b := opened(t, c)
	p.buses["lab"].rules["rule-000"].targets["night-shift"] = json.RawMessage(onTheBus)
	want := robot
	want.DeadLetter = "arn:aws:sqs:ap-southeast-1:111122223333:undelivered"
	got, err := b.ListTargets(ctx, "lab", []string{"rule-000"})
	require.NoError(t, err)
	assert.Equal(t, []bus.Target{want}, got["rule-000"])
	require.NoError(t, b.UpdateTargets(ctx, "lab", "rule-000", got["rule-000"]))
	assert.JSONEq(t, onTheBus, string(p.buses["lab"].rules["rule-000"].targets["night-shift"]))
}

func FuzzTemplate(f *testing.F) {
	f.Add("gpu", "夜班", "<a>")
	f.Add(`\u003c`, `"`, "<aws.events.event.json>")
	f.Add(`\\u003c`, "\u2028", "$.data")
	f.Fuzz(func(t *testing.T, rule, name, text string) {
		if !utf8.ValidString(rule) || !utf8.ValidString(name) || !utf8.ValidString(text) {
			t.Skip("a document is UTF-8 throughout")
		}
		parameters, err := json.Marshal(map[string]string{"text": text, text: "key"})
		require.NoError(t, err)
		pattern, err := json.Marshal(map[string]any{"data": map[string]any{text: []string{text}}})
		require.NoError(t, err)
		receiver := target.Receiver{Type: "http", Name: name, Parameters: parameters}
		coarse := bus.Target{Rule: event.Rule{Name: rule}, Receiver: receiver, Patterns: []string{string(pattern)}}
		plain := coarse
		plain.Patterns = nil
		one := event.Rule{Name: "x" + rule, Owner: name}
		other := event.Rule{Name: "y" + rule, Owner: name}
		list := bus.Target{List: []bus.Carried{{Rule: one, Patterns: coarse.Patterns, Receivers: []target.Receiver{receiver, receiver}}, {Rule: other, Patterns: coarse.Patterns, Receivers: []target.Receiver{receiver}}}}
		for _, form := range []bus.Target{plain, coarse, list} {
			written, err := template(form)
			require.NoError(t, err)
			assert.Equal(t, []string{eventVariable}, variables.FindAllString(written, -1), "variables of %s", written)
			var back bus.Target
			require.True(t, parse(written, &back))
			again, err := template(back)
			require.NoError(t, err)
			assert.Equal(t, written, again, "a target of ours that counts as altered")
			require.Len(t, back.Carries(), len(form.Carries()))
			for i, c := range back.Carries() {
				assert.Equal(t, form.Carries()[i].Rule, c.Rule)
				assert.Len(t, c.Receivers, len(form.Carries()[i].Receivers))
				assert.JSONEq(t, string(parameters), string(c.Receivers[0].Parameters))
			}
			_, err = event.Decode([]byte(strings.Replace(written, eventVariable, `{"specversion":"1.0","id":"1","source":"s","type":"t"}`, 1)))
			require.NoError(t, err, "a template that a function refuses")
		}
	})
}
