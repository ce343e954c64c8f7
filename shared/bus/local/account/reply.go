package account

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// NewRequestID makes the id of a request in the form of the services.
func NewRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// WriteJSON answers a request with a JSON body.
func WriteJSON(w http.ResponseWriter, status int, requestID string, body any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("X-Acs-Request-Id", requestID)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // a caller that is gone cannot be told
}

// Refusal is the body of a refused call.
type Refusal struct {
	Code, Message, RequestId string
	Success                  bool
	AccessDeniedDetail       *deniedDetail `json:",omitempty"`
}

type deniedDetail struct{ AuthAction, NoPermissionType, PolicyType string }

// WriteError answers a request with what is wrong with it. An err that is no
// [*Error] is this machine's own failure.
func WriteError(w http.ResponseWriter, requestID string, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Code: "InternalError", Status: http.StatusInternalServerError, Text: err.Error()}
	}
	body := Refusal{Code: e.Code, Message: e.Text, RequestId: requestID}
	if e.Action != "" {
		body.AccessDeniedDetail = &deniedDetail{e.Action, "ImplicitDeny", "AccountLevelIdentityBasedPolicy"}
		if e.Explicit {
			body.AccessDeniedDetail.NoPermissionType = "ExplicitDeny"
		}
	}
	e.WriteHeader(w)
	WriteJSON(w, e.Status, requestID, body)
}

// WriteHeader sets the header that says when to try again, in whole seconds and
// none too early.
func (e *Error) WriteHeader(w http.ResponseWriter) {
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10))
	}
}

// readBody reads the body of a request that may have at most limit bytes. It
// fails with an [*Error], before it reads when the request says how long it is.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	tooLarge := &Error{Code: "EntityTooLarge", Status: http.StatusRequestEntityTooLarge,
		Text: "The body has more than the " + strconv.FormatInt(limit, 10) + " bytes that are taken at once."}
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge
	}
	if err != nil {
		return nil, &Error{Code: "InvalidParameter", Status: http.StatusBadRequest, Text: "The body ended before it was whole."}
	}
	return body, nil
}
