package receivers

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

func TestWhatWaitsFollowsAReceiverByItsAddressAlone(t *testing.T) {
	for typ, c := range map[string]struct {
		before, after string
		counted       bool
	}{
		"dingtalk": {`{"webhook":"env:A"}`, `{"webhook":"env:A","style":"action_card"}`, true},
		"sms":      {`{"contact":{"name":"a","phone":"+8613800138000"},"sign_name":"P","template_code":"SMS_1"}`, `{"contact":{"name":"b","phone":"+8613800138000"},"sign_name":"P","template_code":"SMS_2"}`, true},
		"http":     {`{"url":"https://example.com/x","secret":"env:A"}`, `{"url":"https://EXAMPLE.com/x","secret":"env:B"}`, false},
		"email": {`{"contact":{"name":"a","email":"a@example.com"},"server":"smtp.example.com","from":"x@example.com"}`,
			`{"contact":{"name":"b","email":"a@EXAMPLE.com"},"server":"smtp.example.org","from":"y@example.com"}`, false},
	} {
		t.Run(typ, func(t *testing.T) {
			address, sender := addressOf(target.Receiver{Type: typ, Parameters: json.RawMessage(c.before)})
			after, _ := addressOf(target.Receiver{Type: typ, Parameters: json.RawMessage(c.after)})
			assert.NotEmpty(t, address)
			assert.Equal(t, address, after)
			assert.Equal(t, c.counted, sender != "", "only platforms that count messages share a queue")
		})
	}
}

const (
	theEvent  = `"event":{"id":"${jsonEscape(id)}","source":"${jsonEscape(source)}","type":"t","subject":"of ${jsonEscape(id)}","data":${data}}`
	robotA    = `{"type":"dingtalk","name":"a","parameters":{"webhook":"env:A"}}`
	robotB    = `{"type":"dingtalk","name":"b","parameters":{"webhook":"https://oapi.dingtalk.com/robot/send?access_token=\u0024{data}"}}`
	onePacked = `{"rules":[{"rule":{"name":"one","id":"r1","owner":"lab"},"patterns":[{"data":{"a":["\u0024"]}}],"targets":[` + robotA + `,` + robotB + `]},{"rule":{"name":"two"},"patterns":[{"data":{}},{"type":["t"]}],"targets":[` + robotA + `]}],` + theEvent + `}`
	oneCoarse = `{"rule":{"name":"one"},"patterns":[{"type":["t"]}],"target":` + robotA + `,` + theEvent + `}`
)

// with is a target of the local bus with a template, beside another parameter.
func with(template string) local.Target {
	return local.Target{ID: "list", Type: local.FunctionType, Params: []local.Param{
		{ResourceKey: "functionName", Form: "CONSTANT", Value: "pai-notify-dingtalk"},
		{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"id":"$.id","source":"$.source","data":"$.data"}`, Template: template},
	}}
}

func TestAPackedTargetIsTakenApartByRuleAndReceiver(t *testing.T) {
	e := []byte(`{"specversion":"1.0","id":"e1","source":"s","type":"t","data":{"a":"$"}}`)
	for name, c := range map[string]struct {
		template string
		want     []string // rule key, receiver
		patterns [][]string
	}{
		"a list":            {onePacked, []string{"r1 dingtalk/a", "r1 dingtalk/b", "two dingtalk/a"}, [][]string{{`{"data":{"a":["$"]}}`}, {`{"data":{"a":["$"]}}`}, {`{"data":{}}`, `{"type":["t"]}`}}},
		"a list of blanks":  {strings.ReplaceAll(onePacked, `,"targets"`, ", \n\"targets\""), []string{"r1 dingtalk/a", "r1 dingtalk/b", "two dingtalk/a"}, nil},
		"a coarse rule":     {oneCoarse, []string{"one dingtalk/a"}, [][]string{{`{"type":["t"]}`}}},
		"a plain one":       {strings.Replace(oneCoarse, `"patterns":[{"type":["t"]}],`, "", 1), nil, nil},
		"no patterns":       {strings.Replace(oneCoarse, `[{"type":["t"]}]`, "[]", 1), nil, nil},
		"a member too many": {strings.Replace(onePacked, `{"rules"`, `{"more":1,"rules"`, 1), nil, nil},
		"a typo inside":     {strings.Replace(onePacked, `"type":"dingtalk"`, `"typ":"x","type":"dingtalk"`, 1), nil, nil},
		"two types":         {strings.Replace(onePacked, `"dingtalk"`, `"sms"`, 1), nil, nil},
		"no name":           {strings.Replace(onePacked, `"name":"b",`, `"name":"",`, 1), nil, nil},
		"no event":          {strings.Replace(onePacked, `,`+theEvent, "", 1), nil, nil},
		"data in a text":    {strings.Replace(oneCoarse, `"of $`, `"of ${data} $`, 1), nil, nil},
		"somebody else's":   {`{"patterns":"${data}"}`, nil, nil},
		"no JSON":           {`"patterns"`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i, p := range Split(with(c.template)) {
				id, ok := Identify(p.Target)
				require.True(t, ok)
				assert.NotEmpty(t, id.Address)
				assert.Equal(t, id.RuleName, p.Rule)
				if c.patterns != nil {
					assert.Equal(t, c.patterns[i], p.Patterns)
				}
				got = append(got, id.Rule+" "+id.Receiver)
				decoded, err := event.Decode(local.Payload(p.Target, e))
				require.NoError(t, err, "its function reads it")
				it := decoded.Items[0]
				assert.Equal(t, []string{"e1", "of e1", `{"a":"$"}`}, []string{it.Event.ID(), it.Event.Subject(), string(it.Event.Data())}, "the event is as the template has it")
				assert.Equal(t, id.Rule, it.Rule.Key())
				assert.Nil(t, it.Patterns, "the bus matches them")
			}
			assert.Equal(t, c.want, got)
		})
	}
	assert.Nil(t, Split(local.Target{}))
}

func TestAReceiverThatWatchesIsGivenWhatItWatchesFor(t *testing.T) {
	watching := strings.Replace(oneCoarse, `"name":"one"`, `"name":"one","policy":{"recovered":true,"watched":["dlc.job-running","unknown.type"]}`, 1)
	parts := Split(with(watching))
	require.Len(t, parts, 1)
	require.Len(t, parts[0].Patterns, 2)
	assert.JSONEq(t, `{"type":["t"]}`, parts[0].Patterns[0])
	assert.Contains(t, parts[0].Patterns[1], "JobRunning")
	assert.Contains(t, parts[0].Target.Params[1].Template, `"patterns":[{"type":["t"]}]`, "the function tells what the rule asks for")
	again := Split(parts[0].Target)
	assert.Equal(t, parts, again, "taken apart again it is the same")
	_, ok := Identify(parts[0].Target)
	assert.True(t, ok)
}
