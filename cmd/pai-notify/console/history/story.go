package history

import (
	"context"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// happening is one event of the story of a job, with who was notified of it.
type happening struct {
	Time           time.Time
	Event, EventID string
	Rows           []Row
}

// besideMost bounds the notifications of an event, and storyMost those of a job, that
// the page of one of them shows.
const (
	besideMost = 20
	storyMost  = 40
)

// beside returns the other notifications of the same event, and whether there are
// more.
func (h *Timeline) beside(ctx context.Context, n local.Notification, names frame.Titles) (rows []Row, more bool, err error) {
	found, err := h.search(ctx, local.Query{Bus: n.Bus, Beside: n.ID, Limit: besideMost + 1}, false)
	for _, other := range found.page {
		if other.ID != n.ID {
			rows = append(rows, h.Row(ctx, other, names))
		}
	}
	return rows, found.next != "", err
}

// story returns what became of a job, the oldest event first, and whether there is
// more before that.
func (h *Timeline) story(ctx context.Context, n local.Notification, names frame.Titles) (list []happening, more bool, err error) {
	if n.Job == "" {
		return nil, false, nil
	}
	found, err := h.search(ctx, local.Query{Bus: n.Bus, Job: n.Job, Limit: storyMost}, false)
	for _, one := range slices.Backward(found.page) {
		row := h.Row(ctx, one, names)
		if last := len(list) - 1; last >= 0 && list[last].EventID == row.EventID {
			list[last].Rows = append(list[last].Rows, row)
			continue
		}
		at := one.Time
		if at.IsZero() {
			at = one.Accepted
		}
		list = append(list, happening{at, row.Event, row.EventID, []Row{row}})
	}
	slices.SortStableFunc(list, func(a, b happening) int { return a.Time.Compare(b.Time) })
	return list, found.next != "", err
}

// messageAs is the message of a notification as its platform shows it, made from the
// event and the rule as the document has it now; "" where it cannot be made.
func (h *Timeline) messageAs(ctx context.Context, s *backend.State, n local.Notification, body []byte) template.HTML {
	e, err := event.Parse(body)
	typ, name := receiverOf(n)
	written, ok := s.Rule(backend.DocumentRule(n.Rule))
	if err != nil || !ok || h.Options.Preview == nil {
		return ""
	}
	for _, t := range s.Written(written).Targets {
		if t.Type != typ {
			continue
		}
		// The stand-in's address is another, and an unnamed receiver is called after it.
		receivers, _ := h.Documents.CheckTarget(s, written.Source, t)
		i := slices.IndexFunc(receivers, func(r target.Receiver) bool { return r.Name == name })
		if i < 0 {
			continue
		}
		instead, findings := h.Documents.CheckTarget(s, written.Source, h.Options.Preview.Instead(t))
		if len(findings) > 0 || i >= len(instead) {
			return ""
		}
		return h.pictureOf(ctx, s, e, written, instead[i])
	}
	return ""
}

func (h *Timeline) pictureOf(ctx context.Context, s *backend.State, e event.Event, written edit.Rule, to target.Receiver) template.HTML {
	i := slices.IndexFunc(h.Options.Specs, func(spec target.Spec) bool { return spec.Type == to.Type })
	if i < 0 {
		return ""
	}
	carried := carriedBy(s.Workspace, written.Name)
	source, known := backend.Classify(s.Catalogue(), e)
	got, err := h.Options.Preview.Show(ctx, h.Options.Specs[i], to, target.Notification{
		ID: strings.Repeat("0", 32), Rule: carried.Name, Event: e, Message: message.Render(e, source, known, to.Language, carried),
	})
	if err == nil {
		var picture template.HTML
		if picture, err = got.HTML(); err == nil {
			return picture
		}
	}
	h.Log.Warn("the message of a notification could not be shown", "type", to.Type, "error", err.Error())
	return ""
}
