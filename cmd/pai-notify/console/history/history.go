// Package history is the page that shows each notification with its attempts and
// outcome, and sends dead letters again.
package history

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
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
	mux.HandleFunc("GET /history", h.WithWorkspace(h.showHistory))
	mux.HandleFunc("GET /history/{id}", h.WithWorkspace(h.showLife))
	mux.HandleFunc("POST /redrive", h.WithWorkspace(h.redrive))
	mux.HandleFunc("POST /cancel", h.WithWorkspace(h.cancel))
	return h
}

// historyBody is the page of what became of events.
type historyBody struct {
	selection
	None  bool // nothing is remembered over this bus
	Chart Chart
	Rows  []Row
	Rules []string
	Next  string
}

// Row is one notification in a list.
type Row struct {
	ID, Rule, Type, Target string
	Event, EventID         string
	Job, JobName           string
	State                  string
	Accepted               time.Time
	Reason, Code           string
	Attempts               int
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

// historyDays are the stretches of time that can be chosen.
var historyDays = []int{1, 7, 30}

func (h *Timeline) showHistory(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	body := historyBody{selection: selectionOf(r.URL.Query())}
	if h.Options.History == nil {
		body.None = true
		h.Show(w, r, Book, http.StatusOK, "history", frame.Page{Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "history.title"), Body: body})
		return
	}
	for i, rule := range s.Rules {
		if i == ruleChoices {
			break
		}
		body.Rules = append(body.Rules, rule.Name)
	}
	list, err := h.look(r.Context(), s, body.selection, r.URL.Query().Get("after"), frame.PerPage+1)
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if len(list) > frame.PerPage {
		list = list[:frame.PerPage]
		body.Next = frame.Address("/history", "rule", body.Rule, "state", body.State, "target", body.Target, "job", body.Job, "event", body.Event, "days", strconv.Itoa(body.Days), "after", list[frame.PerPage-1].ID)
	}
	names := frame.NewTitles(l, s.Catalogue())
	for _, n := range list {
		body.Rows = append(body.Rows, h.Row(r.Context(), n, names))
	}
	now := h.Now()
	if body.Chart, err = h.Chart(r.Context(), body.since(now), now); err != nil {
		h.Log.Error("the chart could not be made", "error", err.Error())
	}
	h.Show(w, r, Book, http.StatusOK, "history", frame.Page{Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "history.title"), Body: body})
}

// selection is what a page of the history is asked for.
type selection struct {
	Rule, State, Target, Job, Event string
	Days                            int
}

func selectionOf(form url.Values) selection {
	asked := selection{form.Get("rule"), form.Get("state"), strings.TrimSpace(form.Get("target")), strings.TrimSpace(form.Get("job")), strings.TrimSpace(form.Get("event")), 7}
	for _, days := range historyDays {
		if form.Get("days") == strconv.Itoa(days) {
			asked.Days = days
		}
	}
	return asked
}

// look returns at most limit notifications that are selected, 0 for all, those
// of the newest events first, from after the one with an id on.
func (h *Timeline) look(ctx context.Context, s *backend.State, asked selection, after string, limit int) ([]local.Notification, error) {
	q := local.Query{Bus: s.Workspace.Bus(), Rule: asked.Rule, Job: asked.Job, States: statesOf(asked.State), Since: asked.since(h.Now()), After: after}
	var keep func(local.Notification) bool
	if asked.Target != "" || asked.Event != "" {
		classifier, err := deliver.NewClassifier(s.Catalogue())
		if err != nil {
			return nil, err
		}
		keep = func(n local.Notification) bool {
			return (asked.Target == "" || n.For(asked.Target)) &&
				(asked.Event == "" || slices.Contains([]string{n.EventID, n.EventType, typeOf(n, classifier)}, asked.Event))
		}
	}
	return q.Find(ctx, h.Options.History.History, limit, keep)
}

