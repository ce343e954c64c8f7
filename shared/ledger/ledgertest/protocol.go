package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// protocol is what the suite asks of a [ledger.Ledger].
type protocol interface {
	Claim(ctx context.Context, e ledger.Entry, lease time.Duration) (ledger.Verdict, ledger.Entry, error)
	Settle(ctx context.Context, claim ledger.Entry, r ledger.Result) (ledger.Entry, error)
	Move(ctx context.Context, seen ledger.Entry, r ledger.Result) (ledger.Entry, error)
	Due(ctx context.Context, busName string, before time.Time, limit int) ([]ledger.Entry, error)
	Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)
}

const lease = time.Minute

// clock is a time that moves when the suite says so.
type clock struct{ at time.Time }

// ledgerAt returns a ledger over a store, whose clock is off by skew.
func (f Fixture) ledgerAt(s ledger.Store, c *clock, skew time.Duration) protocol {
	now := func() time.Time { return c.at.Add(skew) }
	if f.protocol != nil {
		return f.protocol(s, now)
	}
	return ledger.New(s).With(now, 0)
}

// unclaimed is a notification before its first claim.
func unclaimed(id string, phone bool) ledger.Entry {
	e := first(id)
	e.State, e.Due, e.Claims, e.Step, e.Token, e.Created, e.Changed = "", time.Time{}, 0, 0, "", time.Time{}, time.Time{}
	e.AtMostOnce, e.Event = phone, []byte(`{"id":"e-1"}`)
	return e
}

// inTurn makes each call after another fail in its way, and those after work.
func inTurn(faults []Fault) func(string) Fault {
	var mu sync.Mutex
	return func(string) Fault {
		mu.Lock()
		defer mu.Unlock()
		if len(faults) == 0 {
			return None
		}
		now := faults[0]
		faults = faults[1:]
		return now
	}
}

// badDays are the faults of the first calls: every pair of the first two, and some
// of those after.
func badDays() [][]Fault {
	days := [][]Fault{nil, {None, None, Down}, {None, None, Lost}, {None, None, Repeated}, {None, None, Slow}, {None, None, None, Lost}, {Lost, Lost, Lost}, {Slow, Slow, Slow}, {Down, Down, Down, Down}, {Slow, None, Slow, None}, {Lost, Lost, None, Lost}, {None, Lost, Lost, Lost}}
	for _, a := range Faults {
		for _, b := range Faults {
			days = append(days, []Fault{a, b})
		}
	}
	return days
}

// oneSenderOnBadDays claims over a store with faults, and then over one without.
func oneSenderOnBadDays(t T, f Fixture) {
	c := &clock{noon}
	for i, faults := range badDays() {
		for _, phone := range []bool{false, true} {
			for _, landed := range []bool{false, true} {
				if landed && !slices.Contains(faults, Slow) {
					continue
				}
				about := fmt.Sprintf("calls: %v, phone: %v, landed first: %v", faults, phone, landed)
				e := unclaimed(fmt.Sprintf("%d %v %v", i, phone, landed), phone)
				bad := NewFaulty(f.Store, inTurn(faults))
				a, b := f.ledgerAt(bad, c, 0), f.ledgerAt(f.Store, c, 0)
				verdict, mine, err := a.Claim(ctx, e, lease)
				if landed {
					bad.Land()
				}
				if err == nil {
					require.Equal(t, ledger.Mine, verdict, "nobody else has claimed it; %s", about)
					require.Equal(t, []byte(`{"id":"e-1"}`), mine.Event, about)
				} else {
					require.Zero(t, verdict, about)
				}
				other, theirs, err2 := b.Claim(ctx, e, lease)
				require.NoError(t, err2, about)
				bad.Land()
				switch {
				case err == nil:
					require.Equal(t, ledger.Taken, other, "it has a sender; %s", about)
					settleSent(t, a, mine, about)
				case other == ledger.Mine:
					settleSent(t, b, theirs, about)
				default:
					// The write of which nobody knew has happened.
					require.Equal(t, ledger.Taken, other, "nobody has sent it; %s", about)
					c.at = c.at.Add(lease + ledger.Margin)
					other, theirs, err2 = b.Claim(ctx, e, lease)
					require.NoError(t, err2, about)
					if phone {
						require.Equal(t, ledger.Done, other, about)
						require.Equal(t, ledger.Unknown, theirs.State, "never sent; %s", about)
						continue
					}
					require.Equal(t, ledger.Mine, other, "the lease has ended; %s", about)
					settleSent(t, b, theirs, about)
				}
				other, theirs, err2 = b.Claim(ctx, e, lease)
				require.NoError(t, err2, about)
				require.Equal(t, ledger.Done, other, about)
				require.Equal(t, ledger.Sent, theirs.State, about)
			}
		}
	}
}

