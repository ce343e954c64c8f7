package ledgertest

import (
	"errors"
	"fmt"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

// days is how bad a simulation's days are, and who takes part in it.
type days struct {
	notifications int
	// length is how much time passes.
	length time.Duration
	// Parts of the calls of the ledger whose answer is lost, that are late, and
	// that fail otherwise.
	lost, slow, failing float64
	// kill is the part of waits in which a process dies.
	kill float64
	// hang is the part of attempts that take longer than a minute, or nearly.
	hang float64
	// twice is the part of events that the platform delivers twice.
	twice float64
	// quiet is the part that is held for what is left of an hour.
	quiet float64
	// ledgerOut is how often the ledger is away for two minutes.
	ledgerOut time.Duration
	// protocol is the ledger of a process; nil for ours.
	protocol func(s ledger.Store, now func() time.Time) protocol
	// unguardedTexts sends texts without the ledger when it does not answer.
	unguardedTexts bool
	// noRecords forgets what the platform gave up, and noSweep what nobody ended.
	noRecords, noSweep bool
}

// badEnough is worse than any cloud is.
func badEnough(notifications int) days {
	return days{notifications: notifications, length: 34 * time.Hour, lost: 0.1, slow: 0.01, failing: 0.01, kill: 0.004, hang: 0.004, twice: 0.01, quiet: 0.2, ledgerOut: 3 * time.Hour}
}

const (
	arriving = 6 * time.Hour // the time in which events come
	timeout  = time.Minute
)

// cause is why a message may have been doubled.
type cause int

const (
	died       cause = 1 << iota // a process died between the yes and the record
	lapsed                       // the lease had ended before the sender did
	unrecorded                   // the ledger did not take the record
	unguarded                    // it was sent without the ledger
)

// told is one notification and what happened to it.
type told struct {
	entry    ledger.Entry
	quiet    bool
	created  time.Time
	received int
	causes   cause
}

// simulation is the world of the notifications.
type simulation struct {
	*world
	days
	kept  indexed
	store *Faulty
	told  []*told
}

func newSimulation(seed uint64, d days) *simulation {
	s := &simulation{world: newWorld(seed), days: d, kept: indexed{memory.New(), map[string]ledger.Entry{}}}
	s.store = NewFaulty(s.kept, s.fault)
	var index func()
	index = func() { // it is half a minute behind at most
		s.store.Stale(0)
		s.store.Stale(200)
		s.after(30*time.Second, index)
	}
	index()
	for i := range d.notifications {
		e := unclaimed(fmt.Sprintf("%06d", i), i%10 < 3)
		e.Severity = i % 5
		n := &told{entry: e, quiet: float64(i%100) < 100*d.quiet}
		s.told = append(s.told, n)
		arrives := s.between(0, arriving)
		if i%4 == 0 { // storms
			arrives = arrives.Truncate(time.Hour) + s.between(0, time.Minute)
		}
		s.after(arrives, func() {
			n.created = s.at
			s.deliver(n, 1)
		})
		if s.chance(d.twice) {
			s.after(arrives+s.between(0, 3*time.Minute), func() { s.deliver(n, 1) })
		}
	}
	for range 2 {
		skew := s.skew()
		var wake func()
		wake = func() {
			if s.at.Hour()%5 != 3 || s.at.Minute() >= 20 { // it has outages of its own
				s.start(timeout, skew, d.kill, s.redeliver, func(bool) {})
			}
			s.after(time.Minute, wake)
		}
		s.after(s.between(0, time.Minute), wake)
	}
	return s
}

// skew is how far a machine's clock is off: seldom ten minutes.
func (s *simulation) skew() time.Duration {
	switch {
	case s.chance(0.01):
		return s.between(-10*time.Minute, 10*time.Minute)
	case s.chance(0.1):
		return s.between(-14*time.Second, 14*time.Second)
	}
	return s.between(-time.Second, time.Second)
}

// fault decides what becomes of a call of the ledger, which takes time.
func (s *simulation) fault(method string) Fault {
	p := s.current
	p.wait(s.between(2*time.Millisecond, 30*time.Millisecond))
	if s.ledgerOut > 0 && s.at.Unix()%int64(s.ledgerOut/time.Second) < 120 {
		p.wait(tryTime)
		return Down
	}
	switch r := s.random.Float64(); {
	case r < s.lost/2:
		return Lost
	case r < s.lost:
		return Repeated
	case r < s.lost+s.slow:
		p.wait(tryTime)
		s.after(s.between(time.Second, 5*time.Minute), func() { s.store.Land() })
		return Slow
	case r < s.lost+s.slow+s.failing/2:
		return Down
	case r < s.lost+s.slow+s.failing:
		return Throttled
	}
	return None
}

const tryTime = 300 * time.Millisecond

func (s *simulation) ledgerOf(p *process) protocol {
	if s.protocol != nil {
		return s.protocol(s.store, p.now)
	}
	return ledger.New(s.store).With(p.now, 0)
}

// deliver is the platform: it invokes a function, twice more when that fails, and
// then writes a failure record.
func (s *simulation) deliver(n *told, attempt int) {
	failed := true
	s.start(timeout, s.skew(), s.kill, func(p *process) { failed = !s.handle(p, n, false) }, func(bool) {
		switch {
		case !failed:
		case attempt < 3:
			s.after(time.Duration(attempt)*time.Minute+s.between(0, 5*time.Second), func() { s.deliver(n, attempt+1) })
		case !s.noRecords:
			s.after(s.between(time.Second, 10*time.Second), func() { s.record(n) })
		}
	})
}

// result is what a platform says to one attempt.
type result int

const (
	accepted result = iota
	refused
	transient
	limited
	unclear
)

// ended is the state after an answer that is not waited for.
var ended = map[result]ledger.State{accepted: ledger.Sent, refused: ledger.Dead, transient: ledger.Dead, limited: ledger.Dead, unclear: ledger.Unknown}

// send is one attempt at the platform of a notification.
func (s *simulation) send(p *process, n *told) result {
	p.wait(s.between(20*time.Millisecond, 2*time.Second))
	if s.chance(s.hang) {
		p.wait(s.between(timeout/2, 2*timeout)) // and the invocation may end before
	}
	answer := accepted
	switch r := s.random.Float64(); {
	case s.at.Hour()%8 == 4 && s.at.Minute() < 40:
		answer = transient // the platform is away
	case r < 0.02:
		answer = refused
	case r < 0.10:
		answer = transient
	case r < 0.14:
		answer = limited
	case r < 0.15 && n.entry.AtMostOnce:
		answer = unclear
	}
	if answer == accepted || answer == unclear && s.chance(0.5) {
		n.received++
		p.died = func() { n.causes |= died }
	}
	p.wait(s.between(5*time.Millisecond, 200*time.Millisecond))
	return answer
}

// handle is one invocation of a function that delivers, and reports whether it
// answered without an error.
func (s *simulation) handle(p *process, n *told, redelivered bool) bool {
	l := s.ledgerOf(p)
	verdict, claim, err := l.Claim(ctx, n.entry, p.left())
	switch {
	case err != nil && n.entry.AtMostOnce && (!s.unguardedTexts || p.now().Sub(n.created) < 10*time.Minute):
		return false
	case err != nil:
		n.causes |= unguarded
		answer := s.send(p, n)
		if answer == transient || answer == limited {
			return false
		}
		verdict, claim, err = l.Claim(ctx, n.entry, p.left())
		if err == nil && verdict == ledger.Mine {
			_, err = l.Settle(ctx, claim, ledger.Result{State: ended[answer]})
		}
		return err == nil || answer == accepted || answer == unclear
	case verdict == ledger.Taken:
		return false
	case verdict == ledger.Done:
		return true
	}
	if hour := p.now().Truncate(time.Hour); n.quiet && claim.Held.IsZero() && hour.Hour()%2 == 1 {
		if _, err := l.Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: hour.Add(time.Hour), Held: true}); err == nil {
			return true
		} // what is not known to be held is sent
	}
	answer := s.send(p, n)
	r := ledger.Result{State: ended[answer]}
	horizon, wait := 6*time.Hour, min(30*time.Second<<min(claim.Claims-1, 10), 15*time.Minute)
	if answer == limited {
		horizon, wait = 24*time.Hour, 62*time.Second
	}
	if (answer == limited || answer == transient) && p.now().Sub(claim.Began()) < horizon {
		r = ledger.Result{State: ledger.Waiting, Due: p.now().Add(wait)}
	}
	_, err = l.Settle(ctx, claim, r)
	p.died = nil
	switch {
	case err == nil:
		return true
	case answer == accepted && errors.Is(err, ledger.ErrLost):
		n.causes |= lapsed
	case answer == accepted:
		n.causes |= unrecorded
	}
	return answer == accepted || answer == unclear || errors.Is(err, ledger.ErrLost)
}

