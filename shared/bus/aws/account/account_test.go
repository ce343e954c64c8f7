package account

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
)

func functionsAt(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return New(Config{Region: "ap-southeast-1", Endpoint: server.URL, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")})
}

func TestAFunctionIsInvoked(t *testing.T) {
	f := functionsAt(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Equal(t, "POST /2015-03-31/functions/pai-notify-sms/invocations", r.Method+" "+r.URL.Path)
		assert.Contains(t, r.Header.Get("Authorization"), "/ap-southeast-1/lambda/aws4_request")
		if string(body) == `{"fail":true}` {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = io.WriteString(w, `{"errorMessage":"{\"status\":\"failed\"}","errorType":"Permanent"}`)
			return
		}
		_, _ = io.WriteString(w, `{"status":"sent"}`)
	})
	answer, failed, err := f.Invoke(t.Context(), "pai-notify-sms", []byte(`{}`))
	require.NoError(t, err)
	assert.False(t, failed)
	assert.JSONEq(t, `{"status":"sent"}`, string(answer))
	answer, failed, err = f.Invoke(t.Context(), "pai-notify-sms", []byte(`{"fail":true}`))
	require.NoError(t, err)
	assert.True(t, failed)
	assert.JSONEq(t, `{"status":"failed"}`, string(answer))
}

func TestAFunctionThatTimesOutSaysWhatThePlatformSays(t *testing.T) {
	for answer, says := range map[string]string{
		`{"errorMessage":"2026-01-01T00:00:00Z 1-2 Task timed out after 30.00 seconds"}`:        "2026-01-01T00:00:00Z 1-2 Task timed out after 30.00 seconds",
		`{"errorMessage":"RequestId: 1 Error: Runtime exited","errorType":"Runtime.ExitError"}`: "RequestId: 1 Error: Runtime exited",
		`{"errorMessage":"it failed","ErrorMessage":"{\"status\":\"sent\"}"}`:                   "it failed",
		`no JSON`:                 "no JSON",
		`{"errorType":"Unknown"}`: `{"errorType":"Unknown"}`,
	} {
		f := functionsAt(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = io.WriteString(w, answer)
		})
		said, failed, err := f.Invoke(t.Context(), "pai-notify-sms", []byte(`{}`))
		require.NoError(t, err)
		assert.True(t, failed)
		assert.Equal(t, says, string(said))
	}
}

func TestOnlyAFunctionThatIsNamedIsThere(t *testing.T) {
	for answer, want := range map[string]bus.Kind{`{"FunctionName":"pai-notify-sms","Environment":{"Variables":{"A":"x","B":"y"}}}`: bus.Other, `{"FunctionName":"other"}`: bus.Unavailable, `{}`: bus.Unavailable, `<html>`: bus.Unavailable} {
		f := functionsAt(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		found, err := f.Function(t.Context(), "pai-notify-sms", "A", "C")
		if want == bus.Other {
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"A": "x"}, found, "and no others: there may be secrets among them")
			continue
		}
		assert.Equal(t, want, bus.KindOf(err), answer)
	}
}

func TestAnErrorOfLambdaHasItsKind(t *testing.T) {
	for code, c := range map[string]struct {
		status int
		kind   bus.Kind
	}{
		"ResourceNotFoundException:http://internal.amazon.com/": {404, bus.NotFound},
		"AccessDeniedException":                                 {403, bus.Denied},
		"UnrecognizedClientException":                           {403, bus.NoCredentials},
		"TooManyRequestsException":                              {429, bus.Throttled},
		"ServiceException":                                      {500, bus.Unavailable},
		"":                                                      {502, bus.Unavailable},
	} {
		f := functionsAt(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-ErrorType", code)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, `{"Message":"no"}`)
		})
		_, err := f.Function(t.Context(), "pai-notify-sms")
		assert.Equal(t, c.kind, bus.KindOf(err), "%s: %v", code, err)
	}
	f := New(Config{Region: "ap-southeast-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("none") })})
	_, err := f.Function(t.Context(), "pai-notify-sms")
	assert.Equal(t, bus.NoCredentials, bus.KindOf(err))
}

func TestThePolicyOfAFunctionLetsRulesInvokeIt(t *testing.T) {
	statement := func(effect, principal, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"lambda:InvokeFunction"` + condition + `}]}`
	}
	const events = `{"Service":"events.amazonaws.com"}`
	source := func(arn string) string { return `,"Condition":{"ArnLike":{"AWS:SourceArn":"` + arn + `"}}` }
	for policy, want := range map[string]bool{
		statement("Allow", events, ""): true,
		statement("Allow", events, source("arn:aws:events:r:1:rule/pai-system-lab/*")):   true,
		statement("Allow", events, source("arn:aws:events:r:1:rule/*")):                  true,
		statement("Allow", events, source("arn:aws:events:r:1:rule/pai-system-*")):       true,
		statement("Allow", events, source("arn:aws:events:r:1:rule/pai-system-other/*")): false,
		statement("Allow", events, source("arn:aws:events:r:1:rule/on-the-default-bus")): false,
		statement("Allow", `{"Service":"s3.amazonaws.com"}`, ""):                         false,
		statement("Deny", events, ""):                                                    false,
		"no JSON":                                                                        false,
		statement("Allow", `"*"`, source("arn:aws:events:r:1:rule/pai-system-lab/*")):    true,
		statement("Allow", events, source("arn:aws:events:r:2:rule/pai-system-lab/*")):   false,
		statement("Allow", events, source("arn:aws:events:x:1:rule/pai-system-lab/*")):   false,
		statement("Allow", events, source("arn:aws:events:*:1:rule/pai-system-lab/*")):   true,
		statement("Allow", events, source("arn:aws:events:*")):                           true,
		statement("Allow", events, source("arn:aws:sns:*")):                              false,
		statement("Allow", events, `,"Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:events:r:1:rule/a/*","arn:aws:events:r:1:rule/pai-system-lab/*"]}}`):                 true,
		statement("Allow", events, `,"Condition":{"ArnNotLike":{"AWS:SourceArn":"arn:aws:events:r:1:rule/pai-system-lab/*"}}`):                                              false,
		statement("Allow", events, `,"Condition":{"StringEquals":{"AWS:SourceAccount":"1"}}`):                                                                               true,
		statement("Allow", events, `,"Condition":{"StringEquals":{"AWS:SourceAccount":"2"}}`):                                                                               false,
		statement("Allow", events, `,"Condition":{"StringEquals":{"AWS:SourceAccount":"2"},"ArnLike":{"AWS:SourceArn":"arn:aws:events:r:1:rule/*"}}`):                       false,
		statement("Allow", events, `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`):                                                                                  false,
		strings.Replace(statement("Allow", events, ""), "lambda:InvokeFunction", "lambda:GetFunction", 1):                                                                   false,
		strings.Replace(statement("Allow", events, ""), `"lambda:InvokeFunction"`, `["lambda:GetFunction","lambda:*"]`, 1):                                                  true,
		`{"Statement":[{"Effect":"Allow","Principal":` + events + `,"Action":"lambda:InvokeFunction"},{"Effect":"Deny","Principal":"*","Action":"lambda:InvokeFunction"}]}`: false,
	} {
		assert.Equal(t, want, letsRules(policy, "r", "1", "pai-system-lab"), policy)
	}
}

func TestACallToLambdaIsMadeOnce(t *testing.T) {
	calls := 0
	f := functionsAt(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, _, err := f.Invoke(t.Context(), "pai-notify-sms", []byte(`{}`))
	assert.Equal(t, bus.Unavailable, bus.KindOf(err))
	assert.Equal(t, 1, calls)
}
