package aliyun

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

const serviceForm = "acs:fc:{region}:{account}:services/default.LATEST/functions/{function} serviceName=default functionName={function} InvocationType=Async DataFormat=Object"

func TestTheFormOfFunctionTargetsCanBeGiven(t *testing.T) {
	f, err := ParseFunctionForm(serviceForm)
	require.NoError(t, err)
	p := newPeer(t)
	b := p.bus(t, keyID, secret, func(c *Config) { c.FunctionForm = f })
	require.NoError(t, b.CreateEventBus(ctx, bus.EventBus{Name: "pai-system-lab"}))
	require.NoError(t, b.CreateRule(ctx, "pai-system-lab", bus.Rule{Name: "r", Pattern: `{"source":["a"]}`}))
	want := bus.Target{ID: "one", Function: "pai-notify-dingtalk", Rule: event.Rule{Name: "r"}, Receiver: target.Receiver{Type: "dingtalk", Name: "group", Parameters: json.RawMessage(`{"webhook":"https://oapi.dingtalk.com/robot/send?access_token=Hunter7"}`)}}
	require.NoError(t, b.UpdateTargets(ctx, "pai-system-lab", "r", []bus.Target{want}))

	have, err := b.ListTargets(ctx, "pai-system-lab", []string{"r"})
	require.NoError(t, err)
	assert.Equal(t, "pai-notify-dingtalk", have["r"][0].Function)
	assert.Empty(t, have["r"][0].Altered)

	told, err := b.Addresses(ctx, "pai-system-lab", []string{"r"})
	require.NoError(t, err)
	require.Len(t, told, 1)
	assert.True(t, told[0].Ours)
	assert.Equal(t, serviceForm, told[0].Form)
	assert.Equal(t, "acs:fc:"+region+":"+account+":services/default.LATEST/functions/pai-notify-dingtalk", told[0].Endpoint)
	text, err := json.Marshal(told)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "Hunter7")

	// Under the inferred form the same target is another one, so that an apply
	// brings it over.
	inferredBus := p.bus(t, keyID, secret)
	have, err = inferredBus.ListTargets(ctx, "pai-system-lab", []string{"r"})
	require.NoError(t, err)
	assert.Equal(t, "pai-notify-dingtalk", have["r"][0].Function)
	assert.Contains(t, have["r"][0].Altered, "endpoint")
	told, err = inferredBus.Addresses(ctx, "pai-system-lab", []string{"r"})
	require.NoError(t, err)
	assert.False(t, told[0].Ours)
}

func TestAFormWithoutTheFunctionsParameterIsReadFromTheEndpoint(t *testing.T) {
	f, err := ParseFunctionForm("acs:fc:{region}:{account}:functions/{function}/LATEST InvocationType=Async")
	require.NoError(t, err)
	c := Config{Region: region, Account: account}
	assert.Equal(t, "f", f.function(c, stored{Endpoint: "acs:fc:" + region + ":" + account + ":functions/f/LATEST"}))
	assert.Empty(t, f.function(c, stored{Endpoint: "acs:fc:elsewhere:" + account + ":functions/f/LATEST"}))
}

func TestFormsThatCannotWorkAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ form, says string }{
		"no function":      {"acs:fc:{region}:{account}:functions/f InvocationType=Async", "{function}"},
		"no endpoint":      {"functionName={function}", "endpoint"},
		"other braces":     {"acs:fc:{region}:{account}:functions/{function} serviceName={service} InvocationType=Async", "braces"},
		"a body":           {"acs:{function} Body=x InvocationType=Async", "Body"},
		"synchronous":      {"acs:{function} InvocationType=Sync", "Async"},
		"no invocation":    {"acs:{function}", "missing"},
		"lists of events":  {"acs:{function} InvocationType=Async DataFormat=ObjectList", "one event"},
		"a word alone":     {"acs:{function} InvocationType=Async serviceName", "name=value"},
		"a parameter more": {"acs:{function} InvocationType=Async a=1 a=2", "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseFunctionForm(c.form)
			assert.ErrorContains(t, err, c.says)
		})
	}
	f, err := ParseFunctionForm("")
	require.NoError(t, err)
	assert.Equal(t, inferred, f)
}

func TestTargetsOfEveryTypeAreToldWithoutTheirSecrets(t *testing.T) {
	const token = "Hunter7"
	b := tracing(t, func(string, url.Values) (any, string) {
		return map[string]any{"RuleName": "r", "Targets": []any{
			map[string]any{"Id": "a", "Type": "acs.dingtalk", "Endpoint": "https://oapi.dingtalk.com/robot/send?access_token=" + token, "ParamList": []any{
				map[string]any{"ResourceKey": "URL", "Form": "CONSTANT", "Value": "https://oapi.dingtalk.com/robot/send?access_token=" + token},
				map[string]any{"ResourceKey": "SecretKey", "Form": "CONSTANT", "Value": token},
			}},
			map[string]any{"Id": "b", "Type": "acs.something.new", "Endpoint": token + ":rest"},
			map[string]any{"Id": "c", "Type": "acs.fc.function", "Endpoint": "acs:fc:" + region + ":" + account + ":functions/mine", "ParamList": []any{
				map[string]any{"ResourceKey": "serviceName", "Form": "CONSTANT", "Value": "mine"},
				map[string]any{"ResourceKey": "InvocationType", "Form": "CONSTANT", "Value": "Async"},
				map[string]any{"ResourceKey": "Body", "Form": "TEMPLATE", "Value": "{}", "Template": token},
			}},
		}}, ""
	})
	told, err := b.Addresses(ctx, "pai-system-lab", []string{"r"})
	require.NoError(t, err)
	require.Len(t, told, 3)
	text, err := json.Marshal(told)
	require.NoError(t, err)
	assert.NotContains(t, string(text), token)
	assert.Equal(t, "https://oapi.dingtalk.com/…", told[0].Endpoint)
	assert.Equal(t, "acs:fc:{region}:{account}:functions/{function} serviceName={function} InvocationType=Async DataFormat=Object", told[2].Form)
	assert.False(t, told[2].Ours)
	f, err := ParseFunctionForm(told[2].Form)
	require.NoError(t, err, "what is told can be given")
	endpoint, _ := f.of(b.config, "mine")
	assert.Equal(t, told[2].Endpoint, endpoint)
	assert.Empty(t, asForm(b.config, stored{Endpoint: "acs:fc:x:'; rm -rf ~; ':functions/f"}), "it is copied into a shell")
}
