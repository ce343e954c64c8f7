package rules

import (
	"context"
	"net/http"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// switchRule enables or disables a rule.
func (h *handlers) switchRule(w http.ResponseWriter, r *http.Request) {
	s, rule, ok := h.OpenRule(w, r)
	if !ok {
		return
	}
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

func (h *handlers) askDeleteRule(w http.ResponseWriter, r *http.Request) {
	s, rule, ok := h.OpenRule(w, r)
	if !ok {
		return
	}
	l := frame.LanguageOf(r)
	body := deletion{Waiting: h.waitingForDeletion(r.Context(), l, s, rule.Name), Row: row(rule, h.counts(r.Context(), s.Workspace.Bus())[rule.Name], frame.NewTitles(l, s.Catalogue()))}
	h.Show(w, r, Book, http.StatusOK, "delete", frame.Page{Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "delete.title", rule.Name), Body: body})
}

func (h *handlers) waitingForDeletion(ctx context.Context, l message.Language, s *backend.State, rule string) []string {
	document, err := edit.Open(s.Text)
	if err == nil {
		err = document.RemoveRule(rule)
	}
	if err != nil {
		return nil // the deletion itself fails, and says so
	}
	return h.Ended(ctx, l, document.Text())
}

func (h *handlers) deleteRule(w http.ResponseWriter, r *http.Request) {
	s, ok := h.OpenForEdit(w, r)
	if !ok {
		return
	}
	name := r.PathValue("name")
	if _, ok := s.Rule(name); !ok {
		h.NotFound(w, r)
		return
	}
	h.Change(w, r, s, "/rules", "deleted", func(d *edit.Document) error { return d.RemoveRule(name) })
}

// disabling is the page that asks before disabling a rule cancels what waits.
type disabling struct {
	Rule    string
	Waiting []string
}

// askDisable asks when something waits for the rule, and tells whether it did.
func (h *handlers) askDisable(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) bool {
	l := frame.LanguageOf(r)
	text, err := h.with(s, rule.Name, rule)
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
