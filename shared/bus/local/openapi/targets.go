package openapi

import (
	"context"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// target is a target in requests and replies.
type target struct {
	Id                string
	Type              string           `json:",omitempty"`
	Endpoint          string           `json:",omitempty"`
	ParamList         []param          `json:",omitempty"`
	PushRetryStrategy string           `json:",omitempty"`
	DeadLetterQueue   *deadLetterQueue `json:",omitempty"`
	ErrorsTolerance   string           `json:",omitempty"`
	EventBusName      string           `json:",omitempty"`
	RuleName          string           `json:",omitempty"`
}

type param struct {
	ResourceKey string
	Form        string
	Value       string `json:",omitempty"`
	Template    string `json:",omitempty"`
}

type deadLetterQueue struct{ Arn string }

func whole(t local.Target) target {
	answer := brief(t)
	answer.PushRetryStrategy = t.PushRetryStrategy
	if t.DeadLetterQueue != "" {
		answer.DeadLetterQueue = &deadLetterQueue{t.DeadLetterQueue}
	}
	for _, p := range t.Params {
		answer.ParamList = append(answer.ParamList, param(p))
	}
	return answer
}

func brief(t local.Target) target {
	return target{Id: t.ID, Type: t.Type, Endpoint: t.Endpoint, ErrorsTolerance: t.ErrorsTolerance}
}

func readTargets(v values, name string) ([]local.Target, error) {
	var list []target
	if err := v.list(name, &list); err != nil {
		return nil, err
	}
	targets := make([]local.Target, len(list))
	for i, t := range list {
		targets[i] = local.Target{ID: t.Id, Type: t.Type, Endpoint: t.Endpoint, PushRetryStrategy: t.PushRetryStrategy, ErrorsTolerance: t.ErrorsTolerance}
		if t.DeadLetterQueue != nil {
			targets[i].DeadLetterQueue = t.DeadLetterQueue.Arn
		}
		for _, p := range t.ParamList {
			targets[i].Params = append(targets[i].Params, local.Param(p))
		}
	}
	return targets, nil
}

// entries is the reply to changes of targets: one entry for each that was not
// done.
type entries struct {
	ErrorEntries      []entry
	ErrorEntriesCount int
}

type entry struct{ EntryId, ErrorCode, ErrorMessage string }

func entriesOf(failed []local.EntryError) entries {
	answer := entries{[]entry{}, len(failed)}
	for _, f := range failed {
		answer.ErrorEntries = append(answer.ErrorEntries, entry{f.ID, f.Code, f.Text})
	}
	return answer
}

func (h *Handler) putTargets(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName", "RuleName", "Targets")
	if err != nil {
		return nil, err
	}
	targets, err := readTargets(v, "Targets")
	if err != nil {
		return nil, err
	}
	failed, err := h.bus.PutTargets(ctx, p[0], p[1], targets)
	if err != nil {
		return nil, err
	}
	return entriesOf(failed), nil
}

func (h *Handler) deleteTargets(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName", "RuleName", "TargetIds")
	if err != nil {
		return nil, err
	}
	var ids []string
	if err := v.list("TargetIds", &ids); err != nil {
		return nil, err
	}
	failed, err := h.bus.DeleteTargets(ctx, p[0], p[1], ids)
	if err != nil {
		return nil, err
	}
	return entriesOf(failed), nil
}

func (h *Handler) listTargets(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName", "RuleName")
	if err != nil {
		return nil, err
	}
	r, err := h.bus.GetRule(ctx, p[0], p[1])
	if err != nil {
		return nil, err
	}
	list := r.Targets
	id := func(t local.Target) string { return t.ID }
	slices.SortFunc(list, func(a, b local.Target) int { return strings.Compare(a.ID, b.ID) })
	chosen, next, err := page(list, id, v)
	if err != nil {
		return nil, err
	}
	data := struct {
		NextToken string `json:",omitempty"`
		Targets   []target
		Total     int
	}{next, []target{}, len(list)}
	for _, t := range chosen {
		answer := whole(t)
		answer.EventBusName, answer.RuleName = r.Bus, r.Name
		data.Targets = append(data.Targets, answer)
	}
	return data, nil
}
