package account

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
)

func TestAFunctionIsFoundOrNot(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, http.MethodGet, r.Method)
		assert.Equal(t, "GetFunction", r.Header.Get("X-Acs-Action"))
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/2023-03-30/functions/pai-notify-sms" {
			_, _ = w.Write([]byte(`{"functionName":"pai-notify-sms","environmentVariables":{"A":"x","B":""}}`))
			return
		}
		if r.URL.Path == "/2023-03-30/functions/pai-notify-lark" { // as a gateway in between would
			_, _ = w.Write([]byte(`{"message":"welcome"}`))
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"Code":"FunctionNotFound","Message":"function 'x' does not exist","RequestId":"r"}`))
	}))
	defer server.Close()
	key, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId("id").SetAccessKeySecret("secret"))
	require.NoError(t, err)
	c, err := New(Config{Region: "cn-hangzhou", FCEndpoint: server.URL, Credentials: key})
	require.NoError(t, err)
	found, err := c.Function(t.Context(), "1", "pai-notify-sms", "A", "C")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"A": "x"}, found, "and no others: there may be secrets among them")
	_, err = c.Function(t.Context(), "1", "pai-notify-voice")
	assert.Equal(t, bus.NotFound, bus.KindOf(err))
	_, err = c.Function(t.Context(), "1", "pai-notify-lark")
	assert.Equal(t, bus.Unavailable, bus.KindOf(err), "an answer that names no function is none")
}