func (s selection) since(now time.Time) time.Time {
	return now.Add(-time.Duration(s.Days) * 24 * time.Hour)
}

// typeOf returns what the catalogue calls the type of an event: as the outcome
// says, or before the first one as source and type of the event tell.
func typeOf(n local.Notification, classifier *deliver.Classifier) string {
	if n.Outcome.EventType != "" {
		return n.Outcome.EventType
	}
	text, _ := json.Marshal(map[string]string{"id": n.EventID, "source": n.EventSource, "type": n.EventType}) // texts can be written
	e, err := event.Parse(text)
	if err != nil {
		return ""
	}
	_, typ := classifier.Classify(e)
	return typ.Name
}

// ruleChoices bounds the rules that the filter lists, so that the page stays
// small.
const ruleChoices = 100

// Row is a notification in a list.
func (h *Timeline) Row(ctx context.Context, n local.Notification, names frame.Titles) Row {
	typ, target, ok := strings.Cut(n.Receiver, "/")
	if !ok {
		typ, target = "", n.Target
	}
	return Row{
		ID: n.ID, Rule: backend.DocumentRule(n.Rule), Type: typ, Target: target, Event: h.happened(ctx, n, names), EventID: frame.Visible(n.EventID),
		Job: frame.Visible(n.Job), JobName: frame.Visible(n.JobName), State: n.State.String(), Accepted: n.Accepted, Reason: n.Outcome.Reason, Code: n.Outcome.Code, Attempts: n.Attempts,
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

// cancel ends a notification that waits or is a dead letter.
func (h *Timeline) cancel(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.History == nil {
		h.NotFound(w, r)
		return
	}
	id := r.PostFormValue("id")
	_, err := h.Options.History.Cancel(r.Context(), id)
	if e, ok := errors.AsType[*local.Error](err); ok {
		l := frame.LanguageOf(r)
		h.Show(w, r, Book, http.StatusConflict, "problem", frame.Page{
			Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "cancel.title"), Notice: &frame.Notice{Text: Book.Say(l, "cancel.refused"), Detail: e.Text},
		})
		return
	}
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/history/"+url.PathEscape(id)+"?done=cancelled", http.StatusSeeOther)
}

// reasonsShown bounds the reasons of a page, so that it stays small.
const reasonsShown = 10

// redrive has dead letters sent again: one, or all that the filter shows.
func (h *Timeline) redrive(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.History == nil {
		h.NotFound(w, r)
		return
	}
	ids := []string{r.PostFormValue("id")}
	if ids[0] == "" {
		asked := selectionOf(r.PostForm)
		asked.State = local.Dead.String()
		list, err := h.look(r.Context(), s, asked, "", 0)
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		ids = ids[:0]
		for _, n := range list {
			ids = append(ids, n.ID)
		}
	}
	one := r.PostFormValue("id") != ""
	var refused []string
	sent := 0
	for _, id := range ids {
		_, err := h.Options.History.Redrive(r.Context(), local.Redrive{ID: id, Cancelled: one})
		e, ok := errors.AsType[*local.Error](err)
		switch {
		case err == nil:
			sent++
		case !ok:
			h.Fail(w, r, err)
			return
		case !slices.Contains(refused, e.Text):
			refused = append(refused, e.Text)
		}
	}
	if len(refused) > 0 {
		l := frame.LanguageOf(r)
		h.Show(w, r, Book, http.StatusConflict, "problem", frame.Page{
			Workspace: s.Head.Workspace, At: "history", Title: Book.Say(l, "redrive.title"),
			Notice: &frame.Notice{Text: Book.Say(l, "redrive.missing", sent, len(ids)), Detail: strings.Join(refused[:min(len(refused), reasonsShown)], "; ")},
		})
		return
	}
	to := "/history?done=redriven"
	if one {
		to = "/history/" + url.PathEscape(ids[0]) + "?done=redriven"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
