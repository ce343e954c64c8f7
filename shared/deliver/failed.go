package deliver

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/hold"
)

// failing is what a receiver's control row remembers of a thing that failed, so that
// whoever was told of it can be told that it has recovered. One without notifications
// is a recovery that came before its failure, or, of nothing, when what was forgotten
// had failed last.
type failing struct {
	// Of is a digest of what failed, and By are the types of the events that tell of
	// its recovery.
	Of string   `json:"of,omitempty"`
	By []string `json:"by,omitempty"`
	// Since and Last are when it failed first and last, by the events, in
	// milliseconds since 1970; Times is how often. Of a recovery that came before its
	// failure, Last is when it came.
	Since int64 `json:"since"`
	Last  int64 `json:"last"`
	Times int   `json:"times"`
	// IDs are the notifications of that: the first and the latest.
	IDs []string `json:"ids,omitempty"`
	// Rules are digests of the rules that asked for them and watch for recoveries. What
	// a rule watches for is known by its type alone, so what the rule did not ask for,
	// such as another team's job, is known by them.
	Rules []string `json:"rules,omitempty"`
	// Told tells that one of them was accepted, where nothing else says so.
	Told bool `json:"told,omitempty"`
	// At is when it had recovered, by the event, As that event's type, and Teller the
	// notification that tells of it, if one is to. Done tells that this was accepted.
	At     int64  `json:"at,omitempty"`
	As     string `json:"as,omitempty"`
	Teller string `json:"teller,omitempty"`
	Done   bool   `json:"done,omitempty"`
}

const (
	// rememberFailed is for how long a failure is remembered whose recovery is to be
	// told, and rememberDone for how long one that was told to have recovered: what is
	// held about it comes within a day.
	rememberFailed, rememberDone = 7 * 24 * time.Hour, hold.Longest + time.Hour
	// A receiver's row has so many failures and so many notifications of each. Of more
	// those are forgotten first that were told to have recovered, then the oldest.
	maxFailing, maxFailingIDs = 100, 6
	// rememberEarly is for how long a recovery is remembered that comes before its
	// failure, as a bus may hand them over, and maxEarly how many are. Nearly all that
	// look so are jobs that start: while there are as many, no more are written down.
	rememberEarly, maxEarly = 10 * time.Minute, 20
)

// failedKey is the key of the control row with what failed of which a receiver, by a
// digest of whom it is, was to be told.
func failedKey(receiver string) string { return "failed/" + receiver }

// failed are those of a receiver.
type failed []*failing

// failedIn reads a row, without what has been remembered for long enough and what only
// another clock can have written.
func failedIn(row []byte, now time.Time) (all failed) {
	if len(row) > 0 && json.Unmarshal(row, &all) != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(e *failing) bool {
		if e == nil {
			return true
		}
		age := now.Sub(time.UnixMilli(e.Last))
		return e.early() && age > rememberEarly || age > rememberFailed || e.Done && now.Sub(time.UnixMilli(e.At)) > rememberDone || age < -hold.Longest
	})
}

// row writes it.
func (all failed) row() []byte {
	text, _ := json.Marshal(all) // texts and numbers can be written
	return text
}

// find returns the entry of a notification about a failure; nil where there is none.
func (all failed) find(n *notification) *failing {
	of := n.thing()
	for _, e := range all {
		if e.Of == of && slices.Equal(e.By, n.recoveredBy) {
			return e
		}
	}
	return nil
}

// thing is a digest of what a notification is about.
func (n *notification) thing() string {
	return digestOf(n.event.Source(), n.message.Subject)[:16]
}

