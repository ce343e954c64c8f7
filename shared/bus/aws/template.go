package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// eventVariable stands for the envelope with its detail, as JSON (Amazon
// EventBridge user guide, Input transformation, Predefined variables).
const eventVariable = "<aws.events.event.json>"

// wrapper is what a function is invoked with. The event of a template is
// eventVariable, that of a connectivity test stands nowhere.
type wrapper struct {
	Rule   event.Rule      `json:"rule"`
	Target target.Receiver `json:"target"`
}

// template returns the input template that wraps an event for a function. AWS
// takes <...> for a variable wherever it stands, so the brackets of texts are
// written as JSON escapes, which leaves one variable: ours.
func template(r event.Rule, t target.Receiver) (string, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // an ampersand need not take six characters
	if err := e.Encode(wrapper{r, t}); err != nil {
		return "", err
	}
	constants := strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(strings.TrimSuffix(text.String(), "}\n"))
	return constants + `,"event":` + eventVariable + "}", nil
}

var errForeign = errors.New("aws: a template that this project did not write")

// parse returns what a template was made of.
func parse(text string) (wrapper, error) {
	var w struct {
		wrapper
		Event json.RawMessage `json:"event"`
	}
	before, after, ok := strings.Cut(text, eventVariable)
	if !ok {
		return wrapper{}, errForeign
	}
	const mark = `"the event"`
	d := json.NewDecoder(strings.NewReader(brackets(before) + mark + brackets(after)))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil || d.More() || string(w.Event) != mark || w.Target.Type == "" {
		return wrapper{}, errForeign
	}
	return w.wrapper, nil
}

// brackets undoes the escapes of template, so that JSON inside is as it was
// given. A backslash that is escaped itself begins none.
func brackets(text string) string {
	return strings.NewReplacer(`\\`, `\\`, `\u003c`, "<", `\u003e`, ">").Replace(text)
}
