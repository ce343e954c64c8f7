//go:build !fc || lambda

package linked

import (
	"context"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/bus/aws/account"
)

func lambda(ctx context.Context) (redeliver.Cloud, error) {
	here := account.Here(ctx)
	b, err := aws.New(aws.Config{Region: here.Region, Account: here.Account, Endpoint: here.Endpoint, Credentials: here.Credentials})
	if err != nil {
		return redeliver.Cloud{}, err
	}
	return redeliver.Cloud{Bus: bus.WithRetry(b, bus.Retry{}), Invoke: account.New(here).Invoke, Queues: queues(here)}, nil
}
