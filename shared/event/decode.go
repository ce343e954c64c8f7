package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Limits of what is decoded. EventBridge carries events of at most 256 KB on
// both clouds (Alibaba Cloud EventBridge, Limits; AWS EventBridge quotas); a
// batch may hold many of them.
const (
	MaxEventBytes   = 256 << 10
	MaxPayloadBytes = 32 << 20 // the largest synchronous payload of Function Compute
	// MaxItems is how many messages both platforms hand over at most (event
	// streams of Function Compute and queues of Lambda, BatchSize). Decoding as
	// many in the largest payload takes 28 MB beside the payload (measured with
	// BenchmarkDecodeLargest). The receivers of a list of rules count one by one.
	MaxItems = 10_000
	// maxFilled is an event with a rule and a target around it, whose data is a
	// text with escapes.
	maxFilled = 4 * MaxEventBytes
	// An event may be wrapped by us, by a bus, by a queue and by a failure
	// destination; nothing real goes deeper.
	maxWrapping = 8
)

// Payload is the decoded payload of one invocation.
type Payload struct {
	Items []Item
	// Queue is true for an SQS batch, which is answered with the ids of the
	// messages that must be delivered again.
	Queue bool
	// Batch is true when the payload is a list, even of one.
	Batch bool

	carried int // receivers of lists beside one for each item
}

// Item is one event of a payload, with what the bus carried beside it.
type Item struct {
	Event Event
	// Rule is the rule that the bus matched; its Name is "" when the event came
	// without a wrapper.
	Rule Rule
	// Target is the target that the rule carries; nil when the event came without
	// a wrapper.
	Target *Target
	// Patterns are Target's patterns, of which the event must match one, where
	// the bus rule matches more; nil where it does not.
	Patterns []json.RawMessage
	// List are the rules of a wrapper that carries several. Their targets are all
	// of one type, and Rule and Target are zero.
	List []Carried
	// Test is true when the item asks for a connectivity test of Target; it has
	// no event.
	Test bool
	// Answered is the answer of a function that got the item before, the
	// errorMessage of a failure destination's record as JSON; nil elsewhere.
	Answered json.RawMessage
	// MessageID is the id of the SQS message that had the item; "" elsewhere.
	MessageID string
	// Err is why this item of a batch cannot be read. The others can.
	Err error
}

// Carried returns what the bus carried beside the event, in one form; nil when the
// event came without a wrapper.
func (it Item) Carried() []Carried {
	switch {
	case it.List != nil:
		return it.List
	case it.Target == nil:
		return nil
	}
	return []Carried{{Rule: it.Rule, Patterns: it.Patterns, Targets: []Target{*it.Target}}}
}

// Decode reads every payload shape a function is invoked with on Function
// Compute and on Lambda: our wrapper {rule, target, event}, with patterns beside
// them where the function is to match the event, or {rules, event} for several
// rules, or {test: true, rule, target} for a connectivity test; a bare CloudEvent;
// an array of either, also of either as JSON strings; an EventBridge envelope
// of AWS whose detail is a CloudEvent or its data; an SQS batch of any of
// these; and the record a failure destination keeps around any of these.
//
// It fails when the payload as a whole cannot be read, and says what was
// expected and what was found. In a batch, an item that cannot be read carries
// its own error. A payload with more than [MaxItems] fails as a whole, so that
// nothing of it is done and whoever sent it keeps it.
//
// The events are views of the payload, which must not be changed afterwards.
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

var errTooMany = fmt.Errorf("event: the payload has more than %d events, which neither Function Compute nor Lambda hands over: none of them was dealt with; send them in several payloads", MaxItems)

// put adds an item.
func (p *Payload) put(it Item) error {
	for _, c := range it.List {
		p.carried += len(c.Targets)
	}
	if len(p.Items)+p.carried >= MaxItems {
		return errTooMany
	}
	p.Items = append(p.Items, it)
	return nil
}

// putError adds an item that cannot be read; it fails when the whole payload
// cannot be read.
func (p *Payload) putError(it Item, err error, where string, arguments ...any) error {
	if errors.Is(err, errTooMany) {
		return err
	}
	it.Err = fmt.Errorf(where+": %w", append(arguments, err)...)
	return p.put(it)
}

// addText reads a text that may be anything into p. it has what is known from the
// wrapping around it.
func (p *Payload) addText(text []byte, it Item, depth int) error {
	text = bytes.TrimSpace(withoutMark(text))
	if len(text) == 0 {
		return errors.New("event: the payload is empty: expected a CloudEvent, an array of them, or one of the envelopes that carry them")
	}
	if err := check(text); err != nil {
		filled, ok := withText(text)
		if !ok {
			return err
		}
		text = filled
	}
	return p.add(text, it, depth)
}

