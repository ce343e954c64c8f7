package archive

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// together is how far apart the notifications of one event are claimed first, where
// no job finds them.
const together = 15 * time.Minute

// Search looks for a page of notifications as [local.Bus.Search] does. A ledger has
// indexes by job, by time and of what is open: a name of a job is found only as a
// word, among the newest rows.
func (a *Archive) Search(ctx context.Context, q local.Query, most int, counted bool) (found, ends []local.Notification, next string, back time.Time, err error) {
	asked, ok := a.query(q)
	if !ok {
		return found, ends, next, back, nil
	}
	if q.Beside != "" {
		e, err := a.entry(ctx, q.Beside)
		if err != nil {
			return nil, nil, "", back, err
		}
		if asked.EventID, asked.Job = e.EventID, e.Job; e.Job == "" {
			asked.From, asked.To = e.Created.Add(-together), e.Created.Add(together)
		}
	}
	last, err := a.after(ctx, q, &asked)
	if err != nil {
		return nil, nil, "", back, err
	}
	// The store hands out all that it has to read, so that they are counted here.
	every := ledger.Query{Bus: a.bus, From: asked.From, To: asked.To, Job: asked.Job, Limit: pageOfCount}
	if _, only := asked.OnlyIndexed(); only {
		every.States = asked.States
	}
	if !counted && asked.Rule+asked.EventID+asked.EventType+q.Target+q.Receiver == "" && q.Words == nil && q.Named == nil && (asked.States == nil || every.States != nil) {
		every.Limit = q.Limit + 1
	}
	limit := q.Limit
	for looked := 0; ; {
		page, err := a.ledger.List(ctx, every)
		if err != nil {
			return nil, nil, "", back, a.cloud.Explain(err)
		}
		for _, e := range page.Entries {
			if last.ID != "" && ledger.Newer(last, e) >= 0 {
				continue
			}
			looked++
			if asked.Wants(e) && wants(q, e) {
				switch {
				case len(found) < limit:
					found = append(found, notificationOf(e))
				case next == "":
					next = found[limit-1].ID
				}
				if counted {
					ends = append(ends, local.Notification{Accepted: e.Created, State: states[e.State]})
				} else if next != "" {
					return found, ends, next, back, nil
				}
			}
			if looked == most {
				back = e.Created
				if next == "" {
					next = e.ID
				}
				return found, ends, next, back, nil
			}
		}
		if every.After = page.Next; every.After == "" {
			return found, ends, next, back, nil
		}
	}
}

// wants tells whether a row is one of those that people look for.
func wants(q local.Query, e ledger.Entry) bool {
	if to := receiverOf(e); q.Target != "" || q.Receiver != "" {
		n := local.Notification{Target: to, Receiver: to}
		if q.Target != "" && !n.For(q.Target) || q.Receiver != "" && !n.For(q.Receiver) {
			return false
		}
	}
	if q.About != "" && q.About != e.Job {
		return false
	}
	if len(q.Named) > 0 {
		called := []string{e.EventID, e.EventType, e.Outcome.EventType}
		if happened, err := event.Parse(e.Event); err == nil {
			called = append(called, happened.Type())
		}
		if !slices.ContainsFunc(called, func(name string) bool { return name != "" && slices.Contains(q.Named, name) }) {
			return false
		}
	}
	if len(q.Words) == 0 {
		return true
	}
	text := strings.ToLower(strings.Join([]string{
		e.RuleName, e.Rule, e.Type + "/" + e.Receiver, e.EventID, e.EventType, e.Job, e.JobName, e.Because,
		e.Outcome.EventType, e.Outcome.Reason, e.Outcome.Code, e.Outcome.Advice, e.Outcome.Receipt, e.Outcome.Digest, string(e.Event),
	}, " "))
	for _, word := range q.Words {
		if !slices.ContainsFunc(word, func(one string) bool { return strings.Contains(text, strings.ToLower(one)) }) {
			return false
		}
	}
	return true
}
