package cloudevents

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// The limits of one request are those of one call of EventBridge (Alibaba Cloud
// EventBridge, Limits).
const (
	maxEvents = 16
	maxBytes  = 1 << 20
)

// read takes the events out of a request, and tells whether it is one event and
// no batch. Package event reads them, as it does everywhere: the SDK of
// CloudEvents refuses times that Alibaba Cloud's services write, and would round
// numbers.
func read(w http.ResponseWriter, r *http.Request) (b *local.Batch, one bool, err error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		w.Header().Set("Accept-Encoding", "identity")
		return nil, false, unsupported("the body is compressed (Content-Encoding), which is not taken here: send it as it is")
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, false, err
	}
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch media = strings.ToLower(strings.TrimSpace(media)); {
	case len(r.Header.Values("Content-Type")) > 1:
		return nil, false, bad("the header Content-Type comes more than once")
	case media == "application/cloudevents+json":
		b := &local.Batch{}
		b.Add(event.Parse(body))
		return b, true, nil
	case media == "application/cloudevents-batch+json":
		b, err = readBatch(body)
		return b, false, err
	case !strings.HasPrefix(media, "application/cloudevents") && isBinary(r.Header):
		b, err = readBinary(r.Header, body)
		return b, true, err
	}
	return nil, false, unsupported("no event in any mode of CloudEvents: set Content-Type to application/cloudevents+json or application/cloudevents-batch+json, or send the attributes as headers, Ce-Specversion: 1.0 among them")
}

func bad(text string) error         { return &refusal{http.StatusBadRequest, text} }
func unsupported(text string) error { return &refusal{http.StatusUnsupportedMediaType, text} }

func readBatch(body []byte) (*local.Batch, error) {
	texts, count, err := event.List(body, maxEvents)
	if err != nil {
		return nil, bad("the body is not a JSON list of events: " + err.Error())
	}
	if count == 0 || count > maxEvents {
		return nil, bad(fmt.Sprintf("a batch has 1 to %d events: this one has %d", maxEvents, count))
	}
	b := &local.Batch{}
	for _, text := range texts {
		b.Add(event.Parse(text))
	}
	return b, nil
}

// isBinary tells whether headers name an event.
func isBinary(header http.Header) bool {
	return slices.ContainsFunc([]string{"Ce-Specversion", "Ce-Id", "Ce-Source", "Ce-Type"}, func(name string) bool { return header[name] != nil })
}

// readBinary reads an event whose attributes are headers and whose data is the
// body. It refuses headers that have two meanings: an attribute that comes
// twice, and one that would stand in the place of the data.
func readBinary(header http.Header, body []byte) (*local.Batch, error) {
	attributes := map[string]string{}
	for header, values := range header {
		name, ok := strings.CutPrefix(header, "Ce-")
		if !ok {
			continue
		}
		name = strings.ToLower(name)
		switch value, err := attributeOf(values[0]); {
		case len(values) > 1:
			return nil, bad("the header " + header + " comes more than once")
		case name == "data" || name == "data_base64" || name == "datacontenttype":
			return nil, bad("the header " + header + " is none of CloudEvents: data goes into the body, and its type into Content-Type")
		case err != nil:
			return nil, bad("the header " + header + " " + err.Error())
		default:
			attributes[name] = value
		}
	}
	if contentType := header.Get("Content-Type"); contentType != "" {
		attributes["datacontenttype"] = contentType
	}
	b := &local.Batch{}
	b.Add(event.ParseBinary(attributes, body))
	return b, nil
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
