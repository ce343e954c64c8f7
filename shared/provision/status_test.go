package provision_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// found returns the findings of a check-up by what was looked at.
func found(t *testing.T, d provision.Provisioner) (provision.CheckUp, map[string]provision.Finding) {
	t.Helper()
	c, err := d.Status(t.Context())
	require.NoError(t, err)
	by := map[string]provision.Finding{}
	for _, f := range c.Findings {
		for _, s := range []message.Statement{f.Check, f.Text, f.Remedy} {
			assertFilled(t, s)
		}
		by[f.Check.String()] = f
	}
	return c, by
}

// assertFilled asserts that every argument of a statement is a text that is
// shown, in every language.
func assertFilled(t *testing.T, s message.Statement) {
	t.Helper()
	for name, value := range s.Arguments {
		for _, l := range message.Languages() {
			switch v := value.(type) {
			case message.Statement:
				assert.Contains(t, s.In(l), v.In(l), "%s of %s in %s", name, s.Code, l)
			case []string:
			default:
				assert.Contains(t, s.In(l), fmt.Sprint(v), "%s of %s in %s", name, s.Code, l)
			}
		}
	}
}

func provisioner(t *testing.T, m *bustest.Memory) provision.Provisioner {
	there := func(context.Context, string) error { return nil }
	return provision.Provisioner{
		Workspace: parse(t, ruleOf("died", robots(0, 1))),
		Cloud: provision.Cloud{Name: provision.Aliyun, Region: "cn-hangzhou", Bus: m, Role: there,
			Function: func(context.Context, string, ...string) (map[string]string, error) { return nil, nil }},
	}
}

func TestACheckUpOfAnEmptyAccount(t *testing.T) {
	m := bustest.NewMemory()
	c, by := found(t, provisioner(t, m))
	assert.False(t, c.OK)
	assert.Equal(t, provision.OK, by["EventBridge"].Verdict)
	assert.Equal(t, provision.Missing, by["bus pai-system-lab"].Verdict)
	assert.Equal(t, "1 to create, 0 to change, 0 to delete, 0 unchanged", by["rules of the document"].Text.String())
	assert.Equal(t, provision.OK, by["function pai-notify-dingtalk"].Verdict)
	assert.Equal(t, provision.OK, by["eventbridge:CreateRule"].Verdict)
	assert.Equal(t, provision.Unknown, by["eventbridge:PutEvents"].Verdict)
	assert.Equal(t, provision.Unknown, by["eventbridge:CreateEventBus"].Verdict)
	assert.Equal(t, provision.Unknown, by["eventbridge:DeleteEventBus"].Verdict)
	assert.Empty(t, m.Buses, "a check-up changes nothing")
	assert.Empty(t, m.Rules)
}

func TestACheckUpOfAWorkspaceThatIsSetUp(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	before := m.Rules[busName+"/died"]
	c, by := found(t, d)
	assert.True(t, c.OK, "%+v", c.Findings)
	assert.Equal(t, "1 unchanged", by["rules of the document"].Text.String())
	for _, action := range policy.Actions(provision.Aliyun) {
		want := provision.OK
		if action == "eventbridge:PutEvents" || action == "eventbridge:DeleteEventBus" {
			want = provision.Unknown
		}
		assert.Equal(t, want, by[action].Verdict, action)
	}
	assert.Equal(t, before, m.Rules[busName+"/died"])
	settled(t, m, d.Workspace, provision.Options{})
}

func TestWhatCouldNotBeCheckedIsNotCalledWell(t *testing.T) {
	denied := func(context.Context, string) error { return &bus.Error{Kind: bus.Denied, Action: "ram:GetRole"} }
	for name, change := range map[string]func(m *bustest.Memory, d *provision.Provisioner){
		"a role": func(_ *bustest.Memory, d *provision.Provisioner) { d.Cloud.Role = denied },
		"a function": func(_ *bustest.Memory, d *provision.Provisioner) {
			d.Cloud.Function = func(ctx context.Context, name string, _ ...string) (map[string]string, error) {
				return nil, denied(ctx, name)
			}
		},
		"whether rules may invoke it": func(_ *bustest.Memory, d *provision.Provisioner) {
			d.Cloud.Invocable = func(ctx context.Context, function, _ string) error { return denied(ctx, function) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			d := provisioner(t, m)
			require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
			change(m, &d)
			c, _ := found(t, d)
			assert.False(t, c.OK)
			assert.False(t, c.Missing())
		})
	}
}

// The document is to blame for the names of rules alone.
func TestTheRemedyIsForWhatFailed(t *testing.T) {
	for _, c := range []struct {
		err  bus.Error
		says string
	}{
		{bus.Error{Kind: bus.NotServed, Action: "fc:GetFunction", Code: "InvalidAction.NotFound"}, "the endpoint does not support the action fc:GetFunction"},
		{bus.Error{Kind: bus.Invalid, Action: "fc:GetFunction", Code: "InvalidArgument"}, "the cloud refuses the name of the function: it begins with --functions PREFIX"},
		{bus.Error{Kind: bus.Invalid, Action: "lambda:GetFunctionConfiguration"}, "--functions PREFIX"},
		{bus.Error{Kind: bus.Invalid, Action: "eventbridge:CreateRule"}, "change it in the document"},
		{bus.Error{Kind: bus.Invalid, Action: "ram:GetRole"}, ""},
	} {
		m := bustest.NewMemory()
		d := provisioner(t, m)
		require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
		d.Cloud.Function = func(context.Context, string, ...string) (map[string]string, error) { return nil, &c.err }
		_, by := found(t, d)
		f := by["function pai-notify-dingtalk"]
		assert.Equal(t, provision.Unknown, f.Verdict)
		if c.says == "" {
			assert.Empty(t, f.Remedy.String())
		}
		assert.Contains(t, f.Remedy.String(), c.says)
	}
}

