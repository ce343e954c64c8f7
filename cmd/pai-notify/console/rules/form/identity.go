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
		case t.Name != "" || t.Receiver != "":
		case t.old.Type == "":
			t.Name = f.free(s, t)
		case t.moved():
			if old, ok := s.Rule(f.Was); ok {
				t.Name = backend.TargetKey(s.Workspace, old, t.Was)
			}
		}
	}
}

// free returns a name for a target: that of another rule's for the same address, or
// one that no other target of the document has. So it can move to the document's
// receivers one day, with those that are the same.
func (f *Rule) free(s *backend.State, t *Target) string {
	taken := map[string]bool{}
	for _, other := range f.Targets {
		taken[other.Name] = true
	}
	used := map[string]bool{}
	for _, r := range s.Rules {
		for _, other := range r.Targets {
			if other.Type == t.Type && other.Name != "" && !taken[other.Name] && t.leadsWhere(other) {
				return other.Name
			}
			used[other.Name] = true
		}
	}
	for _, r := range s.Entries {
		used[r.Name], used[r.ID] = true, true
	}
	for n := 1; ; n++ {
		name := t.Type
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		if !taken[name] && !used[name] {
			return name
		}
	}
}

// leadsWhere tells whether the target has the secrets of one of the document, which
// say where it leads.
func (t *Target) leadsWhere(other edit.Target) bool {
	any := false
	for _, field := range t.Fields {
		if field.Kind != edit.Secret {
			continue
		}
		v, _ := other.Parameter(field.Name)
		if text, _ := v.(string); text != field.Token || text != "" && !censor.IsReference(text) {
			return false
		}
		any = any || field.Token != ""
	}
	return any
}

// moved tells that the target's address is not what the document has, or will
// not be once its secrets are kept.
func (t *Target) moved() bool {
	return !t.Addressed && t.Receiver == "" && slices.ContainsFunc(t.Fields, func(field *Field) bool {
		if field.Kind != edit.Secret || !field.Required {
			return false
		}
		was, _ := t.old.Parameter(field.Name)
		return !censor.IsReference(field.Token) || field.Token != was
	})
}
