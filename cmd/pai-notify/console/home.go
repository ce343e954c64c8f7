package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// homeBody is the first page: what there is to do, and how it goes.
type homeBody struct {
	Form   edit.Head
	Errors complaints
	// Steps lead a newcomer to the first message.
	Steps      []step
	Left       int
	CheckError string
	NotSetUp   bool
	Chart      chart
	Recent     []historyRow
	Rules, On  int
	Contacts   int
	Remembers  bool
	Inbox      string
	HasInbox   bool
	Document   string
	// Passed is what the events that passed the bus tell of the rules.
	Passed passedPart
}

// step is one thing to do.
type step struct {
	Key  string
	Done bool
}

// recentMost is how many notifications the first page shows.
const recentMost = 6

func (c *Console) showHome(w http.ResponseWriter, r *http.Request) {
	s, err := c.documents.read()
	if err != nil {
		c.fail(w, r, err)
		return
	}
	l := languageOf(r)
	if !s.exists() {
		c.welcome(w, r, http.StatusOK, homeBody{Errors: complaints{}, Form: edit.Head{Language: string(l)}})
		return
	}
	if s.workspace == nil {
		http.Redirect(w, r, "/document", http.StatusSeeOther)
		return
	}
	c.homePage(w, r, http.StatusOK, s, nil)
}

func (c *Console) homePage(w http.ResponseWriter, r *http.Request, status int, s *state, n *notice) {
	l := languageOf(r)
	body := homeBody{
		Remembers: c.options.History != nil, Rules: len(s.rules), Contacts: len(s.contacts),
		Inbox: c.options.InboxPage, HasInbox: c.options.InboxPage != "",
	}
	for _, rule := range s.rules {
		if rule.On() {
			body.On++
		}
	}
	_, body.CheckError, body.NotSetUp = c.foreign(r.Context(), s)
	sent := false
	if c.options.History != nil {
		now := c.now()
		names := newTitles(l, s.catalogue())
		list, err := c.options.History.History(r.Context(), local.Query{Bus: s.workspace.Bus(), Limit: recentMost})
		if err != nil {
			c.fail(w, r, err)
			return
		}
		for _, n := range list {
			body.Recent = append(body.Recent, c.rowOf(r.Context(), n, names))
			sent = sent || n.State == local.Sent
		}
		if body.Chart, err = c.chart(r.Context(), now.Add(-7*24*time.Hour), now); err != nil {
			c.log.Error("the chart could not be made", "error", err.Error())
		}
		sent = sent || body.Chart.Sent > 0
	}
	_, err := c.ask(r.Context(), s)
	_, unknown := errors.AsType[*bus.Error](err) // that there is no such bus is an answer
	if err == nil {
		body.Passed = c.passedPart(r.Context(), s, waitFor(r))
	}
	body.Steps = []step{{"setup", !unknown}, {"rule", len(s.rules) > 0}, {"message", sent}}
	for _, one := range body.Steps {
		if !one.Done {
			body.Left++
		}
	}
	if !body.Remembers && len(s.rules) > 0 {
		body.Left = 0
	}
	if body.Left > 0 {
		body.Passed.Quiet = message.Statement{} // the steps say what comes next
	}
	c.show(w, r, status, "home", page{Workspace: s.head.Workspace, At: "home", Title: say(l, "home.title"), Notice: n, Body: body})
}

// welcome asks for the workspace's name, or for a document that there is
// already.
func (c *Console) welcome(w http.ResponseWriter, r *http.Request, status int, body homeBody) {
	body.Document = ShownPath(c.options.Document)
	c.show(w, r, status, "welcome", page{Title: say(languageOf(r), "welcome.title"), Empty: true, Body: body})
}

// createWorkspace writes the first document.
func (c *Console) createWorkspace(w http.ResponseWriter, r *http.Request) {
	s, err := c.documents.read()
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if s.exists() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	l := languageOf(r)
	body := homeBody{Errors: complaints{}, Form: edit.Head{Workspace: strings.TrimSpace(r.PostFormValue("workspace")), Language: r.PostFormValue("language")}}
	if _, ok := knownLanguage(body.Form.Language); !ok {
		body.Form.Language = string(message.English)
	}
	if body.Form.Workspace == "" {
		body.Errors.add("workspace", say(l, "welcome.missing"))
		c.welcome(w, r, http.StatusUnprocessableEntity, body)
		return
	}
	text, err := edit.First(body.Form)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if made := c.documents.understand(text); made.workspace == nil {
		body.Errors.sort(l, "", made.findings, func(field string) bool { return field == "workspace" })
		c.welcome(w, r, http.StatusUnprocessableEntity, body)
		return
	}
	refused, err := c.put(r.Context(), s, text)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if refused != nil {
		c.log.Warn("the bus did not follow the document", "error", refused.Error())
	}
	http.Redirect(w, r, "/", http.StatusSeeOther) // the first page says what is missing
}

// firstRule is the name of the rule that a newcomer is given, and FirstSource
// where its events come from.
const (
	firstRule   = "first-rule"
	FirstSource = "dlc"
)

// inInbox tells whether a target is the inbox of this machine.
func (c *Console) inInbox(t edit.Target) bool {
	if c.options.InboxPage == "" || t.Type != c.options.Inbox.Type {
		return false
	}
	for name, v := range c.options.Inbox.Parameters {
		if t.Parameters[name] != v {
			return false
		}
	}
	return true
}

// createFirstRule writes a rule whose message arrives in the inbox of this
// machine.
func (c *Console) createFirstRule(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	if _, exists := s.rule(firstRule); exists || c.options.InboxPage == "" {
		http.Redirect(w, r, "/publish", http.StatusSeeOther)
		return
	}
	rule := edit.Rule{
		Name: firstRule, Description: say(languageOf(r), "home.first.description"), Source: FirstSource,
		Events: []string{"job-failed"}, Targets: []edit.Target{c.options.Inbox},
	}
	c.changeDocument(w, r, s, "/publish", "first", func(d *edit.Document) error { return d.PutRule("", rule) })
}
