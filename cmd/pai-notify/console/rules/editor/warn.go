package editor

import (
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// warned are the fields that have a place for warnings. Others stand above the form.
var warned = []string{"events", "targets", "group.by", "quiet", "recovered", "summary"}

// warn says beside the fields of a form what does not keep its rule from being saved.
// Of secrets it says nothing: they leave the document when the rule is saved.
func warn(l message.Language, f *form.Rule, warnings []workspace.Finding) {
	f.Warnings = problems.Complaints{}
	var list workspace.Findings
	for _, one := range warnings {
		if one.Kind == workspace.KindSecret {
			continue
		}
		if strings.HasSuffix(one.Path, ".group") {
			one.Path += ".by"
		}
		list = append(list, one)
	}
	f.Warnings.Sort(l, "rules[0]", list, func(field string) bool { return slices.Contains(warned, field) })
}

// twiceRules bounds the rules of a document that is checked as a whole while somebody
// edits one of them.
const twiceRules = 200

// twice says of each target where an event becomes two messages to it, because of
// another rule too.
func (h *handlers) twice(l message.Language, s *backend.State, f *form.Rule, rule workspace.Rule) {
	if len(s.Rules) > twiceRules || !s.Shared(rule, f.Was) {
		return
	}
	text, err := s.Edited(func(d *edit.Document) error { return d.PutRule(f.Was, f.Rule(h.literal)) })
	if err != nil {
		return
	}
	if w, _ := h.Documents.Check(text, false); w != nil {
		said := backend.Twice(l, w, ruleIndex(s, f.Was))
		for i, t := range f.Targets {
			t.Twice = said[i]
		}
	}
}
