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
	err := h.bus.CreateEventBus(ctx, local.EventBus{Name: v.bus(), Description: v.Get("Description")})
	return struct{ EventBusARN string }{h.arn("eventbus/" + v.bus())}, err
}

func (h *Handler) getEventBus(ctx context.Context, v values) (any, error) {
	b, err := h.bus.GetEventBus(ctx, v.bus())
	return h.eventBus(b), err
}

func (h *Handler) listEventBuses(ctx context.Context, v values) (any, error) {
	list, err := h.bus.ListEventBuses(ctx)
	if err != nil {
		return nil, err
	}
	name := func(b local.EventBus) string { return b.Name }
	return page("EventBuses", prefixed(list, name, v.Get("NamePrefix")), name, v, h.eventBus)
}

func (h *Handler) updateEventBus(ctx context.Context, v values) (any, error) {
	return nil, h.bus.UpdateEventBus(ctx, local.EventBus{Name: v.bus(), Description: v.Get("Description")})
}

func (h *Handler) deleteEventBus(ctx context.Context, v values) (any, error) {
	return nil, h.bus.DeleteEventBus(ctx, v.bus())
}
