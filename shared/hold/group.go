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
	groups := map[string]folded{}
	if len(row) > 0 && json.Unmarshal(row, &groups) != nil {
		groups = map[string]folded{}
	}
	g := groups[key]
	until := time.UnixMilli(g.Until)
	// One that ends later than any can is not believed: the clock that wrote it was
	// wrong, or the wait was longer then.
	open := g.First != "" && now.Before(until) && !until.After(now.Add(wait+skew))
	switch {
	case open && (g.First == id || slices.Contains(g.Over, id)):
		return Decision{}, nil
	case open && severity > g.Severity:
		g.Severity, g.Over = severity, append(g.Over, id)
	case open && (began.Before(time.UnixMilli(g.Before)) || now.Sub(began) >= wait):
		return Decision{}, nil
	case open:
		return Decision{Wait, until, fmt.Sprintf("grouped with %s until %s", g.First, until.UTC().Format("15:04:05 UTC"))}, nil
	default:
		g = folded{First: id, Until: now.Add(wait).UnixMilli(), Severity: severity, Before: min(g.Until, now.UnixMilli())}
	}
	// An ended group is kept for as long as it takes to send what it held.
	maps.DeleteFunc(groups, func(_ string, g folded) bool { return now.Sub(time.UnixMilli(g.Until)) > time.Hour })
	if _, known := groups[key]; !known && len(groups) >= maxGroups {
		return Decision{}, nil
	}
	groups[key] = g
	next, _ := json.Marshal(groups) // texts and numbers can be written
	return Decision{}, next
}
