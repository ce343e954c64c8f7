package provision

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// The clouds, as the command line names them.
const (
	Aliyun = "aliyun"
	AWS    = "aws"
	Local  = "local"
)

// Cloud is an account in one region of a cloud, or the local bus. A nil field
// means that it cannot be asked for that.
type Cloud struct {
	// Name is [Aliyun], [AWS] or [Local].
	Name            string
	Region, Account string
	Bus             bus.Bus
	// Traces reads what passed Bus.
	Traces bus.Traces
	// Addresses returns how the targets on Bus address functions; nil where that
	// is documented.
	Addresses bus.Addresses
	// RulesPerBus is how many rules the local bus may have; 0 for any number. For
	// clouds see [Options.RulesPerBus].
	RulesPerBus int
	// DeadLetter is the ARN of the queue that Bus gives its targets; "" for none.
	DeadLetter string
	// Invoke invokes a function and returns its answer. failed is true when the
	// platform reports a failed invocation; answer is then the failure's message,
	// from the function, or from the platform when the function timed out or
	// crashed.
	Invoke func(ctx context.Context, function string, payload []byte) (answer []byte, failed bool, err error)
	// Function checks that a function exists, and returns those of some of its
	// environment variables that are set; [bus.NotFound] when it does not.
	Function func(ctx context.Context, name string, variables ...string) (map[string]string, error)
	// Role checks that a role exists; [bus.NotFound] when it does not.
	Role func(ctx context.Context, name string) error
	// Invocable checks that the rules of a bus may invoke a function;
	// [bus.NotFound] when nothing allows it.
	Invocable func(ctx context.Context, function, busName string) error
	// Ledger opens the store that a reference in [ledger.Variable] names. It makes no
	// call. A store that is not made by a deployment is a [ledger.Maker].
	Ledger func(ctx context.Context, reference string) (ledger.Store, error)
	// Alarms opens the alarms of the functions with a prefix, which tell whom to
	// names. It makes no call. Nil where a deployment makes them.
	Alarms func(to, prefix string) (ledger.Maker, error)
	// Waiting counts the pending notifications on a bus, by rule and receiver.
	Waiting func(ctx context.Context, busName string) ([]Waiting, error)
	// Rows lists the notifications of a bus that keeps its own; nil where a ledger does.
	Rows health.Rows
	// Update changes a control row of a bus that keeps its own, such as its mutes; nil
	// where a ledger does.
	Update func(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)
	// Applied is called after a plan was applied, for a bus that holds
	// notifications for receivers that may come back.
	Applied func(ctx context.Context) error
}

// Apply applies a plan to the cloud's bus.
func (c Cloud) Apply(ctx context.Context, p Plan, progress func(Progress)) error {
	if err := apply(ctx, c.Bus, p, progress); err != nil || c.Applied == nil {
		return err
	}
	return c.Applied(ctx)
}

// Explain adds to an error of the cloud what to do about it.
func (c Cloud) Explain(err error) error {
	if remedy := c.Remedy(err); remedy != "" {
		return fmt.Errorf("%w: %s", err, remedy)
	}
	return err
}

// Provisioner plans, applies, checks and tests the rules of one workspace in one
// cloud.
type Provisioner struct {
	Cloud     Cloud
	Workspace *workspace.Workspace
	Options   Options
}

// Owner is the owner of the workspace's rules.
func (pr Provisioner) Owner() string { return pr.options().Owner }

func (pr Provisioner) options() Options { return pr.Options.of(pr.Workspace) }

// Plan compares the bus with the document. It also says which secrets are missing
// where the functions run.
func (pr Provisioner) Plan(ctx context.Context) (Plan, error) {
	have, err := Read(ctx, pr.Cloud.Bus, pr.Workspace.Bus())
	if err != nil {
		return Plan{}, err
	}
	p, err := pr.compare(have)
	if err != nil {
		return p, err
	}
	if held := pr.held(); held != nil && pr.Cloud.Function != nil && pr.Cloud.remote() {
		reference, _, err := pr.Cloud.Recorded(ctx, pr.Options.Prefix)
		if reference == "" && (err == nil || bus.KindOf(err) == bus.NotFound) {
			p.warn(neverHeld, "rules", held)
		}
	}
	return pr.withSecrets(ctx, pr.count(ctx, p)), nil
}

func (pr Provisioner) compare(have State) (Plan, error) {
	want, err := wanted(pr.Workspace, have, pr.options(), pr.limits())
	if err != nil {
		return Plan{}, err
	}
	p, err := compare(have, want)
	if n := p.undelivered(); err == nil && n > 0 && pr.Cloud.DeadLetter == "" && pr.Cloud.Name != Local {
		p.warn(noQueue, "count", n, "variable", DeadLetterVariable)
	}
	return p, err
}

// limits are the cloud's documented ones with any raised quota, or those of the
// local bus.
func (pr Provisioner) limits() bus.Limits {
	l := pr.Cloud.Bus.Limits()
	if pr.Cloud.Name == Local {
		if l.RulesPerBus = pr.Cloud.RulesPerBus; l.RulesPerBus == 0 {
			l.FieldValues = 0 // no quota, so nothing is split to fit one
		}
		return l
	}
	l.RulesPerBus = cmp.Or(pr.Options.RulesPerBus, l.RulesPerBus)
	return l
}

