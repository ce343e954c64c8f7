package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// inTheOpen returns data as JSON. A text that is JSON counts as that JSON, because
// the template of a rule inserts a text where JSON is expected, without quotes,
// and nobody who reads the result can tell the two apart. It is nil for null and
// for an empty text.
func inTheOpen(data json.RawMessage) json.RawMessage {
	for len(data) > 0 && data[0] == '"' {
		text := bytes.TrimSpace([]byte(Unquote(data)))
		if len(text) > 0 && !json.Valid(text) {
			return data
		}
		data = text
	}
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	return data
}

// decoded returns the data that data_base64 holds.
func (o object) decoded(m member) (json.RawMessage, error) {
	if m.text[0] != '"' {
		return nil, fmt.Errorf(`event: "data_base64" is %s where base64 was expected`, kind(m.value))
	}
	if data := o.member("data").value; data != nil && string(data) != "null" {
		return nil, errors.New(`event: the event has both "data" and "data_base64"`)
	}
	data, err := base64.StdEncoding.DecodeString(unquote(m.text))
	if err != nil {
		return nil, errors.New(`event: "data_base64" is not base64`)
	}
	return dataOf(o.member("datacontenttype").attribute(), data)
}

// dataOf returns data that came as bytes: JSON, or a text. EventBridge carries
// nothing else.
func dataOf(contentType string, data []byte) (json.RawMessage, error) {
	data = withoutMark(data)
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return nil, nil
	case json.Valid(text):
		return inTheOpen(text), nil
	case isJSON(contentType):
		return nil, errors.New("event: the data is not JSON: set datacontenttype, or Content-Type in binary mode, to what it is, such as text/plain")
	case !utf8.Valid(data):
		return nil, errors.New("event: the data is neither JSON nor text in UTF-8: EventBridge takes no other data")
	}
	return quote(string(data)), nil
}

// isJSON reports whether a content type is JSON's. Without one, data is JSON
// (CloudEvents, JSON event format, 3.1).
func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "" || media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// withoutMark removes the byte order mark that some editors put before a text.
func withoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }
