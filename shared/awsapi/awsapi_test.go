package awsapi_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
)

func TestARefusalHasItsKindAndRepeatsNoValue(t *testing.T) {
	for body, c := range map[string]struct {
		status int
		kind   bus.Kind
		code   string
	}{
		`{"__type":"ValidationException","message":"Value 'the-value' at 'secretString' failed"}`:            {400, bus.Invalid, "ValidationException"},
		`{"__type":"com.amazonaws.x#InvalidParameterException","Message":"the-value"}`:                       {400, bus.Invalid, "InvalidParameterException"},
		`{"__type":"ResourceExistsException","Message":"exists"}`:                                            {400, bus.Exists, "ResourceExistsException"},
		`{"__type":"NobodyKnowsException","Message":"m"}`:                                                    {400, bus.Other, "NobodyKnowsException"},
		`{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"m"}`: {400, bus.Throttled, "ProvisionedThroughputExceededException"},
		`{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"m"}`:           {400, bus.Throttled, "TransactionConflictException"},
		`{"__type":"com.amazonaws.dynamodb.v20120810#ResourceInUseException","message":"m"}`:                 {400, bus.Exists, "ResourceInUseException"},
		`{"Message":"m"}`: {429, bus.Throttled, "HTTP 429"},
		`<html>`:          {503, bus.Unavailable, "HTTP 503"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "secretsmanager.PutSecretValue", r.Header.Get("X-Amz-Target"))
			assert.Contains(t, r.Header.Get("Authorization"), "x-amz-target", "the action is signed")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, body)
		}))
		s := awsapi.Service{Name: "secretsmanager", Region: "r", Endpoint: server.URL, HTTP: http.DefaultClient, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")}
		err := s.Call(t.Context(), "secretsmanager", "PutSecretValue", "pai-notify/lab", map[string]string{"SecretString": "the-value"}, &struct{}{})
		server.Close()
		var e *bus.Error
		require.ErrorAs(t, err, &e, body)
		assert.Equal(t, c.kind, e.Kind, body)
		assert.Equal(t, c.code, e.Code)
		assert.NotContains(t, err.Error(), "the-value")
		assert.Contains(t, err.Error(), "secretsmanager:PutSecretValue pai-notify/lab")
	}
}

func TestWhatDoesNotAnswerIsUnavailable(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	s := awsapi.Service{Name: "ssm", Region: "r", Endpoint: server.URL, HTTP: http.DefaultClient, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")}
	_, _, err := s.Do(t.Context(), awsapi.Request{Action: "GetParameter", Method: http.MethodPost, Path: "/"})
	assert.Equal(t, bus.Unavailable, bus.KindOf(err))
	assert.NotContains(t, err.Error(), server.URL)
}

func TestACallSpeaksTheVersionThatItsServiceTakes(t *testing.T) {
	for version, want := range map[string]string{"": "application/x-amz-json-1.1", "1.0": "application/x-amz-json-1.0"} {
		var took string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			took = r.Header.Get("Content-Type")
			_, _ = io.WriteString(w, `{}`)
		}))
		s := awsapi.Service{Name: "dynamodb", Region: "r", Endpoint: server.URL, HTTP: http.DefaultClient, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""), JSON: version}
		require.NoError(t, s.Call(t.Context(), "DynamoDB_20120810", "GetItem", "table", map[string]string{}, &struct{}{}))
		server.Close()
		assert.Equal(t, want, took)
	}
}

func TestACallWhoseContextEndedSaysSoWhateverTheTransportSays(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := awsapi.Service{Name: "ssm", Region: "r", Endpoint: "http://loopback", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		HTTP: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) { cancel(); return nil, io.ErrUnexpectedEOF })}}
	_, _, err := s.Do(ctx, awsapi.Request{Action: "GetParameter", Method: http.MethodPost, Path: "/"})
	assert.Equal(t, bus.Unavailable, bus.KindOf(err))
	assert.ErrorIs(t, err, context.Canceled)
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
