package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// State is the state of a notification.
type State = store.State

// The states of a notification.
const (
	Waiting   = store.Waiting // for its first or next attempt
	Started   = store.Started // an attempt that must not be repeated is under way
	Sent      = store.Sent
	Skipped   = store.Skipped
	Dead      = store.Dead      // not sent, and no longer retried: a dead letter
	Unknown   = store.Unknown   // it may have been accepted; never repeated
	Cancelled = store.Cancelled // its rule was disabled before it was sent, or somebody cancelled it
	Moved     = store.Moved     // a dead letter that was sent to another receiver instead
)

// ParseState returns the state with this name.
func ParseState(word string) (State, error) {
	var known []string
	for s := Waiting; s <= Moved; s++ {
		if s.String() == word {
			return s, nil
		}
		known = append(known, s.String())
	}
	slices.Sort(known)
	return 0, fmt.Errorf("unknown outcome %q: use %s", word, strings.Join(known, ", "))
}

// Notification is one event for one receiver of a rule.
type Notification struct {
	// ID identifies it on this bus, such as "1042-3".
	ID    string
	State State
	// Rule is the rule's present name, and RuleKey identifies the rule. Target is
	// the key of the receiver in the rule, such as "dingtalk/oncall", or the id
	// of a target that nobody has identified.
	Bus, Rule, RuleKey, Target string
	// Owner is whose the rule is; "" where its target does not say.
	Owner string
	// Receiver is the receiver as <type>/<name>, from Target or else from the
	// outcome; "" when neither has it.
	Receiver string
	// MovedTo is the ID of the notification that was sent to another receiver
	// instead, and MovedFrom the ID of the one that it replaces.
	MovedTo, MovedFrom string
	// Job and JobName are the id and the name of what the event is about, where
	// that is known.
	Job, JobName string
	// EventID, EventSource and EventType are the event's own attributes.
	EventID, EventSource, EventType string
	// Time is when the event happened, Accepted when the bus accepted it.
	Time, Accepted time.Time
	// Attempts is how many attempts were made, without those that only had it held.
	// Started and Ended are those of the last one; Due is when the next one is due.
	Attempts            int
	Started, Ended, Due time.Time
	// Outcome is the outcome of the last attempt, and Answer its JSON text.
	Outcome outcome.Outcome
	Answer  json.RawMessage
}

// Latency is the time from when the event was accepted to when the notification
// ended.
func (n Notification) Latency() time.Duration {
	if n.Ended.IsZero() {
		return 0
	}
	return max(n.Ended.Sub(n.Accepted), 0)
}

// Attempt is one call of a target's function. One whose outcome is that it waits
// only had the notification held.
type Attempt struct {
	Number         int
	Started, Ended time.Time
	Outcome        outcome.Outcome
	Answer         json.RawMessage
}

// Query selects notifications of the history. A zero field selects all. Rule is a
// rule's key or name; Target is a receiver's key, type or name.
type Query struct {
	Bus, Rule, Target, EventType, EventID string
	// Job is the id of what events are about, such as a job's.
	Job    string
	States []State
	// Since and Until bound the time when the event was accepted; Until is
	// exclusive.
	Since, Until time.Time
	// After is the ID of the last notification of the page before.
	After string
	// Beside is the ID of a notification: all of the same event are selected.
	Beside string
	// Limit is the most notifications to return; 100 when it is 0, at most 1,000.
	Limit int
	// About is the id of what events are about, or the beginning of its name.
	About string
	// Words must all be found in the event, the rule, the receiver or the outcome, each
	// as one of several texts, in any case.
	Words [][]string
	// Named is the event's id, its type, or what the outcome calls its type: one of
	// these.
	Named []string
	// Receiver is the receiver's key, its type or its name, or the id of a target that
	// nobody has identified.
	Receiver string

	number int64 // of the only event; without a limit
}

