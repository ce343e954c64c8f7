package console

import (
	"slices"

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
			t.Name = keyOf(s, f.Was, t.Was)
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
		was, _ := dig(t.old.Parameters, field.Key)
		return !reference(field.Token) || field.Token != was
	})
}

// keyOf returns the key of a target of a rule of the document by its position;
// "" when the document is not right.
func keyOf(s *state, rule string, position int) string {
	old, ok := s.rule(rule)
	if !ok || s.workspace == nil {
		return ""
	}
	for _, r := range s.workspace.Rules {
		if r.Name != rule {
			continue
		}
		at := 0
		for i, t := range old.Targets {
			if receivers := r.Receivers(); i == position && at < len(receivers) {
				return receivers[at].Name
			}
			at += max(1, len(t.Contacts))
		}
	}
	return ""
}
