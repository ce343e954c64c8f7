package bustest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// service keeps buses in memory. It is the smallest thing that passes.
type service struct {
	mu    sync.Mutex
	buses map[string]*kept
}

type kept struct {
	bus.EventBus
	rules  map[string]*keptRule
	events []string
}

type keptRule struct {
	bus.Rule
	targets map[string]bus.Target
}

// memory is a client of a service. Its url is asked for leave before every
// call, so that there is a network to fail.
type memory struct {
	*service
	url    string
	client http.RoundTripper
	key    string
}

const key = "key-0123456789abcdef"

func fail(kind bus.Kind, action, text string) error {
	return &bus.Error{Kind: kind, Action: "memory:" + action, Code: "Code", Text: text}
}

// call asks for leave and locks the service; the caller must unlock it when
// there is no error.
func (m memory) call(ctx context.Context, action string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, strings.NewReader(m.key))
	if err != nil {
		return err
	}
	req.Header.Set("Key", m.key)
	res, err := m.client.RoundTrip(req)
	if ctx.Err() != nil {
		return &bus.Error{Kind: bus.Unavailable, Action: "memory:" + action, Cause: ctx.Err()}
	}
	if err != nil {
		return &bus.Error{Kind: bus.Unavailable, Action: "memory:" + action, Cause: err}
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fail(bus.NoCredentials, action, "no such key")
	}
	m.mu.Lock()
	return nil
}

// find looks for a bus, and for a rule of it unless that is "".
func (m memory) find(action, name, rule string) (*kept, *keptRule, error) {
	b, ok := m.buses[name]
	if !ok {
		return nil, nil, fail(bus.NotFound, action, "no such bus")
	}
	r, ok := b.rules[rule]
	if !ok && rule != "" {
		return nil, nil, fail(bus.NotFound, action, "no such rule")
	}
	return b, r, nil
}

// on calls do with what find found.
func (m memory) on(ctx context.Context, action, name, rule string, do func(b *kept, r *keptRule) error) error {
	if err := m.call(ctx, action); err != nil {
		return err
	}
	defer m.mu.Unlock()
	b, r, err := m.find(action, name, rule)
	if err != nil {
		return err
	}
	return do(b, r)
}

