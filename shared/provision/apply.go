package provision

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// Progress is what [Cloud.Apply] reports after each rule.
type Progress struct {
	// Done of Total rules are as wanted.
	Done, Total int
	Action      Action
	Rule        string
}

// Incomplete is the error of a plan that was carried out in part. What was done
// stays, and what is left is done by planning and applying again.
type Incomplete struct {
	Done, Left []Step
	// Changed tells that the bus may not be as it was. That is so without a
	// step that is done when one was cut off: a rule may have been made without
	// its targets.
	Changed bool
	// Err is what stopped it, about the first step that is left.
	Err error
}

// Error says how far it came.
func (e *Incomplete) Error() string {
	why := strings.TrimSuffix(e.Err.Error(), ".") // services end theirs as sentences
	switch {
	case !e.Changed:
		return why + "; nothing was changed"
	case len(e.Done) == 0:
		return why + "; no step was finished, but something may have been changed: run it again to go on"
	}
	return fmt.Sprintf("%s; %d of %d steps were done and stay, %d are left: run it again to go on", why, len(e.Done), len(e.Done)+len(e.Left), len(e.Left))
}

// Unwrap returns what stopped it.
func (e *Incomplete) Unwrap() error { return e.Err }

// rounds bounds how often [Cloud.Apply] begins again because somebody else changes
// the same bus.
const rounds = 5

