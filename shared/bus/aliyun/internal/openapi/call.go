// Package openapi makes one signed request to an Alibaba Cloud API with the
// vendor's SDK, and classifies the answer.
//
// It makes an SDK client for each request, which costs microseconds: the client's
// methods take no context, so the request's context is bound to the HTTP client,
// and a client changes its own state while it works.
package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// Limits of one call; the API documents none.
const (
	defaultTimeout = 30 * time.Second
	// A page of 100 rules with patterns and targets is below 1 MB.
	maxAnswer = 16 << 20
)

// Client makes calls. It is safe for concurrent use.
type Client struct {
	keys *keyring
	http *http.Client
}

// NewClient returns a client that asks provider for its keys; nil stands for
// the environment, the files of the vendor's command and the machine's role, in
// the order of the vendor's tools. Requests go by transport; nil stands for one
// like the default. It dials nothing.
func NewClient(provider credentials.Credential, transport http.RoundTripper) (*Client, error) {
	keys, err := newKeyring(provider)
	if err != nil {
		return nil, err
	}
	// A redirect would carry the signature elsewhere.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if transport == nil {
		transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &Client{keys: keys, http: &http.Client{Transport: transport, CheckRedirect: stay}}, nil
}

// Call is what a request is about.
type Call struct {
	// Action is the action as permissions name it, and Resource what it is
	// about; errors name both.
	Action, Resource string
	Endpoint         Endpoint
	// Timeout ends the call if the context does not; zero stands for 30 s.
	Timeout time.Duration
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte

	call Call
	key  key
}

// RPC calls an action that is named in the query, with its parameters.
func (c *Client) RPC(ctx context.Context, call Call, action, version string, query map[string]*string) (Answer, error) {
	return c.CallAPI(ctx, call, (&sdk.Params{}).
		SetAction(action).SetVersion(version).SetPathname("/").SetMethod(http.MethodPost).
		SetStyle("RPC").SetReqBodyType("formData").SetBodyType("json"), &sdk.OpenApiRequest{Query: query})
}

// CallAPI calls an action by the SDK's general client, and returns the answer as
// [Client.Send] does.
func (c *Client) CallAPI(ctx context.Context, call Call, params *sdk.Params, request *sdk.OpenApiRequest) (Answer, error) {
	return c.Send(ctx, call, func(config *sdk.Config) error {
		client, err := sdk.NewClient(config)
		if err != nil {
			return err
		}
		_, err = client.CallApi(params.SetProtocol(call.Endpoint.Scheme).SetAuthType("AK"), request, &util.RuntimeOptions{})
		return err
	})
}

// Send lets invoke call one method of an SDK client configured as config says,
// and returns the answer. It fails when the HTTP status says so; whether a success
// is one is for the caller to say. What the SDK makes of the answer does not
// count: its errors show the request's URL, it reads a page of HTML as an empty
// success, and it fails over a member that nobody asked for.
func (c *Client) Send(ctx context.Context, call Call, invoke func(config *sdk.Config) error) (Answer, error) {
	return c.send(ctx, call, func(k key, x *exchange) error {
		config := (&sdk.Config{HttpClient: x}).
			SetAccessKeyId(k.id).SetAccessKeySecret(k.secret).SetSecurityToken(k.token).
			SetEndpoint(call.Endpoint.Host).SetProtocol(call.Endpoint.Scheme).SetUserAgent("pai-notify")
		return invoke(config)
	})
}

// SendRequest sends a request that sign makes and signs with an access key, and
// returns the answer as [Client.Send] does.
func (c *Client) SendRequest(ctx context.Context, call Call, sign func(id, secret, token string) (*http.Request, error)) (Answer, error) {
	return c.send(ctx, call, func(k key, x *exchange) error {
		req, err := sign(k.id, k.secret, k.token)
		if err != nil {
			return err
		}
		res, err := x.Call(req, nil)
		if err == nil {
			err = res.Body.Close()
		}
		return err
	})
}

