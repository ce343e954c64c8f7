package hold

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Mute keeps people from being told, critical things included, until a time: quiet
// hours by hand. Its empty fields narrow nothing; one that has none of Rule,
// Receiver and Job mutes everything on its bus.
type Mute struct {
	// ID names it, such as "m3".
	ID string `json:"id"`
	// Rule is a rule's key, Receiver "<type>/<key of the receiver>", and Job the id
	// of what an event is about: a job, a flow, an instance, a model.
	Rule     string `json:"rule,omitempty"`
	Receiver string `json:"receiver,omitempty"`
	Job      string `json:"job,omitempty"`
	// By is who muted it, and Why the reason.
	By  string `json:"by,omitempty"`
	Why string `json:"why,omitempty"`
	// From and Until bound it.
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Drop leaves out what happens meanwhile, instead of holding it.
	Drop bool `json:"drop,omitempty"`
}

// Everything reports whether it mutes all of its bus.
func (m Mute) Everything() bool { return m.Rule == "" && m.Receiver == "" && m.Job == "" }

// covers reports whether it mutes a notification at a time.
func (m Mute) covers(n Notification, at time.Time) bool {
	narrow := func(wanted, is string) bool { return wanted == "" || wanted == is }
	return !at.Before(m.From) && at.Before(m.Until) &&
		narrow(m.Rule, n.Rule) && narrow(m.Receiver, n.Receiver) && narrow(m.Job, n.Job)
}

// MutesKey is the key of the control row with the mutes of a bus.
func MutesKey(bus string) string { return "mutes/" + bus }

// ReadMutes reads the mutes of a control row that have not ended, the one that
// ends last first. A row that cannot be read mutes nothing, because an alert that
// nobody wanted is better than one that nobody got.
func ReadMutes(row []byte, now time.Time) []Mute {
	var all []Mute
	if len(row) > 0 && json.Unmarshal(row, &all) != nil {
		return nil
	}
	all = slices.DeleteFunc(all, func(m Mute) bool { return !now.Before(m.Until) })
	slices.SortStableFunc(all, func(a, b Mute) int { return cmp.Or(b.Until.Compare(a.Until), cmp.Compare(a.ID, b.ID)) })
	return all
}

// WriteMutes writes the control row.
func WriteMutes(all []Mute) []byte {
	text, _ := json.Marshal(all) // texts and times can be written
	return text
}
