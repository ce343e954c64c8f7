package openapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// tracedEvent is an event in the replies of QueryTracedEvents.
type tracedEvent struct {
	EventBusName      string
	EventId           string
	EventReceivedTime int64
	EventSource       string
	EventType         string
}

// queryTracedEvents returns events page by page, the newest first. Those that
// come between two pages are on neither, and Total stays that of the first page.
// The service's own order, and whether its EndTime is part of the time, are not
// published; here it is not.
func (h *Handler) queryTracedEvents(ctx context.Context, v values) (any, error) {
	q, err := v.traced()
	if err != nil {
		return nil, err
	}
	at, err := v.position()
	if err != nil {
		return nil, err
	}
	if at == (position{Query: at.Query}) { // the first page
		if at.Total, err = h.bus.CountEvents(ctx, q); err != nil {
			return nil, err
		}
	}
	limit := q.Limit
	q.Before, q.Limit = at.Before, limit+1 // one more tells whether there is another page
	list, err := h.bus.Events(ctx, q)
	if err != nil {
		return nil, err
	}
	data := struct {
		Events    []tracedEvent
		NextToken string `json:",omitempty"`
		Total     int
	}{Events: []tracedEvent{}, Total: at.Total}
	if len(list) > limit {
		list = list[:limit]
		at.Before = list[limit-1].Number
		data.NextToken = at.token()
	}
	for _, e := range list {
		data.Events = append(data.Events, tracedEvent{e.Bus, e.ID, e.Accepted.UnixMilli(), e.Source, e.Type})
	}
	return data, nil
}

// traced reads what QueryTracedEvents is asked for.
func (v values) traced() (local.EventQuery, error) {
	var err error
	q := local.EventQuery{Bus: v.bus(), Source: v.Get("EventSource"), Type: v.Get("EventType"), Subject: v.Get("Subject"), Rule: v.Get("MatchedRule")}
	if q.Since, err = v.moment("StartTime"); err != nil {
		return q, err
	}
	if q.Until, err = v.moment("EndTime"); err != nil {
		return q, err
	}
	if q.Until.Before(q.Since) {
		return q, invalid("EndTime is before StartTime.")
	}
	q.Limit, err = v.limit()
	return q, err
}

// moment reads a time in milliseconds since 1970.
func (v values) moment(name string) (time.Time, error) {
	ms, err := strconv.ParseInt(v.Get(name), 10, 64)
	if err != nil || ms < 0 {
		return time.Time{}, invalid(name + " must be a time in milliseconds since 1970.")
	}
	return time.UnixMilli(ms), nil
}

// position is where a page begins.
type position struct {
	// Query is a digest of what is asked for: a token counts for that alone.
	Query string `json:"q"`
	// Before is the number of the last event of the page before, and Total how
	// many there were at the first page.
	Before int64 `json:"b"`
	Total  int   `json:"t"`
}

func (p position) token() string {
	text, _ := json.Marshal(p) // texts and numbers can always be written
	return base64.RawURLEncoding.EncodeToString(text)
}

// position reads NextToken.
func (v values) position() (position, error) {
	var of []byte
	for _, name := range []string{"EventBusName", "StartTime", "EndTime", "EventSource", "EventType", "Subject", "MatchedRule"} {
		of = append(append(of, v.Get(name)...), 0)
	}
	sum := sha256.Sum256(of)
	p := position{Query: base64.RawURLEncoding.EncodeToString(sum[:12])}
	token := v.Get("NextToken")
	if token == "" {
		return p, nil
	}
	var given position
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &given)
	}
	if err != nil || given.Query != p.Query || given.Before <= 0 {
		return p, invalid("NextToken is none that a former page of this query gave.")
	}
	return given, nil
}

// queryEvent returns an event as it was accepted. Which error the service gives
// for one that it does not have is not published.
func (h *Handler) queryEvent(ctx context.Context, v values) (any, error) {
	e, err := h.bus.Event(ctx, v.bus(), v.Get("EventSource"), v.Get("EventId"))
	return json.RawMessage(e.Body), err
}

// eventTrace is one step in the replies of QueryEventTraces.
type eventTrace struct {
	// Action is PutEvent, FilterEvent or PushEvent.
	Action           string
	ActionTime       int64
	Endpoint         string `json:",omitempty"`
	EventBusName     string
	EventId          string
	EventSource      string
	NotifyLatency    string `json:",omitempty"`
	NotifyStatus     string `json:",omitempty"`
	NotifyTime       int64  `json:",omitempty"`
	ReceivedTime     int64  `json:",omitempty"`
	RuleMatchingTime string `json:",omitempty"`
	RuleName         string `json:",omitempty"`
}

// queryEventTraces returns what became of an event: that it was accepted, the
// rules that it matched as far as they have targets, and every attempt to push
// it to one of these.
func (h *Handler) queryEventTraces(ctx context.Context, v values) (any, error) {
	passages, err := h.bus.Passages(ctx, v.bus(), v.Get("EventId"))
	if err != nil {
		return nil, err
	}
	traces := []eventTrace{}
	for _, passage := range passages {
		e := passage.Event
		accepted := e.Accepted.UnixMilli()
		step := eventTrace{EventBusName: e.Bus, EventId: e.ID, EventSource: e.Source, ActionTime: accepted}
		put := step
		put.Action, put.ReceivedTime = "PutEvent", accepted
		traces = append(traces, put)
		for _, name := range passage.Rules() {
			matched := step
			matched.Action, matched.RuleName, matched.RuleMatchingTime = "FilterEvent", name, strconv.FormatInt(accepted, 10)
			traces = append(traces, matched)
		}
		for _, n := range passage.Pushes {
			for _, a := range n.Attempts {
				push := step
				push.Action, push.RuleName, push.Endpoint, push.ActionTime = "PushEvent", n.Rule, n.Endpoint, a.Started.UnixMilli()
				if !a.Ended.IsZero() {
					push.NotifyTime, push.NotifyLatency = a.Ended.UnixMilli(), strconv.FormatInt(a.Ended.Sub(a.Started).Milliseconds(), 10)
					push.NotifyStatus = notifyStatus(a.Outcome)
				}
				traces = append(traces, push)
			}
		}
	}
	return traces, nil
}

// notifyStatus words an outcome as the service's sample does, "[200]Ok".
func notifyStatus(o local.Outcome) string {
	if o.Status == "failed" {
		return "[500]" + o.Reason
	}
	return "[200]Ok"
}