func (c *Client) send(ctx context.Context, call Call, request func(key, *exchange) error) (Answer, error) {
	timeout := call.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	k, err := c.keys.get(ctx)
	if ctx.Err() != nil {
		return Answer{}, call.unavailable(ctx.Err())
	}
	if err != nil {
		return Answer{}, &bus.Error{Kind: bus.NoCredentials, Action: call.Action, Resource: call.Resource, Text: noCredentials, Cause: err}
	}
	x := &exchange{ctx: ctx, client: c.http}
	err = request(k, x)
	if x.answer != nil {
		x.answer.call, x.answer.key = call, k
	}
	switch {
	case x.err != nil:
		return Answer{}, call.unavailable(x.err)
	case x.answer == nil:
		// The SDK or the caller found the request impossible to make.
		return Answer{}, &bus.Error{Kind: bus.Invalid, Action: call.Action, Resource: call.Resource, Text: "the request could not be made", Cause: err}
	}
	return *x.answer, x.answer.check()
}

func (c Call) unavailable(cause error) error {
	return &bus.Error{Kind: bus.Unavailable, Action: c.Action, Resource: c.Resource, Cause: cause}
}

// Unreadable is the failure of an answer that the service does not write: a
// proxy's page, or a connection that ended early.
func (a Answer) Unreadable() error {
	e := &bus.Error{Kind: bus.Unavailable, Action: a.call.Action, Resource: a.call.Resource, Text: "the answer is not one of the service"}
	if body := bytes.TrimSpace(a.Body); len(body) > 0 && body[0] == '<' {
		e.Text = "a web page came back where the service's answer was expected: is the endpoint right, and is a proxy in between?"
	}
	return e
}

// Refused is the failure that a code and a text of the service stand for.
func (a Answer) Refused(code, text string) *bus.Error {
	return &bus.Error{
		Kind: KindOf(code, a.Status), Action: a.call.Action, Resource: a.call.Resource,
		Code: a.plain(code), Text: a.plain(text),
	}
}

// check fails when the HTTP status says so.
func (a Answer) check() error {
	if a.Status >= 200 && a.Status <= 299 {
		return nil
	}
	// The two generations of APIs write their names in either case, which
	// encoding/json does not mind.
	var refusal struct{ Code, Message string }
	if err := json.Unmarshal(a.Body, &refusal); err == nil && refusal.Code != "" {
		return a.Refused(refusal.Code, refusal.Message)
	}
	e := a.Refused("", fmt.Sprintf("HTTP %d %s", a.Status, http.StatusText(a.Status)))
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired:
		// The services give a code with what they refuse.
		e.Kind, e.Text = bus.NotServed, e.Text+", which is not an answer of the service"
	}
	if a.Status < 400 {
		e.Kind, e.Text = bus.Unavailable, e.Text+": is the endpoint right?"
	}
	return e
}

// maxText is how much of a service's words an error shows, in bytes.
const maxText = 400

// plain clips what a service said and leaves out what may repeat the request:
// keys, URLs, and what was signed.
func (a Answer) plain(s string) string {
	s, _, _ = strings.Cut(s, "server string to sign")
	for _, secret := range []string{a.key.id, a.key.secret, a.key.token} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "<redacted>")
		}
	}
	fields := strings.Fields(s)
	for i, word := range fields {
		if strings.Contains(word, "://") {
			fields[i] = "<url>"
		}
	}
	s = strings.Join(fields, " ")
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// exchange carries the one request of a call. It is the HTTP client that the
// SDK is given.
type exchange struct {
	ctx    context.Context //nolint:containedctx // SDKs that take no context are bound by this one
	client *http.Client
	answer *Answer
	err    error
}

// Call is what the SDK wants of an HTTP client.
func (x *exchange) Call(req *http.Request, _ *http.Transport) (*http.Response, error) {
	if x.answer != nil || x.err != nil {
		return nil, errors.New("openapi: a call makes one request")
	}
	res, err := x.client.Do(req.WithContext(x.ctx))
	if err != nil {
		return nil, x.fail(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, x.fail(err)
	}
	x.answer = &Answer{Status: res.StatusCode, Header: res.Header, Body: body}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// fail keeps an error without the request's URL, which holds the parameters.
// When the call's time is over, that is what went wrong.
func (x *exchange) fail(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if ended := x.ctx.Err(); ended != nil {
		err = ended
	}
	x.err = err
	return err
}
