package message

import (
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// fields returns the facts that are shown: what a rule asks for, or what the
// source has that neither the title nor the event says already. It comes after
// the title.
func (h *happening) fields(m *Message, rule event.Rule, id string) []Field {
	shown := make([]Field, 0, 16)
	if len(rule.Fields) > 0 {
		for _, f := range rule.Fields {
			if value := h.fact(f, m.Language); value != "" {
				shown = append(shown, chosen(f, value, m.Language))
			}
		}
		return shown
	}
	add := func(key string) {
		f := h.find(key)
		if value := h.written(f, labelFor(key).unit, m.Language); value != "" && !h.repeats(m, key, f) {
			shown = append(shown, field(key, value, m.Language))
		}
	}
	fields := h.source.Fields
	builtin := h.builtin()
	for i := range fields {
		if key := fields[i].Label; !mentioned(fields[:i], key) && !(builtin && quiet(key)) {
			add(key)
		}
	}
	if len(fields) == 0 {
		for i := range named {
			add(named[i].key)
			if named[i].key == lastNamed {
				break
			}
		}
		if len(shown) < 2 {
			shown = h.others(shown, m)
		}
	}
	add("data")
	if h.typ.Name == "" {
		add("type")
	}
	if h.source.Name == "" {
		add("source")
	}
	if id == "" {
		add("subject")
		add("event_id")
	}
	return shown
}

// maxOthers is how many members of data nobody knows are shown: they may be anything.
const maxOthers = 5

// others adds the first simple members of data by their own names, for an event
// of which no more is known than what it is called.
func (h *happening) others(shown []Field, m *Message) []Field {
	data := h.event.Data()
	if len(data) == 0 || data[0] != '{' {
		return shown
	}
	most := len(shown) + maxOthers
	for name, value := range event.Each(data) {
		if len(shown) == most {
			break
		}
		f, _ := read("", value)
		label := Clip(clean(short(name)), maxItem)
		key := ownKey(label)
		if f.text == "" || label == "" || f.text == m.Name || len(f.text) > 2 && containsFold(m.What, f.text) || slices.ContainsFunc(shown, func(s Field) bool { return s.Key == key || s.Value == f.text }) {
			continue
		}
		shown = append(shown, Field{Key: key, Label: label, Value: Clip(f.text, maxValue)})
	}
	return shown
}

// quiet are facts that the built-in catalogue knows and that decide nothing at a
// glance. A rule or a document that lists them shows them.
func quiet(key string) bool { return key == "job_type" || key == "priority" || key == "resource_type" }

func mentioned(fields []event.Field, key string) bool {
	for i := range fields {
		if fields[i].Label == key {
			return true
		}
	}
	return false
}

// repeats tells of a fact that the title or another fact says already, or that is
// worth nothing.
func (h *happening) repeats(m *Message, key string, f found) bool {
	if key == "failed_workers" {
		return m.Severity == event.Success
	}
	if f.text == "" {
		return false // no simple value, which nothing says again
	}
	switch key {
	case "name":
		return strings.Contains(m.Name, f.text)
	case "version":
		return strings.HasSuffix(m.Name, " "+f.text)
	case "subject":
		return m.Name == f.text
	case "status", "sub_status", "reason_code", "snapshot_status":
		return h.again(f.text) || len(f.text) > 2 && containsFold(m.What, f.text)
	case "snapshot_message":
		return f.text == h.raw("reason")
	case "restarts":
		return f.text == "0" || strings.HasPrefix(f.text, "0/")
	case "max_running_time":
		about := containsFold(h.typ.Name, "timeout") || containsFold(h.event.Type(), "timeout")
		return !about || h.tookTooLong() >= preparing // it has not run
	case "started":
		return h.ran() > 0
	case "finished":
		t, err := time.Parse(time.RFC3339Nano, f.text)
		return err == nil && t.Sub(m.Time).Abs() < time.Minute
	case "user", "owner":
		return accountID(f.text)
	case "accelerator":
		return h.raw("spec") != ""
	case "format":
		return f.text == h.raw("framework")
	}
	return false
}

// accountID tells of the number of an Alibaba Cloud account or RAM user, which
// says to nobody who it is. They have 16 to 18 digits.
func accountID(s string) bool {
	if len(s) < 15 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// also are the words for a state that say no more than an event's name, beside
// those that are in it.
var also = []struct{ name, state string }{
	{"dlc.job-queued", "Queuing"},
	{"dlc.job-fault-tolerance", "Restarting"},
	{"dlc.job-fault-tolerance", "Running"},
	{"dlc.job-stopped", "JobStoppedByUser"},
	{"dsw.image-saving", "Committing"},
	{"dsw.image-saving", "Pushing"},
}

// again tells of a state that only says the event again, as Failed and JobFailed
// do of dlc.job-failed.
func (h *happening) again(state string) bool {
	for i := range also {
		if also[i].name == h.typ.Name && event.Alike(also[i].state, state) {
			return true
		}
	}
	what := h.typ.What()
	if what == "" {
		what = h.event.Type()[strings.LastIndexByte(h.event.Type(), ':')+1:]
	}
	for more := true; more; _, what, more = strings.Cut(what, "-") {
		if event.Alike(what, state) {
			return true
		}
	}
	return false
}

// fact returns what a rule asks to be shown, as people read it.
func (h *happening) fact(f event.Fact, l Language) string {
	if f.Path == "" {
		return translated(f.Key, h.written(h.find(f.Key), labelFor(f.Key).unit, l), l)
	}
	whole := *h
	whole.event = h.whole
	value, _ := whole.look(f.Path)
	return whole.written(value, asItIs, l)
}

// ownKey is the key of what is shown by its name in data or by its path. It is none
// of a field that messages know: data may have a "time" of another thing.
func ownKey(name string) string {
	if slices.ContainsFunc(labels, func(l label) bool { return l.key == name }) {
		return "data." + name
	}
	return name
}

// chosen is a fact that a rule asked for, under its own label in that language, in
// English or in any language where it has one, or as it is always called.
func chosen(f event.Fact, value string, l Language) Field {
	shown := Field{Key: ownKey(f.Path), Label: f.Path, Value: Clip(value, maxValue)}
	if f.Path == "" {
		shown = field(f.Key, value, l)
	}
	own := Text(f.Label)
	for _, label := range [...]string{own.In(l), own.EN, own.ZH, own.JA, shown.Label} {
		if label = clean(short(label)); label != "" {
			shown.Label = Clip(label, maxName)
			break
		}
	}
	return shown
}
