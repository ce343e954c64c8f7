package ledger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/ledgertest"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

const onBus = "pai-system-llm_lab"

func TestANotificationHasOneSender(t *testing.T) {
	now := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	l := ledger.New(memory.New()).With(func() time.Time { return now }, 0)
	e := ledger.Entry{ID: "n1", Bus: onBus}

	verdict, claim, err := l.Claim(t.Context(), e, time.Minute)
	require.NoError(t, err)
	require.Equal(t, ledger.Mine, verdict)
	verdict, _, err = l.Claim(t.Context(), e, time.Minute)
	require.NoError(t, err)
	assert.Equal(t, ledger.Taken, verdict, "the lease lasts")

	_, err = l.Settle(t.Context(), claim, ledger.Result{State: ledger.Sent})
	require.NoError(t, err)
	verdict, row, err := l.Claim(t.Context(), e, time.Minute)
	require.NoError(t, err)
	assert.Equal(t, ledger.Done, verdict)
	assert.Equal(t, ledger.Sent, row.State)
}

func TestALeaseThatHasEndedIsTakenOverExceptForPhones(t *testing.T) {
	now := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	l := ledger.New(memory.New()).With(func() time.Time { return now }, 0)
	for id, phone := range map[string]bool{"chat": false, "text": true} {
		e := ledger.Entry{ID: id, Bus: onBus, AtMostOnce: phone}
		_, dead, err := l.Claim(t.Context(), e, time.Minute)
		require.NoError(t, err)
		now = now.Add(time.Minute + ledger.Margin)
		verdict, row, err := l.Claim(t.Context(), e, time.Minute)
		require.NoError(t, err)
		if phone {
			assert.Equal(t, ledger.Done, verdict)
			assert.Equal(t, ledger.Unknown, row.State)
		} else {
			assert.Equal(t, ledger.Mine, verdict)
			assert.Equal(t, 2, row.Claims)
		}
		row, err = l.Settle(t.Context(), dead, ledger.Result{State: ledger.Sent})
		if phone {
			require.NoError(t, err, "the sender that was given up knows better")
			assert.Equal(t, ledger.Sent, row.State)
		} else {
			assert.ErrorIs(t, err, ledger.ErrLost)
		}
	}
}

func TestNoStatesAskForAll(t *testing.T) {
	for _, none := range [][]ledger.State{nil, {}} {
		q := ledger.Query{Bus: onBus, States: none}
		assert.True(t, q.Wants(ledger.Entry{Bus: onBus, State: ledger.Dead}))
		_, only := q.OnlyIndexed()
		assert.False(t, only)
	}
}

func TestALedgerThatIsDownIsGivenUpSoonAndSaysWhy(t *testing.T) {
	for name, call := range map[string]func(l *ledger.Ledger) error{
		"Claim": func(l *ledger.Ledger) error {
			_, _, err := l.Claim(t.Context(), ledger.Entry{ID: "n1", Bus: onBus}, time.Minute)
			return err
		},
		"Update": func(l *ledger.Ledger) error {
			_, err := l.Update(t.Context(), "k", func([]byte) ([]byte, bool) { return []byte("x"), true })
			return err
		},
		"Due": func(l *ledger.Ledger) error { _, err := l.Due(t.Context(), onBus, time.Now(), 10); return err },
	} {
		for _, down := range []string{"all", "writes"} {
			calls := 0
			l := ledger.New(ledgertest.NewFaulty(memory.New(), func(method string) ledgertest.Fault {
				calls++
				if down == "writes" && !strings.HasPrefix(method, "Put") {
					return ledgertest.None
				}
				return ledgertest.Throttled
			})).With(time.Now, 0)
			err := call(l)
			assert.LessOrEqual(t, calls, 5, "%s when %s fail", name, down)
			if name != "Due" || down == "all" {
				assert.Equal(t, bus.Throttled, bus.KindOf(err), "%s when %s fail: %v", name, down, err)
			}
		}
	}
}

// TestAClaimIsDeniedOnlyWhereNobodyCanHaveClaimed has stores refuse writes and reads in
// different ways. Who is told that a claim is denied may take it that there is no other.
func TestAClaimIsDeniedOnlyWhereNobodyCanHaveClaimed(t *testing.T) {
	denied := &bus.Error{Kind: bus.Denied, Action: "dynamodb:PutItem", Code: "AccessDeniedException"}
	away := &bus.Error{Kind: bus.Unavailable, Action: "dynamodb:PutItem"}
	damaged := &bus.Error{Kind: bus.Invalid, Action: "dynamodb:GetItem"}
	list := func(errs ...error) []error { return errs }
	for name, c := range map[string]struct {
		puts, gets []error // of one call after another; the last one stays
		want       bus.Kind
	}{
		"nothing is allowed":                       {list(denied), list(denied), bus.Denied},
		"writes are not, and reads fail":           {list(denied), list(away), bus.Denied},
		"writes fail, and reads are not":           {list(away), list(denied), bus.Unavailable},
		"there is a row, and reads are not":        {list(ledger.ErrConflict), list(denied), bus.Unavailable},
		"there was one, and then nothing is":       {list(ledger.ErrConflict, denied), list(denied), bus.Unavailable},
		"there is one to follow, and nothing more": {list(ledger.ErrConflict, denied), list(nil, denied), bus.Unavailable},
		"there is one that is damaged":             {list(ledger.ErrConflict), list(damaged), bus.Invalid},
	} {
		rows := memory.New()
		require.NoError(t, rows.Put(t.Context(), ledger.Entry{ID: "n1", Bus: onBus, State: ledger.Waiting, Step: 1, Due: time.Now().Add(-time.Hour)}))
		l := ledger.New(&refusing{Store: rows, puts: c.puts, gets: c.gets}).With(time.Now, 0)
		_, _, err := l.Claim(t.Context(), ledger.Entry{ID: "n1", Bus: onBus}, time.Minute)
		assert.Equal(t, c.want, bus.KindOf(err), "%s: %v", name, err)
	}
}

// refusing refuses calls.
type refusing struct {
	ledger.Store
	puts, gets []error
}

func (r *refusing) Put(context.Context, ledger.Entry) error { return next(&r.puts) }

func (r *refusing) Get(ctx context.Context, id string) (ledger.Entry, error) {
	if err := next(&r.gets); err != nil {
		return ledger.Entry{}, err
	}
	return r.Store.Get(ctx, id)
}

func next(of *[]error) error {
	first := (*of)[0]
	if len(*of) > 1 {
		*of = (*of)[1:]
	}
	return first
}

func TestAStoreHasADeadlineForEachTry(t *testing.T) {
	s := &deadlines{Store: memory.New()}
	_, _, err := ledger.New(s).Claim(t.Context(), ledger.Entry{ID: "n1", Bus: onBus}, time.Minute)
	require.NoError(t, err)
	_, _, err = ledger.New(s).With(time.Now, 0).Claim(t.Context(), ledger.Entry{ID: "n2", Bus: onBus}, time.Minute)
	require.NoError(t, err)
	assert.Equal(t, []bool{true, false}, s.had)
}

// deadlines notes which writes have a deadline.
type deadlines struct {
	ledger.Store
	had []bool
}

func (d *deadlines) Put(ctx context.Context, e ledger.Entry) error {
	_, ok := ctx.Deadline()
	d.had = append(d.had, ok)
	return d.Store.Put(ctx, e)
}
