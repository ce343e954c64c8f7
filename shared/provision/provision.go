// Package provision applies a workspace document to an event bus. It reads the bus
// ([Read]), plans what has to change ([Provisioner.Plan]) and applies the plan
// ([Cloud.Apply]). Each rule that it creates names its owner; it leaves rules and
// targets of others alone.
package provision

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// The environment variables that a deployment sets for its provision function.
const (
	// PrefixVariable names the variable with the prefix of the functions' names.
	PrefixVariable = "PAI_NOTIFY_FUNCTIONS_PREFIX"
	// DeadLetterVariable names the variable with the ARN of the queue for events
	// that a bus cannot deliver.
	DeadLetterVariable = "PAI_NOTIFY_DEAD_LETTER"
)

// rulesVariable names the variable with the number of rules that a bus may have,
// when the cloud has raised its quota.
const rulesVariable = "PAI_NOTIFY_RULES_PER_BUS"

// Options say how a document becomes rules.
type Options struct {
	// Prefix is the prefix of the functions' names; [policy.DefaultPrefix] when
	// empty.
	Prefix string
	// Owner is the owner of the rules; the document's owner when empty.
	Owner string
	// TakeOver names another owner whose rules on the bus become this one's, as
	// OWNER or, for a single rule, OWNER/RULE; none when empty.
	TakeOver string
	// DeleteCopies deletes copies of rules that somebody made on the bus.
	DeleteCopies bool
	// RulesPerBus is how many rules a bus may have, when the cloud has raised its
	// quota; 0 for the default quota.
	RulesPerBus int
	// AllowMissing applies a plan even if secrets are missing where the functions
	// run.
	AllowMissing bool
	// Alarms is whom alarms tell, where whoever applies the document makes them; a
	// check-up leaves them out when it is empty.
	Alarms string

	// types are the target types that the document may name.
	types targetTypes
	// names are the names of the document's rules, with their keys.
	names map[string]string
}

// of returns the options, completed from the document.
func (o Options) of(w *workspace.Workspace) Options {
	o.Owner = cmp.Or(o.Owner, w.Owner, w.Name)
	o.types, o.names = w.Types, map[string]string{}
	for _, r := range w.Rules {
		o.names[r.Name] = r.Key()
	}
	return o
}

// Check rejects an owner that no document may name, and a prefix that function
// names cannot have.
func (o Options) Check() error {
	takeOver, rule, one := strings.Cut(o.TakeOver, "/")
	if one && (rule == "" || strings.IndexFunc(rule, illegal) >= 0) {
		return fmt.Errorf("provision: invalid rule to take over %q: write OWNER, or OWNER/RULE for one rule", o.TakeOver)
	}
	for _, owner := range []string{o.Owner, takeOver} {
		if owner != "" && (strings.IndexFunc(owner, illegal) >= 0 || len(owner) > longestOwner) {
			return fmt.Errorf("provision: invalid owner %q: use at most %d letters, digits, '-', '_' and '.'", owner, longestOwner)
		}
	}
	if strings.IndexFunc(o.Prefix, illegal) >= 0 || strings.Contains(o.Prefix, ".") || len(o.Prefix) > 56 {
		return fmt.Errorf("provision: invalid function prefix %q: use at most 56 letters, digits, '-' and '_'", o.Prefix)
	}
	if o.RulesPerBus < 0 {
		return fmt.Errorf("provision: invalid number of rules for a bus: %d", o.RulesPerBus)
	}
	return nil
}

// Complete takes the quota from the environment if it is not set, and rejects what
// [Options.Check] rejects.
func (o Options) Complete() (Options, error) {
	if text := os.Getenv(rulesVariable); text != "" && o.RulesPerBus == 0 {
		n, err := strconv.Atoi(text)
		if err != nil {
			return o, fmt.Errorf("provision: %s is %q: write how many rules the cloud grants the bus, or leave it out", rulesVariable, text)
		}
		o.RulesPerBus = n
	}
	return o, o.Check()
}

// longestOwner is the most characters of a workspace's name, which is the default
// owner.
const longestOwner = 116

// State is an event bus with its rules, as it is or as it is wanted.
type State struct {
	Bus bus.EventBus
	// Exists is false for a bus that has to be created first.
	Exists bool
	// Rules are ordered by name, siblings by number. A state that was read has
	// the rules of every owner, and those without one.
	Rules []Rule
	// Owner is set in a wanted state.
	Owner string

	options Options
	limits  bus.Limits
	// changes are the document's changes to the catalogue.
	changes event.Catalogue
	packing Packing
	// terse leaves descriptions out of what targets carry, because the bus has no
	// room for them.
	terse bool
	// paid are the rules of the document that send to phones from a list.
	paid []string
	// again computes the wanted state for another existing state of the bus.
	again func(have State) (State, error)
}

// Rule is a rule of a bus.
type Rule struct {
	bus.Rule
	// Owner is the rule's owner; "" for a rule that this project did not make.
	Owner string
	// Document is the document's rule that it stands for. For a rule without
	// targets of this project, that is the rule of the same name.
	Document event.Rule
	// Shared is true when its targets carry lists of document rules. Document
	// then has the rule's own name.
	Shared bool
	// Targets are ordered by id.
	Targets []bus.Target

	// left is true when the document does not need the rule any more, but it
	// stays for targets of others.
	left bool
}
