package openapi

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// eventBus is a bus in replies.
type eventBus struct {
	CreateTimestamp int64
	Description     string
	EventBusARN     string
	EventBusName    string
}

func (h *Handler) eventBus(b local.EventBus) eventBus {
	return eventBus{b.Created.UnixMilli(), b.Description, h.arn("eventbus/" + b.Name), b.Name}
}

func (h *Handler) createEventBus(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName")
	if err != nil {
		return nil, err
	}
	if err := h.bus.CreateEventBus(ctx, local.EventBus{Name: p[0], Description: v.Get("Description")}); err != nil {
		return nil, err
	}
	return struct{ EventBusARN string }{h.arn("eventbus/" + p[0])}, nil
}

func (h *Handler) getEventBus(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName")
	if err != nil {
		return nil, err
	}
	b, err := h.bus.GetEventBus(ctx, p[0])
	if err != nil {
		return nil, err
	}
	return h.eventBus(b), nil
}

func (h *Handler) listEventBuses(ctx context.Context, v values) (any, error) {
	list, err := h.bus.ListEventBuses(ctx)
	if err != nil {
		return nil, err
	}
	name := func(b local.EventBus) string { return b.Name }
	list = prefixed(list, name, v.Get("NamePrefix"))
	entries, next, err := page(list, name, v)
	if err != nil {
		return nil, err
	}
	data := struct {
		EventBuses []eventBus
		NextToken  string `json:",omitempty"`
		Total      int
	}{[]eventBus{}, next, len(list)}
	for _, b := range entries {
		data.EventBuses = append(data.EventBuses, h.eventBus(b))
	}
	return data, nil
}

func (h *Handler) updateEventBus(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName")
	if err != nil {
		return nil, err
	}
	return nil, h.bus.UpdateEventBus(ctx, local.EventBus{Name: p[0], Description: v.Get("Description")})
}

func (h *Handler) deleteEventBus(ctx context.Context, v values) (any, error) {
	p, err := v.required("EventBusName")
	if err != nil {
		return nil, err
	}
	return nil, h.bus.DeleteEventBus(ctx, p[0])
}
