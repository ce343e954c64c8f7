package redeliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

const (
	// atOnce is how many rows are read at once, and mostDue how many where that was not
	// all that is due: an event that many rules want has many rows, which are to be told
	// together, and the most urgent of all goes first. So many fit into 256 MB, because
	// [ledger.MostDue] bounds their events, and are read in a few seconds.
	atOnce, mostDue = 1000, 12_000
	// asking is how many calls to the ledger are made at the same time for one address.
	asking = 8
	// lanes is how many functions run at the same time: an account of AWS may begin
	// with ten.
	lanes = 5
	// mostInvocations ends a run, whatever time it has.
	mostInvocations = 300
	// An invocation is begun while this much of the run's time is left. It is given up
	// when the reserve is left to move what it was to send, before that of the run.
	leastTime = 12 * time.Second
	reserve   = 4 * time.Second
	// lateAfter is when something is overdue that should have been sent.
	lateAfter = 2 * time.Minute
	// maxBatch is the most bytes of one invocation: Lambda takes 6 MB.
	maxBatch = 4 << 20
)

// Report is what one run did.
type Report struct {
	// Due counts what should have been sent by now, and Overdue what should have
	// been two minutes ago.
	Due     int `json:"due"`
	Overdue int `json:"overdue"`
	// Unreadable counts those of them that a later version wrote or that are damaged:
	// they stay as they are, and are overdue.
	Unreadable int `json:"unreadable,omitempty"`
	// Invoked counts invocations, and GivenUp the notifications that ended without
	// having been sent.
	Invoked int `json:"invoked"`
	GivenUp int `json:"given_up"`
	// Problem is why something that is due was not tried; "" when all was.
	Problem string `json:"problem,omitempty"`
}

// run is one run.
type run struct {
	*Function
	// bus is the bus whose entries are dealt with: the function's, or one that it
	// served before, which before reads. present reads the function's.
	bus             string
	present, before func(context.Context) (present, error)
	// seen has what was dealt with, by the step that its row had, and counted what is
	// in the report.
	seen    map[string]int64
	counted map[string]bool
	// paused says until when addresses are sent nothing though something is due.
	paused map[string]limit
	// ends is until when the run goes on while a storm lasts, and stays until when
	// without one.
	ends, stays time.Time
	// again is when what is due is to be read again.
	again time.Time
	turn  turn
	// slow tells that the ledger did not list all that is due, and left that something
	// was left to be dealt with in the order of what has become due since.
	slow, left bool

	mu     sync.Mutex
	report Report
	broken map[string]error // functions that cannot be invoked
}

// wake deals with what is due. Who is poked leaves it to a run that is under way, and
// else stays for a moment: what made somebody poke is about to wait.
func (f *Function) wake(ctx context.Context, poked bool) (Report, error) {
	work := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		work, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	r := &run{
		Function: f, bus: f.Bus, seen: map[string]int64{}, counted: map[string]bool{}, paused: map[string]limit{}, broken: map[string]error{},
		present: f.reader(f.Bus), ends: f.Now().Add(longestRun), turn: newTurn(poked),
	}
	if poked {
		r.stays = f.Now().Add(pokedStays)
		if !r.mine(work) {
			r.report.Problem = "another run goes on, and looks again before it ends"
			return r.report, nil
		}
	}
	former, err := f.former(work)
	if err == nil {
		err = r.work(work)
	}
	for _, name := range former {
		if err == nil {
			r.bus, r.before = name, f.reader(name)
			err = r.work(work)
		}
	}
	for err == nil && r.wanted(ctx) && r.timeLeft(work) {
		r.bus, r.stays = f.Bus, f.Now().Add(pokedStays)
		err = r.work(work)
	}
	if work.Err() != nil && ctx.Err() == nil {
		r.note(ctx, "the time of the run was over: the next one goes on")
		err = nil
	}
	if err != nil {
		// What could not be read may be overdue: an alarm misses the line below.
		slog.ErrorContext(ctx, "redeliver failed", "error", err.Error())
		r.note(ctx, err.Error())
		return r.report, errors.Join(err, f.beat(ctx, r.report))
	}
	slog.InfoContext(ctx, "redeliver", "due", r.report.Due, "overdue", r.report.Overdue, "invoked", r.report.Invoked, "given_up", r.report.GivenUp, "unreadable", r.report.Unreadable)
	return r.report, f.beat(ctx, r.report)
}

// work deals with what is due on the bus, as long as there is more, or will be soon
// because a storm lasts: what a platform's limits keep back is sent as soon as they
// allow it, and not in the next minute.
func (r *run) work(ctx context.Context) error {
	for {
		now := r.Now()
		list, err := r.allDueBy(ctx, now.Add(ahead))
		if err != nil {
			return err
		}
		r.again = r.Now().Add(max(longestDeal, 4*r.Now().Sub(now)))
		var fresh []ledger.Entry
		more := full(list)
		storm := now.Before(r.stays)
		for _, e := range list {
			switch step, dealt := r.seen[e.ID]; {
			case !isDue(e, now):
				storm = storm || e.State == ledger.Waiting && e.Outcome.Class == outcome.RateLimited
			case !dealt || step != e.Step:
				r.seen[e.ID] = e.Step
				r.count(e, now)
				if e.State == ledger.Unreadable {
					r.note(ctx, "the row "+e.ID+" cannot be read: "+e.Because)
					continue
				}
				fresh = append(fresh, e)
			}
		}
		if (len(fresh) > 0 || storm) && !r.mine(ctx) {
			return nil
		}
		if err := r.deal(ctx, fresh); err != nil {
			return err
		}
		left := r.left
		r.left = false
		switch {
		case !r.timeLeft(ctx):
			return nil
		case len(fresh) > 0 && more && len(r.paused) == 0, left && len(r.paused) == 0:
			continue
		case !storm && len(r.paused) == 0 || r.Now().Add(betweenReads).After(r.ends):
			if err := r.sweep(ctx); err != nil && !r.unwritable(ctx, err) {
				return err
			}
			return nil
		}
		select {
		case <-time.After(max(betweenReads, r.again.Sub(r.Now()))):
		case <-ctx.Done():
			return nil
		}
	}
}

