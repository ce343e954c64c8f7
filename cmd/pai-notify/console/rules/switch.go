package rules

import (
	"net/http"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// switchRule enables or disables a rule.
func (h *handlers) switchRule(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) {
	on := r.PostFormValue("enabled") == "true"
	rule.Enable(on)
	if !on && !backend.Agreed(r) && h.askDisable(w, r, s, rule) {
		return
	}
	done := map[bool]string{true: "enabled", false: "disabled"}[on]
	h.Change(w, r, s, "/rules", done, func(d *edit.Document) error { return d.PutRule(rule.Name, rule) })
}

// deletion is the page that names what deleting a rule leads to.
type deletion struct {
	Row     ruleRow
	Waiting []string
}

func (h *handlers) askDeleteRule(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) {
	l := frame.LanguageOf(r)
	body := deletion{Row: row(s.Written(rule), h.counts(r.Context(), s.Workspace.Bus())[rule.Name], frame.NewTitles(l, s.Catalogue()))}
	if text, err := s.Edited(func(d *edit.Document) error { return d.RemoveRule(rule.Name) }); err == nil { // otherwise the deletion itself fails, and says so
		body.Waiting = h.Ended(r.Context(), l, text)
	}
	h.Show(w, r, Book, http.StatusOK, "delete", frame.Page{Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "delete.title", rule.Name), Body: body})
}

func (h *handlers) deleteRule(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) {
	h.Change(w, r, s, "/rules", "deleted", func(d *edit.Document) error { return d.RemoveRule(rule.Name) })
}

// disabling is the page that asks before disabling a rule cancels what waits.
type disabling struct {
	Rule    string
	Waiting []string
}

// askDisable asks when something waits for the rule, and tells whether it did.
func (h *handlers) askDisable(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) bool {
	l := frame.LanguageOf(r)
	text, err := s.Edited(func(d *edit.Document) error { return d.PutRule(rule.Name, rule) })
	if err != nil {
		return false // the change itself fails, and says so
	}
	lines := h.Ended(r.Context(), l, text)
	if len(lines) == 0 {
		return false
	}
	h.Show(w, r, Book, http.StatusOK, "disable", frame.Page{
		Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "disable.title", rule.Name), Body: disabling{rule.Name, lines},
	})
	return true
}
