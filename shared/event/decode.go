package event

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Limits of what is decoded. EventBridge carries events of at most 256 KB on
// both clouds (Alibaba Cloud EventBridge, Limits; AWS EventBridge quotas); a
// batch may hold many of them.
const (
	MaxEventBytes   = 256 << 10
	MaxPayloadBytes = 32 << 20 // the largest synchronous payload of Function Compute
	// An event may be wrapped by us, by a bus, by a queue and by a failure
	// destination; nothing real goes deeper.
	maxWrapping = 8
)

// Payload is what one invocation brought.
type Payload struct {
	Items []Item
	// Queue tells that the payload is an SQS batch, which is answered with
	// the ids of the messages that must be delivered again.
	Queue bool
	// Batch tells that the payload is a list, even of one.
	Batch bool
}

// Item is one event of a payload, with what the bus carried beside it.
type Item struct {
	Event Event
	// Rule names the rule that the bus matched; its Name is "" when the event
	// came bare.
	Rule Rule
	// Target is the target that the rule carries; nil when the event came
	// bare.
	Target *Target
	// Test tells that the item asks for a connectivity test of Target; it has
	// no event.
	Test bool
	// MessageID is the id of the SQS message it came in; "" elsewhere.
	MessageID string
	// Err says why this item of a batch cannot be read. The others can.
	Err error
}

// Rule is what the bus carries of a rule of a document: its name, the id that
// outlives a change of the name, whose document it is, and the catalogue entries
// that the document overrides.
type Rule struct {
	Name string `json:"name"`
	// ID is empty where the document gives none.
	ID string `json:"id,omitempty"`
	// Owner is empty in what was written before rules carried it.
	Owner string `json:"owner,omitempty"`
	// OnBus is what the rule is called on the bus, without the number of a
	// sibling, where that is not its key.
	OnBus     string    `json:"on_bus,omitempty"`
	Catalogue Catalogue `json:"catalogue,omitzero"`
}

// Key is what identifies the rule: its id, or its name where it has none.
func (r Rule) Key() string { return cmp.Or(r.ID, r.Name) }

// Target is what the bus carries of a target: its type, what it is called, the
// language to write in, and the type's own parameters, a JSON object.
type Target struct {
	Type       string
	Name       string
	Language   string
	Parameters json.RawMessage
}

// readTarget reads a target of the wrapper. It is strict, because a member that
// is not known is one that somebody thought would count.
func readTarget(text json.RawMessage) (*Target, error) {
	if text[0] != '{' {
		return nil, errors.New(`event: the wrapper's "target" must be an object with "type" and "parameters"`)
	}
	var t Target
	for _, m := range members(text) {
		var into *string
		switch m.name {
		case "parameters":
			t.Parameters = m.value
			continue
		case "type":
			into = &t.Type
		case "name":
			into = &t.Name
		case "language":
			into = &t.Language
		default:
			return nil, fmt.Errorf(`event: the wrapper's "target" has an unknown member %q: it takes type, name, language and parameters`, m.name)
		}
		if m.value[0] != '"' {
			return nil, fmt.Errorf(`event: %q of the wrapper's "target" must be a string`, m.name)
		}
		*into = m.attribute()
	}
	return &t, nil
}

// UnmarshalJSON reads a rule from its name alone or from an object.
func (r *Rule) UnmarshalJSON(text []byte) error {
	*r = Rule{}
	if len(text) > 0 && text[0] == '"' {
		r.Name = member{text: string(text)}.attribute()
		return nil
	}
	type plain Rule
	return json.Unmarshal(text, (*plain)(r))
}

