package bustest

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
)

// methods calls every method of b once, by its name.
func methods(t T, b bus.Bus) map[string]func(context.Context) error {
	r := bus.Rule{Name: "job-died", Pattern: pattern, Enabled: true}
	e := eventOf(t, "e-1", 0)
	return map[string]func(context.Context) error{
		"GetEventBus":    func(ctx context.Context) error { _, err := b.GetEventBus(ctx, busName); return err },
		"ListEventBuses": func(ctx context.Context) error { _, err := b.ListEventBuses(ctx, busName); return err },
		"CreateRule":     func(ctx context.Context) error { return b.CreateRule(ctx, busName, r) },
		"GetRule":        func(ctx context.Context) error { _, err := b.GetRule(ctx, busName, r.Name); return err },
		"UpdateRule":     func(ctx context.Context) error { return b.UpdateRule(ctx, busName, r) },
		"EnableRule":     func(ctx context.Context) error { return b.EnableRule(ctx, busName, r.Name) },
		"DisableRule":    func(ctx context.Context) error { return b.DisableRule(ctx, busName, r.Name) },
		"DeleteRule":     func(ctx context.Context) error { return b.DeleteRule(ctx, busName, r.Name) },
		"ListRules":      func(ctx context.Context) error { _, err := b.ListRules(ctx, busName); return err },
		"UpdateTargets": func(ctx context.Context) error {
			return b.UpdateTargets(ctx, busName, r.Name, []bus.Target{sample("a")})
		},
		"DeleteTargets": func(ctx context.Context) error { return b.DeleteTargets(ctx, busName, r.Name, []string{"a"}) },
		"ListTargets": func(ctx context.Context) error {
			_, err := b.ListTargets(ctx, busName, []string{r.Name})
			return err
		},
		"PutEvents":      func(ctx context.Context) error { return b.PutEvents(ctx, busName, []event.Event{e}) },
		"DeleteEventBus": func(ctx context.Context) error { return b.DeleteEventBus(ctx, busName) },
		"CreateEventBus": func(ctx context.Context) error { return b.CreateEventBus(ctx, bus.EventBus{Name: busName}) },
	}
}

// calls returns what each method fails with on a service without buses. The
// one that makes a bus is not called.
func calls(t T, b bus.Bus) map[string]error {
	t.Helper()
	failed := map[string]error{}
	for name, call := range methods(t, b) {
		if name != "CreateEventBus" {
			failed[name] = call(ctx)
		}
	}
	return failed
}
