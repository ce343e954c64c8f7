package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/outcome"
)

// State is what became of a notification.
type State string

// The states of a notification.
const (
	// Claimed: somebody is sending it, until Due.
	Claimed State = "claimed"
	// Waiting: it is sent again at Due.
	Waiting State = "waiting"
	// Sent: the platform has accepted it.
	Sent State = "sent"
	// Dead: it is not tried again unless a person says so.
	Dead State = "dead"
	// Unknown: the platform may have accepted it, and it must not be sent twice.
	Unknown State = "unknown"
	// Skipped: it was not to be sent.
	Skipped State = "skipped"
	// Cancelled: a person ended it, or its rule was disabled while it waited.
	Cancelled State = "cancelled"
	// Moved: a person had it sent to another receiver instead, as [Entry.MovedTo].
	Moved State = "moved"
	// Unreadable is no state of a row: [Store.Due] tells by it of a row that a later
	// version wrote or that is damaged. Nobody may send or replace it.
	Unreadable State = "unreadable"
)

// Entry is the row of one notification: an event for a receiver of a rule.
type Entry struct {
	// ID is the notification's: 32 hexadecimal digits.
	ID string
	// Bus is the event bus, such as "pai-system-llm_lab".
	Bus string
	// Owner, Rule and Receiver find the target on the bus: the owner and the key of
	// the rule, and the key of the receiver. RuleName is for people; Type is the
	// target type.
	Owner, Rule, RuleName, Type, Receiver string
	// Event is the event's JSON, of at most [MaxEvent] bytes; none once the
	// notification was sent, skipped or moved, because nobody sends it again. EventID,
	// EventType, Job and JobName are what history is searched by; Job is the id of
	// what the event is about: a job, a flow, an instance, a model.
	Event                            []byte
	EventID, EventType, Job, JobName string
	// Severity ranks what waits: what is more urgent is sent first.
	Severity int
	// AtMostOnce is true for calls and texts, which are never sent twice.
	AtMostOnce bool

	State State
	// Due is when what waits is sent, and when the lease of a claim ends; zero in
	// every other state.
	Due time.Time
	// Because says why it waits or how it ended.
	Because string
	// Outcome is that of the last attempt.
	Outcome outcome.Outcome
	// Claims counts the claims, Redrives how often a person had it sent again.
	Claims, Redrives int
	// Created is when it was first claimed, Changed when the row was last written.
	// The ledger's times are in UTC and have no parts of a millisecond.
	Created, Changed time.Time
	// Redriven is when a person last had it sent again; zero for never. What may
	// pass is tried for as long from then on as from its first claim.
	Redriven time.Time `json:",omitzero"`
	// Held is until when a rule's policy or a person last held it; zero for never.
	// What may pass is tried for as long from then on as from its first claim.
	Held time.Time `json:",omitzero"`

	// MovedTo is the notification of the same event that a person had sent to
	// another receiver instead of this one, and MovedFrom the one that it replaces;
	// "" for none.
	MovedTo   string `json:",omitempty"`
	MovedFrom string `json:",omitempty"`

	// Token is who wrote the row last, a random text for each claim. Step counts
	// the writes: a store replaces a row only by its next step.
	Token string
	Step  int64
}

const (
	// Horizon is how long what may pass is tried, from [Entry.Began] on.
	Horizon = 6 * time.Hour
	// LimitedHorizon is how long what a platform's limits keep back, or what stands
	// behind others.
	LimitedHorizon = 24 * time.Hour
)

// Began is when its time began: when it was first claimed, when a person last had
// it sent again, or when it was no longer held.
func (e Entry) Began() time.Time {
	return slices.MaxFunc([]time.Time{e.Created, e.Redriven, e.Held}, time.Time.Compare)
}

// OnHold reports whether it waits because it is held on purpose, and not because
// something failed.
func (e Entry) OnHold() bool { return e.State == Waiting && !e.Due.IsZero() && e.Held.Equal(e.Due) }

// Ended reports whether nothing becomes of a state by itself.
func (s State) Ended() bool { return s != Claimed && s != Waiting }

// Index is the place of a row in a store's index of rows that somebody has to
// look after.
type Index string

// The places in that index.
const (
	// NoIndex: nobody has to.
	NoIndex Index = ""
	// DueIndex: it is to be sent again.
	DueIndex Index = "due"
	// DeadIndex: a person may have it sent again.
	DeadIndex Index = "dead"
)

