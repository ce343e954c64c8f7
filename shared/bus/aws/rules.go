package aws

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// CreateRule implements [bus.Bus]. AWS has one action that makes a rule or
// replaces it, so the rule is looked for first: of two callers who make the
// same rule at the same moment, both may succeed and the later one's stays.
func (b *Bus) CreateRule(ctx context.Context, name string, r bus.Rule) error {
	in, err := putRule(name, r)
	if err != nil {
		return err
	}
	_, err = b.describe(ctx, name, r.Name)
	switch {
	case err == nil:
		return &bus.Error{Kind: bus.Exists, Action: "events:PutRule", Resource: name + "/" + r.Name, Text: "there is a rule of that name"}
	case bus.KindOf(err) != bus.NotFound:
		return err
	}
	_, err = b.client.PutRule(ctx, in)
	return b.fail(ctx, name+"/"+r.Name, err)
}

// GetRule implements [bus.Bus].
func (b *Bus) GetRule(ctx context.Context, name, rule string) (bus.Rule, error) {
	out, err := b.describe(ctx, name, rule)
	if err != nil {
		return bus.Rule{}, err
	}
	return read(out.Name, out.Description, out.EventPattern, out.State), nil
}

// UpdateRule implements [bus.Bus]. What somebody else set on the rule beside
// description, pattern and state, such as a schedule, goes. The rule is looked
// for first, as in CreateRule: one that is deleted at the same moment may come
// back without its targets.
func (b *Bus) UpdateRule(ctx context.Context, name string, r bus.Rule) error {
	in, err := putRule(name, r)
	if err != nil {
		return err
	}
	if _, err := b.describe(ctx, name, r.Name); err != nil {
		return err
	}
	_, err = b.client.PutRule(ctx, in)
	return b.fail(ctx, name+"/"+r.Name, err)
}

// EnableRule implements [bus.Bus].
func (b *Bus) EnableRule(ctx context.Context, name, rule string) error {
	_, err := b.client.EnableRule(ctx, &eventbridge.EnableRuleInput{EventBusName: aws.String(name), Name: aws.String(rule)})
	return b.fail(ctx, name+"/"+rule, err)
}

// DisableRule implements [bus.Bus].
func (b *Bus) DisableRule(ctx context.Context, name, rule string) error {
	_, err := b.client.DisableRule(ctx, &eventbridge.DisableRuleInput{EventBusName: aws.String(name), Name: aws.String(rule)})
	return b.fail(ctx, name+"/"+rule, err)
}

// DeleteRule implements [bus.Bus]. AWS deletes no rule that has targets, so they
// go first. It also deletes a rule that is not there, so the list of targets
// tells whether it is. A rule that a service of AWS manages is refused.
func (b *Bus) DeleteRule(ctx context.Context, name, rule string) error {
	targets, err := b.targetsOf(ctx, name, rule)
	if err != nil {
		return err
	}
	ids := make([]string, len(targets))
	for i, t := range targets {
		ids[i] = aws.ToString(t.Id)
	}
	if err := b.DeleteTargets(ctx, name, rule, ids); err != nil {
		return err
	}
	_, err = b.client.DeleteRule(ctx, &eventbridge.DeleteRuleInput{EventBusName: aws.String(name), Name: aws.String(rule)})
	return b.fail(ctx, name+"/"+rule, err)
}

// ListRules implements [bus.Bus].
func (b *Bus) ListRules(ctx context.Context, name string) ([]bus.Rule, error) {
	var list []bus.Rule
	in := &eventbridge.ListRulesInput{EventBusName: aws.String(name), Limit: aws.Int32(page)}
	for {
		out, err := b.client.ListRules(ctx, in)
		if err != nil {
			return nil, b.fail(ctx, name, err)
		}
		for _, r := range out.Rules {
			list = append(list, read(r.Name, r.Description, r.EventPattern, r.State))
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	slices.SortFunc(list, func(x, y bus.Rule) int { return cmp.Compare(x.Name, y.Name) })
	return list, nil
}

func (b *Bus) describe(ctx context.Context, name, rule string) (*eventbridge.DescribeRuleOutput, error) {
	out, err := b.client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{EventBusName: aws.String(name), Name: aws.String(rule)})
	return out, b.fail(ctx, name+"/"+rule, err)
}

func putRule(name string, r bus.Rule) (*eventbridge.PutRuleInput, error) {
	pattern, err := wrap(r.Pattern)
	if err != nil {
		return nil, &bus.Error{Kind: bus.Invalid, Action: "events:PutRule", Resource: name + "/" + r.Name, Text: err.Error()}
	}
	in := &eventbridge.PutRuleInput{
		EventBusName: aws.String(name), Name: aws.String(r.Name),
		EventPattern: aws.String(pattern), State: types.RuleStateDisabled,
	}
	if r.Description != "" {
		in.Description = aws.String(r.Description)
	}
	if r.Enabled {
		in.State = types.RuleStateEnabled
	}
	return in, nil
}

// read is a rule as AWS describes it. A state that is neither of the two is
// enabled with an addition (ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS).
func read(name, description, pattern *string, state types.RuleState) bus.Rule {
	return bus.Rule{
		Name: aws.ToString(name), Description: aws.ToString(description),
		Pattern: unwrap(aws.ToString(pattern)), Enabled: state != types.RuleStateDisabled,
	}
}
