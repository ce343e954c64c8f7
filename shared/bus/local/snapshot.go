package local

import (
	"context"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/bus/local/transform"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// snapshot is what is on the buses, ready for events. It is replaced as a whole
// when something changes.
type snapshot struct {
	buses map[string]*rules
	// receivers are whom targets are for, those of enabled and of disabled rules.
	receivers map[int64]*receiver
}

// rules are those of one bus. The patterns of those that are enabled are matched
// together.
type rules struct {
	list     []Rule
	patterns []*rule.Pattern // of each rule
	set      *rule.Set
	owner    []int // the rule that each pattern of set belongs to
}

// receiver is a target, ready to be sent to.
type receiver struct {
	Target
	bus, rule string
	enabled   bool // one of the rules that send to it is
	ways      int  // how many targets send to it
	function  string
	body      *transform.Transform
	list      bool // the function takes a list of events

	// identity and storm are found out when something is queued for it.
	identity func() Identity
	storm    func() Storm
}

// load reads the buses from the store.
func (b *Bus) load(ctx context.Context) (*snapshot, error) {
	buses, err := b.store.EventBuses(ctx)
	if err != nil {
		return nil, err
	}
	list, err := b.store.Rules(ctx, "")
	if err != nil {
		return nil, err
	}
	s := &snapshot{buses: map[string]*rules{}, receivers: map[int64]*receiver{}}
	for _, bus := range buses {
		s.buses[bus.Name] = &rules{}
	}
	compiled := map[string]*rule.Pattern{}
	for _, r := range list {
		p := b.compiled[r.FilterPattern]
		if p == nil {
			if p, err = rule.Compile(rule.Alibaba, []byte(r.FilterPattern)); err != nil {
				return nil, fmt.Errorf("rule %s on the bus %s: %w", r.Name, r.Bus, err)
			}
		}
		compiled[r.FilterPattern] = p
		on := s.buses[r.Bus]
		on.list, on.patterns = append(on.list, r), append(on.patterns, p)
		for _, t := range r.Targets {
			to, err := receiverOf(r, t)
			if err != nil {
				return nil, err
			}
			// Sibling rules may send to one receiver: the way through one that is
			// enabled goes before.
			other := s.receivers[t.Destination]
			if other == nil || !other.enabled {
				s.receivers[t.Destination] = to
			}
			if to.ways = 1; other != nil {
				s.receivers[t.Destination].ways = other.ways + 1
			}
		}
	}
	follows, err := b.store.Follows(ctx)
	if err != nil {
		return nil, err
	}
	for from, to := range follows {
		if r := s.receivers[to]; r != nil && s.receivers[from] == nil {
			s.receivers[from] = r
		}
	}
	b.compiled = compiled
	for _, to := range s.receivers {
		b.ask(to)
	}
	for _, on := range s.buses {
		var enabled []*rule.Pattern
		for i, r := range on.list {
			if r.Enabled {
				enabled = append(enabled, on.patterns[i])
				on.owner = append(on.owner, i)
			}
		}
		on.set = rule.NewSet(enabled...)
	}
	return s, nil
}

func receiverOf(r Rule, t Target) (*receiver, error) {
	to := &receiver{Target: t, bus: r.Bus, rule: r.Name, enabled: r.Enabled, function: functionOf(t)}
	form, value, template := transform.Original, "", ""
	for _, p := range t.Params {
		switch p.ResourceKey {
		case "Body":
			form, value, template = p.Form, p.Value, p.Template
		case "DataFormat":
			to.list = p.Value == "ObjectList"
		}
	}
	var err error
	if to.body, err = transform.Compile(form, value, template); err != nil {
		return nil, fmt.Errorf("target %s of the rule %s: %w", t.ID, r.Name, err)
	}
	return to, nil
}

// strict tells whether later notifications wait for the retries of earlier ones.
func (r *receiver) strict() bool { return r.ErrorsTolerance == "NONE" }

// payload is what the receiver's function is given for an event; nothing when
// the transform makes nothing of it.
func (r *receiver) payload(body []byte) []byte {
	made := r.body.Apply(body)
	if !r.list || len(made) == 0 {
		return made
	}
	return append(append([]byte{'['}, made...), ']')
}

// change runs a write and puts what it changed to work. Its caller finds it in
// effect when it returns.
func (b *Bus) change(ctx context.Context, run func(*store.Tx) error) error {
	if !b.Activated() {
		return errNotActivated
	}
	b.changing.Lock()
	defer b.changing.Unlock()
	if err := b.store.Write(ctx, run); err != nil {
		return failed(err)
	}
	// What is written is written: it takes effect even if the caller has left.
	s, err := b.load(context.WithoutCancel(ctx))
	if err != nil {
		return failed(err)
	}
	b.replace(s)
	if n, _ := b.endLeft(false); n > 0 {
		return b.flush(ctx)
	}
	return nil
}
