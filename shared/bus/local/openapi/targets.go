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

func entriesOf(failed []local.EntryError, err error) (any, error) {
	answer := entries{[]entry{}, len(failed)}
	for _, f := range failed {
		answer.ErrorEntries = append(answer.ErrorEntries, entry{f.ID, f.Code, f.Text})
	}
	return answer, err
}

func (h *Handler) putTargets(ctx context.Context, v values) (any, error) {
	targets, err := readTargets(v, "Targets")
	if err != nil {
		return nil, err
	}
	return entriesOf(h.bus.PutTargets(ctx, v.bus(), v.rule(), targets))
}

func (h *Handler) deleteTargets(ctx context.Context, v values) (any, error) {
	var ids []string
	if err := v.list("TargetIds", &ids); err != nil {
		return nil, err
	}
	return entriesOf(h.bus.DeleteTargets(ctx, v.bus(), v.rule(), ids))
}

func (h *Handler) listTargets(ctx context.Context, v values) (any, error) {
	r, err := h.bus.GetRule(ctx, v.bus(), v.rule())
	if err != nil {
		return nil, err
	}
	id := func(t local.Target) string { return t.ID }
	slices.SortFunc(r.Targets, func(a, b local.Target) int { return strings.Compare(a.ID, b.ID) })
	return page("Targets", r.Targets, id, v, func(t local.Target) target {
		answer := whole(t)
		answer.EventBusName, answer.RuleName = r.Bus, r.Name
		return answer
	})
}
