package message

import (
	"encoding/json"
	"iter"
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
	if status.empty() {
		status.value = h.statusWithin()
	}
	if len(status.value) > 0 && (status.value[0] == 't' || status.value[0] == 'f') {
		return sign{}
	}
	return newSign(readable(status.value, English, 0), true)
}

// maxParts bounds what data of thousands of parts costs.
const maxParts = 100

// statusWithin returns the worst status of the members of the data that have one.
func (h *happening) statusWithin() (worst json.RawMessage) {
	data := h.event.Data()
	if len(data) == 0 || data[0] != '{' {
		return nil
	}
	urgency, parts := -1, 0
	for name, part := range event.Each(data) {
		if part[0] != '{' {
			continue
		}
		if parts++; parts > maxParts {
			break
		}
		for _, path := range namesOf("status") {
			if h.stale(name + "." + path) {
				break
			}
			value := event.In(part, path)
			if len(value) <= 2 || value[0] != '"' {
				continue
			}
			if u := Urgency(severityIn(event.Read(value))); worst == nil || u > urgency {
				worst, urgency = value, u
			}
			break
		}
	}
	return worst
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
	failures  = [...]string{"fail", "error", "crash", "fatal", "panic", "exception", "unhealthy", "corrupt", "timeout", "timedout", "deadline", "unavailable", "backoff", "abnormal", "unreachable", "irrecoverable", "失败", "失敗", "错误", "出错", "报错", "崩溃", "エラー", "异常", "異常", "不正常", "超时", "タイムアウト"}
	stops     = [...]string{"stopped", "reject", "cancelled", "canceled", "terminated", "aborted", "killed", "preempt", "evict", "suspend", "paused", "expired", "restart", "degraded", "unknown", "frozen", "lost", "arrear", "overdue", "reclaim", "blocked", "stuck", "interrupt", "warn", "denied", "refused", "forbidden", "exceeded", "invalid", "partial", "incomplete", "disabled", "failover", "停止", "拒绝", "驳回", "取消", "终止", "未通过", "不通过", "部分", "一部", "却下", "中止", "中断", "警告"}
	successes = [...]string{"succe", "saved", "approved", "completed", "passed", "healthy", "recovered", "resolved", "成功", "已保存", "完成", "已通过", "完了", "正常終了", "承認済"}
	// whole words mean something only where they stand alone: "hang" is in "change".
	wholeFailures  = [...]string{"err", "oom", "down", "timed", "hang", "hung", "dead", "broken", "critical"}
	wholeStops     = [...]string{"stop", "cancel", "abort", "shutdown", "kill"}
	wholeSuccesses = [...]string{"ok", "complete"}
	negations      = [...]string{"no", "not", "un", "non", "without", "zero", "0", "never"}
)

// severityIn returns what a status means: critical where something failed, a
// warning where something ended or was held up before its time, success where it
// went well. "" for what is under way and for a word that nobody knows.
func severityIn(status string) event.Severity {
	var failed, stopped, succeeded bool
	denied := false
	for word := range compounds(wordsOf(status)) {
		failure, noFailure := says(word, failures[:], wholeFailures[:])
		stop, noStop := says(word, stops[:], wholeStops[:])
		success, noSuccess := says(word, successes[:], wholeSuccesses[:])
		switch {
		case strings.Contains(word, "failover"), strings.Contains(word, "failedover"):
			stopped = true
		case failure:
			failed = failed || !denied && !noFailure
		case stop:
			stopped = stopped || !denied && !noStop
		case success && (denied || noSuccess):
			stopped = true
		case success:
			succeeded = true
		}
		denied = slices.Contains(negations[:], word)
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

// says finds one of the parts in a word, or the word among whole ones, and
// whether the word denies it: "unsaved", "未成功", "エラーなし".
func says(word string, parts, whole []string) (found, denied bool) {
	for _, part := range parts {
		before, after, ok := strings.Cut(word, part)
		if !ok {
			continue
		}
		for _, no := range [...]string{"un", "in", "dis"} {
			denied = denied || before == no
		}
		for _, no := range [...]string{"未", "不", "无", "無", "没", "没有", "非"} {
			denied = denied || strings.HasSuffix(before, no)
		}
		for _, no := range [...]string{"なし", "せず", "ではな", "していな", "しな", "しませ", "していませ"} {
			denied = denied || strings.HasPrefix(after, no)
		}
		return true, denied
	}
	return slices.Contains(whole, word), false
}

// compounds joins what is written in two words and means something else than
// each: "FailedOver", "back-off", "time out", "ScaleDown".
func compounds(words iter.Seq[string]) iter.Seq[string] {
	return func(yield func(string) bool) {
		held := ""
		for word := range words {
			switch {
			case held == "":
			case word == "over" && strings.HasPrefix(held, "fail"),
				word == "off" && held == "back",
				word == "out" && strings.HasPrefix(held, "time"),
				word == "down" && (strings.HasPrefix(held, "shut") || strings.HasPrefix(held, "scal")):
				word = held + word
			default:
				if !yield(held) {
					return
				}
			}
			held = word
		}
		if held != "" {
			yield(held)
		}
	}
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
