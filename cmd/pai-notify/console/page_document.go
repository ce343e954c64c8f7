package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// documentBody is the page of the document itself.
type documentBody struct {
	// Text is what stands in the box: the document, or what a person would put
	// in its place.
	Text, Path string
	Findings   workspace.Findings
	Warnings   []workspace.Finding
	// Checked tells that Text is not the document yet, and Plan what it leads to.
	Checked  bool
	Plan     *provision.Plan
	PlanErr  string
	Waiting  []string // what becomes of what waits
	Packing  string   // how the rules share those of the bus
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
}

// secretRow is a secret that the console keeps.
type secretRow struct {
	Name string
	Used bool
}

func (c *Console) showDocument(w http.ResponseWriter, r *http.Request) {
	s, ok := c.open(w, r)
	if !ok {
		return
	}
	c.documentPage(w, r, http.StatusOK, s, documentBody{Behind: r.URL.Query().Get("behind") != ""}, nil)
}

// documentPage shows the document, or the one in body that is to replace it.
func (c *Console) documentPage(w http.ResponseWriter, r *http.Request, status int, s *state, body documentBody, n *notice) {
	l := languageOf(r)
	if body.Settings == (settingsForm{}) {
		body.Settings = settingsOf(s.head)
	}
	body.Path, body.Base = ShownPath(c.options.Document), digest(s.text)
	looked := s.workspace
	if body.Checked {
		looked, body.Findings = c.documents.understand([]byte(body.Text)).result()
	} else {
		body.Findings = s.findings
	}
	var what covered
	if body.Checked {
		body.Text, what = c.censor.hide([]byte(body.Text))
	} else {
		body.Text, what = c.hideIn(s)
	}
	body.Hidden, body.Unread = len(what.spans) > 0, what.unread
	if looked != nil {
		body.Usable, body.Warnings = true, looked.Warnings
		body.Plan, body.PlanErr = c.plan(r.Context(), looked)
		if body.Plan != nil {
			body.Waiting = waitingLines(l, body.Plan.Waiting)
			body.Packing = packingLine(l, body.Plan.Packing)
		}
	}
	body.Seal = seal(string(s.text), body.Plan)
	if body.Checked {
		body.Seal = seal(body.Text, body.Plan)
	}
	c.coverPlan(body.Plan)
	for _, name := range c.options.Secrets.Names() {
		body.Secrets = append(body.Secrets, secretRow{name, refersTo(s.text, name)})
	}
	c.show(w, r, status, "document", page{Workspace: s.head.Workspace, At: "document", Title: say(l, "document.title"), Notice: n, Body: body})
}

// packingLine says how the rules of a document share those of the bus; "" when
// each stands there as it is.
func packingLine(l message.Language, p provision.Packing) string {
	if p.String() == "" {
		return ""
	}
	said := []string{}
	if p.Most > 0 {
		said = append(said, say(l, "plan.rules", p.Rules, p.Most))
	}
	for _, part := range []struct {
		key   string
		n     int
		words []any
	}{
		{"plan.shared", len(p.Shared), []any{len(p.Shared), p.Lists}},
		{"plan.coarse", len(p.Coarse), []any{len(p.Coarse)}},
		{"plan.absent", len(p.Absent), []any{len(p.Absent)}},
	} {
		if part.n > 0 {
			said = append(said, say(l, part.key, part.words...))
		}
	}
	return strings.Join(said, " ")
}

func (s *state) result() (*workspace.Workspace, workspace.Findings) { return s.workspace, s.findings }

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

// plan is what has to be done for the bus to be as a document wants it, or why
// that is not known.
func (c *Console) plan(ctx context.Context, w *workspace.Workspace) (*provision.Plan, string) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	p, err := c.desk(w).Plan(ctx)
	if err != nil {
		return nil, c.options.Cloud.Explained(err)
	}
	return &p, ""
}

// coverPlan hides what looks like a secret in the descriptions that a plan
// compares. What it shows of targets is known to be harmless.
func (c *Console) coverPlan(plan *provision.Plan) {
	if plan == nil {
		return
	}
	for _, step := range plan.Steps {
		for i, d := range step.Differences {
			if d.Property == "description" {
				step.Differences[i].Old, step.Differences[i].New = c.censor.cover(d.Old, d.Property), c.censor.cover(d.New, d.Property)
			}
		}
	}
}

// exportDocument hands the document out as a file. One with secrets in it is not
// handed out before they are moved out of it; those in comments are left out.
func (c *Console) exportDocument(w http.ResponseWriter, r *http.Request) {
	s, ok := c.open(w, r)
	if !ok {
		return
	}
	_, what := c.hideIn(s)
	if slices.ContainsFunc(what.spans, func(h span) bool { return !h.comment }) {
		c.documentPage(w, r, http.StatusConflict, s, documentBody{}, &notice{Text: say(languageOf(r), "document.kept")})
		return
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="workspace.yaml"`)
	send(w, r, http.StatusOK, []byte(replaced(string(s.text), what.spans, func(string) string { return "<redacted>" })))
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
	return digest(made)
}

// boxed is a text as a browser sends it back from the box it stood in.
func boxed(text string) string {
	return strings.TrimLeft(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// importDocument shows what another document leads to, and then takes it.
func (c *Console) importDocument(w http.ResponseWriter, r *http.Request) {
	s, err := c.documents.read()
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the guard bounds every body
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
	l := languageOf(r)
	text, known := c.censor.reveal(shown)
	if !known {
		c.documentPage(w, r, http.StatusUnprocessableEntity, s, documentBody{}, &notice{Text: say(l, "rule.secret.gone")})
		return
	}
	again := func(status int, said string) {
		var n *notice
		if said != "" {
			n = &notice{Text: say(l, said)}
		}
		c.documentPage(w, r, status, s, documentBody{Checked: true, Text: text}, n)
	}
	looked, findings := c.documents.understand([]byte(text)).result()
	switch {
	case looked == nil && len(findings) == 0:
		again(http.StatusUnprocessableEntity, "document.empty")
		return
	case r.FormValue("do") != "import":
		again(http.StatusOK, "")
		return
	case looked == nil:
		again(http.StatusUnprocessableEntity, "")
		return
	case r.FormValue("base") != digest(s.text):
		again(http.StatusConflict, "rule.changed")
		return
	}
	if plan, _ := c.plan(r.Context(), looked); r.FormValue("seal") != seal(shown, plan) {
		again(http.StatusConflict, "document.unseen")
		return
	}
	kept, err := c.moveOut(text)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if !bytes.Equal(kept, s.text) {
		if err := c.documents.backUp(s, c.now()); err != nil {
			c.fail(w, r, err)
			return
		}
	}
	refused, err := c.put(r.Context(), s, kept)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.after(w, r, "/document", "imported", refused)
}

// forgetSecret removes a secret that no rule refers to.
func (c *Console) forgetSecret(w http.ResponseWriter, r *http.Request) {
	s, ok := c.open(w, r)
	if !ok {
		return
	}
	name := r.PostFormValue("name")
	if refersTo(s.text, name) {
		c.documentPage(w, r, http.StatusConflict, s, documentBody{}, &notice{Text: say(languageOf(r), "secrets.used", name)})
		return
	}
	if err := c.options.Secrets.Forget(name); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/document?done=secret-deleted#secrets", http.StatusSeeOther)
}
