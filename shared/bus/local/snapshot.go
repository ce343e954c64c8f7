package local

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/bus/local/transform"
	"github.com/pai-notify/pai-notify/shared/rule"
)

// snapshot is what is on the buses, ready for events. It is never changed, but
// replaced when something is.
type snapshot struct {
	buses map[string]*rules
	// receivers are whom targets are for, by destination, those of enabled and of
	// disabled rules, and ways how many targets send there.
	receivers map[int64]*receiver
	ways      map[int64]int
	// follows are the destinations without a target that are reached as others.
	follows map[int64]int64
}

// rules are those of one bus, by name.
type rules struct {
	list []*busRule
	// The patterns of those that are enabled are matched together. They are put
	// together by the first event after a change: many rules are made before it
	// comes.
	once  sync.Once
	set   *rule.Set
	owner []*busRule // whose each pattern of set is
}

// busRule is a rule with its targets, ready for events.
type busRule struct {
	Rule
	pattern   *rule.Pattern
	receivers []*receiver
	exact     *exact // nil where the pattern says all that its receivers want
}

// receiver is a target, ready to be sent to.
type receiver struct {
	Target
	bus, rule   string
	destination int64
	enabled     bool // its rule is
	// broken says why nobody knows what the receiver wants; "" where it is known.
	broken   string
	function string
	body     *transform.Transform
	list     bool // the function takes a list of events

	// identity and storm are found out when something is queued for it.
	identity func() Identity
	storm    func() Storm
}

// match returns the rules that an event matches.
func (r *rules) match(body []byte) ([]*busRule, error) {
	r.once.Do(func() {
		var enabled []*rule.Pattern
		for _, one := range r.list {
			if one.Enabled {
				enabled, r.owner = append(enabled, one.pattern), append(r.owner, one)
			}
		}
		r.set = rule.NewSet(enabled...)
	})
	var room [8]int
	at, err := r.set.Match(body, room[:0])
	if err != nil || len(at) == 0 {
		return nil, err
	}
	matched := make([]*busRule, len(at))
	for i, n := range at {
		matched[i] = r.owner[n]
	}
	return matched, nil
}

// load reads the buses from the store.
func (b *Bus) load(ctx context.Context) (*snapshot, error) {
	buses, err := b.store.EventBuses(ctx)
	if err != nil {
		return nil, err
	}
	list, err := b.store.Rules(ctx, "", "")
	if err != nil {
		return nil, err
	}
	s := &snapshot{buses: map[string]*rules{}}
	for _, bus := range buses {
		s.buses[bus.Name] = &rules{}
	}
	for _, r := range list {
		made, err := b.ready(r)
		if err != nil {
			return nil, err
		}
		on := s.buses[r.Bus]
		on.list = append(on.list, made)
	}
	s.receivers, s.ways = map[int64]*receiver{}, map[int64]int{}
	for _, on := range s.buses {
		for _, r := range on.list {
			s.add(r)
		}
	}
	return s, b.follow(ctx, s)
}

