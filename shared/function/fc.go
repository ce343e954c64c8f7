package function

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/pai-notify/pai-notify/shared/event"
)

func startFunctionCompute(h Handler) {
	// A []byte parameter receives the payload as it is, so that one which is
	// not JSON reaches the handler and is answered with what is wrong with it.
	fc.Start(func(ctx context.Context, payload []byte) (json.RawMessage, error) {
		if c, ok := fccontext.FromContext(ctx); ok {
			ctx = WithRequestID(ctx, c.RequestID)
			if c.RetryCount > 0 {
				ctx = event.Repeated(ctx)
			}
		}
		answer, err := h(ctx, payload)
		if failure, ok := errors.AsType[Failure](err); ok {
			return nil, messages.InvokeResponse_Error{Type: failure.FailureType(), Message: err.Error()}
		}
		return answer, err
	})
}
