package learn

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/event"
)

// same are words that say what a word of the catalogue's types says.
var same = map[string]string{
	"failure": "failed", "fail": "failed", "fails": "failed", "error": "failed", "errored": "failed",
	"success": "succeeded", "succeed": "succeeded", "successful": "succeeded",
	"started": "running",
	"queue":   "queued", "queuing": "queued", "queueing": "queued", "enqueue": "queued", "enqueued": "queued",
	"preempt": "preempted", "preemption": "preempted",
	"timedout": "timeout",
	"bid":      "bidding",
	"tolerant": "tolerance",
	"approve":  "approved", "reject": "rejected",
	"terminated": "stopped",
}

// changing are words of a type that says by its data what became of something.
var changing = []string{"change", "changed", "changes", "state", "status", "finish", "finished", "complete", "completed", "end", "ended"}

// neutral are words beside which a type's name still says the same. Any other
// word may say that it is about something else, such as one pod of a job, or that
// the failure is over.
var neutral = slices.Concat(changing, []string{"pai", "acs", "aliyun", "event", "notification", "training", "execution", "platform", "workspace"})

// strange returns the words of a kind's type that neither belong to an event type
// nor are neutral.
func strange(k *Kind, t event.Type) []string {
	known := slices.Concat(neutral, words(t.What()), []string{t.Source(), "pai" + t.Source()})
	return slices.DeleteFunc(words(k.Type), func(w string) bool { return slices.Contains(known, w) })
}

// words returns the words of a name in small letters, those that say the same as
// one of the catalogue in that form.
func words(name string) []string {
	list := rawWords(name)
	for i := 0; i < len(list); i++ {
		if list[i] == "out" && i > 0 && (list[i-1] == "time" || list[i-1] == "timed") {
			list[i-1] = "timeout"
			list = slices.Delete(list, i, i+1)
			i--
		}
	}
	for i, w := range list {
		if s, ok := same[w]; ok {
			list[i] = s
		}
	}
	return list
}

// rawWords returns the words of a name as they stand there, in small letters.
func rawWords(name string) []string {
	var list []string
	letters := []rune(name)
	from := 0
	end := func(to int) {
		if to > from {
			list = append(list, strings.ToLower(string(letters[from:to])))
		}
		from = to
	}
	for i, r := range letters {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end(i)
			from = i + 1
		case unicode.IsUpper(r) && i > from && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])):
			end(i)
		}
	}
	end(len(letters))
	return list
}

// named returns the event type that a kind's name says; false when none does, or
// several do.
func named(types []event.Type, k *Kind) (event.Type, []string, bool) {
	tokens := words(k.Type)
	// Of the types whose words are all there the one with most; where none is
	// whole, the one whose last word, the outcome, is there.
	var whole, last []event.Type
	for _, t := range types {
		of := words(t.What())
		missing := slices.ContainsFunc(of, func(w string) bool { return !slices.Contains(tokens, w) })
		switch {
		case !missing && len(whole) > 0 && len(of) > len(words(whole[0].What())):
			whole = []event.Type{t}
		case !missing && (len(whole) == 0 || len(of) == len(words(whole[0].What()))):
			whole = append(whole, t)
		}
		if slices.Contains(tokens, of[len(of)-1]) {
			last = append(last, t)
		}
	}
	if len(whole) == 0 {
		whole = last
	}
	if len(whole) != 1 || len(strange(k, whole[0])) > 0 {
		return event.Type{}, nil, false
	}
	var common []string
	for _, w := range words(whole[0].What()) {
		if slices.Contains(tokens, w) {
			common = append(common, fmt.Sprintf("%q", w))
		}
	}
	return whole[0], []string{fmt.Sprintf("type %q says %s", k.Type, strings.Join(common, " "))}, true
}

// status returns where the data says how things stand, and what it says; "" when
// it does not.
func status(s event.Source, e event.Event, data shape) (path, value string) {
	prefix := data.inside(s)
	for _, f := range s.Fields {
		if at := data.find(prefix, f.Path); f.Label == "status" && at != "" {
			return at, e.Lookup(at)
		}
	}
	return "", ""
}

// outcome returns the event type that says what a status says, and of several
// the one that the kind's name speaks for; false when that is not one.
func outcome(types []event.Type, k *Kind, status string) (event.Type, bool) {
	said, tokens := words(status), words(k.Type)
	if !slices.ContainsFunc(tokens, func(w string) bool { return slices.Contains(changing, w) }) {
		return event.Type{}, false
	}
	var found []event.Type
	most := -1
	for _, t := range types {
		of := words(t.What())
		if len(said) != 1 || of[len(of)-1] != said[0] {
			continue
		}
		n := 0
		for _, w := range of {
			if slices.Contains(tokens, w) {
				n++
			}
		}
		switch {
		case n > most:
			found, most = []event.Type{t}, n
		case n == most:
			found = append(found, t)
		}
	}
	if len(found) != 1 || len(strange(k, found[0])) > 0 {
		return event.Type{}, false
	}
	return found[0], true
}

// contradicts returns the status that says the opposite of a type's name.
func contradicts(t event.Type, s event.Source, k *Kind) string {
	opposite := map[string]string{"failed": "succeeded", "succeeded": "failed", "approved": "rejected", "rejected": "approved"}
	of := words(t.What())
	for i, e := range k.whole {
		if _, value := status(s, e, k.shapes[i]); value != "" && slices.Contains(words(value), opposite[of[len(of)-1]]) {
			return value
		}
	}
	return ""
}
