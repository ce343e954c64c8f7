package edit

import (
	"encoding/json"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Rule is a rule as a document writes it.
type Rule struct {
	Name        string   `yaml:"name" json:"name"`
	ID          string   `yaml:"id,omitempty" json:"id,omitempty"`
	Description string   `yaml:"description,omitempty" json:"description,omitempty"`
	Enabled     *bool    `yaml:"enabled,omitempty" json:"enabled,omitempty"`
	Source      string   `yaml:"source" json:"source"`
	Events      []string `yaml:"events" json:"events"`
	Scope       Scope    `yaml:"scope,omitempty" json:"scope,omitzero"`
	Title       Facts    `yaml:"title,omitempty" json:"title,omitempty"`
	Fields      Facts    `yaml:"fields,omitempty" json:"fields,omitempty"`
	Group       *Group   `yaml:"group,omitempty" json:"group,omitempty"`
	Quiet       Names    `yaml:"quiet,omitempty" json:"quiet,omitempty"`
	Recovered   bool     `yaml:"recovered,omitempty" json:"recovered,omitempty"`
	Summary     bool     `yaml:"summary,omitempty" json:"summary,omitempty"`
	Targets     []Target `yaml:"targets" json:"targets"`
}

// On tells whether the rule is enabled.
func (r Rule) On() bool { return r.Enabled == nil || *r.Enabled }

// Enable sets whether the rule is enabled; an enabled one does not say so.
func (r *Rule) Enable(on bool) {
	r.Enabled = nil
	if !on {
		r.Enabled = &on
	}
}

// Scope narrows a rule to ids; the zero value does not.
type Scope struct {
	CreatedBy []string `yaml:"created_by,omitempty" json:"created_by,omitempty"`
	Flows     []string `yaml:"flows,omitempty" json:"flows,omitempty"`
	Models    []string `yaml:"models,omitempty" json:"models,omitempty"`
}

// UnmarshalYAML reads a scope from ids, or from "workspace".
func (s *Scope) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*s = Scope{}
		return nil
	}
	type ids Scope
	return n.Decode((*ids)(s))
}

// IsZero tells that the scope is the whole workspace.
func (s Scope) IsZero() bool {
	return len(s.CreatedBy) == 0 && len(s.Flows) == 0 && len(s.Models) == 0
}

// Target is one entry of a rule's targets.
type Target struct {
	// Receiver is the name of the document's receiver that it refers to; "" for a
	// target in place. With it stand only Language, Contacts and the parameter mention,
	// each in place of the receiver's own.
	Receiver string   `yaml:"receiver,omitempty" json:"receiver,omitempty"`
	Type     string   `yaml:"type,omitempty" json:"type,omitempty"`
	Name     string   `yaml:"name,omitempty" json:"name,omitempty"`
	Language string   `yaml:"language,omitempty" json:"language,omitempty"`
	Contacts []string `yaml:"contacts,omitempty" json:"contacts,omitempty"`
	// Parameters are the keys of the target's type.
	Parameters map[string]any `yaml:",inline" json:"-"`
}

// MarshalJSON writes a target as a document in JSON holds it, with the parameters
// beside the other keys.
func (t Target) MarshalJSON() ([]byte, error) {
	type plain Target
	return flat(plain(t), t.Parameters)
}

// flat writes an object that is not empty with parameters beside its keys.
func flat(object any, parameters map[string]any) ([]byte, error) {
	head, err := json.Marshal(object)
	if err != nil || len(parameters) == 0 {
		return head, err
	}
	rest, err := json.Marshal(parameters)
	if err != nil || string(head) == "{}" {
		return rest, err
	}
	return append(append(head[:len(head)-1], ','), rest[1:]...), nil
}

// Contact is a person that rules reach by phone or email.
type Contact struct {
	Name     string            `yaml:"name"`
	ID       string            `yaml:"id,omitempty"`
	Phone    string            `yaml:"phone,omitempty"`
	Email    string            `yaml:"email,omitempty"`
	UID      string            `yaml:"uid,omitempty"`
	Mention  map[string]string `yaml:"mention,omitempty"`
	Quiet    Names             `yaml:"quiet,omitempty"`
	Language string            `yaml:"language,omitempty"`
}

// Rules returns the rules in the order of the document.
func (d *Document) Rules() ([]Rule, error) { return decode[Rule](d, "rules") }

// PutRule replaces the rule of the name was, or adds r at the end when was is
// empty. A rule keeps its id, and gets its old name for one when it is renamed
// without. It fails with [ErrNone] when there is no such rule.
func (d *Document) PutRule(was string, r Rule) error {
	r.ID = d.id("rules", was, r.Name, r.ID)
	return d.put("rules", was, r)
}

// RemoveRule takes a rule out of the document, or fails with [ErrNone].
func (d *Document) RemoveRule(name string) error { return d.remove("rules", name) }

// Contacts returns the contacts in the order of the document.
func (d *Document) Contacts() ([]Contact, error) { return decode[Contact](d, "contacts") }

// PutContact replaces the contact of the name was, or adds c at the end when
// was is empty. Its id is kept as that of a rule. A new name is not put into the
// rules. It fails with [ErrNone] when there is no such contact.
func (d *Document) PutContact(was string, c Contact) error {
	c.ID = d.id("contacts", was, c.Name, c.ID)
	return d.put("contacts", was, c)
}

// id returns the id under which the item that was called was stays known by
// another name. One that is the name says nothing and is left out.
func (d *Document) id(key, was, name, id string) string {
	items := list(d.root, key)
	if i := find(items, was); id == "" && was != "" && i >= 0 {
		id = was
		if old := value(resolve(items[i]), "id"); old != nil {
			id = old.Value
		}
	}
	if id == name {
		return ""
	}
	return id
}

// RemoveContact takes a contact out of the document, or fails with [ErrNone].
func (d *Document) RemoveContact(name string) error { return d.remove("contacts", name) }

func decode[T any](d *Document, key string) ([]T, error) {
	var all []T
	for _, n := range list(d.root, key) {
		var one T
		if err := n.Decode(&one); err != nil {
			return nil, unreadable(err)
		}
		all = append(all, one)
	}
	return all, nil
}

// find returns the position of the item of that name, or -1.
func find(items []*yaml.Node, name string) int {
	return slices.IndexFunc(items, func(n *yaml.Node) bool {
		n = resolve(n)
		if n.Kind != yaml.MappingNode {
			return false
		}
		v := value(n, "name")
		return v != nil && v.Value == name
	})
}

func (d *Document) put(key, was string, v any) error {
	var fresh yaml.Node
	if err := fresh.Encode(v); err != nil {
		return err
	}
	items := list(d.root, key)
	if was == "" {
		return d.change(key, len(items), &fresh)
	}
	i := find(items, was)
	if i < 0 {
		return ErrNone
	}
	merged := merge(items[i], &fresh)
	if merged == items[i] {
		return nil
	}
	return d.change(key, i, merged)
}

func (d *Document) remove(key, name string) error {
	i := find(list(d.root, key), name)
	if i < 0 {
		return ErrNone
	}
	return d.change(key, i, nil)
}

// JSON returns the rule as a document in JSON holds it, for package workspace to
// check.
func (r Rule) JSON() ([]byte, error) {
	if r.Events == nil {
		r.Events = []string{} // empty, as Written has it, and not missing
	}
	if r.Targets == nil {
		r.Targets = []Target{}
	}
	return json.Marshal(r)
}

// Written returns a rule as a document writes a new one.
func Written(r Rule) (string, error) {
	text, err := encode([]Rule{r})
	return string(text), err
}
