package openapi_test

import (
	"net/http"
	"testing"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func busNamed(name string) local.EventBus { return local.EventBus{Name: name} }

// calls does each action once and returns the error, by the action's name.
var calls = map[string]func(c *eventbridge.Client) error{
	"CreateEventBus": func(c *eventbridge.Client) error {
		_, err := c.CreateEventBus(&eventbridge.CreateEventBusRequest{EventBusName: tea.String("new")})
		return err
	},
	"GetEventBus": func(c *eventbridge.Client) error {
		_, err := c.GetEventBus(&eventbridge.GetEventBusRequest{EventBusName: tea.String("b")})
		return err
	},
	"ListEventBuses": func(c *eventbridge.Client) error {
		_, err := c.ListEventBuses(&eventbridge.ListEventBusesRequest{})
		return err
	},
	"UpdateEventBus": func(c *eventbridge.Client) error {
		_, err := c.UpdateEventBus(&eventbridge.UpdateEventBusRequest{EventBusName: tea.String("b")})
		return err
	},
	"DeleteEventBus": func(c *eventbridge.Client) error {
		_, err := c.DeleteEventBus(&eventbridge.DeleteEventBusRequest{EventBusName: tea.String("spare")})
		return err
	},
	"CreateRule": func(c *eventbridge.Client) error {
		_, err := c.CreateRule(&eventbridge.CreateRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("new"), FilterPattern: tea.String(`{}`)})
		return err
	},
	"GetRule": func(c *eventbridge.Client) error {
		_, err := c.GetRule(&eventbridge.GetRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("r")})
		return err
	},
	"UpdateRule": func(c *eventbridge.Client) error {
		_, err := c.UpdateRule(&eventbridge.UpdateRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("r"), FilterPattern: tea.String(`{}`)})
		return err
	},
	"EnableRule": func(c *eventbridge.Client) error {
		_, err := c.EnableRule(&eventbridge.EnableRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("r")})
		return err
	},
	"DisableRule": func(c *eventbridge.Client) error {
		_, err := c.DisableRule(&eventbridge.DisableRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("r")})
		return err
	},
	"DeleteRule": func(c *eventbridge.Client) error {
		_, err := c.DeleteRule(&eventbridge.DeleteRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("spare")})
		return err
	},
	"ListRules": func(c *eventbridge.Client) error {
		_, err := c.ListRules(&eventbridge.ListRulesRequest{EventBusName: tea.String("b")})
		return err
	},
	"UpdateTargets": func(c *eventbridge.Client) error {
		_, err := c.PutTargets(&eventbridge.PutTargetsRequest{EventBusName: tea.String("b"), RuleName: tea.String("r"), Targets: []*eventbridge.PutTargetsRequestTargets{
			{Id: tea.String("t"), Type: tea.String("acs.fc.function"), Endpoint: tea.String("acs:fc:local:1:functions/f")}}})
		return err
	},
	"DeleteTargets": func(c *eventbridge.Client) error {
		_, err := c.DeleteTargets(&eventbridge.DeleteTargetsRequest{EventBusName: tea.String("b"), RuleName: tea.String("r"), TargetIds: []*string{tea.String("t")}})
		return err
	},
	"ListTargets": func(c *eventbridge.Client) error {
		_, err := c.ListTargets(&eventbridge.ListTargetsRequest{EventBusName: tea.String("b"), RuleName: tea.String("r")})
		return err
	},
}

func furnished(t *testing.T, policies ...string) *cloud {
	t.Helper()
	c := start(t, policies...)
	c.furnish(t)
	return c
}

func (c *cloud) furnish(t *testing.T) {
	t.Helper()
	for _, name := range []string{"b", "spare"} {
		require.NoError(t, c.bus.CreateEventBus(t.Context(), busNamed(name)))
	}
	for _, name := range []string{"r", "spare"} {
		require.NoError(t, c.bus.CreateRule(t.Context(), local.Rule{Bus: "b", Name: name, FilterPattern: "{}"}))
	}
}

func TestWithoutThePolicyEveryActionIsDeniedByName(t *testing.T) {
	c := furnished(t)
	for name, call := range calls {
		err := call(c.client(t, userID, userSecret))
		said, status := code(t, err)
		assert.Equal(t, "AccessDenied", said, name)
		assert.Equal(t, http.StatusForbidden, status, name)
		assert.ErrorContains(t, err, "eventbridge:"+name+" on acs:eventbridge:local:1000000000000000:eventbus/", name)
		var sdk *tea.SDKError
		require.ErrorAs(t, err, &sdk)
		assert.Equal(t, "eventbridge:"+name, sdk.AccessDeniedDetail["AuthAction"])
	}
}

func TestThePolicyOfThePermissionsPageAllowsTheFifteenActions(t *testing.T) {
	c := furnished(t, theMissionsPolicy)
	for name, call := range calls {
		err := call(c.client(t, userID, userSecret))
		if name == "UpdateEventBus" { // the page does not name it
			said, _ := code(t, err)
			assert.Equal(t, "AccessDenied", said)
			continue
		}
		assert.NoError(t, err, name)
	}
}

func TestAPolicyLimitsAUserToABus(t *testing.T) {
	c := furnished(t,
		`{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:*Rule","Resource":["acs:eventbridge:*:*:eventbus/b/rule/*"]},{"Effect":"Deny","Action":"eventbridge:DeleteRule","Resource":"*"}]}`)
	client := c.client(t, userID, userSecret)
	assert.NoError(t, calls["GetRule"](client))
	_, err := client.GetRule(&eventbridge.GetRuleRequest{EventBusName: tea.String("spare"), RuleName: tea.String("r")})
	said, _ := code(t, err)
	assert.Equal(t, "AccessDenied", said)
	err = calls["DeleteRule"](client)
	said, _ = code(t, err)
	assert.Equal(t, "AccessDenied", said)
	assert.ErrorContains(t, err, "a policy denies it", "what is denied no other statement allows")
}

func TestADenialInOtherLettersHolds(t *testing.T) {
	c := furnished(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:*","Resource":"*"},{"Effect":"Deny","Action":"EventBridge:PutEvents","Resource":"*"}]}`)
	status, answer := c.putEvents(t, userID, userSecret, "["+anEvent("1", "b")+"]")
	assert.Equal(t, http.StatusForbidden, status, "%v", answer)
	assert.Equal(t, "AccessDenied", answer["code"])
	assert.NoError(t, calls["GetRule"](c.client(t, userID, userSecret)))
}

func TestTargetsNeedTheirPermissionAlsoWithANewRule(t *testing.T) {
	c := furnished(t, `{"Version":"1","Statement":[{"Effect":"Allow","Action":"eventbridge:*","Resource":"*"},{"Effect":"Deny","Action":"eventbridge:UpdateTargets","Resource":"*"}]}`)
	client := c.client(t, userID, userSecret)
	request := &eventbridge.CreateRuleRequest{EventBusName: tea.String("b"), RuleName: tea.String("with-targets"), FilterPattern: tea.String(`{}`), EventTargets: []*eventbridge.CreateRuleRequestEventTargets{
		{Id: tea.String("t"), Type: tea.String("acs.fc.function"), Endpoint: tea.String("acs:fc:local:1:functions/f")}}}
	_, err := client.CreateRule(request)
	said, _ := code(t, err)
	assert.Equal(t, "AccessDenied", said)
	assert.ErrorContains(t, err, "eventbridge:UpdateTargets")
	_, err = c.bus.GetRule(t.Context(), "b", "with-targets")
	assert.Error(t, err, "nothing was made")
	assert.NoError(t, calls["CreateRule"](client), "without targets it may")
}
