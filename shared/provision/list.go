package provision

import (
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

// sharedBy begins the names of the rules on the bus that several rules of a
// document share. No rule of a document has "--" in its name.
const sharedBy = "shared" + separator

// maxName is what such a name has at most (AWS: 64; PutRule).
const maxName = 60

// sharedText is the description of such a rule.
const sharedText = "Several rules of the document share this one: its targets carry what each of them asks for."

// shelf is the rules of the bus that rules of the document share: those of one
// source share one, with one list for each type of target, or more where a list
// is full.
type shelf struct {
	l *layout
	// boards are the rules of the bus, those that stand there first.
	boards []*board
	// stands is the list on the bus that carries a receiver of a rule.
	stands map[receiverKey]*box
	// base is what a list takes that carries nothing.
	base int
}

// board is one rule of the bus.
type board struct {
	name, source string
	members      []*laid
	boxes        []*box
	// foreign counts the targets of others, and is what stands there.
	foreign int
	is      *Rule
	// ids are those of targets that may become lists, by type.
	ids map[string][]string
}

// box is a target with a list.
type box struct {
	on      *board
	id, typ string
	entries []entry
	size    int
}

// entry is a rule in a list.
type entry struct {
	of        *laid
	receivers []target.Receiver
}

// newShelf reads the lists that stand on the bus. With fresh, what each carries
// does not bind.
func (l *layout) newShelf(fresh bool) *shelf {
	s := &shelf{l: l, stands: map[receiverKey]*box{}}
	for i := range l.have.Rules {
		r := &l.have.Rules[i]
		if !r.Shared || r.copied() || !l.want.owns(*r) {
			continue
		}
		b := &board{name: r.Name, is: r, foreign: len(r.stays())}
		for _, t := range r.Targets {
			if len(t.List) == 0 {
				continue
			}
			one := &box{on: b, id: t.ID, typ: t.Type()}
			b.boxes = append(b.boxes, one)
			for _, c := range t.List {
				if b.source == "" {
					b.source = l.source[c.Rule.Key()]
				}
				for _, receiver := range c.Receivers {
					if !fresh {
						s.stands[receiverKey{c.Rule.Key(), receiver.Type + "/" + receiver.Name}] = one
					}
				}
			}
		}
		s.boards = append(s.boards, b)
	}
	return s
}

// part is what one list gets of a rule: receivers of one type.
type part struct {
	of        *laid
	receivers []target.Receiver
	// size is what the receivers take.
	size int
}

// put adds rules of the document to the lists. What stands in a list stays there
// where it fits, and comes first; the rest goes where there is room.
func (s *shelf) put(rules ...*laid) {
	var rest []part
	for _, r := range rules {
		r.shared = true
		if !r.Enabled {
			continue
		}
		of := map[string]int{}
		for n, receiver := range r.Receivers() {
			alone := part{r, []target.Receiver{receiver}, r.sizes[n]}
			if one := s.stands[receiverKey{r.Key(), receiver.Type + "/" + receiver.Name}]; one != nil && one.typ == receiver.Type && one.on.source == r.Source && s.add(one, alone) {
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

// place puts receivers together into one list, or into as many as they fill.
func (s *shelf) place(p part) {
	for _, b := range s.boards {
		for _, one := range b.boxes {
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
		alone := part{p.of, []target.Receiver{receiver}, s.l.size(receiver) + 1}
		if !s.add(one, alone) {
			one = s.open(p)
			s.add(one, alone) // which fits: see takes
		}
	}
}

// open makes a list, in a rule of the bus that has room for one more target.
func (s *shelf) open(p part) *box {
	per := s.l.want.limits.TargetsPerRule
	i := slices.IndexFunc(s.boards, func(b *board) bool {
		return b.source == p.of.Source && (per <= 0 || b.used()+b.foreign < per)
	})
	if i < 0 {
		i = len(s.boards)
		s.boards = append(s.boards, &board{source: p.of.Source})
	}
	one := &box{on: s.boards[i], typ: p.receivers[0].Type}
	one.on.boxes = append(one.on.boxes, one)
	return one
}

func (b *board) used() (n int) {
	for _, one := range b.boxes {
		if len(one.entries) > 0 {
			n++
		}
	}
	return n
}

// measure finds out what a rule takes in a list, and a list that carries nothing.
func (s *shelf) measure(r *laid) {
	if r.size == 0 {
		const punctuation = len(`{"rule":,"patterns":[],"targets":[]},`)
		r.size = punctuation + size(s.l.want.entry(r.Rule)) + size(r.exact) + len(r.exact)
		for _, receiver := range r.Receivers() {
			r.sizes = append(r.sizes, s.l.size(receiver)+1)
		}
	}
	if s.base != 0 || s.l.want.limits.WrapperOf == nil {
		return
	}
	// What stands in every list is measured around an entry whose size is the same
	// however a cloud writes it.
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

// add puts receivers of a rule into a list, all of them or none.
func (s *shelf) add(b *box, p part) bool {
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

// takes tells that each receiver of a rule fits into a list.
func (s *shelf) takes(r *laid) bool {
	s.measure(r)
	return !over(s.base+r.size+slices.Max(r.sizes), s.l.want.limits.Wrapper)
}

// entry is the place of a rule in a list; less than 0 when it is not there.
func (b *box) entry(r *laid) int {
	return slices.IndexFunc(b.entries, func(e entry) bool { return e.of == r })
}

// count is how many rules of the bus the lists take.
func (s *shelf) count() (n int) {
	for _, b := range s.boards {
		if b.used()+b.foreign > 0 {
			n++
		}
	}
	return n
}

// rules returns the rules of the bus that carry the lists.
func (s *shelf) rules() (rules []Rule) {
	for _, b := range s.boards {
		if b.used() > 0 {
			rules = append(rules, s.rule(b))
		}
	}
	return rules
}

func (s *shelf) rule(b *board) Rule {
	l := s.l
	if b.name == "" {
		l.name(b)
	}
	var members []workspace.Rule
	for _, m := range b.members {
		members = append(members, m.Rule)
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
	for _, one := range b.boxes {
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
			c := bus.Carried{Rule: l.want.document(e.of.Rule), Patterns: e.of.exact, Receivers: e.receivers}
			c.Rule.OnBus = b.name
			slices.SortFunc(c.Receivers, func(x, y target.Receiver) int { return strings.Compare(x.Name, y.Name) })
			t.List = append(t.List, c)
		}
		slices.SortFunc(t.List, func(x, y bus.Carried) int { return strings.Compare(x.Rule.Key(), y.Rule.Key()) })
		made.Targets = append(made.Targets, t)
	}
	slices.SortFunc(made.Targets, func(x, y bus.Target) int { return strings.Compare(x.ID, y.ID) })
	return made
}

// name gives a rule of the bus a name, and with it a place. Where the bus is full
// already it gets that of one of its members, whose targets become the lists: so
// no rule has to go before there is another for its events.
func (l *layout) name(b *board) {
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
