package editor

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// timed says when a rule's receivers would be sent the event, if it came at a time.
type timed struct {
	// At is the time in Zone, one of Zones, and Date its day.
	At, Zone, Date string
	Zones          []string
	Fates          []fate
}

// fate is what becomes of events for receivers that are alike.
type fate struct {
	Receivers []target.Receiver
	// Kind is what becomes of the event at the time: "sent", "held" or "left" out.
	Kind, Text string
	// Day is what becomes on that day of events that are not critical; nil when they
	// are sent at once at any time.
	Day   []stretch
	Notes []string
}

// stretch is a part of a day in which events have one fate. X and Width are in
// minutes of a day that has 1440.
type stretch struct {
	X, Width             int
	From, To, Kind, Text string
}

// clockForm is how a browser writes a time of a day.
const clockForm = "2006-01-02T15:04"

// timing asks what decides for real, as the functions and the command match do.
func (h *handlers) timing(l message.Language, s *backend.State, f *form.Rule, r workspace.Rule, of tried, muted []backend.Muted) timed {
	t := timed{Zone: f.Zone, Zones: zonesOf(s, f)}
	if !slices.Contains(t.Zones, t.Zone) {
		t.Zone = t.Zones[0]
	}
	in, err := time.LoadLocation(t.Zone)
	if err != nil {
		in = time.UTC
	}
	at, err := time.ParseInLocation(clockForm, f.At, in)
	if err != nil {
		at = h.Now().In(in)
	}
	t.At, t.Date = at.Format(clockForm), at.Format(time.DateOnly)
	if !of.there {
		return t
	}
	shown := message.Render(of.event, of.source, of.typ, message.English, r.Carried())
	days := map[string][]stretch{} // by what they depend on: few rules have receivers that differ
	for _, to := range r.Receivers() {
		spec, _ := backend.SpecOf(h.Options.Specs, to.Type)
		n := hold.Notification{
			Receiver: to.Type + "/" + to.Name, Job: shown.Subject, Channel: deliver.ChannelOf(spec), Critical: shown.Severity == event.Critical, Began: at,
		}
		p := r.Policy(to)
		made := fate{Receivers: []target.Receiver{to}, Notes: notes(l, n, p)}
		made.Kind, made.Text = decided(l, n, p, at)
		for _, m := range muted {
			n.Rule, n.Owner = m.Rule, m.Owner // it is one of this rule, whatever its key
			switch hold.Decide(n, nil, []hold.Mute{m.Mute}, at).Action {
			case hold.Wait:
				made.Kind, made.Text = "held", m.Text
			case hold.Skip:
				made.Kind, made.Text = "left", m.Text
			}
		}
		if p != nil && len(p.Quiet) > 0 && n.Channel != hold.Program {
			key := fmt.Sprint(n.Channel, p.Quiet)
			if days[key] == nil {
				days[key] = dayOf(l, n, p, at)
			}
			made.Day = days[key]
		}
		alike := func(other fate) bool {
			return other.Text == made.Text && reflect.DeepEqual(other.Day, made.Day) && slices.Equal(other.Notes, made.Notes)
		}
		if i := slices.IndexFunc(t.Fates, alike); i >= 0 {
			t.Fates[i].Receivers = append(t.Fates[i].Receivers, to)
		} else {
			t.Fates = append(t.Fates, made)
		}
	}
	return t
}

// zonesOf are the time zones in which a time can be given: that of the rule's quiet
// hours first.
func zonesOf(s *backend.State, f *form.Rule) []string {
	var zones []string
	add := func(zone string) {
		if zone != "" && !slices.Contains(zones, zone) && slices.Contains(hold.Zones(), zone) {
			zones = append(zones, zone)
		}
	}
	for _, name := range f.Quiet {
		add(s.Quiet[name].Zone)
	}
	for _, one := range s.HoursFor(message.English, nil) {
		add(one.Zone)
	}
	add(time.Local.String())
	add("UTC")
	return zones
}

// decided says what becomes of a notification that comes at a time.
func decided(l message.Language, n hold.Notification, p *hold.Policy, at time.Time) (kind, text string) {
	n.Began = at
	d := hold.Decide(n, p, nil, at)
	switch {
	case d.Action == hold.Wait && hoursAt(p, d.Until) != "": // they go on when it is sent
		return "held", Book.Say(l, "fate.longest", hoursAt(p, at))
	case d.Action == hold.Wait:
		return "held", Book.Say(l, "fate.held", d.Until.In(at.Location()).Format("15:04"), hoursAt(p, at))
	case d.Action == hold.Skip:
		return "left", Book.Say(l, "fate.left", hoursAt(p, at))
	}
	routine := n
	routine.Critical = false
	if n.Critical && hold.Decide(routine, p, nil, at).Action != hold.Send {
		return "sent", Book.Say(l, "fate.critical")
	}
	return "sent", Book.Say(l, "fate.sent")
}

// hoursAt names the quiet hours that a time is in.
func hoursAt(p *hold.Policy, at time.Time) string {
	for _, i := range p.Quiet {
		if _, in := i.End(at); in {
			return i.Name
		}
	}
	return ""
}

// dayOf says what becomes of what is not critical on the day of a time.
func dayOf(l message.Language, n hold.Notification, p *hold.Policy, at time.Time) []stretch {
	n.Critical = false
	from := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	end := time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, at.Location())
	place := func(t time.Time) int { return int(t.Sub(from) * 1440 / end.Sub(from)) }
	var day []stretch
	step := stepOf(p.Quiet)
	for t := from; t.Before(end); {
		one := stretch{X: place(t), From: t.Format("15:04")}
		one.Kind, one.Text = decided(l, n, p, t)
		for t = t.Add(step); t.Before(end); t = t.Add(step) {
			if kind, text := decided(l, n, p, t); kind != one.Kind || text != one.Text {
				break
			}
		}
		one.Width, one.To = place(t)-one.X, t.Format("15:04")
		if !t.Before(end) {
			one.To = "24:00"
		}
		day = append(day, one)
	}
	return day
}

// stepOf is how far apart the times of a day are at which something may change:
// quarters of an hour where all quiet hours begin and end at those, as people write
// them and as time zones differ. Each minute takes fifteen times as long to ask.
func stepOf(quiet []hold.Interval) time.Duration {
	for _, i := range quiet {
		for _, clock := range []string{i.From, i.To} {
			if _, minutes, _ := strings.Cut(clock, ":"); !slices.Contains([]string{"00", "15", "30", "45"}, minutes) {
				return time.Minute
			}
		}
	}
	return 15 * time.Minute
}

// notes are what holds for a receiver at any time.
func notes(l message.Language, n hold.Notification, p *hold.Policy) []string {
	switch {
	case n.Channel == hold.Program:
		return []string{Book.Say(l, "fate.program")}
	case p == nil:
		return nil
	}
	var list []string
	if len(p.Quiet) > 0 {
		list = append(list, Book.Say(l, "fate.passes"))
	}
	if g := p.Group; g != nil {
		key := "fate.group"
		if n.Channel == hold.Text || n.Channel == hold.Call {
			key = "fate.group.short"
		}
		list = append(list, Book.Say(l, key, Book.Say(l, "group."+string(g.By)), message.InWords(time.Duration(g.Wait)*time.Second, l)))
	}
	if p.Recovered {
		list = append(list, Book.Say(l, "fate.recovered"))
	}
	return list
}
