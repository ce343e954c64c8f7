package account

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapitest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	keyID  = "LTAI5tExampleKeyOfTests"
	secret = "a-secret-that-only-tests-know"
)

var ctx = context.Background()

// services answers like STS, RAM and Function Compute: it checks signatures, and
// writes the documented bodies and error codes.
func services(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		answer := func(status int, body any) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(body)
		}
		refuse := func(status int, code string) {
			answer(status, map[string]string{"Code": code, "Message": "says " + code, "RequestId": "1"})
		}
		id, ok := openapitest.SignedBy(r, sent, map[string]string{keyID: secret})
		if !ok {
			refuse(http.StatusBadRequest, map[bool]string{true: "SignatureDoesNotMatch", false: "InvalidAccessKeyId.NotFound"}[id == keyID])
			return
		}
		switch what := r.Header.Get("X-Acs-Action") + " " + r.Header.Get("X-Acs-Version") + " " + r.Method; what {
		case "GetCallerIdentity 2015-04-01 POST":
			answer(200, map[string]string{"AccountId": "1234567890123456", "Arn": "acs:ram::1234567890123456:user/lena", "IdentityType": "RAMUser", "UserId": "2", "PrincipalId": "2", "RequestId": "1"})
		case "GetRole 2015-05-01 POST":
			name := r.URL.Query().Get("RoleName")
			switch name {
			case WorkspaceRole:
				answer(200, map[string]any{"Role": map[string]string{"RoleName": name, "Arn": "acs:ram::1234567890123456:role/" + strings.ToLower(name)}, "RequestId": "1"})
			case "hidden":
				refuse(http.StatusForbidden, "NoPermission")
			default:
				refuse(http.StatusNotFound, "EntityNotExist.Role")
			}
		case "InvokeFunction 2023-03-30 POST":
			name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2023-03-30/functions/"), "/invocations")
			switch {
			case r.Header.Get("X-Fc-Invocation-Type") != "Sync" || r.Header.Get("Content-Type") != "application/octet-stream":
				refuse(http.StatusBadRequest, "InvalidArgument")
			case name == "echo":
				_, _ = w.Write(sent)
			case name == "slow":
				<-r.Context().Done()
			case name == "failing", name == "crashing":
				w.Header().Set("X-Fc-Error-Type", map[string]string{"failing": "HandledInvocationError", "crashing": "UnhandledInvocationError"}[name])
				_, _ = io.WriteString(w, map[string]string{"failing": `{"errorMessage":"dingtalk: 310000 sign not match","errorType":"errorString"}`, "crashing": "Process exited"}[name])
			default:
				refuse(http.StatusNotFound, "FunctionNotFound")
			}
		default:
			refuse(http.StatusNotFound, "InvalidAction.NotFound "+what)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func client(t *testing.T, secret string) *Client {
	t.Helper()
	at := services(t)
	key, err := credentials.NewCredential((&credentials.Config{}).SetType("access_key").SetAccessKeyId(keyID).SetAccessKeySecret(secret))
	require.NoError(t, err)
	c, err := New(Config{Region: "cn-hangzhou", STSEndpoint: at, RAMEndpoint: at, FCEndpoint: at, Credentials: key})
	require.NoError(t, err)
	return c
}

func TestTheCallerIsKnown(t *testing.T) {
	got, err := client(t, secret).Identity(ctx)
	require.NoError(t, err)
	assert.Equal(t, Identity{Account: "1234567890123456", ARN: "acs:ram::1234567890123456:user/lena", Type: "RAMUser"}, got)

	_, err = client(t, "wrong").Identity(ctx)
	assert.Equal(t, bus.NoCredentials, bus.KindOf(err))
}

func TestARoleIsThereOrNot(t *testing.T) {
	c := client(t, secret)
	got, err := c.Role(ctx, WorkspaceRole)
	require.NoError(t, err)
	assert.Equal(t, Role{Name: WorkspaceRole, ARN: "acs:ram::1234567890123456:role/aliyunserviceroleforpaiworkspace"}, got)

	_, err = c.Role(ctx, SendToFCRole)
	assert.Equal(t, bus.NotFound, bus.KindOf(err))
	_, err = c.Role(ctx, "hidden")
	e, ok := errors.AsType[*bus.Error](err)
	require.True(t, ok)
	assert.Equal(t, bus.Denied, e.Kind)
	assert.Equal(t, "ram:GetRole", e.Action)
}

func TestAFunctionAnswers(t *testing.T) {
	c := client(t, secret)
	for _, payload := range []string{"", `{"test":true,"target":{"name":"夜班"}}`, "{\"a\":\"+%&=\"}"} {
		got, failed, err := c.Invoke(ctx, "1234567890123456", "echo", []byte(payload))
		require.NoError(t, err)
		assert.False(t, failed)
		assert.Equal(t, payload, string(got))
	}
}

func TestAFunctionThatFailsIsAFailureOfTheFunction(t *testing.T) {
	c := client(t, secret)
	for name, want := range map[string]string{
		"failing":  "dingtalk: 310000 sign not match",
		"crashing": "Process exited",
	} {
		got, failed, err := c.Invoke(ctx, "1", name, nil)
		require.NoError(t, err)
		assert.True(t, failed)
		assert.Equal(t, want, string(got))
	}
}

func TestAFunctionThatIsNotThereIsNotFound(t *testing.T) {
	_, _, err := client(t, secret).Invoke(ctx, "1", "none", nil)
	e, ok := errors.AsType[*bus.Error](err)
	require.True(t, ok)
	assert.Equal(t, bus.NotFound, e.Kind)
	assert.Equal(t, "fc:InvokeFunction", e.Action)
}

func TestAnInvocationEndsWithItsContext(t *testing.T) {
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	_, _, err := client(t, secret).Invoke(short, "1", "slow", nil)
	assert.Equal(t, bus.Unavailable, bus.KindOf(err))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestTheOfficialEndpointsAreTheDefault(t *testing.T) {
	c, err := New(Config{Region: "cn-hangzhou"})
	require.NoError(t, err)
	assert.Equal(t, "sts.cn-hangzhou.aliyuncs.com", c.sts.Host)
	assert.Equal(t, "ram.aliyuncs.com", c.ram.Host)
	fc, err := c.fc("1234567890123456")
	require.NoError(t, err)
	assert.Equal(t, "https://1234567890123456.cn-hangzhou.fc.aliyuncs.com", fc.Scheme+"://"+fc.Host)
}

func TestAnEndpointThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []Config{{STSEndpoint: "http://sts.example.com"}, {RAMEndpoint: "https://a/b"}, {FCEndpoint: "ftp://x"}} {
		_, err := New(c)
		assert.ErrorContains(t, err, "endpoint")
	}
}