// record takes up what the platform gave up, as often as it takes.
func (s *simulation) record(n *told) {
	kept := false
	s.start(timeout, s.skew(), s.kill, func(p *process) {
		l := s.ledgerOf(p)
		verdict, claim, err := l.Claim(ctx, n.entry, 10*time.Second)
		if err == nil && verdict == ledger.Mine {
			_, err = l.Settle(ctx, claim, ledger.Result{State: ledger.Waiting, Due: p.now()})
		}
		kept = verdict == ledger.Done || verdict == ledger.Mine && (err == nil || errors.Is(err, ledger.ErrLost))
	}, func(bool) {
		if !kept {
			s.after(2*time.Minute, func() { s.record(n) })
		}
	})
}

// redeliver is one run of the waker.
func (s *simulation) redeliver(p *process) {
	l := s.ledgerOf(p)
	due, _ := l.Due(ctx, onBus, p.now(), 1000) // what fails now is due the next minute
	for _, e := range due {
		if p.left() < 10*time.Second {
			return
		}
		if e.State == ledger.Claimed && e.AtMostOnce {
			_, _ = l.Move(ctx, e, ledger.Result{State: ledger.Unknown})
			continue
		}
		var i int
		_, _ = fmt.Sscanf(e.ID, "%d", &i)
		s.start(timeout, s.skew(), s.kill, func(p *process) { s.handle(p, s.told[i], true) }, func(bool) {})
		s.current = p
		p.wait(10 * time.Millisecond)
	}
	if s.noSweep || s.at.Minute() != 30 {
		return
	}
	// First claims are in no index: what nobody has ended for six hours, nobody will.
	q := ledger.Query{Bus: onBus, States: []ledger.State{ledger.Claimed}, From: p.now().Add(-8 * time.Hour), To: p.now().Add(-6 * time.Hour), Limit: 100}
	for {
		page, err := s.store.List(ctx, q)
		if err != nil {
			return
		}
		for _, e := range page.Entries {
			if p.left() < 10*time.Second {
				return
			}
			if p.now().After(e.Due.Add(ledger.Margin)) {
				_, _ = l.Move(ctx, e, ledger.Result{State: ledger.Unknown})
			}
		}
		if q.After = page.Next; q.After == "" {
			return
		}
	}
}
