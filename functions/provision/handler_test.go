package provision_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	fn "github.com/pai-notify/pai-notify/functions/provision"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// on returns the opener of a cloud whose bus is m and whose functions answer
// with the name they were invoked by.
func on(m *bustest.Memory) fn.Open {
	return func(context.Context, string) (provision.Cloud, error) {
		return provision.Cloud{
			Name: provision.Aliyun, Region: "cn-hangzhou", Account: "1", Bus: m,
			Invoke: func(_ context.Context, name string, payload []byte) ([]byte, bool, error) {
				if name == "pai-notify-sms" {
					return []byte(`{"status":"failed","reason":"no such template"}`), true, nil
				}
				answer, err := json.Marshal(map[string]any{"status": "sent", "function": name, "payload": json.RawMessage(payload)})
				return answer, false, err
			},
		}, nil
	}
}

func document(rules ...string) string {
	return fmt.Sprintf(`{"workspace":"lab","quota":100,"contacts":[{"name":"alice","phone":"+8613800138000"}],"rules":[%s]}`, strings.Join(rules, ","))
}

// invoke hands the function a payload and reads its answer, also of a failure.
func invoke(t *testing.T, open fn.Open, payload string) (fn.Answer, error) {
	t.Helper()
	t.Setenv(fn.PayloadVariable, "yes")
	return ask(t, open, payload)
}

// ask does so where the payload is not trusted.
func ask(t *testing.T, open fn.Open, payload string) (fn.Answer, error) {
	t.Helper()
	text, err := fn.Handler(open)(t.Context(), []byte(payload))
	if err != nil {
		text = []byte(err.Error())
	}
	var a fn.Answer
	require.NoError(t, json.Unmarshal(text, &a), string(text))
	return a, err
}

func TestTheFunctionProvisionsAWorkspace(t *testing.T) {
	m := bustest.NewMemory()
	open := on(m)
	doc := document(ruleOf("died", 7, "alice"))
	with := func(action, more string) string {
		return fmt.Sprintf(`{"action":%q,"workspace":%s%s}`, action, doc, more)
	}

	a, err := invoke(t, open, with("plan", ""))
	require.NoError(t, err)
	assert.True(t, a.Changed)
	assert.Len(t, a.Plan.Steps, 11, "a bus, two rules, eight targets")
	assert.Empty(t, m.Rules)

	a, err = invoke(t, open, with("apply", ""))
	require.NoError(t, err)
	assert.True(t, a.Changed)
	a, err = invoke(t, open, with("apply", ""))
	require.NoError(t, err)
	assert.False(t, a.Changed)
	assert.Equal(t, 2, a.Plan.Unchanged)

	a, err = invoke(t, open, with("list", ""))
	require.NoError(t, err)
	require.Len(t, a.Rules, 2)
	assert.Equal(t, provision.ListedTarget{ID: "robot-00", Function: "pai-notify-dingtalk", Receiver: "dingtalk/robot-00"}, a.Rules[0].Targets[0])

	a, err = invoke(t, open, with("disable", `,"rule":"died"`))
	require.NoError(t, err)
	assert.Equal(t, []string{"died", "died--2"}, a.Names)
	assert.False(t, m.Rules[busName+"/died--2"].Enabled)
	_, err = invoke(t, open, with("enable", `,"rule":"died"`))
	require.NoError(t, err)
	assert.True(t, m.Rules[busName+"/died--2"].Enabled)

	a, err = invoke(t, open, with("test", `,"target":"dingtalk/robot-03"`))
	require.NoError(t, err)
	require.Len(t, a.Tests, 1)
	assert.JSONEq(t, `{"status":"sent","function":"pai-notify-dingtalk","payload":{"test":true,"rule":{"name":"died","owner":"lab"},"target":{"type":"dingtalk","name":"robot-03","language":"en","parameters":{"signing_key":"env:DINGTALK_SIGNING_KEY","webhook":"env:ROBOT_03"}}}}`, string(a.Tests[0].Outcome))

	a, err = invoke(t, open, with("test", `,"target":"sms"`))
	require.NoError(t, err)
	assert.Equal(t, "it costs money: say yes to test it", a.Tests[0].Skipped)
	a, err = invoke(t, open, with("test", `,"target":"sms","yes":true`))
	require.Error(t, err)
	assert.True(t, a.Tests[0].Failed)
	assert.Contains(t, string(a.Tests[0].Outcome), "no such template")

	a, err = invoke(t, open, with("delete", ""))
	require.Error(t, err)
	assert.Contains(t, a.Error, `say "yes": true`)
	_, err = invoke(t, open, with("delete", `,"yes":true`))
	require.NoError(t, err)
	assert.Empty(t, m.Rules)
	assert.Empty(t, m.Buses)
}

func TestOneRuleCanBeDeleted(t *testing.T) {
	m := bustest.NewMemory()
	applied(t, m, document(ruleOf("died", 7), ruleOf("lost", 1)), "lab")
	doc := document(ruleOf("died", 1))
	_, err := invoke(t, on(m), fmt.Sprintf(`{"action":"delete","rule":"died","yes":true,"workspace":%s}`, doc))
	require.NoError(t, err)
	assert.Len(t, m.Rules, 1)
	assert.Contains(t, m.Rules, busName+"/lost")
	a, err := invoke(t, on(m), fmt.Sprintf(`{"action":"delete","rule":"died","yes":true,"workspace":%s}`, doc))
	require.Error(t, err)
	assert.Contains(t, a.Error, `has no rule died of the owner "lab"`)
}

