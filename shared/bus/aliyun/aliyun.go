// Package aliyun is EventBridge of Alibaba Cloud, through the official SDK for
// API version 2020-04-01. The local bus speaks the same API, so this is its
// client too, with another endpoint.
//
// # What is sent
//
// The control plane gets RPC requests as the SDK makes them: POST /, the action
// in x-acs-action, parameters in the query, lists among them as JSON text,
// signed by ACS3-HMAC-SHA256. The body's Code decides whether a call succeeded,
// not its HTTP status.
//
// PutEvents is no action of that SDK. It goes to the data plane, as the vendor's
// older SDK sends it:
//
//	POST /openapi/putEvents
//	accept: application/json
//	authorization: acs:<access key id>:<signature>
//	content-type: application/cloudevents-batch+json; charset=utf-8
//	date: <RFC 1123, GMT>
//	x-acs-accesskey-id, x-acs-security-token: with temporary credentials only
//	x-acs-signature-method: HMAC-SHA1
//	x-acs-signature-nonce: <random>
//	x-acs-signature-version: 1.0
//	x-eventbridge-version: 2015-06-06
//
// The body is a JSON array of at most 16 CloudEvents and 1 MB, each of which
// names the bus in its extension aliyuneventbusname. The signature is the
// base64 of the HMAC-SHA1, keyed with the secret, of these lines: the method;
// an empty one, for an MD5 that is not sent; the content type; the date; each
// header that begins with x-acs, by name, as name:value; the path. The answer
// has FailedEntryCount and EntryList, or code, message and requestId when the
// whole call failed.
package aliyun

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	sdk "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	eventbridge "github.com/alibabacloud-go/eventbridge-20200401/v2/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
	"github.com/pai-notify/pai-notify/shared/exactjson"
)

// Config says whose EventBridge it is.
type Config struct {
	// Region is such as "cn-hangzhou", and Account the id of the account that
	// owns buses and functions.
	Region, Account string
	// Endpoint is where the control plane answers; empty for
	// eventbridge-console.<Region>.aliyuncs.com. (The SDK's own default lacks
	// the "-console".) Plain http is for this machine only.
	Endpoint string
	// DataEndpoint is where the data plane takes events; empty for
	// <Account>.eventbridge.<Region>.aliyuncs.com, or for Endpoint when that is
	// on this machine.
	DataEndpoint string
	// Credentials gives the access key of each call; nil stands for the
	// environment, the files of the vendor's command and the machine's role.
	Credentials credentials.Credential
	// DeadLetterQueue is the ARN of an MNS queue of the region that keeps the events
	// that a target could not be given; empty for that of each target.
	DeadLetterQueue string
	// FunctionForm is how targets address functions; the zero value is the
	// inferred form.
	FunctionForm FunctionForm
	// Retry says how reading what passed a bus is repeated; other calls are
	// not.
	Retry bus.Retry
	// Transport carries the requests; nil stands for one like the default of
	// package net/http.
	Transport http.RoundTripper
}

// Bus is an account's EventBridge in one region.
type Bus struct {
	config        Config
	api           *openapi.Client
	console, data openapi.Endpoint
	now           func() time.Time
	nonce         func() string
}

// New returns the EventBridge of an account and a region. It dials nothing.
func New(c Config) (*Bus, error) {
	if c.Region == "" || c.Account == "" {
		return nil, errors.New("aliyun: region and account are both needed, such as cn-hangzhou and 1234567890123456")
	}
	if err := CheckDeadLetter(c.Region, c.Account, c.DeadLetterQueue); err != nil {
		return nil, err
	}
	if c.FunctionForm.endpoint == "" {
		c.FunctionForm = inferred
	}
	b := &Bus{config: c, now: time.Now, nonce: rand.Text}
	var err error
	if b.console, err = endpoint(c.Endpoint, "eventbridge-console."+c.Region+".aliyuncs.com"); err != nil {
		return nil, err
	}
	official := c.Account + ".eventbridge." + c.Region + ".aliyuncs.com"
	if b.data, err = endpoint(c.DataEndpoint, official); err != nil {
		return nil, err
	}
	if c.DataEndpoint == "" && b.console.Loopback() {
		b.data = b.console
	}
	if b.api, err = openapi.NewClient(c.Credentials, c.Transport); err != nil {
		return nil, fmt.Errorf("aliyun: credentials: %w", err)
	}
	return b, nil
}