func (m memory) CreateEventBus(ctx context.Context, b bus.EventBus) error {
	if err := m.call(ctx, "CreateEventBus"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if m.buses[b.Name] != nil {
		return fail(bus.Exists, "CreateEventBus", "there is one")
	}
	b.ARN = "memory:" + b.Name
	m.buses[b.Name] = &kept{EventBus: b, rules: map[string]*keptRule{}}
	return nil
}

func (m memory) GetEventBus(ctx context.Context, name string) (found bus.EventBus, err error) {
	err = m.on(ctx, "GetEventBus", name, "", func(b *kept, _ *keptRule) error { found = b.EventBus; return nil })
	return found, err
}

func (m memory) ListEventBuses(ctx context.Context, prefix string) ([]bus.EventBus, error) {
	if err := m.call(ctx, "ListEventBuses"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var list []bus.EventBus
	for _, name := range slices.Sorted(maps.Keys(m.buses)) {
		if strings.HasPrefix(name, prefix) {
			list = append(list, m.buses[name].EventBus)
		}
	}
	return list, nil
}

func (m memory) DeleteEventBus(ctx context.Context, name string) error {
	return m.on(ctx, "DeleteEventBus", name, "", func(b *kept, _ *keptRule) error {
		if len(b.rules) > 0 {
			return fail(bus.NotEmpty, "DeleteEventBus", "it has rules")
		}
		delete(m.buses, name)
		return nil
	})
}

func (m memory) CreateRule(ctx context.Context, name string, r bus.Rule) error {
	return m.on(ctx, "CreateRule", name, "", func(b *kept, _ *keptRule) error {
		if _, err := rule.Compile(rule.Alibaba, []byte(r.Pattern)); err != nil {
			return fail(bus.Invalid, "CreateRule", err.Error())
		}
		if b.rules[r.Name] != nil {
			return fail(bus.Exists, "CreateRule", "there is one")
		}
		b.rules[r.Name] = &keptRule{Rule: r, targets: map[string]bus.Target{}}
		return nil
	})
}

func (m memory) GetRule(ctx context.Context, name, rule string) (found bus.Rule, err error) {
	err = m.on(ctx, "GetRule", name, rule, func(_ *kept, r *keptRule) error { found = r.Rule; return nil })
	return found, err
}

func (m memory) UpdateRule(ctx context.Context, name string, r bus.Rule) error {
	return m.on(ctx, "UpdateRule", name, r.Name, func(_ *kept, old *keptRule) error {
		if _, err := rule.Compile(rule.Alibaba, []byte(r.Pattern)); err != nil {
			return fail(bus.Invalid, "UpdateRule", err.Error())
		}
		old.Rule = r
		return nil
	})
}

func (m memory) EnableRule(ctx context.Context, name, rule string) error {
	return m.on(ctx, "EnableRule", name, rule, func(_ *kept, r *keptRule) error { r.Enabled = true; return nil })
}

func (m memory) DisableRule(ctx context.Context, name, rule string) error {
	return m.on(ctx, "DisableRule", name, rule, func(_ *kept, r *keptRule) error { r.Enabled = false; return nil })
}

func (m memory) DeleteRule(ctx context.Context, name, rule string) error {
	return m.on(ctx, "DeleteRule", name, rule, func(b *kept, _ *keptRule) error { delete(b.rules, rule); return nil })
}

func (m memory) ListRules(ctx context.Context, name string) (list []bus.Rule, err error) {
	err = m.on(ctx, "ListRules", name, "", func(b *kept, _ *keptRule) error {
		for _, r := range b.rules {
			list = append(list, r.Rule)
		}
		slices.SortFunc(list, func(a, b bus.Rule) int { return cmp.Compare(a.Name, b.Name) })
		return nil
	})
	return list, err
}

func (m memory) UpdateTargets(ctx context.Context, name, rule string, targets []bus.Target) error {
	return m.on(ctx, "UpdateTargets", name, rule, func(_ *kept, r *keptRule) error {
		for _, g := range targets {
			r.targets[g.ID] = g
		}
		return nil
	})
}

func (m memory) DeleteTargets(ctx context.Context, name, rule string, ids []string) error {
	return m.on(ctx, "DeleteTargets", name, rule, func(_ *kept, r *keptRule) error {
		for _, id := range ids {
			delete(r.targets, id)
		}
		return nil
	})
}

func (m memory) ListTargets(ctx context.Context, name string, rules []string) (map[string][]bus.Target, error) {
	found := map[string][]bus.Target{}
	return found, m.on(ctx, "ListTargets", name, "", func(b *kept, _ *keptRule) error {
		for _, rule := range rules {
			r, ok := b.rules[rule]
			if !ok {
				continue
			}
			for _, id := range slices.Sorted(maps.Keys(r.targets)) {
				found[rule] = append(found[rule], r.targets[id])
			}
		}
		return nil
	})
}

func (m memory) PutEvents(ctx context.Context, name string, events []event.Event) error {
	return m.on(ctx, "PutEvents", name, "", func(b *kept, _ *keptRule) error {
		var large []error
		for _, e := range events {
			if len(e.JSON()) > event.MaxEventBytes {
				large = append(large, errors.New("too large: "+e.ID()))
				continue
			}
			b.events = append(b.events, e.ID())
		}
		if large != nil {
			return fail(bus.Invalid, "PutEvents", errors.Join(large...).Error())
		}
		return nil
	})
}

func (m memory) Limits() bus.Limits {
	return bus.Limits{
		RulesPerBus: 300, TargetsPerRule: 5, RuleName: 64, BusName: 256, Description: 512, Pattern: 2048, Wrapper: 8192,
		PatternOf: func(pattern string) (string, error) { return pattern, nil },
		WrapperOf: func(g bus.Target) (string, error) {
			b, err := json.Marshal(g)
			return string(b), err
		},
	}
}

func (m memory) foreign(_ T, name string) (rule, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.buses[name].rules["by-hand"] = &keptRule{
		Rule:    bus.Rule{Name: "by-hand", Pattern: `{"source":["x"]}`},
		targets: map[string]bus.Target{"queue": {ID: "queue", Altered: fmt.Sprintf("a target of type %s", "acs.mns.queue")}},
	}
	return "by-hand", "queue"
}

func (m memory) watch(_ T, name string) func() []string {
	return func() []string {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.buses[name].events
	}
}

var _ bus.Bus = memory{}