const (
	// ahead is how far a run looks ahead for what keeps it going, and betweenReads how
	// often it looks then. While it sends, what has become due meanwhile and may be more
	// urgent waits for longestDeal, or four times as long as looking takes.
	ahead, betweenReads, longestDeal = 10 * time.Second, time.Second, 2 * time.Second
	// pokedStays is how long a run that was poked looks though nothing waits.
	pokedStays = 10 * time.Second
	// longestRun is how long a run goes on at most while there is nothing to do at the
	// moment: the next one follows.
	longestRun = 50 * time.Second
)

// isDue reports whether what the ledger lists is due by now.
func isDue(e ledger.Entry, now time.Time) bool {
	if e.State == ledger.Waiting {
		return e.Due.Before(now)
	}
	return now.After(e.Due.Add(ledger.Margin))
}

// count takes what is due into the report, once.
func (r *run) count(e ledger.Entry, now time.Time) {
	if r.counted[e.ID] {
		return
	}
	r.counted[e.ID] = true
	r.report.Due++
	switch {
	case e.State == ledger.Unreadable:
		r.report.Unreadable++
		r.report.Overdue++
	case now.Sub(e.Due) > lateAfter:
		r.report.Overdue++
	}
}

func (r *run) dueBy(ctx context.Context, at time.Time, limit int) ([]ledger.Entry, error) {
	list, err := r.Ledger.Due(ctx, r.bus, at, limit)
	if err != nil {
		return nil, fmt.Errorf("redeliver: what is due cannot be read: %w", err)
	}
	return list, nil
}

// allDueBy returns all that is due, or what of it is read at once where the ledger is
// too slow for all: that is told then, though some events again.
func (r *run) allDueBy(ctx context.Context, at time.Time) ([]ledger.Entry, error) {
	list, err := r.dueBy(ctx, at, atOnce)
	if err != nil || len(list) < atOnce || r.slow {
		return list, err
	}
	all, err := r.dueBy(ctx, at, mostDue)
	if err != nil {
		slog.WarnContext(ctx, "redeliver: not all that is due was read at once", "error", err.Error())
		r.slow = true
		return list, nil
	}
	return all, nil
}

// full reports whether more may be due than was read.
func full(list []ledger.Entry) bool {
	size := 0
	for _, e := range list {
		size += len(e.Event)
	}
	return len(list) >= atOnce || size >= ledger.MostDue
}

// deal deals with entries that are due.
func (r *run) deal(ctx context.Context, due []ledger.Entry) error {
	var sendable []ledger.Entry
	for _, e := range due {
		if e.State == ledger.Claimed {
			send, err := r.lapsed(ctx, e)
			if err != nil && !r.unwritable(ctx, err) {
				return err
			}
			if !send {
				continue
			}
		}
		sendable = append(sendable, e)
	}
	if len(sendable) == 0 {
		return nil
	}
	list, err := r.addressed(ctx, sendable)
	if err != nil || len(list) == 0 {
		return err
	}
	soon, err := r.soon(ctx)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	places := make(chan struct{}, lanes)
	var mu sync.Mutex
	var failed error
	for _, l := range lanesOf(list, soon) {
		if r.pausing(l) {
			r.leave(l.due()...)
			continue
		}
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			if err := r.send(ctx, l); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = errors.Join(failed, err)
			}
		})
	}
	all.Wait()
	return failed
}

// pausing reports whether what is left in a lane is to be sent nothing of yet.
func (r *run) pausing(l *lane) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.paused[l.address]
	if r.Now().Before(p.until) {
		return l.groups[l.first()][0].Severity <= p.urgent
	}
	delete(r.paused, l.address)
	return false
}

// leave has the run deal with entries again.
func (r *run) leave(list ...ready) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = r.left || len(list) > 0
	for _, e := range list {
		delete(r.seen, e.ID)
	}
}

// lapsed deals with a claim whose sender has died, and reports whether to send it
// at once. A text may have been sent. A chat message is sent again; and one whose
// senders die each time, later and later, because each may have sent it.
func (r *run) lapsed(ctx context.Context, e ledger.Entry) (send bool, err error) {
	switch {
	case e.AtMostOnce, r.tooOld(e, horizonOf(e)):
		return false, r.end(ctx, e, ledger.Unknown, senderSilent)
	case e.Claims > soonAgain:
		return false, r.later(ctx, e, pause{until: r.backoff(e), because: senderSilent}, horizonOf(e))
	}
	return true, nil
}

// soonAgain is how many senders of a notification may die before it has to wait.
const soonAgain = 2

// senderSilent is why nobody knows of a notification whether it was sent.
const senderSilent = "its sender did not say how it ended"

// moreUrgent orders entries: the most severe first, and of those the oldest.
func moreUrgent(a, b ledger.Entry) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}

// timeLeft reports whether another invocation may be begun.
func (r *run) timeLeft(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && r.report.Invoked < mostInvocations && (!ok || time.Until(deadline) >= leastTime)
}
