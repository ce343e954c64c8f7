package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// selection says which notifications of a bus are meant. What is left out selects
// all.
type selection struct {
	place
	Job       string `help:"Filter by what the event is about: the id of a job, an instance, a flow run or a model." placeholder:"ID"`
	Rule      string `help:"Filter by rule." placeholder:"RULE"`
	Target    string `help:"Filter by target: <type>/<name>, its type or its name." placeholder:"TARGET"`
	EventType string `help:"Filter by event type, such as dlc.job-failed, or by the event's own type attribute." placeholder:"TYPE"`
	EventID   string `help:"Filter by event id." placeholder:"ID"`
	Since     string `help:"Filter by time: accepted since a date (2026-01-02), a time (2026-01-02T15:04:05Z) or an age (36h, 7d)." placeholder:"TIME"`
	Until     string `help:"Filter by time: accepted until, in the same forms." placeholder:"TIME"`
}

// find opens the bus and returns what is selected there: see of.
func (c selection) find(ctx context.Context, s terminal.Streams, limit int, states ...local.State) ([]local.Notification, error) {
	if limit < 0 {
		return nil, fmt.Errorf("--limit %d: give 1 or more, or 0 for all", limit)
	}
	if _, err := c.query(time.Now(), states); err != nil {
		return nil, err // before anything is opened
	}
	a, err := c.open(ctx, s)
	if err != nil {
		return nil, err
	}
	list, err := c.of(ctx, a, limit, states...)
	return list, errors.Join(err, a.Close())
}

// of returns at most limit of the notifications that are selected and in one of
// some states, those of the newest events first; all with a limit of 0, and in
// any state when none is given.
func (c selection) of(ctx context.Context, a running.Archive, limit int, states ...local.State) ([]local.Notification, error) {
	q, err := c.query(time.Now(), states)
	if err != nil {
		return nil, err
	}
	return q.Find(ctx, a.History, limit, c.keeps)
}

// query is what the bus can select by itself; keeps tells the rest.
func (c selection) query(now time.Time, states []local.State) (local.Query, error) {
	q := local.Query{States: states, EventID: c.EventID, Job: c.Job}
	var err error
	if q.Since, err = input.ReadTime(c.Since, now); err != nil {
		return q, fmt.Errorf("--since %w", err)
	}
	if q.Until, err = input.ReadTime(c.Until, now); err != nil {
		return q, fmt.Errorf("--until %w", err)
	}
	return q, nil
}

func (c selection) keeps(n local.Notification) bool {
	return (c.Rule == "" || c.Rule == receivers.RuleName(n.Rule) || c.Rule == n.Rule) &&
		(c.Target == "" || n.For(c.Target)) &&
		(c.EventType == "" || c.EventType == n.EventType || c.EventType == catalogued(n))
}

// catalogued returns what the catalogue calls the type of a notification's
// event. Before an outcome says it, source and type of the event tell.
func catalogued(n local.Notification) string {
	if n.Outcome.EventType != "" {
		return n.Outcome.EventType
	}
	text, err := json.Marshal(map[string]string{"id": n.EventID, "source": n.EventSource, "type": n.EventType})
	if err != nil {
		return ""
	}
	e, err := event.Parse(text)
	if err != nil {
		return ""
	}
	c, err := receivers.Classifier()
	if err != nil {
		return ""
	}
	_, typ := c.Classify(e)
	return typ.Name
}
