package store

import (
	"context"
	"time"
)

// State is where a notification is.
type State int

// The states of a notification.
const (
	Waiting State = iota // for its first or next attempt
	Started              // an attempt that must not be repeated is under way
	Sent
	Skipped
	Dead      // not sent, and no longer retried: a dead letter
	Unknown   // it may have been taken; never repeated
	Cancelled // its rule was disabled before it was sent, or somebody cancelled it
	Moved     // a dead letter that was sent to another receiver instead
)

var stateNames = [...]string{"waiting", "started", "sent", "skipped", "dead", "unknown", "cancelled", "moved"}

// String is the state in a word.
func (s State) String() string { return stateNames[s] }

// Ended tells that nothing more happens to the notification by itself.
func (s State) Ended() bool { return s > Started }

// Key is what identifies a notification.
type Key struct {
	Event, Destination int64
}

// Attempt is one call of a target's function.
type Attempt struct {
	Number         int
	Started, Ended time.Time
	// Outcome is the function's answer: JSON.
	Outcome string
	// Retries is how many retries of the strategy are used up with it.
	Retries int
}

// AddNotification makes a notification that waits for its first attempt.
func (tx *Tx) AddNotification(k Key) {
	tx.notifications = append(tx.notifications, row{k.Event, k.Destination})
}

// Begin notes that an attempt begins which must not be repeated when nobody
// learns its end.
func (tx *Tx) Begin(k Key, number int, started time.Time) {
	tx.flushEnds()
	tx.exec("INSERT OR REPLACE INTO attempts (event, destination, number, started, ended, outcome) VALUES (?, ?, ?, ?, 0, '')", k.Event, k.Destination, number, millis(started))
	tx.exec("UPDATE notifications SET state = 1, attempts = ? WHERE event = ? AND destination = ?", number, k.Event, k.Destination)
}

// RecordEnd writes the end of an attempt and the state that it leads to. A
// notification that goes on waiting is due again at due, and its first attempt
// was at since.
func (tx *Tx) RecordEnd(k Key, state State, a Attempt, since, due time.Time) {
	tx.attempts = append(tx.attempts, row{k.Event, k.Destination, a.Number, millis(a.Started), millis(a.Ended), a.Outcome})
	if state.Ended() && a.Number == 1 { // most of them: nothing else has changed
		tx.firsts = append(tx.firsts, row{k.Event, k.Destination, int(state)})
		return
	}
	if state != Waiting {
		since, due = time.Time{}, time.Time{}
	}
	tx.ends = append(tx.ends, row{k.Event, k.Destination, int(state), a.Number, a.Retries, millis(since), millis(due), 0, ""})
}

// Hold writes an attempt that only had the notification held: it waits until due,
// and its first attempt is still to come.
func (tx *Tx) Hold(k Key, a Attempt, due time.Time) {
	tx.attempts = append(tx.attempts, row{k.Event, k.Destination, a.Number, millis(a.Started), millis(a.Ended), a.Outcome})
	tx.flushEnds()
	tx.exec("UPDATE notifications SET state = 0, attempts = ?, retries = ?, since = 0, due = ?, ended = 0, outcome = '', holds = holds + 1 WHERE event = ? AND destination = ?",
		a.Number, a.Retries, millis(due), k.Event, k.Destination)
}

// Release has a notification that is held sent now, whatever holds it, and tells
// whether it waits.
func (tx *Tx) Release(k Key) bool {
	tx.flushEnds()
	return tx.exec("UPDATE notifications SET released = 1, due = 0 WHERE event = ? AND destination = ? AND state = 0", k.Event, k.Destination) == 1
}

// Postpone has a notification that waits be due at a time.
func (tx *Tx) Postpone(k Key, due time.Time) {
	tx.flushEnds()
	tx.exec("UPDATE notifications SET due = ? WHERE event = ? AND destination = ? AND state = 0", millis(due), k.Event, k.Destination)
}

// End ends a notification without another attempt.
func (tx *Tx) End(k Key, state State, a Attempt) {
	tx.ends = append(tx.ends, row{k.Event, k.Destination, int(state), a.Number, a.Retries, 0, 0, millis(a.Ended), a.Outcome})
}

