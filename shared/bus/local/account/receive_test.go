package account_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

// counted is a body without end that tells how much of it was read.
type counted struct{ read int64 }

func (c *counted) Read(p []byte) (int, error) {
	c.read += int64(len(p))
	return len(p), nil
}

func (c *counted) Close() error { return nil }

// receive has a request with a body without end received, and returns how much
// of that was read.
func receive(a *account.Account, r *http.Request) (int64, error) {
	body := &counted{}
	r.Body, r.ContentLength = body, -1
	_, _, err := a.Receive(httptest.NewRecorder(), r, func(k account.Key) (int64, error) { return a.Limit(r, k) })
	return body.read, err
}

func TestNothingIsReadForAStranger(t *testing.T) {
	invocation := func(id, secret string) *http.Request {
		r := signed(id, secret, "n", noon, nil, "x")
		r.URL.Path = "/2023-03-30/functions/f/invocations"
		return r
	}
	for name, r := range map[string]*http.Request{
		"with no key":                 signed("LTAIother", secret, "n", noon, nil, "x"),
		"with a wrong secret":         signed(keyID, "other", "n", noon, nil, "x"),
		"who is late":                 signed(keyID, secret, "n", noon.Add(-16*60*1e9), nil, "x"),
		"who invokes a function":      invocation(keyID, "other"),
		"of the data plane":           withHeader(httptest.NewRequest(http.MethodPost, "/openapi/putEvents", nil), "Authorization", "acs:"+keyID+":x"),
		"who signs nothing":           httptest.NewRequest(http.MethodPost, "/?Action=GetRule", nil),
		"who signs in the query":      httptest.NewRequest(http.MethodPost, "/?"+rpcParameters(nil).Encode()+"&Signature=x", nil),
		"with names without end":      withHeader(signed(keyID, secret, "n", noon, nil, "x"), "Authorization", "ACS3-HMAC-SHA256 Credential=a,SignedHeaders="+strings.Repeat("a;", 5000)+",Signature=b"),
		"with parameters without end": httptest.NewRequest(http.MethodPost, "/?"+strings.Repeat("a=b&", 300), nil),
	} {
		read, err := receive(newAccount(), r)
		assert.Error(t, err, name)
		assert.Zero(t, read, "%s: bytes read", name)
	}
	read, err := receive(newAccount(), withHeader(httptest.NewRequest(http.MethodPost, "/", nil), "Content-Type", "application/x-www-form-urlencoded"))
	assert.ErrorContains(t, err, "EntityTooLarge", "the signature may stand in a form")
	assert.LessOrEqual(t, read, int64(1<<21), "bytes read of a form")
}

func TestTheBodyOfAPayloadIsReadForThoseWhoMayInvoke(t *testing.T) {
	a := newAccount()
	a.Keys[0].User = "alice"
	r := httptest.NewRequest(http.MethodPost, "/2023-03-30/functions/f/invocations", nil)
	_, err := a.Limit(r, a.Keys[0])
	assert.ErrorContains(t, err, "fc:InvokeFunction")
	a.Keys[0].User = ""
	for path, want := range map[string]int64{
		"/2023-03-30/functions/f/invocations": account.MaxPayloadBytes,
		"/2023-03-30/functions/f":             1 << 20,
		"/x/functions/f/invocations":          1 << 20,
		"/":                                   1 << 20,
	} {
		most, err := a.Limit(httptest.NewRequest(http.MethodPost, path, nil), a.Keys[0])
		require.NoError(t, err)
		assert.Equal(t, want, most, path)
	}
}

func TestAnotherBodyDoesNotUseUpANonce(t *testing.T) {
	a := newAccount()
	r := signed(keyID, secret, "n", noon, nil, "Event=1")
	r.Body = io.NopCloser(strings.NewReader("Event=2"))
	_, err := authenticate(a, r)
	require.ErrorContains(t, err, "SignatureDoesNotMatch")
	_, err = authenticate(a, signed(keyID, secret, "n", noon, nil, "Event=1"))
	assert.NoError(t, err)
}

func TestAFormWithParametersWithoutEndIsNotTakenApart(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("a&", 1<<18)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err := authenticate(newAccount(), r)
	assert.ErrorContains(t, err, "more parameters")
	_, err = account.Parameters(&http.Request{URL: &url.URL{RawQuery: strings.Repeat("a=1&", 300)}, Header: http.Header{}}, nil)
	assert.ErrorContains(t, err, "more parameters")
}
