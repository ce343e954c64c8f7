package backend

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
	"github.com/pai-notify/pai-notify/shared/message"
)

// draftField is the field of a form with the id of the draft that it can become.
const draftField = "draft"

// draftOf returns the id of the draft that a request is about; "" for none.
func (b *Backend) draftOf(r *http.Request) string {
	id := r.FormValue(draftField)
	if !b.Journal.Known(r.URL.Path, id) {
		return ""
	}
	return id
}

// KeepDraft keeps what a form of a page holds, and returns where the form is found
// again; "" when the form is none that can be kept. Its secrets must have been taken
// out of values.
func (b *Backend) KeepDraft(r *http.Request, path string, values url.Values) (string, error) {
	id := values.Get(draftField)
	if !b.Journal.Known(path, id) {
		return "", nil
	}
	for _, name := range []string{"do", "agreed", "seal", "speak"} {
		values.Del(name) // what was pressed, and what was agreed to
	}
	if err := b.Journal.Keep(journal.Draft{ID: id, Path: path, Values: values, Who: b.who(r)}); err != nil {
		return "", err
	}
	return frame.Address(path, draftField, id), nil
}

// WithDraft serves the page of a form. With the id of a draft it is the form as it was
// left, as if somebody had just filled it in and saved nothing.
func (b *Backend) WithDraft(show, post http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get(draftField)
		d, ok := b.Journal.Draft(id)
		if !ok || d.Path != r.URL.Path {
			show(w, r)
			return
		}
		r.PostForm = d.Values
		r.PostForm.Set("do", "look")
		r.PostForm.Set(draftField, id)
		r.Form = r.PostForm
		post(w, r)
	}
}

// drafted completes a page with a form: the id of its draft, and the drafts of the
// form that somebody left.
func (b *Backend) drafted(r *http.Request, p *frame.Page) {
	if p.Form == "" {
		return
	}
	resumed := r.Method == http.MethodGet && r.URL.Query().Get(draftField) != ""
	p.Draft, p.Changed = r.FormValue(draftField), r.Method == http.MethodPost || resumed
	if !b.Journal.Known(p.Form, p.Draft) {
		p.Draft = b.Journal.NewID(p.Form)
	}
	l := frame.LanguageOf(r)
	_, kept := b.Journal.Draft(r.URL.Query().Get(draftField))
	switch {
	case resumed && !kept && p.Notice == nil:
		p.Notice = &frame.Notice{Text: Book.Say(l, "draft.gone")}
	case resumed && p.Notice == nil:
		p.Notice = &frame.Notice{Good: true, Text: Book.Say(l, "draft.resumed")}
	}
	if r.Method != http.MethodGet || resumed {
		return
	}
	for _, d := range b.Journal.Drafts(p.Form) {
		if p.Drafts = append(p.Drafts, frame.Draft{ID: d.ID, Page: frame.Address(p.Form, draftField, d.ID), At: d.At, Who: Whoever(l, d.Who)}); len(p.Drafts) == mostOffered {
			break
		}
	}
}

// mostOffered is how many drafts of a form are offered.
const mostOffered = 3

// DiscardDraft forgets a draft and leads back to its page.
func (b *Backend) DiscardDraft(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("id")
	back := frame.LocalPath(r.PostFormValue("back"))
	if path, _, _ := strings.Cut(back, "?"); b.Journal.Known(path, id) {
		b.Journal.Discard(id)
	}
	http.Redirect(w, r, back, http.StatusSeeOther) //nolint:gosec // a path of the console
}

// Whoever says what is known of the one who did something; "" for nothing.
func Whoever(l message.Language, w journal.Who) string {
	switch {
	case w.Session != "":
		return Book.Say(l, "who.session", w.Session, w.Address)
	case w.Address != "":
		return Book.Say(l, "who.address", w.Address)
	}
	return ""
}