// Index returns the place of a row. A first claim is in none: should its sender
// die, the platform repeats the invocation. That spares two writes for each
// notification that is sent at once.
func (e Entry) Index() Index {
	switch e.State {
	case Waiting:
		return DueIndex
	case Claimed:
		if e.Claims > 1 {
			return DueIndex
		}
	case Dead, Unknown, Cancelled:
		return DeadIndex
	case Sent, Skipped, Moved, Unreadable:
	}
	return NoIndex
}

// Result is what ends a claim.
type Result struct {
	State State
	// Due is when what waits is sent again.
	Due     time.Time
	Because string
	Outcome outcome.Outcome
	// Redriven counts one more redrive.
	Redriven bool
	// Held tells that what waits is held on purpose, and nothing has failed.
	Held bool
	// MovedTo is the notification that is sent instead of a [Moved] one.
	MovedTo string
}

func (r Result) of(e Entry, now time.Time) Entry {
	e.State, e.Due, e.Because, e.Changed = r.State, time.Time{}, r.Because, now
	switch r.State {
	case Waiting:
		e.Due = kept(r.Due)
		if r.Held {
			e.Held = e.Due
		}
	case Sent, Skipped, Moved:
		e.Event, e.MovedTo = nil, r.MovedTo
	case Claimed, Dead, Unknown, Cancelled, Unreadable:
	}
	if r.Outcome.Status != "" {
		e.Outcome = r.Outcome
	}
	if r.Redriven {
		e.Redrives, e.Redriven = e.Redrives+1, now
	}
	e.Step++
	return e
}

// CannotRead is what [Store.Due] returns in place of a row that cannot be read.
func CannotRead(id, busName string, why error) Entry {
	return Entry{ID: id, Bus: busName, State: Unreadable, Because: why.Error()}
}

// kept is a time as every store keeps it.
func kept(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// Query asks for a page of history. Only Bus must be set.
type Query struct {
	Bus string
	// From and To bound when a notification was first claimed: not before From,
	// and before To; zero for no bound.
	From, To time.Time
	// Job is the id of what events are about. An empty field asks for all.
	Job string
	// States are those asked for; none asks for all.
	States []State
	// Rule is a rule's key or name, Receiver a receiver's key, Type a target type.
	Rule, Receiver, Type, EventType, EventID string
	// Text is part of a job's name, of an id, or of a reason, in any case.
	Text string
	// Limit is the most rows of a page; a store may return fewer before the end.
	Limit int
	// After continues where an earlier page ended.
	After string
}

// Page is a page of history, newest first.
type Page struct {
	Entries []Entry
	// Next continues after this page; "" at the end. A page may be empty and
	// have one.
	Next string
}

// Wants reports whether a row is asked for.
func (q Query) Wants(e Entry) bool {
	same := func(asked string, are ...string) bool { return asked == "" || slices.Contains(are, asked) }
	return e.Bus == q.Bus &&
		(q.From.IsZero() || !e.Created.Before(q.From)) && (q.To.IsZero() || e.Created.Before(q.To)) &&
		same(q.Job, e.Job) && (len(q.States) == 0 || slices.Contains(q.States, e.State)) &&
		same(q.Rule, e.Rule, e.RuleName) && same(q.Receiver, e.Receiver) && same(q.Type, e.Type) &&
		same(q.EventType, e.EventType) && same(q.EventID, e.EventID) && q.wantsText(e)
}

func (q Query) wantsText(e Entry) bool {
	if q.Text == "" {
		return true
	}
	text := strings.ToLower(q.Text)
	return slices.ContainsFunc([]string{e.ID, e.EventID, e.EventType, e.Job, e.JobName, e.RuleName, e.Receiver, e.Because, e.Outcome.Reason, e.Outcome.Code}, func(s string) bool {
		return strings.Contains(strings.ToLower(s), text)
	})
}

// OnlyIndexed returns the place in the index that has every row asked for, for a
// store that would otherwise read all of history; false when none has.
func (q Query) OnlyIndexed() (Index, bool) {
	if len(q.States) == 0 {
		return NoIndex, false
	}
	first := Entry{State: q.States[0]}.Index()
	for _, s := range q.States {
		if i := (Entry{State: s}).Index(); i != first || i == NoIndex {
			return NoIndex, false
		}
	}
	return first, true
}

// Newer orders rows as history has them: the newest first, and those of one time
// by id.
func Newer(a, b Entry) int {
	return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
}
