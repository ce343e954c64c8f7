//go:build fc

package linked

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnFunctionComputeTheLedgerIsATableOfAnInstance(t *testing.T) {
	linking(t, "tablestore")
	t.Setenv(Variable, "tablestore:https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com/pai_notify")
	store, err := Here()
	require.NoError(t, err)
	assert.True(t, store.Lasting())

	t.Setenv(Variable, "tablestore:pai_notify")
	store, err = Here()
	require.Error(t, err)
	assert.Nil(t, store)

	t.Setenv(Variable, "dynamodb:pai-notify-ledger")
	_, err = Here()
	require.ErrorContains(t, err, "this executable has the ledger of tablestore: deploy the one of the function in build/lambda")
}
