package message

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Recovered returns m, which says that something runs or has succeeded, in the words
// for those who were told that it had failed: since then, and so many times.
func (m Message) Recovered(since time.Time, times int) Message {
	l := m.Language
	said := recoveredNow.In(l)
	if after := duration(int64(m.Time.Sub(since)/time.Second), l); after != "" {
		said = fmt.Sprintf(recoveredAfter.In(l), after)
	}
	if m.of != nil {
		// An event about an image says itself that it is well.
		if !containsFold(m.of.typ.Name, "image") {
			m.What = m.of.about().In(l) + recoveredForm.In(l)
		}
		switch done, limit := m.of.restarts(); {
		case done > 0 && limit > 0:
			said += comma.In(l) + fmt.Sprintf(restartOf.In(l), done, limit)
		case done > 0:
			said += comma.In(l) + fmt.Sprintf(restart.In(l), done)
		}
	}
	m.Title = titleOf(m.What, m.Name, l)
	m.Brief = said
	failed := clock(since.In(m.Time.Location()))
	if times > 1 {
		failed += fmt.Sprintf(" ×%d", times)
	}
	own := slices.DeleteFunc(slices.Clone(m.Fields), func(f Field) bool { return f.Key == "reason" || f.Key == "restarts" })
	m.Fields = append([]Field{recovery(said, l), {Key: "failed_at", Label: failedAt.In(l), Value: failed}}, own...)
	return m
}

// recovery is the fact that those decide by who get no more than one, as a text has.
func recovery(said string, l Language) Field {
	return Field{Key: "reason", Label: recoveryLabel.In(l), Value: Clip(said, maxValue)}
}

// Recovery is a failure that nobody was told of before the thing had recovered.
type Recovery struct {
	Failed Message
	// At is when it had, and As the name of the event type that says so.
	At time.Time
	As string
}

// Meanwhile returns the message that tells of failures, of which there is one at
// least, that they are none any more, in the language of the first.
func Meanwhile(failures []Recovery) Message {
	failures = slices.Clone(failures)
	slices.SortStableFunc(failures, func(a, b Recovery) int { return a.Failed.Time.Compare(b.Failed.Time) })
	var things []Recovery // each with when it first failed
	for _, r := range failures {
		at := slices.IndexFunc(things, func(o Recovery) bool { return o.Failed.identity() == r.Failed.identity() })
		if r.Failed.Subject == "" || at < 0 {
			things = append(things, r)
		} else if r.At.After(things[at].At) {
			things[at].At, things[at].As = r.At, r.As
		}
	}
	first := things[0].Failed
	l := first.Language
	m := Message{
		Language: l, Severity: event.Info, What: meanwhile.In(l), Name: things[0].name(),
		Type: "recovered", Rule: first.Rule, About: first.About,
	}
	said := things[0].said(l)
	if len(things) == 1 {
		m.Subject, m.Link, m.LinkText = first.Subject, first.Link, first.LinkText
		m.state = things[0].now(l)
	} else {
		var texts []string
		for _, t := range things {
			texts = append(texts, t.name()+fmt.Sprintf(inBrackets.In(l), t.said(l)))
		}
		said = list(texts, maxListed, len(texts), between, l)
		count := len(things)
		if l != Chinese { // which counts all
			count--
		}
		m.Name += fmt.Sprintf(andMore.In(l), count)
	}
	m.Title, m.Brief = titleOf(m.What, m.Name, l), Clip(said, maxValue)
	m.Fields = []Field{recovery(said, l)}
	for _, t := range things {
		if t.At.After(m.Time) {
			m.Time = t.At
		}
	}
	m.Fields = append(m.Fields, field("time", clock(m.Time), l))
	return m
}

// name is what recovered, short enough for several in a line.
func (r Recovery) name() string {
	if r.Failed.Name == "" {
		return Clip(r.Failed.Title, maxItem)
	}
	return Clip(r.Failed.Name, maxItem)
}

// said is how it was, and how it is now: "failed 02:10, running 02:22".
func (r Recovery) said(l Language) string {
	was := stateIn(r.Failed)
	if !r.Failed.Time.IsZero() {
		was += " " + near(r.Failed.Time, r.At)
	}
	return Clip(was, maxItem) + comma.In(l) + r.now(l) + " " + r.At.Format("15:04")
}

// now is how it is now: "running".
func (r Recovery) now(l Language) string {
	if w, ok := wordsFor(r.As); ok {
		return stateIn(Message{Language: l, What: w.title.In(l)})
	}
	return strings.ToLower(recoveredNow.In(l))
}

var (
	recoveredForm  = Text{" recovered", "已恢复", "復旧"}
	recoveredNow   = Text{"Recovered", "已恢复", "復旧"}
	recoveredAfter = Text{"Recovered after %s", "%s后恢复", "%s後に復旧"}
	restartOf      = Text{"restart %d of %d", "第 %d 次重启（最多 %d 次）", "再起動 %d 回目（最大 %d 回）"}
	restart        = Text{"restart %d", "第 %d 次重启", "再起動 %d 回目"}
	recoveryLabel  = Text{"Recovery", "恢复情况", "復旧状況"}
	failedAt       = Text{"Failed", "失败时间", "失敗時刻"}
	meanwhile      = Text{"Recovered meanwhile", "期间已恢复", "その間に復旧"}
)
