package deliver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/target"
)

// senderRow is what the ledger keeps of a sender for all instances: a control row
// under a digest of its address.
type senderRow struct {
	// Reached is when messages may have reached the platform, oldest first, in
	// milliseconds: the first since 1970, and each other since the one before it.
	Reached []int64 `json:"reached,omitempty"`
	// Blocked is the time before which the platform accepts nothing, in
	// milliseconds since 1970.
	Blocked int64 `json:"blocked,omitempty"`
	// Singles are those of Reached that told one event at once, written as those are;
	// Told is what they told, and By their ids, in the same order.
	Singles []int64  `json:"singles,omitempty"`
	Told    []string `json:"told,omitempty"`
	By      []string `json:"by,omitempty"`
	// Poked is when somebody last asked for what waits, in milliseconds since 1970.
	Poked int64 `json:"poked,omitempty"`
}

// rivalsWait is the wait of a message for whose sender others asked at the same
// time, each time faster: there is hardly room for it now.
const rivalsWait = 15 * time.Second

// criticalWait is the longest that a critical one waits then, once.
const criticalWait = time.Second

var errRivals = errors.New("deliver: many are sending to this receiver at the same moment, so this one waits")

// senderKey names the row of a sender. Its address may be a secret or a phone
// number.
func senderKey(typ, address string) string { return "sender/" + digestOf(typ, address) }

// attempt is one attempt to send, with its place among all messages of the sender.
type attempt struct {
	sender   *sender
	messages int
	began    time.Time
	// shared tells that the place is reserved in the ledger.
	shared bool
}

// guard is what is known of a message before it is sent.
type guard struct {
	// claimed tells that the ledger has it, so that it may wait there.
	claimed bool
	// single is a digest of the event that it tells, and of who is told how, where it
	// tells one that has not waited and could be told together with others; or "".
	single string
}

// take reserves the place of an attempt, in this instance and, for what is claimed
// in the ledger, among all instances. A ledger that does not answer holds nothing
// back: then what this instance knows counts. Where others are faster each time, what
// is critical tries again a moment later, and everything else waits.
func (f *Function) take(ctx context.Context, r *run, t *openTarget, n target.Notification, g guard) (attempt, error) {
	a := attempt{sender: t.sender, messages: t.messages, began: time.Now()}
	critical := n.Message.Severity == event.Critical
	if err := t.sender.take(a.began, t.messages, critical, g.single != ""); err != nil {
		return a, err
	}
	if !g.claimed || len(f.spec.Rates) == 0 {
		return a, nil
	}
	var full error
	poke := false
	reserve := func(s *sender) bool {
		if full, poke = s.crowded(a.began, g.single, n.ID, critical), false; full != nil {
			if poke = f.waker != nil && a.began.Sub(s.poked) >= betweenPokes; poke {
				s.poked = a.began
			}
			return poke
		}
		if full = s.take(a.began, t.messages, critical, g.single != ""); full == nil {
			s.remember(a.began, t.messages)
			if g.single != "" {
				s.singles = append(s.singles, single{a.began, g.single, n.ID})
			}
		}
		return full == nil
	}
	err := f.update(ctx, r, t.sender, a.began, reserve)
	if deadline, ok := ctx.Deadline(); errors.Is(err, ledger.ErrRivals) && critical && (!ok || time.Until(deadline) > minAttempt+criticalWait) {
		// One that nobody counts can cost a penalty; but a row that is never to be had
		// silences nobody, so it waits once.
		time.Sleep(criticalWait/2 + time.Duration(f.random()*float64(criticalWait/2)))
		a.began = time.Now()
		err = f.update(ctx, r, t.sender, a.began, reserve)
	}
	if errors.Is(err, ledger.ErrRivals) && !critical {
		full = target.RetryAfter(rivalsWait, errRivals)
	}
	if full != nil {
		t.sender.ended(a.began, t.messages, 0, nil)
		if poke && err == nil {
			f.poke(ctx)
		}
		return a, full
	}
	a.shared = err == nil
	return a, nil
}

