package form

import (
	"slices"
	"strconv"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Identify gives names to the targets that this form makes, so that they stay
// who they are whatever is changed later. One of the document that has none gets
// what identified it so far, when its address changes.
func (f *Rule) Identify(s *backend.State) {
	for _, t := range f.Targets {
		switch {
		case t.Name != "":
		case t.old.Type == "":
			t.Name = f.free(t.Type)
		case t.moved():
			if old, ok := s.Rule(f.Was); ok {
				t.Name = backend.TargetKey(s.Workspace, old, t.Was)
			}
		}
	}
}

// free returns a name that no target of the form has.
func (f *Rule) free(typ string) string {
	for n := 1; ; n++ {
		name := typ
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		if !slices.ContainsFunc(f.Targets, func(t *Target) bool { return t.Name == name }) {
			return name
		}
	}
}

// moved tells that the target's address is not what the document has, or will
// not be once its secrets are kept.
func (t *Target) moved() bool {
	return !t.Addressed && slices.ContainsFunc(t.Fields, func(field *Field) bool {
		if field.Kind != edit.Secret || !field.Required {
			return false
		}
		was, _ := t.old.Parameter(field.Name)
		return !censor.IsReference(field.Token) || field.Token != was
	})
}
