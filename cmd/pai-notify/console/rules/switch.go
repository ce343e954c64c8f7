package rules

import (
	"net/http"
	"net/url"
	"strings"

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
	h.Change(w, r, s, addressOf(r), done, func(d *edit.Document) error { return d.PutRule(rule.Name, rule) })
}

// listOf is which list a form was on, and from which rule on.
func listOf(r *http.Request) (a asked, from int) {
	_, query, _ := strings.Cut(r.PostFormValue("list"), "?")
	form, err := url.ParseQuery(query)
	if err != nil {
		return a, 0
	}
	return askedOf(form), max(0, frame.Atoi(form.Get("from"), 0))
}

// addressOf is the address of that list.
func addressOf(r *http.Request) string {
	a, from := listOf(r)
	return a.address(from)
}

// deletion is the page that names what deleting a rule leads to.
type deletion struct {
	Row     ruleRow
	Waiting []string
}

func (h *handlers) askDeleteRule(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) {
	l := frame.LanguageOf(r)
	body := deletion{Row: row(s, rule, h.standing(r.Context(), s)[rule.Name], frame.NewTitles(l, s.Catalogue()))}
	body.Waiting = h.EndedFor(r.Context(), l, s, []string{rule.Name}, func(d *edit.Document) error { return d.RemoveRule(rule.Name) })
	h.Show(w, r, Book, http.StatusOK, "delete", frame.Page{Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "delete.title", rule.Name), Body: body})
}

func (h *handlers) deleteRule(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) {
	h.Change(w, r, s, "/rules", "deleted", func(d *edit.Document) error { return d.RemoveRule(rule.Name) })
}

// disabling is the page that asks before disabling a rule cancels what waits.
type disabling struct {
	Rule, List string
	Waiting    []string
}

// askDisable asks when something waits for the rule, and tells whether it did.
func (h *handlers) askDisable(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) bool {
	l := frame.LanguageOf(r)
	lines := h.EndedFor(r.Context(), l, s, []string{rule.Name}, func(d *edit.Document) error { return d.PutRule(rule.Name, rule) })
	if len(lines) == 0 {
		return false
	}
	h.Show(w, r, Book, http.StatusOK, "disable", frame.Page{
		Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "disable.title", rule.Name), Body: disabling{rule.Name, addressOf(r), lines},
	})
	return true
}
