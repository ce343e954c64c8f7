package provision

import (
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// schedule puts the tasks of a plan in an order that loses nothing: what a rule of
// the bus gives up, another that takes it over has first. New rules come first, as
// far as there is room, then rules change, and what goes goes last. On a full bus,
// rules go whose events others have by then; only where there is none another has
// to go first.
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
		safe := slices.IndexFunc(left[Delete], func(i int) bool { return ready(i) && !silent(i) })
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

// silent tells that a rule that goes tells of events that the document does not
// have others tell of.
func (p *Plan) silent() func(i int) bool {
	want := p.want.holds(func(Rule) bool { return true })
	return func(i int) bool {
		if !p.tasks[i].is.Enabled {
			return false
		}
		for one := range p.tasks[i].is.each {
			if then, stays := want[one.whom()]; !stays || !then.enabled {
				return true
			}
		}
		return false
	}
}

// waits tells of each task which others have to be done before, because they take
// over what it gives up.
func (p *Plan) waits() [][]int {
	gains := map[whom][]int{}
	lost := make([]map[whom]bool, len(p.tasks))
	for i, t := range p.tasks {
		was, will := t.is.tells(), map[whom]string{}
		if t.action != Delete {
			will = t.rule.tells()
		}
		lost[i] = map[whom]bool{}
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

// tells returns whom a rule tells, and of which events.
func (r Rule) tells() map[whom]string {
	set := map[whom]string{}
	if !r.Enabled {
		return set
	}
	for t := range r.each {
		for _, pattern := range t.patterns() {
			set[t.whom()] += pattern
		}
	}
	return set
}

// inOrder puts the targets of one rule in an order in which what one list gives up
// another has first.
func inOrder(is Rule, put []bus.Target) []bus.Target {
	if !slices.ContainsFunc(put, func(t bus.Target) bool { return len(t.List) > 0 }) {
		return put
	}
	standing := map[whom]string{}
	for t := range is.each {
		standing[t.whom()] = t.target.ID
	}
	at := map[whom]string{}
	for t := range (Rule{Targets: put}).each {
		at[t.whom()] = t.target.ID
	}
	// waits tells that a list gives up what another one gets that is not written yet.
	waits := func(id string, written map[string]bool) bool {
		for k, was := range standing {
			if to := at[k]; was == id && to != "" && to != id && !written[to] {
				return true
			}
		}
		return false
	}
	written := map[string]bool{}
	var order []bus.Target
	for rest := slices.Clone(put); len(rest) > 0; {
		i := max(0, slices.IndexFunc(rest, func(t bus.Target) bool { return !waits(t.ID, written) }))
		order, written[rest[i].ID] = append(order, rest[i]), true
		rest = slices.Delete(rest, i, i+1)
	}
	return order
}
