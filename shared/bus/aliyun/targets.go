package aliyun

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
	"golang.org/x/sync/errgroup"
)

// maxQuery is how many bytes the targets of one call may be in the query, where
// the SDK puts them. No limit is documented; 8 KB is what common gateways take
// without being told to take more.
const maxQuery = 8 << 10

// UpdateTargets implements [bus.Bus] by the operation PutTargets, which
// permissions know as UpdateTargets. Targets that would make the request's URL
// long go in several calls; a target that does so alone goes all the same.
func (b *Bus) UpdateTargets(ctx context.Context, on, rule string, targets []bus.Target) error {
	var batch []*eventbridge.PutTargetsRequestTargets
	size := 0
	for _, t := range targets {
		s, err := b.store(t)
		if err != nil {
			return &bus.Error{Kind: bus.Invalid, Action: "eventbridge:UpdateTargets", Resource: under(on, rule), Text: err.Error()}
		}
		one := put(s)
		text, _ := json.Marshal(one) // strings always encode
		n := len(url.QueryEscape(string(text)))
		if len(batch) > 0 && size+n > maxQuery {
			if err := b.putTargets(ctx, on, rule, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
		batch, size = append(batch, one), size+n
	}
	if len(batch) == 0 {
		return nil
	}
	return b.putTargets(ctx, on, rule, batch)
}

func (b *Bus) putTargets(ctx context.Context, on, rule string, targets []*eventbridge.PutTargetsRequestTargets) error {
	request := &eventbridge.PutTargetsRequest{EventBusName: &on, RuleName: &rule, Targets: targets}
	answer, failed, err := b.callForTargets(ctx, "UpdateTargets", under(on, rule), ask(request, (*eventbridge.Client).PutTargetsWithOptions))
	if err != nil {
		return err
	}
	return refused(answer, failed)
}

// DeleteTargets implements [bus.Bus].
func (b *Bus) DeleteTargets(ctx context.Context, on, rule string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	request := &eventbridge.DeleteTargetsRequest{EventBusName: &on, RuleName: &rule}
	for _, id := range ids {
		request.TargetIds = append(request.TargetIds, &id)
	}
	answer, failed, err := b.callForTargets(ctx, "DeleteTargets", under(on, rule), ask(request, (*eventbridge.Client).DeleteTargetsWithOptions))
	if err != nil {
		return err
	}
	failed = slices.DeleteFunc(failed, func(e entry) bool { return openapi.KindOf(e.ErrorCode, 0) == bus.NotFound })
	return refused(answer, failed)
}

// entry is one target that a call failed for.
type entry struct{ EntryId, ErrorCode, ErrorMessage string }

// callForTargets makes a call for several targets and returns those it failed
// for: an entry without an id where the service only counts them.
func (b *Bus) callForTargets(ctx context.Context, action, resource string, request func(*eventbridge.Client) error) (openapi.Answer, []entry, error) {
	var body struct {
		Data struct {
			ErrorEntriesCount int32
			ErrorEntries      []entry
		}
	}
	answer, err := b.call(ctx, action, resource, &body, request)
	failed := body.Data.ErrorEntries
	if count := body.Data.ErrorEntriesCount; err == nil && len(failed) == 0 && count > 0 {
		failed = []entry{{ErrorMessage: fmt.Sprintf("%d targets failed, and the service does not say which", count)}}
	}
	return answer, failed, err
}

// refused is the failure of single targets; of several the first says what kind
// of failure it is.
func refused(answer openapi.Answer, failed []entry) error {
	if len(failed) == 0 {
		return nil
	}
	e := answer.Refused(failed[0].ErrorCode, failed[0].ErrorMessage)
	if failed[0].EntryId != "" {
		e.Text = strings.TrimSpace("target " + failed[0].EntryId + ": " + e.Text)
	}
	for _, f := range failed[1:] {
		e.Text += fmt.Sprintf("; target %s: %s", f.EntryId, answer.Refused(f.ErrorCode, "").Code)
	}
	return e
}

// ListTargets implements [bus.Bus] by one GetRule for each rule. The operation
// ListTargets is documented for one rule as well, and it leaves out the retry
// strategy and the dead letter queue; ListRules leaves out the parameters. So
// this is what it takes to see everything that can be altered by hand.
func (b *Bus) ListTargets(ctx context.Context, on string, rules []string) (map[string][]bus.Target, error) {
	// Few enough at a time to stay below the limits that throttle a caller.
	const together = 4
	found := make(map[string][]bus.Target, len(rules))
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for _, rule := range rules {
		group.Go(func() error {
			data, err := b.rule(ctx, on, rule)
			if err != nil {
				return err
			}
			var targets []bus.Target
			for _, t := range data.Targets {
				targets = append(targets, b.read(got(t)))
			}
			slices.SortFunc(targets, func(x, y bus.Target) int { return strings.Compare(x.ID, y.ID) })
			mu.Lock()
			defer mu.Unlock()
			if len(targets) > 0 {
				found[rule] = targets
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return found, nil
}

// put is a target as PutTargets takes it.
func put(s stored) *eventbridge.PutTargetsRequestTargets {
	t := &eventbridge.PutTargetsRequestTargets{
		Id: &s.ID, Type: &s.Type, Endpoint: &s.Endpoint, PushRetryStrategy: &s.Retry, ErrorsTolerance: &s.ErrorsTolerance,
	}
	if s.DeadLetter != "" {
		t.DeadLetterQueue = &eventbridge.PutTargetsRequestTargetsDeadLetterQueue{Arn: &s.DeadLetter}
	}
	for _, p := range s.Params {
		sent := &eventbridge.PutTargetsRequestTargetsParamList{ResourceKey: &p.Key, Form: &p.Form, Value: &p.Value}
		if p.Template != "" {
			sent.Template = &p.Template
		}
		t.ParamList = append(t.ParamList, sent)
	}
	return t
}

// got is a target as GetRule returns it.
func got(t *eventbridge.GetRuleResponseBodyDataTargets) stored {
	s := stored{
		ID: value(t.Id), Type: value(t.Type), Endpoint: value(t.Endpoint),
		Retry: value(t.PushRetryStrategy), ErrorsTolerance: value(t.ErrorsTolerance), DeadLetter: value(value(t.DeadLetterQueue).Arn),
	}
	for _, p := range t.ParamList {
		s.Params = append(s.Params, param{value(p.ResourceKey), value(p.Form), value(p.Value), value(p.Template)})
	}
	return s
}
