package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// kinds are the codes of EventBridge and those common to the services of AWS
// (Amazon EventBridge API reference, Common errors; IAM, Troubleshooting).
var kinds = map[string]bus.Kind{
	"OptInRequired": bus.NotActivated,

	"AccessDenied": bus.Denied, "AccessDeniedException": bus.Denied, "NotAuthorized": bus.Denied,
	"NotAuthorizedForSourceException": bus.Denied, "NotAuthorizedForDetailTypeException": bus.Denied,

	"UnrecognizedClientException": bus.NoCredentials, "InvalidClientTokenId": bus.NoCredentials,
	"InvalidAccessKeyId": bus.NoCredentials, "ExpiredToken": bus.NoCredentials, "ExpiredTokenException": bus.NoCredentials,
	"RequestExpired": bus.NoCredentials, "InvalidSignatureException": bus.NoCredentials,
	"SignatureDoesNotMatch": bus.NoCredentials, "IncompleteSignature": bus.NoCredentials,
	"IncompleteSignatureException": bus.NoCredentials, "MissingAuthenticationToken": bus.NoCredentials,
	"MissingAuthenticationTokenException": bus.NoCredentials, "InvalidToken": bus.NoCredentials,

	"ResourceNotFoundException": bus.NotFound, "ResourceAlreadyExistsException": bus.Exists,

	"LimitExceededException": bus.Quota, "PolicyLengthExceededException": bus.Quota,

	"ValidationException": bus.Invalid, "ValidationError": bus.Invalid, "InvalidEventPatternException": bus.Invalid,
	"InvalidStateException": bus.Invalid, "IllegalStatusException": bus.Invalid, "ManagedRuleException": bus.Invalid,
	"OperationDisabledException": bus.Invalid, "SerializationException": bus.Invalid, "InvalidArgument": bus.Invalid,
	"InvalidAccountIdException": bus.Invalid, "MalformedDetail": bus.Invalid,

	"Throttling": bus.Throttled, "ThrottlingException": bus.Throttled, "ThrottledException": bus.Throttled,
	"TooManyRequestsException": bus.Throttled, "RequestLimitExceeded": bus.Throttled, "SlowDown": bus.Throttled,
	// Two calls met; the later one passes when it is made again.
	"ConcurrentModificationException": bus.Throttled,

	"InternalException": bus.Unavailable, "InternalFailure": bus.Unavailable, "InternalError": bus.Unavailable,
	"InternalServerError": bus.Unavailable, "ServiceUnavailable": bus.Unavailable,
	"ServiceUnavailableException": bus.Unavailable, "RequestTimeout": bus.Unavailable,
	"RequestTimeoutException": bus.Unavailable,
}

// kindOf returns what a code means; for one that is not known, what the status
// of the answer says.
func kindOf(code string, status int) bus.Kind {
	if kind, ok := kinds[code]; ok {
		return kind
	}
	switch {
	case status >= 500:
		return bus.Unavailable
	case status == http.StatusTooManyRequests:
		return bus.Throttled
	}
	return bus.Other
}

// fail returns what an error of the SDK means; nil for none.
func (b *Bus) fail(ctx context.Context, resource string, err error) error {
	if err == nil {
		return nil
	}
	e := &bus.Error{Kind: bus.Unavailable, Resource: resource}
	if operation, ok := errors.AsType[*smithy.OperationError](err); ok { // the SDK wraps every error in one
		e.Action = "events:" + operation.OperationName
	}
	if ctx.Err() != nil {
		e.Cause = ctx.Err()
		return e
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		b.refused(e, api, err)
		return e
	}
	if none, ok := errors.AsType[*credentialsError](err); ok {
		e.Kind, e.Text = bus.NoCredentials, b.keys.redact(none.Error())
		return e
	}
	status := statusOf(err)
	if status == 0 {
		e.Cause = errors.New(b.keys.redact(reason(err)))
		return e
	}
	e.Code, e.Text = fmt.Sprintf("HTTP %d", status), "not an answer of EventBridge"
	if status >= 400 {
		e.Kind = kindOf("", status)
	} // else it may have taken effect
	return e
}

// statusOf returns the status of the answer; 0 when there was none.
func statusOf(err error) int {
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return answer.HTTPStatusCode()
	}
	return 0
}

// refused fills e from an answer that is an error of the service, or of
// something in between.
func (b *Bus) refused(e *bus.Error, api smithy.APIError, err error) {
	status := statusOf(err)
	e.Code, e.Text = api.ErrorCode(), b.keys.redact(api.ErrorMessage())
	e.Kind = kindOf(e.Code, status)
	switch {
	case e.Code == "UnknownError" && status > 0:
		e.Code, e.Text = fmt.Sprintf("HTTP %d", status), "not an answer of EventBridge"
	case e.Kind == bus.Denied:
		e.Action = cmp.Or(actionIn(e.Text), e.Action)
	case e.Action == "events:DeleteEventBus" && e.Kind == bus.Invalid && strings.Contains(e.Text, "has rules"):
		// There is no code of its own for this. The text was seen in reports of
		// rules that had just been deleted.
		e.Kind = bus.NotEmpty
	}
}

// actionIn returns the action that a refusal names as the one that is not
// allowed; "" when it names none.
func actionIn(text string) string {
	_, after, _ := strings.Cut(text, "not authorized to perform: ")
	action, _, _ := strings.Cut(after, " ")
	if service, name, ok := strings.Cut(action, ":"); !ok || service == "" || name == "" {
		return ""
	}
	return action
}

// reason returns what a call ended with, without the call itself.
func reason(err error) string {
	if call, ok := errors.AsType[*url.Error](err); ok {
		return call.Err.Error()
	}
	if call, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return call.Err.Error()
	}
	return err.Error()
}
