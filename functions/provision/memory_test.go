package provision_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
)

// memory is a bus that keeps what it is given, and nothing else. It has the
// limits of Alibaba Cloud.
type memory struct {
	mu      sync.Mutex
	buses   map[string]bus.EventBus
	rules   map[string]bus.Rule // by "<bus>/<rule>"
	targets map[string]map[string]bus.Target
	calls   map[string]int
	limits  bus.Limits
	// before and after may fail a call, before or after it took effect; number
	// counts all calls from 1.
	before, after func(number int, action string) error
	number        int
	// watch sees the state after each call.
	watch func()
}

func newMemory() *memory {
	return &memory{
		buses: map[string]bus.EventBus{}, rules: map[string]bus.Rule{},
		targets: map[string]map[string]bus.Target{}, calls: map[string]int{},
		limits: bus.Limits{
			RulesPerBus: 50, TargetsPerRule: 5, FieldValues: 5, RuleName: 127, BusName: 127, Description: 255, Pattern: 4096, Wrapper: 10240,
			PatternOf: func(p string) (string, error) { return p, nil },
			WrapperOf: wrapped,
		},
	}
}

// wrapped is what a target carries; what the rules of a list share stands once.
func wrapped(t bus.Target) (string, error) {
	is := map[string]any{"rule": t.Rule, "target": t.Receiver}
	if len(t.Patterns) > 0 {
		is["patterns"] = t.Patterns
	}
	if t.List != nil {
		is = map[string]any{}
		var rules []any
		for i, c := range t.List {
			if i > 0 {
				c.Rule.Owner, c.Rule.OnBus, c.Rule.Catalogue = "", "", event.Catalogue{}
			}
			patterns := make([]json.RawMessage, len(c.Patterns))
			for j, p := range c.Patterns {
				patterns[j] = json.RawMessage(p)
			}
			rules = append(rules, map[string]any{"rule": c.Rule, "patterns": patterns, "targets": c.Receivers})
		}
		is["rules"] = rules
	}
	text, err := json.Marshal(is)
	return string(text), err
}

func (m *memory) call(action, resource string, do func() (bus.Kind, bool)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.number++
	m.calls[action]++
	if m.before != nil {
		if err := m.before(m.number, action); err != nil {
			return err
		}
	}
	if kind, failed := do(); failed {
		return &bus.Error{Kind: kind, Action: "eventbridge:" + action, Resource: resource, Code: "code"}
	}
	if m.watch != nil {
		m.watch()
	}
	if m.after != nil {
		return m.after(m.number, action)
	}
	return nil
}

func (m *memory) CreateEventBus(_ context.Context, b bus.EventBus) error {
	return m.call("CreateEventBus", b.Name, func() (bus.Kind, bool) {
		if _, found := m.buses[b.Name]; found {
			return bus.Exists, true
		}
		m.buses[b.Name] = b
		return 0, false
	})
}

func (m *memory) GetEventBus(_ context.Context, name string) (b bus.EventBus, err error) {
	err = m.call("GetEventBus", name, func() (bus.Kind, bool) {
		var found bool
		b, found = m.buses[name]
		return bus.NotFound, !found
	})
	return b, err
}

func (m *memory) ListEventBuses(_ context.Context, prefix string) (list []bus.EventBus, err error) {
	err = m.call("ListEventBuses", "", func() (bus.Kind, bool) {
		for _, name := range slices.Sorted(maps.Keys(m.buses)) {
			if strings.HasPrefix(name, prefix) {
				list = append(list, m.buses[name])
			}
		}
		return 0, false
	})
	return list, err
}

func (m *memory) DeleteEventBus(_ context.Context, name string) error {
	return m.call("DeleteEventBus", name, func() (bus.Kind, bool) {
		if _, found := m.buses[name]; !found {
			return bus.NotFound, true
		}
		if len(m.names(name)) > 0 {
			return bus.NotEmpty, true
		}
		delete(m.buses, name)
		return 0, false
	})
}

func (m *memory) names(name string) []string {
	var list []string
	for key := range m.rules {
		if rule, ok := strings.CutPrefix(key, name+"/"); ok {
			list = append(list, rule)
		}
	}
	slices.Sort(list)
	return list
}

