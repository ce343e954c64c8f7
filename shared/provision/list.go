package provision

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// sharedBy is the prefix of the names of shared bus rules. No rule of a document
// has "--" in its name.
const sharedBy = "shared" + separator

// maxName is the most characters of such a name (AWS: 64; PutRule).
const maxName = 60

// sharedText is the description of a shared rule.
const sharedText = "Several rules of the document share this one: its targets carry what each of them asks for."

// sharedRules are the bus rules that rules of the document share: one for each event
// source, with one list for each type of target, or more lists when one is full.
type sharedRules struct {
	l *layout
	// busRules are the bus rules, existing ones first.
	busRules []*sharedRule
	// carriedBy is the existing list that carries a receiver of a rule.
	carriedBy map[receiverKey]*listTarget
	// base is the size of an empty list.
	base int
}

// sharedRule is one shared bus rule.
type sharedRule struct {
	name, source string
	members      []*ruleLayout
	lists        []*listTarget
	// foreign counts the targets of others; is is the rule as it is on the bus.
	foreign int
	is      *Rule
	// ids are the ids of targets that may become lists, by type.
	ids map[string][]string
}

// listTarget is a target that carries a list.
type listTarget struct {
	on      *sharedRule
	id, typ string
	entries []entry
	size    int
}

// entry is a rule in a list.
type entry struct {
	of        *ruleLayout
	receivers []target.Receiver
}

// newSharedRules reads the lists that are on the bus. With fresh, their content does not
// bind the new ones.
func (l *layout) newSharedRules(fresh bool) *sharedRules {
	s := &sharedRules{l: l, carriedBy: map[receiverKey]*listTarget{}}
	for i := range l.have.Rules {
		r := &l.have.Rules[i]
		if !r.Shared || r.copied() || !l.want.owns(*r) {
			continue
		}
		b := &sharedRule{name: r.Name, is: r, foreign: len(r.stays())}
		for _, t := range r.Targets {
			if len(t.List) == 0 {
				continue
			}
			one := &listTarget{on: b, id: t.ID, typ: t.Type()}
			b.lists = append(b.lists, one)
			for _, c := range t.List {
				if b.source == "" {
					b.source = l.source[c.Rule.Key()]
				}
				for _, receiver := range c.Receivers {
					if !fresh {
						s.carriedBy[receiverKey{c.Rule.Key(), receiver.Type + "/" + receiver.Name}] = one
					}
				}
			}
		}
		s.busRules = append(s.busRules, b)
	}
	return s
}

// part is what one list gets of a rule: receivers of one type.
type part struct {
	of        *ruleLayout
	receivers []target.Receiver
	// size is what the receivers take.
	size int
}

// put adds rules of the document to the lists. What is in a list already comes
// first and stays there if it fits; the rest goes where there is room.
func (s *sharedRules) put(rules ...*ruleLayout) {
	var rest []part
	for _, r := range rules {
		r.shared = true
		if !r.Enabled {
			continue
		}
		of := map[string]int{}
		for n, receiver := range r.Receivers() {
			alone := part{r, []target.Receiver{receiver}, r.sizes[n]}
			if one := s.carriedBy[receiverKey{r.Key(), receiver.Type + "/" + receiver.Name}]; one != nil && one.typ == receiver.Type && one.on.source == r.Source && s.add(one, alone) {
				continue
			}
			i, found := of[receiver.Type]
			if !found {
				i = len(rest)
				of[receiver.Type] = i
				rest = append(rest, part{of: r})
			}
			rest[i].receivers = append(rest[i].receivers, receiver)
			rest[i].size += alone.size
		}
	}
	for _, p := range rest {
		s.place(p)
	}
}

// place adds receivers to one list together, or to as many lists as they fill.
func (s *sharedRules) place(p part) {
	for _, b := range s.busRules {
		for _, one := range b.lists {
			if b.source == p.of.Source && one.typ == p.receivers[0].Type && s.add(one, p) {
				return
			}
		}
	}
	one := s.open(p)
	if s.add(one, p) {
		return
	}
	for _, receiver := range p.receivers {
		alone := part{p.of, []target.Receiver{receiver}, p.of.sizeOf(receiver)}
		if !s.add(one, alone) {
			one = s.open(p)
			s.add(one, alone) // which fits: see takes
		}
	}
}