// apply carries a plan out, in an order that loses no notification that both states
// ask for: rules and targets come before others go, and a rule is
// disabled until it has its targets. Only a bus that is full makes it delete
// first, and a phone that would get an event twice, of which the plan warns.
//
// It may be interrupted at any moment, and several may run at once: what
// another has done already is found done, and at the end the bus is read and
// put right again if the other one had another plan. It stops at the first call
// that fails; the error is an [*Incomplete] then. Calls are not repeated here:
// see [bus.WithRetry]. A plan that is stopped ([Plan.Stopped]) changes nothing.
func apply(ctx context.Context, b bus.Bus, p Plan, progress func(Progress)) error {
	if p.lacking != nil {
		return p.lacking
	}
	if p.Empty() {
		return nil
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	changed := false
	for round := 1; ; round++ {
		a := applier{b: b, p: p, progress: progress, changed: changed}
		err := a.run(ctx)
		changed = a.changed
		if err != nil && (!disturbed(err) || round == rounds) {
			return a.incomplete(err)
		}
		next, readErr := p.next(ctx, b)
		switch {
		case readErr != nil && err == nil:
			return a.incomplete(fmt.Errorf("what was done could not be checked: %w", readErr))
		case readErr != nil:
			return a.incomplete(err)
		case next.Empty():
			return nil
		case err != nil && reflect.DeepEqual(next.Steps, p.Steps):
			return a.incomplete(err) // nobody was in the way
		case round == rounds:
			return &Incomplete{Left: next.Steps, Changed: changed, Err: fmt.Errorf("provision: the bus %s accepted every call but still differs from the plan: somebody else may be changing it", p.Bus)}
		}
		p = next
	}
}

// disturbed tells that a call may have failed because of what somebody else did
// to the bus after it was read.
func disturbed(err error) bool {
	switch bus.KindOf(err) {
	case bus.NotFound, bus.Exists, bus.NotEmpty, bus.Quota:
		return true
	}
	return false
}

// next plans again from what stands on the bus now.
func (p Plan) next(ctx context.Context, b bus.Bus) (Plan, error) {
	have, err := Read(ctx, b, p.Bus)
	if err != nil {
		return Plan{}, err
	}
	want, err := p.want.again(have)
	if err != nil {
		return Plan{}, err
	}
	return compare(have, want)
}

type applier struct {
	b        bus.Bus
	p        Plan
	progress func(Progress)
	// finished are the rules that are as wanted, and "" for the bus; rules
	// counts the former.
	finished []string
	rules    int
	// changed tells that a call may have had an effect.
	changed bool
}

// did notes what a call that either has its effect or has none has done.
func (a *applier) did(err error) error {
	if err == nil || bus.KindOf(err) == bus.Unavailable {
		a.changed = true
	}
	return err
}

// tried notes a call that an implementation may make of several, of which some
// may have had their effect when it fails.
func (a *applier) tried(err error) error {
	a.changed = true
	return err
}

func (a *applier) incomplete(err error) error {
	done := map[string]bool{}
	for _, name := range a.finished {
		done[name] = true
	}
	e := &Incomplete{Changed: a.changed, Err: err}
	for _, s := range a.p.Steps {
		if done[s.Rule] {
			e.Done = append(e.Done, s)
		} else {
			e.Left = append(e.Left, s)
		}
	}
	return e
}

func (a *applier) run(ctx context.Context) error {
	if a.p.want.Exists && !a.p.have.Exists {
		if err := a.createBus(ctx); err != nil {
			return err
		}
	}
	if err := a.clear(ctx); err != nil {
		return err
	}
	for _, t := range a.p.tasks {
		how := map[Action]func(context.Context, task) error{Create: a.create, Change: a.change, Delete: a.delete}[t.action]
		if err := a.do(ctx, t, how); err != nil {
			return err
		}
	}
	if a.p.have.Exists && !a.p.want.Exists {
		return a.deleteBus(ctx)
	}
	return nil
}

// clear takes away what has to go before anything comes.
func (a *applier) clear(ctx context.Context) error {
	for _, rule := range slices.Sorted(maps.Keys(a.p.reduced)) {
		if err := a.tried(a.b.UpdateTargets(ctx, a.p.Bus, rule, a.p.reduced[rule])); err != nil {
			return err
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(a.p.before)) {
		if err := a.mark(ctx, find(a.p.have.Rules, rule)); err != nil {
			return err
		}
		if err := a.tried(a.b.DeleteTargets(ctx, a.p.Bus, rule, a.p.before[rule])); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) do(ctx context.Context, t task, how func(context.Context, task) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := how(ctx, t); err != nil {
		return err
	}
	a.finished = append(a.finished, t.rule.Name)
	a.rules++
	a.progress(Progress{Done: a.rules, Total: len(a.p.tasks), Action: t.action, Rule: t.rule.Name})
	return nil
}

func (a *applier) createBus(ctx context.Context) error {
	err := a.did(a.b.CreateEventBus(ctx, a.p.want.Bus))
	if err != nil && bus.KindOf(err) != bus.Exists {
		return err
	}
	a.finished = append(a.finished, "")
	return nil
}

func (a *applier) deleteBus(ctx context.Context) error {
	if err := a.did(a.b.DeleteEventBus(ctx, a.p.Bus)); err != nil && bus.KindOf(err) != bus.NotFound {
		return err
	}
	a.finished = append(a.finished, "")
	return nil
}

// create makes a rule, disabled at first: one that is enabled without targets
// looks right and notifies nobody.
func (a *applier) create(ctx context.Context, t task) error {
	rule := t.rule.Rule
	rule.Enabled = false
	enabled := false
	err := a.did(a.b.CreateRule(ctx, a.p.Bus, rule))
	switch {
	case bus.KindOf(err) == bus.Exists:
		// Somebody else is making it, or an answer got lost on the way here.
		if enabled, err = a.adopt(ctx, t.rule); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	if err := a.tried(a.b.UpdateTargets(ctx, a.p.Bus, rule.Name, t.put)); err != nil {
		return err
	}
	switch {
	case t.rule.Enabled && !enabled:
		return a.did(a.b.EnableRule(ctx, a.p.Bus, rule.Name))
	case !t.rule.Enabled && enabled:
		return a.did(a.b.DisableRule(ctx, a.p.Bus, rule.Name))
	}
	return nil
}

// adopt makes a rule that was not there when the plan was made as wanted, but
// for its state, and tells whether it is enabled.
//
// A rule that is to match more than its targets want is left for the next
// round: whose targets stand there under what pattern has to be read first.
func (a *applier) adopt(ctx context.Context, made Rule) (enabled bool, err error) {
	want := made.Rule
	is, err := a.b.GetRule(ctx, a.p.Bus, want.Name)
	if err != nil {
		return false, err
	}
	targets, err := a.b.ListTargets(ctx, a.p.Bus, []string{want.Name})
	if err != nil {
		return false, err
	}
	if stands := readRule(is, targets[want.Name]); !a.p.want.ours(stands) {
		return false, Refusal{notOurs(a.p.want, stands)}
	}
	if is.Description == want.Description && sameJSON(is.Pattern, want.Pattern) {
		return is.Enabled, nil
	}
	if slices.ContainsFunc(made.Targets, packed) {
		return false, &bus.Error{Kind: bus.Exists, Resource: a.p.Bus + "/" + want.Name, Text: "somebody else made it meanwhile"}
	}
	want.Enabled = is.Enabled
	return is.Enabled, a.did(a.b.UpdateRule(ctx, a.p.Bus, want))
}

// mark gives a rule its mark again, before targets go that alone say whose it is:
// cut off after that, nobody could tell.
func (a *applier) mark(ctx context.Context, r Rule) error {
	text, owner := unmarked(r.Description)
	if owner == a.p.want.Owner {
		return nil
	}
	r.Description = marked(text, a.p.want.Owner, a.p.want.limits.Description)
	return a.did(a.b.UpdateRule(ctx, a.p.Bus, r.Rule))
}

func (a *applier) delete(ctx context.Context, t task) error {
	if err := a.mark(ctx, t.rule); err != nil && bus.KindOf(err) != bus.NotFound {
		return err
	}
	err := a.tried(a.b.DeleteRule(ctx, a.p.Bus, t.rule.Name))
	if bus.KindOf(err) == bus.NotFound {
		return nil
	}
	return err
}
