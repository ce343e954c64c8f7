package local

import (
	"context"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// CreateEventBus creates a custom event bus. The bus sets Created.
func (b *Bus) CreateEventBus(ctx context.Context, bus EventBus) error {
	if err := checkBus(bus); err != nil {
		return err
	}
	bus.Created = b.options.Now()
	return b.change(ctx, "", "", func(tx *store.Tx) error {
		switch {
		case tx.HasEventBus(bus.Name):
			return refuse(codeBusExists, "The event bus [%s] already existed!", bus.Name)
		case tx.CountEventBuses() >= b.options.EventBuses:
			return refuse(codeBusQuota, "The count of event buses is more than %d.", b.options.EventBuses)
		}
		tx.AddEventBus(bus)
		return nil
	})
}

func noBus(name string) error { return refuse(codeBusUnknown, "The event bus [%s] not existed!", name) }

// GetEventBus returns a bus.
func (b *Bus) GetEventBus(ctx context.Context, name string) (EventBus, error) {
	list, err := b.ListEventBuses(ctx)
	if err != nil {
		return EventBus{}, err
	}
	if i := slices.IndexFunc(list, func(have EventBus) bool { return have.Name == name }); i >= 0 {
		return list[i], nil
	}
	return EventBus{}, noBus(name)
}

// ListEventBuses returns all buses, by name.
func (b *Bus) ListEventBuses(ctx context.Context) ([]EventBus, error) {
	if !b.Activated() {
		return nil, errNotActivated
	}
	list, err := b.store.EventBuses(ctx)
	return list, failed(err)
}

// UpdateEventBus replaces the description of a bus.
func (b *Bus) UpdateEventBus(ctx context.Context, bus EventBus) error {
	if err := checkDescription(bus.Description); err != nil {
		return err
	}
	return b.change(ctx, "", "", func(tx *store.Tx) error {
		if !tx.HasEventBus(bus.Name) {
			return noBus(bus.Name)
		}
		tx.SetEventBus(bus)
		return nil
	})
}

// DeleteEventBus deletes a bus, which must have no rules. Its events stay in the
// history.
func (b *Bus) DeleteEventBus(ctx context.Context, name string) error {
	return b.change(ctx, "", "", func(tx *store.Tx) error {
		switch {
		case !tx.HasEventBus(name):
			return noBus(name)
		case tx.CountRules(name) > 0:
			return refuse(codeBusNotEmpty, "The event bus [%s] has rules: delete them first", name)
		}
		tx.RemoveEventBus(name)
		return nil
	})
}
