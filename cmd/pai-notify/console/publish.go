package console

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// publishBody is the page that puts an event on the bus.
type publishBody struct {
	Groups   []sampleGroup
	Chosen   string
	Text     string
	Error    string
	Bus      string
	Real     bool // the targets of a cloud's bus are real
	Results  []historyRow
	Done     bool
	Unknown  bool // nothing is remembered here
	Rules    []ruleVerdict
	Inbox    string
	Quiet    bool
	AnyRules bool
}

// sampleGroup are the samples of one source.
type sampleGroup struct {
	Title   string
	Samples []choice
}

// ruleVerdict is why a rule did not ask for the event.
type ruleVerdict struct{ Name, Why string }

// verdictsMost bounds the rules whose refusal is told.
const verdictsMost = 20

// publishWait is how long the page waits for what becomes of an event; what
// takes longer can be seen in the history.
const (
	publishWait = 4 * time.Second
	publishStep = 50 * time.Millisecond
)

func (c *Console) showPublish(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	body := publishBody{Chosen: r.URL.Query().Get("sample")}
	if body.Chosen == "" {
		body.Chosen = firstSample(s)
	}
	c.publishPage(w, r, http.StatusOK, s, body, nil)
}

// firstSample is one that a rule of the document asks for.
func firstSample(s *state) string {
	for _, rule := range s.rules {
		for _, file := range sampleNames {
			name := strings.TrimSuffix(file, ".json")
			source, what, _ := strings.Cut(name, "-")
			if rule.On() && rule.Source == source && (slices.Contains(rule.Events, what) || slices.Contains(rule.Events, everything)) {
				return name
			}
		}
	}
	return "dlc-job-failed"
}

func (c *Console) publishPage(w http.ResponseWriter, r *http.Request, status int, s *state, body publishBody, n *notice) {
	l := languageOf(r)
	names := newTitles(l, s.catalogue())
	at := map[string]int{}
	for _, file := range sampleNames {
		name := strings.TrimSuffix(file, ".json")
		source, what, _ := strings.Cut(name, "-")
		if _, ok := at[source]; !ok {
			at[source] = len(body.Groups)
			body.Groups = append(body.Groups, sampleGroup{Title: names.source(source)})
		}
		g := &body.Groups[at[source]]
		g.Samples = append(g.Samples, choice{Value: name, Title: names.event(source, what)})
	}
	body.Bus, body.Real = s.workspace.Bus(), c.options.Cloud.Name != provision.Local
	body.AnyRules = len(s.rules) > 0
	c.show(w, r, status, "publish", page{Workspace: s.head.Workspace, At: "publish", Title: say(l, "publish.title"), Notice: n, Body: body})
}

// publish puts a sample, with an id and the time of now, or an event of the
// person's own on the bus, and shows what becomes of it.
func (c *Console) publish(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	l := languageOf(r)
	body := publishBody{Chosen: r.PostFormValue("sample"), Text: strings.TrimSpace(r.PostFormValue("text"))}
	text := []byte(body.Text)
	if len(text) == 0 {
		sample, err := events.Files.ReadFile(body.Chosen + ".json")
		if err != nil {
			body.Error = say(l, "publish.none")
			c.publishPage(w, r, http.StatusUnprocessableEntity, s, body, nil)
			return
		}
		if text, err = c.fresh(sample); err != nil {
			c.fail(w, r, err)
			return
		}
	}
	e, err := event.Parse(text)
	if err != nil {
		body.Error = err.Error()
		c.publishPage(w, r, http.StatusUnprocessableEntity, s, body, nil)
		return
	}
	if err := c.options.Cloud.Bus.PutEvents(r.Context(), s.workspace.Bus(), []event.Event{e}); err != nil {
		c.publishPage(w, r, http.StatusBadGateway, s, body, &notice{Text: say(l, "publish.refused"), Detail: c.options.Cloud.Explained(err)})
		return
	}
	body.Done = true
	c.became(r.Context(), l, s, e, &body)
	c.publishPage(w, r, http.StatusOK, s, body, nil)
}

// fresh gives a sample an id of its own and the time of now, so that it is not
// taken for one that was published before.
func (c *Console) fresh(sample []byte) ([]byte, error) {
	now := c.now()
	return changed(sample, map[string]string{
		"id": provision.PublishedPrefix + strconv.FormatInt(now.UnixNano(), 36), "time": now.UTC().Format(time.RFC3339),
	})
}

// changed returns a sample with other attributes.
func changed(sample []byte, others map[string]string) ([]byte, error) {
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(sample, &attributes); err != nil {
		return nil, err
	}
	for name, text := range others {
		attributes[name] = json.RawMessage(strconv.Quote(text))
	}
	return json.Marshal(attributes)
}

// became looks what became of an event that was just published, and why rules
// of its source did not ask for it.
func (c *Console) became(ctx context.Context, l message.Language, s *state, e event.Event, body *publishBody) {
	source, _ := classify(s.catalogue(), e)
	matched := 0
	for _, rule := range s.workspace.Rules {
		why, err := rule.Refusal(e.JSON())
		switch {
		case err == nil && why == "":
			matched += len(rule.Receivers())
			if written, _ := s.rule(rule.Name); slices.ContainsFunc(written.Targets, c.inInbox) {
				body.Inbox = c.options.InboxPage
			}
		case rule.Source == source.Name && len(body.Rules) < verdictsMost:
			body.Rules = append(body.Rules, ruleVerdict{rule.Name, why})
		}
	}
	body.Quiet = matched == 0
	if c.options.History == nil {
		body.Unknown = true
		return
	}
	names := newTitles(l, s.catalogue())
	deadline := time.NewTimer(publishWait)
	defer deadline.Stop()
	for {
		list, err := c.options.History.History(ctx, local.Query{Bus: s.workspace.Bus(), EventID: e.ID()})
		if err != nil {
			c.log.Error("the history could not be read", "error", err.Error())
			return
		}
		ended := 0
		body.Results = nil
		for _, n := range list {
			body.Results = append(body.Results, c.rowOf(ctx, n, names))
			if n.State.Ended() || n.Attempts > 0 {
				ended++
			}
		}
		if ended >= matched {
			return
		}
		select {
		case <-time.After(publishStep):
		case <-deadline.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// classify finds what the catalogue knows of an event.
func classify(catalogue *event.Catalogue, e event.Event) (event.Source, event.Type) {
	classifier, err := deliver.NewClassifier(catalogue)
	if err != nil {
		return event.Source{}, event.Type{}
	}
	return classifier.Classify(e)
}
