package account

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

const invocationPrefix = "/" + fcVersion + "/functions/"

// MaxPayloadBytes is the largest payload of a synchronous invocation (Function
// Compute, Limits).
const MaxPayloadBytes = 32 << 20

// Limit is how many bytes the body of a caller's request may have: the payload
// of a function that the caller may invoke, and for everything else more than the
// largest rule.
func (a *Account) Limit(r *http.Request, caller Key) (int64, error) {
	name, invoked := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, invocationPrefix), "/invocations")
	if !invoked || !strings.HasPrefix(r.URL.Path, invocationPrefix) {
		return maxForm, nil
	}
	return MaxPayloadBytes, a.mayInvoke(caller, name)
}

func (a *Account) mayInvoke(caller Key, name string) error {
	return caller.Authorize("fc:InvokeFunction", "acs:fc:"+a.RegionID()+":"+a.Number()+":functions/"+name)
}

// function answers GetFunction, and InvokeFunction.
func (a *Account) function(w http.ResponseWriter, r *http.Request, caller Key, body []byte, requestID string) {
	name := strings.TrimPrefix(r.URL.Path, invocationPrefix)
	if strings.Contains(name, "/") || r.Method != http.MethodGet {
		a.invoke(w, r, caller, body, requestID)
		return
	}
	arn := "acs:fc:" + a.RegionID() + ":" + a.Number() + ":functions/" + name
	err := caller.Authorize("fc:GetFunction", arn)
	if err == nil && !slices.Contains(a.Functions, name) {
		err = NoFunction(name)
	}
	if err != nil {
		WriteError(w, requestID, err)
		return
	}
	answer := map[string]any{"functionName": name, "functionArn": arn}
	if a.LogProject != "" {
		answer["logConfig"] = map[string]string{"project": a.LogProject, "logstore": a.LogStore}
	}
	if variables := a.Variables[name]; variables != nil {
		answer["environmentVariables"] = variables
	}
	WriteJSON(w, http.StatusOK, requestID, answer)
}

// invoke answers InvokeFunction, synchronous ones only: a failure of the
// function is a success of the call that says so in a header.
func (a *Account) invoke(w http.ResponseWriter, r *http.Request, caller Key, payload []byte, requestID string) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, invocationPrefix), "/")
	err := a.mayInvoke(caller, name)
	switch kind := r.Header.Get("X-Fc-Invocation-Type"); {
	case err != nil:
	case rest != "invocations" || r.Method != http.MethodPost:
		err = &Error{Code: "InvalidAction.NotFound", Status: http.StatusNotFound, Text: "Specified api is not found: of functions, only GetFunction and InvokeFunction are served here."}
	case kind != "" && kind != "Sync":
		err = &Error{Code: "InvalidArgument", Status: http.StatusBadRequest, Text: "Functions of this machine are invoked synchronously only."}
	case a.Invoke == nil:
		err = NoFunction(name)
	}
	if err != nil {
		WriteError(w, requestID, err)
		return
	}
	answer, err := a.Invoke(r.Context(), name, payload)
	failure, failed := errors.AsType[*FunctionError](err)
	if err != nil && !failed {
		WriteError(w, requestID, err)
		return
	}
	w.Header().Set("X-Fc-Request-Id", requestID)
	w.Header().Set("Content-Type", "application/json")
	if failed {
		w.Header().Set("X-Fc-Error-Type", "HandledInvocationError")
		answer = failure.Payload
	}
	_, _ = w.Write(answer) // a caller that is gone cannot be told
}

// NoFunction is what Invoke fails with when there is no function of that name.
func NoFunction(name string) error {
	return &Error{Code: "FunctionNotFound", Status: http.StatusNotFound, Text: "function '" + name + "' does not exist"}
}
