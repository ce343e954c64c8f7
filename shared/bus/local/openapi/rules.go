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

func (h *Handler) rule(r local.Rule) eventRule {
	status := disabled
	if r.Enabled {
		status = enabled
	}
	return eventRule{r.Created.UnixMilli(), r.Description, r.Bus, r.FilterPattern, h.arn("eventbus/" + r.Bus + "/rule/" + r.Name), r.Name, status, []target{}}
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
	p, err := v.required("EventBusName", "RuleName", "FilterPattern")
	if err != nil {
		return nil, err
	}
	r := local.Rule{Bus: p[0], Name: p[1], FilterPattern: p[2], Description: v.Get("Description")}
	if r.Enabled, err = state(v, true); err != nil {
		return nil, err
	}
	if v.Get("EventTargets") != "" {
		if r.Targets, err = readTargets(v, "EventTargets"); err != nil {
			return nil, err
		}
	}
	if err := h.bus.CreateRule(ctx, r); err != nil {
		return nil, err
	}
	return struct{ RuleARN string }{h.arn("eventbus/" + r.Bus + "/rule/" + r.Name)}, nil
}

func (h *Handler) getRule(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName", "RuleName")
	if err != nil {
		return nil, err
	}
	r, err := h.bus.GetRule(ctx, p[0], p[1])
	if err != nil {
		return nil, err
	}
	answer := h.rule(r)
	for _, t := range r.Targets {
		answer.Targets = append(answer.Targets, whole(t))
	}
	return answer, nil
}

// updateRule leaves what the caller does not name as it is.
func (h *Handler) updateRule(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName", "RuleName", "FilterPattern")
	if err != nil {
		return nil, err
	}
	h.rewriting.Lock()
	defer h.rewriting.Unlock()
	r, err := h.bus.GetRule(ctx, p[0], p[1])
	if err != nil {
		return nil, err
	}
	r.FilterPattern = p[2]
	if v.Has("Description") {
		r.Description = v.Get("Description")
	}
	if r.Enabled, err = state(v, r.Enabled); err != nil {
		return nil, err
	}
	return true, h.bus.UpdateRule(ctx, r)
}

func (h *Handler) enableRule(ctx context.Context, v values) (any, error) {
	return h.setEnabled(ctx, v, true)
}

func (h *Handler) disableRule(ctx context.Context, v values) (any, error) {
	return h.setEnabled(ctx, v, false)
}

func (h *Handler) setEnabled(ctx context.Context, v values, enabled bool) (any, error) {
	p, err := v.required("EventBusName", "RuleName")
	if err != nil {
		return nil, err
	}
	h.rewriting.Lock()
	defer h.rewriting.Unlock()
	return nil, h.bus.SetRuleEnabled(ctx, p[0], p[1], enabled)
}

func (h *Handler) deleteRule(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName", "RuleName")
	if err != nil {
		return nil, err
	}
	return nil, h.bus.DeleteRule(ctx, p[0], p[1])
}

// listRules shows of targets what the service shows there: not their
// parameters.
func (h *Handler) listRules(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName")
	if err != nil {
		return nil, err
	}
	list, err := h.bus.ListRules(ctx, p[0])
	if err != nil {
		return nil, err
	}
	name := func(r local.Rule) string { return r.Name }
	list = prefixed(list, name, v.Get("RuleNamePrefix"))
	entries, next, err := page(list, name, v)
	if err != nil {
		return nil, err
	}
	data := struct {
		NextToken string `json:",omitempty"`
		Rules     []eventRule
		Total     int
	}{next, []eventRule{}, len(list)}
	for _, r := range entries {
		answer := h.rule(r)
		for _, t := range r.Targets {
			answer.Targets = append(answer.Targets, brief(t))
		}
		data.Rules = append(data.Rules, answer)
	}
	return data, nil
}
