// Package cloudevents accepts events over HTTP in the three modes of CloudEvents:
// binary, structured and batch. When a request is answered, its events are on
// disk.
package cloudevents

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// Pattern is the route of the handler: one path for each event bus.
const Pattern = "POST /eventbuses/{bus}/events"

// Path returns the path that takes the events of a bus.
func Path(bus string) string { return "/eventbuses/" + bus + "/events" }

// Answer is the body of every answer.
type Answer struct {
	// Events has one entry for each event of the request, in its order.
	Events []Entry `json:"events,omitempty"`
	// Code and Error say why the request as a whole was not taken, or its only
	// event.
	Code  string `json:"code,omitempty"`
	Error string `json:"error,omitempty"`
}

// Entry is what became of one event: it was accepted unless it has an error.
type Entry struct {
	ID string `json:"id"`
	// Duplicate tells that it was published before, so that nobody is told of it
	// again.
	Duplicate bool   `json:"duplicate,omitempty"`
	Code      string `json:"code,omitempty"`
	Error     string `json:"error,omitempty"`
}

// publisher puts events on a bus, and returns when they are committed.
type publisher interface {
	Publish(ctx context.Context, bus string, events ...event.Event) ([]local.Put, error)
}

// Handler serves [Pattern]. It answers 202 when all events were accepted, 207
// when some were, and 400 when none was; 429 with Retry-After when the bus
// cannot follow, and nothing was taken.
//
// 207 is none of the statuses that say "all" or "none": only the body tells.
// Sending the whole batch again does no harm.
func Handler(p publisher) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, one, err := read(w, r)
		if err == nil {
			err = b.Publish(r.Context(), p, r.PathValue("bus"))
		}
		if err != nil {
			refuse(w, err)
			return
		}
		var answer Answer
		for _, put := range b.Puts {
			answer.Events = append(answer.Events, Entry{put.EventID, put.Duplicate, put.Code, put.Text})
		}
		status := http.StatusAccepted
		switch refused := b.Refused(); {
		case refused == len(b.Puts) && one:
			status, answer.Code, answer.Error = http.StatusBadRequest, b.Puts[0].Code, b.Puts[0].Text
		case refused == len(b.Puts):
			status = http.StatusBadRequest
		case refused > 0:
			status = http.StatusMultiStatus
		}
		write(w, status, answer)
	})
}

// refusal is a request that was not taken.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

func refuse(w http.ResponseWriter, err error) {
	answer, status := Answer{Error: err.Error()}, http.StatusInternalServerError
	if e, ok := errors.AsType[*refusal](err); ok {
		status = e.status
	}
	if e, ok := errors.AsType[*local.Error](err); ok {
		answer, status = Answer{Code: e.Code, Error: e.Text}, e.Status
		if e.Code == "EventBusNotExist" { // what HTTP says of a path that leads nowhere
			status = http.StatusNotFound
		}
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10))
		}
	}
	write(w, status, answer)
}

func write(w http.ResponseWriter, status int, answer Answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(answer) // a publisher that is gone cannot be told
}