func TestTheFunctionSaysWhatIsWrong(t *testing.T) {
	doc := document(ruleOf("died", 1))
	for name, c := range map[string]struct {
		payload string
		fail    bus.Kind
		says    string
		typ     string
	}{
		"no JSON":                    {"apply", 0, "the payload cannot be read", "Permanent"},
		"a key it does not know":     {`{"action":"apply","document":{}}`, 0, `unknown field "document"`, "Permanent"},
		"more than an object":        {`{"action":"plan"} {}`, 0, "more after the payload", "Permanent"},
		"an action it does not know": {fmt.Sprintf(`{"action":"aply","workspace":%s}`, doc), 0, `there is no action "aply": use status, plan`, "Permanent"},
		"no document":                {`{"action":"plan"}`, 0, "json -w workspace.yaml > build/provision/workspace.json", "Permanent"},
		"a wrong document":           {`{"action":"plan","workspace":{"workspace":"lab"}}`, 0, `key "rules" is missing`, "Permanent"},
		"an owner with a bracket":    {fmt.Sprintf(`{"action":"plan","owner":"a]","workspace":%s}`, doc), 0, `invalid owner "a]"`, "Permanent"},
		"a prefix with a colon":      {fmt.Sprintf(`{"action":"plan","functions":"a:","workspace":%s}`, doc), 0, `invalid function prefix "a:"`, "Permanent"},
		"a rule to enable":           {fmt.Sprintf(`{"action":"enable","workspace":%s}`, doc), 0, "name the rule to enable", "Permanent"},
		"EventBridge not activated":  {fmt.Sprintf(`{"action":"apply","workspace":%s}`, doc), bus.NotActivated, "has not activated EventBridge: open https://eventbridge.console.aliyun.com", "Permanent"},
		"a missing permission":       {fmt.Sprintf(`{"action":"apply","workspace":%s}`, doc), bus.Denied, "lacks the permission eventbridge:GetEventBus", "Permanent"},
		"no credentials":             {fmt.Sprintf(`{"action":"apply","workspace":%s}`, doc), bus.NoCredentials, "set credentials for the account", "Permanent"},
		"no answer":                  {fmt.Sprintf(`{"action":"apply","workspace":%s}`, doc), bus.Unavailable, "check the network and the region cn-hangzhou", "Transient"},
		"throttling":                 {fmt.Sprintf(`{"action":"apply","workspace":%s}`, doc), bus.Throttled, "in a minute", "Transient"},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			if c.fail != 0 {
				m.Before = func(_ int, action string) error {
					return &bus.Error{Kind: c.fail, Action: "eventbridge:" + action, Code: "Code"}
				}
			}
			a, err := invoke(t, on(m), c.payload)
			require.Error(t, err)
			assert.Contains(t, a.Error, c.says)
			f, ok := errors.AsType[function.Failure](err)
			require.True(t, ok)
			assert.Equal(t, c.typ, f.FailureType())
			assert.Empty(t, m.Rules)
		})
	}
}

func TestAFailureHalfWaySaysWhatIsLeft(t *testing.T) {
	m := bustest.NewMemory()
	m.Before = func(number int, action string) error {
		if number > 5 {
			return &bus.Error{Kind: bus.Denied, Action: "eventbridge:" + action, Code: "AccessDenied"}
		}
		return nil
	}
	a, err := invoke(t, on(m), fmt.Sprintf(`{"action":"apply","workspace":%s}`, document(ruleOf("a", 1), ruleOf("b", 1))))
	require.Error(t, err)
	assert.True(t, a.Changed)
	assert.Contains(t, a.Error, "3 of 5 steps were done and stay, 2 are left: run it again to go on")
	assert.Equal(t, []string{"b", "b"}, []string{a.Left[0].Rule, a.Left[1].Rule})
}

func TestARuleThatWasSwitchedInPartSaysSo(t *testing.T) {
	m := bustest.NewMemory()
	applied(t, m, document(ruleOf("died", 7)), "lab")
	switched := 0
	m.Before = func(_ int, action string) error {
		if action == "DisableRule" {
			if switched++; switched == 2 {
				return &bus.Error{Kind: bus.NoCredentials, Action: "eventbridge:" + action}
			}
		}
		return nil
	}
	a, err := invoke(t, on(m), fmt.Sprintf(`{"action":"disable","rule":"died","workspace":%s}`, document(ruleOf("died", 7))))
	require.Error(t, err)
	assert.Contains(t, a.Error, "changed already: died: run it again to go on")
	assert.True(t, a.Changed)
	assert.Equal(t, []string{"died"}, a.Names)
}

func TestTheDocumentOfTheFunctionIsTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "workspace.json")
	require.NoError(t, os.WriteFile(file, []byte(document(ruleOf("died", 1))), 0o600))
	t.Setenv(workspace.Variable, "file:"+file)
	t.Setenv(provision.PrefixVariable, "lab-")
	m := bustest.NewMemory()
	a, err := ask(t, on(m), `{"action":"apply"}`)
	require.NoError(t, err)
	assert.Equal(t, busName, a.Bus)
	assert.Equal(t, "lab-dingtalk", m.Targets[busName+"/died"]["robot-00"].Function)
}
