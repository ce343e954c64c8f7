package ledgertest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/suite"
)

// brokenLedger is a ledger with methods of its own.
type brokenLedger struct {
	*ledger.Ledger
	store  ledger.Store
	now    func() time.Time
	claim  func(l *brokenLedger, ctx context.Context, e ledger.Entry) (ledger.Verdict, ledger.Entry, error)
	settle func(l *brokenLedger, ctx context.Context, claim ledger.Entry, r ledger.Result) (ledger.Entry, error)
	move   func(l *brokenLedger, ctx context.Context, seen ledger.Entry, r ledger.Result) (ledger.Entry, error)
	due    func(l *brokenLedger, ctx context.Context, before time.Time, limit int) ([]ledger.Entry, error)
	update func(l *brokenLedger, ctx context.Context, key string, change func([]byte) ([]byte, bool)) ([]byte, error)
}

func (l *brokenLedger) Claim(ctx context.Context, e ledger.Entry, lease time.Duration) (ledger.Verdict, ledger.Entry, error) {
	if l.claim == nil {
		return l.Ledger.Claim(ctx, e, lease)
	}
	return l.claim(l, ctx, e)
}

func (l *brokenLedger) Settle(ctx context.Context, claim ledger.Entry, r ledger.Result) (ledger.Entry, error) {
	if l.settle == nil {
		return l.Ledger.Settle(ctx, claim, r)
	}
	return l.settle(l, ctx, claim, r)
}

func (l *brokenLedger) Move(ctx context.Context, seen ledger.Entry, r ledger.Result) (ledger.Entry, error) {
	if l.move == nil {
		return l.Ledger.Move(ctx, seen, r)
	}
	return l.move(l, ctx, seen, r)
}

func (l *brokenLedger) Due(ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error) {
	if l.due == nil {
		return l.Ledger.Due(ctx, busName, before, limit)
	}
	return l.due(l, ctx, before, limit)
}

func (l *brokenLedger) Update(ctx context.Context, key string, change func([]byte) ([]byte, bool)) ([]byte, error) {
	if l.update == nil {
		return l.Ledger.Update(ctx, key, change)
	}
	return l.update(l, ctx, key, change)
}

// read changes rows on their way from the store.
func read(change func(*ledger.Entry)) *broken {
	return &broken{get: func(s ledger.Store, ctx context.Context, id string) (ledger.Entry, error) {
		e, err := s.Get(ctx, id)
		change(&e)
		return e, err
	}}
}

// claimed is the row of a claim of e over another one.
func (l *brokenLedger) claimed(e, stands ledger.Entry) ledger.Entry {
	next := stands
	if stands.Step == 0 {
		next = e
		next.Created = l.now()
	}
	next.State, next.Due, next.Token = ledger.Claimed, l.now().Add(lease), rand.Text()
	next.Claims, next.Step = stands.Claims+1, stands.Step+1
	return next
}

func settled(e ledger.Entry, r ledger.Result) ledger.Entry {
	e.State, e.Due, e.Step = r.State, r.Due, e.Step+1
	return e
}

// onlyWhereNone claims with nothing but the condition that there is no row, and what a
// conflict means.
func onlyWhereNone(conflict ledger.Verdict) *brokenLedger {
	return &brokenLedger{claim: func(l *brokenLedger, ctx context.Context, e ledger.Entry) (ledger.Verdict, ledger.Entry, error) {
		next := l.claimed(e, ledger.Entry{})
		for {
			switch err := l.store.Put(ctx, next); {
			case err == nil:
				return ledger.Mine, next, nil
			case errors.Is(err, ledger.ErrConflict):
				return conflict, next, nil
			case ctx.Err() != nil:
				return 0, ledger.Entry{}, err
			}
		}
	}}
}

type spoiled struct {
	ledger func() *brokenLedger
	// store spoils what a ledger of ours sees, instead.
	store  func() *broken
	caught string
}

func (b spoiled) open(s ledger.Store, now func() time.Time) protocol {
	if b.store != nil {
		between := b.store()
		between.Store = s
		return ledger.New(between).With(now, 0)
	}
	l := b.ledger()
	l.Ledger, l.store, l.now = ledger.New(s).With(now, 0), s, now
	return l
}

