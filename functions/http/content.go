package http

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// ContentMode is how an event is put into a request, by the word of CloudEvents.
type ContentMode string

// The content modes.
const (
	// Structured has the whole event in the body, under the signature.
	Structured ContentMode = "structured"
	// Binary has the event's data in the body and its attributes in headers,
	// which no signature covers.
	Binary ContentMode = "binary"
)

// Values lists the content modes.
func (ContentMode) Values() []string { return []string{string(Structured), string(Binary)} }

// The types of a body.
const (
	structuredType = "application/cloudevents+json; charset=utf-8"
	jsonType       = "application/json"
	bytesType      = "application/octet-stream"
)

// content returns the headers and the body of an event in a content mode.
func content(mode ContentMode, e event.Event) (http.Header, []byte) {
	if mode == Structured {
		return http.Header{"Content-Type": {structuredType}}, e.JSON()
	}
	h := http.Header{}
	attributes := event.Members(e.JSON())
	if _, ok := attributes["specversion"]; !ok {
		h.Set("Ce-Specversion", "1.0") // the one that an event without it is read as
	}
	for name, value := range attributes {
		if name == "data" || name == "datacontenttype" || strings.ContainsFunc(name, notInAttribute) {
			continue
		}
		if text, ok := attribute(value); ok && text != "" {
			h[textproto.CanonicalMIMEHeaderKey("Ce-"+name)] = []string{percentEncoded(text)}
		}
	}
	contentType, _ := attribute(attributes["datacontenttype"])
	body, otherwise := data(attributes, contentType)
	if contentType == "" || strings.ContainsFunc(contentType, notInHeader) {
		contentType = otherwise
	}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	return h, body
}

// notInAttribute are the characters that CloudEvents does not allow in the name
// of an attribute. Names of others are left out: headers do not tell "Id" from
// "id".
func notInAttribute(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') }

// attribute returns the value of an attribute as a header has it: that of a
// string, and numbers and booleans as they are written. Null is none.
func attribute(value json.RawMessage) (string, bool) {
	switch {
	case len(value) == 0, value[0] == '{', value[0] == '[', value[0] == 'n':
		return "", false
	case value[0] == '"':
		return event.Unquote(value), true
	}
	return string(value), true
}

// data returns the body of an event's data, and its type where the event names
// none. A string is sent as what it says when its type is not JSON: that is how
// the JSON format of CloudEvents holds text.
func data(attributes map[string]json.RawMessage, contentType string) (body []byte, otherwise string) {
	value, encoded := attributes["data"], attributes["data_base64"]
	switch {
	case len(value) > 0 && value[0] == '"' && contentType != "" && !isJSON(contentType):
		return []byte(event.Unquote(value)), ""
	case len(value) > 0 && value[0] != 'n':
		return value, jsonType
	case len(encoded) > 0 && encoded[0] == '"':
		if raw, err := base64.StdEncoding.DecodeString(event.Unquote(encoded)); err == nil {
			if json.Valid(raw) {
				return raw, jsonType
			}
			return raw, bytesType
		}
	}
	return nil, ""
}

// isJSON tells of a media type that it is one of JSON's.
func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return strings.HasSuffix(kind, "/json") || strings.HasSuffix(kind, "+json")
}

// percentEncoded writes a text as the HTTP binding of CloudEvents wants it in a
// header: blanks, quotes, percent signs and all that is not printable ASCII as
// percent-encoded bytes of UTF-8.
func percentEncoded(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c > ' ' && c <= '~' && c != '"' && c != '%' {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
		}
	}
	return b.String()
}
