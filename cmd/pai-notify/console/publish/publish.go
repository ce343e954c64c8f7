// Package publish is the page on which people try their rules: it publishes an
// event and shows the notifications that result.
package publish

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/history"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, publishWords)

// handlers answer for the pages of the room.
type handlers struct {
	*backend.Backend
	history *history.Timeline
}

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend, t *history.Timeline) {
	h := &handlers{b, t}
	mux.HandleFunc("GET /publish", h.WithWorkspace(h.showPublish))
	mux.HandleFunc("POST /publish", h.WithWorkspace(h.publish))
}

// publishBody is the page that puts an event on the bus.
type publishBody struct {
	Groups   []sampleGroup
	Chosen   string
	Text     string
	Errors   problems.Complaints
	Bus      string
	Real     bool // the targets of a cloud's bus are real
	Results  []history.Row
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
	Samples []frame.Choice
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
	// cloudStep is how often a ledger is asked, and publishedIn how far back a
	// notification may be of an event that is published again.
	cloudStep   = time.Second
	publishedIn = 25 * time.Hour
)

func (h *handlers) showPublish(w http.ResponseWriter, r *http.Request, s *backend.State) {
	body := publishBody{Chosen: r.URL.Query().Get("sample")}
	if body.Chosen == "" {
		body.Chosen = firstSample(s)
	}
	h.publishPage(w, r, http.StatusOK, s, body, nil)
}

// firstSample is one that a rule of the document asks for.
func firstSample(s *backend.State) string {
	for _, rule := range s.Rules {
		for _, file := range backend.SampleNames {
			name := strings.TrimSuffix(file, ".json")
			source, what, _ := strings.Cut(name, "-")
			if rule.On() && rule.Source == source && (slices.Contains(rule.Events, what) || slices.Contains(rule.Events, frame.Everything)) {
				return name
			}
		}
	}
	return "dlc-job-failed"
}

func (h *handlers) publishPage(w http.ResponseWriter, r *http.Request, status int, s *backend.State, body publishBody, n *frame.Notice) {
	l := frame.LanguageOf(r)
	names := frame.NewTitles(l, s.Catalogue())
	at := map[string]int{}
	for _, file := range backend.SampleNames {
		name := strings.TrimSuffix(file, ".json")
		source, what, _ := strings.Cut(name, "-")
		if _, ok := at[source]; !ok {
			at[source] = len(body.Groups)
			body.Groups = append(body.Groups, sampleGroup{Title: names.Source(source)})
		}
		g := &body.Groups[at[source]]
		g.Samples = append(g.Samples, frame.Choice{Value: name, Title: names.Event(source, what)})
	}
	body.Bus, body.Real = s.Workspace.Bus(), h.Options.Cloud.Name != provision.Local
	body.AnyRules = len(s.Rules) > 0
	h.Show(w, r, Book, status, "publish", frame.Page{Workspace: s.Head.Workspace, At: "publish", Title: Book.Say(l, "menu.publish"), Notice: n, Body: body})
}

// publish puts a sample, with an id and the time of now, or an event of the
// person's own on the bus, and shows what becomes of it.
func (h *handlers) publish(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	body := publishBody{Chosen: r.PostFormValue("sample"), Text: strings.TrimSpace(r.PostFormValue("text"))}
	text := []byte(body.Text)
	if len(text) == 0 {
		sample, err := events.Files.ReadFile(body.Chosen + ".json")
		if err != nil {
			body.Errors = problems.Complaints{"text": {Book.Say(l, "publish.none")}}
			h.publishPage(w, r, http.StatusUnprocessableEntity, s, body, nil)
			return
		}
		if text, err = h.fresh(sample); err != nil {
			h.Fail(w, r, err)
			return
		}
	}
	e, err := event.Parse(text)
	if err != nil {
		body.Errors = problems.Complaints{"text": {Book.Say(l, "publish.wrong", strings.TrimPrefix(err.Error(), "event: "))}}
		h.publishPage(w, r, http.StatusUnprocessableEntity, s, body, nil)
		return
	}
	if err := h.Options.Cloud.Bus.PutEvents(r.Context(), s.Workspace.Bus(), []event.Event{e}); err != nil {
		h.publishPage(w, r, http.StatusBadGateway, s, body, &frame.Notice{Text: Book.Say(l, "publish.refused"), Detail: h.Options.Cloud.Explained(err)})
		return
	}
	body.Done = true
	h.Forget()
	h.became(r.Context(), l, s, e, &body)
	h.publishPage(w, r, http.StatusOK, s, body, nil)
}

// fresh gives a sample an id of its own and the time of now, so that it is not
// taken for one that was published before.
func (h *handlers) fresh(sample []byte) ([]byte, error) {
	now := h.Now()
	return backend.Changed(sample, map[string]string{
		"id": events.PublishedPrefix + strconv.FormatInt(now.UnixNano(), 36), "time": now.UTC().Format(time.RFC3339),
	})
}

// became looks what became of an event that was just published, and why rules
// of its source did not ask for it.
func (h *handlers) became(ctx context.Context, l message.Language, s *backend.State, e event.Event, body *publishBody) {
	source, _ := backend.Classify(s.Catalogue(), e)
	matched := 0
	for _, rule := range s.Workspace.Rules {
		why, err := rule.Refusal(e.JSON())
		switch {
		case err == nil && why == "":
			to, missed, err := rule.Reached(e)
			if matched += len(to); err == nil && missed != "" && len(body.Rules) < verdictsMost {
				body.Rules = append(body.Rules, ruleVerdict{rule.Name, missed})
			}
			if written, _ := s.Rule(rule.Name); slices.ContainsFunc(s.Written(written).Targets, h.InInbox) {
				body.Inbox = h.Options.InboxPage
			}
		case rule.Source == source.Name && len(body.Rules) < verdictsMost:
			body.Rules = append(body.Rules, ruleVerdict{rule.Name, why})
		}
	}
	body.Quiet = matched == 0
	if h.Options.History == nil {
		body.Unknown = true
		return
	}
	names := frame.NewTitles(l, s.Catalogue())
	step := publishStep
	if h.Options.Cloud.Name != provision.Local {
		step = cloudStep
	}
	deadline := time.NewTimer(publishWait)
	defer deadline.Stop()
	for {
		list, err := h.Options.History.History(ctx, local.Query{Bus: s.Workspace.Bus(), EventID: e.ID(), Since: h.Now().Add(-publishedIn)})
		if err != nil {
			h.Log.Error("the history could not be read", "error", err.Error())
			return
		}
		ended := 0
		body.Results = nil
		for _, n := range list {
			body.Results = append(body.Results, h.history.Row(ctx, n, names))
			if n.State.Ended() || n.Attempts > 0 || !n.Due.IsZero() { // or it is held
				ended++
			}
		}
		if ended >= matched {
			return
		}
		select {
		case <-time.After(step):
		case <-deadline.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
