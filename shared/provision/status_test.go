package provision_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// found returns the findings of a check-up by what was looked at.
func found(t *testing.T, d provision.Desk) (provision.CheckUp, map[string]provision.Finding) {
	t.Helper()
	c, err := d.Status(t.Context())
	require.NoError(t, err)
	by := map[string]provision.Finding{}
	for _, f := range c.Findings {
		by[f.Check] = f
	}
	return c, by
}

func desk(t *testing.T, m *bustest.Memory) provision.Desk {
	there := func(context.Context, string) error { return nil }
	return provision.Desk{
		Workspace: parse(t, ruleOf("died", robots(0, 1))),
		Cloud:     provision.Cloud{Name: provision.Aliyun, Region: "cn-hangzhou", Bus: m, Role: there, Function: there},
	}
}

func TestACheckUpOfAnEmptyAccount(t *testing.T) {
	m := bustest.NewMemory()
	c, by := found(t, desk(t, m))
	assert.False(t, c.OK)
	assert.Equal(t, provision.OK, by["EventBridge activated"].Verdict)
	assert.Equal(t, provision.Missing, by["bus pai-system-lab"].Verdict)
	assert.Equal(t, "1 to create, 0 to change, 0 to delete, 0 as wanted", by["rules of the document"].Text)
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
	d := desk(t, m)
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	before := m.Rules[busName+"/died"]
	c, by := found(t, d)
	assert.True(t, c.OK, "%+v", c.Findings)
	assert.Equal(t, "1 as wanted", by["rules of the document"].Text)
	for _, action := range provision.Actions(provision.Aliyun) {
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
	for name, change := range map[string]func(m *bustest.Memory, d *provision.Desk){
		"a role":     func(_ *bustest.Memory, d *provision.Desk) { d.Cloud.Role = denied },
		"a function": func(_ *bustest.Memory, d *provision.Desk) { d.Cloud.Function = denied },
		"whether rules may invoke it": func(_ *bustest.Memory, d *provision.Desk) {
			d.Cloud.Invocable = func(ctx context.Context, function, _ string) error { return denied(ctx, function) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			d := desk(t, m)
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
		{bus.Error{Kind: bus.NotServed, Action: "fc:GetFunction", Code: "InvalidAction.NotFound"}, "what answers there does not know the action fc:GetFunction"},
		{bus.Error{Kind: bus.Invalid, Action: "fc:GetFunction", Code: "InvalidArgument"}, "the cloud refuses the name of the function: it begins with --functions PREFIX"},
		{bus.Error{Kind: bus.Invalid, Action: "lambda:GetFunctionConfiguration"}, "--functions PREFIX"},
		{bus.Error{Kind: bus.Invalid, Action: "eventbridge:CreateRule"}, "change it in the document"},
		{bus.Error{Kind: bus.Invalid, Action: "ram:GetRole"}, ""},
	} {
		m := bustest.NewMemory()
		d := desk(t, m)
		require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
		d.Cloud.Function = func(context.Context, string) error { return &c.err }
		_, by := found(t, d)
		f := by["function pai-notify-dingtalk"]
		assert.Equal(t, provision.Unknown, f.Verdict)
		if c.says == "" {
			assert.Empty(t, f.Remedy)
		}
		assert.Contains(t, f.Remedy, c.says)
	}
}

func TestACheckUpHarmsNothingThatIsMadeOrDeletedMeanwhile(t *testing.T) {
	m := bustest.NewMemory()
	d := desk(t, m)
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
	d := desk(t, m)
	d.Options.Prefix = "lab-"
	asked := []string{}
	found(t, provision.Desk{Workspace: d.Workspace, Options: d.Options, Cloud: provision.Cloud{Name: provision.AWS, Bus: putting{m, &asked}}})
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
			d := desk(t, m)
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
					assert.NotEmpty(t, f.Remedy)
				}
			}
			assert.Equal(t, 1, missing)
		})
	}
}

func TestWhatTheCloudDidNotSayIsNotTakenForAPermission(t *testing.T) {
	m := bustest.NewMemory()
	d := desk(t, m)
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
	d := desk(t, m)
	missing := func(context.Context, string) error { return &bus.Error{Kind: bus.NotFound, Code: "none"} }
	d.Cloud.Role, d.Cloud.Function = missing, missing
	_, by := found(t, d)
	assert.Contains(t, by["role AliyunServiceRoleForPAIWorkspace"].Remedy, "aiworkspace.pai.aliyuncs.com")
	assert.Contains(t, by["role AliyunServiceRoleForEventBridgeSendToFC"].Remedy, "sendevent-fc.eventbridge.aliyuncs.com")
	assert.Equal(t, provision.Missing, by["function pai-notify-dingtalk"].Verdict)

	m.Before = func(_ int, action string) error {
		return &bus.Error{Kind: bus.NotActivated, Action: "eventbridge:" + action, Code: "ServiceNotEnable"}
	}
	c, by := found(t, d)
	assert.False(t, c.OK)
	assert.Equal(t, provision.Missing, by["EventBridge activated"].Verdict)
	assert.Contains(t, by["EventBridge activated"].Remedy, "https://eventbridge.console.aliyun.com")

	m.Before = func(_ int, action string) error {
		return &bus.Error{Kind: bus.NoCredentials, Action: "eventbridge:" + action}
	}
	_, err := d.Status(t.Context())
	assert.Equal(t, bus.NoCredentials, bus.KindOf(err))
}
