package local_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestEventBusesAreRefusedAsTheServiceRefusesThem(t *testing.T) {
	b := opened(t, local.Options{EventBuses: 2})
	ctx := t.Context()
	require.NoError(t, b.CreateEventBus(ctx, local.EventBus{Name: "pai-system-llm_lab", Description: "d"}))
	require.NoError(t, b.CreateEventBus(ctx, local.EventBus{Name: "a"}))
	for name, c := range map[string]struct {
		bus  local.EventBus
		code string
	}{
		"a second of that name":      {local.EventBus{Name: "a"}, "EventBusAlreadyExist"},
		"more than the quota":        {local.EventBus{Name: "c"}, "EventBusCountExceedLimit"},
		"no name":                    {local.EventBus{}, "EventBusNameInvalid"},
		"the system's name":          {local.EventBus{Name: "default"}, "EventBusNameInvalid"},
		"a reserved name":            {local.EventBus{Name: "eventbridge-reserved-x"}, "EventBusNameInvalid"},
		"a name that begins with -":  {local.EventBus{Name: "-a"}, "EventBusNameInvalid"},
		"a name with a slash":        {local.EventBus{Name: "a/b"}, "EventBusNameInvalid"},
		"a name of 128 characters":   {local.EventBus{Name: strings.Repeat("a", 128)}, "EventBusNameInvalid"},
		"a description of 256 runes": {local.EventBus{Name: "c", Description: strings.Repeat("中", 256)}, "RequestParameterInvalid"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.code, code(t, b.CreateEventBus(ctx, c.bus)))
		})
	}
	got, err := b.GetEventBus(ctx, "pai-system-llm_lab")
	require.NoError(t, err)
	assert.Equal(t, "d", got.Description)
	assert.False(t, got.Created.IsZero())
	require.NoError(t, b.UpdateEventBus(ctx, local.EventBus{Name: "a", Description: "new"}))
	list, err := b.ListEventBuses(ctx)
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, []string{"a", "new"}, []string{list[0].Name, list[0].Description})
	for what, err := range map[string]error{
		"get":    func() error { _, err := b.GetEventBus(ctx, "none"); return err }(),
		"update": b.UpdateEventBus(ctx, local.EventBus{Name: "none"}),
		"delete": b.DeleteEventBus(ctx, "none"),
	} {
		assert.Equal(t, "EventBusNotExist", code(t, err), what)
	}
	require.NoError(t, b.CreateRule(ctx, local.Rule{Name: "r", Bus: "a", FilterPattern: `{}`}))
	assert.Equal(t, "EventBusRuleNotEmptyForDelete", code(t, b.DeleteEventBus(ctx, "a")))
	require.NoError(t, b.DeleteRule(ctx, "a", "r"))
	require.NoError(t, b.DeleteEventBus(ctx, "a"))
}

func TestRulesAreRefusedAsTheServiceRefusesThem(t *testing.T) {
	b := opened(t, local.Options{RulesPerBus: 2})
	ctx := t.Context()
	require.NoError(t, b.CreateEventBus(ctx, local.EventBus{Name: "b"}))
	require.NoError(t, b.CreateRule(ctx, local.Rule{Name: "one", Bus: "b", FilterPattern: `{}`, Enabled: true, Targets: targets("x", "y")}))
	for name, c := range map[string]struct {
		rule local.Rule
		code string
	}{
		"on no bus":                {local.Rule{Name: "r", Bus: "none", FilterPattern: `{}`}, "EventBusNotExist"},
		"a second of that name":    {local.Rule{Name: "one", Bus: "b", FilterPattern: `{}`}, "EventRuleAlreadyExist"},
		"a bad name":               {local.Rule{Name: "a b", Bus: "b", FilterPattern: `{}`}, "EventRuleNameInvalid"},
		"no pattern":               {local.Rule{Name: "r", Bus: "b", FilterPattern: " "}, "EventRuleFilterPatternEmpty"},
		"a pattern that is none":   {local.Rule{Name: "r", Bus: "b", FilterPattern: `{"type":"t"}`}, "EventRuleFilterPatternSchemaError"},
		"a pattern of no end":      {local.Rule{Name: "r", Bus: "b", FilterPattern: `{"type":["` + strings.Repeat("x", 64<<10) + `"]}`}, "EventRuleFilterPatternExceedLimit"},
		"more targets than may be": {local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Targets: targets("1", "2", "3", "4", "5", "6")}, "EventTargetCountExceedLimit"},
		"a target twice":           {local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Targets: targets("1", "1")}, "EventRuleTargetIdDuplicate"},
		"a target without a type":  {local.Rule{Name: "r", Bus: "b", FilterPattern: `{}`, Targets: []local.Target{{ID: "1"}}}, "EventTargetMissingAttribute"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.code, code(t, b.CreateRule(ctx, c.rule)))
		})
	}
	require.NoError(t, b.CreateRule(ctx, local.Rule{Name: "two", Bus: "b", FilterPattern: `{}`}))
	assert.Equal(t, "EventRuleCountExceedLimit", code(t, b.CreateRule(ctx, local.Rule{Name: "three", Bus: "b", FilterPattern: `{}`})))

	require.NoError(t, b.UpdateRule(ctx, local.Rule{Name: "one", Bus: "b", FilterPattern: `{"type":["t"]}`, Description: "d"}))
	r, err := b.GetRule(ctx, "b", "one")
	require.NoError(t, err)
	assert.Equal(t, []any{"d", `{"type":["t"]}`, false, targets("x", "y")}, []any{r.Description, r.FilterPattern, r.Enabled, withoutDestinations(r.Targets)})
	require.NoError(t, b.SetRuleEnabled(ctx, "b", "one", true))
	r, err = b.GetRule(ctx, "b", "one")
	require.NoError(t, err)
	assert.True(t, r.Enabled)
	for what, err := range map[string]error{
		"get":     func() error { _, err := b.GetRule(ctx, "b", "none"); return err }(),
		"update":  b.UpdateRule(ctx, local.Rule{Name: "none", Bus: "b", FilterPattern: `{}`}),
		"enable":  b.SetRuleEnabled(ctx, "b", "none", true),
		"delete":  b.DeleteRule(ctx, "b", "none"),
		"targets": func() error { _, err := b.PutTargets(ctx, "b", "none", nil); return err }(),
	} {
		assert.Equal(t, "EventRuleNotExisted", code(t, err), what)
	}
}

