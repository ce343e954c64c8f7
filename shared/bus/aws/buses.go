package aws

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// page is how many buses, rules or targets one answer holds at most.
const page = 100

// CreateEventBus implements [bus.Bus].
func (b *Bus) CreateEventBus(ctx context.Context, e bus.EventBus) error {
	in := &eventbridge.CreateEventBusInput{Name: aws.String(e.Name)}
	if e.Description != "" {
		in.Description = aws.String(e.Description)
	}
	_, err := b.client.CreateEventBus(ctx, in, once)
	return b.fail(ctx, e.Name, err)
}

// GetEventBus implements [bus.Bus].
func (b *Bus) GetEventBus(ctx context.Context, name string) (bus.EventBus, error) {
	out, err := b.client.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String(name)})
	if err != nil {
		return bus.EventBus{}, b.fail(ctx, name, err)
	}
	return bus.EventBus{Name: aws.ToString(out.Name), Description: aws.ToString(out.Description), ARN: aws.ToString(out.Arn)}, nil
}

// ListEventBuses implements [bus.Bus].
func (b *Bus) ListEventBuses(ctx context.Context, prefix string) ([]bus.EventBus, error) {
	var list []bus.EventBus
	in := &eventbridge.ListEventBusesInput{Limit: aws.Int32(page)}
	if prefix != "" {
		in.NamePrefix = aws.String(prefix)
	}
	for {
		out, err := b.client.ListEventBuses(ctx, in)
		if err != nil {
			return nil, b.fail(ctx, prefix, err)
		}
		for _, e := range out.EventBuses {
			list = append(list, bus.EventBus{Name: aws.ToString(e.Name), Description: aws.ToString(e.Description), ARN: aws.ToString(e.Arn)})
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	slices.SortFunc(list, func(x, y bus.EventBus) int { return cmp.Compare(x.Name, y.Name) })
	return list, nil
}

// DeleteEventBus implements [bus.Bus]; [bus.NotFound] when there is none of that
// name. A rule that was deleted a moment ago may still count.
func (b *Bus) DeleteEventBus(ctx context.Context, name string) error {
	out, err := b.client.ListRules(ctx, &eventbridge.ListRulesInput{EventBusName: aws.String(name), Limit: aws.Int32(1)})
	if err != nil {
		return b.fail(ctx, name, err)
	}
	if len(out.Rules) > 0 {
		return &bus.Error{
			Kind: bus.NotEmpty, Action: "events:DeleteEventBus", Resource: name,
			Text: "the event bus still has rules, such as " + aws.ToString(out.Rules[0].Name),
		}
	}
	_, err = b.client.DeleteEventBus(ctx, &eventbridge.DeleteEventBusInput{Name: aws.String(name)})
	return b.fail(ctx, name, err)
}
