package store

import (
	"context"
	"strings"
	"time"
)

// Notification is one event for one target of a rule.
type Notification struct {
	Key
	State             State
	Attempts, Retries int
	// Holds is how many of the attempts only had it held.
	Holds        int
	Due, Started time.Time
	Since, Ended time.Time
	Outcome      string
	// Rule is what the rule is called today, and RuleKey and Target are the keys
	// of the rule and of its receiver.
	// Owner is whose the rule is; "" where nobody said.
	Bus, Rule, RuleKey, Target, Owner string
	Accepted, Time                    time.Time
	EventID                           string
	EventSource                       string
	EventType                         string
	// MovedTo and MovedFrom are the destinations of the notifications of the same
	// event that this one became and was; 0 for none.
	MovedTo, MovedFrom int64
}

// Query selects notifications. A zero field selects all. Rule is a key or a
// name, and Target a key, its type or its name.
type Query struct {
	Bus, Rule, Target, EventType, EventID string
	States                                []State
	// Event is the number of the only event, and Job what events are about, as far
	// as [Store.FillJobs] has looked at them.
	Event int64
	Job   string
	// Since and Until bound the time of acceptance; Until is not part of it.
	Since, Until time.Time
	// After is the last notification of the page before, and Down the last one that
	// is looked at.
	After, Down Key
	// Limit is how many are returned at most.
	Limit int
	// About is the id of what events are about, or the beginning of its name, as far
	// as [Store.FillJobs] has looked at them.
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
}

// lastOutcome is the outcome of the last attempt, or why there is none.
const lastOutcome = "CASE n.outcome WHEN '' THEN coalesce(a.outcome, '') ELSE n.outcome END"

const notificationColumns = `n.event, n.destination, n.state, n.attempts, n.retries, n.holds, n.due, coalesce(a.started, 0), n.since,
	CASE n.ended WHEN 0 THEN coalesce(a.ended, 0) ELSE n.ended END, ` + lastOutcome + `,
	d.bus, d.name, d.rule, d.target, d.owner, e.accepted, e.time, e.id, e.source, e.type,
	coalesce((SELECT m.destination FROM moves m WHERE m.event = n.event AND m.source = n.destination), 0),
	coalesce((SELECT m.source FROM moves m WHERE m.event = n.event AND m.destination = n.destination), 0)`

const notificationTables = ` FROM notifications n%s CROSS JOIN destinations d ON d.number = n.destination CROSS JOIN events e ON e.number = n.event
	LEFT JOIN attempts a ON a.event = n.event AND a.destination = n.destination AND a.number = n.attempts`

// where collects conditions.
type where struct {
	text strings.Builder
	args []any
}

func (w *where) and(condition string, args ...any) {
	if w.text.Len() == 0 {
		w.text.WriteString(" WHERE ")
	} else {
		w.text.WriteString(" AND ")
	}
	w.text.WriteString(condition)
	w.args = append(w.args, args...)
}

func (w *where) equal(column, value string) {
	if value != "" {
		w.and(column+" = ?", value)
	}
}

// Notifications returns notifications, those of the newest events first.
func (s *Store) Notifications(ctx context.Context, q Query) ([]Notification, error) {
	var list []Notification
	err := s.selected(ctx, notificationColumns, q, func(scan func(...any) error) error {
		n, err := scanNotification(scan)
		list = append(list, n)
		return err
	})
	return list, err
}

// selected reads columns of the notifications that a query selects, those of the
// newest events first.
func (s *Store) selected(ctx context.Context, columns string, q Query, each func(scan func(...any) error) error) error {
	var w where
	if q.Down != (Key{}) { // it is of that time, and one bound has to end the walk through the index
		q.Since = time.Time{}
		w.and("n.event >= ? AND (n.event > ? OR n.destination >= ?)", q.Down.Event, q.Down.Event, q.Down.Destination)
	}
	if err := s.between(ctx, &w, "n.event", q.Since, q.Until); err != nil {
		return err
	}
	search(&w, q)
	if q.Event != 0 {
		w.and("n.event = ?", q.Event)
	}
	w.equal("d.bus", q.Bus)
	if q.Rule != "" {
		w.and("? IN (d.rule, d.name)", q.Rule)
	}
	if q.Target != "" { // a type, a name, or both
		w.and("? IN (d.target, substr(d.target, instr(d.target, '/') + 1), substr(d.target, 1, instr(d.target, '/') - 1))", q.Target)
	}
	w.equal("e.type", q.EventType)
	w.equal("e.id", q.EventID)
	index := ""
	if len(q.States) > 0 {
		w.and("n.state IN (" + strings.TrimSuffix(strings.Repeat("?,", len(q.States)), ",") + ")")
		given := true
		for _, state := range q.States {
			w.args = append(w.args, int(state))
			given = given && state >= Dead
		}
		if given { // they are few, and have an index
			index = " INDEXED BY dead"
			w.and("n.state > 3")
		}
	}
	if q.After != (Key{}) {
		w.and("(n.event, n.destination) < (?, ?)", q.After.Event, q.After.Destination)
	}
	limit := q.Limit
	if limit <= 0 {
		limit = -1
	}
	w.args = append(w.args, limit)
	return s.query(ctx, "SELECT "+columns+strings.Replace(notificationTables, "%s", index, 1)+w.text.String()+" ORDER BY n.event DESC, n.destination DESC LIMIT ?", w.args, each)
}

