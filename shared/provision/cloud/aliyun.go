package cloud

import (
	"context"
	"fmt"
	"os"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/pai-notify/pai-notify/shared/bus"
	busaliyun "github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// AliyunConfig says which Alibaba Cloud account to use.
type AliyunConfig struct {
	Region string
	// Account is looked up by a call when it is empty.
	Account string
	// Endpoint is the address of EventBridge; "" for that of the region. When it
	// is on this machine, it is the address of all services.
	Endpoint string
	// DeadLetter is the ARN of the queue for events that a bus cannot deliver.
	DeadLetter string
	// FunctionForm is how targets address functions, in a form of
	// [FunctionFormVariable]; "" for the inferred form.
	FunctionForm string
	// Credentials provide the key for each call; nil for those of the
	// environment, of the vendor's command line, or of the machine's role.
	Credentials credentials.Credential
	// Retry says how failed calls are repeated.
	Retry bus.Retry
}

// Aliyun returns an Alibaba Cloud account in one region. It makes no call, unless
// it has to look up the account.
func Aliyun(ctx context.Context, c AliyunConfig) (provision.Cloud, error) {
	form, err := busaliyun.ParseFunctionForm(c.FunctionForm)
	if err != nil {
		return provision.Cloud{}, fmt.Errorf("%s: %w", FunctionFormVariable, err)
	}
	client, err := account.New(account.Place{Region: c.Region, Endpoint: c.Endpoint, Credentials: c.Credentials}.Config())
	if err != nil {
		return provision.Cloud{}, err
	}
	if c.Account == "" {
		who, err := client.Identity(ctx)
		if err != nil {
			return provision.Cloud{Name: provision.Aliyun, Region: c.Region}, err
		}
		c.Account = who.Account
	}
	b, err := busaliyun.New(busaliyun.Config{
		Region: c.Region, Account: c.Account, Endpoint: c.Endpoint, Credentials: c.Credentials, DeadLetterQueue: c.DeadLetter, Retry: c.Retry, FunctionForm: form,
	})
	if err != nil {
		return provision.Cloud{}, err
	}
	return provision.Cloud{
		Name: provision.Aliyun, Region: c.Region, Account: c.Account, Bus: bus.WithRetry(b, c.Retry), Traces: b, Addresses: b, DeadLetter: c.DeadLetter,
		Invoke: func(ctx context.Context, name string, payload []byte) ([]byte, bool, error) {
			return client.Invoke(ctx, c.Account, name, payload)
		},
		Function: func(ctx context.Context, name string, variables ...string) (map[string]string, error) {
			return client.Function(ctx, c.Account, name, variables...)
		},
		Role: func(ctx context.Context, name string) error {
			_, err := client.Role(ctx, name)
			return err
		},
	}, nil
}

// aliyunFromEnvironment takes region, account and the role's credentials from what
// Function Compute sets.
func aliyunFromEnvironment(ctx context.Context, deadLetter string) (provision.Cloud, error) {
	here, err := account.Here()
	if err != nil {
		return provision.Cloud{}, fmt.Errorf("provision: %w", err)
	}
	return Aliyun(ctx, AliyunConfig{
		Region: here.Region, Account: here.Account, Endpoint: here.Endpoint, DeadLetter: deadLetter,
		FunctionForm: os.Getenv(FunctionFormVariable), Credentials: here.Credentials,
	})
}
