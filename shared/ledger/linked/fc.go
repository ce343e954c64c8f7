//go:build fc

package linked

import (
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
	return tablestore.New(tablestore.Config{Reference: r, Transport: webhook.ServiceClientAt(r.Endpoint).Transport}), nil
}