func scanNotification(scan func(...any) error) (Notification, error) {
	var n Notification
	var due, started, since, ended, accepted, happened int64
	err := scan(&n.Event, &n.Destination, &n.State, &n.Attempts, &n.Retries, &n.Holds, &due, &started, &since, &ended, &n.Outcome,
		&n.Bus, &n.Rule, &n.RuleKey, &n.Target, &n.Owner, &accepted, &happened, &n.EventID, &n.EventSource, &n.EventType, &n.MovedTo, &n.MovedFrom)
	n.Due, n.Started, n.Since, n.Ended, n.Accepted, n.Time = moment(due), moment(started), moment(since), moment(ended), moment(accepted), moment(happened)
	return n, err
}

// between bounds a column of event numbers by times of acceptance.
func (s *Store) between(ctx context.Context, w *where, column string, since, until time.Time) error {
	if !since.IsZero() {
		first, err := s.since(ctx, since)
		if err != nil {
			return err
		}
		w.and(column+" >= ?", first)
	}
	if !until.IsZero() {
		end, err := s.since(ctx, until)
		if err != nil {
			return err
		}
		w.and(column+" < ?", end)
	}
	return nil
}

// Notification returns one notification, and whether there is one.
func (s *Store) Notification(ctx context.Context, k Key) (n Notification, found bool, err error) {
	err = s.query(ctx, "SELECT "+notificationColumns+strings.Replace(notificationTables, "%s", "", 1)+" WHERE n.event = ? AND n.destination = ?", []any{k.Event, k.Destination}, func(scan func(...any) error) error {
		found = true
		n, err = scanNotification(scan)
		return err
	})
	return n, found, err
}

// Attempts returns the attempts of a notification, in their order.
func (s *Store) Attempts(ctx context.Context, k Key) ([]Attempt, error) {
	var list []Attempt
	err := s.query(ctx, "SELECT number, started, ended, outcome FROM attempts WHERE event = ? AND destination = ? ORDER BY number", []any{k.Event, k.Destination}, func(scan func(...any) error) error {
		var a Attempt
		var started, ended int64
		err := scan(&a.Number, &started, &ended, &a.Outcome)
		a.Started, a.Ended = moment(started), moment(ended)
		list = append(list, a)
		return err
	})
	return list, err
}

// Reached is when an attempt ended, or began if its end is not known.
type Reached struct {
	Destination int64
	At          time.Time
	Outcome     string
}

// Reached returns the attempts since a time at events that were accepted since
// then, the last first, at most so many.
func (s *Store) Reached(ctx context.Context, since time.Time, most int) ([]Reached, error) {
	first, err := s.since(ctx, since)
	if err != nil {
		return nil, err
	}
	var list []Reached
	err = s.query(ctx, `SELECT destination, max(started, ended) AS at, outcome FROM (
		SELECT * FROM attempts WHERE event >= ? ORDER BY event DESC LIMIT ?) WHERE at >= ? ORDER BY at DESC`, []any{first, most, millis(since)}, func(scan func(...any) error) error {
		var r Reached
		var at int64
		err := scan(&r.Destination, &at, &r.Outcome)
		r.At = moment(at)
		list = append(list, r)
		return err
	})
	return list, err
}

// Count is how many notifications of a receiver of a rule are in a state, and when the
// newest event among theirs was accepted.
type Count struct {
	Bus, Rule, Receiver string
	State               State
	Count               int
	Last                time.Time
}

