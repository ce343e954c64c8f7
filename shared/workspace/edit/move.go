package edit

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Moved is what became of a target that moved to the document's receivers.
type Moved struct {
	// Receiver is the name of the new receiver.
	Receiver string
	// Rules refer to it now.
	Rules []string
	// Left are rules whose targets have the same settings under another name. They
	// stay as they are, since another name would make them somebody else.
	Left []string
}

// OthersError tells that a target cannot move, because other targets of its name are
// somebody else.
type OthersError struct {
	Name string
	// Rules have them, in the order of the document.
	Rules []string
}

// Error says in which rules the other targets are.
func (e *OthersError) Error() string {
	return fmt.Sprintf("edit: targets of the name %s have other settings in the rules %s: give them another name first", e.Name, strings.Join(e.Rules, ", "))
}

// ErrTaken is the error for a name that a receiver of the document has already.
var ErrTaken = errors.New("the document has a receiver of that name already")

// MoveTarget makes a receiver of the target at position i of a rule, and has this rule
// refer to it, as well as every other whose target means the same under the same name.
// They stay who they are, so that nothing changes on an event bus. A target without a
// name gets the given one, which has to be its key; for one that is sent to contacts
// that is its type. Contacts, language and mention stay in the rules where these differ.
//
// It fails with [ErrNone] when there is no such target, with [ErrTaken], and with an
// [OthersError]. A document that it failed for is of no further use.
func (d *Document) MoveTarget(rule string, i int, name string) (Moved, error) {
	rules, err := d.Rules()
	if err != nil {
		return Moved{}, err
	}
	at := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == rule })
	if at < 0 || i < 0 || i >= len(rules[at].Targets) || rules[at].Targets[i].Receiver != "" {
		return Moved{}, ErrNone
	}
	t := rules[at].Targets[i]
	if t.Name != "" {
		name = t.Name
	} else if t.Contacts != nil {
		name = t.Type
	}
	if name == "" {
		return Moved{}, ErrNone
	}
	m := mover{document: d, like: t, moved: Moved{Receiver: name}, shared: map[string]bool{}}
	receivers, err := d.Receivers()
	if err == nil && slices.ContainsFunc(receivers, func(r Receiver) bool { return r.Name == name || r.ID == name }) {
		err = ErrTaken
	}
	if err == nil {
		err = m.find(rules)
	}
	if err != nil {
		return Moved{}, err
	}
	if err := d.change(receiversKey, len(receivers), m.receiver(targetsOf(list(d.root, "rules")[at])[i])); err != nil {
		return Moved{}, err
	}
	for _, p := range m.found {
		old := targetsOf(list(d.root, "rules")[p.rule])[p.target]
		if err := d.changeTarget(p.rule, p.target, m.reference(old)); err != nil {
			return Moved{}, err
		}
	}
	return m.moved, nil
}

// mover moves one target and those that mean the same.
type mover struct {
	document *Document
	like     Target
	moved    Moved
	found    []struct{ rule, target int }
	// shared are the keys of [ownKeys] that are the same for all of them.
	shared map[string]bool
}

// ownKeys are what a rule may say of a receiver itself.
var ownKeys = []string{"language", "contacts", mentionKey}

// find looks for the targets that mean the same.
func (m *mover) find(rules []Rule) error {
	others := &OthersError{Name: m.moved.Receiver}
	for _, key := range ownKeys {
		m.shared[key] = true
	}
	add := func(names *[]string, name string) {
		if !slices.Contains(*names, name) {
			*names = append(*names, name)
		}
	}
	for i, r := range rules {
		for j, t := range r.Targets {
			same := t.Type == m.like.Type && reflect.DeepEqual(withoutMention(t.Parameters), withoutMention(m.like.Parameters))
			switch {
			case t.Receiver != "":
			case same && t.Name == m.like.Name:
				m.found = append(m.found, struct{ rule, target int }{i, j})
				add(&m.moved.Rules, r.Name)
				m.shared["language"] = m.shared["language"] && t.Language == m.like.Language
				m.shared["contacts"] = m.shared["contacts"] && slices.Equal(t.Contacts, m.like.Contacts)
				m.shared[mentionKey] = m.shared[mentionKey] && reflect.DeepEqual(t.Parameters[mentionKey], m.like.Parameters[mentionKey])
			case t.Name == m.moved.Receiver:
				add(&others.Rules, r.Name)
			case same:
				add(&m.moved.Left, r.Name)
			}
		}
	}
	if others.Rules != nil {
		return others
	}
	return nil
}

// receiver makes the receiver of the node of the target, as it is written there.
func (m *mover) receiver(old *yaml.Node) *yaml.Node {
	made := *plain(old)
	content := made.Content
	made.Content = []*yaml.Node{word("name"), word(m.moved.Receiver)}
	for i := 0; i+1 < len(content); i += 2 {
		key := content[i].Value
		if key != "name" && (m.shared[key] || !slices.Contains(ownKeys, key)) {
			made.Content = append(made.Content, content[i], content[i+1])
		}
	}
	made.HeadComment, made.FootComment = "", ""
	return &made
}

// reference makes the target that refers to the receiver of the node of one that
// meant the same.
func (m *mover) reference(old *yaml.Node) *yaml.Node {
	made := *plain(old)
	content := made.Content
	made.Content = []*yaml.Node{word("receiver"), word(m.moved.Receiver)}
	for i := 0; i+1 < len(content); i += 2 {
		if key := content[i].Value; slices.Contains(ownKeys, key) && !m.shared[key] {
			made.Content = append(made.Content, content[i], content[i+1])
		}
	}
	return &made
}

// word is a text as a node; the encoder puts it in quotes where it needs some.
func word(text string) *yaml.Node {
	var n yaml.Node
	n.SetString(text)
	return &n
}

// withoutMention returns a copy of parameters but for whom they mention.
func withoutMention(parameters map[string]any) map[string]any {
	rest := maps.Clone(parameters)
	if rest == nil {
		rest = map[string]any{}
	}
	delete(rest, mentionKey)
	return rest
}
