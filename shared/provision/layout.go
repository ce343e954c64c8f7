package provision

import (
	"cmp"
	"slices"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// layout decides which bus rules stand for which rules of a document. Each
// document rule has bus rules of its own as long as these are within the quota; if
// they are not, patterns are merged; and only if that is not enough, several
// document rules share a bus rule.
type layout struct {
	want *State
	have State
	of   map[string]*place
	// taken are the names of the rules on the bus, bases the names that a new
	// rule may not have, and given the names chosen for shared rules.
	taken, bases, given map[string]bool
	queues              deadLetters
	// source is the event source of each document rule, by key.
	source map[string]string
	// listed are the keys of rules that a list on the bus carries.
	listed      map[string]bool
	rules       []*ruleLayout
	sharedRules *sharedRules
	// sizes caches the sizes of receivers, since rules often have the same ones.
	sizes map[string]int
	// others counts the bus rules that are not the document's, or stay for
	// targets of others; fresh counts the new shared ones.
	others, fresh int
}

func newLayout(want *State, have State, w *workspace.Workspace) *layout {
	l := &layout{
		want: want, have: have, taken: map[string]bool{}, bases: map[string]bool{}, given: map[string]bool{},
		queues: deadLetters{}, source: map[string]string{}, listed: map[string]bool{}, sizes: map[string]int{},
	}
	places := want.places(have)
	for _, p := range places {
		l.bases[p.base] = true
	}
	for _, r := range have.Rules {
		l.taken[r.Name] = true
		if r.Shared {
			l.bases[r.Name] = true
		}
		if !want.ours(r) {
			l.others++
			continue
		}
		base, _ := documentRule(r.Name)
		for _, t := range r.Targets {
			l.queues.note(base, t)
			for _, c := range t.List {
				l.listed[c.Rule.Key()] = true
			}
		}
	}
	l.of = want.options.types.assign(w.Rules, places, l.listed)
	for _, r := range w.Rules {
		l.source[r.Key()] = r.Source
		l.rules = append(l.rules, l.lay(r, l.of[r.Key()]))
	}
	kept := map[string]bool{}
	for _, one := range l.rules {
		for _, r := range one.rules {
			kept[r.Name] = true
		}
	}
	for _, r := range have.Rules {
		if want.ours(r) && !r.Shared && len(r.stays()) > 0 && !kept[r.Name] {
			l.others++
		}
	}
	l.sharedRules = l.newSharedRules(false)
	return l
}

// Packing says how the rules of the document share the rules of a bus.
type Packing struct {
	// Rules is how many rules the bus will have, those of others included, and
	// Most is how many it may have.
	Rules int `json:"rules"`
	Most  int `json:"most"`
	// Shared are the document's rules that are in Lists; Coarse are those whose
	// events the function tells apart.
	Shared []string `json:"shared,omitempty"`
	Lists  int      `json:"lists,omitempty"`
	Coarse []string `json:"coarse,omitempty"`
	// Absent are disabled rules that are not on the bus.
	Absent []string `json:"absent,omitempty"`
}

// Statement describes it to people; it is empty when every rule has a bus rule of
// its own.
func (p Packing) Statement() message.Statement {
	if len(p.Shared)+len(p.Coarse)+len(p.Absent) == 0 {
		return message.Statement{}
	}
	part := func(s message.Sentence, rules []string) any {
		if len(rules) == 0 {
			return nil
		}
		return s.With("rules", len(rules), "lists", p.Lists)
	}
	s := rulesOfMost
	if p.Most == 0 {
		s = rulesOnBus
	}
	return s.With("count", p.Rules, "most", p.Most, "lists", part(inLists, p.Shared), "filtered", part(filtered, p.Coarse), "absent", part(keptOff, p.Absent))
}

func (l *layout) packing() Packing {
	p := Packing{Rules: l.total(), Most: l.want.limits.RulesPerBus}
	for _, r := range l.rules {
		switch {
		case r.shared && r.Enabled:
			p.Shared = append(p.Shared, r.Name)
		case r.shared:
			p.Absent = append(p.Absent, r.Name)
		case slices.ContainsFunc(r.rules, func(one Rule) bool { return slices.ContainsFunc(one.Targets, packed) }):
			p.Coarse = append(p.Coarse, r.Name)
		}
	}
	for _, b := range l.sharedRules.busRules {
		p.Lists += b.used()
	}
	return p
}

// choose fills in the rules of the wanted state.
func (l *layout) choose() {
	if l.over() {
		l.closer()
	}
	if l.over() && !l.share(false) && !l.share(true) {
		l.share(false) // refused with the sum of the order that moves the least
	}
	for _, r := range l.rules {
		if !r.shared {
			l.want.Rules = append(l.want.Rules, r.rules...)
		}
	}
	l.want.Rules = append(l.want.Rules, l.sharedRules.rules()...)
	l.want.packing = l.packing()
	for _, r := range l.rules {
		if r.shared && r.Enabled && r.paid {
			l.want.paid = append(l.want.paid, r.Name)
		}
	}
}

// total is how many rules the bus will have, those of others included.
func (l *layout) total() int {
	n := l.others + l.sharedRules.count()
	for _, r := range l.rules {
		if !r.shared {
			n += len(r.rules)
		}
	}
	return n
}

func (l *layout) over() bool { return over(l.total(), l.want.limits.RulesPerBus) }

// closer merges patterns that are split over several bus rules, those that take
// most room first, until the bus no longer has too many rules.
func (l *layout) closer() {
	split := slices.DeleteFunc(slices.Clone(l.rules), func(r *ruleLayout) bool { return r.closer == nil })
	slices.SortStableFunc(split, func(a, b *ruleLayout) int {
		return cmp.Compare(len(b.rules)-len(b.closer), len(a.rules)-len(a.closer))
	})
	for _, r := range split {
		if !l.over() {
			return
		}
		r.rules, r.closer = r.closer, nil
	}
}

// share puts rules into lists until the bus has room for all, and reports whether
// it has. Rules that are in a list stay there: moving back and forth with every
// rule that is added or removed would send much twice. With fresh, the lists are
// filled anew.
func (l *layout) share(fresh bool) bool {
	l.sharedRules = l.newSharedRules(fresh)
	popular := map[string]int{}
	var stay, may []*ruleLayout
	for _, r := range l.rules {
		r.shared = false
		if _, ok := workspace.Coarse(r.OnBus()); !ok || r.at.foreign() || !l.sharedRules.takes(r) {
			continue
		}
		if popular[r.Source]++; l.listed[r.Key()] && r.Enabled {
			stay = append(stay, r)
		} else {
			may = append(may, r)
		}
	}
	l.sharedRules.put(stay...)
	total := l.total()
	slices.SortStableFunc(may, func(a, b *ruleLayout) int {
		return cmp.Or(
			first(!a.Enabled, !b.Enabled), // these are on no bus then, and send nothing now
			first(!a.paid, !b.paid),
			first(a.at == nil, b.at == nil), // nothing has to move
			cmp.Compare(len(b.rules), len(a.rules)),
			cmp.Compare(popular[b.Source], popular[a.Source]),
			cmp.Compare(a.Source, b.Source),
		)
	})
	for _, r := range may {
		if !over(total, l.want.limits.RulesPerBus) {
			return true
		}
		before := l.sharedRules.count()
		l.sharedRules.put(r)
		total += l.sharedRules.count() - before - len(r.rules)
	}
	return !over(total, l.want.limits.RulesPerBus)
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
