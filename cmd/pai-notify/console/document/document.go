// Package document is the page for the workspace document itself: its text with
// secrets hidden, a preview of what importing another document would change, its
// settings, and the secrets that it refers to.
package document

import (
	"embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/shared/provision"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, documentWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("GET /document", b.WithDraft(h.WithDocument(h.showDocument), h.importDocument))
	mux.HandleFunc("GET /changes", h.showChanges)
	mux.HandleFunc("GET /changes/{id}", h.showChange)
	mux.HandleFunc("POST /changes/{id}/restore", h.restore)
	mux.HandleFunc("POST /undo", h.undo)
	mux.HandleFunc("GET /undo", func(w http.ResponseWriter, r *http.Request) { // in another language
		http.Redirect(w, r, "/changes", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /document.yaml", h.WithDocument(h.exportDocument))
	mux.HandleFunc("POST /document", h.importDocument)
	mux.HandleFunc("POST /settings", h.WithWorkspace(h.saveSettings))
	mux.HandleFunc("POST /apply", h.WithWorkspace(h.apply))
	mux.HandleFunc("POST /secrets", h.WithDocument(h.forgetSecret))
}

// documentBody is the page of the document itself.
type documentBody struct {
	// Text is what stands in the box: the document, or what a person would put
	// in its place.
	Text, Path string
	Findings   []placed
	Warnings   []placed
	// Checked tells that Text is not the document yet, and Plan what it leads to.
	Checked  bool
	Plan     *provision.Plan
	PlanErr  string
	Waiting  []string // what becomes of what waits
	Settings settingsForm
	Secrets  []secretRow
	Base     string
	// Seal stands for the text and the plan that are shown: only what bears it is
	// imported or applied.
	Seal string
	// Usable tells that there is a document to import.
	Usable bool
	Behind bool
	// Hidden tells that tokens stand in Text for what is not shown, and Unread
	// that the text cannot be read, so that this is nearly all of it.
	Hidden, Unread bool
	// Refused tells that Text cannot be imported as it is.
	Refused bool
}

// secretRow is a secret that the console keeps.
type secretRow struct {
	Name string
	Used bool
}

func (h *handlers) showDocument(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if !s.Exists() { // what was there last can be imported again
		text := string(h.Documents.LastGood().Text)
		h.documentPage(w, r, http.StatusOK, s, documentBody{Checked: true, Text: text}, &frame.Notice{Text: Book.Say(frame.LanguageOf(r), "document.missing")})
		return
	}
	var n *frame.Notice
	if r.URL.Query().Has("left") {
		n = &frame.Notice{Text: Book.Say(frame.LanguageOf(r), "document.left")}
	}
	h.documentPage(w, r, http.StatusOK, s, documentBody{Behind: r.URL.Query().Get("behind") != ""}, n)
}

// documentPage shows the document, or the one in body that is to replace it.
func (h *handlers) documentPage(w http.ResponseWriter, r *http.Request, status int, s *backend.State, body documentBody, n *frame.Notice) {
	l := frame.LanguageOf(r)
	if body.Settings.Errors == nil {
		body.Settings = settingsOf(s.Head)
	}
	body.Path, body.Base = files.Shown(h.Options.Document), backend.Digest(s.Text)
	about := s
	if body.Checked {
		about = h.Documents.Understand([]byte(body.Text))
	}
	looked := about.Workspace
	if !body.Checked || !body.Refused {
		body.Findings = h.placedIn(l, about, about.Findings)
	}
	var what censor.Covered
	switch {
	case body.Refused:
		body.Text = h.Censor.Rehide([]byte(body.Text))
	case body.Checked:
		body.Text, what = h.Censor.Hide([]byte(body.Text))
	default:
		body.Text, what = h.Hidden(s)
	}
	body.Hidden, body.Unread = len(what.Spans) > 0, what.Unread
	if body.Checked && r.Method == http.MethodPost {
		if _, err := h.KeepDraft(r, "/document", url.Values{"draft": r.Form["draft"], "text": {body.Text}}); err != nil {
			h.Log.Error("a draft could not be kept", "error", err.Error())
		}
	}
	if looked != nil && !body.Refused {
		body.Usable, body.Warnings = true, h.placedIn(l, about, looked.Warnings)
		plan := h.PlanShown
		if body.Checked {
			plan = h.Plan
		}
		body.Plan, body.PlanErr = plan(r.Context(), looked)
		if body.Plan != nil {
			body.Waiting = backend.WaitingLines(l, body.Plan.Waiting)
		}
	}
	body.Seal = seal(string(s.Text), body.Plan)
	if body.Checked {
		body.Seal = seal(body.Text, body.Plan)
	}
	h.coverPlan(body.Plan)
	for _, name := range h.Options.Secrets.Names() {
		body.Secrets = append(body.Secrets, secretRow{name, refersTo(s.Text, name)})
	}
	h.Show(w, r, Book, status, "document", frame.Page{Workspace: s.Head.Workspace, At: "document", Title: Book.Say(l, "document.title"), Notice: n, Body: body, Form: "/document"})
}

// refersTo tells whether a document refers to a secret.
func refersTo(text []byte, name string) bool {
	for rest := string(text); ; {
		_, after, ok := strings.Cut(rest, "env:"+name)
		if !ok {
			return false
		}
		if after == "" || !strings.ContainsAny(after[:1], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") {
			return true
		}
		rest = after
	}
}

// coverPlan hides what looks like a secret in the descriptions that a plan
// compares. What it shows of targets is known to be harmless.
func (h *handlers) coverPlan(plan *provision.Plan) {
	if plan == nil {
		return
	}
	for _, step := range plan.Steps {
		for i, d := range step.Differences {
			if d.Property == "description" {
				step.Differences[i].Old, step.Differences[i].New = h.Censor.Cover(d.Old, d.Property), h.Censor.Cover(d.New, d.Property)
			}
		}
	}
}

// exportDocument hands the document out as a file. One with secrets in it is not
// handed out before they are moved out of it; those in comments are left out.
func (h *handlers) exportDocument(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if !s.Exists() {
		http.Redirect(w, r, "/document", http.StatusSeeOther)
		return
	}
	_, what := h.Hidden(s)
	if slices.ContainsFunc(what.Spans, func(h censor.Span) bool { return !h.Comment }) {
		h.documentPage(w, r, http.StatusConflict, s, documentBody{}, &frame.Notice{Text: Book.Say(frame.LanguageOf(r), "document.kept")})
		return
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="workspace.yaml"`)
	frame.Send(w, r, http.StatusOK, []byte(censor.Replace(string(s.Text), what.Spans, func(string) string { return "<redacted>" })))
}

// seal stands for a text and for what a plan would do, on the bus as it is.
func seal(text string, plan *provision.Plan) string {
	shown := []any{text}
	if plan != nil {
		shown = append(shown, plan.Steps, plan.Unchanged, plan.Foreign)
	}
	made, err := json.Marshal(shown)
	if err != nil {
		return ""
	}
	return backend.Digest(made)
}

// boxed is a text as a browser sends it back from the box it stood in.
func boxed(text string) string {
	return strings.TrimLeft(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// importDocument shows what another document leads to, and then takes it.
func (h *handlers) importDocument(w http.ResponseWriter, r *http.Request) {
	s, err := h.Documents.Read()
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if err := r.ParseMultipartForm(frame.MaxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the guard bounds every body
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	shown := boxed(r.FormValue("text"))
	if file, _, err := r.FormFile("file"); err == nil {
		uploaded, err := io.ReadAll(file)
		if err == nil && len(uploaded) > 0 {
			shown = boxed(string(uploaded))
		}
		_ = file.Close()
	}
	l := frame.LanguageOf(r)
	text, known := h.Censor.Reveal(shown)
	if !known {
		h.documentPage(w, r, http.StatusUnprocessableEntity, s, documentBody{Checked: true, Text: shown, Refused: true}, &frame.Notice{Text: Book.Say(l, "document.forgotten")})
		return
	}
	again := func(status int, said string) {
		var n *frame.Notice
		if said != "" {
			n = &frame.Notice{Text: Book.Say(l, said)}
		}
		h.documentPage(w, r, status, s, documentBody{Checked: true, Text: text}, n)
	}
	made := h.Documents.Understand([]byte(text))
	looked, findings := made.Workspace, made.Findings
	switch {
	case looked == nil && len(findings) == 0:
		again(http.StatusUnprocessableEntity, "document.empty")
		return
	case len(made.Rules) == 0 && len(s.Rules) > 0 && made.Document != nil:
		h.documentPage(w, r, http.StatusUnprocessableEntity, s, documentBody{Checked: true, Text: shown, Refused: true}, &frame.Notice{Text: Book.Say(l, "document.norules", len(s.Rules))})
		return
	case r.FormValue("do") != "import":
		again(http.StatusOK, "")
		return
	case looked == nil:
		again(http.StatusUnprocessableEntity, "")
		return
	case r.FormValue("base") != backend.Digest(s.Text):
		again(http.StatusConflict, "rule.changed")
		return
	}
	if plan, _ := h.Plan(r.Context(), looked); r.FormValue("seal") != seal(shown, plan) {
		again(http.StatusConflict, "document.unseen")
		return
	}
	kept, err := h.moveOut(text)
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	id, refused, err := h.PutExactly(r, s, kept, "imported")
	switch says := backend.Unwritten(l, err); {
	case errors.Is(err, backend.ErrChanged):
		again(http.StatusConflict, "rule.changed")
	case says != "":
		h.Log.Error("the document was not imported", "error", err.Error())
		h.documentPage(w, r, http.StatusInternalServerError, s, documentBody{Checked: true, Text: text}, &frame.Notice{Text: says, Detail: err.Error()})
	case err != nil:
		h.Fail(w, r, err)
	default:
		h.Undoable(w, r, "/document", "imported", id, refused)
	}
}

// forgetSecret removes a secret that no rule refers to.
func (h *handlers) forgetSecret(w http.ResponseWriter, r *http.Request, s *backend.State) {
	name := r.PostFormValue("name")
	if refersTo(s.Text, name) {
		h.documentPage(w, r, http.StatusConflict, s, documentBody{}, &frame.Notice{Text: Book.Say(frame.LanguageOf(r), "secrets.used", name)})
		return
	}
	if err := h.Options.Secrets.Forget(name); err != nil {
		h.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/document?done=secret-deleted#secrets", http.StatusSeeOther)
}

// apply makes the bus as the document wants it when a person asks for it who has
// seen what that does.
func (h *handlers) apply(w http.ResponseWriter, r *http.Request, s *backend.State) {
	// A program that asks without a page has seen no plan and wants what the
	// document says.
	seen := r.PostFormValue("seal")
	if plan, _ := h.Plan(r.Context(), s.Workspace); seen != "" && seen != seal(string(s.Text), plan) {
		h.Forget() // the page shows the new one
		h.documentPage(w, r, http.StatusConflict, s, documentBody{}, &frame.Notice{Text: Book.Say(frame.LanguageOf(r), "apply.unseen")})
		return
	}
	if err := h.Apply(r.Context(), s.Workspace); err != nil {
		h.Log.Error("the bus did not follow the document", "error", err.Error())
		l := frame.LanguageOf(r)
		h.documentPage(w, r, http.StatusBadGateway, s, documentBody{}, &frame.Notice{Text: Book.Say(l, "apply.failed"), Detail: h.Options.Cloud.Explained(err)})
		return
	}
	http.Redirect(w, r, "/document?done=applied", http.StatusSeeOther)
}