// loadWhole is load when the bus is opened. Targets that a version has put which
// knew nothing of their parts get them now.
func (b *Bus) loadWhole(ctx context.Context) (*snapshot, error) {
	s, err := b.load(ctx)
	if err != nil {
		return nil, err
	}
	var old []func(*store.Tx)
	for _, on := range s.buses {
		for _, r := range on.list {
			for _, t := range r.Targets {
				if len(b.options.parts(t)) > len(t.Destinations) {
					old = append(old, func(tx *store.Tx) { tx.PutTarget(r.Bus, r.Name, t) })
				}
			}
		}
	}
	if old == nil {
		return s, nil
	}
	if err := b.store.Write(ctx, func(tx *store.Tx) error {
		for _, put := range old {
			put(tx)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return b.load(ctx)
}

// reload reads one rule, or that it is gone, and takes the others as they are. It
// returns the destinations that may have lost their receivers with it, too.
func (b *Bus) reload(ctx context.Context, bus, name string) (*snapshot, []int64, error) {
	list, err := b.store.Rules(ctx, bus, name)
	if err != nil {
		return nil, nil, err
	}
	before := b.now.Load()
	s := &snapshot{buses: maps.Clone(before.buses), receivers: maps.Clone(before.receivers), ways: maps.Clone(before.ways)}
	for from := range before.follows { // that is found out anew
		if s.ways[from] == 0 {
			delete(s.receivers, from)
		}
	}
	on := &rules{list: slices.Clone(s.buses[bus].list)}
	s.buses[bus] = on
	at, found := slices.BinarySearchFunc(on.list, name, func(r *busRule, name string) int { return strings.Compare(r.Name, name) })
	var left []int64
	if found {
		left = s.remove(on.list[at])
		on.list = slices.Delete(on.list, at, at+1)
	}
	for _, r := range list {
		made, err := b.ready(r)
		if err != nil {
			return nil, nil, err
		}
		on.list = slices.Insert(on.list, at, made)
		s.add(made)
	}
	for _, d := range left {
		if s.ways[d] > 0 && !s.live(d) { // siblings are left, of whatever bus
			for _, on := range s.buses {
				for _, r := range on.list {
					s.offer(r, d)
				}
			}
		}
	}
	for from := range before.follows {
		left = append(left, from)
	}
	return s, left, b.follow(ctx, s)
}

// add takes up the targets of a rule.
func (s *snapshot) add(r *busRule) {
	for _, to := range r.receivers {
		s.ways[to.destination]++
		s.offer(r, to.destination)
	}
}

// offer sends to a destination through a rule that can, unless there is a better
// way. Sibling rules may send to one receiver: one that is enabled goes before.
func (s *snapshot) offer(r *busRule, destination int64) {
	for _, to := range r.receivers {
		if to.destination == destination && !s.live(destination) && (s.receivers[destination] == nil || to.enabled) {
			s.receivers[destination] = to
		}
	}
}

// remove forgets the targets of a rule and returns their destinations.
func (s *snapshot) remove(r *busRule) []int64 {
	var list []int64
	for _, to := range r.receivers {
		list = append(list, to.destination)
		if s.ways[to.destination]--; s.ways[to.destination] == 0 {
			delete(s.ways, to.destination)
		}
		if s.receivers[to.destination] == to {
			delete(s.receivers, to.destination)
		}
	}
	return list
}

// follow has destinations without a target reached through those that they follow.
func (b *Bus) follow(ctx context.Context, s *snapshot) error {
	var err error
	s.follows, err = b.store.Follows(ctx)
	for from, to := range s.follows {
		if s.ways[from] > 0 {
			continue
		}
		if s.receivers[from] = s.receivers[to]; s.receivers[from] == nil {
			delete(s.receivers, from)
		}
	}
	return err
}

// ready makes a rule ready for events.
func (b *Bus) ready(r Rule) (*busRule, error) {
	made := &busRule{Rule: r}
	var err error
	if made.pattern, err = rule.Compile(rule.Alibaba, []byte(r.FilterPattern)); err != nil {
		return nil, fmt.Errorf("rule %s on the bus %s: %w", r.Name, r.Bus, err)
	}
	var exact exact
	for _, t := range r.Targets {
		parts := b.options.parts(t)
		if len(parts) != len(t.Destinations) {
			parts = []Part{{Target: t}} // its receivers have no names: see loadWhole
		}
		for i, part := range parts {
			to, err := receiverOf(r, part.Target)
			if err != nil {
				return nil, err
			}
			to.destination = t.Destinations[i]
			exact.add(to, part)
			b.ask(to)
			made.receivers = append(made.receivers, to)
		}
	}
	if len(exact.patterns) > 0 {
		made.exact = &exact
	}
	return made, nil
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

// Payload is what the function of a target is given for an event; nothing when
// the target's transform makes nothing of it, or cannot be read.
func Payload(t Target, event []byte) []byte {
	to, err := receiverOf(Rule{}, t)
	if err != nil {
		return nil
	}
	return to.payload(event)
}

// payload is what the receiver's function is given for an event; nothing when
// the transform makes nothing of it.
func (r *receiver) payload(body []byte) []byte {
	made := r.body.Apply(body)
	if !r.list || len(made) == 0 {
		return made
	}
	return append(append([]byte{'['}, made...), ']')
}

// change runs a write of a rule, or of a bus when the rule is "", and puts what it
// changed to work. Its caller finds it in effect when it returns.
func (b *Bus) change(ctx context.Context, bus, name string, run func(*store.Tx) error) error {
	if !b.Activated() {
		return errNotActivated
	}
	b.changing.Lock()
	defer b.changing.Unlock()
	if err := b.store.Write(ctx, run); err != nil {
		return failed(err)
	}
	// What is written is written: it takes effect even if the caller has left.
	ctx = context.WithoutCancel(ctx)
	var s *snapshot
	var left []int64
	var err error
	if name == "" {
		s, err = b.load(ctx) // a bus has no rules when it comes and when it goes
	} else {
		s, left, err = b.reload(ctx, bus, name)
	}
	if err != nil {
		return failed(err)
	}
	if !b.replace(s, left) {
		return nil
	}
	b.endLeft(false)
	return b.flush(ctx)
}
