package function

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func startLambda(h Handler) { lambda.StartWithOptions(lambdaHandler(h)) }

// lambdaHandler takes and answers raw bytes, past the decoding of the SDK.
type lambdaHandler Handler

func (h lambdaHandler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if c, ok := lambdacontext.FromContext(ctx); ok {
		ctx = WithRequestID(ctx, c.AwsRequestID)
	}
	answer, err := h(ctx, payload)
	if failure, ok := errors.AsType[Failure](err); ok {
		return nil, messages.InvokeResponse_Error{Type: failure.FailureType(), Message: err.Error()}
	}
	return answer, err
}
