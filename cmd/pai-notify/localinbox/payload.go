package localinbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// Redirect puts the inbox into a payload for a function that runs as a process of
// its own. It fails for one whose receivers it does not find: a real one could get
// the message.
func (in *Inbox) Redirect(payload []byte) ([]byte, error) {
	if in == nil || !in.standsIn {
		return payload, nil
	}
	p, err := event.Decode(payload)
	if err != nil {
		return payload, nil //nolint:nilerr // the function says so, and sends nothing
	}
	changed, err := in.RedirectJSON(payload)
	if err == nil {
		p, err = event.Decode(changed)
	}
	for _, t := range in.taken(p) {
		if err == nil && !bytes.Contains(t.Parameters, []byte(in.url)) && !bytes.Contains(t.Parameters, []byte(in.smtp)) {
			err = errors.New("give the event alone, or in a plain wrapper")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("--inbox: nothing was sent: the inbox cannot stand in for the receivers of this payload: %w", err)
	}
	return changed, nil
}

// taken are the targets of a payload whose messages the inbox takes, with the
// names of their rules.
func (in *Inbox) taken(p event.Payload) iter.Seq2[string, event.Target] {
	return func(yield func(string, event.Target) bool) {
		for _, item := range p.Items {
			for _, c := range item.Carried() {
				for _, t := range c.Targets {
					if in.Takes(t.Parameters) && !yield(c.Rule.Name, t) {
						return
					}
				}
			}
		}
	}
}

// Annotate adds to the answer of such a function, about a payload as it was before,
// which messages the inbox took.
func (in *Inbox) Annotate(payload, answer []byte) []byte {
	p, err := event.Decode(payload)
	if in == nil || !in.standsIn || err != nil {
		return answer
	}
	var taken []string
	for rule, t := range in.taken(p) {
		taken = append(taken, rule+" "+t.Type+"/"+t.Name)
	}
	note := func(told []byte) []byte {
		var o outcome.Outcome
		if json.Unmarshal(told, &o) != nil || o.Status != outcome.Sent || !slices.Contains(taken, o.Rule+" "+o.Target) {
			return told
		}
		o.Reason = takenNote(o.Reason)
		if changed, err := json.Marshal(o); err == nil {
			return changed
		}
		return told
	}
	var list []json.RawMessage
	if json.Unmarshal(answer, &list) != nil {
		return note(answer)
	}
	for i := range list {
		list[i] = note(list[i])
	}
	if changed, err := json.Marshal(list); err == nil {
		return changed
	}
	return answer
}

// RedirectJSON puts the inbox into the targets of a payload or a document in JSON.
func (in *Inbox) RedirectJSON(text json.RawMessage) (json.RawMessage, error) {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '[' {
		var list []json.RawMessage
		err := json.Unmarshal(text, &list)
		for i := range list {
			var wrong error
			list[i], wrong = in.RedirectJSON(list[i])
			err = errors.Join(err, wrong)
		}
		if err != nil {
			return nil, err
		}
		return json.Marshal(list)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	for _, key := range []string{"rules", "targets", "target"} {
		value := members[key]
		if value == nil || value[0] != '[' && value[0] != '{' {
			continue
		}
		changed, err := in.RedirectJSON(value)
		if err != nil {
			return nil, err
		}
		members[key] = changed
	}
	var typ string
	_ = json.Unmarshal(members["type"], &typ) // none for what is no target
	within := members["parameters"]
	switch {
	case typ == "", members["specversion"] != nil: // an event has a type, too
	case within == nil && in.Takes(text): // as a document has it
		whole, err := json.Marshal(members)
		if err != nil {
			return nil, err
		}
		return in.replace(typ, whole)
	case within != nil && in.Takes(within):
		changed, err := in.replace(typ, within)
		if err != nil {
			return nil, err
		}
		members["parameters"] = changed
	}
	return json.Marshal(members)
}
