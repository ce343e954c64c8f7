package openapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/event"
)

const dataPlanePrefix = "/openapi/"

// The limits of one call (Alibaba Cloud EventBridge, Limits). The frame around
// sixteen events is allowed for.
const (
	maxBatchEvents = 16
	maxBatchBytes  = 1 << 20
)

// busAttribute is the extension that names an event's bus.
const busAttribute = "aliyuneventbusname"

// putEvents is the reply of the data plane.
type putEvents struct {
	FailedEntryCount       int
	EntryList              []putEntry
	RequestId              string
	ResourceOwnerAccountId string
}

type putEntry struct {
	EventId      string
	TraceId      string `json:",omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// servePutEvents takes events in the form of the data plane: POST
// /openapi/putEvents with a batch of CloudEvents, each of which names the bus.
func (h *Handler) servePutEvents(w http.ResponseWriter, r *http.Request, id string) {
	answer, err := h.putEvents(w, r)
	if err != nil {
		writeDataPlaneError(w, id, refusal(err))
		return
	}
	answer.RequestId, answer.ResourceOwnerAccountId = id, h.account.Number()
	account.WriteJSON(w, http.StatusOK, id, answer)
}

func (h *Handler) putEvents(w http.ResponseWriter, r *http.Request) (*putEvents, error) {
	caller, body, err := h.account.Receive(w, r, func(account.Key) (int64, error) { return maxBatchBytes, nil })
	if err != nil {
		return nil, err
	}
	if r.Method != http.MethodPost || r.URL.Path != dataPlanePrefix+"putEvents" {
		return nil, &account.Error{Code: "InvalidAction.NotFound", Status: http.StatusNotFound, Text: "Only POST " + dataPlanePrefix + "putEvents is served here: everything else is an action of version " + Version + "."}
	}
	if !h.bus.Activated() {
		return nil, &account.Error{Code: "ServiceAccessDenied", Status: http.StatusForbidden, Text: "The account has not activated EventBridge."}
	}
	texts, count, err := event.List(body, maxBatchEvents)
	if err != nil {
		return nil, invalid("The body is not a JSON list of CloudEvents.")
	}
	if count == 0 || count > maxBatchEvents {
		return nil, invalid(fmt.Sprintf("A call carries 1 to %d events: this one has %d.", maxBatchEvents, count))
	}
	b := &local.Batch{}
	for _, text := range texts {
		b.Add(event.Parse(text))
	}
	bus, err := busOf(b)
	if err != nil {
		return nil, err
	}
	if err := caller.Authorize("eventbridge:PutEvents", h.arn("eventbus/"+bus)); err != nil {
		return nil, err
	}
	if err := b.Publish(r.Context(), h.bus, bus); err != nil {
		return nil, err
	}
	answer := &putEvents{FailedEntryCount: b.Refused()}
	for _, put := range b.Puts {
		answer.EntryList = append(answer.EntryList, putEntry{put.EventID, put.TraceID, put.Code, put.Text})
	}
	return answer, nil
}

// busOf returns the one bus that the events name, and refuses those that name
// none.
func busOf(b *local.Batch) (string, error) {
	b.Keep(func(e event.Event) string {
		if e.Extension(busAttribute) == "" {
			return "The event lacks the extension " + busAttribute + ", which names its bus."
		}
		return ""
	})
	if len(b.Events) == 0 {
		return "", invalid("None of the events can be taken: " + b.Puts[0].Text)
	}
	bus := b.Events[0].Extension(busAttribute)
	for _, e := range b.Events {
		if e.Extension(busAttribute) != bus {
			return "", &account.Error{Code: "PutEventsRequestMoreThanOneEventBus", Status: http.StatusConflict, Text: "The events of one call must name the same bus."}
		}
	}
	return bus, nil
}

// writeDataPlaneError words an error as the data plane does, in lower case.
func writeDataPlaneError(w http.ResponseWriter, id string, err error) {
	e, ok := errors.AsType[*account.Error](err)
	if !ok {
		e = &account.Error{Code: "InternalError", Status: http.StatusInternalServerError, Text: err.Error()}
	}
	e.WriteHeader(w)
	account.WriteJSON(w, e.Status, id, struct {
		Code      string `json:"code"`
		Message   string `json:"message"`
		RequestID string `json:"requestId"`
	}{e.Code, e.Text, id})
}