// History returns notifications, those of the newest events first.
func (b *Bus) History(ctx context.Context, q Query) ([]Notification, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, longestPage)
	return b.notifications(ctx, q)
}

// reasonLimited is why a notification is pending without an attempt.
const reasonLimited = "the platform's limit for its sender is reached: it waits with the others"

func (b *Bus) notifications(ctx context.Context, q Query) ([]Notification, error) {
	asked, err := b.asked(ctx, q)
	if err != nil {
		return nil, err
	}
	found, err := b.store.Notifications(ctx, asked)
	list := b.shown(found, q.Job)
	if q.number != 0 {
		slices.SortFunc(list, func(x, y Notification) int {
			return cmp.Or(cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Target, y.Target), cmp.Compare(x.Owner, y.Owner))
		})
	}
	return list, failed(err)
}

// asked is a query in the terms of the store.
func (b *Bus) asked(ctx context.Context, q Query) (store.Query, error) {
	asked := store.Query{
		Bus: q.Bus, Rule: q.Rule, Target: q.Target, EventType: q.EventType, EventID: q.EventID, Event: q.number, Job: q.Job,
		States: q.States, Since: q.Since, Until: q.Until, Limit: q.Limit,
		About: q.About, Words: q.Words, Named: q.Named, Receiver: q.Receiver,
	}
	var err error
	if q.After != "" {
		if asked.After, err = parseID(q.After); err != nil {
			return asked, err
		}
	}
	if q.Beside != "" {
		beside, err := parseID(q.Beside)
		if err != nil {
			return asked, err
		}
		asked.Event = beside.Event
	}
	if q.Job != "" || q.About != "" {
		err = b.fillJobs(ctx)
	}
	return asked, failed(err)
}

// shown are notifications about a job as the history has them, with when those are
// due that wait behind others.
func (b *Bus) shown(found []store.Notification, job string) []Notification {
	list := make([]Notification, len(found))
	for i, n := range found {
		list[i] = notificationOf(n)
		list[i].Job = job
		left := b.lanes.left(n.Destination)
		until := b.options.Now().Add(left)
		if n.State != store.Waiting || left <= 0 || !n.Due.Before(until) {
			continue
		}
		list[i].Due = until // others of its sender have met the limit
		if n.Attempts == 0 {
			list[i].Outcome.Reason = reasonLimited // no attempt says why
		}
	}
	return list
}

func notificationOf(n store.Notification) Notification {
	made := Notification{
		ID: idOf(n.Key), State: n.State, Bus: n.Bus, Rule: n.Rule, RuleKey: n.RuleKey, Target: n.Target, Owner: n.Owner,
		EventID: n.EventID, EventSource: n.EventSource, EventType: n.EventType,
		Time: n.Time, Accepted: n.Accepted, Attempts: n.Attempts - n.Holds, Started: n.Started, Ended: n.Ended, Due: n.Due,
	}
	made.Outcome, made.Answer = answerOf(n.Outcome)
	if made.Receiver = made.Target; !strings.Contains(made.Target, "/") {
		made.Receiver = made.Outcome.Target
	}
	if n.MovedTo != 0 {
		made.MovedTo = idOf(store.Key{Event: n.Event, Destination: n.MovedTo})
	}
	if n.MovedFrom != 0 {
		made.MovedFrom = idOf(store.Key{Event: n.Event, Destination: n.MovedFrom})
	}
	return made
}

func answerOf(text string) (outcome.Outcome, json.RawMessage) {
	if text == "" {
		return outcome.Outcome{}, nil
	}
	o, _ := readOutcome([]byte(text)) // it was read when it was written
	return o, json.RawMessage(text)
}

func idOf(k store.Key) string {
	return strconv.FormatInt(k.Event, 10) + "-" + strconv.FormatInt(k.Destination, 10)
}

