package history

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// life is the page of one notification.
type life struct {
	Row
	Time, Due  time.Time
	Source     string
	Latency    string
	Tries      []attempt
	Body       string
	Known      bool // whether the document still has the rule
	CanRedrive bool
	CanCancel  bool
	// Message is the message as its platform shows it, and Digest the id of the one
	// that carried it with others.
	Message template.HTML
	Digest  string
	// Beside are the other notifications of the event, and Story what became of its
	// job.
	Beside     []Row
	BesideMore bool
	Story      []happening
	StoryMore  bool
	// Fresh tells that more will become of it.
	Fresh bool
	// MovedTo and MovedFrom are the notifications that this one became and was.
	MovedTo, MovedFrom string
}

// attempt is one call of a target's function.
type attempt struct {
	local.Attempt
	Took   string
	Answer string
}

func (h *Timeline) showLife(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if h.Options.History == nil {
		h.NotFound(w, r)
		return
	}
	n, attempts, body, err := h.Options.History.Life(r.Context(), r.PathValue("id"))
	if err != nil {
		if _, ok := errors.AsType[*local.Error](err); ok {
			h.NotFound(w, r)
		} else {
			h.Fail(w, r, err)
		}
		return
	}
	l := frame.LanguageOf(r)
	names := frame.NewTitles(l, s.Catalogue())
	told := life{
		Row: h.Row(r.Context(), n, names), Time: n.Time, Due: n.Due, Source: frame.Visible(n.EventSource),
		Body: indented(body), CanRedrive: n.State == local.Dead || n.State == local.Cancelled,
		CanCancel: n.State == local.Dead || n.State == local.Waiting, MovedTo: n.MovedTo, MovedFrom: n.MovedFrom,
	}
	_, told.Known = s.Rule(told.Rule)
	title := cmp.Or(messageOf(l, s.Catalogue(), body, carriedBy(s.Workspace, told.Rule)).Title, told.Event)
	if d := n.Latency(); d > 0 {
		told.Latency = frame.Took(l, d)
	}
	for _, a := range attempts {
		a.Outcome = h.Advised(l, told.Type, a.Outcome)
		told.Tries = append(told.Tries, attempt{a, frame.Took(l, a.Ended.Sub(a.Started)), indented(a.Answer)})
	}
	told.Message, told.Digest, told.Fresh = h.messageAs(r.Context(), s, n, body), n.Outcome.Digest, !n.State.Ended()
	var beside, story error
	told.Beside, told.BesideMore, beside = h.beside(r.Context(), n, names)
	told.Story, told.StoryMore, story = h.story(r.Context(), n, names)
	if err := errors.Join(beside, story); err != nil {
		h.Fail(w, r, err)
		return
	}
	h.Show(w, r, Book, http.StatusOK, "life", frame.Page{Workspace: s.Head.Workspace, At: "history", Title: title, Body: told})
}

// messageOf is what a message about an event says for a rule; nothing for what is
// no event.
func messageOf(l message.Language, c *event.Catalogue, body []byte, rule event.Rule) message.Message {
	e, err := event.Parse(body)
	if err != nil {
		return message.Message{}
	}
	source, typ := backend.Classify(c, e)
	return message.Render(e, source, typ, l, rule)
}

// carriedBy is what messages have to know of a rule, by its name or by its name on
// the bus; nothing when the document has it no more.
func carriedBy(w *workspace.Workspace, name string) event.Rule {
	for _, r := range w.Rules {
		if r.Name == name || r.Key() == name {
			return r.Carried()
		}
	}
	return event.Rule{}
}

func indented(text []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return frame.Visible(string(text))
	}
	return frame.Visible(b.String())
}
