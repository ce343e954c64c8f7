package console

import (
	"slices"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// identify gives names to the targets that this form makes, so that they stay
// who they are whatever is changed later. One of the document that has none gets
// what identified it so far, when its address changes.
func (f *ruleForm) identify(s *state) {
	for _, t := range f.Targets {
		switch {
		case t.Name != "":
		case t.old.Type == "":
			t.Name = f.free(t.Type)
		case t.moved():
			if old, ok := s.rule(f.Was); ok {
				t.Name = keyOf(s.workspace, old, t.Was)
			}
		}
	}
}

// free returns a name that no target of the form has.
func (f *ruleForm) free(typ string) string {
	for n := 1; ; n++ {
		name := typ
		if n > 1 {
			name += "-" + itoa(n)
		}
		if !slices.ContainsFunc(f.Targets, func(t *targetForm) bool { return t.Name == name }) {
			return name
		}
	}
}

// moved tells that the target's address is not what the document has, or will
// not be once its secrets are kept.
func (t *targetForm) moved() bool {
	return !t.Addressed && slices.ContainsFunc(t.Fields, func(field *fieldForm) bool {
		if field.Kind != edit.Secret || !field.Required {
			return false
		}
		was, _ := t.old.Parameter(field.Name)
		return !reference(field.Token) || field.Token != was
	})
}

// keyOf returns the key of a target that a rule of a document has no name for, by
// its position; "" when the document is not right.
func keyOf(w *workspace.Workspace, rule edit.Rule, position int) string {
	if w == nil {
		return ""
	}
	for _, r := range w.Rules {
		if r.Name != rule.Name {
			continue
		}
		at := 0
		for i, t := range rule.Targets {
			if receivers := r.Receivers(); i == position && at < len(receivers) {
				return receivers[at].Name
			}
			at += max(1, len(t.Contacts))
		}
	}
	return ""
}

// named returns a rule of a document with names for the targets whose addresses
// are about to move out of it, so that they stay who they are; false when there
// are none.
func (c *Console) named(w *workspace.Workspace, rule edit.Rule) (made edit.Rule, any bool) {
	rule.Targets = slices.Clone(rule.Targets)
	for i, t := range rule.Targets {
		spec, ok := specOf(c.options.Specs, t.Type)
		if !ok || t.Name != "" || spec.Contact != target.NoContact {
			continue
		}
		for _, field := range edit.Parameters(spec) {
			address, _ := t.Parameter(field.Name)
			if text, ok := address.(string); ok && field.Kind == edit.Secret && field.Required && !reference(text) {
				rule.Targets[i].Name, any = keyOf(w, rule, i), true
			}
		}
	}
	return rule, any
}
