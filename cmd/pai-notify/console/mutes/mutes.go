// Package mutes is the page that lists the mutes of the bus, and adds and ends them.
package mutes

import (
	"cmp"
	"context"
	"embed"
	"net/http"
	"net/url"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/mutes"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, muteWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("GET /mutes", h.WithKnown(h.show))
	mux.HandleFunc("POST /mutes", h.WithKnown(h.add))
	mux.HandleFunc("POST /mutes/end", h.WithKnown(h.end))
}

// hours are the lengths that can be chosen.
var hours = []int{1, 2, 4, 8, 12, 24}

// body is the page of all mutes.
type body struct {
	None  bool // nothing is remembered over this bus
	Rows  []hold.Mute
	Form  form
	Hours []int
	Rules []string
	// Sees is after how many seconds functions see a change.
	Sees int
	// Ask tells that everything is to be muted, and nobody has confirmed that.
	Ask bool
	// Errors are what is wrong with the form.
	Errors problems.Complaints
}

// form is what a person wants muted.
type form struct {
	Job, Rule, Receiver, By, Why string
	// Rules are several rules, in place of Rule.
	Rules []string
	Hours int
	Drop  bool
}

func formOf(values url.Values) form {
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	f := form{Job: text("job"), Rule: text("rule"), Receiver: text("receiver"), By: text("by"), Why: text("why"), Hours: 2, Drop: text("drop") == "true"}
	if len(values["rule"]) > 1 {
		f.Rules = values["rule"]
	}
	if n, err := strconv.Atoi(text("hours")); err == nil && slices.Contains(hours, n) {
		f.Hours = n
	}
	return f
}

func (h *handlers) show(w http.ResponseWriter, r *http.Request, s *backend.State) {
	f := formOf(r.URL.Query())
	if f.By == "" {
		if u, err := user.Current(); err == nil {
			f.By = u.Username
		}
	}
	h.page(w, r, s, http.StatusOK, body{Form: f}, nil)
}

// ruleChoices bounds the rules that the form offers, so that the page stays small.
const ruleChoices = 100

func (h *handlers) page(w http.ResponseWriter, r *http.Request, s *backend.State, status int, b body, notice *frame.Notice) {
	if b.None = h.Options.History == nil; !b.None {
		var err error
		if b.Rows, err = h.Mutes(s).List(r.Context()); err != nil {
			h.Fail(w, r, err)
			return
		}
		for i := range b.Rows {
			if rule, ok := named(s.Workspace, b.Rows[i].Rule); ok {
				b.Rows[i].Rule = rule.Name
			}
		}
		b.Hours, b.Sees = hours, int(h.Mutes(s).Sees().Seconds())
		for i, rule := range s.Rules {
			if i == ruleChoices {
				break
			}
			b.Rules = append(b.Rules, rule.Name)
		}
	}
	h.Show(w, r, Book, status, "mutes", frame.Page{Workspace: s.Head.Workspace, At: "history", Title: Book.Say(frame.LanguageOf(r), "mutes.title"), Notice: notice, Body: b})
}

// named finds a rule of a document by its name or its key.
func named(w *workspace.Workspace, name string) (workspace.Rule, bool) {
	i := slices.IndexFunc(w.Rules, func(r workspace.Rule) bool { return r.Name == name || r.Key() == name })
	if i < 0 || name == "" {
		return workspace.Rule{}, false
	}
	return w.Rules[i], true
}

// add mutes what the form says. Everything is muted only after a confirmation.
func (h *handlers) add(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.History == nil {
		h.NotFound(w, r)
		return
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	l, f := frame.LanguageOf(r), formOf(r.PostForm)
	refuse := func(field, text string) {
		h.page(w, r, s, http.StatusUnprocessableEntity, body{Form: f, Errors: problems.Complaints{field: {text}}}, nil)
	}
	m := hold.Mute{Job: f.Job, Receiver: f.Receiver, By: f.By, Why: f.Why, Drop: f.Drop, Until: h.Now().Add(time.Duration(f.Hours) * time.Hour)}
	ruled := func(name string) (hold.Mute, bool) {
		rule, ok := named(s.Workspace, name)
		if !ok {
			field := "rule"
			if len(f.Rules) > 0 {
				field = "" // they were chosen in the list
			}
			refuse(field, Book.Say(l, "mutes.norule", name))
		}
		m.Owner, m.Rule = cmp.Or(s.Workspace.Owner, s.Workspace.Name), rule.Key()
		return m, ok
	}
	var all []hold.Mute
	for _, name := range f.Rules {
		one, ok := ruled(name)
		if !ok {
			return
		}
		all = append(all, one)
	}
	if f.Rule != "" && all == nil {
		if _, ok := ruled(f.Rule); !ok {
			return
		}
	}
	if m.Receiver != "" && !h.receiver(r.Context(), s, &m) {
		refuse("receiver", Book.Say(l, "mutes.noreceiver", f.Receiver))
		return
	}
	if m.Everything() && !backend.Agreed(r) {
		h.page(w, r, s, http.StatusOK, body{Form: f, Ask: true}, nil)
		return
	}
	if all == nil {
		all = []hold.Mute{m}
	}
	made, err := h.Mutes(s).AddAll(r.Context(), all...)
	if err != nil {
		refuse("", Book.Say(l, "mutes.refused")+" "+h.Options.Cloud.Explained(err))
		return
	}
	id := ""
	for _, one := range made {
		id = h.RecordMute(r, "muted", one)
	}
	if len(made) > 1 {
		id = "" // each is undone among the changes
	}
	http.Redirect(w, r, frame.Address("/mutes", "done", "muted", "undo", id), http.StatusSeeOther) //nolint:gosec // a path of the console
}

// receiver completes the receiver of a mute as the bus names it, and tells whether
// there is one. Where the bus cannot be read, it is taken as it was written.
func (h *handlers) receiver(ctx context.Context, s *backend.State, m *hold.Mute) bool {
	have, err := provision.Read(ctx, h.Options.Cloud.Bus, s.Workspace.Bus())
	if err != nil {
		h.Log.Error("the receivers on the bus could not be read", "error", err.Error())
		return true
	}
	to, err := mutes.To(mutes.Receivers(have), *m, m.Receiver)
	*m = to
	return err == nil
}

func (h *handlers) end(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.History == nil {
		h.NotFound(w, r)
		return
	}
	ended, _, err := h.Mutes(s).End(r.Context(), []string{r.PostFormValue("id")})
	id := ""
	for _, m := range ended {
		id = h.RecordMute(r, "unmuted", m)
	}
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, frame.Address("/mutes", "done", "unmuted", "undo", id), http.StatusSeeOther) //nolint:gosec // a path of the console
}
