// Package awsapi makes single requests to APIs of AWS, signed by the SDK's signer
// but without the SDK's client for the service. A client initialises tables of all
// its actions whenever a process starts, which for Parameter Store takes longer
// than everything else that a function does.
package awsapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/pai-notify/pai-notify/shared/bus"
)

// longestAnswer is more than any of these services answers: rows of 16 MB, written
// in base64 (DynamoDB, BatchGetItem).
const longestAnswer = 24 << 20

// Service is one service in one region. It is safe for concurrent use.
type Service struct {
	// Name is what it signs for, and begins its address, such as "lambda".
	Name   string
	Region string
	// Endpoint is its address; "" for that of the region.
	Endpoint    string
	Credentials aws.CredentialsProvider
	HTTP        *http.Client
	// JSON is the version of AWS's JSON protocol that [Service.Call] speaks; "" for
	// "1.1".
	JSON string
}

// Role gives the key of a function's role, as Lambda has put it into the
// environment: loading the SDK's configuration would read files and cost start-up
// time.
func Role(context.Context) (aws.Credentials, error) {
	key := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	if !key.HasKeys() {
		return key, errors.New("there are no credentials: Lambda sets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the function's role")
	}
	return key, nil
}

// Request is one request.
type Request struct {
	// Action is the action as permissions name it, without its service, and
	// Resource what it is about; errors name both.
	Action, Resource string
	Method           string
	// Path is escaped, and Header may be nil.
	Path   string
	Header map[string]string
	Body   []byte
}

// Address is where the service answers.
func (s Service) Address() string {
	if s.Endpoint != "" {
		return strings.TrimSuffix(s.Endpoint, "/")
	}
	domain := ".amazonaws.com"
	if strings.HasPrefix(s.Region, "cn-") {
		domain += ".cn"
	}
	return "https://" + s.Name + "." + s.Region + domain
}

// Do makes the request and returns the body and the headers of a success. It
// fails with a [bus.Error].
func (s Service) Do(ctx context.Context, q Request) ([]byte, http.Header, error) {
	e := &bus.Error{Kind: bus.Unavailable, Action: s.Name + ":" + q.Action, Resource: q.Resource}
	r, err := http.NewRequestWithContext(ctx, q.Method, s.Address()+q.Path, bytes.NewReader(q.Body))
	if err != nil {
		e.Kind, e.Text = bus.Invalid, "the name or the endpoint makes no address"
		return nil, nil, e
	}
	for name, value := range q.Header {
		r.Header.Set(name, value)
	}
	key, err := s.Credentials.Retrieve(ctx)
	if err != nil {
		e.Kind, e.Text = bus.NoCredentials, "there are no credentials"
		return nil, nil, e
	}
	sum := sha256.Sum256(q.Body)
	if err := v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), s.Name, s.Region, time.Now()); err != nil {
		e.Kind, e.Text = bus.NoCredentials, "the request cannot be signed"
		return nil, nil, e
	}
	res, err := s.HTTP.Do(r)
	if err != nil {
		if call, ok := err.(*url.Error); ok { //nolint:errorlint // what Do returns
			err = call.Err
		}
		e.Cause = cmp.Or(ctx.Err(), err)
		return nil, nil, e
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, longestAnswer+1))
	if err != nil {
		e.Cause = cmp.Or(ctx.Err(), err)
		return nil, nil, e
	}
	if res.StatusCode/100 == 2 {
		return answer, res.Header, nil
	}
	refused(e, res, answer)
	return nil, nil, e
}

// Call makes a request to a service that takes actions by a header, in AWS's JSON
// protocol, and decodes the answer. It is made once: repeating it is the caller's.
func (s Service) Call(ctx context.Context, target, action, resource string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	answer, _, err := s.Do(ctx, Request{
		Action: action, Resource: resource, Method: http.MethodPost, Path: "/", Body: body,
		Header: map[string]string{"Content-Type": "application/x-amz-json-" + cmp.Or(s.JSON, "1.1"), "X-Amz-Target": target + "." + action},
	})
	if err == nil && json.Unmarshal(answer, out) != nil {
		err = &bus.Error{Kind: bus.Unavailable, Action: s.Name + ":" + action, Resource: resource, Text: "the answer is not one of the service"}
	}
	return err
}

// KindOf says what a code of Lambda, Secrets Manager, Parameter Store or DynamoDB
// means, or one common to the services of AWS (their API references); where it is not known,
// the status of the answer decides.
func KindOf(code string, status int) bus.Kind {
	switch code {
	case "ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound":
		return bus.NotFound
	case "ResourceExistsException", "ResourceInUseException":
		return bus.Exists
	case "LimitExceededException":
		return bus.Quota
	case "AccessDeniedException", "AccessDenied", "OptInRequired",
		// A key that was disabled, or that the caller may not use.
		"DecryptionFailure", "EncryptionFailure", "InvalidKeyId":
		return bus.Denied
	case "UnrecognizedClientException", "ExpiredTokenException", "ExpiredToken", "InvalidSignatureException",
		"InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken":
		return bus.NoCredentials
	case "InvalidParameterValueException", "InvalidParameterException", "ValidationException",
		// Secrets Manager says so of a secret that is to be deleted.
		"InvalidRequestException":
		return bus.Invalid
	case "ThrottlingException", "Throttling", "RequestLimitExceeded", "ProvisionedThroughputExceededException",
		// Two writes of one row met; the later one passes when it is made again.
		"TransactionConflictException", "ReplicatedWriteConflictException":
		return bus.Throttled
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

// refused says what AWS refused a request with.
func refused(e *bus.Error, res *http.Response, answer []byte) {
	var said struct {
		Type    string `json:"__type"`
		Message string // Lambda and Secrets Manager write it in either case
	}
	_ = json.Unmarshal(answer, &said) // what is no JSON has no message
	code, _, _ := strings.Cut(cmp.Or(res.Header.Get("X-Amzn-Errortype"), said.Type), ":")
	if i := strings.LastIndexByte(code, '#'); i >= 0 { // com.amazonaws.ssm#ParameterNotFound
		code = code[i+1:]
	}
	e.Code, e.Text = cmp.Or(code, fmt.Sprintf("HTTP %d", res.StatusCode)), said.Message
	e.Kind = KindOf(code, res.StatusCode)
	if code == "ValidationException" || code == "InvalidParameterException" {
		e.Text = "" // it may repeat what was sent
	}
}
