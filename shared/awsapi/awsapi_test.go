package awsapi_test

import (
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
		`{"__type":"ValidationException","message":"Value 'the-value' at 'secretString' failed"}`: {400, bus.Invalid, "ValidationException"},
		`{"__type":"com.amazonaws.x#InvalidParameterException","Message":"the-value"}`:            {400, bus.Invalid, "InvalidParameterException"},
		`{"__type":"ResourceExistsException","Message":"exists"}`:                                 {400, bus.Exists, "ResourceExistsException"},
		`{"__type":"NobodyKnowsException","Message":"m"}`:                                         {400, bus.Other, "NobodyKnowsException"},
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
