//go:build lambda

package linked

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

func TestOnLambdaTheLedgerIsATableOfItsRegion(t *testing.T) {
	linking(t, "dynamodb")
	t.Setenv(ledger.Variable, "dynamodb:pai-notify-ledger")
	t.Setenv("AWS_REGION", "ap-southeast-1")
	address, connected := listening(t)
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://"+address)
	store, err := Here()
	require.NoError(t, err)
	assert.True(t, store.Lasting())
	<-connected // before there is anything to ask

	t.Setenv(ledger.Variable, "dynamodb:")
	store, err = Here()
	require.ErrorContains(t, err, `"" is not the name of a table`)
	assert.Nil(t, store)

	t.Setenv(ledger.Variable, "tablestore:https://pai-notify.cn-shanghai.vpc.tablestore.aliyuncs.com/pai_notify")
	_, err = Here()
	require.ErrorContains(t, err, "this executable has the ledger of dynamodb: deploy the one of the function in build/fc")
}

func TestOnLambdaTheLedgerInvokesItsWaker(t *testing.T) {
	linking(t, "dynamodb")
	address, asked := waking(t)
	t.Setenv(ledger.Variable, "dynamodb:pai-notify-ledger")
	t.Setenv("AWS_REGION", "ap-southeast-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	t.Setenv("AWS_ENDPOINT_URL", address)
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "lab-dingtalk")
	store, err := Here()
	require.NoError(t, err)
	require.NoError(t, store.(interface{ Wake(context.Context) error }).Wake(t.Context()))
	r := <-asked
	assert.Equal(t, "/2015-03-31/functions/lab-redeliver/invocations", r.URL.Path)
	assert.Equal(t, "Event", r.Header.Get("X-Amz-Invocation-Type"), "nobody waits for its answer")
}
