package aliyun

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/exactjson"
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
// several, in order. One that is not taken does not keep back the others; a call
// that fails as a whole does.
func (b *Bus) PutEvents(ctx context.Context, on string, events []event.Event) error {
	var failed error
	rest := make([]addressed, 0, len(events))
	for _, e := range events {
		text := address(e, on)
		if len(text) > event.MaxEventBytes {
			failed = also(failed, &bus.Error{Kind: bus.Invalid, Action: putEventsAction, Resource: on, Text: fmt.Sprintf("event %s has %d bytes, more than the %d that EventBridge carries", e.ID(), len(text), event.MaxEventBytes)})
			continue
		}
		rest = append(rest, addressed{e.ID(), text})
	}
	for len(rest) > 0 {
		n := fitting(rest)
		whole, err := b.putBatch(ctx, on, rest[:n])
		rest = rest[n:]
		if whole && err != nil {
			return also(failed, without(err, "not sent", ids(rest)))
		}
		failed = also(failed, err)
	}
	return failed
}

// also is two failures, the first of which may be none, as one.
func also(first, second error) error {
	a, ok := errors.AsType[*bus.Error](first)
	b, also := errors.AsType[*bus.Error](second)
	if !ok || !also {
		return errors.Join(first, second)
	}
	if a.Kind != b.Kind {
		a.Kind = bus.Other
	}
	a.Text = strings.TrimSpace(a.Text + "; " + strings.TrimSpace(b.Code+" "+b.Text))
	return a
}

// address returns an event with the bus it is for, and with the attribute that
// the vendor's SDK adds where it is absent.
func address(e event.Event, on string) []byte {
	attributes := event.Members(e.Standard())
	attributes[busExtension], _ = json.Marshal(on) // a string always encodes
	if attributes["datacontenttype"] == nil {
		attributes["datacontenttype"] = json.RawMessage(`"application/json; charset=utf-8"`)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(attributes) // they are valid
	return bytes.TrimSpace(text.Bytes())
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

// putBatch sends what fits in one call, and tells whether an error is about the
// whole of it.
func (b *Bus) putBatch(ctx context.Context, on string, batch []addressed) (whole bool, err error) {
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
	if bus.KindOf(err) == bus.Unavailable {
		return true, without(err, "perhaps not taken", ids(batch))
	}
	if err != nil {
		return true, without(err, "not taken", ids(batch))
	}
	return judge(answer, batch)
}

// reply is what the data plane answers to a batch. It writes the names of an
// error in lower case; its neighbours on the control plane do not.
type reply struct {
	Code             string `json:"code"`
	Message          string `json:"message"`
	CapitalCode      string `json:"Code"`
	CapitalMessage   string `json:"Message"`
	FailedEntryCount *int
	EntryList        []struct{ EventId, ErrorCode, ErrorMessage string }
}

// judge fails unless the answer says that all events were taken, and tells
// whether it says nothing about them one by one.
func judge(answer openapi.Answer, batch []addressed) (whole bool, err error) {
	var r reply
	err = exactjson.Unmarshal(answer.Body, &r)
	r.Code, r.Message = cmp.Or(r.Code, r.CapitalCode), cmp.Or(r.Message, r.CapitalMessage)
	if err != nil || r.FailedEntryCount == nil && r.Code == "" {
		return true, without(answer.Unreadable(), "perhaps not taken", ids(batch))
	}
	if r.FailedEntryCount == nil || r.Code != "" && r.Code != "Success" && *r.FailedEntryCount == 0 && len(r.EntryList) == 0 {
		return true, without(answer.Refused(r.Code, r.Message), "not taken", ids(batch))
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
		return false, without(failure, "not taken", failed)
	case *r.FailedEntryCount > 0:
		failure = answer.Refused("", fmt.Sprintf("%d of %d events failed, and the service does not say which", *r.FailedEntryCount, len(batch)))
		return false, without(failure, "perhaps not taken", ids(batch))
	}
	return false, nil
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
