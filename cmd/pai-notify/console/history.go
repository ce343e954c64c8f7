package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
)

// historyBody is the page of what became of events.
type historyBody struct {
	selection
	None  bool // nothing is remembered over this bus
	Chart chart
	Rows  []historyRow
	Rules []string
	Next  string
}

// historyRow is one notification in a list.
type historyRow struct {
	ID, Rule, Type, Target string
	Event, EventID         string
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

func (c *Console) showHistory(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	l := languageOf(r)
	body := historyBody{selection: selectionOf(r.URL.Query())}
	if c.options.History == nil {
		body.None = true
		c.show(w, r, http.StatusOK, "history", page{Workspace: s.head.Workspace, At: "history", Title: say(l, "history.title"), Body: body})
		return
	}
	for i, rule := range s.rules {
		if i == ruleChoices {
			break
		}
		body.Rules = append(body.Rules, rule.Name)
	}
	list, err := c.look(r.Context(), s, body.selection, r.URL.Query().Get("after"), perPage+1)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if len(list) > perPage {
		list = list[:perPage]
		body.Next = at("/history", "rule", body.Rule, "state", body.State, "target", body.Target, "event", body.Event, "days", itoa(body.Days), "after", list[perPage-1].ID)
	}
	names := newTitles(l, s.catalogue())
	for _, n := range list {
		body.Rows = append(body.Rows, c.rowOf(r.Context(), n, names))
	}
	now := c.now()
	if body.Chart, err = c.chart(r.Context(), body.since(now), now); err != nil {
		c.log.Error("the chart could not be made", "error", err.Error())
	}
	c.show(w, r, http.StatusOK, "history", page{Workspace: s.head.Workspace, At: "history", Title: say(l, "history.title"), Body: body})
}

// selection is what a page of the history is asked for.
type selection struct {
	Rule, State, Target, Event string
	Days                       int
}

func selectionOf(form url.Values) selection {
	asked := selection{form.Get("rule"), form.Get("state"), strings.TrimSpace(form.Get("target")), strings.TrimSpace(form.Get("event")), 7}
	for _, days := range historyDays {
		if form.Get("days") == itoa(days) {
			asked.Days = days
		}
	}
	return asked
}

// look returns at most limit notifications that are selected, 0 for all, those
// of the newest events first, from after the one with an id on.
func (c *Console) look(ctx context.Context, s *state, asked selection, after string, limit int) ([]local.Notification, error) {
	q := local.Query{Bus: s.workspace.Bus(), Rule: asked.Rule, States: statesOf(asked.State), Since: asked.since(c.now()), After: after}
	var keep func(local.Notification) bool
	if asked.Target != "" || asked.Event != "" {
		classifier, err := deliver.NewClassifier(s.catalogue())
		if err != nil {
			return nil, err
		}
		keep = func(n local.Notification) bool {
			return (asked.Target == "" || n.For(asked.Target)) &&
				(asked.Event == "" || slices.Contains([]string{n.EventID, n.EventType, typeOf(n, classifier)}, asked.Event))
		}
	}
	return q.Find(ctx, c.options.History.History, limit, keep)
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

func (c *Console) rowOf(ctx context.Context, n local.Notification, names titles) historyRow {
	typ, target, ok := strings.Cut(n.Receiver, "/")
	if !ok {
		typ, target = "", n.Target
	}
	return historyRow{
		ID: n.ID, Rule: documentRule(n.Rule), Type: typ, Target: target, Event: c.happened(ctx, n, names), EventID: visible(n.EventID),
		State: n.State.String(), Accepted: n.Accepted, Reason: n.Outcome.Reason, Code: n.Outcome.Code, Attempts: n.Attempts,
	}
}

// happened is what the message of a notification says that happened: by the event's
// type, or by the event itself where the type is not known.
func (c *Console) happened(ctx context.Context, n local.Notification, names titles) string {
	if _, known := names.catalogue.Type(n.Outcome.EventType); known {
		source, what, _ := strings.Cut(n.Outcome.EventType, ".")
		return names.event(source, what)
	}
	key := n.EventSource + " " + n.EventID
	made, ok := names.made[key]
	if !ok {
		_, _, body, err := c.options.History.Life(ctx, n.ID)
		if err == nil {
			made = messageOf(names.language, names.catalogue, body, event.Rule{})
		}
		names.made[key] = made
	}
	return cmp.Or(made.What, visible(n.EventType))
}

// reasonsShown bounds the reasons of a page, so that it stays small.
const reasonsShown = 10

// redrive has dead letters sent again: one, or all that the filter shows.
func (c *Console) redrive(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	if c.options.History == nil {
		c.showNothing(w, r)
		return
	}
	ids := []string{r.PostFormValue("id")}
	if ids[0] == "" {
		asked := selectionOf(r.PostForm)
		asked.State = local.Dead.String()
		list, err := c.look(r.Context(), s, asked, "", 0)
		if err != nil {
			c.fail(w, r, err)
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
		_, err := c.options.History.Redrive(r.Context(), local.Redrive{ID: id, Cancelled: one})
		e, ok := errors.AsType[*local.Error](err)
		switch {
		case err == nil:
			sent++
		case !ok:
			c.fail(w, r, err)
			return
		case !slices.Contains(refused, e.Text):
			refused = append(refused, e.Text)
		}
	}
	if len(refused) > 0 {
		l := languageOf(r)
		c.show(w, r, http.StatusConflict, "problem", page{
			Workspace: s.head.Workspace, At: "history", Title: say(l, "redrive.title"),
			Notice: &notice{Text: say(l, "redrive.missing", sent, len(ids)), Detail: strings.Join(refused[:min(len(refused), reasonsShown)], "; ")},
		})
		return
	}
	to := "/history?done=redriven"
	if one {
		to = "/history/" + url.PathEscape(ids[0]) + "?done=redriven"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