func withoutDestinations(list []local.Target) []local.Target {
	for i := range list {
		list[i].Destinations = nil
	}
	return list
}

func TestTargetsArePutOneByOne(t *testing.T) {
	b := withRule(t, local.Options{}, "x")
	ctx := t.Context()
	long := target("long")
	long.Params[1].Value = "$." + strings.Repeat("x", 10240)
	unnamed := local.Target{ID: "unnamed", Type: local.FunctionType}
	byEndpoint := local.Target{ID: "endpoint", Type: local.FunctionType, Endpoint: "acs:fc:cn-hangzhou:1:functions/f"}
	changed := target("x")
	changed.PushRetryStrategy = "EXPONENTIAL_DECAY_RETRY"
	faults, err := b.PutTargets(ctx, "b", "r", []local.Target{
		changed, byEndpoint, {ID: "mns", Type: "acs.mns.queue"}, long, unnamed, {ID: "?", Type: local.FunctionType},
		{ID: "form", Type: "http", Params: []local.Param{{ResourceKey: "Body", Form: "MAGIC"}}},
		{ID: "strategy", Type: "http", PushRetryStrategy: "ALWAYS"}, {ID: "type", Type: "pigeon"}, target("twice"), target("twice"),
	})
	require.NoError(t, err)
	codes := map[string]string{}
	for _, f := range faults {
		codes[f.ID] = f.Code
		assert.NotEmpty(t, f.Text)
	}
	assert.Equal(t, map[string]string{
		"long": "EventTargetIneffectiveAttribute", "unnamed": "EventTargetMissingAttribute", "?": "EventTargetIneffectiveAttribute", "form": "EventTargetIneffectiveAttribute",
		"strategy": "EventTargetIneffectiveAttribute", "type": "EventTargetIneffectiveAttribute", "twice": "EventRuleTargetIdDuplicate",
	}, codes)
	r, err := b.GetRule(ctx, "b", "r")
	require.NoError(t, err)
	require.Len(t, r.Targets, 4)
	assert.Equal(t, "EXPONENTIAL_DECAY_RETRY", r.Targets[0].PushRetryStrategy, "a target with the id of another replaces it")

	_, err = b.PutTargets(ctx, "b", "r", targets("5", "6"))
	assert.Equal(t, "EventTargetCountExceedLimit", code(t, err))
	faults, err = b.DeleteTargets(ctx, "b", "r", []string{"x", "none"})
	require.NoError(t, err)
	require.Len(t, faults, 1)
	assert.Equal(t, []string{"none", "EventTargetNotExist"}, []string{faults[0].ID, faults[0].Code})
	_, err = b.PutTargets(ctx, "b", "r", targets("5", "6"))
	assert.NoError(t, err)
}

func TestNothingIsAnsweredBeforeActivation(t *testing.T) {
	b := opened(t, local.Options{NotActivated: true})
	ctx := t.Context()
	_, listErr := b.ListEventBuses(ctx)
	_, publishErr := b.Publish(ctx, "b", numbered(t, 1))
	for _, err := range []error{b.CreateEventBus(ctx, local.EventBus{Name: "b"}), listErr, publishErr} {
		assert.Equal(t, "ServiceNotEnable", code(t, err))
	}
	assert.False(t, b.Activated())
	require.NoError(t, b.Activate(ctx))
	assert.NoError(t, b.CreateEventBus(ctx, local.EventBus{Name: "b"}))
}

func TestRulesOutliveARestart(t *testing.T) {
	o := local.Options{Dir: t.TempDir()}
	b := withRule(t, o, "x", "y")
	want, err := b.ListRules(t.Context(), "b")
	require.NoError(t, err)
	require.NoError(t, b.Close(t.Context()))
	got, err := opened(t, o).ListRules(t.Context(), "b")
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprint(want), fmt.Sprint(got))
}
