package aws

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/pai-notify/pai-notify/shared/bus"
	"golang.org/x/sync/errgroup"
)

// retryAge and retryAttempts are how long, in seconds, and how often EventBridge
// tries to hand an event to a function that cannot be reached: the longest that
// it offers (RetryPolicy), because it drops the event after that when there is
// no dead letter queue. What the function answers does not count here: it is
// invoked asynchronously, and the function's own settings say how often that is
// repeated.
const (
	retryAge      = 86400
	retryAttempts = 185
)

// atOnce is how many rules are asked for their targets at a time. An account
// may make 50 such calls a second (Amazon EventBridge quotas); with more at
// once, waiting for throttled ones would cost what is gained.
const atOnce = 4

// UpdateTargets implements [bus.Bus].
func (b *Bus) UpdateTargets(ctx context.Context, name, rule string, targets []bus.Target) error {
	entries := make([]types.Target, len(targets))
	for i, t := range targets {
		entry, err := b.entry(t)
		if err != nil {
			return &bus.Error{Kind: bus.Invalid, Action: "events:PutTargets", Resource: name + "/" + rule, Text: "target " + t.ID + ": " + err.Error()}
		}
		entries[i] = entry
	}
	for part := range slices.Chunk(entries, page) {
		out, err := b.client.PutTargets(ctx, &eventbridge.PutTargetsInput{EventBusName: aws.String(name), Rule: aws.String(rule), Targets: part})
		if err != nil {
			return b.fail(ctx, name+"/"+rule, err)
		}
		var refused refusals
		for _, f := range out.FailedEntries {
			refused.add("target "+aws.ToString(f.TargetId), b.entryError(f.ErrorCode, f.ErrorMessage))
		}
		if err := refused.err("events:PutTargets", name+"/"+rule); err != nil {
			return err
		}
	}
	return nil
}

// DeleteTargets implements [bus.Bus].
func (b *Bus) DeleteTargets(ctx context.Context, name, rule string, ids []string) error {
	for part := range slices.Chunk(ids, page) {
		out, err := b.client.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{EventBusName: aws.String(name), Rule: aws.String(rule), Ids: part})
		if err != nil {
			return b.fail(ctx, name+"/"+rule, err)
		}
		var refused refusals
		for _, f := range out.FailedEntries {
			if err := b.entryError(f.ErrorCode, f.ErrorMessage); err.Kind != bus.NotFound {
				refused.add("target "+aws.ToString(f.TargetId), err)
			}
		}
		if err := refused.err("events:RemoveTargets", name+"/"+rule); err != nil {
			return err
		}
	}
	return nil
}

// ListTargets implements [bus.Bus] by a call for each rule: AWS has no other.
// A rule that is not there is an error.
func (b *Bus) ListTargets(ctx context.Context, name string, rules []string) (map[string][]bus.Target, error) {
	lists := make([][]types.Target, len(rules))
	group, sub := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, rule := range rules {
		group.Go(func() (err error) {
			lists[i], err = b.targetsOf(sub, name, rule)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	found := make(map[string][]bus.Target, len(rules))
	for i, rule := range rules {
		for _, t := range lists[i] {
			found[rule] = append(found[rule], b.target(t))
		}
	}
	return found, nil
}

// targetsOf returns the targets of a rule by id.
func (b *Bus) targetsOf(ctx context.Context, name, rule string) ([]types.Target, error) {
	var list []types.Target
	in := &eventbridge.ListTargetsByRuleInput{EventBusName: aws.String(name), Rule: aws.String(rule), Limit: aws.Int32(page)}
	for {
		out, err := b.client.ListTargetsByRule(ctx, in)
		if err != nil {
			return nil, b.fail(ctx, name+"/"+rule, err)
		}
		list = append(list, out.Targets...)
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	slices.SortFunc(list, func(x, y types.Target) int { return cmp.Compare(aws.ToString(x.Id), aws.ToString(y.Id)) })
	return list, nil
}
