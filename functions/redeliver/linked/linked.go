// Package linked opens the cloud that the function runs in, out of those that the
// executable is linked for: Lambda's with the build tag lambda, Function Compute's
// with the tag fc, and either without a tag.
package linked

import (
	"context"
	"errors"
	"os"

	"github.com/pai-notify/pai-notify/functions/redeliver"
)

// Here opens the event bus and the functions of the account and region that the
// function runs in, with the key of its role. It makes no call.
func Here(ctx context.Context) (redeliver.Cloud, error) {
	switch {
	case os.Getenv("FC_RUNTIME_API") != "":
		return functionCompute()
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		return lambda(ctx)
	}
	return redeliver.Cloud{}, errors.New("redeliver: it works on Function Compute and on Lambda only: on one machine, pai-notify up tries again what waits")
}
