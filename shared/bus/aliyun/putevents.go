package aliyun

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
	"github.com/pai-notify/pai-notify/shared/event"
)

// What one call of PutEvents may carry (help page "Limits"). A single event may
// have [event.MaxEventBytes].
const (
	maxEvents = 16
	maxBytes  = 1 << 20
)

const (
	putEventsAction = "eventbridge:PutEvents"
	putEventsPath   = "/openapi/putEvents"
	batchType       = "application/cloudevents-batch+json; charset=utf-8"
	busExtension    = "aliyuneventbusname"
)

// addressed is an event as it is sent.
type addressed struct {
	id   string
	text []byte
}

// PutEvents implements [bus.Bus]. Events that do not fit in one call go in
// several, in order; it ends at the first that fails.
func (b *Bus) PutEvents(ctx context.Context, on string, events []event.Event) error {
	rest := make([]addressed, len(events))
	for i, e := range events {
		text, err := address(e, on)
		if err == nil && len(text) > event.MaxEventBytes {
			err = fmt.Errorf("has %d bytes, more than the %d that EventBridge carries", len(text), event.MaxEventBytes)
		}
		if err != nil {
			failure := &bus.Error{Kind: bus.Invalid, Action: putEventsAction, Resource: on, Text: fmt.Sprintf("event %s %v", e.ID(), err)}
			return without(failure, "not sent", others(events, i))
		}
		rest[i] = addressed{e.ID(), text}
	}
	for len(rest) > 0 {
		n := fitting(rest)
		if err := b.putBatch(ctx, on, rest[:n]); err != nil {
			return without(err, "not sent", ids(rest[n:]))
		}
		rest = rest[n:]
	}
	return nil
}

// address returns an event with the bus it is for, and with the two attributes
// that the vendor's SDK adds where they are absent.
func address(e event.Event, on string) ([]byte, error) {
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(e.JSON(), &attributes); err != nil {
		return nil, errors.New("is not a JSON object")
	}
	name, err := json.Marshal(on)
	if err != nil {
		return nil, err
	}
	attributes[busExtension] = name
	for attribute, usual := range map[string]string{"specversion": `"1.0"`, "datacontenttype": `"application/json; charset=utf-8"`} {
		if _, ok := attributes[attribute]; !ok {
			attributes[attribute] = json.RawMessage(usual)
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(attributes); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// fitting returns how many of the events one call carries; at least one.
func fitting(events []addressed) int {
	size := 1 // the closing bracket; before each event stands another or a comma
	for i, e := range events {
		size += 1 + len(e.text)
		if i == maxEvents || i > 0 && size > maxBytes {
			return i
		}
	}
	return len(events)
}

// putBatch sends what fits in one call.
func (b *Bus) putBatch(ctx context.Context, on string, batch []addressed) error {
	texts := make([][]byte, len(batch))
	for i, e := range batch {
		texts[i] = e.text
	}
	list := "[" + string(bytes.Join(texts, []byte(","))) + "]"
	c := openapi.Call{Action: putEventsAction, Resource: on, Endpoint: b.data}
	answer, err := b.api.SendRequest(ctx, c, func(id, secret, token string) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.data.Scheme+"://"+b.data.Host+putEventsPath, strings.NewReader(list))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", batchType)
		signData(req, id, secret, token, b.now(), b.nonce())
		return req, nil
	})
	if err == nil {
		err = answer.Check()
	}
	if bus.KindOf(err) == bus.Unavailable {
		return without(err, "perhaps not taken", ids(batch))
	}
	if err != nil {
		return without(err, "not taken", ids(batch))
	}
	return judge(answer, batch)
}

// reply is what the data plane answers to a batch.
type reply struct {
	Code, Message    string
	FailedEntryCount *int
	EntryList        []struct{ EventId, ErrorCode, ErrorMessage string }
}

// judge fails unless the answer says that all events were taken.
func judge(answer openapi.Answer, batch []addressed) error {
	var r reply
	if json.Unmarshal(answer.Body, &r) != nil || r.FailedEntryCount == nil && r.Code == "" {
		return without(answer.Unreadable(), "perhaps not taken", ids(batch))
	}
	if r.FailedEntryCount == nil || r.Code != "" && r.Code != "Success" && *r.FailedEntryCount == 0 && len(r.EntryList) == 0 {
		return without(answer.Refused(r.Code, r.Message), "not taken", ids(batch))
	}
	var failed []string
	var failure *bus.Error
	for i, entry := range r.EntryList {
		if entry.ErrorCode == "" || entry.ErrorCode == "Success" {
			continue
		}
		id := entry.EventId
		// The entries are in the order of the events.
		if i < len(batch) && len(r.EntryList) == len(batch) {
			id = batch[i].id
		}
		if failure == nil {
			failure = answer.Refused(entry.ErrorCode, entry.ErrorMessage)
		}
		failed = append(failed, id)
	}
	switch {
	case failure != nil:
		return without(failure, "not taken", failed)
	case *r.FailedEntryCount > 0:
		failure = answer.Refused("", fmt.Sprintf("%d of %d events failed, and the service does not say which", *r.FailedEntryCount, len(batch)))
		return without(failure, "perhaps not taken", ids(batch))
	}
	return nil
}

// without adds to a failure which events it is about.
func without(err error, what string, ids []string) error {
	e, ok := errors.AsType[*bus.Error](err)
	if !ok || len(ids) == 0 {
		return err
	}
	if e.Text == "" && e.Cause != nil {
		e.Text = e.Cause.Error()
	}
	if e.Text != "" {
		e.Text += "; "
	}
	e.Text += what + ": " + strings.Join(ids, ", ")
	return e
}

func ids(events []addressed) []string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = e.id
	}
	return list
}

// others are the ids of all events but one.
func others(events []event.Event, but int) []string {
	var list []string
	for i, e := range events {
		if i != but {
			list = append(list, e.ID())
		}
	}
	return list
}
