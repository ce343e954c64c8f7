package cloud

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// lambdaVersion begins the paths of Lambda's API.
const lambdaVersion = "/2015-03-31/functions/"

// longestAnswer is what a synchronous invocation answers at most (Lambda quotas:
// 6 MB).
const longestAnswer = 6 << 20

// invocationTime is how long a function is waited for. Ours answer within half
// a minute.
const invocationTime = 2 * time.Minute

// functionsOfAWS are the functions of an account. The SDK's client for Lambda
// is not used: its tables of all actions would cost each cold start more than
// everything else that is of AWS here, and three requests are made.
type functionsOfAWS struct {
	endpoint, region, account string
	credentials               aws.CredentialsProvider
	client                    *http.Client
}

func newLambda(c AWSConfig) functionsOfAWS {
	domain := ".amazonaws.com"
	if strings.HasPrefix(c.Region, "cn-") {
		domain += ".cn"
	}
	return functionsOfAWS{
		endpoint: strings.TrimSuffix(cmp.Or(c.Endpoint, "https://lambda."+c.Region+domain), "/"), region: c.Region, account: c.Account,
		credentials: c.Credentials, client: &http.Client{Timeout: invocationTime},
	}
}

// call makes one signed request about a function and returns what was answered.
func (f functionsOfAWS) call(ctx context.Context, action, method, name, path string, body []byte) ([]byte, http.Header, error) {
	e := &bus.Error{Kind: bus.Unavailable, Action: "lambda:" + action, Resource: name}
	r, err := http.NewRequestWithContext(ctx, method, f.endpoint+lambdaVersion+url.PathEscape(name)+path, bytes.NewReader(body))
	if err != nil {
		e.Kind, e.Text = bus.Invalid, "the name of the function or the endpoint makes no address"
		return nil, nil, e
	}
	key, err := f.credentials.Retrieve(ctx)
	if err != nil {
		e.Kind, e.Text = bus.NoCredentials, "there are no credentials"
		return nil, nil, e
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), "lambda", f.region, time.Now()); err != nil {
		e.Kind, e.Text = bus.NoCredentials, "the request cannot be signed"
		return nil, nil, e
	}
	res, err := f.client.Do(r)
	if err != nil {
		if call, ok := err.(*url.Error); ok { //nolint:errorlint // what Do returns
			err = call.Err
		}
		e.Cause = err
		return nil, nil, e
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, longestAnswer+1))
	if err != nil {
		e.Cause = err
		return nil, nil, e
	}
	if res.StatusCode/100 == 2 {
		return answer, res.Header, nil
	}
	var said struct{ Message string }
	_ = json.Unmarshal(answer, &said) // what is no JSON has no message
	e.Code, _, _ = strings.Cut(res.Header.Get("X-Amzn-Errortype"), ":")
	e.Code, e.Text = cmp.Or(e.Code, fmt.Sprintf("HTTP %d", res.StatusCode)), said.Message
	e.Kind = lambdaKind(e.Code, res.StatusCode)
	return nil, nil, e
}

// lambdaKind says what an error of Lambda means (Lambda API reference, Common
// errors).
func lambdaKind(code string, status int) bus.Kind {
	switch code {
	case "ResourceNotFoundException":
		return bus.NotFound
	case "AccessDeniedException":
		return bus.Denied
	case "UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException", "InvalidClientTokenId", "IncompleteSignature", "MissingAuthenticationToken":
		return bus.NoCredentials
	case "InvalidParameterValueException", "ValidationException":
		return bus.Invalid
	}
	switch {
	case status == http.StatusTooManyRequests:
		return bus.Throttled
	case status == http.StatusNotFound:
		return bus.NotFound
	case status >= 500:
		return bus.Unavailable
	}
	return bus.Other
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
	_, err := f.variables(ctx, name)
	return err
}

// variables are the names that the function's environment has; nil when the
// service could not decrypt it.
func (f functionsOfAWS) variables(ctx context.Context, name string) (map[string]bool, error) {
	answer, _, err := f.call(ctx, "GetFunctionConfiguration", http.MethodGet, name, "/configuration", nil)
	if err != nil {
		return nil, err
	}
	var said struct {
		FunctionName string
		Environment  struct {
			Variables map[string]string
			Error     json.RawMessage
		}
	}
	if json.Unmarshal(answer, &said) != nil || said.FunctionName != name {
		return nil, &bus.Error{Kind: bus.Unavailable, Action: "lambda:GetFunctionConfiguration", Resource: name, Text: "the answer names no such function"}
	}
	if len(said.Environment.Error) > 0 && string(said.Environment.Error) != "null" {
		return nil, nil
	}
	return named(said.Environment.Variables), nil
}

// named tells which variables have a value, and nothing of the values.
func named(variables map[string]string) map[string]bool {
	has := map[string]bool{}
	for name, value := range variables {
		has[name] = strings.TrimSpace(value) != ""
	}
	return has
}

// invocable reads the policy of a function for a statement that lets the rules
// of a bus invoke it.
func (f functionsOfAWS) invocable(ctx context.Context, name, busName string) error {
	answer, _, err := f.call(ctx, "GetPolicy", http.MethodGet, name, "/policy", nil)
	if err != nil {
		return err
	}
	var said struct{ Policy string }
	if json.Unmarshal(answer, &said) != nil || !letsRules(said.Policy, f.region, f.account, busName) {
		return &bus.Error{Kind: bus.NotFound, Action: "lambda:GetPolicy", Resource: name, Text: "no statement lets the rules of the bus invoke the function"}
	}
	return nil
}
