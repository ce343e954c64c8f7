package message

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/event"
)

// sign is the word of an event that tells how it went.
type sign struct {
	// text is the word as the event has it, and status whether it is the status of
	// something, not what the event's type ends with.
	text   string
	status bool
	// severity is what the word means; "" for one that nobody knows.
	severity event.Severity
}

// maxStatus is in bytes; PAI's longest status has 23.
const maxStatus = 40

// seen finds the word that tells how it went: the status, or what the event says
// besides if that is worse. A type such as "paidlc:PodStatusChanged:Failed" comes
// with a job that is still running.
func (h *happening) seen() sign {
	best := h.statusSign()
	worse := func(other sign) bool {
		return best.text == "" || Urgency(other.severity) > Urgency(best.severity) && other.severity != event.Success
	}
	if sub := newSign(h.raw("sub_status"), true); worse(sub) {
		best = sub
	}
	name := clean(h.event.Type())
	if typ := newSign(lastPart(name), false); worse(typ) {
		// The status says otherwise, so that the type's word is that of a part of the
		// thing, which the word before it may name.
		if best.severity != "" || knownStatus(best.text) {
			typ.status = false
			if before := strings.TrimRight(strings.TrimSuffix(name, typ.text), ":./"); knownStatus(typ.text) && before != "" {
				typ.text = Clip(name[len(before)-len(lastPart(before)):], maxStatus)
			}
		}
		best = typ
	}
	if best.severity == "" && !knownStatus(best.text) {
		if code := newSign(h.raw("reason_code"), true); code.severity != "" {
			return code
		}
	}
	return best
}

// statusSign reads the status, or that of a part of the data where all of it has
// none. A boolean is none.
func (h *happening) statusSign() sign {
	status := h.find("status")
	if status.nothing() {
		status.value = h.statusWithin()
	}
	if len(status.value) > 0 && (status.value[0] == 't' || status.value[0] == 'f') {
		return sign{}
	}
	return newSign(readable(status.value, English, 0), true)
}

// statusWithin returns the status of the first member of the data that has one.
func (h *happening) statusWithin() json.RawMessage {
	data := h.event.Data()
	if len(data) == 0 || data[0] != '{' {
		return nil
	}
	for name, part := range event.Each(data) {
		if part[0] != '{' {
			continue
		}
		for _, path := range namesOf("status") {
			if h.stale(name + "." + path) {
				break
			}
			if value := event.In(part, path); len(value) > 2 && value[0] == '"' {
				return value
			}
		}
	}
	return nil
}

// newSign reads a word. One at the end of a type counts as a status where it says
// how it went, as in "…:JobFailed", and not in "…:CommitFile".
func newSign(text string, status bool) sign {
	if text == "" {
		return sign{}
	}
	severity := severityIn(text)
	return sign{Clip(text, maxStatus), status || severity != "", severity}
}

// tells finds one of the words in the sign, in whatever spelling.
func (s sign) tells(words ...string) bool {
	letters := lettersOf(s.text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(letters, w) })
}

// lastPart returns what an event type ends with, such as "Failed" of
// "paidlc:JobStatusChanged:Failed".
func lastPart(typ string) string {
	for _, separator := range [...]string{":", ".", "/"} {
		if i := strings.LastIndex(typ, separator); i >= 0 && i < len(typ)-1 {
			return typ[i+1:]
		}
	}
	return typ
}

// The words that statuses are made of, here and elsewhere, by what they mean. A
// word of a status that begins with one of them counts; of a status written in one
// word, such as "jobfailed", any part. PAI's own statuses are those of its APIs'
// GetJob, GetInstance, GetModelVersion and GetPipelineRun; its events may have
// others, and what must not happen is that a failure looks harmless.
var (
	failures  = [...]string{"fail", "error", "crash", "fatal", "panic", "exception", "unhealthy", "corrupt", "timeout", "timedout", "deadline", "unavailable", "backoff", "失败", "失敗", "错误", "エラー", "异常", "異常", "超时", "タイムアウト"}
	stops     = [...]string{"stopped", "reject", "cancelled", "canceled", "terminated", "aborted", "killed", "preempt", "evict", "suspend", "paused", "expired", "restart", "degraded", "unknown", "frozen", "lost", "arrear", "overdue", "reclaim", "blocked", "stuck", "interrupt", "warn", "denied", "refused", "forbidden", "exceeded", "invalid", "partial", "incomplete", "disabled", "failover", "停止", "拒绝", "驳回", "取消", "终止", "未通过", "未完成", "未成功", "却下", "中止", "中断", "警告"}
	successes = [...]string{"succe", "saved", "approved", "completed", "passed", "healthy", "recovered", "resolved", "成功", "已保存", "已完成", "已通过", "完了", "承認済"}
	// whole words mean something only where they stand alone: "hang" is in "change".
	wholeFailures  = [...]string{"err", "oom", "down", "timed", "hang", "hung", "dead", "broken", "critical"}
	wholeStops     = [...]string{"stop", "cancel", "abort", "shutdown", "kill"}
	wholeSuccesses = [...]string{"ok", "complete"}
	negations      = [...]string{"no", "not", "non", "without", "zero", "0", "never"}
)

// severityIn returns what a status means: critical where something failed, a
// warning where something ended or was held up before its time, success where it
// went well. "" for what is under way and for a word that nobody knows.
func severityIn(status string) event.Severity {
	var failed, stopped, succeeded bool
	negated := false
	for word := range wordsOf(status) {
		switch {
		case strings.Contains(word, "failover"):
			stopped = true
		case slices.Contains(wholeFailures[:], word), containsAny(word, failures[:]):
			failed = failed || !negated
		case slices.Contains(wholeStops[:], word), containsAny(word, stops[:]):
			stopped = stopped || !negated
		case slices.Contains(wholeSuccesses[:], word), containsAny(word, successes[:]):
			if negated || strings.HasPrefix(word, "un") || strings.HasPrefix(word, "in") || strings.HasPrefix(word, "dis") {
				stopped = true
			} else {
				succeeded = true
			}
		}
		negated = slices.Contains(negations[:], word)
	}
	switch {
	case failed && succeeded, stopped && !failed:
		return event.Warning // such as "RecoveredFromFailure"
	case failed:
		return event.Critical
	case succeeded:
		return event.Success
	}
	return ""
}

func containsAny(word string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(word, part) })
}

// wordsOf yields the words of a name in lower case, however they are joined:
// "JobFailed", "job_failed", "JOB FAILED".
func wordsOf(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		var word []rune
		runes := []rune(name)
		for i, c := range runes {
			if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
				if len(word) > 0 && !yield(string(word)) {
					return
				}
				word = word[:0]
				continue
			}
			begins := unicode.IsUpper(c) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
			if begins && len(word) > 0 {
				if !yield(string(word)) {
					return
				}
				word = word[:0]
			}
			word = append(word, unicode.ToLower(c))
		}
		if len(word) > 0 {
			yield(string(word))
		}
	}
}

// lettersOf returns the letters of a name in lower case: of one written in any
// way the same.
func lettersOf(name string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, name)
}
