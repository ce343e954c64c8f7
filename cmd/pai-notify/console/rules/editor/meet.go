package editor

import (
	"net/http"
	"slices"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// current returns a rule of the document by its name, or by the one that it had when
// the form was opened.
func current(s *backend.State, name string) (edit.Rule, bool) {
	if rule, ok := s.Rule(name); ok || name == "" {
		return rule, ok
	}
	i := slices.IndexFunc(s.Rules, func(r edit.Rule) bool { return r.ID == name })
	if i < 0 {
		return edit.Rule{}, false
	}
	return s.Rules[i], true
}

// meet shows the form together with what somebody else changed in the rule meanwhile.
// Nothing is saved before a person has seen both.
func (h *handlers) meet(w http.ResponseWriter, r *http.Request, s *backend.State, f *form.Rule, now edit.Rule) {
	l := frame.LanguageOf(r)
	if err := f.Meet(now, h.Options.Specs, s.Entries, h.Censor); err != nil {
		f.Errors.Add("", backend.Book.Say(l, "put.changed"))
	}
	h.rulePage(w, r, http.StatusConflict, s, f, nil)
}

// autosave keeps the form as a draft while somebody edits it, and drops the draft of a
// form that says what the document says.
func (h *handlers) autosave(r *http.Request, s *backend.State, f *form.Rule) {
	if r.Method != http.MethodPost {
		return
	}
	if old, ok := s.Rule(f.Was); ok && len(f.Unfit) == 0 && f.Unchanged(old, h.Options.Specs, s.Entries, h.Censor) {
		h.Journal.Discard(r.PostForm.Get("draft"))
		return
	}
	if _, err := h.KeepDraft(r, r.URL.Path, form.Cover(r.PostForm, h.Options.Specs, h.Censor)); err != nil {
		h.Log.Error("a draft could not be kept", "error", err.Error())
	}
}
