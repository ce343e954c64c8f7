package learn

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/event"
)

// maxElements is how many elements of a list a sample keeps: enough to see what
// they are.
const maxElements = 3

// states are the names, in plain form, of data that says by one word what became
// of something. Such words stay, so that a sample matches what the event matched.
var states = []string{"status", "substatus", "approvalstatus", "reasoncode", "jobtype", "type", "resourcetype", "accessibility", "sourcetype", "state", "phase", "event", "action", "acceleratortype", "paymenttype", "formattype", "frameworktype"}

// free are the names, in plain form, of objects whose keys people make up.
var free = []string{"label", "labels", "tag", "tags", "annotation", "annotations", "env", "envs", "environment", "environments", "metadata", "setting", "settings", "parameter", "parameters", "argument", "arguments", "extra", "extras", "properties", "options", "context", "user", "users", "owners", "members", "contacts"}

// Scrubber makes samples of events, without what is about people, accounts and
// jobs. One value is replaced by the same one in all samples of a scrubber, and
// two by two.
type Scrubber struct {
	stand map[string]string
	// private are the values that stand where they say who or which.
	private map[string]bool
}

// NewScrubber returns a scrubber that has replaced nothing yet.
func NewScrubber() *Scrubber { return &Scrubber{map[string]string{}, map[string]bool{}} }

