//go:build fc && !lambda

package linked

import (
	"context"
	"errors"

	"github.com/pai-notify/pai-notify/functions/redeliver"
)

func lambda(context.Context) (redeliver.Cloud, error) {
	return redeliver.Cloud{}, errors.New("redeliver: this executable was built for Function Compute: on Lambda, deploy the one in build/lambda")
}
