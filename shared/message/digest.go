package message

import (
	"fmt"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// maxDigest is how many events a digest lists one by one. A target's own limit
// of bytes may leave room for fewer.
const maxDigest = 50

// Digest makes one message of several that arrived together for one receiver:
// the most urgent first, each with its title, status and time. It takes the
// language of the first. One message is returned as it is.
func Digest(list []Message) Message {
	if len(list) == 1 {
		return list[0]
	}
	l := list[0].Language
	ordered := slices.Clone(list)
	slices.SortStableFunc(ordered, func(a, b Message) int { return urgency(b.Severity) - urgency(a.Severity) })
	d := Message{
		Language: l,
		Severity: ordered[0].Severity,
		Title:    digestTitle(ordered, l),
		Subject:  ordered[0].Subject,
		Type:     "digest",
		Rule:     ordered[0].Rule,
		Time:     latest(ordered),
		Next:     ordered[0].Next,
		Link:     ordered[0].Link,
		LinkText: ordered[0].LinkText,
	}
	for i, m := range ordered {
		if i == maxDigest {
			d.Fields = append(d.Fields, Field{Key: "more", Label: "…", Value: fmt.Sprintf(andMore.In(l), len(ordered)-maxDigest)})
			break
		}
		d.Fields = append(d.Fields, Field{Key: "event", Label: severityName(m.Severity).In(l), Value: digestLine(m)})
	}
	return d
}

func digestTitle(list []Message, l Language) string {
	title := fmt.Sprintf(eventsTogether.In(l), len(list))
	for _, s := range []event.Severity{event.Critical, event.Warning} {
		count := 0
		for _, m := range list {
			if m.Severity == s {
				count++
			}
		}
		if count > 0 {
			title += fmt.Sprintf(ofWhich.In(l), count, severityName(s).In(l))
		}
	}
	return title
}

// digestLine is the title, then what tells this event from its neighbours.
func digestLine(m Message) string {
	line := m.Title
	for _, key := range []string{"id", "status", "time"} {
		for _, f := range m.Fields {
			if f.Key == key {
				line += " · " + f.Value
				break
			}
		}
	}
	return Clip(line, maxValue)
}

func latest(list []Message) time.Time {
	var last time.Time
	for _, m := range list {
		if m.Time.After(last) {
			last = m.Time
		}
	}
	return last
}

func urgency(s event.Severity) int {
	return slices.Index([]event.Severity{event.Info, event.Success, event.Warning, event.Critical}, s)
}

func severityName(s event.Severity) Text {
	switch s {
	case event.Critical:
		return Text{"Critical", "严重", "重大"}
	case event.Warning:
		return Text{"Warning", "警告", "警告"}
	case event.Success:
		return Text{"Success", "成功", "成功"}
	}
	return Text{"Info", "信息", "情報"}
}

var (
	eventsTogether = Text{"%d events", "%d 个事件", "%d 件のイベント"}
	ofWhich        = Text{", %d × %s", "，%d 个%s", "、%d 件が%s"}
	andMore        = Text{"and %d more", "还有 %d 个", "ほか %d 件"}
)