func TestACheckUpHarmsNothingThatIsMadeOrDeletedMeanwhile(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	m.Before = func(_ int, called string) error {
		if called == "ListEventBuses" {
			m.Buses[busName] = bus.EventBus{Name: busName, Description: "PAI"}
		}
		return nil
	}
	found(t, d)
	assert.Equal(t, "PAI", m.Buses[busName].Description)
	m.Before = nil
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	m.Before = func(_ int, called string) error {
		if called == "ListEventBuses" {
			delete(m.Rules, busName+"/died")
			delete(m.Targets, busName+"/died")
		}
		return nil
	}
	found(t, d)
	assert.False(t, m.Rules[busName+"/died"].Enabled, "a rule without targets")
	m.Before = nil
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	assert.Equal(t, []string{busName + "/died"}, slices.Collect(maps.Keys(m.Rules)))
}

// A policy may let targets be nothing but the functions of one installation.
func TestACheckUpAsksForATargetThatAPolicyAllows(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	d.Options.Prefix = "lab-"
	asked := []string{}
	found(t, provision.Provisioner{Workspace: d.Workspace, Options: d.Options, Cloud: provision.Cloud{Name: provision.AWS, Bus: putting{m, &asked}}})
	assert.Equal(t, []string{"lab-dingtalk"}, asked)
}

// putting notes the functions that targets are to be.
type putting struct {
	bus.Bus
	functions *[]string
}

func (p putting) UpdateTargets(ctx context.Context, name, rule string, targets []bus.Target) error {
	for _, target := range targets {
		*p.functions = append(*p.functions, target.Function)
	}
	return p.Bus.UpdateTargets(ctx, name, rule, targets)
}

func TestACheckUpNamesEachMissingPermission(t *testing.T) {
	for _, action := range []string{"CreateRule", "UpdateRule", "EnableRule", "DisableRule", "DeleteRule", "UpdateTargets", "DeleteTargets", "ListEventBuses", "GetRule", "CreateEventBus"} {
		t.Run(action, func(t *testing.T) {
			m := bustest.NewMemory()
			d := provisioner(t, m)
			require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
			m.Before = func(_ int, called string) error {
				if called == action {
					return &bus.Error{Kind: bus.Denied, Action: "eventbridge:" + called, Code: "AccessDenied"}
				}
				return nil
			}
			c, by := found(t, d)
			assert.False(t, c.OK)
			assert.Equal(t, provision.Missing, by["eventbridge:"+action].Verdict)
			missing := 0
			for _, f := range c.Findings {
				if f.Verdict == provision.Missing {
					missing++
					assert.NotEmpty(t, f.Remedy.String())
				}
			}
			assert.Equal(t, 1, missing)
		})
	}
}

func TestWhatTheCloudDidNotSayIsNotTakenForAPermission(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	m.Before = func(_ int, called string) error {
		switch called {
		case "CreateRule": // made on this side
			return &bus.Error{Kind: bus.Exists, Action: "eventbridge:CreateRule", Text: "there is one"}
		case "UpdateRule": // said of another action
			return &bus.Error{Kind: bus.NotFound, Action: "eventbridge:GetRule", Code: "EventRuleNotExisted"}
		case "DeleteRule":
			return &bus.Error{Kind: bus.Invalid, Action: "eventbridge:DeleteRule", Code: "RequestParameterInvalid"}
		}
		return nil
	}
	_, by := found(t, d)
	for _, action := range []string{"CreateRule", "UpdateRule", "DeleteRule"} {
		assert.Equal(t, provision.Unknown, by["eventbridge:"+action].Verdict, action)
	}
}

func TestACheckUpTellsWhatIsNotThere(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	missing := func(context.Context, string) error { return &bus.Error{Kind: bus.NotFound, Code: "none"} }
	d.Cloud.Role = missing
	d.Cloud.Function = func(ctx context.Context, name string, _ ...string) (map[string]string, error) {
		return nil, missing(ctx, name)
	}
	_, by := found(t, d)
	assert.Contains(t, by["role AliyunServiceRoleForPAIWorkspace"].Remedy.String(), "aiworkspace.pai.aliyuncs.com")
	assert.Contains(t, by["role AliyunServiceRoleForEventBridgeSendToFC"].Remedy.String(), "sendevent-fc.eventbridge.aliyuncs.com")
	assert.Equal(t, provision.Missing, by["function pai-notify-dingtalk"].Verdict)

	m.Before = func(_ int, action string) error {
		return &bus.Error{Kind: bus.NotActivated, Action: "eventbridge:" + action, Code: "ServiceNotEnable"}
	}
	c, by := found(t, d)
	assert.False(t, c.OK)
	assert.Equal(t, provision.Missing, by["EventBridge"].Verdict)
	assert.Contains(t, by["EventBridge"].Remedy.String(), "https://eventbridge.console.aliyun.com")

	m.Before = func(_ int, action string) error {
		return &bus.Error{Kind: bus.NoCredentials, Action: "eventbridge:" + action}
	}
	_, err := d.Status(t.Context())
	assert.Equal(t, bus.NoCredentials, bus.KindOf(err))
}
