package account

import (
	"errors"
	"fmt"
	"net/url"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// Error converts an error of a client of the SDK about an action on a resource,
// "" for none.
func Error(action, resource string, err error) error {
	e := &bus.Error{Kind: bus.Unavailable, Action: action, Resource: resource, Cause: errors.New("the service did not answer")}
	status := 0
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status = answer.HTTPStatusCode()
	}
	if none, ok := errors.AsType[*bus.Error](err); ok {
		e.Kind, e.Text, e.Cause = none.Kind, none.Text, nil
	} else if api, ok := errors.AsType[smithy.APIError](err); ok {
		e.Kind, e.Code, e.Text, e.Cause = awsapi.KindOf(api.ErrorCode(), status), api.ErrorCode(), api.ErrorMessage(), nil
		if e.Code == "UnknownError" {
			e.Code = fmt.Sprintf("HTTP %d", status)
		}
	} else if call, ok := errors.AsType[*url.Error](err); ok {
		e.Cause = call.Err // without the address
	}
	return e
}
