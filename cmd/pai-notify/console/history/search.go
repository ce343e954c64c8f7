package history

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// selection is what a page of the history is asked for.
type selection struct {
	// Q is what was typed into the one field, and In where it is looked for: in jobs,
	// in texts, or, when it is empty, in texts where there is no such job.
	Q, In                             string
	Rule, State, Receiver, Job, Event string
	// Days is how far back; 0 for any time.
	Days int
}

// The places in which a search looks.
const (
	inJobs  = "job"
	inTexts = "text"
)

// historyDays are the stretches of time that can be chosen, and usualDays the one of
// a page that nobody asks anything.
var historyDays = []int{1, 7, 30}

const usualDays = 7

func selectionOf(form url.Values) selection {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	// Addresses of before say target.
	asked := selection{get("q"), form.Get("in"), form.Get("rule"), form.Get("state"), cmp.Or(get("receiver"), get("target")), get("job"), get("event"), 0}
	if asked.Q == "" { // what became of something may be long ago
		asked.Days, asked.In = usualDays, ""
	}
	for _, days := range historyDays {
		if form.Get("days") == strconv.Itoa(days) {
			asked.Days = days
		}
	}
	return asked
}

// Hidden are the selection as a form has it, names with values.
func (s selection) Hidden() (list [][]string) {
	return slices.Collect(slices.Chunk(s.Pairs(), 2))
}

// Pairs are the selection as an address has it, names and values in turn; empty ones
// may be left out.
func (s selection) Pairs() []string {
	return []string{"q", s.Q, "in", s.In, "rule", s.Rule, "state", s.State, "receiver", s.Receiver, "job", s.Job, "event", s.Event, "days", strconv.Itoa(s.Days)}
}

// Texts is the address of the same search in texts.
func (s selection) Texts() string {
	s.In = inTexts
	return frame.Address("/history", s.Pairs()...)
}

// Filtered tells whether anything is asked for beside a stretch of time.
func (s selection) Filtered() bool { return s.Q != "" || s.More() }

// Dated tells whether a stretch of time was asked for that is not the usual one.
func (s selection) Dated() bool { return s.Days != 0 && (s.Q != "" || s.Days != usualDays) }

// More tells whether there is a filter beside the one field.
func (s selection) More() bool {
	return cmp.Or(s.Rule, s.State, s.Receiver, s.Job, s.Event) != ""
}

func (s selection) since(now time.Time) time.Time {
	if s.Days == 0 {
		return time.Time{}
	}
	return now.Add(-time.Duration(s.Days) * 24 * time.Hour)
}

// searchMost is how many notifications a page looks at, the newest ones, where no
// index has what is looked for: as many as a page has time for.
const searchMost = 500

// found is a page of what was looked for.
type found struct {
	// page are its notifications, and ends the states of those and of what follows.
	page, ends []local.Notification
	next       string
	// looked is how many were looked at, back to a time, where there are others.
	looked int
	back   time.Time
}

func (h *Timeline) search(ctx context.Context, q local.Query, counted bool) (f found, err error) {
	f.page, f.ends, f.next, f.back, err = h.Options.History.Search(ctx, q, searchMost, counted)
	if !f.back.IsZero() {
		f.looked = searchMost
	}
	return f, err
}

// query is a selection as a history is asked for it, without what was typed.
func (h *Timeline) query(s *backend.State, asked selection) local.Query {
	q := local.Query{Bus: s.Bus(), Rule: asked.Rule, Job: asked.Job, States: statesOf(asked.State), Since: asked.since(h.Now())}
	q.Receiver = asked.Receiver
	if asked.Event != "" {
		q.Named = append([]string{asked.Event}, typesOf(s.Catalogue(), asked.Event)...)
	}
	return q
}

// find returns a page of notifications, at most limit, those of the newest events
// first, from after the one with an id on; with where what was typed was looked for.
func (h *Timeline) find(ctx context.Context, l message.Language, s *backend.State, asked selection, after string, limit int, counted bool) (found, selection, error) {
	q := h.query(s, asked)
	q.After, q.Limit = after, limit
	if asked.Q != "" && asked.In != inTexts {
		by := q
		by.About = asked.Q
		f, err := h.search(ctx, by, counted)
		if err != nil || len(f.page) > 0 || asked.In == inJobs {
			asked.In = inJobs
			return f, asked, err
		}
	}
	if asked.Q != "" {
		asked.In = inTexts
		q.Words = wordsOf(l, s.Catalogue(), asked.Q)
	}
	f, err := h.search(ctx, q, counted)
	return f, asked, err
}

// all returns all notifications that are selected.
func (h *Timeline) all(ctx context.Context, l message.Language, s *backend.State, asked selection) ([]local.Notification, error) {
	q := h.query(s, asked)
	if asked.Q != "" && asked.In == "" {
		var err error
		if _, asked, err = h.find(ctx, l, s, asked, "", 1, false); err != nil {
			return nil, err
		}
	}
	switch asked.In {
	case inJobs:
		q.About = asked.Q
	case inTexts:
		q.Words = wordsOf(l, s.Catalogue(), asked.Q)
	}
	return q.Find(ctx, h.Options.History.History, 0, nil)
}

// wordsMost bounds the words that are looked for.
const wordsMost = 8

// wordsOf are the words of a text, each with the event types whose name or title has
// it: that is not in the events themselves.
func wordsOf(l message.Language, c *event.Catalogue, text string) [][]string {
	var list [][]string
	names := frame.NewTitles(l, c)
	for _, word := range strings.Fields(text) {
		if len(list) == wordsMost {
			break
		}
		either := []string{word}
		small := strings.ToLower(word)
		for _, typ := range c.Types {
			if len(word) > 1 && (strings.Contains(typ.Name, small) || strings.Contains(strings.ToLower(names.Event(typ.Source(), typ.What())), small)) {
				either = append(append(either, typ.Name), typesOf(c, typ.Name)...)
			}
		}
		list = append(list, either)
	}
	return list
}

// typesOf returns the types of the events that the catalogue has under a name, as
// they call themselves.
func typesOf(c *event.Catalogue, name string) []string {
	typ, ok := c.Type(name)
	var pattern struct{ Type []any }
	if !ok || json.Unmarshal(typ.Pattern, &pattern) != nil {
		return nil
	}
	var list []string
	for _, one := range pattern.Type {
		if literal, ok := one.(string); ok && !slices.Contains(list, literal) {
			list = append(list, literal)
		}
	}
	return list
}
