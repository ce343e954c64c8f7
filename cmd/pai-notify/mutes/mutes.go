// Package mutes adds and ends the mutes of a bus: what people do not want to be
// told for a while.
package mutes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Archive is what remembers mutes and what they hold: a bus of this machine, or the
// ledger of a cloud's functions.
type Archive interface {
	History(ctx context.Context, q local.Query) ([]local.Notification, error)
	Update(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)
	Reconsider(ctx context.Context, ids []string, at time.Time) (int, error)
}

// Of are the mutes of a bus.
type Of struct {
	Archive
	Bus string
	// Here tells that the bus is this machine's, whose functions see a mute at once.
	Here bool
	Now  func() time.Time
}

// Sees is for how long functions may not have seen yet what changes now.
func (o Of) Sees() time.Duration {
	if o.Here {
		return deliver.MutesHere
	}
	return deliver.MutesFor
}

// List returns the mutes that have not ended, the one that ends last first.
func (o Of) List(ctx context.Context) ([]hold.Mute, error) {
	row, err := o.Update(ctx, hold.MutesKey(o.Bus), func([]byte) ([]byte, bool) { return nil, false })
	return hold.ReadMutes(row, o.Now()), err
}

// Add mutes from now on, and returns the mute with its id.
func (o Of) Add(ctx context.Context, m hold.Mute) (hold.Mute, error) {
	added, err := o.AddAll(ctx, m)
	return added[0], err
}

// AddAll adds all of these mutes from now on, or none, and returns them with their
// ids.
func (o Of) AddAll(ctx context.Context, list ...hold.Mute) ([]hold.Mute, error) {
	now := o.Now().UTC().Truncate(time.Second)
	added := slices.Clone(list)
	for i := range added {
		added[i].Until = added[i].Until.UTC().Truncate(time.Second)
		if err := added[i].Check(now); err != nil {
			return added, err
		}
	}
	var refused error
	_, err := o.Update(ctx, hold.MutesKey(o.Bus), func(row []byte) (next []byte, replace bool) {
		next, refused = row, nil
		for i := range added {
			if next, added[i], refused = hold.AddMute(next, added[i], now); refused != nil {
				return nil, false
			}
		}
		return next, true
	})
	if refused != nil {
		err = refused
	}
	return added, err
}

// End ends mutes, and has what they held decided about afresh as soon as all
// functions have seen that. It returns the mutes, and how many notifications that
// were. When it fails after mutes have ended, what they held is sent when it is due.
func (o Of) End(ctx context.Context, ids []string) (ended []hold.Mute, freed int, err error) {
	_, err = o.Update(ctx, hold.MutesKey(o.Bus), func(row []byte) (next []byte, replace bool) {
		next, ended = hold.EndMutes(row, ids, o.Now())
		return next, len(ended) > 0
	})
	if err != nil || len(ended) == 0 {
		return nil, 0, err
	}
	held, err := local.Query{Bus: o.Bus, States: []local.State{local.Waiting}}.Find(ctx, o.History, 0, func(n local.Notification) bool {
		return slices.ContainsFunc(ended, func(m hold.Mute) bool { return strings.HasPrefix(n.Outcome.Reason, m.Because()) })
	})
	at := o.Now().Add(o.Sees() + time.Second)
	for part := range slices.Chunk(held, 1000) {
		var ids []string
		for _, n := range part {
			ids = append(ids, n.ID)
		}
		count, failed := o.Reconsider(ctx, ids, at)
		if freed += count; failed != nil {
			return ended, freed, failed
		}
	}
	return ended, freed, err
}

// What names a mute: its id, and what it mutes.
func What(m hold.Mute) string {
	var parts []string
	rule := m.Rule
	if rule != "" && m.Owner != "" {
		rule += " of " + m.Owner
	}
	for _, part := range [][2]string{{"job", m.Job}, {"rule", rule}, {"receiver", m.Receiver}} {
		if part[1] != "" {
			parts = append(parts, part[0]+" "+part[1])
		}
	}
	if parts == nil {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// Receiver is one that a mute may name: that of a rule.
type Receiver struct {
	// Owner is whose the rule is, Key the rule's key and Rule its name; Name is
	// "<type>/<name>".
	Owner, Key, Rule, Name string
}

// Receivers returns those of all rules on a bus.
func Receivers(s provision.State) (list []Receiver) {
	for _, r := range s.Rules {
		for _, t := range r.Targets {
			for _, c := range t.Carries() {
				for _, to := range c.Receivers {
					list = append(list, Receiver{c.Rule.Owner, c.Rule.Key(), c.Rule.Name, to.Type + "/" + to.Name})
				}
			}
		}
	}
	return list
}

// of tells whether it is of a rule that is named by its name or its key, alone or as
// OWNER/RULE.
func (r Receiver) of(rule string) bool {
	return slices.Contains([]string{r.Rule, r.Key, r.Owner + "/" + r.Rule, r.Owner + "/" + r.Key}, rule)
}

// Rule narrows a mute to a rule that is named by its name or its key, or, where two
// documents have one of that name, as OWNER/RULE.
func Rule(list []Receiver, m hold.Mute, name string) (hold.Mute, error) {
	var names []string
	var found []Receiver
	for _, r := range list {
		if r.of(name) {
			found = append(found, r)
		}
		names = append(names, r.Rule)
	}
	if found == nil {
		return m, fmt.Errorf("no rule %s is on the bus%s", name, among(names))
	}
	return narrowed(m, found, name)
}

// narrowed narrows a mute to the rule of some receivers, if they are all of one.
func narrowed(m hold.Mute, found []Receiver, name string) (hold.Mute, error) {
	var rules []string
	for _, r := range found {
		rules = append(rules, r.Owner+"/"+r.Rule)
		if r.Owner != found[0].Owner || r.Key != found[0].Key {
			return m, fmt.Errorf("several rules on the bus are called %s: write OWNER/RULE%s", name, among(append(rules, found[0].Owner+"/"+found[0].Rule)))
		}
	}
	m.Owner, m.Rule = found[0].Owner, found[0].Key
	return m, nil
}

// To narrows a mute to a receiver that is named as RULE/RECEIVER, or as TYPE/NAME
// whatever rule it belongs to.
func To(list []Receiver, m hold.Mute, name string) (hold.Mute, error) {
	var names []string
	var found []Receiver
	for _, r := range list {
		fits := (m.Rule == "" || m.Rule == r.Key) && (m.Owner == "" || m.Owner == r.Owner)
		if fits && r.Name == name {
			m.Receiver = name
			return m, nil
		}
		_, short, _ := strings.Cut(r.Name, "/")
		for _, receiver := range []string{r.Name, short} {
			if rule, is := strings.CutSuffix(name, "/"+receiver); fits && is && r.of(rule) {
				found = append(found, r)
				break
			}
		}
		names = append(names, r.Name)
	}
	if found == nil {
		return m, fmt.Errorf("no receiver %s is on the bus: write RULE/RECEIVER, or TYPE/NAME as history shows it%s", name, among(names))
	}
	m.Receiver = found[0].Name
	return narrowed(m, found, name)
}

// shown is how many names an error lists.
const shown = 10

func among(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return ", which has none"
	}
	more := ""
	if len(names) > shown {
		names, more = names[:shown], ", …"
	}
	return "; there are " + strings.Join(names, ", ") + more
}
