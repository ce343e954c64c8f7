package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/pai-notify/pai-notify/shared/bus"
	busaliyun "github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/ledger"
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
	others := ""
	if loopback(c.Endpoint) {
		others = c.Endpoint
	}
	client, err := account.New(account.Config{Region: c.Region, STSEndpoint: others, RAMEndpoint: others, FCEndpoint: others, TablestoreEndpoint: others, Credentials: c.Credentials})
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
			answer, err := client.Invoke(ctx, c.Account, name, payload)
			if failure, ok := errors.AsType[*account.FunctionError](err); ok {
				return []byte(cmp.Or(failure.Message, string(failure.Answer), failure.Type)), true, nil
			}
			return answer, false, err
		},
		Function: func(ctx context.Context, name string, variables ...string) (map[string]string, error) {
			return client.Function(ctx, c.Account, name, variables...)
		},
		Ledger: func(_ context.Context, reference string) (ledger.Store, error) {
			return ledgerOfAliyun(client, reference)
		},
		Role: func(ctx context.Context, name string) error {
			_, err := client.Role(ctx, name)
			return err
		},
	}, nil
}

func loopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || u.Hostname() == "::1")
}

// aliyunFromEnvironment takes region, account and the role's credentials from what
// Function Compute sets.
func aliyunFromEnvironment(ctx context.Context, deadLetter string) (provision.Cloud, error) {
	config := AliyunConfig{
		Region: cmp.Or(os.Getenv("FC_REGION"), os.Getenv("ALIBABA_CLOUD_REGION_ID")), Account: os.Getenv("FC_ACCOUNT_ID"),
		Endpoint: os.Getenv("PAI_NOTIFY_ENDPOINT"), DeadLetter: deadLetter, FunctionForm: os.Getenv(FunctionFormVariable),
	}
	id, secret, token := os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID"), os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"), os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN")
	if id == "" || secret == "" {
		return provision.Cloud{}, errors.New("provision: the function has no credentials: give it a role, whose policy pai-notify policy --bus aliyun prints")
	}
	given := new(credentials.Config).SetType("access_key").SetAccessKeyId(id).SetAccessKeySecret(secret)
	if token != "" {
		given.SetType("sts").SetSecurityToken(token)
	}
	var err error
	if config.Credentials, err = credentials.NewCredential(given); err != nil {
		return provision.Cloud{}, errors.New("provision: the credentials of the function's role cannot be used")
	}
	return Aliyun(ctx, config)
}
