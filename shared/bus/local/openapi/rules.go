package openapi

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// The states of a rule.
const (
	enabled  = "ENABLE"
	disabled = "DISABLE"
)

// eventRule is a rule in replies.
type eventRule struct {
	CreatedTimestamp int64
	Description      string
	EventBusName     string
	FilterPattern    string
	RuleARN          string
	RuleName         string
	Status           string
	Targets          []target
}

// rule is a rule as replies show it, with what show makes of its targets.
func (h *Handler) rule(r local.Rule, show func(local.Target) target) eventRule {
	status := disabled
	if r.Enabled {
		status = enabled
	}
	answer := eventRule{r.Created.UnixMilli(), r.Description, r.Bus, r.FilterPattern, h.arn("eventbus/" + r.Bus + "/rule/" + r.Name), r.Name, status, []target{}}
	for _, t := range r.Targets {
		answer.Targets = append(answer.Targets, show(t))
	}
	return answer
}

// state reads Status; without one a rule is as is says.
func state(v values, is bool) (bool, error) {
	switch v.Get("Status") {
	case "":
		return is, nil
	case enabled:
		return true, nil
	case disabled:
		return false, nil
	}
	return false, invalid("Status must be " + enabled + " or " + disabled + ".")
}

func (h *Handler) createRule(ctx context.Context, v values) (any, error) {
	r := local.Rule{Bus: v.bus(), Name: v.rule(), FilterPattern: v.Get("FilterPattern"), Description: v.Get("Description")}
	var err error
	if r.Enabled, err = state(v, true); err != nil {
		return nil, err
	}
	if v.Get("EventTargets") != "" {
		if r.Targets, err = readTargets(v, "EventTargets"); err != nil {
			return nil, err
		}
	}
	return struct{ RuleARN string }{h.arn(ofRule(v))}, h.bus.CreateRule(ctx, r)
}

func (h *Handler) getRule(ctx context.Context, v values) (any, error) {
	r, err := h.bus.GetRule(ctx, v.bus(), v.rule())
	return h.rule(r, whole), err
}

// updateRule leaves what the caller does not name as it is.
func (h *Handler) updateRule(ctx context.Context, v values) (any, error) {
	h.rewriting.Lock()
	defer h.rewriting.Unlock()
	r, err := h.bus.GetRule(ctx, v.bus(), v.rule())
	if err != nil {
		return nil, err
	}
	r.FilterPattern = v.Get("FilterPattern")
	if v.Has("Description") {
		r.Description = v.Get("Description")
	}
	if r.Enabled, err = state(v, r.Enabled); err != nil {
		return nil, err
	}
	return true, h.bus.UpdateRule(ctx, r)
}

func (h *Handler) setEnabled(enabled bool) func(context.Context, values) (any, error) {
	return func(ctx context.Context, v values) (any, error) {
		h.rewriting.Lock()
		defer h.rewriting.Unlock()
		return nil, h.bus.SetRuleEnabled(ctx, v.bus(), v.rule(), enabled)
	}
}

func (h *Handler) deleteRule(ctx context.Context, v values) (any, error) {
	return nil, h.bus.DeleteRule(ctx, v.bus(), v.rule())
}

// listRules shows of targets what the service shows there: not their
// parameters.
func (h *Handler) listRules(ctx context.Context, v values) (any, error) {
	list, err := h.bus.ListRules(ctx, v.bus())
	if err != nil {
		return nil, err
	}
	name := func(r local.Rule) string { return r.Name }
	return page("Rules", prefixed(list, name, v.Get("RuleNamePrefix")), name, v, func(r local.Rule) eventRule { return h.rule(r, brief) })
}
