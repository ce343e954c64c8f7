package running

import (
	"context"
	"errors"
	"fmt"

	"github.com/aliyun/credentials-go/credentials"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
)

// Cloud is a running bus of this machine as provisioning sees a cloud.
func (r Process) Cloud(ctx context.Context) (provision.Cloud, error) {
	keys, err := credentials.NewCredential(new(credentials.Config).
		SetType("access_key").SetAccessKeyId(r.AccessKeyID).SetAccessKeySecret(r.AccessKeySecret))
	if err != nil {
		return provision.Cloud{}, fmt.Errorf("the access key of the running bus: %w", err)
	}
	c, err := cloud.Aliyun(ctx, cloud.AliyunConfig{Region: r.Region, Account: r.AccountID, Endpoint: r.Endpoint, Credentials: keys})
	c.Name, c.Function = provision.Local, nil // its functions are this program
	c.Applied, c.RulesPerBus = r.settle, r.RulesPerBus
	return c, err
}

// WaitingAt asks a bus of this machine what waits.
func WaitingAt(a Archive) func(ctx context.Context, bus string) ([]provision.Waiting, error) {
	return func(ctx context.Context, bus string) ([]provision.Waiting, error) {
		counts, err := a.WaitingFor(ctx, bus)
		list := make([]provision.Waiting, len(counts))
		for i, c := range counts {
			list[i] = provision.Waiting{Owner: c.Owner, Rule: c.Rule, Receiver: c.Receiver, Count: c.Count}
		}
		return list, Plain(err)
	}
}

// Plain is the text of a refusal without the code, which is for programs.
func Plain(err error) error {
	if e, ok := errors.AsType[*local.Error](err); ok {
		return errors.New(e.Text)
	}
	return err
}
