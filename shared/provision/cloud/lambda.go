package cloud

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// lambdaVersion begins the paths of Lambda's API.
const lambdaVersion = "/2015-03-31/functions/"

// invocationTime is how long a function is waited for. Ours answer within half
// a minute.
const invocationTime = 2 * time.Minute

// functionsOfAWS are the functions of an account.
type functionsOfAWS struct {
	service awsapi.Service
	account string
}

func newLambda(c AWSConfig) functionsOfAWS {
	return functionsOfAWS{account: c.Account, service: awsapi.Service{
		Name: "lambda", Region: c.Region, Endpoint: c.Endpoint, Credentials: c.Credentials, HTTP: &http.Client{Timeout: invocationTime},
	}}
}

// call makes one request about a function and returns what was answered.
func (f functionsOfAWS) call(ctx context.Context, action, method, name, path string, body []byte) ([]byte, http.Header, error) {
	return f.service.Do(ctx, awsapi.Request{Action: action, Resource: name, Method: method, Path: lambdaVersion + url.PathEscape(name) + path, Body: body})
}

func (f functionsOfAWS) invoke(ctx context.Context, name string, payload []byte) (answer []byte, failed bool, err error) {
	answer, header, err := f.call(ctx, "InvokeFunction", http.MethodPost, name, "/invocations", payload)
	if err != nil || header.Get("X-Amz-Function-Error") == "" {
		return answer, false, err
	}
	var failure struct {
		Message string `json:"errorMessage"`
	}
	_ = exactjson.Unmarshal(answer, &failure) // what is no JSON has no message
	if failure.Message != "" {
		answer = []byte(failure.Message)
	}
	return answer, true, nil
}

func (f functionsOfAWS) function(ctx context.Context, name string) error {
	answer, _, err := f.call(ctx, "GetFunctionConfiguration", http.MethodGet, name, "/configuration", nil)
	if err != nil {
		return err
	}
	var said struct{ FunctionName string }
	if json.Unmarshal(answer, &said) != nil || said.FunctionName != name {
		return &bus.Error{Kind: bus.Unavailable, Action: "lambda:GetFunctionConfiguration", Resource: name, Text: "the answer names no such function"}
	}
	return nil
}

// invocable reads the policy of a function for a statement that lets the rules
// of a bus invoke it.
func (f functionsOfAWS) invocable(ctx context.Context, name, busName string) error {
	answer, _, err := f.call(ctx, "GetPolicy", http.MethodGet, name, "/policy", nil)
	if err != nil {
		return err
	}
	var said struct{ Policy string }
	if json.Unmarshal(answer, &said) != nil || !letsRules(said.Policy, f.service.Region, f.account, busName) {
		return &bus.Error{Kind: bus.NotFound, Action: "lambda:GetPolicy", Resource: name, Text: "no statement lets the rules of the bus invoke the function"}
	}
	return nil
}