func parseID(id string) (store.Key, error) {
	var k store.Key
	event, destination, found := strings.Cut(id, "-")
	var err error
	if k.Event, err = strconv.ParseInt(event, 10, 64); err == nil && found {
		k.Destination, err = strconv.ParseInt(destination, 10, 64)
	}
	if err != nil || !found {
		return store.Key{}, refuse(codeParameter, "invalid notification id %q: ids look like 1042-3", id)
	}
	return k, nil
}

// Life returns a notification by its ID, with all its attempts and the event.
func (b *Bus) Life(ctx context.Context, id string) (n Notification, attempts []Attempt, body []byte, err error) {
	k, err := parseID(id)
	if err != nil {
		return n, nil, nil, err
	}
	kept, found, err := b.store.Notification(ctx, k)
	if err != nil {
		return n, nil, nil, failed(err)
	}
	if !found {
		return n, nil, nil, noNotification(id)
	}
	n = notificationOf(kept)
	if attempts, err = b.attempts(ctx, k); err != nil {
		return n, nil, nil, err
	}
	e, found, err := b.store.Event(ctx, k.Event)
	if found && b.options.Job != nil {
		n.Job, n.JobName = b.options.Job(e.Body)
	}
	return n, attempts, e.Body, failed(err)
}

func (b *Bus) attempts(ctx context.Context, k store.Key) ([]Attempt, error) {
	made, err := b.store.Attempts(ctx, k)
	var list []Attempt
	for _, a := range made {
		told := Attempt{Number: a.Number, Started: a.Started, Ended: a.Ended}
		told.Outcome, told.Answer = answerOf(a.Outcome)
		list = append(list, told)
	}
	return list, failed(err)
}

func noNotification(id string) error {
	return &Error{Code: codeParameter, Status: http.StatusNotFound, Text: fmt.Sprintf("there is no notification %s: it may have left the history", id)}
}

// RuleCount is how many notifications of a receiver of a rule are in each state, and
// when the newest event among theirs was accepted.
type RuleCount struct {
	Bus, Rule, Receiver string
	States              map[State]int
	Last                map[State]time.Time
}

// Failing reports whether the newest one that ended was not sent.
func (c RuleCount) Failing() bool { return c.Failed().After(c.Last[Sent]) }

// Failed is when the newest event was accepted that a notification failed for.
func (c RuleCount) Failed() time.Time {
	if c.Last[Unknown].After(c.Last[Dead]) {
		return c.Last[Unknown]
	}
	return c.Last[Dead]
}

// Counts returns the numbers of notifications since a time, by bus, rule and
// receiver, without receivers that had none.
func (b *Bus) Counts(ctx context.Context, since time.Time) ([]RuleCount, error) {
	found, err := b.store.Counts(ctx, since)
	var list []RuleCount
	for _, c := range found {
		if n := len(list); n == 0 || list[n-1].Bus != c.Bus || list[n-1].Rule != c.Rule || list[n-1].Receiver != c.Receiver {
			list = append(list, RuleCount{c.Bus, c.Rule, c.Receiver, map[State]int{}, map[State]time.Time{}})
		}
		last := list[len(list)-1]
		last.States[c.State], last.Last[c.State] = c.Count, c.Last
	}
	return list, failed(err)
}

// Bucket is how many notifications are in each state, for events accepted in one
// interval.
type Bucket = store.Bucket

// Buckets counts the notifications of events accepted from since until until, in
// intervals of width. Intervals without any are left out.
func (b *Bus) Buckets(ctx context.Context, since, until time.Time, width time.Duration) ([]Bucket, error) {
	list, err := b.store.Buckets(ctx, since, until, width)
	return list, failed(err)
}

// EventCount returns how many events were accepted since a time, and how many of
// them matched no rule.
func (b *Bus) EventCount(ctx context.Context, since time.Time) (events, unmatched int, err error) {
	events, unmatched, err = b.store.Unmatched(ctx, since)
	return events, unmatched, failed(err)
}
