package aliyun

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// The forms of a parameter that this project writes.
const (
	constant = "CONSTANT"
	template = "TEMPLATE"
)

// How EventBridge treats an event that it could not give to a target.
const (
	// decay tries 176 times over a day, the waits doubling up to 512 s. The
	// other strategy gives up within a minute, and DingTalk alone keeps a robot
	// that sent too much from sending for ten.
	decay = "EXPONENTIAL_DECAY_RETRY"
	// tolerate goes on with the next event after that.
	tolerate = "ALL"
)

// param is a parameter of a target.
type param struct{ Key, Form, Value, Template string }

// stored is a target as EventBridge has it.
type stored struct {
	ID, Type, Endpoint                 string
	Params                             []param
	Retry, ErrorsTolerance, DeadLetter string
}

// store returns what stands on the bus for a target.
func (b *Bus) store(t bus.Target) (stored, error) {
	text, err := wrap(t)
	if err != nil {
		return stored{}, err
	}
	return stored{
		ID: t.ID, Type: functionType, Endpoint: functionARN(b.config.Region, b.config.Account, t.Function),
		Params: append(functionParams(t.Function), param{Key: body, Form: template, Value: variables, Template: text}),
		Retry:  decay, ErrorsTolerance: tolerate, DeadLetter: cmp.Or(b.config.DeadLetterQueue, t.DeadLetter),
	}, nil
}

// read returns the target that stands on the bus, and in Altered what of it
// this project would not have written.
func (b *Bus) read(have stored) bus.Target {
	if have.Type != functionType {
		return bus.Target{ID: have.ID, Altered: "a target of type " + have.Type + ", which is not this project's"}
	}
	t := bus.Target{ID: have.ID}
	var text param
	for _, p := range have.Params {
		switch p.Key {
		case functionName:
			t.Function = p.Value
		case body:
			text = p
		}
	}
	if text.Form != template {
		t.Altered = "a function target that is given the event in another form than this project's"
		return t
	}
	if !unwrap(text.Template, &t) {
		t.Altered = "a function target whose Body is not this project's"
		return t
	}
	if b.config.DeadLetterQueue == "" {
		t.DeadLetter = have.DeadLetter
	}
	want, err := b.store(t)
	if err != nil {
		t.Altered = "its Body carries what cannot be written again: " + err.Error()
		return t
	}
	t.Altered = strings.Join(differences(want, have), "; ")
	return t
}

// differences says in words what have has in place of want. Templates carry
// what receivers are sent with, so their text is not shown.
func differences(want, have stored) []string {
	var said []string
	differ := func(what, want, have string) {
		if want != have {
			said = append(said, what+" "+instead(want, have))
		}
	}
	differ("endpoint", want.Endpoint, have.Endpoint)
	differ("retry strategy", want.Retry, have.Retry)
	differ("dead letter queue", want.DeadLetter, have.DeadLetter)
	// Whether the service tells this one for rules of a bus is not documented.
	if have.ErrorsTolerance != "" {
		differ("errors tolerance", want.ErrorsTolerance, have.ErrorsTolerance)
	}
	params := map[string]param{}
	for _, p := range have.Params {
		params[p.Key] = p
	}
	for _, w := range want.Params {
		h, ok := params[w.Key]
		delete(params, w.Key)
		switch {
		case !ok:
			said = append(said, fmt.Sprintf("no parameter %s", w.Key))
		case w.Key == body:
			if !sameVariables(w.Value, h.Value) {
				said = append(said, "other variables in its Body")
			}
			if !sameTemplate(w.Template, h.Template) {
				said = append(said, "another template in its Body")
			}
		case w.Form != h.Form:
			differ("form of parameter "+w.Key, w.Form, h.Form)
		default:
			differ("parameter "+w.Key, w.Value, h.Value)
		}
	}
	// The service adds this one by itself.
	if p := params["IsBase64Encode"]; p.Value == "false" {
		delete(params, "IsBase64Encode")
	}
	for _, key := range slices.Sorted(maps.Keys(params)) {
		said = append(said, fmt.Sprintf("a further parameter %s", key))
	}
	return said
}

func instead(want, have string) string {
	if have == "" {
		return "none instead of " + want
	}
	if want == "" {
		want = "none"
	}
	return have + " instead of " + want
}

// sameVariables compares two flat objects, whatever the order.
func sameVariables(x, y string) bool {
	var a, b map[string]string
	return json.Unmarshal([]byte(x), &a) == nil && json.Unmarshal([]byte(y), &b) == nil && maps.Equal(a, b)
}
