//go:build fc

package linked

import (
	"context"

	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

func init() { openers[tablestore.Scheme] = openTablestore }

// openTablestore takes the key of the function's role, as Function Compute sets it.
// It begins to connect while the runtime starts.
func openTablestore(reference string) (ledger.Store, error) {
	r, err := tablestore.Parse(reference)
	if err != nil {
		return nil, err
	}
	store := tablestore.New(tablestore.Config{Reference: r, Transport: webhook.ServiceClientAt(r.Endpoint).Transport})
	return woken{store, invokeFC}, nil
}

// invokeFC invokes the waker, with a client of its own: hardly any instance needs it.
func invokeFC(ctx context.Context) error {
	here, err := account.Here()
	if err != nil {
		return err
	}
	client, err := account.New(here.Config())
	if err != nil {
		return err
	}
	return client.Begin(ctx, here.Account, wakerOf("FC_FUNCTION_NAME"), []byte(invocation))
}
