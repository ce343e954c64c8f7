package cloud

import (
	"errors"

	"github.com/aws/smithy-go"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
)

// AWSError returns what an error of an SDK client of AWS means. It is for those
// who look for the account before they open it.
func AWSError(action string, err error) error {
	e := &bus.Error{Kind: bus.Unavailable, Action: action}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		e.Kind, e.Code, e.Text = awsapi.KindOf(api.ErrorCode(), 0), api.ErrorCode(), api.ErrorMessage()
		return e
	}
	e.Cause = errors.New("the service did not answer")
	return e
}
