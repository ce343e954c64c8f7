package ledgers_test

import (
	"net/http/httptest"
	"testing"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/provision/cloud/ledgers"
)

// TestALedgerOfAliyunIsReadWithTheCallersKey has a temporary key, which Tablestore
// takes with its token only.
func TestALedgerOfAliyunIsReadWithTheCallersKey(t *testing.T) {
	server := httptest.NewServer(tablestoretest.New(tablestoretest.Config{Key: "STS.lena", Secret: "userSecret", Token: "token"}))
	t.Cleanup(server.Close)
	for token, want := range map[string]bus.Kind{"token": bus.NotFound, "another": bus.NoCredentials} {
		key, err := credentials.NewCredential(new(credentials.Config).SetType("sts").SetAccessKeyId("STS.lena").SetAccessKeySecret("userSecret").SetSecurityToken(token))
		require.NoError(t, err)
		s, err := ledgers.OfAliyun(cloud.AliyunConfig{Region: "cn-hangzhou", Account: "1", Credentials: key})(t.Context(), "tablestore:"+server.URL+"/pai_notify")
		require.NoError(t, err)
		_, err = ledger.New(s).Get(t.Context(), "a")
		assert.Equal(t, want, bus.KindOf(err), "%v", err)
		assert.NotContains(t, err.Error(), "STS.lena")
		assert.True(t, s.Lasting())
	}
}

func TestAReferenceOfAnotherCloudIsRefused(t *testing.T) {
	onAliyun := ledgers.OfAliyun(cloud.AliyunConfig{Region: "cn-hangzhou", Account: "1"})
	onAWS := ledgers.OfAWS(cloud.AWSConfig{Region: "ap-southeast-1", Account: "123456789012", Credentials: aws.AnonymousCredentials{}})
	for reference, on := range map[string]ledgers.Open{
		"dynamodb:pai-notify": onAliyun, "": onAliyun,
		"tablestore:https://pai-notify.cn-hangzhou.ots.aliyuncs.com/pai_notify": onAWS, "dynamodb": onAWS,
	} {
		_, err := on(t.Context(), reference)
		assert.ErrorContains(t, err, "ledger", reference)
	}
	_, err := onAWS(t.Context(), "dynamodb:pai-notify")
	assert.NoError(t, err)
}
