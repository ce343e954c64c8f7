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

// The environment variables that a deployment gives to its provision function.
const (
	// PrefixVariable names the prefix of the functions' names.
	PrefixVariable = "PAI_NOTIFY_FUNCTIONS_PREFIX"
	// DeadLetterVariable names where a bus keeps what it cannot deliver, by ARN.
	DeadLetterVariable = "PAI_NOTIFY_DEAD_LETTER"
)

// rulesVariable is how many rules the cloud grants a bus, when it has raised its
// quota.
const rulesVariable = "PAI_NOTIFY_RULES_PER_BUS"

// Options say how a document becomes rules.
type Options struct {
	// Prefix begins the names of the functions; [policy.DefaultPrefix] when empty.
	Prefix string
	// Owner is the owner of the rules; the document's owner when empty.
	Owner string
	// TakeOver names another owner whose rules on the bus become this one's, as
	// OWNER or, for one rule alone, OWNER/RULE; none when empty.
	TakeOver string
	// DeleteCopies has the copies of rules deleted that somebody made on the bus.
	DeleteCopies bool
	// RulesPerBus is how many rules the cloud grants a bus, when it has raised
	// its quota; 0 for what it grants by default.
	RulesPerBus int
	// AllowMissing has a plan carried out though secrets are missing where the
	// functions run.
	AllowMissing bool

	// types are those of the targets that the document may name.
	types targetTypes
	// names are those of the document's rules, with their keys.
	names map[string]string
}

// of returns the options with what the document says.
func (o Options) of(w *workspace.Workspace) Options {
	o.Owner = cmp.Or(o.Owner, w.Owner, w.Name)
	o.types, o.names = w.Types, map[string]string{}
	for _, r := range w.Rules {
		o.names[r.Name] = r.Key()
	}
	return o
}

// Check refuses an owner that no document may name, and a prefix that function
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

// Complete takes the quota from the environment where nobody gave one, and
// refuses what [Options.Check] refuses.
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

// longestOwner is that of a workspace's name, which is the owner by default.
const longestOwner = 116

// State is an event bus with its rules, as it is or as it is wanted.
type State struct {
	Bus bus.EventBus
	// Exists is false for a bus that has to be created first.
	Exists bool
	// Rules are ordered by name, siblings by number. In a state that was read they are those of
	// every owner, and of none.
	Rules []Rule
	// Owner is set in a state that is wanted.
	Owner string

	options Options
	limits  bus.Limits
	// changes are those of the document to the catalogue.
	changes event.Catalogue
	packing Packing
	// terse tells that targets carry no descriptions, for which the bus has no room.
	terse bool
	// paid are the rules of the document that send to phones from a list.
	paid []string
	// again is what is wanted of another state of the bus.
	again func(have State) (State, error)
}

// Rule is a rule of a bus.
type Rule struct {
	bus.Rule
	// Owner is whose the rule is; "" for a rule that this project did not make.
	Owner string
	// Document is the rule of a document that it stands for. One that has no
	// target of this project stands for the rule of its own name.
	Document event.Rule
	// Shared tells that its targets carry lists of rules of a document. It stands
	// for a rule of its own name then.
	Shared bool
	// Targets are ordered by id.
	Targets []bus.Target

	// left tells that the document has no use for the rule, which stays for
	// targets of others.
	left bool
}
