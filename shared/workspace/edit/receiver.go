package edit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Receiver is an entry of a document's receivers, which rules refer to by its name.
type Receiver struct {
	Name     string   `yaml:"name" json:"name"`
	ID       string   `yaml:"id,omitempty" json:"id,omitempty"`
	Type     string   `yaml:"type" json:"type"`
	Language string   `yaml:"language,omitempty" json:"language,omitempty"`
	Contacts []string `yaml:"contacts,omitempty" json:"contacts,omitempty"`
	// Parameters are the keys of the receiver's type.
	Parameters map[string]any `yaml:",inline" json:"-"`
}

// Key is what identifies the receiver for good: its id, or its name where it has none.
// It is what identifies the targets that refer to it within their rules.
func (r Receiver) Key() string { return cmp.Or(r.ID, r.Name) }

// Target returns the receiver as a rule would write it in place.
func (r Receiver) Target() Target {
	return Target{Type: r.Type, Name: r.Key(), Language: r.Language, Contacts: r.Contacts, Parameters: r.Parameters}
}

// MarshalJSON writes a receiver as a document in JSON holds it.
func (r Receiver) MarshalJSON() ([]byte, error) {
	type plain Receiver
	return flat(plain(r), r.Parameters)
}

// JSON returns the receiver as a document in JSON holds it, for package workspace to
// check.
func (r Receiver) JSON() ([]byte, error) { return json.Marshal(r) }

// Resolved returns a target that refers to one of the receivers as a rule would write
// it in place, and every other target as it is; false where there is no such receiver.
func (t Target) Resolved(all []Receiver) (Target, bool) {
	if t.Receiver == "" {
		return t, true
	}
	i := slices.IndexFunc(all, func(r Receiver) bool { return r.Name == t.Receiver })
	if i < 0 {
		return Target{}, false
	}
	whole := all[i].Target()
	whole.Language = cmp.Or(t.Language, whole.Language)
	if t.Contacts != nil {
		whole.Contacts = t.Contacts
	}
	if mention, given := t.Parameters[mentionKey]; given {
		whole.Parameters = withoutMention(whole.Parameters)
		whole.Parameters[mentionKey] = mention
	}
	return whole, true
}

// UsedError tells that a receiver cannot go, because rules refer to it.
type UsedError struct {
	Receiver string
	// Rules are their names, in the order of the document.
	Rules []string
}

// Error says which rules refer to the receiver.
func (e *UsedError) Error() string {
	return fmt.Sprintf("edit: the receiver %s is used by the rules %s: take it out of these rules first", e.Receiver, strings.Join(e.Rules, ", "))
}

// Receivers returns the receivers in the order of the document.
func (d *Document) Receivers() ([]Receiver, error) { return decode[Receiver](d, receiversKey) }

// PutReceiver replaces the receiver of the name was, or adds r at the end when was is
// empty. Its id is kept as that of a rule, and a new name is put into the rules that
// refer to it. It fails with [ErrNone] when there is no such receiver.
func (d *Document) PutReceiver(was string, r Receiver) error {
	r.ID = d.id(receiversKey, was, r.Name, r.ID)
	if err := d.put(receiversKey, was, r); err != nil || was == "" || was == r.Name {
		return err
	}
	return d.eachReference(was, func(rule, target int, n *yaml.Node) error {
		renamed := *n
		renamed.Content = slices.Clone(n.Content)
		for i := 0; i+1 < len(renamed.Content); i += 2 {
			if renamed.Content[i].Value == "receiver" {
				name := *resolve(renamed.Content[i+1])
				name.Value, name.Anchor = r.Name, ""
				renamed.Content[i+1] = &name
			}
		}
		return d.changeTarget(rule, target, &renamed)
	})
}

// RemoveReceiver takes a receiver out of the document. It fails with a [UsedError]
// while rules refer to it, and with [ErrNone].
func (d *Document) RemoveReceiver(name string) error {
	rules, err := d.UsedBy(name)
	switch {
	case err != nil:
		return err
	case len(rules) > 0:
		return &UsedError{name, rules}
	}
	return d.remove(receiversKey, name)
}

// UsedBy returns the names of the rules that refer to a receiver, in the order of the
// document.
func (d *Document) UsedBy(receiver string) ([]string, error) {
	rules, err := d.Rules()
	var names []string
	for _, r := range rules {
		if slices.ContainsFunc(r.Targets, func(t Target) bool { return t.Receiver == receiver && receiver != "" }) {
			names = append(names, r.Name)
		}
	}
	return names, err
}

const (
	receiversKey = "receivers"
	mentionKey   = "mention"
)

// eachReference calls change for the targets that refer to a receiver, by the
// positions of their rules and of them.
func (d *Document) eachReference(receiver string, change func(rule, target int, n *yaml.Node) error) error {
	for i := range list(d.root, "rules") {
		for j := range targetsOf(list(d.root, "rules")[i]) {
			n := resolve(targetsOf(list(d.root, "rules")[i])[j])
			if v := value(n, "receiver"); n.Kind == yaml.MappingNode && v != nil && v.Value == receiver {
				if err := change(i, j, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func targetsOf(rule *yaml.Node) []*yaml.Node {
	if rule = resolve(rule); rule.Kind != yaml.MappingNode {
		return nil
	}
	return list(rule, "targets")
}

// changeTarget puts item in the place of a target of a rule, in the lines of that
// target alone where the form of the document lets it.
func (d *Document) changeTarget(i, j int, item *yaml.Node) error {
	items := slices.Clone(list(d.root, "rules"))
	rule, lines := resolve(items[i]), d.lines()
	targets := slices.Clone(list(rule, "targets"))
	targets[j] = item
	changed := withList(rule, "targets", targets)
	if rules, ok := spansIn(d.root, len(lines), "rules", lines); ok && items[i].Kind != yaml.AliasNode {
		items[i] = changed
		spliced, err := replaced(rule, rules[i].to, "targets", lines, j, item)
		if want, _ := meaning(withList(d.root, "rules", items)); err == nil && spliced != nil && means(spliced, want) {
			return d.read(endings(d.text, spliced))
		}
	}
	return d.change("rules", i, changed)
}