func settleSent(t T, l protocol, claim ledger.Entry, about string) {
	t.Helper()
	row, err := l.Settle(ctx, claim, ledger.Result{State: ledger.Sent})
	require.NoError(t, err, about)
	require.Equal(t, ledger.Sent, row.State, about)
}

// endsOnBadDays settles over a store with faults.
func endsOnBadDays(t T, f Fixture) {
	c := &clock{noon}
	for i, faults := range badDays() {
		for _, state := range []ledger.State{ledger.Sent, ledger.Waiting, ledger.Dead} {
			about := fmt.Sprintf("%s, calls: %v", state, faults)
			e := unclaimed(fmt.Sprintf("%d %s", i, state), true)
			bad := NewFaulty(f.Store, inTurn(faults))
			sure := f.ledgerAt(f.Store, c, 0)
			_, claim, err := sure.Claim(ctx, e, lease)
			require.NoError(t, err)
			r := ledger.Result{State: state, Because: "so"}
			if state == ledger.Waiting {
				r.Due = noon.Add(time.Hour)
			}
			row, err := f.ledgerAt(bad, c, 0).Settle(ctx, claim, r)
			require.NotErrorIs(t, err, ledger.ErrLost, "nobody has taken it over; %s", about)
			if err == nil {
				require.Equal(t, state, row.State, about)
				stands(t, f.Store, row, about)
			}
			bad.Land()
			// What had no answer is said again.
			row, err = sure.Settle(ctx, claim, r)
			require.NoError(t, err, "the row is still the caller's; %s", about)
			require.Equal(t, state, row.State, about)
			stands(t, f.Store, row, about)
		}
	}
}

// lostOnBadDays settles a claim that somebody else has taken over.
func lostOnBadDays(t T, f Fixture) {
	c := &clock{noon}
	for i, faults := range badDays() {
		about := fmt.Sprintf("calls: %v", faults)
		e := unclaimed(fmt.Sprint(i), false)
		bad := NewFaulty(f.Store, inTurn(faults))
		sure := f.ledgerAt(f.Store, c, 0)
		_, claim, err := sure.Claim(ctx, e, lease)
		require.NoError(t, err)
		c.at = c.at.Add(lease + ledger.Margin)
		verdict, theirs, err := sure.Claim(ctx, e, lease)
		require.NoError(t, err)
		require.Equal(t, ledger.Mine, verdict, about)
		_, err = f.ledgerAt(bad, c, 0).Settle(ctx, claim, ledger.Result{State: ledger.Dead})
		require.Error(t, err, about)
		bad.Land()
		stands(t, f.Store, theirs, about)
		if faults == nil {
			assert.ErrorIs(t, err, ledger.ErrLost)
		}
		_, err = sure.Move(ctx, claim, ledger.Result{State: ledger.Cancelled})
		require.ErrorIs(t, err, ledger.ErrLost, "what was seen has changed; %s", about)
		settleSent(t, sure, theirs, about)
	}
}

