package hold

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// folded is a group in a receiver's control row: what happened to one thing.
type folded struct {
	// First is the id of the notification that was sent at once, and Over are those of
	// what was more severe than all before it and was sent at once too: they stay so
	// when they have to be tried again.
	First string   `json:"first"`
	Over  []string `json:"over,omitempty"`
	// Until is when what follows is told, in milliseconds since 1970.
	Until int64 `json:"until"`
	// At is when the event of First happened, in milliseconds since 1970, of what is
	// held in quiet hours.
	At int64 `json:"at,omitempty"`
	// Severity is that of the most severe that was sent.
	Severity int `json:"severity,omitempty"`
	// Before is when the group before it ended, which held what began earlier.
	Before int64 `json:"before,omitempty"`
}

// skew is how far apart the clocks of those who share a row may be.
const skew = time.Minute

// maxGroups bounds the groups of one receiver's control row. What has no room is
// sent at once.
const maxGroups = 500

// GroupsKey is the key of the control row with the groups of a receiver, by a
// digest of whom it is.
func GroupsKey(receiver string) string { return "groups/" + receiver }

// Fold decides about a notification of a group from the control row of its receiver,
// and returns the row to write in its place; nil where it stays. The group is named
// by its key, the notification by its id.
//
// The first is sent at once and opens the group; what follows waits until it ends,
// unless it is more severe than anything that the group has sent. What was held goes
// out then and opens the group again, so that a thing that keeps failing is told once
// in each wait. All that was held goes out together, in as many messages as it takes:
// what an earlier group held, and what has waited for as long as this one would have
// it wait, is let through. So nothing is held twice.
func Fold(row []byte, key, id string, severity int, began time.Time, wait time.Duration, now time.Time) (Decision, []byte) {
	wait = min(wait, Longest)
	groups := groupsOf(row)
	g := groups[key]
	until, open := time.UnixMilli(g.Until), g.open(wait, now)
	switch {
	case open && (g.First == id || slices.Contains(g.Over, id)):
		return Decision{}, nil
	case open && severity > g.Severity:
		g.Severity, g.Over = severity, append(g.Over, id)
	case open && (began.Before(time.UnixMilli(g.Before)) || now.Sub(began) >= wait):
		return Decision{}, nil
	case open:
		return Decision{Action: Wait, Until: until, Because: fmt.Sprintf("grouped with %s until %s", g.First, until.UTC().Format("15:04:05 UTC"))}, nil
	default:
		g = folded{First: id, Until: now.Add(wait).UnixMilli(), Severity: severity, Before: min(g.Until, now.UnixMilli())}
	}
	return Decision{}, groups.with(key, g, now)
}

// FoldShort is [Fold] for texts and calls, which have no room for a list. What was
// held is not told afterwards: the first of the group speaks for it, unless that is
// gone, which never was sent and never will be.
func FoldShort(row []byte, key, id, gone string, severity int, began time.Time, wait time.Duration, now time.Time) (Decision, []byte) {
	wait = min(wait, Longest)
	groups := groupsOf(row)
	g := groups[key]
	until := time.UnixMilli(g.Until)
	open := g.open(wait, now)
	held := g.First != "" && g.First != id && !slices.Contains(g.Over, id) &&
		(began.Before(time.UnixMilli(g.Before)) || !open && began.Before(until) || open && now.Sub(began) >= wait)
	switch {
	case held && g.First != gone:
		return Decision{Action: Skip, Because: "grouped into " + g.First, By: g.First}, nil
	case held: // and it speaks for the others
		g.First, g.Severity, g.Before = id, severity, min(max(g.Until, g.Before), now.UnixMilli())
		g.Until = max(g.Until, now.Add(wait).UnixMilli())
		return Decision{}, groups.with(key, g, now)
	}
	return Fold(row, key, id, severity, began, wait, now)
}

// Newest returns a receiver's control row in which a notification that is held until
// a time, of an event that happened at a time, is the newest about a thing; nil where
// a newer one is.
func Newest(row []byte, key, id string, at, until, now time.Time) []byte {
	groups := groupsOf(row)
	if groups[key].newer(at, id) {
		return nil
	}
	return groups.with(key, folded{First: id, At: at.UnixMilli(), Until: until.UnixMilli()}, now)
}

// ToldBy decides about a notification that was held, by whether a newer one about the
// same thing was, which is not gone.
func ToldBy(row []byte, key, id, gone string, at time.Time) Decision {
	if g := groupsOf(row)[key]; g.First != gone && g.newer(at, id) {
		return Decision{Action: Skip, Because: "told by " + g.First + ", which is newer", By: g.First}
	}
	return Decision{}
}

func (g folded) newer(at time.Time, id string) bool {
	return g.First != "" && (g.At > at.UnixMilli() || g.At == at.UnixMilli() && g.First > id)
}

// open reports whether what follows waits. A group that ends later than any can is
// not believed: the clock that wrote it was wrong, or the wait was longer then.
func (g folded) open(wait time.Duration, now time.Time) bool {
	until := time.UnixMilli(g.Until)
	return g.First != "" && now.Before(until) && !until.After(now.Add(wait+skew))
}

type groups map[string]folded

func groupsOf(row []byte) groups {
	all := groups{}
	if len(row) > 0 && json.Unmarshal(row, &all) != nil {
		return groups{}
	}
	return all
}

// with writes the row with a group in it; nil where there is no room for one more. An
// ended group is kept for as long as it takes to send what it held.
func (all groups) with(key string, g folded, now time.Time) []byte {
	maps.DeleteFunc(all, func(_ string, g folded) bool { return now.Sub(time.UnixMilli(g.Until)) > time.Hour })
	if _, known := all[key]; !known && len(all) >= maxGroups {
		return nil
	}
	all[key] = g
	text, _ := json.Marshal(all) // texts and numbers can be written
	return text
}
