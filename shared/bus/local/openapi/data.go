package openapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/pai-notify/pai-notify/shared/event"
)

// withData returns an event with its data in the open. The vendor's SDK for
// Python sends JSON in data_base64, which no pattern and no transform looks
// into. The service refuses events without data, and supports JSON only.
func withData(e event.Event) (event.Event, error) {
	if len(e.Data()) > 0 {
		return e, nil
	}
	members := event.Members(e.JSON())
	encoded, ok := members["data_base64"]
	if !ok {
		return e, errors.New("the event has no data")
	}
	var text string
	if json.Unmarshal(encoded, &text) != nil {
		return e, errors.New("data_base64 is no string")
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !json.Valid(data) {
		return e, errors.New("data_base64 does not hold JSON, which is all that is supported")
	}
	delete(members, "data_base64")
	members["data"] = data
	open, err := json.Marshal(members)
	if err != nil {
		return e, err
	}
	return event.Parse(open)
}