// Counts returns the numbers of notifications of events that were accepted at
// since or later, by bus, rule, receiver and state.
func (s *Store) Counts(ctx context.Context, since time.Time) ([]Count, error) {
	var w where
	if err := s.between(ctx, &w, "event", since, time.Time{}); err != nil {
		return nil, err
	}
	var list []Count
	err := s.query(ctx, `SELECT d.bus, d.name, d.target, n.state, sum(n.count), max(e.accepted) FROM (
		SELECT destination, state, count(*) AS count, max(event) AS last FROM notifications`+w.text.String()+` GROUP BY destination, state) n
		JOIN destinations d ON d.number = n.destination JOIN events e ON e.number = n.last GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`, w.args, func(scan func(...any) error) error {
		var c Count
		var last int64
		err := scan(&c.Bus, &c.Rule, &c.Receiver, &c.State, &c.Count, &last)
		c.Last = moment(last)
		list = append(list, c)
		return err
	})
	return list, err
}

// WaitingCount is how many notifications wait for a receiver of a rule.
type WaitingCount struct {
	// Owner is whose the rule is; "" where nobody said. Rule and Receiver are keys,
	// and RuleName is what the rule is called today.
	Owner, Rule, RuleName, Receiver string
	Count                           int
}

// WaitingFor returns for whom on a bus how many notifications wait, by rule and
// receiver.
func (s *Store) WaitingFor(ctx context.Context, bus string) ([]WaitingCount, error) {
	list := []WaitingCount{}
	err := s.query(ctx, `SELECT d.owner, d.rule, d.name, d.target, sum(n.count) FROM (
		SELECT destination, count(*) AS count FROM notifications WHERE event >= (SELECT waiting FROM progress) AND state < 2 GROUP BY destination) n
		CROSS JOIN destinations o ON o.number = n.destination
		CROSS JOIN destinations d ON d.number = CASE o.follows WHEN 0 THEN o.number ELSE o.follows END
		WHERE d.bus = ? GROUP BY d.number ORDER BY 2, 4, 1`, []any{bus}, func(scan func(...any) error) error {
		var c WaitingCount
		err := scan(&c.Owner, &c.Rule, &c.RuleName, &c.Receiver, &c.Count)
		list = append(list, c)
		return err
	})
	return list, err
}

// Bucket is how many notifications ended in which way within one stretch of
// time.
type Bucket struct {
	From   time.Time
	States map[State]int
}

// Buckets returns the ends of notifications of events that were accepted from
// since to until, by the time of acceptance in stretches of the given width. A
// stretch in which there were none is left out.
func (s *Store) Buckets(ctx context.Context, since, until time.Time, width time.Duration) ([]Bucket, error) {
	var w where
	if err := s.between(ctx, &w, "n.event", since, until); err != nil {
		return nil, err
	}
	ms := max(width.Milliseconds(), 1)
	var list []Bucket
	err := s.query(ctx, `SELECT (e.accepted - ?) / ? AS stretch, n.state, count(*) FROM notifications n JOIN events e ON e.number = n.event`+w.text.String()+` GROUP BY 1, 2 ORDER BY 1, 2`,
		append([]any{since.UnixMilli(), ms}, w.args...), func(scan func(...any) error) error {
			var stretch int64
			var state State
			var count int
			if err := scan(&stretch, &state, &count); err != nil {
				return err
			}
			from := moment(since.UnixMilli() + stretch*ms)
			if n := len(list); n == 0 || !list[n-1].From.Equal(from) {
				list = append(list, Bucket{from, map[State]int{}})
			}
			list[len(list)-1].States[state] = count
			return nil
		})
	return list, err
}

// Unmatched returns how many events were accepted at since or later, and how
// many of them no rule matched.
func (s *Store) Unmatched(ctx context.Context, since time.Time) (events, unmatched int, err error) {
	var w where
	if err := s.between(ctx, &w, "number", since, time.Time{}); err != nil {
		return 0, 0, err
	}
	err = s.query(ctx, "SELECT count(*), coalesce(sum(matched = 0), 0) FROM events"+w.text.String(), w.args, func(scan func(...any) error) error {
		return scan(&events, &unmatched)
	})
	return events, unmatched, err
}

// Oldest returns when the oldest event was accepted that has a notification
// which has not ended; zero when there is none.
func (s *Store) Oldest(ctx context.Context) (time.Time, error) {
	var accepted int64
	err := s.query(ctx, `SELECT accepted FROM events WHERE number = (
		SELECT event FROM notifications WHERE event >= (SELECT waiting FROM progress) AND state < 2 ORDER BY event LIMIT 1)`, nil, func(scan func(...any) error) error {
		return scan(&accepted)
	})
	return moment(accepted), err
}
