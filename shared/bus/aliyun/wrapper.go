package aliyun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// attributes are those that EventBridge was seen to deliver, besides data. An
// attribute that is not listed does not reach a function; one that an event
// lacks arrives as an empty string, which package event reads as absent.
var attributes = []string{
	"id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time",
	"aliyunaccountid", "aliyunoriginalaccountid", "aliyuneventbusname", "aliyunregionid", "aliyunpublishtime", "aliyunpublishaddr",
}

// variables is what the template takes from an event: a flat object of names
// and JSONPaths. eventTemplate is the event that it makes of them. Strings go
// through jsonEscape; the data, which every event has, is put as it is.
var variables, eventTemplate = func() (string, string) {
	var paths, parts []string
	for _, a := range attributes {
		paths = append(paths, `"`+a+`":"$.`+a+`"`)
		parts = append(parts, `"`+a+`":"${jsonEscape(`+a+`)}"`)
	}
	paths = append(paths, `"data":"$.data"`)
	parts = append(parts, `"data":`+dataVariable)
	return "{" + strings.Join(paths, ",") + "}", "{" + strings.Join(parts, ",") + "}"
}()

const dataVariable = "${data}"

// wrap returns the template that invokes a function with what the target carries
// and the event.
func wrap(t bus.Target) (string, error) { return wrapAround(t, eventTemplate) }

// wrapAround is wrap with another template of the event.
func wrapAround(t bus.Target, event string) (string, error) {
	carried, err := t.Wrapper()
	if err != nil {
		return "", fmt.Errorf("aliyun: %w", err)
	}
	return escapeDollar(strings.TrimSuffix(string(carried), "}")) + `,"event":` + event + "}", nil
}

// escapeDollar keeps a receiver's own "${" from being read as a variable: a
// dollar stands inside strings only, and JSON has another way to write it.
func escapeDollar(text string) string { return strings.ReplaceAll(text, "$", `\u0024`) }

// unwrap reads what a template carries into a target; false when it is none of
// this project's.
func unwrap(template string, into *bus.Target) bool {
	return into.ReadWrapper([]byte(unescapeDollar(strings.ReplaceAll(template, dataVariable, "null"))))
}

// Unwrap reads back what the template of a target's Body carries; false when it
// is none of this project's.
func Unwrap(template string) ([]bus.Carried, bool) {
	var t bus.Target
	ok := unwrap(template, &t)
	return t.Carries(), ok
}

// unescapeDollar writes the dollars in JSON text as people do.
func unescapeDollar(text string) string {
	const escaped = `\u0024`
	var out strings.Builder
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			return out.String() + text
		}
		out.WriteString(text[:i])
		if rest, ok := strings.CutPrefix(text[i:], escaped); ok {
			out.WriteByte('$')
			text = rest
			continue
		}
		out.WriteString(text[i : i+2]) // an escaped backslash begins no other escape
		text = text[i+2:]
	}
}

// sameTemplate tells whether two templates make the same text of every event:
// blanks between the parts do not count.
func sameTemplate(x, y string) bool { return x == y || compact(x) == compact(y) }

func compact(template string) string {
	const inString = `"` + dataVariable + `"`
	var out bytes.Buffer
	if json.Compact(&out, []byte(strings.ReplaceAll(template, dataVariable, inString))) != nil {
		return template
	}
	return out.String()
}
