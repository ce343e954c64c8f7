package message

import (
	"slices"
	"strings"
)

const (
	// A reason longer than this would keep the facts after it off the screen.
	maxReason = 240
	// A lock screen and a list of mails show two or three lines.
	maxBrief = 4
)

// decisive are the facts that a reader decides by, and what stands before them
// where they have no label: after a reason, and without one.
var decisive = []struct {
	key            string
	after, without Text
}{
	{"reason", Text{}, Text{}},
	{"duration", Text{"", "已运行 ", "実行時間 "}, Text{"Ran for ", "已运行 ", "実行時間 "}},
	{"restarts", Text{"", "重启 ", "再起動 "}, Text{"Restarts ", "重启 ", "再起動 "}},
	{"summary", Text{}, Text{}},
	{"gpus", Text{}, Text{"GPUs: ", "", "GPU "}},
	{"metrics", Text{}, Text{}},
	{"quota", Text{}, Text{}},
	{"spec", Text{}, Text{}},
	{"user", Text{}, Text{"by ", "创建者 ", "作成者 "}},
	{"snapshot", Text{}, Text{}},
	{"description", Text{}, Text{}},
}

// brief is the reason, then how long it ran and what of its restarts is used;
// without a reason, what else decides. It is made of what is shown. chosen says
// that a rule chose these facts: then all of them decide.
func brief(fields []Field, id string, chosen bool, l Language) string {
	var parts []string
	at := slices.IndexFunc(fields, func(f Field) bool { return f.Key == "reason" })
	if at >= 0 {
		parts = append(parts, Clip(withoutID(fields[at].Value, id), maxReason))
	}
	for i, f := range fields {
		if i == at || len(parts) == maxBrief {
			continue
		}
		before, ok := before(f, at >= 0, l)
		if ok || chosen {
			parts = append(parts, before+f.Value)
		}
	}
	for i := 0; i < len(fields) && len(parts) < 2 && at < 0; i++ {
		if before, ok := before(fields[i], false, l); !ok && !chosen {
			parts = append(parts, before+fields[i].Value)
		}
	}
	return Clip(strings.Join(parts, " · "), maxValue)
}

// before returns what stands before a fact where it has no label, and false for
// one that does not decide, which keeps its label.
func before(f Field, reason bool, l Language) (text string, decides bool) {
	for i := range decisive {
		switch d := &decisive[i]; {
		case d.key != f.Key:
		case !reason:
			return d.without.In(l), true
		case i <= 3: // the reason, how long, how often, and all of it
			return d.after.In(l), true
		}
	}
	return f.Label + Colon(l), false
}

// withoutID shortens what is called by the id of its job, as in "Worker
// dlc1x-worker-12 exited": the title has the job.
func withoutID(reason, id string) string {
	if id == "" || !strings.Contains(reason, id+"-") {
		return reason
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(reason, id+"-")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		// "Worker …-12", and "pod …-worker-12".
		if kind, number, ok := strings.Cut(after, "-"); ok && kind != "" && ends(before, kind) {
			after = number
		}
		b.WriteString("…-")
		reason = after
	}
}

// ends tells whether the last word of a text is that one, in whatever case.
func ends(text, word string) bool {
	text = strings.TrimRight(text, " ")
	at := len(text) - len(word)
	return at >= 0 && strings.EqualFold(text[at:], word)
}
