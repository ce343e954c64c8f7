package message

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// MaxDigest is how many events one digest is made of at most: as many lines as
// the smallest platform, WeCom with 4096 bytes, has room for.
const MaxDigest = 20

// Bounds of a digest's texts, in bytes.
const (
	// maxHeadline leaves a digest's title whole on every platform. The least is
	// WeCom's text message when it was too long once: a tenth of 1024.
	maxHeadline = 100
	// maxWhat keeps the name near the beginning, where a lock screen shows it.
	maxWhat = 40
	// digestBytes is what the lines have together: WeCom's 4096 without title, end
	// and labels.
	digestBytes = 3400
	// maxLead is what the reason of the most urgent has in the brief, before the
	// others.
	maxLead = 160
)

// Digest makes one message of several that arrived together for one receiver,
// at most [MaxDigest], in the language of the first. Its title names the most
// urgent and how many more there are; each field is one of them, in the order
// of [ByUrgency]: what happened to what, the reason and the time.
//
// What happened to one job is one line: its most urgent event, with the others
// in brackets. Only a critical one with words or a reason of its own has a line
// of its own as well. When all is one line, it is that event's message, with a
// field for the others.
//
// Each line has its own link. The digest has a link and advice only where they
// are right for every line. One message is returned as it is.
func Digest(list []Message) Message {
	if len(list) == 1 {
		return list[0]
	}
	ordered := slices.Clone(list)
	slices.SortStableFunc(ordered, ByUrgency)
	lines := fold(ordered)
	first := lines[0]
	if len(lines) == 1 {
		return first.whole().AskedBy(ordered)
	}
	l := list[0].Language
	d := Message{
		Language: l,
		Severity: first.Severity,
		Subject:  first.Subject,
		Type:     "digest",
	}
	d.What, d.Name = first.headline(maxHeadline - len(moreThan(lines, l)))
	// The name goes on with how many more, so that a title is always both.
	if d.Name == "" {
		d.What += moreThan(lines, l)
	} else {
		d.Name += moreThan(lines, l)
	}
	d.Title = titleOf(d.What, d.Name, l)
	brief := []string{Clip(first.Brief, maxLead)}
	for i, line := range lines {
		d.Fields = append(d.Fields, Field{
			Key:   "event",
			Label: Mark(line.Severity) + " " + severityName(line.Severity).In(l),
			Value: line.text(min(digestBytes/len(lines), maxValue)),
			Link:  line.Link,
		})
		if i > 0 {
			brief = append(brief, line.Title)
		}
		if line.Time.After(d.Time) {
			d.Time = line.Time
		}
	}
	d.Brief = Clip(strings.TrimPrefix(strings.Join(brief, " · "), " · "), maxValue)
	if all(lines, func(o line) bool { return o.about == first.about || o.Next == first.Next }) {
		d.Next = first.Next
	}
	if all(lines, func(o line) bool { return o.Link == first.Link }) {
		d.Link, d.LinkText = first.Link, first.LinkText
		for i := range d.Fields {
			d.Fields[i].Link = "" // once is enough
		}
	}
	return d.AskedBy(ordered)
}

// ByUrgency compares messages for [slices.SortStableFunc]: the most urgent
// first, and of those the newest.
func ByUrgency(a, b Message) int {
	return cmp.Or(cmp.Compare(Urgency(b.Severity), Urgency(a.Severity)), b.Time.Compare(a.Time))
}

// With returns m with the facts that another message about the same event shows and
// m does not, because another rule chose them: for those who get both as one.
func (m Message) With(other Message) Message {
	at := len(m.Fields)
	if at > 0 && m.Fields[at-1].Key == "time" {
		at--
	}
	for _, f := range other.Fields {
		if !slices.ContainsFunc(m.Fields, func(o Field) bool { return o.Key == f.Key }) {
			m.Fields = slices.Insert(slices.Clone(m.Fields), at, f)
			at++
		}
	}
	return m
}

// maxRules is how many bytes the names of several rules have.
const maxRules = 120

// AskedBy returns m with the names of the rules that asked for the messages of a
// list, so that a reader knows which to change. What a rule is for is told when
// there is one alone.
func (m Message) AskedBy(list []Message) Message {
	var names []string
	for _, o := range list {
		if o.Rule != "" && !slices.Contains(names, o.Rule) {
			names = append(names, o.Rule)
			m.About = o.About
		}
	}
	if len(names) < 2 {
		m.Rule = strings.Join(names, "")
		return m
	}
	m.About = ""
	if m.Rule = strings.Join(names, ", "); len(m.Rule) > maxRules {
		m.Rule = fmt.Sprintf("%s, +%d", names[0], len(names)-1)
	}
	return m
}

// moreThan says after the name of the first line how many there are besides.
func moreThan(lines []line, l Language) string {
	counts := make([]string, 0, 2)
	for _, s := range [...]event.Severity{event.Critical, event.Warning} {
		count := 0
		for _, o := range lines {
			if o.Severity == s {
				count++
			}
		}
		if count > 0 {
			counts = append(counts, fmt.Sprintf(ofSeverity(s).In(l), count))
		}
	}
	n := len(lines)
	if l != Chinese { // which counts all
		n--
	}
	text := fmt.Sprintf(moreEvents.In(l), n)
	if len(counts) > 0 {
		text += fmt.Sprintf(inBrackets.In(l), strings.Join(counts, comma.In(l)))
	}
	return text
}

func all(lines []line, is func(line) bool) bool {
	return !slices.ContainsFunc(lines, func(o line) bool { return !is(o) })
}

// Urgency ranks severities: the higher, the more urgent.
func Urgency(s event.Severity) int {
	return slices.Index([]event.Severity{event.Info, event.Success, event.Warning, event.Critical}, s)
}

// ofSeverity counts the events of a severity.
func ofSeverity(s event.Severity) Text {
	if s == event.Critical {
		return Text{"%d critical", "严重 %d", "重大 %d"}
	}
	return Text{"%d warning", "警告 %d", "警告 %d"}
}

var (
	moreEvents = Text{" and %d more", " 等 %d 个事件", " 他 %d 件"}
	inBrackets = Text{" (%s)", "（%s）", "（%s）"}
	comma      = Text{", ", "，", "、"}
)