// undelivered counts the targets to be written without a dead-letter queue.
func (p Plan) undelivered() (n int) {
	for _, t := range p.tasks {
		for _, target := range t.put {
			if target.DeadLetter == "" {
				n++
			}
		}
	}
	return n
}

// Removal plans the deletion of a rule of the document's owner, named as in a
// document, or of all of them for "". The bus is deleted with its last rule if
// this project made it.
func (pr Provisioner) Removal(ctx context.Context, rule string) (Plan, error) {
	p, err := removal(ctx, pr.Cloud.Bus, pr.Workspace.Bus(), pr.options(), rule)
	return pr.count(ctx, p), err
}

func removal(ctx context.Context, b bus.Bus, name string, o Options, rule string) (Plan, error) {
	have, err := Read(ctx, b, name)
	if err != nil {
		return Plan{}, err
	}
	if rule == "" {
		want := emptied(have, o, b.Limits())
		p, err := compare(have, want)
		if !have.Exists {
			p.warn(noSuchBus, "bus", name)
		}
		if _, owner := unmarked(have.Bus.Description); want.Exists && owner != "" && !want.made(have.Bus) && len(p.Foreign) == 0 {
			p.warn(keptBus, "bus", name, "owner", owner)
		}
		return p, err
	}
	want := without(have, o, rule, b.Limits())
	p, err := compare(have, want)
	if err == nil && p.Empty() {
		return p, noRule(name, rule, o.Owner)
	}
	return p, err
}

func noRule(bus, rule, owner string) error {
	return fmt.Errorf("provision: the bus %s has no rule %s of the owner %q: pai-notify rules lists those that are there", bus, rule, owner)
}

// ListedRule is a rule as it is on the bus.
type ListedRule struct {
	Rule string `json:"rule"`
	// Name is the rule's name in the document, where the bus has another one;
	// CopyOf is the rule of which somebody made this copy on the bus.
	Name   string `json:"name,omitempty"`
	CopyOf string `json:"copy_of,omitempty"`
	// Shared is true when the bus rule stands for other document rules too, which
	// are listed separately.
	Shared  bool   `json:"shared,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Ours    bool   `json:"ours"`
	Enabled bool   `json:"enabled"`
	Pattern string `json:"pattern"`
	// Exact are the patterns by which the function selects the rule's events,
	// where Pattern matches more.
	Exact []string `json:"exact,omitempty"`
	// Description is the description without the owner's mark.
	Description string         `json:"description,omitempty"`
	Targets     []ListedTarget `json:"targets,omitempty"`
}

// ListedTarget is a target as it is on the bus. It holds no secret.
type ListedTarget struct {
	ID       string `json:"id"`
	Function string `json:"function,omitempty"`
	Receiver string `json:"receiver,omitempty"`
	Altered  string `json:"altered,omitempty"`
}

// standing returns the state of the workspace's bus, which must exist, and the
// part of it that is the workspace's own.
func (pr Provisioner) standing(ctx context.Context) (have, mine State, err error) {
	o := pr.options()
	mine = State{Owner: o.Owner, options: o}
	have, err = Read(ctx, pr.Cloud.Bus, pr.Workspace.Bus())
	if err == nil && !have.Exists {
		err = noBus(have.Bus.Name)
	}
	return have, mine, err
}

// List returns the rules of the workspace's bus, those of others included.
func (pr Provisioner) List(ctx context.Context) ([]ListedRule, error) {
	have, mine, err := pr.standing(ctx)
	if err != nil {
		return nil, err
	}
	list := []ListedRule{}
	for _, r := range have.Rules {
		text, _ := unmarked(r.Description)
		one := ListedRule{Rule: r.Name, Owner: r.Owner, Ours: mine.ours(r), Enabled: r.Enabled, Pattern: r.Pattern, Description: text}
		switch base, _ := documentRule(r.Name); {
		case r.copied():
			one.CopyOf = onBus(r.Document)
		case base != r.Document.Name && !r.Shared:
			one.Name = r.Document.Name
		}
		if r.Shared {
			list = append(list, r.members(one)...)
			continue
		}
		for _, t := range r.Targets {
			listed := ListedTarget{ID: t.ID, Function: t.Function, Altered: t.Altered}
			if !foreign(t) {
				listed.Receiver = shown(t.Receiver)
				one.Exact = t.Patterns
			}
			one.Targets = append(one.Targets, listed)
		}
		list = append(list, one)
	}
	return list, nil
}

// members lists the document rules that share a bus rule; the last of them has the
// targets of others.
func (r Rule) members(as ListedRule) (list []ListedRule) {
	as.Shared = true
	at := map[string]int{}
	for t := range r.each {
		key := t.carried.Rule.Key()
		i, found := at[key]
		if !found {
			i = len(list)
			at[key] = i
			list = append(list, as)
			list[i].Name, list[i].Exact = t.carried.Rule.Name, t.carried.Patterns
		}
		list[i].Targets = append(list[i].Targets, ListedTarget{ID: t.target.ID, Function: t.target.Function, Receiver: shown(t.receiver()), Altered: t.target.Altered})
	}
	for _, t := range r.Targets {
		if foreign(t) {
			last := &list[len(list)-1]
			last.Targets = append(last.Targets, ListedTarget{ID: t.ID, Function: t.Function, Altered: t.Altered})
		}
	}
	slices.SortFunc(list, func(a, b ListedRule) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func noBus(name string) error {
	return fmt.Errorf("provision: %s pai-notify apply creates it", noSuchBus.With("bus", name))
}
