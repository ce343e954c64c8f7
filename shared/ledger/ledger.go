// Package ledger records what happened to each notification, so that whoever
// handles it next, on whatever instance, knows whether it was sent. The bus stays
// the only place of rules and receivers.
//
// A [Ledger] is the protocol: who may send a notification, and what becomes of it.
// It is written once, over a [Store], which keeps rows and compares before it
// replaces. Sub-packages are stores: dynamodb, tablestore, and memory for one
// instance.
package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// Margin is added to a lease before somebody else may take a notification over,
// because clocks differ. A clock that is further off can double a chat message,
// and nothing else.
const Margin = 30 * time.Second

const (
	// A store is given up after this many tries of this long: an alert must not
	// wait for the record of it.
	tries      = 2
	tryTimeout = 300 * time.Millisecond
	// rivals is how often a call starts again because somebody else was faster.
	rivals = 8
)

// Ledger is the protocol over a store. It is safe for concurrent use.
type Ledger struct {
	store   Store
	now     func() time.Time
	timeout time.Duration
}

// New returns a ledger for functions, which give a store little time to answer.
func New(s Store) *Ledger { return &Ledger{store: s, now: time.Now, timeout: tryTimeout} }

// With returns the same ledger with another clock and another time for each try of
// a store; 0 sets no time. It is for people, who can wait, and for tests.
func (l *Ledger) With(now func() time.Time, timeout time.Duration) *Ledger {
	return &Ledger{store: l.store, now: now, timeout: timeout}
}

// Verdict says who may send a notification.
type Verdict int

const (
	// Mine is the verdict for the only one who may send, until the lease ends.
	Mine Verdict = iota + 1
	// Done is the verdict about a notification that nobody has to send any more:
	// it has ended, or it waits until a time.
	Done
	// Taken is the verdict while somebody else's lease lasts.
	Taken
)

// Claim makes the caller the only sender of e until the lease ends, and returns
// the row as it stands: the caller's to settle when the verdict is [Mine], and
// otherwise why it is not. Of an existing row everything is kept but what the
// claim itself changes, so e may lack what it does not know.
//
// It fails when the store does not answer. Then nobody knows whether the
// notification is the caller's, and the row is the one that may stand: it does if
// [Ledger.Get] returns one of the same token and step. An error that is NotFound,
// Denied or NoCredentials says that the write was refused so and no row was seen.
func (l *Ledger) Claim(ctx context.Context, e Entry, lease time.Duration) (Verdict, Entry, error) {
	return l.claim(ctx, e, rand.Text(), lease)
}

// Reclaim makes a claim again that failed with a token: a write of it that happened
// after all, even after a later try, is the caller's own.
func (l *Ledger) Reclaim(ctx context.Context, e Entry, token string, lease time.Duration) (Verdict, Entry, error) {
	return l.claim(ctx, e, token, lease)
}

func (l *Ledger) claim(ctx context.Context, e Entry, token string, lease time.Duration) (Verdict, Entry, error) {
	var stands Entry // the row that is replaced; zero for none
	for range rivals {
		next, verdict := claimed(e, stands, token, kept(l.now()), kept(l.now().Add(lease)))
		if verdict != Mine && next.Step == stands.Step {
			return verdict, stands, nil
		}
		row, err := l.replace(ctx, next)
		switch {
		case err != nil && stands.Step > 0:
			return 0, next, standing(e.ID, err)
		case err != nil:
			return 0, next, err
		case row.Token == token && row.State == Claimed: // by which try of the claim, is the same
			return Mine, row, nil
		case row.Token == token && row.Step == next.Step:
			return verdict, row, nil
		}
		stands = row
	}
	return 0, Entry{}, tooManyRivals("claim", e.ID)
}

