package bustest

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

// Memory is a bus that keeps what it is given, and nothing else. Its calls may be
// made to fail.
type Memory struct {
	sync.Mutex
	// Rules and Targets are by "<bus>/<rule>", the latter then by id.
	Buses   map[string]bus.EventBus
	Rules   map[string]bus.Rule
	Targets map[string]map[string]bus.Target
	// Quotas are its limits, at first those of Alibaba Cloud.
	Quotas bus.Limits
	// Before and After may fail a call, before or after it took effect. Number
	// counts all calls from 1, and Calls those of each action.
	Before, After func(number int, action string) error
	Number        int
	Calls         map[string]int
	// Watch is called after each call that took effect.
	Watch func()
}

// NewMemory returns a bus without anything on it.
func NewMemory() *Memory {
	return &Memory{
		Buses: map[string]bus.EventBus{}, Rules: map[string]bus.Rule{},
		Targets: map[string]map[string]bus.Target{}, Calls: map[string]int{},
		Quotas: bus.Limits{
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

func (m *Memory) call(action, resource string, do func() (bus.Kind, bool)) error {
	m.Lock()
	defer m.Unlock()
	m.Number++
	m.Calls[action]++
	if m.Before != nil {
		if err := m.Before(m.Number, action); err != nil {
			return err
		}
	}
	if kind, failed := do(); failed {
		return &bus.Error{Kind: kind, Action: "eventbridge:" + action, Resource: resource, Code: "code"}
	}
	if m.Watch != nil {
		m.Watch()
	}
	if m.After != nil {
		return m.After(m.Number, action)
	}
	return nil
}

// CreateEventBus implements [bus.Bus].
func (m *Memory) CreateEventBus(_ context.Context, b bus.EventBus) error {
	return m.call("CreateEventBus", b.Name, func() (bus.Kind, bool) {
		if _, found := m.Buses[b.Name]; found {
			return bus.Exists, true
		}
		m.Buses[b.Name] = b
		return 0, false
	})
}

// GetEventBus implements [bus.Bus].
func (m *Memory) GetEventBus(_ context.Context, name string) (b bus.EventBus, err error) {
	err = m.call("GetEventBus", name, func() (bus.Kind, bool) {
		var found bool
		b, found = m.Buses[name]
		return bus.NotFound, !found
	})
	return b, err
}

// ListEventBuses implements [bus.Bus].
func (m *Memory) ListEventBuses(_ context.Context, prefix string) (list []bus.EventBus, err error) {
	err = m.call("ListEventBuses", "", func() (bus.Kind, bool) {
		for _, name := range slices.Sorted(maps.Keys(m.Buses)) {
			if strings.HasPrefix(name, prefix) {
				list = append(list, m.Buses[name])
			}
		}
		return 0, false
	})
	return list, err
}

// DeleteEventBus implements [bus.Bus].
func (m *Memory) DeleteEventBus(_ context.Context, name string) error {
	return m.call("DeleteEventBus", name, func() (bus.Kind, bool) {
		if _, found := m.Buses[name]; !found {
			return bus.NotFound, true
		}
		if len(m.names(name)) > 0 {
			return bus.NotEmpty, true
		}
		delete(m.Buses, name)
		return 0, false
	})
}

func (m *Memory) names(name string) []string {
	var list []string
	for key := range m.Rules {
		if rule, ok := strings.CutPrefix(key, name+"/"); ok {
			list = append(list, rule)
		}
	}
	slices.Sort(list)
	return list
}

// CreateRule implements [bus.Bus].
func (m *Memory) CreateRule(_ context.Context, name string, r bus.Rule) error {
	return m.call("CreateRule", name+"/"+r.Name, func() (bus.Kind, bool) {
		if _, found := m.Buses[name]; !found {
			return bus.NotFound, true
		}
		if _, found := m.Rules[name+"/"+r.Name]; found {
			return bus.Exists, true
		}
		if l := m.Quotas.RulesPerBus; l > 0 && len(m.names(name)) >= l {
			return bus.Quota, true
		}
		if utf8.RuneCountInString(r.Description) > m.Quotas.Description || strings.Contains(r.Name, " ") {
			return bus.Invalid, true
		}
		m.Rules[name+"/"+r.Name] = r
		m.Targets[name+"/"+r.Name] = map[string]bus.Target{}
		return 0, false
	})
}

// GetRule implements [bus.Bus].
func (m *Memory) GetRule(_ context.Context, name, rule string) (r bus.Rule, err error) {
	err = m.call("GetRule", name+"/"+rule, func() (bus.Kind, bool) {
		var found bool
		r, found = m.Rules[name+"/"+rule]
		return bus.NotFound, !found
	})
	return r, err
}

// with changes a rule that is there.
func (m *Memory) with(action, name, rule string, change func(r *bus.Rule)) error {
	return m.call(action, name+"/"+rule, func() (bus.Kind, bool) {
		r, found := m.Rules[name+"/"+rule]
		if !found {
			return bus.NotFound, true
		}
		change(&r)
		m.Rules[name+"/"+rule] = r
		return 0, false
	})
}

// UpdateRule implements [bus.Bus].
func (m *Memory) UpdateRule(_ context.Context, name string, r bus.Rule) error {
	return m.with("UpdateRule", name, r.Name, func(is *bus.Rule) { *is = r })
}

// EnableRule implements [bus.Bus].
func (m *Memory) EnableRule(_ context.Context, name, rule string) error {
	return m.with("EnableRule", name, rule, func(r *bus.Rule) { r.Enabled = true })
}

// DisableRule implements [bus.Bus].
func (m *Memory) DisableRule(_ context.Context, name, rule string) error {
	return m.with("DisableRule", name, rule, func(r *bus.Rule) { r.Enabled = false })
}

// DeleteRule implements [bus.Bus].
func (m *Memory) DeleteRule(_ context.Context, name, rule string) error {
	return m.call("DeleteRule", name+"/"+rule, func() (bus.Kind, bool) {
		if _, found := m.Rules[name+"/"+rule]; !found {
			return bus.NotFound, true
		}
		delete(m.Rules, name+"/"+rule)
		delete(m.Targets, name+"/"+rule)
		return 0, false
	})
}

// ListRules implements [bus.Bus].
func (m *Memory) ListRules(_ context.Context, name string) (list []bus.Rule, err error) {
	err = m.call("ListRules", name, func() (bus.Kind, bool) {
		if _, found := m.Buses[name]; !found {
			return bus.NotFound, true
		}
		for _, rule := range m.names(name) {
			list = append(list, m.Rules[name+"/"+rule])
		}
		return 0, false
	})
	return list, err
}

// UpdateTargets implements [bus.Bus].
func (m *Memory) UpdateTargets(_ context.Context, name, rule string, targets []bus.Target) error {
	return m.call("UpdateTargets", name+"/"+rule, func() (bus.Kind, bool) {
		is, found := m.Targets[name+"/"+rule]
		if !found {
			return bus.NotFound, true
		}
		next := maps.Clone(is)
		for _, t := range targets {
			next[t.ID] = t
		}
		if len(next) > m.Quotas.TargetsPerRule {
			return bus.Quota, true
		}
		for _, t := range targets {
			if text, err := m.Quotas.WrapperOf(t); err != nil || utf8.RuneCountInString(text) > m.Quotas.Wrapper {
				return bus.Invalid, true
			}
		}
		m.Targets[name+"/"+rule] = next
		return 0, false
	})
}

// DeleteTargets implements [bus.Bus].
func (m *Memory) DeleteTargets(_ context.Context, name, rule string, ids []string) error {
	return m.call("DeleteTargets", name+"/"+rule, func() (bus.Kind, bool) {
		is, found := m.Targets[name+"/"+rule]
		if !found {
			return bus.NotFound, true
		}
		for _, id := range ids {
			delete(is, id)
		}
		return 0, false
	})
}

// ListTargets implements [bus.Bus].
func (m *Memory) ListTargets(_ context.Context, name string, rules []string) (list map[string][]bus.Target, err error) {
	list = map[string][]bus.Target{}
	err = m.call("ListTargets", name, func() (bus.Kind, bool) {
		for _, rule := range rules {
			list[rule] = slices.Collect(maps.Values(m.Targets[name+"/"+rule]))
		}
		return 0, false
	})
	return list, err
}

// PutEvents implements [bus.Bus].
func (m *Memory) PutEvents(context.Context, string, []event.Event) error {
	return m.call("PutEvents", "", func() (bus.Kind, bool) { return 0, false })
}

// Limits implements [bus.Bus].
func (m *Memory) Limits() bus.Limits { return m.Quotas }