// Decode reads every payload shape a function is invoked with on Function
// Compute and on Lambda: our wrapper {rule, target, event}, or {test: true, rule,
// target} for a connectivity test; a bare CloudEvent;
// an array of either, also of either as JSON strings; an EventBridge envelope
// of AWS whose detail is a CloudEvent or its data; an SQS batch of any of
// these; and the record a failure destination keeps around any of these.
//
// It fails when the payload as a whole cannot be read, and says what was
// expected and what was found. In a batch, an item that cannot be read carries
// its own error.
func Decode(payload []byte) (Payload, error) {
	if len(payload) > MaxPayloadBytes {
		return Payload{}, fmt.Errorf("event: the payload has %d bytes, more than the %d a function accepts", len(payload), MaxPayloadBytes)
	}
	var p Payload
	if err := p.addText(payload, Item{}, 0); err != nil {
		return Payload{}, err
	}
	return p, nil
}

type record struct {
	MessageID string `json:"messageId"`
	Body      string `json:"body"`
}

// addText reads a text that may be anything into p. What is known from the
// wrapping around it comes in as the item to complete.
func (p *Payload) addText(text []byte, it Item, depth int) error {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return errors.New("event: the payload is empty: expected a CloudEvent, an array of them, or one of the envelopes that carry them")
	}
	if err := check(text); err != nil {
		return err
	}
	return p.add(text, it, depth)
}

// add reads a text that is JSON, without blanks around it.
func (p *Payload) add(text []byte, it Item, depth int) error {
	if depth > maxWrapping {
		return fmt.Errorf("event: the payload wraps its event more than %d times", maxWrapping)
	}
	switch text[0] {
	case '{':
		return p.addObject(text, it, depth)
	case '[':
		return p.addArray(text, it, depth)
	case '"':
		// Some event streams hand over each event as a JSON string.
		var inner string
		if err := json.Unmarshal(text, &inner); err != nil {
			return notJSON(text, err)
		}
		return p.addText([]byte(inner), it, depth+1)
	}
	return fmt.Errorf("event: the payload is %s where a CloudEvent was expected", kind(text))
}

func (p *Payload) addArray(text []byte, it Item, depth int) error {
	var elements []json.RawMessage
	if err := json.Unmarshal(text, &elements); err != nil {
		return notJSON(text, err)
	}
	if depth == 0 {
		p.Batch = true
	} else if len(elements) == 0 {
		return errors.New("event: an empty list stands where an event was expected")
	}
	for i, element := range elements {
		if err := p.add(element, it, depth+1); err != nil {
			failed := it
			failed.Err = fmt.Errorf("event %d of %d: %w", i+1, len(elements), err)
			p.Items = append(p.Items, failed)
		}
	}
	return nil
}

func (p *Payload) addObject(text []byte, it Item, depth int) error {
	named := members(text)
	isCloudEvent := named.has("specversion") || named.has("id", "source", "type")
	if named.has("event") && strings.HasPrefix(named.member("target").text, "{") {
		isCloudEvent = false // no attribute of one is an object
	}
	switch {
	case named.has("event") && !isCloudEvent, named.member("test").text == "true" && named.has("target") && !isCloudEvent:
		return p.addWrapper(named, it, depth)
	case named.has("Records") && !isCloudEvent:
		return p.addRecords(named.member("Records").value, depth)
	case named.has("requestPayload") && !isCloudEvent:
		return p.add(named.member("requestPayload").value, it, depth+1)
	case named.has("detail-type") && !named.has("specversion"):
		return p.addEnvelope(named, it, depth)
	}
	if it.Target != nil {
		named, text = withoutEmpty(named, text)
	}
	if len(text) > MaxEventBytes {
		return fmt.Errorf("event: the event has %d bytes, more than the %d EventBridge carries", len(text), MaxEventBytes)
	}
	e, err := fromAttributes(named, text)
	if err != nil {
		return err
	}
	it.Event = e
	p.Items = append(p.Items, it)
	return nil
}

