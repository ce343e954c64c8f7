// Package workspace reads the document that people write about one PAI workspace,
// with its rules, contacts and targets. It checks the document as a whole, and
// turns each rule into the event patterns and receivers that an event bus or a
// function works with.
package workspace

import (
	"cmp"
	"errors"
	"slices"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// BusPrefix begins the name of every event bus of PAI (PAI, Configure event
// notifications for workspaces).
const BusPrefix = "pai-system-"

// Workspace is a document that was read and found right. It is not changed
// once made.
type Workspace struct {
	// Name is the workspace's name in PAI.
	Name string
	// Owner tells the rules of this document from others on the same bus; the
	// workspace's name unless the document says otherwise.
	Owner string
	// Language is the default language of messages.
	Language message.Language
	// Quota is how many targets a rule may have.
	Quota int
	// Catalogue is the built-in catalogue with the document's changes.
	Catalogue *event.Catalogue
	// Changes are those changes alone, for a bus to carry with its rules.
	Changes event.Catalogue
	// Types are those that its targets may have.
	Types []target.Spec
	// Rules are in the order of the document.
	Rules []Rule
	// Warnings are findings that do not keep the document from being used.
	Warnings []Finding

	// contacts are those of the document, against which a rule is checked.
	contacts []document.Contact
	// receivers are those of the document, which a rule can refer to.
	receivers []document.Receiver
	// quiet are the quiet hours that rules can name.
	quiet map[string]document.Interval
	// prices are those that a summary reckons with; nil for none.
	prices *document.Prices
}

// Bus returns the name of the workspace's event bus.
func (w *Workspace) Bus() string { return BusPrefix + w.Name }

// References returns, sorted, what the targets of the enabled rules refer to, such as "env:A", by the
// type of the target: each type is a function, which has secrets of its own.
func (w *Workspace) References() map[string][]string {
	all := map[string][]string{}
	for _, r := range w.Rules {
		for _, receiver := range r.Receivers() {
			if r.Enabled {
				all[receiver.Type] = append(all[receiver.Type], secret.References(receiver.Parameters)...)
			}
		}
	}
	for typ, list := range all {
		slices.Sort(list)
		if all[typ] = slices.Compact(list); len(all[typ]) == 0 {
			delete(all, typ)
		}
	}
	return all
}

// Receivers returns the receivers of all rules.
func (w *Workspace) Receivers() []target.Receiver {
	var all []target.Receiver
	for _, r := range w.Rules {
		all = append(all, r.receivers...)
	}
	return all
}

// Rule says which events go to which receivers.
type Rule struct {
	// Name is unique in the workspace, has at most 48 characters, is valid as
	// a rule name on both clouds and never holds "--": sibling rules on a bus
	// are named by a suffix that starts so.
	Name string
	// ID is empty where the document gives none.
	ID          string
	Description string
	Enabled     bool
	// Source and Events are as written: event types without the source's
	// name, or "*" alone.
	Source string
	Events []string
	// Title and Fields are what messages show instead of what the catalogue
	// does; nil for that.
	Title, Fields []event.Fact

	patterns []*rule.Pattern
	// fields are the patterns taken apart.
	fields    []fields
	receivers []target.Receiver
	// policies are those of the receivers, in their order; policy is the rule's own.
	policies []*hold.Policy
	policy   *hold.Policy
	// wide are fields with the events that tell of a recovery.
	wide []fields
	// people are the contacts that the receivers are, in their order; creatorAt is where
	// events of the source have their creator, and accounts are the names of contacts
	// by uid.
	people    []person
	creatorAt string
	accounts  map[string]string
}

// Key is what identifies the rule: its id, or its name where it has none. No
// other rule of the document has it for an id or a name.
func (r Rule) Key() string { return cmp.Or(r.ID, r.Name) }

// Carried is what those who send for the rule have to know of it, as a bus
// carries it; whose the rule is and where it stands are the bus's to add. What
// differs between receivers is left to [Rule.CarriedFor].
func (r Rule) Carried() event.Rule {
	return event.Rule{Name: r.Name, ID: r.ID, Description: r.Description, Title: r.Title, Fields: r.Fields, Policy: r.policy}
}

// Patterns returns the event patterns, in the Alibaba Cloud dialect, of which
// an event of the rule matches at least one, usually the only one. There are
// several where the event types differ in more than one field. A field
// has as many values as the rule names.
func (r Rule) Patterns() []*rule.Pattern { return r.patterns }

// Widest is how many values the field of a pattern has that has the most.
func (r Rule) Widest() (most int) {
	for _, f := range r.fields {
		for _, conditions := range f {
			most = max(most, len(conditions))
		}
	}
	return most
}

// maxSplit bounds what a rule is split into: no bus that limits the values of a
// field has room for more rules (Alibaba Cloud: 50; EventBridge, Limits).
const maxSplit = 50

// Split returns patterns that together match what Patterns do, each with no more
// values in a field than Alibaba Cloud takes; nil where they would be more than
// a bus there has room for. No event matches two parts of one pattern.
func (r Rule) Split() []string {
	if r.Widest() <= maxFieldValues {
		list := make([]string, len(r.patterns))
		for i, p := range r.patterns {
			list[i] = p.String()
		}
		return list
	}
	total := 0
	for _, f := range r.fields {
		if total += f.parts(); total > maxSplit {
			return nil
		}
	}
	var parts []fields
	for _, f := range r.fields {
		parts = append(parts, f.split()...)
	}
	return texts(parts)
}

// Coarse returns a pattern for a bus that matches every event of the rules, and
// others, which whoever is invoked then has to tell apart by Patterns. It has no
// more values in a field than Alibaba Cloud takes. ok is false where nothing is
// left to ask for.
func Coarse(rules ...Rule) (pattern string, ok bool) {
	var all []fields
	for _, r := range rules {
		all = append(all, r.fields...)
	}
	joined := coarse(all)
	return string(joined.JSON()), len(joined) > 0
}

// Joined is [Coarse] for patterns that stand on a bus.
func Joined(patterns ...string) (pattern string, err error) {
	var all []fields
	for _, text := range patterns {
		f, err := takeApart([]byte(text))
		if err != nil {
			return "", err
		}
		all = append(all, f)
	}
	joined := coarse(all)
	if len(joined) == 0 {
		return "", errors.New("the patterns have no field in common")
	}
	return string(joined.JSON()), nil
}

// Receivers returns the targets in the order of the document, one for each
// contact. Their names are their keys: unique within the rule, and the same
// wherever a target stands in the list and whatever stands beside it.
func (r Rule) Receivers() []target.Receiver { return r.receivers }