// Sample returns an event for a file: source, type, the names of its data, what
// became of something, times and small numbers stay, and nothing else.
func (s *Scrubber) Sample(e event.Event) ([]byte, error) {
	s.look("", e.JSON())
	var out bytes.Buffer
	out.WriteByte('{')
	for name, value := range event.Each(e.JSON()) {
		var text json.RawMessage
		switch name {
		case "specversion":
			text = quoted("1.0")
		case "source", "type", "datacontenttype", "aliyunregionid":
			text = value
		case "id":
			text = quoted(s.replace(e.ID(), "00000000-0000-4000-8000-%012d"))
		case "time", "aliyunpublishtime":
			t := e.Time()
			if t.IsZero() {
				continue
			}
			text = quoted(t.UTC().Format(time.RFC3339))
		case "subject":
			text = quoted(s.replace(e.Subject(), "acs:example:cn-hangzhou:1000000000000000:example/%d"))
		case "data":
			text = s.value("", value, 0)
		case "dataschema", "aliyunaccountid", "aliyunoriginalaccountid", "aliyuneventbusname", "aliyunpublishaddr":
			text = s.value(name, value, 0)
		default:
			continue // an extension of somebody's own
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(quoted(name))
		out.WriteByte(':')
		out.Write(text)
	}
	out.WriteByte('}')
	var indented bytes.Buffer
	if err := json.Indent(&indented, out.Bytes(), "", "  "); err != nil {
		return nil, fmt.Errorf("learn: the event makes no sample: %w", err)
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

// look notes what stands in the event where it is not to stay, so that it goes
// wherever else it stands too.
func (s *Scrubber) look(name string, value []byte) {
	switch {
	case len(value) == 0:
	case value[0] == '{':
		for n, inner := range event.Each(value) {
			s.look(n, inner)
		}
	case value[0] == '[':
		list, _, _ := event.List(value, 10000)
		for _, inner := range list {
			s.look(name, inner)
		}
	case value[0] == '"':
		if text := event.Unquote(value); !slices.Contains(states, plain(name)) && name != "source" {
			for _, word := range append(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), text) {
				// A sentence may say that a job failed: that makes nobody's name of it.
				if word = strings.ToLower(word); !vocabulary()[word] {
					s.private[word] = true
				}
			}
		}
	}
}

// value returns what stands in a sample in place of a value that is inside so
// many objects of the data.
func (s *Scrubber) value(name string, value []byte, depth int) json.RawMessage {
	value = bytes.TrimSpace(value)
	switch {
	case len(value) == 0:
		return json.RawMessage("null")
	case value[0] == '{':
		return s.object(name, value, depth)
	case value[0] == '[':
		var parts []string
		for inner := range elementsOf(value) {
			parts = append(parts, string(s.value(name, inner, depth)))
		}
		return json.RawMessage("[" + strings.Join(parts, ",") + "]")
	case value[0] == '"':
		return quoted(s.text(name, event.Unquote(value)))
	case value[0] == 't', value[0] == 'f', value[0] == 'n':
		return value
	}
	return json.RawMessage(s.number(name, string(value)))
}

func elementsOf(list []byte) func(func(json.RawMessage) bool) {
	return func(yield func(json.RawMessage) bool) {
		all, _, err := event.List(list, 100000)
		if err != nil {
			return
		}
		for _, v := range all[:min(len(all), maxElements)] {
			if !yield(v) {
				return
			}
		}
	}
}

func (s *Scrubber) object(name string, value []byte, depth int) json.RawMessage {
	var out bytes.Buffer
	out.WriteByte('{')
	used := map[string]bool{}
	made := slices.Contains(free, plain(name)) && !describes(value)
	for n, inner := range event.Each(value) {
		key := n
		if made || !s.harmless(n, depth) {
			key = s.replace("key "+n, "key%d")
		}
		if made {
			n = free[0] // what people keep there is as private as its key
		}
		if used[key] {
			continue
		}
		used[key] = true
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(quoted(key))
		out.WriteByte(':')
		out.Write(s.value(n, inner, depth+1))
	}
	out.WriteByte('}')
	return out.Bytes()
}

// describes tells of an object that it holds what an event is about, whatever
// the object is called: three of its names are the catalogue's.
func describes(object []byte) bool {
	n := 0
	for name := range event.Each(object) {
		if known()[plain(name)] {
			n++
		}
	}
	return n >= 3
}

// harmless tells of a key inside so many objects that it is the name of a
// member: a short word of a program, which is not somebody's name, number or
// address. Data of a service has names that the service chose; further in,
// people's names are keys too, so there the key must have a word of the
// vocabulary.
func (s *Scrubber) harmless(key string, depth int) bool {
	if known()[plain(key)] {
		return true
	}
	if key == "" || len(key) > 40 || s.private[strings.ToLower(key)] {
		return false
	}
	digits := 0
	for i, r := range key {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if r >= '0' && r <= '9' {
			digits++
		}
		if !letter && r != '_' && (i == 0 || r < '0' || r > '9') || digits > 2 {
			return false
		}
	}
	return depth == 0 || slices.ContainsFunc(rawWords(key), func(w string) bool { return vocabulary()[w] })
}

// text returns what stands for a text: itself where it is a word that says what
// became of something, or a time.
func (s *Scrubber) text(name, text string) string {
	if text == "" {
		return ""
	}
	if slices.Contains(states, plain(name)) && isWord(text) && !s.private[strings.ToLower(text)] {
		return text
	}
	if _, err := time.Parse(time.RFC3339, text); err == nil && !tells(name) {
		return text
	}
	digits := strings.Trim(text, "0123456789") == ""
	switch {
	case strings.Contains(text, "://"):
		return s.replace(text, "https://example.com/%d")
	case strings.HasPrefix(text, "acs:"), strings.HasPrefix(text, "arn:"):
		return s.replace(text, "acs:example:cn-hangzhou:1000000000000000:example/%d")
	case strings.Contains(text, "@"):
		return s.replace(text, "user%d@example.com")
	case strings.HasPrefix(text, "+") && len(text) > 7:
		return s.replace(text, "+861380000%04d")
	case digits:
		return s.replace(text, "1%0"+strconv.Itoa(max(min(len(text), 20)-1, 1))+"d")
	case strings.ContainsFunc(text, unicode.IsSpace):
		return s.replace(text, "Example text %d.")
	}
	return s.replace(text, "example-%d")
}

// isWord tells of a text that it is one word of letters, or several joined, and
// no key or token: those are one long word, or many short ones.
func isWord(text string) bool {
	if len(text) > 40 || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" {
		return false
	}
	list := rawWords(text)
	return (len(text) <= 16 || len(text) >= 3*len(list)) && !slices.ContainsFunc(list, func(w string) bool { return len(w) > 16 })
}

// number returns what stands for a number: itself when it is small and not who
// or which.
func (s *Scrubber) number(name, number string) string {
	if !tells(name) && len(strings.Trim(number, "-")) <= 6 {
		return number
	}
	digits := max(min(len(strings.Map(digit, number)), 15), 2)
	return s.replace("number "+number, "1%0"+strconv.Itoa(digits-1)+"d")
}

func digit(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// replace returns what stands for a value: the form with a number of its own.
func (s *Scrubber) replace(value, form string) string {
	found, ok := s.stand[value]
	if !ok {
		found = fmt.Sprintf(form, len(s.stand)+1)
		s.stand[value] = found
	}
	return found
}

func quoted(text string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text can always be written
	return bytes.TrimSpace(b.Bytes())
}

// FileName returns the name of a kind's sample, such as
// "acs-pai-dlc-job-failed.json": small letters and digits alone.
func FileName(k Kind) string {
	name := strings.Join(slices.Compact(append(rawWords(k.Source), rawWords(k.Type)...)), "-")
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, name)
	if name = strings.Trim(name[:min(len(name), 100)], "-"); name == "" {
		name = "event"
	}
	return name + ".json"
}