// open makes a new list, in a bus rule that has room for one more target.
func (s *sharedRules) open(p part) *listTarget {
	per := s.l.want.limits.TargetsPerRule
	i := slices.IndexFunc(s.busRules, func(b *sharedRule) bool {
		return b.source == p.of.Source && (per <= 0 || b.used()+b.foreign < per)
	})
	if i < 0 {
		i = len(s.busRules)
		s.busRules = append(s.busRules, &sharedRule{source: p.of.Source})
	}
	one := &listTarget{on: s.busRules[i], typ: p.receivers[0].Type}
	one.on.lists = append(one.on.lists, one)
	return one
}

func (b *sharedRule) used() (n int) {
	for _, one := range b.lists {
		if len(one.entries) > 0 {
			n++
		}
	}
	return n
}

// measure determines the size of a rule in a list, and of an empty list.
func (s *sharedRules) measure(r *ruleLayout) {
	if r.size == 0 {
		const punctuation = len(`{"rule":,"patterns":[],"targets":[]},`)
		carried := s.l.want.entry(r.Rule)
		receivers := r.Receivers()
		for _, receiver := range receivers {
			carried.Policy = r.Policy(receiver)
			exact := carriedBy(r.Rule, receiver, r.exact)
			r.size = max(r.size, punctuation+size(carried)+size(exact)+len(exact))
		}
		for _, receiver := range receivers {
			more := 0
			if !samePolicy(r.Policy(receiver), r.Policy(receivers[0])) || !slices.Equal(carriedBy(r.Rule, receiver, r.exact), carriedBy(r.Rule, receivers[0], r.exact)) {
				more = r.size // it is an element of its own
			}
			r.sizes = append(r.sizes, s.l.size(receiver)+1+more)
		}
	}
	if s.base != 0 || s.l.want.limits.WrapperOf == nil {
		return
	}
	// The common part of a list is measured around an entry whose size is the
	// same however a cloud writes it.
	sample := bus.Carried{
		Rule:      event.Rule{Name: "x", ID: "x", Owner: s.l.want.Owner, OnBus: strings.Repeat("x", maxName), Catalogue: s.l.want.changes},
		Patterns:  []string{"{}"},
		Receivers: []target.Receiver{{Type: "x", Name: "x", Parameters: json.RawMessage("{}")}},
	}
	text, err := s.l.want.limits.WrapperOf(bus.Target{List: []bus.Carried{sample}})
	if err == nil {
		s.base = max(1, characters(text)-2*size("x")-size(sample.Patterns)-size(sample.Receivers[0]))
	}
}

// add adds receivers of a rule to a list, all of them or none.
func (s *sharedRules) add(b *listTarget, p part) bool {
	more := p.size
	if b.entry(p.of) < 0 {
		more += p.of.size
	}
	if over(s.base+b.size+more, s.l.want.limits.Wrapper) {
		return false
	}
	b.size += more
	i := b.entry(p.of)
	if i < 0 {
		i = len(b.entries)
		b.entries = append(b.entries, entry{of: p.of})
	}
	b.entries[i].receivers = append(b.entries[i].receivers, p.receivers...)
	if last := len(b.on.members) - 1; last < 0 || b.on.members[last] != p.of {
		b.on.members = append(b.on.members, p.of)
	}
	return true
}

// takes reports whether each receiver of a rule fits into a list.
func (s *sharedRules) takes(r *ruleLayout) bool {
	s.measure(r)
	return !over(s.base+r.size+slices.Max(r.sizes), s.l.want.limits.Wrapper)
}

// entry returns the index of a rule in a list; less than 0 when it is not there.
func (b *listTarget) entry(r *ruleLayout) int {
	return slices.IndexFunc(b.entries, func(e entry) bool { return e.of == r })
}

// count is how many bus rules the lists take.
func (s *sharedRules) count() (n int) {
	for _, b := range s.busRules {
		if b.used()+b.foreign > 0 {
			n++
		}
	}
	return n
}

// rules returns the bus rules that carry the lists.
func (s *sharedRules) rules() (rules []Rule) {
	for _, b := range s.busRules {
		if b.used() > 0 {
			rules = append(rules, s.rule(b))
		}
	}
	return rules
}