func (m *memory) CreateRule(_ context.Context, name string, r bus.Rule) error {
	return m.call("CreateRule", name+"/"+r.Name, func() (bus.Kind, bool) {
		if _, found := m.buses[name]; !found {
			return bus.NotFound, true
		}
		if _, found := m.rules[name+"/"+r.Name]; found {
			return bus.Exists, true
		}
		if l := m.limits.RulesPerBus; l > 0 && len(m.names(name)) >= l {
			return bus.Quota, true
		}
		if utf8.RuneCountInString(r.Description) > m.limits.Description || strings.Contains(r.Name, " ") {
			return bus.Invalid, true
		}
		m.rules[name+"/"+r.Name] = r
		m.targets[name+"/"+r.Name] = map[string]bus.Target{}
		return 0, false
	})
}

func (m *memory) GetRule(_ context.Context, name, rule string) (r bus.Rule, err error) {
	err = m.call("GetRule", name+"/"+rule, func() (bus.Kind, bool) {
		var found bool
		r, found = m.rules[name+"/"+rule]
		return bus.NotFound, !found
	})
	return r, err
}

// with changes a rule that is there.
func (m *memory) with(action, name, rule string, change func(r *bus.Rule)) error {
	return m.call(action, name+"/"+rule, func() (bus.Kind, bool) {
		r, found := m.rules[name+"/"+rule]
		if !found {
			return bus.NotFound, true
		}
		change(&r)
		m.rules[name+"/"+rule] = r
		return 0, false
	})
}

func (m *memory) UpdateRule(_ context.Context, name string, r bus.Rule) error {
	return m.with("UpdateRule", name, r.Name, func(is *bus.Rule) { *is = r })
}

func (m *memory) EnableRule(_ context.Context, name, rule string) error {
	return m.with("EnableRule", name, rule, func(r *bus.Rule) { r.Enabled = true })
}

func (m *memory) DisableRule(_ context.Context, name, rule string) error {
	return m.with("DisableRule", name, rule, func(r *bus.Rule) { r.Enabled = false })
}

func (m *memory) DeleteRule(_ context.Context, name, rule string) error {
	return m.call("DeleteRule", name+"/"+rule, func() (bus.Kind, bool) {
		if _, found := m.rules[name+"/"+rule]; !found {
			return bus.NotFound, true
		}
		delete(m.rules, name+"/"+rule)
		delete(m.targets, name+"/"+rule)
		return 0, false
	})
}

func (m *memory) ListRules(_ context.Context, name string) (list []bus.Rule, err error) {
	err = m.call("ListRules", name, func() (bus.Kind, bool) {
		if _, found := m.buses[name]; !found {
			return bus.NotFound, true
		}
		for _, rule := range m.names(name) {
			list = append(list, m.rules[name+"/"+rule])
		}
		return 0, false
	})
	return list, err
}

func (m *memory) UpdateTargets(_ context.Context, name, rule string, targets []bus.Target) error {
	return m.call("UpdateTargets", name+"/"+rule, func() (bus.Kind, bool) {
		is, found := m.targets[name+"/"+rule]
		if !found {
			return bus.NotFound, true
		}
		next := maps.Clone(is)
		for _, t := range targets {
			next[t.ID] = t
		}
		if len(next) > m.limits.TargetsPerRule {
			return bus.Quota, true
		}
		for _, t := range targets {
			if text, err := m.limits.WrapperOf(t); err != nil || utf8.RuneCountInString(text) > m.limits.Wrapper {
				return bus.Invalid, true
			}
		}
		m.targets[name+"/"+rule] = next
		return 0, false
	})
}

func (m *memory) DeleteTargets(_ context.Context, name, rule string, ids []string) error {
	return m.call("DeleteTargets", name+"/"+rule, func() (bus.Kind, bool) {
		is, found := m.targets[name+"/"+rule]
		if !found {
			return bus.NotFound, true
		}
		for _, id := range ids {
			delete(is, id)
		}
		return 0, false
	})
}

func (m *memory) ListTargets(_ context.Context, name string, rules []string) (list map[string][]bus.Target, err error) {
	list = map[string][]bus.Target{}
	err = m.call("ListTargets", name, func() (bus.Kind, bool) {
		for _, rule := range rules {
			list[rule] = slices.Collect(maps.Values(m.targets[name+"/"+rule]))
		}
		return 0, false
	})
	return list, err
}

func (m *memory) PutEvents(context.Context, string, []event.Event) error {
	return m.call("PutEvents", "", func() (bus.Kind, bool) { return 0, false })
}

func (m *memory) Limits() bus.Limits { return m.limits }
