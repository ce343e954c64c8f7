package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// MaxDigest is how many events one digest is made of at most: as many lines as
// the smallest platform, WeCom with 4096 bytes, has room for.
const MaxDigest = 20

// Digest makes one message of several that arrived together for one receiver:
// the most urgent first, each with its identity, status, title and time, of
// which the first are cut last. It takes the language of the first, and at most
// [MaxDigest] messages. One message is returned as it is.
func Digest(list []Message) Message {
	if len(list) == 1 {
		return list[0]
	}
	l := list[0].Language
	ordered := slices.Clone(list)
	slices.SortStableFunc(ordered, func(a, b Message) int { return Urgency(b.Severity) - Urgency(a.Severity) })
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
	for _, m := range ordered {
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

// digestLine begins with what nobody can do without, because lines are cut at
// their ends.
func digestLine(m Message) string {
	parts := make([]string, 0, 4)
	for _, key := range []string{"id", "status"} {
		if value := valueOf(m, key); value != "" {
			parts = append(parts, value)
		}
	}
	parts = append(parts, m.Title)
	if value := valueOf(m, "time"); value != "" {
		parts = append(parts, value)
	}
	return Clip(strings.Join(parts, " · "), maxValue)
}

func valueOf(m Message, key string) string {
	for _, f := range m.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
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

// Urgency ranks severities: the higher, the more urgent.
func Urgency(s event.Severity) int {
	return slices.Index([]event.Severity{event.Info, event.Success, event.Warning, event.Critical}, s)
}

var (
	eventsTogether = Text{"%d events", "%d 个事件", "%d 件のイベント"}
	ofWhich        = Text{", %d × %s", "，%d 个%s", "、%d 件が%s"}
)
