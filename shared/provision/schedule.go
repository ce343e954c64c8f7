package provision

import (
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// schedule puts the tasks of a plan into an order that loses nothing: when one
// rule takes events over from another, it has them before the other gives them up.
// New rules come first, as far as there is room, then changes, then deletions. On
// a full bus it first deletes rules whose events others already have, and only if
// there is none, another one.
func (p *Plan) schedule() {
	waits := p.waits()
	done := make([]bool, len(p.tasks))
	ready := func(i int) bool { return !slices.ContainsFunc(waits[i], func(j int) bool { return !done[j] }) }
	left := map[Action][]int{}
	for _, shared := range []bool{true, false} { // these make room
		for i, t := range p.tasks {
			if t.rule.Shared == shared {
				left[t.action] = append(left[t.action], i)
			}
		}
	}
	standing, most := len(p.have.Rules), p.want.limits.RulesPerBus
	silent := p.silent()
	var order []task
	take := func(what Action, at int) {
		i := left[what][at]
		left[what] = slices.Delete(left[what], at, at+1)
		done[i] = true
		order = append(order, p.tasks[i])
		standing += map[Action]int{Create: 1, Delete: -1}[what]
	}
	for len(order) < len(p.tasks) {
		full := most > 0 && standing >= most && len(left[Create]) > 0
		change, gone := slices.IndexFunc(left[Change], ready), slices.IndexFunc(left[Delete], ready)
		safe := -1
		if full {
			safe = slices.IndexFunc(left[Delete], func(i int) bool { return ready(i) && !silent(i) })
		}
		switch {
		case len(left[Create]) > 0 && !full:
			take(Create, 0)
		case full && safe >= 0:
			take(Delete, safe)
		case change >= 0:
			take(Change, change)
		case full && len(left[Delete]) > 0:
			p.gap = true
			take(Delete, max(gone, 0))
		case len(left[Create]) > 0: // the bus refuses it
			take(Create, 0)
		case len(left[Change]) > 0:
			p.cross = true
			take(Change, 0)
		default:
			take(Delete, max(gone, 0))
		}
	}
	p.tasks = order
}

// silent reports for each deleted rule whether no other rule of the document sends
// its events.
func (p *Plan) silent() func(i int) bool {
	var want map[receiverKey]held
	return func(i int) bool {
		if want == nil {
			want = p.want.holds(func(Rule) bool { return true })
		}
		if !p.tasks[i].is.Enabled {
			return false
		}
		for one := range p.tasks[i].is.each {
			if then, stays := want[one.key()]; !stays || !then.enabled {
				return true
			}
		}
		return false
	}
}

// waits lists for each task the tasks that must be done before it because they
// take over what it gives up.
func (p *Plan) waits() [][]int {
	gains := map[receiverKey][]int{}
	lost := make([]map[receiverKey]bool, len(p.tasks))
	for i, t := range p.tasks {
		was, will := t.is.sends(), map[receiverKey]string{}
		if t.action != Delete {
			will = t.rule.sends()
		}
		lost[i] = map[receiverKey]bool{}
		for k, events := range was {
			if will[k] != events {
				lost[i][k] = true
			}
		}
		for k, events := range will {
			if was[k] != events {
				gains[k] = append(gains[k], i)
			}
		}
	}
	waits := make([][]int, len(p.tasks))
	for i := range p.tasks {
		for k := range lost[i] {
			for _, j := range gains[k] {
				if j != i && !slices.Contains(waits[i], j) {
					waits[i] = append(waits[i], j)
				}
			}
		}
	}
	return waits
}

// sends returns the receivers of a rule, each with its events.
func (r Rule) sends() map[receiverKey]string {
	set := map[receiverKey]string{}
	if !r.Enabled {
		return set
	}
	for t := range r.each {
		for _, pattern := range t.patterns() {
			set[t.key()] += pattern
		}
	}
	return set
}

// move writes one target of a rule or, without a target to write, removes one.
type move struct {
	id  string
	put *bus.Target
	// takes is true when it needs room among the rule's targets.
	takes bool
}

// moves orders the changes to the targets of a shared rule so that a list has what
// it takes over before another list gives it up, as far as the rule has room for
// both.
func (t task) moves(per int) (order []move) {
	standing, lists := map[string]map[receiverKey]bool{}, map[string]map[receiverKey]bool{}
	note := func(all map[string]map[receiverKey]bool, rule Rule) {
		for one := range rule.each {
			if all[one.target.ID] == nil {
				all[one.target.ID] = map[receiverKey]bool{}
			}
			all[one.target.ID][one.key()] = true
		}
	}
	note(standing, t.is)
	note(lists, t.rule)
	var rest []move
	for i, one := range t.put {
		_, stands := standing[one.ID]
		rest = append(rest, move{one.ID, &t.put[i], !stands})
	}
	for _, id := range t.remove {
		rest = append(rest, move{id: id})
	}
	waits := func(m move) bool {
		for k := range standing[m.id] {
			for _, other := range rest {
				if other.id != m.id && other.put != nil && lists[other.id][k] && !lists[m.id][k] {
					return true
				}
			}
		}
		return false
	}
	for held := t.held; len(rest) > 0; {
		full := func(m move) bool { return m.takes && per > 0 && held >= per }
		i := slices.IndexFunc(rest, func(m move) bool { return !full(m) && !waits(m) })
		if i < 0 {
			i = max(0, slices.IndexFunc(rest, func(m move) bool { return m.put == nil }))
		}
		m := rest[i]
		rest = slices.Delete(rest, i, i+1)
		order = append(order, m)
		switch {
		case m.put == nil:
			held--
		case m.takes:
			held++
		}
	}
	return order
}