var brokenLedgers = map[string]spoiled{
	"a conflict read as already sent": {func() *brokenLedger { return onlyWhereNone(ledger.Done) }, nil, "a notification has one sender whatever becomes of the calls"},
	"a conflict read as taken":        {func() *brokenLedger { return onlyWhereNone(ledger.Taken) }, nil, "a notification has one sender whatever becomes of the calls"},
	"a conflict read as one's own":    {func() *brokenLedger { return onlyWhereNone(ledger.Mine) }, nil, "of sixteen who claim one sends"},
	"an error read as one's own": {func() *brokenLedger {
		return &brokenLedger{claim: func(l *brokenLedger, ctx context.Context, e ledger.Entry) (ledger.Verdict, ledger.Entry, error) {
			verdict, row, err := l.Ledger.Claim(ctx, e, lease)
			if err != nil {
				return ledger.Mine, l.claimed(e, ledger.Entry{}), nil
			}
			return verdict, row, nil
		}}
	}, nil, "a notification has one sender whatever becomes of the calls"},
	"no token": {nil, func() *broken { return read(func(e *ledger.Entry) { e.Token = "" }) }, "a notification has one sender whatever becomes of the calls"},
	"no reading back of what was said": {func() *brokenLedger {
		return &brokenLedger{settle: func(l *brokenLedger, ctx context.Context, claim ledger.Entry, r ledger.Result) (ledger.Entry, error) {
			next := settled(claim, r)
			err := l.store.Put(ctx, next)
			if errors.Is(err, ledger.ErrConflict) {
				err = ledger.ErrLost
			}
			return next, err
		}}
	}, nil, "what a sender says stands whatever becomes of the calls"},
	"an answer that is not needed": {func() *brokenLedger {
		return &brokenLedger{settle: func(l *brokenLedger, ctx context.Context, claim ledger.Entry, r ledger.Result) (ledger.Entry, error) {
			row, err := l.Ledger.Settle(ctx, claim, r)
			if err != nil && !errors.Is(err, ledger.ErrLost) {
				return settled(claim, r), nil
			}
			return row, err
		}}
	}, nil, "what a sender says stands whatever becomes of the calls"},
	"holds that are forgotten": {nil, func() *broken { return read(func(e *ledger.Entry) { e.Held = time.Time{} }) }, "what is held is held until then and tried from then on"},
	"what was said before is what is said": {func() *brokenLedger {
		return &brokenLedger{settle: func(l *brokenLedger, ctx context.Context, claim ledger.Entry, r ledger.Result) (ledger.Entry, error) {
			next := settled(claim, r)
			err := l.store.Put(ctx, next)
			for range 2 {
				var row ledger.Entry
				if err != nil {
					row, err = l.store.Get(ctx, claim.ID)
				}
				if err == nil && row.Token == claim.Token && row.Step == next.Step {
					return row, nil
				}
			}
			return next, err
		}}
	}, nil, "what is sent stands though it was held without an answer"},
	"saying without compare": {func() *brokenLedger {
		return &brokenLedger{settle: func(l *brokenLedger, ctx context.Context, claim ledger.Entry, r ledger.Result) (ledger.Entry, error) {
			next := settled(claim, r)
			return next, over(ctx, l.store, next)
		}}
	}, nil, "who was taken over changes nothing whatever becomes of the calls"},
	"moving what has changed since": {func() *brokenLedger {
		return &brokenLedger{move: func(l *brokenLedger, ctx context.Context, seen ledger.Entry, r ledger.Result) (ledger.Entry, error) {
			next := settled(seen, r)
			return next, over(ctx, l.store, next)
		}}
	}, nil, "two wakers on a stale index send each once"},
	"phones that are taken over": {nil, func() *broken { return read(func(e *ledger.Entry) { e.AtMostOnce = false }) }, "phones have one sender though clocks are ten minutes off"},
	"no margin": {nil, func() *broken {
		return read(func(e *ledger.Entry) {
			if e.State == ledger.Claimed {
				e.Due = e.Due.Add(-ledger.Margin)
			}
		})
	}, "a lease ends with its margin and phones have one sender"},
	"leases without an end": {nil, func() *broken {
		return read(func(e *ledger.Entry) {
			if e.State == ledger.Claimed {
				e.Due = e.Due.Add(time.Hour)
			}
		})
	}, "a lease ends with its margin and phones have one sender"},
	"waiting that is claimed at once": {nil, func() *broken {
		return read(func(e *ledger.Entry) {
			if e.State == ledger.Waiting {
				e.Due = time.Time{}
			}
		})
	}, "what waits is done until it is due"},
	"a read and a write instead of a claim": {func() *brokenLedger {
		return &brokenLedger{claim: func(l *brokenLedger, ctx context.Context, e ledger.Entry) (ledger.Verdict, ledger.Entry, error) {
			stands, err := l.store.Get(ctx, e.ID)
			if err != nil || stands.State == ledger.Claimed {
				return ledger.Taken, stands, err
			}
			time.Sleep(5 * time.Millisecond)
			next := l.claimed(e, stands)
			return ledger.Mine, next, over(ctx, l.store, next)
		}}
	}, nil, "of sixteen who claim one sends"},
	"what is due is sent without a claim": {func() *brokenLedger {
		return &brokenLedger{claim: func(l *brokenLedger, ctx context.Context, e ledger.Entry) (ledger.Verdict, ledger.Entry, error) {
			stands, err := l.store.Get(ctx, e.ID)
			next := l.claimed(e, stands)
			return ledger.Mine, next, errors.Join(err, over(ctx, l.store, next))
		}}
	}, nil, "two wakers on a stale index send each once"},
	"due without the margin": {func() *brokenLedger {
		return &brokenLedger{due: func(l *brokenLedger, ctx context.Context, before time.Time, limit int) ([]ledger.Entry, error) {
			return l.store.Due(ctx, onBus, before, limit)
		}}
	}, nil, "a lease is due after its margin"},
	"counting again what was counted": {func() *brokenLedger {
		return &brokenLedger{update: func(l *brokenLedger, ctx context.Context, key string, change func([]byte) ([]byte, bool)) ([]byte, error) {
			value, err := l.Ledger.Update(ctx, key, change)
			if err != nil {
				return l.Ledger.Update(ctx, key, change)
			}
			return value, err
		}}
	}, nil, "control rows count once whatever becomes of the calls"},
}

func TestTheSuiteCatchesLedgers(t *testing.T) {
	for name, b := range brokenLedgers {
		t.Run(name, func(t *testing.T) {
			assert.NotEmpty(t, suite.Failures(func(t T) {
				f := Fixture{Store: memory.New(), protocol: b.open}.ready()
				for _, c := range checks {
					if c.name == b.caught {
						c.run(t, f)
					}
				}
			}))
		})
	}
}
