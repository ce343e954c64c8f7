//go:build fc

package linked

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

func TestOnFunctionComputeTheLedgerIsATableOfAnInstance(t *testing.T) {
	linking(t, "tablestore")
	address, connected := listening(t)
	t.Setenv(ledger.Variable, "tablestore:http://"+address+"/pai_notify")
	store, err := Here()
	require.NoError(t, err)
	assert.True(t, store.Lasting())
	<-connected // before there is anything to ask

	t.Setenv(ledger.Variable, "tablestore:pai_notify")
	store, err = Here()
	require.Error(t, err)
	assert.Nil(t, store)

	t.Setenv(ledger.Variable, "dynamodb:pai-notify-ledger")
	_, err = Here()
	require.ErrorContains(t, err, "this executable has the ledger of tablestore: deploy the one of the function in build/lambda")
}

func TestOnFunctionComputeTheLedgerInvokesItsWaker(t *testing.T) {
	linking(t, "tablestore")
	address, asked := waking(t)
	for name, value := range map[string]string{
		ledger.Variable: "tablestore:" + address + "/pai_notify", "FC_REGION": "cn-hangzhou", "FC_ACCOUNT_ID": "123", "PAI_NOTIFY_ENDPOINT": address,
		"ALIBABA_CLOUD_ACCESS_KEY_ID": "example", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "example", "FC_FUNCTION_NAME": "lab-dingtalk",
	} {
		t.Setenv(name, value)
	}
	store, err := Here()
	require.NoError(t, err)
	require.NoError(t, store.(interface{ Wake(context.Context) error }).Wake(t.Context()))
	r := <-asked
	assert.Equal(t, "/2023-03-30/functions/lab-redeliver/invocations", r.URL.Path)
	assert.Equal(t, "Async", r.Header.Get("X-Fc-Invocation-Type"), "nobody waits for its answer")
}