// claimed returns the row that follows stands when somebody claims it, with the
// verdict. A row that a claim leaves as it is keeps its step.
func claimed(e, stands Entry, token string, now, until time.Time) (Entry, Verdict) {
	next := stands
	switch {
	case stands.Step == 0:
		next = e
		next.Created, next.Claims = now, 0
	case stands.State == Waiting && !now.Before(stands.Due):
	case stands.State == Claimed && now.Before(stands.Due.Add(Margin)):
		return stands, Taken
	case stands.State == Claimed && stands.AtMostOnce:
		// Its sender may have died after the platform's yes.
		next.State, next.Because = Unknown, "its sender did not say how it ended"
		next.Step, next.Token, next.Changed, next.Due = stands.Step+1, token, now, time.Time{}
		return next, Done
	case stands.State == Claimed:
	default:
		return stands, Done
	}
	next.State, next.Because, next.Token = Claimed, "", token
	next.Step, next.Claims = stands.Step+1, next.Claims+1
	next.Changed, next.Due = now, until
	return next, Mine
}

// ErrLost is the error of settling a claim that somebody else has taken over
// meanwhile: the lease had ended.
var ErrLost = errors.New("ledger: the lease had ended, and somebody else has taken the notification over")

// Settle ends a claim that [Ledger.Claim] returned. It fails with [ErrLost] when
// the row is not the caller's any more. Where somebody has given the sender up
// meanwhile, the sender knows better, and the row says what it says.
func (l *Ledger) Settle(ctx context.Context, claim Entry, r Result) (Entry, error) {
	row, err := l.settle(ctx, claim, r)
	if errors.Is(err, ErrLost) && row.State == Unknown && row.Claims == claim.Claims {
		row.Token = claim.Token
		row, err = l.settle(ctx, row, r)
	}
	if wanted := r.of(claim, row.Changed); err == nil && (row.State != wanted.State || !row.Due.Equal(wanted.Due)) && row.Step == wanted.Step {
		// It is what the caller settled before, of which it never heard.
		row, err = l.settle(ctx, row, r)
	}
	return row, err
}

func (l *Ledger) settle(ctx context.Context, from Entry, r Result) (Entry, error) {
	next := r.of(from, kept(l.now()))
	row, err := l.replace(ctx, next)
	if err == nil && (row.Token != next.Token || row.Step != next.Step) {
		err = ErrLost
	}
	return row, err
}

// Move changes a row that nobody has claimed, as somebody saw it: to send it
// again, to cancel it, or to end what its sender never ended. It fails with
// [ErrLost] when the row has changed since.
func (l *Ledger) Move(ctx context.Context, seen Entry, r Result) (Entry, error) {
	seen.Token = rand.Text()
	return l.settle(ctx, seen, r)
}

// replace stores a row in place of the one before it and returns the row that
// stands afterwards: next, or that of somebody who was faster.
//
// An answer that is lost does not say whether the row was stored, and a store's
// client may repeat a request, and then report the conflict with its own. So after
// any trouble the row is read: one with our token is ours.
func (l *Ledger) replace(ctx context.Context, next Entry) (Entry, error) {
	var last error
	seen := false // a row that cannot be read
	for range tries {
		err := l.try(ctx, func(ctx context.Context) error { return l.store.Put(ctx, next) })
		if err == nil {
			return next, nil
		}
		conflict := errors.Is(err, ErrConflict)
		if !conflict && !seen {
			last = err // that of the read does not tell whether anybody can write
		}
		var row Entry
		err = l.try(ctx, func(ctx context.Context) (err error) {
			row, err = l.store.Get(ctx, next.ID)
			return err
		})
		switch {
		case err != nil && conflict:
			last, seen = standing(next.ID, err), true
		case err != nil:
		case row.Step >= next.Step:
			return row, nil
		case row.Step < next.Step-1:
			// What next was made from is gone: expired, or the store went back.
			return row, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	if last == nil {
		last = tooManyRivals("write", next.ID)
	}
	return Entry{}, last
}

// standing is the error about a row that is there and cannot be read or replaced. It
// is never of a kind that says that nobody has written to the store.
func standing(id string, cause error) error {
	switch bus.KindOf(cause) {
	case bus.NotFound, bus.Denied, bus.NoCredentials:
		return &bus.Error{Kind: bus.Unavailable, Action: "ledger write", Resource: id, Cause: cause}
	}
	return cause
}

// try gives a call to the store its time.
func (l *Ledger) try(ctx context.Context, call func(context.Context) error) error {
	if l.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.timeout)
		defer cancel()
	}
	return call(ctx)
}