func leasesEnd(t T, f Fixture) {
	c := &clock{noon}
	l := f.ledgerAt(f.Store, c, 0)
	claim := func(e ledger.Entry) (ledger.Verdict, ledger.Entry) {
		verdict, row, err := l.Claim(ctx, e, lease)
		require.NoError(t, err)
		return verdict, row
	}
	for _, phone := range []bool{false, true} {
		e := unclaimed(fmt.Sprintf("phone %v", phone), phone)
		verdict, dead := claim(e)
		require.Equal(t, ledger.Mine, verdict)
		for _, wait := range []time.Duration{0, lease, ledger.Margin - time.Millisecond} {
			c.at = c.at.Add(wait)
			verdict, _ = claim(e)
			require.Equal(t, ledger.Taken, verdict, "the lease lasts, and the margin after it")
		}
		c.at = c.at.Add(time.Millisecond)
		verdict, row := claim(e)
		if !phone {
			assert.Equal(t, ledger.Mine, verdict, "its sender has died")
			assert.Equal(t, 2, row.Claims)
			assert.Equal(t, dead.Created, row.Created)
			continue
		}
		assert.Equal(t, ledger.Done, verdict, "its sender may have sent it")
		assert.Equal(t, ledger.Unknown, row.State)
		// It lives, and knows better.
		settleSent(t, l, dead, "a sender that was given up")
		verdict, row = claim(e)
		assert.Equal(t, ledger.Done, verdict)
		assert.Equal(t, ledger.Sent, row.State)
	}
	// A redriven notification is not the old sender's any more.
	e := unclaimed("redriven", true)
	_, old := claim(e)
	c.at = c.at.Add(lease + ledger.Margin)
	_, row := claim(e)
	require.Equal(t, ledger.Unknown, row.State)
	row, err := l.Move(ctx, row, ledger.Result{State: ledger.Waiting, Due: c.at, Redriven: true})
	require.NoError(t, err)
	assert.Equal(t, 1, row.Redrives)
	assert.Equal(t, c.at, row.Redriven)
	verdict, theirs := claim(e)
	require.Equal(t, ledger.Mine, verdict)
	_, err = l.Settle(ctx, old, ledger.Result{State: ledger.Dead})
	assert.ErrorIs(t, err, ledger.ErrLost)
	stands(t, f.Store, theirs)
}

func waitingIsDone(t T, f Fixture) {
	c := &clock{noon}
	l := f.ledgerAt(f.Store, c, 0)
	e := unclaimed("waits", false)
	_, claim, err := l.Claim(ctx, e, lease)
	require.NoError(t, err)
	waits, err := l.Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: noon.Add(time.Hour)})
	require.NoError(t, err)
	verdict, row, err := l.Claim(ctx, e, lease)
	require.NoError(t, err)
	assert.Equal(t, ledger.Done, verdict, "the platform's repetition of what waits is a skip")
	same(t, waits, row)
	c.at = noon.Add(time.Hour)
	// An event that the claimer does not know stays as it was.
	e.Event, e.JobName = nil, ""
	verdict, row, err = l.Claim(ctx, e, lease)
	require.NoError(t, err)
	assert.Equal(t, ledger.Mine, verdict)
	assert.Equal(t, []byte(`{"id":"e-1"}`), row.Event)
	assert.Equal(t, waits.JobName, row.JobName)
	row, err = l.Settle(ctx, row, ledger.Result{State: ledger.Sent})
	require.NoError(t, err)
	assert.Empty(t, row.Event, "nobody sends it again")
	stands(t, f.Store, row)
}

// phonesDespiteClocks has clocks that are ten minutes off.
func phonesDespiteClocks(t T, f Fixture) {
	const off = 10 * time.Minute
	for i, skews := range [][2]time.Duration{{0, off}, {off, 0}, {0, -off}, {-off, 0}, {-off, off}, {off, -off}} {
		c := &clock{noon}
		a, b := f.ledgerAt(f.Store, c, skews[0]), f.ledgerAt(f.Store, c, skews[1])
		e := unclaimed(fmt.Sprint(i), true)
		verdict, mine, err := a.Claim(ctx, e, lease)
		require.NoError(t, err)
		require.Equal(t, ledger.Mine, verdict)
		for _, wait := range []time.Duration{0, lease / 2, lease, off, off} {
			c.at = c.at.Add(wait)
			verdict, _, err = b.Claim(ctx, e, lease)
			require.NoError(t, err)
			require.NotEqual(t, ledger.Mine, verdict, "%v after %v", skews, c.at.Sub(noon))
		}
		settleSent(t, a, mine, "the sender knows best")
	}
}