func (s *sharedRules) rule(b *sharedRule) Rule {
	l := s.l
	if b.name == "" {
		l.name(b)
	}
	var members []workspace.Rule
	for _, m := range b.members {
		members = append(members, m.OnBus())
	}
	made := Rule{
		Rule:   bus.Rule{Name: b.name, Description: marked(sharedText, l.want.Owner, l.want.limits.Description), Enabled: true},
		Owner:  l.want.Owner,
		Shared: true,
	}
	made.Pattern, _ = workspace.Coarse(members...)
	made.Document.Name, made.Document.OnBus = b.name, b.name
	used := map[string]bool{}
	if b.is != nil {
		for _, t := range b.is.Targets {
			used[t.ID] = true
		}
	}
	for _, one := range b.lists {
		if len(one.entries) == 0 {
			continue
		}
		if ids := b.ids[one.typ]; one.id == "" && len(ids) > 0 {
			one.id, b.ids[one.typ] = ids[0], ids[1:]
		}
		for n := 1; one.id == ""; n++ {
			id := one.typ
			if n > 1 {
				id += "-" + strconv.Itoa(n)
			}
			if !used[id] {
				one.id = id
			}
		}
		used[one.id] = true
		t := bus.Target{ID: one.id, Function: policy.FunctionName(l.want.options.Prefix, one.typ), DeadLetter: l.queues.of(b.name, one.id)}
		for _, e := range one.entries {
			t.List = append(t.List, l.elements(e, b.name)...)
		}
		sortList(t.List)
		made.Targets = append(made.Targets, t)
	}
	slices.SortFunc(made.Targets, func(x, y bus.Target) int { return strings.Compare(x.ID, y.ID) })
	return made
}

// elements are what a list carries for a rule: one for each policy that its receivers
// have, and for each that is told only of what it created.
func (l *layout) elements(e entry, onBus string) (list []bus.Carried) {
	slices.SortFunc(e.receivers, func(x, y target.Receiver) int { return strings.Compare(x.Name, y.Name) })
	for _, receiver := range e.receivers {
		p, exact := e.of.Policy(receiver), carriedBy(e.of.Rule, receiver, e.of.exact)
		i := slices.IndexFunc(list, func(c bus.Carried) bool {
			return samePolicy(c.Rule.Policy, p) && slices.Equal(c.Patterns, exact)
		})
		if i < 0 {
			i = len(list)
			c := bus.Carried{Rule: l.want.documentFor(e.of.Rule, receiver), Patterns: exact}
			c.Rule.OnBus = onBus
			list = append(list, c)
		}
		list[i].Receivers = append(list[i].Receivers, receiver)
	}
	return list
}

// sortList sorts the elements of a list by rule, and those of one rule by their first
// receivers.
func sortList(list []bus.Carried) {
	slices.SortFunc(list, func(x, y bus.Carried) int {
		return cmp.Or(strings.Compare(x.Rule.Key(), y.Rule.Key()), strings.Compare(x.Receivers[0].Name, y.Receivers[0].Name))
	})
}

// sizeOf is what a receiver of the rule takes in a list, with an element of its own
// where it needs one.
func (r *ruleLayout) sizeOf(receiver target.Receiver) int {
	return r.sizes[slices.IndexFunc(r.Receivers(), func(o target.Receiver) bool { return shown(o) == shown(receiver) })]
}

// name names a shared bus rule and thereby places it. On a full bus it takes the
// name of one of its members, whose targets become the lists, so that no rule has
// to be deleted before another sends its events.
func (l *layout) name(b *sharedRule) {
	defer func() { l.taken[b.name] = true }()
	if most := l.want.limits.RulesPerBus; most > 0 && len(l.have.Rules)+l.fresh >= most {
		for _, m := range b.members {
			if m.at.foreign() {
				continue
			}
			for i, r := range m.at.all() {
				if r.Name != m.at.base || l.given[r.Name] {
					continue
				}
				l.given[r.Name] = true
				b.name, b.is, b.ids = r.Name, &m.at.rules[i], map[string][]string{}
				for _, t := range r.Targets {
					b.ids[t.Type()] = append(b.ids[t.Type()], t.ID)
				}
				return
			}
		}
	}
	l.fresh++
	base := sharedBy + baseOf(b.source)
	if _, number := documentRule(base); number > 1 || characters(base) > maxName-8 {
		base = sharedBy + "source-" + digest(b.source) // a number alone is that of a sibling
	}
	b.name = base
	for n := 2; l.taken[b.name]; n++ {
		b.name = base + "-" + strconv.Itoa(n)
	}
}
