package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// line is what a digest says in one line: an event, and others of the same job
// in the order in which they happened.
type line struct {
	Message
	about  identity
	others []Message
}

// identity tells what an event is about. A new version of a model has the model's
// id and a name of its own.
type identity struct{ subject, name string }

// identity goes by the event's own name: a rule may show the status in its place, which
// differs from one event of a job to the next.
func (m Message) identity() identity {
	if m.of == nil {
		return identity{m.Subject, m.Name}
	}
	return identity{m.Subject, m.of.name()}
}

// fold makes lines of messages in the order of [ByUrgency], in that order.
func fold(ordered []Message) []line {
	var lines []line
	for _, m := range ordered {
		o := line{Message: m, about: m.identity()}
		at := -1
		if m.Subject != "" {
			at = slices.IndexFunc(lines, func(before line) bool { return before.about == o.about })
		}
		if at < 0 || m.Severity == event.Critical && !slices.ContainsFunc(lines, o.saysAgain) {
			lines = append(lines, o)
			continue
		}
		lines[at].others = append(lines[at].others, m)
	}
	for _, o := range lines {
		slices.SortStableFunc(o.others, func(a, b Message) int { return a.Time.Compare(b.Time) })
	}
	return lines
}

// saysAgain tells whether a line before says of the same job all that o does.
func (o line) saysAgain(before line) bool {
	return before.about == o.about && before.Title == o.Title && before.Brief == o.Brief
}

// whole is the event's message with a field for the others.
func (o line) whole() Message {
	m := o.Message
	at := slices.IndexFunc(m.Fields, func(f Field) bool { return f.Key == "time" })
	if at < 0 {
		at = len(m.Fields)
	}
	m.Fields = slices.Insert(slices.Clone(m.Fields), at, Field{Key: "sequence", Label: otherEvents.In(m.Language), Value: Clip(o.sequence(), maxValue)})
	return m
}

// headline returns what happened and to what, in at most room bytes with what
// stands between them.
func (o line) headline(room int) (what, name string) {
	if o.What == "" {
		return Clip(o.Title, room), ""
	}
	if len(o.Title) <= room {
		return o.What, o.Name
	}
	what = Clip(o.What, min(maxWhat, room))
	return what, Clip(o.Name, max(0, room-len(what)-len(Colon(o.Language))))
}

func titleOf(what, name string, l Language) string {
	if name == "" {
		return what
	}
	return what + Colon(l) + name
}

// text is the line in at most room bytes: title, reason, time and what else
// happened to the job. Names and reasons give way, such that none of the four
// is lost.
func (o line) text(room int) string {
	end := ""
	if !o.Time.IsZero() {
		end = " · " + o.Time.Format("01-02 15:04 -07:00")
	}
	if len(o.others) > 0 {
		end += fmt.Sprintf(inBrackets.In(o.Language), Clip(o.sequence(), room/3))
	}
	what, name := o.headline(room / 2)
	text := titleOf(what, name, o.Language)
	if left := room - len(text) - len(end) - len(" · "); o.Brief != "" && left > 0 {
		if brief := Clip(o.Brief, left); brief != "" {
			text += " · " + brief
		}
	}
	return Clip(text+end, room)
}

// sequence tells the other events of the job, those after the event of the line
// apart.
func (o line) sequence() string {
	var before, after []Message
	for _, m := range o.others {
		if m.Time.After(o.Time) {
			after = append(after, m)
		} else {
			before = append(before, m)
		}
	}
	text := o.states(before)
	if len(after) == 0 {
		return text
	}
	if text != "" {
		text += semicolon.In(o.Language)
	}
	return text + fmt.Sprintf(then.In(o.Language), o.states(after))
}

// states lists events by how the job was then, each state once with its last
// time and how often it was.
func (o line) states(list []Message) string {
	var states []string
	for i, m := range list {
		state := stateIn(m)
		same := func(other Message) bool { return stateIn(other) == state }
		if slices.ContainsFunc(list[i+1:], same) {
			continue
		}
		count := 0
		for _, other := range list[:i+1] {
			if same(other) {
				count++
			}
		}
		if count > 1 {
			state += fmt.Sprintf(" ×%d", count)
		}
		if !m.Time.IsZero() {
			state += " " + near(m.Time, o.Time)
		}
		states = append(states, state)
	}
	return strings.Join(states, comma.In(o.Language))
}

// stateIn is what happened without the kind of thing that it happened to, which
// the line has named.
func stateIn(m Message) string {
	for _, source := range [...]string{"dlc", "flow", "model", "dsw"} {
		if state, ok := strings.CutPrefix(m.What, serviceName(source).In(m.Language)); ok && state != "" {
			return strings.TrimSpace(state)
		}
	}
	if m.What == "" {
		return m.Title
	}
	return strings.TrimPrefix(m.What, "DSW ") // of an image
}

// near writes a time of an event beside another, in that one's zone: on its
// day the time alone.
func near(t, other time.Time) string {
	if other.IsZero() {
		return t.Format("01-02 15:04 -07:00")
	}
	t = t.In(other.Location())
	if t.YearDay() == other.YearDay() && t.Year() == other.Year() {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

var (
	otherEvents = Text{"Other events", "其他事件", "その他のイベント"}
	semicolon   = Text{"; ", "；", "。"}
	then        = Text{"then %s", "之后%s", "その後 %s"}
)
