package message

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
)

// saying is what is said of an event in one language.
type saying struct {
	severity event.Severity
	// what happened, and what the reader can do about it.
	what, next string
}

// verdict is what an event comes to, before it is said in a language.
type verdict struct {
	severity event.Severity
	next     Text
	// with is what "%s" in next stands for.
	with string
}

func (v verdict) in(l Language, what string) saying {
	next := v.next.In(l)
	if v.with != "" {
		next = strings.Replace(next, "%s", v.with, 1)
	}
	return saying{v.severity, what, next}
}

// said finds the words for an event.
func (h *happening) said(l Language) saying {
	if w, ok := wordsFor(h.typ.Name); ok {
		return h.judged(w).in(l, w.title.In(l))
	}
	seen := h.seen()
	v := h.unknown(seen)
	if h.typ.Name != "" {
		return v.in(l, strings.TrimSpace(h.about().In(l))+" "+h.typ.What())
	}
	what := h.about().In(l)
	if seen.text != "" {
		form := eventForm
		if seen.status {
			form = statusForm
		}
		what += form.In(l) + seen.text
	}
	return v.in(l, what)
}

var (
	statusForm = Text{" status ", "状态变为 ", "のステータス "}
	eventForm  = Text{" event ", "事件 ", "のイベント "}
)

// about is what kind of thing an event is about; for a source that nobody
// catalogued, the source's own name.
func (h *happening) about() Text {
	name := cmp.Or(h.source.Name, h.typ.Source())
	if name == "" {
		name = Clip(clean(h.event.Source()), maxSource)
	}
	known := serviceName(name)
	// A name stands apart from the words that follow, unless both are Chinese or
	// Japanese.
	last, _ := utf8.DecodeLastRuneInString(name)
	if known.ZH == name && !unicode.In(last, unicode.Han, unicode.Hiragana, unicode.Katakana) {
		return Text{name, name + " ", name + " "}
	}
	return known
}

// maxSource keeps the name of what happened on a lock screen, in bytes.
const maxSource = 40

// SeverityOf returns the severity of the message that [Render] makes of an event,
// and whether every event of its type has the same, whatever its data says.
func SeverityOf(e event.Event, s event.Source, t event.Type) (severity event.Severity, always bool) {
	h := about(e, s, t)
	if w, ok := wordsFor(t.Name); ok {
		return h.judged(w).severity, t.Decided || !w.refined && !mayBeDenied(t.Severity)
	}
	return h.unknown(h.seen()).severity, false
}

// known is the verdict on an event whose type has words. What a document says of
// its severity stands, whatever the event's state.
func (h *happening) known(w words) verdict {
	v := verdict{severity: cmp.Or(h.typ.Severity, event.Info), next: w.next}
	if w.byState != nil {
		v = w.byState(h, v)
	}
	if h.typ.Decided {
		v.severity = h.typ.Severity
	}
	return v
}

// judged is the verdict on an event whose type has words, unless its own status
// denies it.
func (h *happening) judged(w words) verdict {
	v := h.known(w)
	if !h.typ.Decided && h.denied(v.severity) {
		return verdict{severity: event.Warning, next: statusDenies}
	}
	return v
}

// mayBeDenied tells of the severities that a status may contradict.
func mayBeDenied(s event.Severity) bool { return s != event.Critical && s != event.Warning }

// denied tells of an event that says of itself that all is well, and whose own
// status says that it failed, or of a success that it was not reached.
func (h *happening) denied(s event.Severity) bool {
	if !mayBeDenied(s) {
		return false
	}
	for _, key := range [...]string{"status", "snapshot_status"} {
		if key == "status" && h.alive() && !containsFold(h.typ.Name, "image") {
			continue // SaveFailed is an instance that runs
		}
		switch severityIn(h.raw(key)) {
		case event.Critical:
			return true
		case event.Warning:
			return s == event.Success
		case event.Info, event.Success:
		}
	}
	return false
}

// unknown is the verdict on an event whose type has no words: its severity is that
// of what its own status says, unless a document gives one, and its advice that of
// the event of its source that this is most like.
func (h *happening) unknown(s sign) verdict {
	v := verdict{severity: cmp.Or(h.typ.Severity, s.severity, event.Info)}
	if like, ok := wordsFor(h.like(s)); ok {
		advice := h.known(like)
		v.next, v.with = advice.next, advice.with
		return v
	}
	switch v.severity {
	case event.Critical:
		v.next = lookIntoIt
	case event.Warning:
		v.next = lookIfUnplanned
	case event.Info, event.Success:
	}
	return v
}

// like returns the name of the known event type whose advice fits what the sign
// says; "" for none.
func (h *happening) like(s sign) string {
	bad := s.severity == event.Critical
	switch cmp.Or(h.source.Name, h.typ.Source()) {
	case "dlc":
		switch {
		case s.tells("timeout", "timedout"):
			return "dlc.job-timeout"
		case s.tells("preempt", "evict"):
			return "dlc.job-preempted"
		case s.tells("restarting", "faulttolerance"):
			return "dlc.job-fault-tolerance"
		case bad && h.phase() <= ended:
			return "dlc.job-failed"
		case s.tells("stopped") && h.phase() <= ended:
			return "dlc.job-stopped"
		case s.severity == event.Success && h.retained():
			return "dlc.job-succeeded"
		}
	case "flow":
		if bad {
			return "flow.task-failed"
		}
	case "model":
		switch {
		case s.severity == event.Success && s.tells("approved"):
			return "model.version-approved"
		case s.tells("rejected"):
			return "model.version-rejected"
		}
	case "dsw":
		switch {
		case bad && (s.tells("save") || h.aboutImage()):
			return "dsw.image-save-failed"
		case bad:
			return "dsw.instance-failed"
		case s.tells("saving"):
			return "dsw.image-saving"
		case h.overdue():
			return "dsw.instance-stopped"
		}
	}
	return ""
}

// What to do about an event whose type nobody knows.
var (
	lookIntoIt = Text{
		EN: "Check its log and events in the console to find the cause.",
		ZH: "请在控制台查看其日志和事件，确认原因。",
		JA: "コンソールでログとイベントを確認し、原因を特定してください。",
	}
	statusDenies = Text{
		EN: "The event and its status contradict each other: check in the console which of them is right.",
		ZH: "事件与其状态不一致，请在控制台确认实际结果。",
		JA: "イベントとステータスが一致していません。コンソールで実際の結果を確認してください。",
	}
	lookIfUnplanned = Text{
		EN: "If this was not planned, check its events in the console.",
		ZH: "如非预期，请在控制台查看相关事件。",
		JA: "意図しない場合は、コンソールでイベントを確認してください。",
	}
)
