package kms_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/kms"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/kms/kmstest"
)

const name, value = "pai-notify", `{"A":"https://h/?x=1&y=2","B":"密 + / = %"}`

func client(t *testing.T, endpoint, secret string) *kms.Client {
	t.Helper()
	key, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId(kmstest.KeyID).SetAccessKeySecret(secret))
	require.NoError(t, err)
	c, err := kms.New(kms.Config{Region: "cn-hangzhou", Endpoint: endpoint, Credentials: key})
	require.NoError(t, err)
	return c
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	s := kmstest.Start(t)
	c := client(t, s.URL, kmstest.Key)
	_, _, err := c.Read(t.Context(), name)
	require.Equal(t, bus.NotFound, bus.KindOf(err), "%v", err)

	require.NoError(t, c.Create(t.Context(), name, "one", value))
	got, version, err := c.Read(t.Context(), name)
	require.NoError(t, err)
	assert.Equal(t, value, got)
	assert.Equal(t, "one", version)
	assert.Equal(t, bus.Exists, bus.KindOf(c.Create(t.Context(), name, "other", value)))

	require.NoError(t, c.Put(t.Context(), name, "two", "new"))
	require.NoError(t, c.Put(t.Context(), name, "two", "new"), "the same again is no harm")
	assert.Equal(t, bus.Exists, bus.KindOf(c.Put(t.Context(), name, "two", "another")), "a version never changes")
	got, version, err = c.Read(t.Context(), name)
	require.NoError(t, err)
	assert.Equal(t, "new", got)
	assert.Equal(t, "two", version)
}

func TestWhatIsNoSuccessIsNone(t *testing.T) {
	for said, c := range map[string]struct {
		status int
		kind   bus.Kind
	}{
		`{"Code":"Forbidden.NoPermission","Message":"no"}`:                     {403, bus.Denied},
		`{"Code":"Rejected.Throttling","Message":"QPS Limit Exceeded"}`:        {429, bus.Throttled},
		`{"Code":"Rejected.ResourceInDeleteWindow","Message":"to be deleted"}`: {409, bus.Invalid},
		`{"Code":"InternalFailure","Message":"no"}`:                            {500, bus.Unavailable},
		`{"Code":"ServiceUnavailableTemporary","Message":"no"}`:                {503, bus.Unavailable},
		`<html>welcome</html>`: {200, bus.Unavailable},
		`{"hello":1}`:          {200, bus.Unavailable},
		`{"SecretName":"pai-notify","VersionId":"v","SecretDataType":"binary","SecretData":"AAA="}`: {200, bus.Invalid},
		`{"SecretName":"pai-notify","VersionId":"v"}`:                                               {200, bus.Unavailable},
	} {
		s := kmstest.Start(t)
		s.Set(name, "one", value)
		s.Refuse = func(w http.ResponseWriter, _ string) bool {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, said)
			return true
		}
		_, _, err := client(t, s.URL, kmstest.Key).Read(t.Context(), name)
		require.Error(t, err, said)
		assert.Equal(t, c.kind, bus.KindOf(err), "%s: %v", said, err)
		err = client(t, s.URL, kmstest.Key).Put(t.Context(), name, "two", "the-new-value")
		require.Error(t, err, said)
		assert.NotContains(t, err.Error(), "the-new-value")
		assert.False(t, strings.Contains(err.Error(), "http"), err.Error())
	}
}

func TestAnotherKeyIsRefused(t *testing.T) {
	s := kmstest.Start(t)
	s.Set(name, "one", value)
	_, _, err := client(t, s.URL, "not-the-secret").Read(t.Context(), name)
	assert.Equal(t, bus.NoCredentials, bus.KindOf(err), "%v", err)
}

func TestPlainHTTPIsForThisMachineOnly(t *testing.T) {
	_, err := kms.New(kms.Config{Endpoint: "http://kms.cn-hangzhou.aliyuncs.com"})
	assert.Error(t, err)
}