// slack is by how much an attempt may outlast the time that its place is reserved
// at: [window.free] allows for as much.
const slack = time.Second

// ended gives the place of an attempt back, or counts what reached the platform.
func (f *Function) ended(ctx context.Context, r *run, a attempt, reached int, err error) {
	now := time.Now()
	a.sender.ended(now, a.messages, reached, err)
	_, limited := limit(err)
	if !a.shared || reached == a.messages && now.Sub(a.began) <= slack && !limited {
		return
	}
	_ = f.update(context.WithoutCancel(ctx), r, a.sender, now, func(s *sender) bool {
		s.forget(a.began, a.messages)
		if reached == 0 {
			s.singles = slices.DeleteFunc(s.singles, func(one single) bool { return one.at.UnixMilli() == a.began.UnixMilli() })
		}
		s.ended(now, 0, reached, err)
		return true
	}) // its place stays taken, which is safe
}

// limit is the wait that a platform named for all that a sender sends.
func limit(err error) (time.Duration, bool) {
	wait, named := target.Wait(err)
	return min(wait, longestBlock), named && !final(err)
}

// update changes what all instances know of a sender.
func (f *Function) update(ctx context.Context, r *run, of *sender, now time.Time, change func(*sender) bool) error {
	return f.ask(ctx, r, &r.senders, func(l *ledger.Ledger) error {
		_, err := l.Update(ctx, of.key, func(value []byte) ([]byte, bool) {
			s := senderIn(value, f.spec.Rates, now)
			s.paced = !f.spec.Apart
			if !change(s) {
				return nil, false
			}
			return s.row(now), true
		})
		return err
	})
}

// senderIn reads a sender's row. What it cannot be is not believed: a text that is
// none of ours, and times that only another clock can have.
func senderIn(value []byte, rates []target.Rate, now time.Time) *sender {
	s := newSender("", rates)
	var row senderRow
	if json.Unmarshal(value, &row) != nil {
		return s
	}
	for _, at := range timesIn(row.Reached, now) {
		s.remember(at, 1)
	}
	for i, at := range timesIn(row.Singles, now) {
		one := single{at: at}
		if i < len(row.Told) && i < len(row.By) {
			one.event, one.by = row.Told[i], row.By[i]
		}
		s.singles = append(s.singles, one)
	}
	if at := time.UnixMilli(row.Poked); at.Before(now.Add(ledger.Margin)) {
		s.poked = at
	}
	if until := time.UnixMilli(row.Blocked); until.Before(now.Add(longestBlock + ledger.Margin)) {
		s.blocked = until
	}
	return s
}

// row writes a sender's row: of messages those that a window still counts.
func (s *sender) row(now time.Time) []byte {
	var row senderRow
	// Each window has the last of the same messages.
	longest := slices.MaxFunc(s.windows, func(a, b window) int { return cmp.Compare(len(a.counted(now)), len(b.counted(now))) })
	row.Reached = sinceEach(longest.counted(now))
	s.forgetSingles(now)
	before := int64(0)
	for _, one := range s.singles {
		row.Singles, row.Told, row.By = append(row.Singles, one.at.UnixMilli()-before), append(row.Told, one.event), append(row.By, one.by)
		before = one.at.UnixMilli()
	}
	if now.Sub(s.poked) < betweenPokes {
		row.Poked = s.poked.UnixMilli()
	}
	if s.blocked.After(now) {
		row.Blocked = s.blocked.UnixMilli()
	}
	text, _ := json.Marshal(row) // numbers can always be written
	return text
}

func sinceEach(times []time.Time) (list []int64) {
	before := int64(0)
	for _, at := range times {
		list = append(list, at.UnixMilli()-before)
		before = at.UnixMilli()
	}
	return list
}

func timesIn(list []int64, now time.Time) (times []time.Time) {
	at := int64(0)
	for _, since := range list {
		at += since
		if t := time.UnixMilli(at); t.Before(now.Add(ledger.Margin)) {
			times = append(times, t)
		}
	}
	return times
}
