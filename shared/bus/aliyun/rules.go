package aliyun

import (
	"context"
	"slices"
	"strings"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
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
	return b.do(ctx, "CreateRule", under(on, r.Name), ask(request, (*eventbridge.Client).CreateRuleWithOptions))
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
	return readData[eventbridge.GetRuleResponseBodyData](ctx, b, "GetRule", under(on, rule), ask(&eventbridge.GetRuleRequest{EventBusName: &on, RuleName: &rule}, (*eventbridge.Client).GetRuleWithOptions))
}

// UpdateRule implements [bus.Bus].
func (b *Bus) UpdateRule(ctx context.Context, on string, r bus.Rule) error {
	request := &eventbridge.UpdateRuleRequest{
		EventBusName: &on, RuleName: &r.Name, Description: &r.Description, FilterPattern: &r.Pattern, Status: new(status(r)),
	}
	return b.do(ctx, "UpdateRule", under(on, r.Name), ask(request, (*eventbridge.Client).UpdateRuleWithOptions))
}

// EnableRule implements [bus.Bus].
func (b *Bus) EnableRule(ctx context.Context, on, rule string) error {
	return b.do(ctx, "EnableRule", under(on, rule), ask(&eventbridge.EnableRuleRequest{EventBusName: &on, RuleName: &rule}, (*eventbridge.Client).EnableRuleWithOptions))
}

// DisableRule implements [bus.Bus].
func (b *Bus) DisableRule(ctx context.Context, on, rule string) error {
	return b.do(ctx, "DisableRule", under(on, rule), ask(&eventbridge.DisableRuleRequest{EventBusName: &on, RuleName: &rule}, (*eventbridge.Client).DisableRuleWithOptions))
}

// DeleteRule implements [bus.Bus].
func (b *Bus) DeleteRule(ctx context.Context, on, rule string) error {
	return b.do(ctx, "DeleteRule", under(on, rule), ask(&eventbridge.DeleteRuleRequest{EventBusName: &on, RuleName: &rule}, (*eventbridge.Client).DeleteRuleWithOptions))
}

// ListRules implements [bus.Bus].
func (b *Bus) ListRules(ctx context.Context, on string) ([]bus.Rule, error) {
	var rules []bus.Rule
	err := paged("ListRules", func(token *string) (*string, error) {
		request := &eventbridge.ListRulesRequest{EventBusName: &on, Limit: new(int32(page)), NextToken: token}
		data, err := readData[eventbridge.ListRulesResponseBodyData](ctx, b, "ListRules", on, ask(request, (*eventbridge.Client).ListRulesWithOptions))
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