// flushEnds writes the ends of attempts. The notifications are all there: only
// the update takes place.
func (tx *Tx) flushEnds() {
	tx.insert("INSERT OR REPLACE INTO attempts (event, destination, number, started, ended, outcome)", "", tx.attempts)
	tx.insert("INSERT INTO notifications (event, destination, state)", " ON CONFLICT DO UPDATE SET state = excluded.state, attempts = 1", tx.firsts)
	tx.insert("INSERT INTO notifications (event, destination, state, attempts, retries, since, due, ended, outcome)",
		` ON CONFLICT DO UPDATE SET state = excluded.state, attempts = excluded.attempts, retries = excluded.retries,
		since = excluded.since, due = excluded.due, ended = excluded.ended, outcome = excluded.outcome`, tx.ends)
	tx.attempts, tx.firsts, tx.ends = tx.attempts[:0], tx.firsts[:0], tx.ends[:0]
}

// Redrive makes a notification that is in one of some states wait again, with
// fresh retries, and tells whether it was; its attempts are kept. As another key,
// of the same event, it is another notification, and the first has been moved.
func (tx *Tx) Redrive(k, as Key, states []State) bool {
	tx.flushEnds()
	for _, state := range states {
		next := "state = 0, since = 0, due = 0, retries = 0, ended = 0, outcome = '', released = 0"
		if as != k {
			next = "state = 7"
		}
		if tx.exec("UPDATE notifications SET "+next+" WHERE event = ? AND destination = ? AND state = ?", k.Event, k.Destination, int(state)) != 1 {
			continue
		}
		tx.exec("UPDATE progress SET waiting = min(waiting, ?)", k.Event)
		if as != k {
			tx.exec("INSERT INTO notifications (event, destination) VALUES (?, ?)", as.Event, as.Destination)
			tx.exec("INSERT INTO moves (event, source, destination) VALUES (?, ?, ?)", k.Event, k.Destination, as.Destination)
		}
		return true
	}
	return false
}

// Cancel cancels a dead letter and tells whether it was one.
func (tx *Tx) Cancel(k Key, at time.Time, outcome string) bool {
	tx.flushEnds()
	return tx.exec("UPDATE notifications SET state = 6, ended = ?, outcome = ? WHERE event = ? AND destination = ? AND state = 4", millis(at), outcome, k.Event, k.Destination) == 1
}

// Advance notes the first event with a notification that has not ended, so that
// the next start need not look at those before it.
func (tx *Tx) Advance() {
	tx.flushEnds()
	tx.exec(`UPDATE progress SET waiting = coalesce(
		(SELECT event FROM notifications WHERE event >= waiting AND state < 2 ORDER BY event LIMIT 1),
		(SELECT max(number) + 1 FROM events), waiting), reckoned = ?`, tx.store.reckoning.now)
}

// Pending is a notification that has not ended.
type Pending struct {
	Key
	State             State
	Attempts, Retries int
	// Outcome is that of the last attempt: JSON.
	Outcome string
	// Released tells that a person wants it sent whatever holds it.
	Released bool
	// Moved tells that a person sent it here instead of to another receiver.
	Moved bool
	// Source and Type are the event's, Time is when it happened, and Accepted when it
	// was taken on.
	Source, Type                        string
	Time, Accepted, Since, Due, Started time.Time
}

// Pending returns the notifications that have not ended, in the order of their
// events, to each.
func (s *Store) Pending(ctx context.Context, each func(Pending)) error {
	return s.query(ctx, `SELECT n.event, n.destination, n.state, n.attempts, n.retries, n.since, n.due, n.released, EXISTS (SELECT 1 FROM moves m WHERE m.event = n.event AND m.destination = n.destination), coalesce(a.started, 0), coalesce(a.outcome, ''), e.time, e.accepted, e.source, e.type
		FROM notifications n CROSS JOIN events e ON e.number = n.event
		LEFT JOIN attempts a ON a.event = n.event AND a.destination = n.destination AND a.number = n.attempts
		WHERE n.event >= (SELECT waiting FROM progress) AND n.state < 2 ORDER BY n.event`, nil, func(scan func(...any) error) error {
		var p Pending
		var since, due, started, happened, accepted int64
		if err := scan(&p.Event, &p.Destination, &p.State, &p.Attempts, &p.Retries, &since, &due, &p.Released, &p.Moved, &started, &p.Outcome, &happened, &accepted, &p.Source, &p.Type); err != nil {
			return err
		}
		p.Since, p.Due, p.Started, p.Time, p.Accepted = moment(since), moment(due), moment(started), moment(happened), moment(accepted)
		each(p)
		return nil
	})
}
