// Package home is the overview page: the first steps, a summary of recent
// notifications, and whether the rules match the events that passed the bus.
package home

import (
	"embed"
	"net/http"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/history"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, problems.Functions, homeWords)

// handlers answer for the pages of the room.
type handlers struct {
	*backend.Backend
	history *history.Timeline
}

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend, t *history.Timeline) {
	h := &handlers{Backend: b, history: t}
	mux.HandleFunc("GET /{$}", h.showHome(h.WithKnown(func(w http.ResponseWriter, r *http.Request, s *backend.State) {
		h.homePage(w, r, http.StatusOK, s, nil)
	})))
	mux.HandleFunc("POST /workspace", h.createWorkspace)
	mux.HandleFunc("POST /first-rule", h.WithWorkspace(h.createFirstRule))
	mux.HandleFunc("POST /adopt", h.WithWorkspace(h.adopt))
}

// homeBody is the first page: what there is to do, and how it goes.
type homeBody struct {
	Form   edit.Head
	Errors problems.Complaints
	// Steps lead a newcomer to the first message.
	Steps     []step
	Left      int
	Health    health
	Chart     history.Chart
	Recent    []history.Row
	Rules, On int
	Contacts  int
	Remembers bool
	// Inbox tells that there is one on this machine, and HasInbox that a first rule
	// may lead to it.
	Inbox, HasInbox bool
	Document        string
}

// step is one thing to do.
type step struct {
	Key  string
	Done bool
}

// recentMost is how many notifications the first page shows.
const recentMost = 6

// showHome shows the overview once there was a document, and what there is to begin
// with before.
func (h *handlers) showHome(overview http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h.Documents.None() {
			h.welcome(w, r, http.StatusOK, homeBody{Errors: problems.Complaints{}, Form: edit.Head{Language: string(frame.LanguageOf(r))}})
			return
		}
		overview(w, r)
	}
}

func (h *handlers) homePage(w http.ResponseWriter, r *http.Request, status int, s *backend.State, n *frame.Notice) {
	l := frame.LanguageOf(r)
	body := homeBody{
		Remembers: h.Options.History != nil, Rules: len(s.Rules), Contacts: len(s.Contacts),
		Inbox: h.Options.Received != nil, HasInbox: h.Options.InboxPage != "",
	}
	for _, rule := range s.Rules {
		if rule.On() {
			body.On++
		}
	}
	body.Health = h.healthOf(r.Context(), s, waitFor(r))
	sent := false
	if h.Options.History != nil {
		now := h.Now()
		names := frame.NewTitles(l, s.Catalogue())
		list, _, _, _, err := h.Options.History.Search(r.Context(), local.Query{Bus: s.Bus(), Limit: recentMost}, recentMost, false) // it says the jobs
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		for _, n := range list {
			body.Recent = append(body.Recent, h.history.Row(r.Context(), n, names))
			sent = sent || n.State == local.Sent
		}
		if body.Chart, err = h.history.Chart(r.Context(), now.Add(-7*24*time.Hour), now); err != nil {
			h.Log.Error("the chart could not be made", "error", err.Error())
		}
		sent = sent || body.Chart.Sent > 0
	}
	if !body.Health.Checked.IsZero() { // nothing is said of it before
		body.Steps = append(body.Steps, step{"setup", body.Health.activated})
	}
	body.Steps = append(body.Steps, step{"rule", len(s.Rules) > 0}, step{"message", sent})
	for _, one := range body.Steps {
		if !one.Done {
			body.Left++
		}
	}
	if !body.Remembers && len(s.Rules) > 0 {
		body.Left = 0
	}
	if backend.Broken(r) { // what is wrong with the document comes first
		body.Left, body.Health.Well, body.Health.Override = 0, false, ""
	}
	if body.Left > 0 {
		body.Health = body.Health.without("quiet") // the steps say what comes next
		body.Health.Well = false
	}
	h.Show(w, r, Book, status, "home", frame.Page{Workspace: s.Head.Workspace, At: "home", Title: Book.Say(l, "home.title"), Notice: n, Body: body})
}

// welcome asks for the workspace's name, or for a document that there is
// already.
func (h *handlers) welcome(w http.ResponseWriter, r *http.Request, status int, body homeBody) {
	body.Document = files.Shown(h.Options.Document)
	h.Show(w, r, Book, status, "welcome", frame.Page{Title: Book.Say(frame.LanguageOf(r), "welcome.title"), Empty: true, Body: body})
}

// createWorkspace writes the first document.
func (h *handlers) createWorkspace(w http.ResponseWriter, r *http.Request) {
	s, err := h.Documents.Read()
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if s.Exists() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	l := frame.LanguageOf(r)
	body := homeBody{Errors: problems.Complaints{}, Form: edit.Head{Workspace: strings.TrimSpace(r.PostFormValue("workspace")), Language: r.PostFormValue("language")}}
	if _, ok := frame.KnownLanguage(body.Form.Language); !ok {
		body.Form.Language = string(message.English)
	}
	if body.Form.Workspace == "" {
		body.Errors.Add("workspace", Book.Say(l, "welcome.missing"))
		h.welcome(w, r, http.StatusUnprocessableEntity, body)
		return
	}
	text, err := edit.First(body.Form)
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if made := h.Documents.Understand(text); made.Workspace == nil {
		body.Errors.Sort(l, "", made.Findings, func(field string) bool { return field == "workspace" })
		h.welcome(w, r, http.StatusUnprocessableEntity, body)
		return
	}
	_, refused, err := h.Put(r, s, text, "begun")
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if refused != nil {
		h.Log.Warn("the bus did not follow the document", "error", refused.Error())
	}
	http.Redirect(w, r, "/", http.StatusSeeOther) // the first page says what is missing
}

// firstRule is the name of the rule that a newcomer is given, and FirstSource
// where its events come from.
const (
	firstRule   = "first-rule"
	FirstSource = "dlc"
)

// createFirstRule writes a rule whose message arrives in the inbox of this
// machine.
func (h *handlers) createFirstRule(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if _, exists := s.Rule(firstRule); exists || h.Options.InboxPage == "" {
		http.Redirect(w, r, "/publish", http.StatusSeeOther)
		return
	}
	rule := edit.Rule{
		Name: firstRule, Description: Book.Say(frame.LanguageOf(r), "home.first.description"), Source: FirstSource,
		Events: []string{"job-failed"}, Targets: []edit.Target{h.Options.Inbox},
	}
	h.Change(w, r, s, "/publish", "first", func(d *edit.Document) error { return d.PutRule("", rule) })
}
