package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// historyBody is the page of what became of events.
type historyBody struct {
	None   bool // nothing is remembered over this bus
	Chart  chart
	Rows   []historyRow
	Rules  []string
	Rule   string
	State  string
	Target string
	Days   int
	Next   string
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

// stateNames are the states as addresses and words name them.
var stateNames = map[local.State]string{
	local.Waiting: "waiting", local.Started: "started", local.Sent: "sent", local.Skipped: "skipped", local.Dead: "dead", local.Unknown: "unknown", local.Cancelled: "cancelled",
}

func statesOf(name string) []local.State {
	for state, known := range stateNames {
		if known == name {
			return []local.State{state}
		}
	}
	return nil
}

// historyDays are the stretches of time that can be chosen.
var historyDays = []int{1, 7, 30}

func (c *Console) showHistory(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	l := languageOf(r)
	q := r.URL.Query()
	body := historyBody{Rule: q.Get("rule"), State: q.Get("state"), Target: strings.TrimSpace(q.Get("target")), Days: 7}
	for _, days := range historyDays {
		if q.Get("days") == itoa(days) {
			body.Days = days
		}
	}
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
	now := c.now()
	since := now.Add(-time.Duration(body.Days) * 24 * time.Hour)
	query := local.Query{
		Bus: s.workspace.Bus(), Rule: body.Rule, Target: body.Target, States: statesOf(body.State),
		Since: since, After: q.Get("after"), Limit: perPage + 1,
	}
	list, err := c.look(r.Context(), s, query)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if len(list) > perPage {
		list = list[:perPage]
		body.Next = at("/history", "rule", body.Rule, "state", body.State, "target", body.Target, "days", itoa(body.Days), "after", list[perPage-1].ID)
	}
	names := newTitles(l, s.catalogue())
	for _, n := range list {
		body.Rows = append(body.Rows, historyRowOf(n, names))
	}
	if body.Chart, err = c.chart(r.Context(), since, now); err != nil {
		c.log.Error("the chart could not be made", "error", err.Error())
	}
	c.show(w, r, http.StatusOK, "history", page{Workspace: s.head.Workspace, At: "history", Title: say(l, "history.title"), Body: body})
}

// ruleChoices bounds the rules that the filter lists, so that the page stays
// small.
const ruleChoices = 100

func historyRowOf(n local.Notification, names titles) historyRow {
	typ, target, ok := strings.Cut(n.Outcome.Target, "/")
	if !ok {
		typ, target = "", n.Target
	}
	title := n.EventType
	if source, what, ok := strings.Cut(n.Outcome.EventType, "."); ok {
		if _, known := names.catalogue.Type(n.Outcome.EventType); known {
			title = names.event(source, what)
		}
	}
	return historyRow{
		ID: n.ID, Rule: documentRule(n.Rule), Type: typ, Target: target, Event: title, EventID: visible(n.EventID),
		State: stateNames[n.State], Accepted: n.Accepted, Reason: n.Outcome.Reason, Code: n.Outcome.Code, Attempts: n.Attempts,
	}
}

// life is the page of one notification.
type life struct {
	historyRow
	Time, Due  time.Time
	Source     string
	Latency    string
	Tries      []attempt
	Body       string
	Title      string
	Known      bool // whether the document still has the rule
	CanRedrive bool
}

// attempt is one call of a target's function.
type attempt struct {
	local.Attempt
	Took   string
	Answer string
}

func (c *Console) showLife(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	if c.options.History == nil {
		c.showNothing(w, r)
		return
	}
	n, attempts, body, err := c.options.History.Life(r.Context(), r.PathValue("id"))
	if err != nil {
		c.showNothing(w, r)
		return
	}
	l := languageOf(r)
	told := life{
		historyRow: historyRowOf(n, newTitles(l, s.catalogue())), Time: n.Time, Due: n.Due, Source: visible(n.EventSource),
		Body: indented(body), CanRedrive: n.State == local.Dead,
	}
	_, told.Known = s.rule(told.Rule)
	told.Title = titleOf(l, s, body)
	if d := n.Latency(); d > 0 {
		told.Latency = d.Round(time.Millisecond).String()
	}
	for _, a := range attempts {
		told.Tries = append(told.Tries, attempt{a, a.Ended.Sub(a.Started).Round(time.Millisecond).String(), indented(a.Answer)})
	}
	shownTitle := told.Title
	if shownTitle == "" {
		shownTitle = told.historyRow.Event
	}
	c.show(w, r, http.StatusOK, "life", page{Workspace: s.head.Workspace, At: "history", Title: shownTitle, Body: told})
}

// titleOf is what a message about the event would say first.
func titleOf(l message.Language, s *state, body []byte) string {
	e, err := event.Parse(body)
	if err != nil {
		return ""
	}
	source, typ := classify(s.catalogue(), e)
	return message.Render(e, source, typ, l, "").Title
}

func indented(text []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return visible(string(text))
	}
	return visible(b.String())
}

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
	var err error
	if id := r.PostFormValue("id"); id != "" {
		err = c.options.History.Redrive(r.Context(), id)
	} else {
		for _, rule := range c.siblings(r.Context(), s, r.PostFormValue("rule")) {
			_, one := c.options.History.RedriveAll(r.Context(), local.Query{Bus: s.workspace.Bus(), Rule: rule, Target: r.PostFormValue("target")})
			err = errors.Join(err, one)
		}
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	to := "/history?done=redriven"
	if id := r.PostFormValue("id"); id != "" {
		to = "/history/" + url.PathEscape(id) + "?done=redriven"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
