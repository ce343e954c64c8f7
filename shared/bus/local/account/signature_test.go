package account_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

const (
	keyID, secret = "LTAIkey", "keySecret"
	host          = "127.0.0.1:8080"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// signed returns a request as the SDK signs it.
func signed(id, secret, nonce string, at time.Time, query url.Values, body string) *http.Request {
	hash := sha256.Sum256([]byte(body))
	r := httptest.NewRequest(http.MethodPost, "http://"+host+"/?"+query.Encode(), strings.NewReader(body))
	request := &dara.Request{Method: dara.String(http.MethodPost), Pathname: dara.String("/"), Query: map[string]*string{}, Headers: map[string]*string{
		"host": dara.String(host), "x-acs-action": dara.String("GetRule"), "x-acs-version": dara.String("2020-04-01"),
		"x-acs-date": dara.String(at.Format("2006-01-02T15:04:05Z")), "x-acs-signature-nonce": dara.String(nonce),
		"x-acs-content-sha256": dara.String(hex.EncodeToString(hash[:])),
	}}
	if body != "" {
		request.Headers["content-type"] = dara.String("application/x-www-form-urlencoded")
	}
	for name := range query {
		request.Query[name] = dara.String(query.Get(name))
	}
	for name, value := range request.Headers {
		r.Header.Set(name, *value)
	}
	r.Header.Set("Authorization", *openapiutil.GetAuthorization(request, dara.String("ACS3-HMAC-SHA256"), request.Headers["x-acs-content-sha256"], dara.String(id), dara.String(secret)))
	return r
}

// signRPC adds the older signature.
func signRPC(method, secret string, parameters url.Values) {
	all := map[string]*string{}
	for name := range parameters {
		all[name] = dara.String(parameters.Get(name))
	}
	parameters.Set("Signature", *openapiutil.GetRPCSignature(all, dara.String(method), dara.String(secret)))
}

// rpc returns a request with the older signature, and everything in a form.
func rpc(secret string, parameters url.Values) *http.Request {
	signRPC(http.MethodPost, secret, parameters)
	r := httptest.NewRequest(http.MethodPost, "http://"+host+"/", strings.NewReader(parameters.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// inQuery is one with everything in the query.
func inQuery(method, secret string, parameters url.Values) *http.Request {
	signRPC(method, secret, parameters)
	return httptest.NewRequest(method, "http://"+host+"/?"+parameters.Encode(), nil)
}

// inBoth is one with what is the action's own in a form, the rest in the query.
func inBoth(secret string, parameters url.Values) *http.Request {
	signRPC(http.MethodPost, secret, parameters)
	form := url.Values{"Description": parameters["Description"]}
	parameters.Del("Description")
	r := httptest.NewRequest(http.MethodPost, "http://"+host+"/?"+parameters.Encode(), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// withRepeated adds the headers that the vendor's older clients send.
func withRepeated(r *http.Request) *http.Request {
	for name, value := range map[string]string{"x-acs-action": "GetRule", "x-acs-version": "2020-04-01", "x-acs-signature-method": "HMAC-SHA1", "x-acs-signature-version": "1.0",
		"x-acs-signature-nonce": "n", "x-acs-accesskey-id": keyID, "x-sdk-client": "golang/1.0.0", "x-sdk-invoke-type": "common", "user-agent": "AlibabaCloud (linux; amd64)"} {
		r.Header.Set(name, value)
	}
	return r
}

func added(r *http.Request, name, value string) *http.Request {
	r.Header.Add(name, value)
	return r
}

func rpcParameters(change func(url.Values)) url.Values {
	v := url.Values{"AccessKeyId": {keyID}, "SignatureNonce": {"n"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"},
		"Timestamp": {"2026-01-02T12:00:00Z"}, "Action": {"GetRule"}, "Version": {"2020-04-01"}, "Description": {"a b+c*~/&=工作"}}
	if change != nil {
		change(v)
	}
	return v
}

func newAccount() *account.Account {
	return &account.Account{Keys: []account.Key{{ID: keyID, Secret: secret}}, Now: func() time.Time { return noon }}
}

func authenticate(a *account.Account, r *http.Request) (account.Key, error) {
	k, _, err := a.Receive(httptest.NewRecorder(), r, func(account.Key) (int64, error) { return 1 << 20, nil })
	return k, err
}

var hardQuery = url.Values{"Targets": {`[{"Id":"a b+c*~/&=","Value":"工作 ${x}"}]`}, "Empty": {""}, "EventBusName": {"b"}}

func TestASignedRequestIsItsKeys(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"with everything in the query":       signed(keyID, secret, "n", noon, hardQuery, ""),
		"with a form":                        signed(keyID, secret, "n", noon, nil, "Event=%7B%7D&EventPattern=%7B%7D"),
		"a little late":                      signed(keyID, secret, "n", noon.Add(-15*time.Minute), hardQuery, ""),
		"from a clock that is a little fast": signed(keyID, secret, "n", noon.Add(15*time.Minute), hardQuery, ""),
		"with the older signature":           rpc(secret, rpcParameters(nil)),
		"the older, in the query":            inQuery(http.MethodPost, secret, rpcParameters(nil)),
		"the older, by GET":                  inQuery(http.MethodGet, secret, rpcParameters(nil)),
		"the older, in query and form":       inBoth(secret, rpcParameters(nil)),
		"the older, with what clients add":   withRepeated(rpc(secret, rpcParameters(nil))),
		"the older, in other letters":        withHeader(rpc(secret, rpcParameters(nil)), "x-acs-action", "getRule"),
		"the older, by GET with the same":    withRepeated(inQuery(http.MethodGet, secret, rpcParameters(nil))),
		"the older, in both with the same":   withRepeated(inBoth(secret, rpcParameters(nil))),
		"the older, in a form in capitals":   withHeader(rpc(secret, rpcParameters(nil)), "Content-Type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
	} {
		k, err := authenticate(newAccount(), r)
		require.NoError(t, err, name)
		assert.Equal(t, keyID, k.ID, name)
		assert.Equal(t, "GetRule", account.Action(r, url.Values{"Action": {"GetRule"}}), "%s: what is signed counts", name)
	}
}

func TestARequestThatIsNotAsItWasSignedIsRefused(t *testing.T) {
	sign := func(change func(r *http.Request)) *http.Request {
		r := signed(keyID, secret, "n", noon, hardQuery, "Event=1")
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		request *http.Request
		code    string
	}{
		"another secret":              {signed(keyID, "other", "n", noon, hardQuery, ""), "SignatureDoesNotMatch"},
		"no such key":                 {signed("LTAIother", secret, "n", noon, hardQuery, ""), "InvalidAccessKeyId"},
		"not signed":                  {httptest.NewRequest(http.MethodPost, "/?Action=GetRule", nil), "MissingAccessKeyId"},
		"another parameter":           {sign(func(r *http.Request) { r.URL.RawQuery += "&More=1" }), "SignatureDoesNotMatch"},
		"another path":                {sign(func(r *http.Request) { r.URL.Path = "/other" }), "SignatureDoesNotMatch"},
		"another method":              {sign(func(r *http.Request) { r.Method = http.MethodPut }), "SignatureDoesNotMatch"},
		"another host":                {sign(func(r *http.Request) { r.Host = "other" }), "SignatureDoesNotMatch"},
		"another action":              {sign(func(r *http.Request) { r.Header.Set("X-Acs-Action", "DeleteRule") }), "SignatureDoesNotMatch"},
		"another body":                {sign(func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("Event=2")) }), "SignatureDoesNotMatch"},
		"another body with its hash":  {sign(withBody("Event=2")), "SignatureDoesNotMatch"},
		"a header that is not signed": {sign(func(r *http.Request) { r.Header.Set("X-Acs-Extra", "1") }), "IncompleteSignature"},
		"a signature cut short":       {sign(func(r *http.Request) { cut(r) }), "SignatureDoesNotMatch"},
		"a signature left out": {sign(func(r *http.Request) {
			r.Header.Set("Authorization", strings.Split(r.Header.Get("Authorization"), ",Signature")[0])
		}), "IncompleteSignature"},
		"a signature of another kind":     {sign(func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }), "IncompleteSignature"},
		"too old":                         {signed(keyID, secret, "n", noon.Add(-15*time.Minute-time.Second), hardQuery, ""), "InvalidTimeStamp.Expired"},
		"too far in the future":           {signed(keyID, secret, "n", noon.Add(15*time.Minute+time.Second), hardQuery, ""), "InvalidTimeStamp.Expired"},
		"an endless nonce":                {signed(keyID, secret, strings.Repeat("n", 300), noon, hardQuery, ""), "IncompleteSignature"},
		"a date that is none":             {sign(func(r *http.Request) { r.Header.Set("X-Acs-Date", "now") }), "InvalidTimeStamp.Format"},
		"the older, with another secret":  {rpc("other", rpcParameters(nil)), "SignatureDoesNotMatch"},
		"the older, too old":              {rpc(secret, rpcParameters(func(v url.Values) { v.Set("Timestamp", "2026-01-02T11:44:59Z") })), "InvalidTimeStamp.Expired"},
		"the older, with no nonce":        {rpc(secret, rpcParameters(func(v url.Values) { v.Del("SignatureNonce") })), "IncompleteSignature"},
		"the older, of another kind":      {rpc(secret, rpcParameters(func(v url.Values) { v.Set("SignatureMethod", "HMAC-SHA256") })), "IncompleteSignature"},
		"a signed header twice":           {sign(func(r *http.Request) { r.Header.Add("X-Acs-Action", "DeleteRule") }), "IncompleteSignature"},
		"the older, of another action":    {withHeader(rpc(secret, rpcParameters(nil)), "X-Acs-Action", "DeleteRule"), "IncompleteSignature"},
		"the older, of another version":   {withHeader(rpc(secret, rpcParameters(nil)), "X-Acs-Version", "2015-05-01"), "IncompleteSignature"},
		"the older, by GET of another":    {withHeader(inQuery(http.MethodGet, secret, rpcParameters(nil)), "X-Acs-Action", "DeleteRule"), "IncompleteSignature"},
		"the older, in both, of another":  {withHeader(inBoth(secret, rpcParameters(nil)), "X-Acs-Action", "DeleteRule"), "IncompleteSignature"},
		"the older, of two actions":       {added(withRepeated(rpc(secret, rpcParameters(nil))), "X-Acs-Action", "DeleteRule"), "IncompleteSignature"},
		"the older, of none but a header": {withHeader(rpc(secret, rpcParameters(func(v url.Values) { v.Del("Action") })), "X-Acs-Action", "GetRule"), "IncompleteSignature"},
		"the older, of another nonce":     {withHeader(rpc(secret, rpcParameters(nil)), "X-Acs-Signature-Nonce", "m"), "IncompleteSignature"},
		"the older, of another method":    {withHeader(rpc(secret, rpcParameters(nil)), "X-Acs-Signature-Method", "HMAC-SHA256"), "IncompleteSignature"},
		"the older, of another key":       {withHeader(rpc(secret, rpcParameters(nil)), "X-Acs-AccessKey-Id", "LTAIother"), "IncompleteSignature"},
		"the older, with another token":   {withHeader(rpc(secret, rpcParameters(nil)), "X-Acs-Security-Token", "t"), "IncompleteSignature"},
		"the older, on another path":      {withPath(rpc(secret, rpcParameters(nil)), "/2023-03-30/functions/f/invocations"), "IncompleteSignature"},
		"the data plane's, elsewhere":     {withHeader(rpc(secret, rpcParameters(nil)), "Authorization", "acs:"+keyID+":x"), "IncompleteSignature"},
		"a parameter twice":               {rpc(secret, rpcParameters(func(v url.Values) { v.Add("Action", "DeleteRule") })), "InvalidParameter"},
		"the data plane's, not in threes": {sign(func(r *http.Request) { r.Header.Set("Authorization", "acs:"+keyID) }), "IncompleteSignature"},
	} {
		_, err := authenticate(newAccount(), c.request)
		var e *account.Error
		if assert.ErrorAs(t, err, &e, name) {
			assert.Equal(t, c.code, e.Code, name)
			assert.NotContains(t, e.Error(), secret)
		}
	}
}

func withHeader(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func withPath(r *http.Request, path string) *http.Request {
	r.URL.Path = path
	return r
}

func withBody(body string) func(*http.Request) {
	return func(r *http.Request) {
		hash := sha256.Sum256([]byte(body))
		r.Header.Set("X-Acs-Content-Sha256", hex.EncodeToString(hash[:]))
		r.Body = io.NopCloser(strings.NewReader(body))
	}
}

func cut(r *http.Request) {
	a := r.Header.Get("Authorization")
	r.Header.Set("Authorization", a[:len(a)-2])
}

func TestARequestCountsOnce(t *testing.T) {
	now := noon
	a := newAccount()
	a.Now = func() time.Time { return now }
	send := func(nonce string, at time.Time) error {
		_, err := authenticate(a, signed(keyID, secret, nonce, at, hardQuery, ""))
		return err
	}
	// It is dated a quarter of an hour ahead, so that it stays fresh longest.
	require.NoError(t, send("n", noon.Add(15*time.Minute)))
	require.NoError(t, send("other", noon))
	for range 30 {
		assert.ErrorContains(t, send("n", noon.Add(15*time.Minute)), "SignatureNonceUsed", now)
		now = now.Add(time.Minute)
		require.NoError(t, send(now.String(), now))
	}
	now = now.Add(time.Minute)
	assert.ErrorContains(t, send("n", noon.Add(15*time.Minute)), "InvalidTimeStamp.Expired", "what is forgotten is too old by then")
}

func TestARequestFromBeforeTheStartIsRefused(t *testing.T) {
	a := newAccount()
	a.Since = noon.Add(300 * time.Millisecond)
	_, err := authenticate(a, signed(keyID, secret, "n", noon.Add(-time.Second), hardQuery, ""))
	assert.ErrorContains(t, err, "InvalidTimeStamp.Expired", "the process before may have taken it")
	_, err = authenticate(a, signed(keyID, secret, "n", noon, hardQuery, ""))
	assert.NoError(t, err, "dates have whole seconds")
}

func TestARefusedRequestDoesNotUseUpItsNonce(t *testing.T) {
	a := newAccount()
	_, err := authenticate(a, signed(keyID, "other", "n", noon, hardQuery, ""))
	require.Error(t, err)
	_, err = authenticate(a, signed(keyID, secret, "n", noon, hardQuery, ""))
	assert.NoError(t, err, "nobody without the secret can block a request")
}
