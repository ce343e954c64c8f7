package backend

import (
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Hours are quiet hours of the document, as a form offers them.
type Hours struct {
	Name string
	edit.Interval
	// Text says when they are.
	Text   string
	Chosen bool
}

// Days are the days of a week, from Monday on.
func Days() []string { return append(slices.Clone(hold.Days[1:]), hold.Days[0]) }

// HoursFor returns the quiet hours of the document, and which of them are chosen.
func (s *State) HoursFor(l message.Language, chosen []string) []Hours {
	var list []Hours
	for _, name := range slices.Sorted(maps.Keys(s.Quiet)) {
		i := s.Quiet[name]
		list = append(list, Hours{name, i, hoursText(l, i), slices.Contains(chosen, name)})
	}
	return list
}

func hoursText(l message.Language, i edit.Interval) string {
	days := Book.Say(l, "days.all")
	if len(i.Days) > 0 && len(i.Days) < len(hold.Days) {
		var names []string
		for _, day := range Days() {
			if slices.Contains(i.Days, day) {
				names = append(names, Book.Say(l, "day."+day))
			}
		}
		days = strings.Join(names, " ")
	}
	return i.From + "–" + i.To + " " + i.Zone + " · " + days
}

// Ordered returns the names of quiet hours that a form has chosen in the order in
// which the document has those that it had.
func Ordered(was edit.Names, chosen []string) edit.Names {
	var list edit.Names
	for _, name := range slices.Concat(was, chosen) {
		if slices.Contains(chosen, name) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