// wakersOnAStaleIndex has two who take up what is due, from an index that the last
// writes have not reached.
func wakersOnAStaleIndex(t T, f Fixture) {
	const many = 12
	c := &clock{noon}
	stale := NewFaulty(f.Store, nil)
	stale.Stale(many + many/2)
	l := f.ledgerAt(stale, c, 0)
	sends := map[string]int{}
	for i := range many {
		_, claim, err := l.Claim(ctx, unclaimed(idOf(i), i%2 == 0), lease)
		require.NoError(t, err)
		_, err = l.Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: noon.Add(time.Minute)})
		require.NoError(t, err)
	}
	c.at = noon.Add(2 * time.Minute)
	for range 4 {
		first, err := l.Due(ctx, onBus, c.at, 100)
		require.NoError(t, err)
		second, err := l.Due(ctx, onBus, c.at, 100)
		require.NoError(t, err)
		for _, list := range [][]ledger.Entry{first, second} {
			for _, e := range list {
				verdict, claim, err := l.Claim(ctx, ledger.Entry{ID: e.ID}, lease)
				require.NoError(t, err)
				if verdict == ledger.Mine {
					sends[e.ID]++
					settleSent(t, l, claim, e.ID)
					_, err = l.Move(ctx, e, ledger.Result{State: ledger.Waiting, Due: c.at})
					require.ErrorIs(t, err, ledger.ErrLost, "a row as it was before")
				}
			}
		}
		// Other writes let the index catch up.
		for i := range many {
			_, _, err = l.Claim(ctx, unclaimed(fmt.Sprintf("other %v %d", c.at, i), false), lease)
			require.NoError(t, err)
		}
		c.at = c.at.Add(time.Minute)
	}
	require.Len(t, sends, many, "what was due and sent")
	for id, n := range sends {
		assert.Equal(t, 1, n, id)
	}
}

func dueAfterTheMargin(t T, f Fixture) {
	c := &clock{noon}
	l := f.ledgerAt(f.Store, c, 0)
	lapsed := next(first(idOf(0)), ledger.Claimed, noon)
	lapsed.Claims = 2
	put(t, f.Store, first(lapsed.ID), lapsed, with(idOf(1), ledger.Waiting, noon.Add(time.Second)), with(idOf(2), ledger.Waiting, noon.Add(2*time.Second)))
	for at, want := range map[time.Duration][]string{
		0:                             {},
		3 * time.Second:               {idOf(1), idOf(2)},
		ledger.Margin:                 {idOf(1), idOf(2)},
		ledger.Margin + time.Second:   {idOf(0), idOf(1), idOf(2)},
		ledger.Margin + 2*time.Second: {idOf(0), idOf(1), idOf(2)},
	} {
		list, err := l.Due(ctx, onBus, noon.Add(at), 10)
		require.NoError(t, err)
		assert.Equal(t, want, ids(list), at)
	}
	list, err := l.Due(ctx, onBus, noon.Add(3*time.Second), 1)
	require.NoError(t, err)
	assert.Equal(t, []string{idOf(1)}, ids(list), "a lease with its margin takes no place")
}

func oneOfSixteenClaims(t T, f Fixture) {
	const many, rounds = 16, 8
	c := &clock{noon}
	for round := range rounds {
		e := unclaimed(fmt.Sprint("round ", round), round%2 == 0)
		if round >= rounds/2 { // it waits, and is due
			l := f.ledgerAt(f.Store, c, 0)
			_, claim, err := l.Claim(ctx, e, lease)
			require.NoError(t, err)
			_, err = l.Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: noon})
			require.NoError(t, err)
		}
		var mine, taken atomic.Int64
		var done sync.WaitGroup
		for range many {
			done.Go(func() {
				verdict, _, err := f.ledgerAt(f.Store, c, 0).Claim(ctx, e, lease)
				assert.NoError(t, err)
				switch verdict {
				case ledger.Mine:
					mine.Add(1)
				case ledger.Taken:
					taken.Add(1)
				case ledger.Done:
				}
			})
		}
		done.Wait()
		assert.EqualValues(t, 1, mine.Load(), "of sixteen who claim at once")
		assert.EqualValues(t, many-1, taken.Load())
	}
}
