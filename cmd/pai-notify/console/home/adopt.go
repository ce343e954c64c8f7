package home

import (
	"net/http"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// offer adds the override that is proposed where events arrive under other names.
func (h *handlers) offer(to *health, s *backend.State, passed backend.Passed) {
	missing := slices.ContainsFunc(passed.Findings, func(f provision.Finding) bool { return f.Verdict == provision.Missing })
	if !missing || len(passed.Report.Proposals) == 0 {
		return
	}
	text, err := written(passed.Report.Changes())
	if err != nil {
		h.Log.Error("an override of the catalogue could not be written", "error", err.Error())
		return
	}
	to.Seal, to.Override = sealOverride(s, text), frame.Visible(text)
}

// written is an override as a document holds it.
func written(changes event.Catalogue) (string, error) {
	d, err := edit.Open([]byte("workspace: any\n"))
	if err == nil {
		err = d.PutCatalogue(changes)
	}
	if err != nil {
		return "", err
	}
	_, text, _ := strings.Cut(string(d.Text()), "\n\n")
	return text, nil
}

// sealOverride stands for a document and an override that is proposed for it.
func sealOverride(s *backend.State, override string) string {
	return backend.Digest(append(slices.Clone(s.Text), "\x00"+override...))
}

// adopt puts the override that a person has seen into the document.
func (h *handlers) adopt(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	again := func() {
		h.homePage(w, r, http.StatusConflict, s, &frame.Notice{Text: Book.Say(l, "passed.changed")})
	}
	passed, _ := h.Passed(r.Context(), s.Workspace, backend.PartWait)
	changes := passed.Report.Changes()
	var offered health
	h.offer(&offered, s, passed)
	if seal := r.PostFormValue("seal"); seal == "" || seal != offered.Seal {
		again()
		return
	}
	text, err := s.Edited(func(d *edit.Document) error { return d.PutCatalogue(changes) })
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if made := h.Documents.Understand(text); made.Workspace == nil {
		h.homePage(w, r, http.StatusUnprocessableEntity, s, &frame.Notice{Text: Book.Say(l, "passed.refused"), Detail: made.Findings.Error()})
		return
	}
	h.Save(w, r, s, text, "/", "adopted", again)
}