// note remembers a notification about a failure that is to be told.
func (all failed) note(n *notification) failed {
	e, at := all.find(n), n.message.Time.UnixMilli()
	switch {
	case e == nil:
		all = all.shortened()
		e = &failing{Of: n.thing(), By: n.recoveredBy, Since: at, Last: at}
		for _, o := range all {
			if o.early() && o.Of == e.Of && slices.Contains(e.By, o.As) && at < o.At {
				e.At, e.As = o.At, o.As
			}
		}
		all = append(all, e)
	case slices.Contains(e.IDs, n.id()):
		return all // it is tried again
	case e.At != 0 && at < e.At: // it is late
		e.add(n)
		return all
	case e.Done:
		*e = failing{Of: e.Of, By: e.By, Since: at, Last: at}
	case e.At != 0: // it has failed again before anybody was told of the recovery
		e.Since, e.Last, e.Times = at, at, 0
		e.At, e.As, e.Teller = 0, "", ""
	}
	e.Since, e.Last, e.Times = min(e.Since, at), max(e.Last, at), e.Times+1
	e.add(n)
	return all
}

// early tells of a recovery of which no failure is known.
func (e *failing) early() bool { return e.Of != "" && len(e.IDs) == 0 }

// shortened makes room for another failure.
func (all failed) shortened() failed {
	var failures failed
	for _, e := range all {
		if len(e.IDs) > 0 {
			failures = append(failures, e)
		}
	}
	if len(failures) < maxFailing {
		return all
	}
	gone := slices.MinFunc(failures, func(a, b *failing) int {
		if a.Done != b.Done {
			return map[bool]int{true: -1, false: 1}[a.Done]
		}
		return cmp.Compare(a.Last, b.Last)
	})
	all = slices.DeleteFunc(all, func(e *failing) bool { return e == gone })
	if gone.Done {
		return all
	}
	if at := slices.IndexFunc(all, func(e *failing) bool { return e.Of == "" }); at >= 0 {
		all[at].Last = max(all[at].Last, gone.Last)
		return all
	}
	return append(all, &failing{Last: gone.Last})
}

// forgot reports whether a failure was forgotten of which no recovery was told.
func (all failed) forgot() bool {
	return slices.ContainsFunc(all, func(e *failing) bool { return e.Of == "" })
}

// noteEarly remembers a recovery from something that is not known to have failed: the
// failure may come after it.
func (all failed) noteEarly(n *notification, now time.Time) failed {
	of, at := n.thing(), n.message.Time.UnixMilli()
	count := 0
	for _, e := range all {
		if !e.early() {
			continue
		}
		if count++; e.Of == of && e.As == n.outcome.EventType {
			e.At = max(e.At, at)
			return all
		}
	}
	if count >= maxEarly {
		return all
	}
	return append(all, &failing{Of: of, Last: now.UnixMilli(), At: at, As: n.outcome.EventType})
}

// add remembers that a notification is to tell of the failure.
func (e *failing) add(n *notification) {
	if len(e.IDs) >= maxFailingIDs {
		e.IDs = slices.Delete(e.IDs, 1, 2)
	}
	e.IDs = append(e.IDs, n.id())
	if rule := n.rule(); len(n.policy.Watched) > 0 && !slices.Contains(e.Rules, rule) {
		e.Rules = append(e.Rules, rule)
	}
}

// rule is a digest of a notification's rule.
func (n *notification) rule() string { return digestOf(n.owner, n.ruleKey)[:8] }

// recoveredFrom returns the entries of what an event says that it runs or has
// succeeded; those of a later failure are in again.
func (all failed) recoveredFrom(n *notification) (from failed, again bool) {
	of, at := n.thing(), n.message.Time.UnixMilli()
	for _, e := range all {
		switch {
		case e.Of != of || !slices.Contains(e.By, n.outcome.EventType):
		case n.watched && !slices.Contains(e.Rules, n.rule()):
		case at <= e.Last: // in the same moment, nobody knows which was first
			again = true
		default:
			from = append(from, e)
		}
	}
	return from, again
}

// since is when the things failed first, and how often they did.
func (all failed) since() (since time.Time, times int) {
	first := slices.MinFunc(all, func(a, b *failing) int { return int(a.Since - b.Since) })
	for _, e := range all {
		times += e.Times
	}
	return time.UnixMilli(first.Since), times
}