// add reads a text that is JSON, without surrounding spaces.
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
	count, err := countOf(text)
	if err != nil {
		return err
	}
	if depth == 0 {
		p.Batch = true
	} else if count == 0 {
		return errors.New("event: an empty list stands where an event was expected")
	}
	p.Items = slices.Grow(p.Items, min(count, MaxItems-len(p.Items)))
	i := 0
	for element := range elements(text) {
		i++
		if err := p.add(element, it, depth+1); err != nil {
			if err := p.putError(it, err, "event %d of %d", i, count); err != nil {
				return err
			}
		}
	}
	return nil
}

// countOf counts the elements of an array, each of which is at least one item.
func countOf(array []byte) (count int, err error) {
	for range elements(array) {
		if count++; count > MaxItems {
			return 0, errTooMany
		}
	}
	return count, nil
}

func (p *Payload) addObject(text []byte, it Item, depth int) error {
	named, err := attributes(text)
	if err != nil {
		return err
	}
	isCloudEvent := named.has("specversion") || named.has("id", "source", "type")
	if named.isWrapper() {
		isCloudEvent = false
	}
	switch {
	case named.has("event") && !isCloudEvent, named.member("test").text == "true" && named.has("target") && !isCloudEvent:
		return p.addWrapper(named, it, depth)
	case named.has("Records") && !isCloudEvent:
		return p.addRecords(named.member("Records").value, depth)
	case named.has("requestPayload") && !isCloudEvent:
		it.Answered = answeredBefore(named.member("responsePayload"))
		return p.add(named.member("requestPayload").value, it, depth+1)
	case named.has("detail-type") && !named.has("specversion"):
		return p.addEnvelope(named, it, depth)
	}
	e, err := fromAttributes(named, text, it.Target != nil || it.List != nil)
	if err != nil {
		return err
	}
	if n := len(e.text); n > MaxEventBytes {
		return fmt.Errorf("event: the event has %d bytes, more than the %d EventBridge carries", n, MaxEventBytes)
	}
	it.Event = e
	return p.put(it)
}

// answeredBefore returns what a function answered when it failed, from the
// response that a record keeps: an object, or its text.
func answeredBefore(response member) json.RawMessage {
	text := []byte(response.value)
	if len(text) > 0 && text[0] == '"' {
		text = bytes.TrimSpace([]byte(unquote(response.text)))
	}
	if !bytes.HasPrefix(text, []byte("{")) || !json.Valid(text) {
		return nil
	}
	return Member(text, "errorMessage")
}

func (p *Payload) addRecords(records json.RawMessage, depth int) error {
	if len(records) == 0 || records[0] != '[' {
		return errors.New(`event: "Records" is not a list of SQS messages`)
	}
	if depth == 0 {
		p.Queue, p.Batch = true, true
	}
	count, err := countOf(records)
	if err != nil {
		return err
	}
	p.Items = slices.Grow(p.Items, min(count, MaxItems-len(p.Items)))
	i := 0
	for text := range elements(records) {
		i++
		if text[0] != '{' {
			return errors.New(`event: "Records" is not a list of SQS messages`)
		}
		id, body := Member(text, "messageId"), Member(text, "body")
		if len(id) <= len(`""`) || id[0] != '"' || len(body) > 0 && body[0] != '"' {
			if err := p.put(Item{Err: fmt.Errorf("event: record %d of %d has no messageId, or a body that is no text: not an SQS message", i, count)}); err != nil {
				return err
			}
			continue
		}
		it := Item{MessageID: Unquote(id)}
		var inside []byte
		if len(body) > 0 {
			inside = []byte(Unquote(body))
		}
		if err := p.addText(inside, it, depth+1); err != nil {
			if err := p.putError(it, err, "SQS message %s", it.MessageID); err != nil {
				return err
			}
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
	if Member(detail, "specversion") != nil {
		return p.add(detail, it, depth+1)
	}
	var resources []json.RawMessage
	_ = json.Unmarshal(envelope.member("resources").value, &resources) // absent or odd resources only cost the subject
	event := object{valued("specversion", quote("1.0"))}
	for _, m := range [...]member{
		valued("id", envelope.member("id").value),
		valued("source", envelope.member("source").value),
		valued("type", envelope.member("detail-type").value),
		valued("time", envelope.member("time").value),
		valued("data", detail),
	} {
		if m.value != nil {
			event = append(event, m)
		}
	}
	if len(resources) > 0 {
		event = append(event, valued("subject", resources[0]))
	}
	return p.addObject(event.write(), it, depth+1)
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
	case '{':
		return "an object"
	}
	return "a number"
}
