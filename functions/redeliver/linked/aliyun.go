//go:build !lambda || fc

package linked

import (
	"context"
	"fmt"
	"os"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
)

// formVariable says how targets address functions, where the inferred form is not
// right.
const formVariable = "PAI_NOTIFY_FC_TARGET"

func functionCompute() (redeliver.Cloud, error) {
	here, err := account.Here()
	if err != nil {
		return redeliver.Cloud{}, fmt.Errorf("redeliver: %w", err)
	}
	form, err := aliyun.ParseFunctionForm(os.Getenv(formVariable))
	if err != nil {
		return redeliver.Cloud{}, fmt.Errorf("%s: %w", formVariable, err)
	}
	b, err := aliyun.New(aliyun.Config{Region: here.Region, Account: here.Account, Endpoint: here.Endpoint, Credentials: here.Credentials, FunctionForm: form})
	if err != nil {
		return redeliver.Cloud{}, err
	}
	client, err := account.New(here.Config())
	if err != nil {
		return redeliver.Cloud{}, err
	}
	return redeliver.Cloud{
		Bus: bus.WithRetry(b, bus.Retry{}),
		Invoke: func(ctx context.Context, function string, payload []byte) ([]byte, bool, error) {
			return client.Invoke(ctx, here.Account, function, payload)
		},
	}, nil
}
