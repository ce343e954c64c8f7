package aliyun

import (
	"context"
	"slices"
	"strings"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// The states of a rule.
const (
	enabled  = "ENABLE"
	disabled = "DISABLE"
)

// CreateRule implements [bus.Bus].
func (b *Bus) CreateRule(ctx context.Context, on string, r bus.Rule) error {
	request := &eventbridge.CreateRuleRequest{
		EventBusName: &on, RuleName: &r.Name, Description: &r.Description, FilterPattern: &r.Pattern, Status: new(status(r)),
	}
	return b.do(ctx, "CreateRule", under(on, r.Name), func(c *eventbridge.Client) error {
		_, err := c.CreateRuleWithOptions(request, &util.RuntimeOptions{})
		return err
	})
}

// GetRule implements [bus.Bus].
func (b *Bus) GetRule(ctx context.Context, on, rule string) (bus.Rule, error) {
	data, err := b.rule(ctx, on, rule)
	if err != nil {
		return bus.Rule{}, err
	}
	return bus.Rule{
		Name: rule, Description: value(data.Description), Pattern: value(data.FilterPattern), Enabled: value(data.Status) == enabled,
	}, nil
}

// rule reads a rule with its targets, which are complete here only.
func (b *Bus) rule(ctx context.Context, on, rule string) (eventbridge.GetRuleResponseBodyData, error) {
	var body eventbridge.GetRuleResponseBody
	answer, err := b.call(ctx, "GetRule", under(on, rule), &body, func(c *eventbridge.Client) error {
		_, err := c.GetRuleWithOptions(&eventbridge.GetRuleRequest{EventBusName: &on, RuleName: &rule}, &util.RuntimeOptions{})
		return err
	})
	if err == nil && body.Data == nil {
		err = answer.Unreadable()
	}
	return value(body.Data), err
}

// UpdateRule implements [bus.Bus].
func (b *Bus) UpdateRule(ctx context.Context, on string, r bus.Rule) error {
	request := &eventbridge.UpdateRuleRequest{
		EventBusName: &on, RuleName: &r.Name, Description: &r.Description, FilterPattern: &r.Pattern, Status: new(status(r)),
	}
	return b.do(ctx, "UpdateRule", under(on, r.Name), func(c *eventbridge.Client) error {
		_, err := c.UpdateRuleWithOptions(request, &util.RuntimeOptions{})
		return err
	})
}

// EnableRule implements [bus.Bus].
func (b *Bus) EnableRule(ctx context.Context, on, rule string) error {
	return b.do(ctx, "EnableRule", under(on, rule), func(c *eventbridge.Client) error {
		_, err := c.EnableRuleWithOptions(&eventbridge.EnableRuleRequest{EventBusName: &on, RuleName: &rule}, &util.RuntimeOptions{})
		return err
	})
}

// DisableRule implements [bus.Bus].
func (b *Bus) DisableRule(ctx context.Context, on, rule string) error {
	return b.do(ctx, "DisableRule", under(on, rule), func(c *eventbridge.Client) error {
		_, err := c.DisableRuleWithOptions(&eventbridge.DisableRuleRequest{EventBusName: &on, RuleName: &rule}, &util.RuntimeOptions{})
		return err
	})
}

// DeleteRule implements [bus.Bus].
func (b *Bus) DeleteRule(ctx context.Context, on, rule string) error {
	return b.do(ctx, "DeleteRule", under(on, rule), func(c *eventbridge.Client) error {
		_, err := c.DeleteRuleWithOptions(&eventbridge.DeleteRuleRequest{EventBusName: &on, RuleName: &rule}, &util.RuntimeOptions{})
		return err
	})
}

// ListRules implements [bus.Bus].
func (b *Bus) ListRules(ctx context.Context, on string) ([]bus.Rule, error) {
	var rules []bus.Rule
	err := paged("ListRules", func(token *string) (*string, error) {
		request := &eventbridge.ListRulesRequest{EventBusName: &on, Limit: new(int32(page)), NextToken: token}
		var body eventbridge.ListRulesResponseBody
		answer, err := b.call(ctx, "ListRules", on, &body, func(c *eventbridge.Client) error {
			_, err := c.ListRulesWithOptions(request, &util.RuntimeOptions{})
			return err
		})
		if err == nil && body.Data == nil {
			err = answer.Unreadable()
		}
		data := value(body.Data)
		for _, r := range data.Rules {
			rules = append(rules, bus.Rule{
				Name: value(r.RuleName), Description: value(r.Description), Pattern: value(r.FilterPattern), Enabled: value(r.Status) == enabled,
			})
		}
		return data.NextToken, err
	})
	slices.SortFunc(rules, func(x, y bus.Rule) int { return strings.Compare(x.Name, y.Name) })
	return rules, err
}

func status(r bus.Rule) string {
	if r.Enabled {
		return enabled
	}
	return disabled
}
