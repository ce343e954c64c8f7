//go:build fc

package linked

import (
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