// addWrapper reads what a rule's target makes of an event. A bus that fills a
// template puts the event's data there as it is, so that data which is a text
// could add members, the receiver among them; they are refused.
func (p *Payload) addWrapper(wrapper object, it Item, depth int) error {
	for i, m := range wrapper {
		switch {
		case m.name != "rule" && m.name != "target" && m.name != "event" && m.name != "test":
			return fmt.Errorf(`event: the wrapper has a member %.40q: it has "rule", "target" and "event"`, m.name)
		case wrapper[:i].has(m.name):
			return fmt.Errorf("event: the wrapper has %q twice", m.name)
		}
	}
	if rule := wrapper.member("rule").value; rule != nil {
		if err := it.Rule.UnmarshalJSON(rule); err != nil {
			return errors.New(`event: the wrapper's "rule" must be a name or an object with a "name"`)
		}
	}
	it.Target = nil
	if text := wrapper.member("target").value; len(text) > 0 && string(text) != "null" {
		var err error
		if it.Target, err = readTarget(text); err != nil {
			return err
		}
	}
	if wrapper.member("test").text == "true" {
		if it.Target == nil {
			return errors.New(`event: a connectivity test needs the "target" to test`)
		}
		if wrapper.has("event") {
			return errors.New(`event: a connectivity test carries no "event"`)
		}
		it.Test = true
		p.Items = append(p.Items, it)
		return nil
	}
	return p.add(wrapper.member("event").value, it, depth+1)
}

func (p *Payload) addRecords(records json.RawMessage, depth int) error {
	var list []record
	if err := json.Unmarshal(records, &list); err != nil {
		return errors.New(`event: "Records" is not a list of SQS messages`)
	}
	if depth == 0 {
		p.Queue, p.Batch = true, true
	}
	for i, r := range list {
		it := Item{MessageID: r.MessageID}
		if r.MessageID == "" {
			it.Err = fmt.Errorf("event: record %d of %d has no messageId: not an SQS message", i+1, len(list))
			p.Items = append(p.Items, it)
			continue
		}
		if err := p.addText([]byte(r.Body), it, depth+1); err != nil {
			it.Err = fmt.Errorf("SQS message %s: %w", r.MessageID, err)
			p.Items = append(p.Items, it)
		}
	}
	return nil
}

// addEnvelope reads the envelope of an AWS event bus.
func (p *Payload) addEnvelope(envelope object, it Item, depth int) error {
	detail := envelope.member("detail").value
	if len(detail) == 0 || detail[0] != '{' {
		return fmt.Errorf(`event: the EventBridge envelope has no object in "detail" (found: %s)`, found(envelope))
	}
	if members(detail).has("specversion") {
		return p.add(detail, it, depth+1)
	}
	var resources []json.RawMessage
	_ = json.Unmarshal(envelope.member("resources").value, &resources) // absent or odd resources only cost the subject
	attributes := map[string]json.RawMessage{
		"specversion": json.RawMessage(`"1.0"`),
		"id":          envelope.member("id").value,
		"source":      envelope.member("source").value,
		"type":        envelope.member("detail-type").value,
		"time":        envelope.member("time").value,
		"data":        detail,
	}
	if len(resources) > 0 {
		attributes["subject"] = resources[0]
	}
	for name, value := range attributes {
		if value == nil {
			delete(attributes, name)
		}
	}
	// Characters of HTML stay as they are: escaped they are six bytes each, and
	// could carry an event over the limit.
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(attributes); err != nil {
		return fmt.Errorf("event: the EventBridge envelope cannot be read: %w", err)
	}
	return p.addObject(bytes.TrimSpace(text.Bytes()), it, depth+1)
}

func notJSON(text []byte, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		return fmt.Errorf("event: the payload is not JSON: line %d, byte %d: %s", line, syntax.Offset, syntax.Error())
	}
	return fmt.Errorf("event: the payload cannot be read: %s", err.Error())
}

func kind(text []byte) string {
	switch text[0] {
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	case '"':
		return "a string"
	case '[':
		return "an array"
	}
	return "a number"
}
