package provision

import (
	"fmt"
	"slices"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/message"
)

// Action is what a [Step] does.
type Action string

// The actions of a step.
const (
	Create Action = "create"
	Change Action = "change"
	Delete Action = "delete"
)

// The values of Kind in a [Step].
const (
	kindBus    = "bus"
	kindRule   = "rule"
	kindTarget = "target"
)

// Step is one change. It holds no secret.
type Step struct {
	Action Action `json:"action"`
	// Kind is bus, rule or target.
	Kind string `json:"thing"`
	// Rule is the rule's name on the bus, and Target the target's id in it.
	Rule   string `json:"rule,omitempty"`
	Target string `json:"target,omitempty"`
	// Differences are the properties that change; for a new rule or target, all
	// of them.
	Differences []Difference `json:"differences,omitempty"`
}

// Difference is one property that changes.
type Difference struct {
	Property string `json:"property"`
	Old      string `json:"old,omitempty"`
	New      string `json:"new,omitempty"`
}

// Foreign is a rule, or a target of a rule, that is on the bus and is left alone.
type Foreign struct {
	Rule string `json:"rule"`
	// Owner is the owner of the rule; "" when it was made by hand or by PAI.
	Owner string `json:"owner,omitempty"`
	// CopyOf is the rule of this owner that somebody copied.
	CopyOf string `json:"copy_of,omitempty"`
	// Target is the id of a target that somebody added to a rule of this owner,
	// and Text describes it.
	Target string `json:"target,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Warning is what to know before applying a plan: a code and arguments for
// programs, and an English text.
type Warning struct {
	message.Statement
	Text string `json:"text"`
}

// Plan is the changes that lead from one state of a bus to another.
type Plan struct {
	Bus   string `json:"bus"`
	Owner string `json:"owner"`
	// Steps are in the order of rules; [Cloud.Apply] uses an order of its own.
	Steps []Step `json:"steps"`
	// Unchanged counts the rules that are up to date.
	Unchanged int       `json:"unchanged"`
	Foreign   []Foreign `json:"foreign,omitempty"`
	// Waiting are the pending notifications that the plan affects, where the bus
	// can tell.
	Waiting []Waiting `json:"waiting,omitempty"`
	// Packing is how the rules of the document share rules of the bus.
	Packing Packing `json:"packing,omitzero"`
	// Warnings are what to know before applying the plan.
	Warnings []Warning `json:"warnings,omitempty"`

	have, want State
	tasks      []task
	// lacking is why the plan may not be applied; nil when it may be.
	lacking error
	// before are the targets to remove before anything is added, by rule, and
	// reduced the lists that lose something then.
	before  map[string][]string
	reduced map[string][]bus.Target
	// gap is true when a rule has to be deleted before another sends its events.
	gap bool
	// cross is true when two rules give each other something.
	cross bool
}

// Stopped returns why the plan may not be applied, even if it is empty; nil when
// it may be.
func (p Plan) Stopped() error { return p.lacking }

// Empty reports whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Steps) == 0 }

// Rules is how many bus rules stand for the document.
func (p Plan) Rules() int { return len(p.want.Rules) }

// Continues reports whether the bus was already made for the owner or has rules of
// theirs, so the plan does not start from nothing.
func (p Plan) Continues() bool {
	return p.want.made(p.have.Bus) || slices.ContainsFunc(p.have.Rules, p.want.owns)
}

// task is what has to be done about one rule, in calls of the bus.
type task struct {
	action Action
	rule   Rule // the wanted rule; the existing one when it is to be deleted
	// enabled is the existing state of the rule; update is true when its own
	// properties change.
	enabled, update bool
	// widens is true when the pattern will match more and the targets tell events
	// apart; narrows when the pattern takes that over from the targets.
	widens, narrows bool
	// is is the rule as it is on the bus.
	is Rule
	// put are the targets to write, existing ones first.
	put    []bus.Target
	remove []string
	// held is how many targets the rule has now, those of others included; added
	// is how many of put are new.
	held, added int
	steps       []Step
}

// compare plans what leads from the existing state of a bus to the wanted one. It
// fails with a [Refusal] when a wanted rule has the name of one that belongs to
// somebody else.
func compare(have, want State) (Plan, error) {
	p := Plan{Bus: want.Bus.Name, Owner: want.Owner, Steps: []Step{}, Packing: want.packing, have: have, want: want, before: map[string][]string{}, reduced: map[string][]bus.Target{}}
	if want.Exists && !have.Exists {
		p.Steps = append(p.Steps, Step{Action: Create, Kind: kindBus})
	}
	wanted := make(map[string]bool, len(want.Rules))
	standing := make(map[string]Rule, len(have.Rules))
	for _, r := range have.Rules {
		standing[r.Name] = r
	}
	var refused Refusal
	for _, r := range want.Rules {
		wanted[r.Name] = true
		is, found := standing[r.Name]
		switch {
		case !found:
			p.add(created(r))
		case !want.ours(is):
			refused = append(refused, notOurs(want, is))
		default:
			if t := want.options.types.changed(is, r); len(t.steps) > 0 {
				p.add(t)
				p.renames(is, r)
			} else {
				p.Unchanged++
			}
		}
	}
	for _, r := range have.Rules {
		switch {
		case wanted[r.Name]:
			for _, t := range r.Targets {
				if foreign(t) && !slices.ContainsFunc(find(want.Rules, r.Name).Targets, func(w bus.Target) bool { return w.ID == t.ID }) {
					p.Foreign = append(p.Foreign, Foreign{Rule: r.Name, Owner: r.Owner, Target: t.ID, Text: t.Altered})
				}
			}
		case want.ours(r):
			p.add(deleted(r))
		default:
			f := Foreign{Rule: r.Name, Owner: r.Owner}
			if r.copied() && want.owns(r) {
				f.CopyOf = onBus(r.Document)
			}
			p.Foreign = append(p.Foreign, f)
		}
	}
	if len(refused) > 0 {
		return Plan{}, refused
	}
	if have.Exists && !want.Exists {
		p.Steps = append(p.Steps, Step{Action: Delete, Kind: kindBus})
	}
	p.first()
	p.schedule()
	p.warnings()
	return p, nil
}

func (p *Plan) add(t task) {
	p.tasks = append(p.tasks, t)
	p.Steps = append(p.Steps, t.steps...)
}

func find(rules []Rule, name string) Rule {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return Rule{}
	}
	return rules[i]
}

func notOurs(want State, r Rule) string {
	if r.copied() && want.owns(r) {
		return fmt.Sprintf("the bus %s has a rule %s, which somebody made as a copy of %s: have it deleted (--delete-copies), or give the document's rule another name", want.Bus.Name, r.Name, onBus(r.Document))
	}
	if r.Owner == "" {
		return fmt.Sprintf("the bus %s already has a rule %s, which was made by hand or by PAI: give the document's rule another name, or delete that one yourself", want.Bus.Name, r.Name)
	}
	return fmt.Sprintf("the rule %s on the bus %s belongs to the owner %q, and this document to %q: take it over (--take-over %s), or set \"owner: %s\" in the document, or give the rule another name; --take-over %s/%s takes over this rule alone",
		r.Name, want.Bus.Name, r.Owner, want.Owner, r.Owner, r.Owner, r.Owner, r.Document.Name)
}

// warn adds a warning, once.
func (p *Plan) warn(s message.Sentence, arguments ...any) {
	w := Warning{Statement: s.With(arguments...)}
	w.Text = w.String()
	if !slices.ContainsFunc(p.Warnings, func(other Warning) bool { return other.Text == w.Text }) {
		p.Warnings = append(p.Warnings, w)
	}
}

// warnings adds warnings of what the plan cannot avoid, and of what it leaves for
// somebody to look at.
func (p *Plan) warnings() {
	for _, f := range p.Foreign {
		if f.CopyOf != "" {
			p.warn(copiedRule, "rule", f.Rule, "original", f.CopyOf)
		}
	}
	for _, r := range p.want.Rules {
		if r.left {
			p.warn(keptRule, "rule", r.Name, "targets", find(p.have.Rules, r.Name).stays())
		}
	}
	if p.gap {
		p.warn(fullBus, "most", p.want.limits.RulesPerBus, "count", len(p.have.Rules))
	}
	if p.want.terse && !p.Empty() {
		p.warn(noDescriptions)
	}
	if p.cross {
		p.warn(crossedRules)
	}
	if !p.Empty() && len(p.want.paid) > 0 {
		p.warn(sharedPhones, "most", p.want.limits.RulesPerBus, "rules", p.want.paid)
	}
}

func created(r Rule) task {
	t := task{action: Create, rule: r, put: r.Targets}
	t.steps = append(t.steps, Step{Action: Create, Kind: kindRule, Rule: r.Name, Differences: describe(r.Rule)})
	for _, target := range r.Targets {
		t.steps = append(t.steps, Step{Action: Create, Kind: kindTarget, Rule: r.Name, Target: target.ID, Differences: describeTarget(target)})
	}
	return t
}

func deleted(r Rule) task {
	return task{action: Delete, rule: r, is: r, enabled: r.Enabled, steps: []Step{{Action: Delete, Kind: kindRule, Rule: r.Name}}}
}

// changed returns the task that updates a rule; it has no steps when the rule is
// up to date.
func (types targetTypes) changed(is, want Rule) task {
	t := task{action: Change, rule: want, is: is, enabled: is.Enabled, held: len(is.Targets)}
	t.widens = slices.ContainsFunc(want.Targets, packed)
	// A rule whose targets are gone sends nothing, and may match more than it
	// should.
	none := !slices.ContainsFunc(is.Targets, func(t bus.Target) bool { return !foreign(t) })
	t.narrows = !t.widens && (none || slices.ContainsFunc(is.Targets, packed))
	if differences := compareRules(is.Rule, want.Rule); len(differences) > 0 {
		t.update = true
		t.steps = append(t.steps, Step{Action: Change, Kind: kindRule, Rule: want.Name, Differences: differences})
	}
	standing := make(map[string]bus.Target, len(is.Targets))
	for _, target := range is.Targets {
		standing[target.ID] = target
	}
	var added []bus.Target
	for _, target := range want.Targets {
		old, found := standing[target.ID]
		delete(standing, target.ID)
		step := Step{Action: Create, Kind: kindTarget, Rule: want.Name, Target: target.ID}
		if !found {
			step.Differences = describeTarget(target)
			added = append(added, target)
			t.added++
		} else {
			step.Action, step.Differences = Change, types.compareTargets(old, target)
			if len(step.Differences) == 0 {
				continue
			}
			t.put = append(t.put, target)
		}
		t.steps = append(t.steps, step)
	}
	t.put = append(t.put, added...)
	for _, target := range is.Targets {
		if _, left := standing[target.ID]; left && !foreign(target) {
			t.remove = append(t.remove, target.ID)
			t.steps = append(t.steps, Step{Action: Delete, Kind: kindTarget, Rule: want.Name, Target: target.ID})
		}
	}
	return t
}

// Summary counts the rules that a plan creates, changes and deletes.
func (p Plan) Summary() (creates, changes, deletes int) {
	for _, t := range p.tasks {
		switch t.action {
		case Create:
			creates++
		case Change:
			changes++
		case Delete:
			deletes++
		}
	}
	return creates, changes, deletes
}
