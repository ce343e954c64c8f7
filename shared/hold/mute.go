package hold

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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
	// Owner is whose the rule is: two documents on a bus may have rules with one key. A
	// mute that does not say it is for the rules of all.
	Owner string `json:"owner,omitempty"`
	// From and Until bound it.
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Drop leaves out what happens meanwhile, instead of holding it.
	Drop bool `json:"drop,omitempty"`
}

// Everything reports whether it mutes all of its bus.
func (m Mute) Everything() bool { return m.Rule == "" && m.Receiver == "" && m.Job == "" }

// Because is what a notification says that it keeps from being sent.
func (m Mute) Because() string {
	by, why := "", ""
	if m.By != "" {
		by = " by " + m.By
	}
	if m.Why != "" {
		why = ": " + m.Why
	}
	return fmt.Sprintf("muted%s until %s%s", by, m.Until.UTC().Format("2006-01-02 15:04 UTC"), why)
}

// Check returns what is wrong with a mute that somebody wants now.
func (m Mute) Check(now time.Time) error {
	switch {
	case m.Until.IsZero():
		return errors.New("a mute needs an end")
	case !m.Until.After(now):
		return fmt.Errorf("the end of the mute, %s, is in the past", m.Until.UTC().Format("2006-01-02 15:04 UTC"))
	case !m.Drop && m.Until.Sub(now) > Longest:
		return fmt.Errorf("a mute holds notifications, and nothing is held longer than %d hours: choose an earlier end, or drop what happens meanwhile", Longest/time.Hour)
	case m.Until.Sub(now) > longestMute:
		return fmt.Errorf("a mute lasts %d days at most: disable the rule instead", longestMute/(24*time.Hour))
	case utf8.RuneCountInString(m.Why) > longestText || utf8.RuneCountInString(m.By) > longestText:
		return fmt.Errorf("the reason or the author of a mute is longer than %d characters", longestText)
	}
	return nil
}

// The bounds of a mute that drops, of its texts, and of how many a bus may have: a
// control row stays small.
const (
	longestMute = 30 * 24 * time.Hour
	longestText = 200
	mostMutes   = 100
)

// covers reports whether it mutes a notification at a time.
func (m Mute) covers(n Notification, at time.Time) bool {
	narrow := func(wanted, is string) bool { return wanted == "" || wanted == is }
	return !at.Before(m.From) && at.Before(m.Until) &&
		narrow(m.Rule, n.Rule) && narrow(m.Owner, n.Owner) && narrow(m.Receiver, n.Receiver) && narrow(m.Job, n.Job)
}

// MutesKey is the key of the control row with the mutes of a bus.
func MutesKey(bus string) string { return "mutes/" + bus }

// ReadMutes reads the mutes of a control row that have not ended, the one that
// ends last first. A row that cannot be read mutes nothing, because an alert that
// nobody wanted is better than one that nobody got.
func ReadMutes(row []byte, now time.Time) []Mute {
	all := slices.DeleteFunc(allMutes(row), func(m Mute) bool { return !now.Before(m.Until) })
	slices.SortStableFunc(all, func(a, b Mute) int { return cmp.Or(b.Until.Compare(a.Until), cmp.Compare(a.ID, b.ID)) })
	return all
}

func allMutes(row []byte) (all []Mute) {
	if len(row) > 0 && json.Unmarshal(row, &all) != nil {
		return nil
	}
	return all
}

// WriteMutes writes the control row.
func WriteMutes(all []Mute) []byte {
	text, _ := json.Marshal(all) // texts and times can be written
	return text
}

// AddMute adds a mute to a control row from now on, and returns it with its id. It
// fails when the row has as many as a bus may have.
func AddMute(row []byte, m Mute, now time.Time) ([]byte, Mute, error) {
	all := ReadMutes(row, now)
	if len(all) >= mostMutes {
		return nil, m, fmt.Errorf("the bus has %d mutes already, as many as it may have: end some of them first", len(all))
	}
	m.ID, m.From = "m"+strconv.Itoa(lastMute(row)+1), now
	return WriteMutes(append(all, m)), m, nil
}

// EndMutes ends those mutes of a control row that are named, and returns them.
func EndMutes(row []byte, ids []string, now time.Time) (next []byte, ended []Mute) {
	last := "m" + strconv.Itoa(lastMute(row))
	var kept []Mute
	for _, m := range allMutes(row) {
		active := now.Before(m.Until)
		if active && slices.Contains(ids, m.ID) {
			ended = append(ended, m)
			m.Until, active = now, false
		}
		if active || m.ID == last { // so that no id is given twice
			kept = append(kept, m)
		}
	}
	return WriteMutes(kept), ended
}

// lastMute is the highest number that a mute of a control row has.
func lastMute(row []byte) (last int) {
	for _, m := range allMutes(row) {
		if n, err := strconv.Atoi(strings.TrimPrefix(m.ID, "m")); err == nil {
			last = max(last, n)
		}
	}
	return last
}