// Get returns the row of a notification; the zero Entry when there is none.
func (l *Ledger) Get(ctx context.Context, id string) (e Entry, err error) {
	err = l.again(ctx, func(ctx context.Context) error {
		e, err = l.store.Get(ctx, id)
		return err
	})
	return e, err
}

// Due returns rows of a bus that should have moved before a time, the oldest
// first: those that wait and are due, and those whose lease had ended with the
// margin. There may be others when it returns as many as limit, or [MostDue] bytes of
// events. Rows that cannot be read are among them, in the state [Unreadable].
func (l *Ledger) Due(ctx context.Context, busName string, before time.Time, limit int) ([]Entry, error) {
	for ask := limit; ; ask *= 2 {
		var list []Entry
		err := l.again(ctx, func(ctx context.Context) (err error) {
			list, err = l.store.Due(ctx, busName, before, ask)
			return err
		})
		if err != nil {
			return nil, err
		}
		all := len(list) < ask // or what is read at once is enough
		list = slices.DeleteFunc(list, func(e Entry) bool { return e.State == Claimed && !before.After(e.Due.Add(Margin)) })
		if all || len(list) >= limit {
			return list[:min(limit, len(list))], nil
		}
	}
}

// List returns a page of history, newest first.
func (l *Ledger) List(ctx context.Context, q Query) (p Page, err error) {
	err = l.again(ctx, func(ctx context.Context) error {
		p, err = l.store.List(ctx, q)
		return err
	})
	return p, err
}

// Update changes a control row, such as what is known of a sender, and returns
// what it is afterwards. change gets the value as it is, nil when there is none,
// and returns the new one, or false to leave it. It may be called several times,
// and where an answer was lost while others changed the row too, its change may be
// made twice: what is counted may be too much, never too little.
func (l *Ledger) Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error) {
	token := rand.Text()
	var failed []error // the writes of which nobody knows
	for range rivals {
		var row Control
		err := l.again(ctx, func(ctx context.Context) (err error) {
			row, err = l.store.Control(ctx, key)
			return err
		})
		if err != nil {
			return nil, err
		}
		if row.Token == token { // the answer about it was lost
			return row.Value, nil
		}
		if len(failed) == tries {
			return nil, failed[0]
		}
		value, changed := change(row.Value)
		if !changed {
			return row.Value, nil
		}
		err = l.try(ctx, func(ctx context.Context) error {
			return l.store.PutControl(ctx, Control{Key: key, Value: value, Token: token, Step: row.Step + 1})
		})
		if err == nil {
			return value, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		if !errors.Is(err, ErrConflict) {
			failed = append(failed, err)
		}
	}
	return nil, tooManyRivals("update", key)
}

// again calls a store that only reads, and once more when it fails.
func (l *Ledger) again(ctx context.Context, call func(context.Context) error) (err error) {
	for range tries {
		if err = l.try(ctx, call); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// Lasting reports whether the store outlives the instance. Only then may a
// notification wait in it.
func (l *Ledger) Lasting() bool { return l.store.Lasting() }

// ErrRivals is the error of a call before which others have changed a row each
// time that it was tried: the store answers.
var ErrRivals = errors.New("ledger: others were faster each time")

func tooManyRivals(action, of string) error {
	return &bus.Error{Kind: bus.Unavailable, Action: "ledger " + action, Resource: of, Cause: ErrRivals, Text: "others changed the row each time, or the store did not keep it: try again"}
}