var queueARN = regexp.MustCompile(`^acs:mns:([a-z0-9-]+):([0-9]*[1-9][0-9]*):/queues/[A-Za-z0-9][A-Za-z0-9-]{0,119}$`)

// CheckDeadLetter fails when arn is not that of an MNS queue in a region and an
// account, "" for any. No queue at all is none that is wrong. A topic keeps
// nothing when nobody is subscribed, and EventBridge reaches no queue elsewhere.
func CheckDeadLetter(region, account, arn string) error {
	if arn == "" {
		return nil
	}
	m := queueARN.FindStringSubmatch(arn)
	if m == nil || region != "" && m[1] != region || account != "" && m[2] != account {
		return fmt.Errorf("aliyun: dead letter queue: %q is not the ARN of a queue in the region and account of the bus, such as acs:mns:%s:%s:/queues/pai-notify-undelivered",
			arn, cmp.Or(region, "cn-hangzhou"), cmp.Or(account, "1234567890123456"))
	}
	return nil
}

func endpoint(given, official string) (openapi.Endpoint, error) {
	if given == "" {
		given = official
	}
	e, err := openapi.ParseEndpoint(given)
	if err != nil {
		return e, fmt.Errorf("aliyun: %w", err)
	}
	return e, nil
}

// Limits are those of the help page "Limits" of EventBridge, per region. Rules
// and targets can be raised by the vendor. How long a pattern may be is not
// documented.
func (b *Bus) Limits() bus.Limits {
	return bus.Limits{
		RulesPerBus: 50, TargetsPerRule: 5,
		RuleName: 127, BusName: 127, Description: 255,
		FieldValues: 5, Wrapper: 10240,
		PatternOf: func(pattern string) (string, error) { return pattern, nil },
		WrapperOf: wrap,
	}
}

// call makes one request for an action, reads the body of the answer into
// body, if that is not nil, and fails unless it says Success.
func (b *Bus) call(ctx context.Context, action, resource string, body any, request func(*eventbridge.Client) error) (openapi.Answer, error) {
	c := openapi.Call{Action: "eventbridge:" + action, Resource: resource, Endpoint: b.console}
	answer, err := b.api.Send(ctx, c, func(config *sdk.Config) error {
		client, err := eventbridge.NewClient(config.SetRegionId(b.config.Region))
		if err != nil {
			return err
		}
		return request(client)
	})
	if err == nil {
		err = answer.Check()
	}
	if err != nil {
		return answer, err
	}
	var verdict struct {
		Code, Message string
		Success       *bool
	}
	switch err := exactjson.Unmarshal(answer.Body, &verdict); {
	case err != nil, verdict.Success == nil && verdict.Code == "":
		return answer, answer.Unreadable()
	case verdict.Success != nil && !*verdict.Success, verdict.Code != "" && verdict.Code != "Success":
		return answer, answer.Refused(verdict.Code, verdict.Message)
	case body != nil && json.Unmarshal(answer.Body, body) != nil:
		return answer, answer.Unreadable()
	}
	return answer, nil
}

// do is call for actions that answer nothing of interest.
func (b *Bus) do(ctx context.Context, action, resource string, request func(*eventbridge.Client) error) error {
	_, err := b.call(ctx, action, resource, nil, request)
	return err
}

// readData is call for actions that answer with data.
func readData[D any](ctx context.Context, b *Bus, action, resource string, request func(*eventbridge.Client) error) (D, error) {
	var body struct{ Data *D }
	answer, err := b.call(ctx, action, resource, &body, request)
	if err == nil && body.Data == nil {
		err = answer.Unreadable()
	}
	return value(body.Data), err
}

// ask makes a request by a method of the SDK's client. What it returns is not
// used: call reads the answer itself.
func ask[Q, A any](request Q, method func(*eventbridge.Client, Q, *util.RuntimeOptions) (A, error)) func(*eventbridge.Client) error {
	return func(c *eventbridge.Client) error {
		_, err := method(c, request, &util.RuntimeOptions{})
		return err
	}
}

// under names a rule on a bus.
func under(bus, rule string) string { return bus + "/" + rule }

// value is what p points to; SDKs leave out what is not there.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

var _ bus.Bus = (*Bus)(nil)
