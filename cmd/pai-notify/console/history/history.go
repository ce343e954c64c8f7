// Package history is the pages that show what became of jobs and events: each
// notification with its attempts and outcome, and what else its job led to. Dead
// letters are sent again here.
package history

import (
	"cmp"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, func(message.Language) template.FuncMap {
	return template.FuncMap{"days": func() []int { return historyDays }}
}, historyWords)

// Timeline is the history as pages show it.
type Timeline struct {
	*backend.Backend
	drawn backend.Remembered[time.Duration, Chart] // by the length of time
}

// Register adds the pages of the room to those that are served, and returns what
// other rooms show of the history.
func Register(mux *http.ServeMux, b *backend.Backend) *Timeline {
	h := &Timeline{Backend: b}
	mux.HandleFunc("GET /history", h.WithAnyBus(h.showHistory))
	mux.HandleFunc("GET /history/{id}", h.WithAnyBus(h.showLife))
	mux.HandleFunc("POST /redrive", h.WithAnyBus(h.redrive))
	mux.HandleFunc("POST /cancel", h.WithAnyBus(h.cancel))
	return h
}

// historyBody is the page of what became of events.
type historyBody struct {
	selection
	None  bool // nothing is remembered over this bus
	Chart *Chart
	Rows  []Row
	Rules []string
	Next  string
	// Looked is how many notifications were looked at, back to a time, where there
	// are others.
	Looked int
	Back   time.Time
	// Fresh tells that the page may change while somebody looks at it.
	Fresh bool
}

// Row is one notification in a list.
type Row struct {
	ID, Rule, Type, Target string
	Event, EventID         string
	Job, JobName           string
	State                  string
	Accepted               time.Time
	// Reason is in the words of whoever refused, and Advice in the reader's language.
	Reason, Advice, Code string
	Attempts             int
}

// statesOf are the states that an address names: what is being sent waits too.
func statesOf(name string) []local.State {
	state, err := local.ParseState(name)
	switch {
	case err != nil:
		return nil
	case state == local.Waiting: // also for the end of an attempt
		return []local.State{local.Waiting, local.Started}
	}
	return []local.State{state}
}

func (h *Timeline) showHistory(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	body := historyBody{selection: selectionOf(r.URL.Query())}
	show := func() {
		h.Show(w, r, Book, http.StatusOK, "history", frame.Page{Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "history.title"), Body: body})
	}
	if h.Options.History == nil {
		body.None = true
		show()
		return
	}
	for i, rule := range s.Rules {
		if i == ruleChoices {
			break
		}
		body.Rules = append(body.Rules, rule.Name)
	}
	after := r.URL.Query().Get("after")
	body.Fresh = after == ""
	found, asked, err := h.find(r.Context(), l, s, body.selection, after, frame.PerPage, body.Filtered() && body.Fresh)
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	body.selection = asked
	if found.next != "" {
		body.Next = frame.Address("/history", append(asked.Pairs(), "after", found.next)...)
	}
	if asked.Filtered() && len(found.page) < frame.PerPage {
		body.Looked, body.Back = found.looked, found.back
	}
	names := frame.NewTitles(l, s.Catalogue())
	for _, n := range found.page {
		body.Rows = append(body.Rows, h.Row(r.Context(), n, names))
	}
	now := h.Now()
	switch {
	case !body.Filtered():
		chart, err := h.Chart(r.Context(), asked.since(now), now)
		if err != nil {
			h.Log.Error("the chart could not be made", "error", err.Error())
		}
		body.Chart = &chart
	case len(found.ends) > 0:
		chart := chartOf(found, asked.since(now), now)
		body.Chart = &chart
	}
	show()
}

// ruleChoices bounds the rules that the filter lists, so that the page stays
// small.
const ruleChoices = 100

// receiverOf is the type and the name of whom a notification is for.
func receiverOf(n local.Notification) (typ, target string) {
	typ, target, ok := strings.Cut(n.Receiver, "/")
	if !ok {
		return "", n.Target
	}
	return typ, target
}

// Row is a notification in a list.
func (h *Timeline) Row(ctx context.Context, n local.Notification, names frame.Titles) Row {
	typ, target := receiverOf(n)
	return Row{
		ID: n.ID, Rule: backend.DocumentRule(n.Rule), Type: typ, Target: target, Event: h.happened(ctx, n, names), EventID: frame.Visible(n.EventID),
		Job: frame.Visible(n.Job), JobName: frame.Visible(n.JobName), State: n.State.String(), Accepted: n.Accepted, Reason: n.Outcome.Reason, Advice: h.Advised(names.Language, typ, n.Outcome).Advice, Code: n.Outcome.Code, Attempts: n.Attempts,
	}
}

// happened is what the message of a notification says that happened: by the event's
// type, or by the event itself where the type is not known.
func (h *Timeline) happened(ctx context.Context, n local.Notification, names frame.Titles) string {
	if _, known := names.Catalogue.Type(n.Outcome.EventType); known {
		source, what, _ := strings.Cut(n.Outcome.EventType, ".")
		return names.Event(source, what)
	}
	key := n.EventSource + " " + n.EventID
	made, ok := names.Made[key]
	if !ok {
		_, _, body, err := h.Options.History.Life(ctx, n.ID)
		if err == nil {
			made = messageOf(names.Language, names.Catalogue, body, event.Rule{})
		}
		names.Made[key] = made
	}
	return cmp.Or(made.What, frame.Visible(n.EventType))
}
