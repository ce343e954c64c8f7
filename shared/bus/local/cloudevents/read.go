package cloudevents

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/pai-notify/pai-notify/shared/event"
)

// The limits of one request are those of one call of EventBridge (Alibaba Cloud
// EventBridge, Limits).
const (
	maxEvents = 16
	maxBytes  = 1 << 20
)

// read takes the events out of a request. An event in structured mode or in a
// batch stays the text that it came as: the times that Alibaba Cloud's services
// write are not all times for the SDK, and numbers would be rounded.
func read(w http.ResponseWriter, r *http.Request) ([]event.Event, error) {
	if err := checkHeader(r.Header); err != nil {
		return nil, err
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	switch m := cehttp.NewMessage(r.Header, io.NopCloser(bytes.NewReader(body))); m.ReadEncoding() {
	case binding.EncodingStructured:
		return parse(body)
	case binding.EncodingBatch:
		var texts []json.RawMessage
		if err := json.Unmarshal(body, &texts); err != nil {
			return nil, bad("the body is not a JSON list of events: " + err.Error())
		}
		if len(texts) == 0 || len(texts) > maxEvents {
			return nil, bad(fmt.Sprintf("a batch has 1 to %d events: this one has %d", maxEvents, len(texts)))
		}
		list := make([][]byte, len(texts))
		for i, text := range texts {
			list[i] = text
		}
		return parse(list...)
	case binding.EncodingBinary:
		return readBinary(r.Context(), m)
	}
	return nil, &refusal{http.StatusUnsupportedMediaType, "no event in any mode of CloudEvents: set Content-Type to application/cloudevents+json or application/cloudevents-batch+json, or send the attributes as headers, Ce-Specversion: 1.0 among them"}
}

func bad(text string) error { return &refusal{http.StatusBadRequest, text} }

func parse(texts ...[]byte) ([]event.Event, error) {
	events := make([]event.Event, len(texts))
	for i, text := range texts {
		e, err := event.Parse(text)
		if err != nil && len(texts) > 1 {
			return nil, bad(fmt.Sprintf("event %d of the batch, counted from 1: %v", i+1, err))
		}
		if err != nil {
			return nil, bad(err.Error())
		}
		if len(e.Data()) == 0 {
			return nil, bad(fmt.Sprintf("event %q has no data in JSON: EventBridge takes none without, and no target could be told of it", e.ID()))
		}
		events[i] = e
	}
	return events, nil
}

// readBinary makes an event of headers and a body. The SDK reads them.
func readBinary(ctx context.Context, m *cehttp.Message) ([]event.Event, error) {
	e, err := binding.ToEvent(ctx, m)
	if err != nil {
		return nil, bad("the headers and the body are no CloudEvent in binary mode: " + err.Error())
	}
	if err := e.Validate(); err != nil {
		return nil, bad("the headers and the body are no CloudEvent in binary mode: " + strings.Join(strings.Fields(err.Error()), " "))
	}
	if !utf8.Valid(e.Data()) {
		return nil, bad("the body is neither JSON nor text: EventBridge takes no other data")
	}
	text, err := e.MarshalJSON()
	if err != nil {
		return nil, bad("the body is not what its Content-Type says: " + err.Error())
	}
	return parse(text)
}

// checkHeader refuses headers that have two meanings: an attribute that comes
// twice, and one that would stand in the place of the data.
func checkHeader(header http.Header) error {
	for name, values := range header {
		attribute, ok := strings.CutPrefix(name, "Ce-")
		if !ok && name != textproto.CanonicalMIMEHeaderKey("content-type") {
			continue
		}
		if len(values) > 1 {
			return bad("the header " + name + " comes more than once")
		}
		if slices.Contains([]string{"data", "data_base64", "datacontenttype"}, strings.ToLower(attribute)) {
			return bad("the header " + name + " is none of CloudEvents: data goes into the body, and its type into Content-Type")
		}
	}
	return nil
}

// readBody refuses a body by its length before it reads it, where the request
// tells the length.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	tooLarge := &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than the %d bytes a bus takes at once", maxBytes)}
	if r.ContentLength > maxBytes {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge
	}
	if err != nil {
		return nil, bad("the body ended before it was whole")
	}
	return body, nil
}
