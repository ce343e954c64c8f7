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
	// Done of Total rules are up to date.
	Done, Total int
	Action      Action
	Rule        string
}

// Incomplete is the error of a plan that was applied only in part. What was done
// stays; plan and apply again to do the rest.
type Incomplete struct {
	Done, Left []Step
	// Changed is true when the bus may have changed. That can be so even if no
	// step is done: a call that was cut off may have created a rule without its
	// targets.
	Changed bool
	// Err is what stopped the plan, at the first step that is left.
	Err error
}

// Error says how many steps are done, and what stopped the plan.
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

// rounds bounds how often [Cloud.Apply] plans again because somebody else is
// changing the same bus.
const rounds = 5

// apply carries out a plan in an order that loses no notification that both states
// ask for: it adds rules and targets before it removes others, and keeps a new
// rule disabled until it has its targets. It deletes first only on a full bus, and
// where a phone would otherwise get an event twice, of which the plan warns.
//
// It may be interrupted at any moment, and several may run at once: what another
// run has already done counts as done, and at the end it reads the bus again and
// corrects it if another run had another plan. It stops at the first call that
// fails and returns an [*Incomplete]. It does not repeat calls: see
// [bus.WithRetry]. A plan that is stopped ([Plan.Stopped]) changes nothing.
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

// disturbed reports whether a call may have failed because somebody else changed
// the bus after it was read.
func disturbed(err error) bool {
	switch bus.KindOf(err) {
	case bus.NotFound, bus.Exists, bus.NotEmpty, bus.Quota:
		return true
	}
	return false
}

// next plans again from what is on the bus now.
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
	// finished are the rules that are up to date, and "" for the bus; rules
	// counts only the rules.
	finished []string
	rules    int
	// changed is true when a call may have had an effect.
	changed bool
}

// did records the result of a call that has its whole effect or none.
func (a *applier) did(err error) error {
	if err == nil || bus.KindOf(err) == bus.Unavailable {
		a.changed = true
	}
	return err
}

// tried records the result of a call that an implementation may split into
// several: when it fails, some of them may have had their effect.
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

// clear removes what has to go before anything is added.
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

// create makes a rule, disabled at first: a rule that is enabled without targets
// looks right and notifies nobody.
func (a *applier) create(ctx context.Context, t task) error {
	rule := t.rule.Rule
	rule.Enabled = false
	enabled := false
	err := a.did(a.b.CreateRule(ctx, a.p.Bus, rule))
	switch {
	case bus.KindOf(err) == bus.Exists:
		// Somebody else is creating it, or the answer to our own call got lost.
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

// adopt completes a rule that did not exist when the plan was made, and reports
// whether it is enabled; it leaves that state alone.
//
// A rule whose pattern has to match more than its targets want is left for the
// next round, which first reads the targets and the pattern that are there.
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

// mark writes a rule's owner mark again before it removes the targets that alone
// name the owner: if it were cut off after that, nobody could tell whose rule it
// is.
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
