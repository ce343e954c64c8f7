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
		case "GetInstance 2020-12-09 GET":
			name := r.URL.Query().Get("InstanceName")
			switch {
			case r.URL.Path != "/v2/openapi/getinstance":
				refuse(http.StatusNotFound, "InvalidAction.NotFound")
			case name == "none" || name == "taken":
				refuse(http.StatusNotFound, "InstanceNotFound")
			case name == "hidden":
				refuse(http.StatusForbidden, "NoPermission")
			default:
				answer(200, map[string]string{"InstanceName": name, "InstanceStatus": map[bool]string{true: "deleting", false: "normal"}[name == "going"], "RequestId": "1"})
			}
		case "CreateInstance 2020-12-09 POST":
			var body struct {
				InstanceName, ClusterType string
				NetworkTypeACL            []string
			}
			switch err := json.Unmarshal(sent, &body); {
			case err != nil || r.URL.Path != "/v2/openapi/createinstance" || body.ClusterType != "SSD" || len(body.NetworkTypeACL) != 3:
				refuse(http.StatusBadRequest, "InvalidParameter")
			case body.InstanceName == "there" || body.InstanceName == "taken":
				refuse(http.StatusConflict, "InstanceAlreadyExist")
			case body.InstanceName == "eleventh":
				refuse(http.StatusForbidden, "InstanceQuotaExceed")
			default:
				answer(200, map[string]string{"RequestId": "1"})
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
	c, err := New(Config{Region: "cn-hangzhou", STSEndpoint: at, RAMEndpoint: at, FCEndpoint: at, TablestoreEndpoint: at, Credentials: key})
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

func TestAnInstanceOfTablestoreIsThereOrMade(t *testing.T) {
	c := client(t, secret)
	for name, want := range map[string]bus.Kind{"there": bus.Other, "none": bus.NotFound, "hidden": bus.Denied, "going": bus.Unavailable} {
		assert.Equal(t, want, bus.KindOf(c.Instance(ctx, name)), name)
	}
	require.NoError(t, c.Instance(ctx, "there"))
	for name, want := range map[string]bus.Kind{"new": bus.Other, "there": bus.Other, "taken": bus.Exists, "eleventh": bus.Quota} {
		assert.Equal(t, want, bus.KindOf(c.CreateInstance(ctx, name)), name)
	}
	require.NoError(t, c.CreateInstance(ctx, "new"))
	require.NoError(t, c.CreateInstance(ctx, "there"), "it stays as it is")
	assert.ErrorContains(t, c.Instance(ctx, "none"), "ots:GetInstance none: InstanceNotFound")
}

func TestANameThatNoInstanceMayHaveIsExplained(t *testing.T) {
	c := client(t, secret)
	for name, why := range map[string]string{
		"ab": "3 to 16", "pai-notify-of-the-lab": "3 to 16", "pai_notify": "3 to 16", "1pai": "begins with a letter", "pai-": "hyphen", "": "3 to 16",
		"today": "must not contain ay", "Alice": "must not contain ali", "robots": "must not contain ots",
	} {
		err := c.CreateInstance(ctx, name)
		assert.Equal(t, bus.Invalid, bus.KindOf(err), name)
		assert.ErrorContains(t, err, why, name)
	}
}

func TestAKeyIsGivenToOtherSDKs(t *testing.T) {
	id, key, token, err := client(t, secret).Key(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{keyID, secret, ""}, []string{id, key, token})
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
	assert.Equal(t, "tablestore.cn-hangzhou.aliyuncs.com", c.tablestore.Host)
	fc, err := c.fc("1234567890123456")
	require.NoError(t, err)
	assert.Equal(t, "https://1234567890123456.cn-hangzhou.fc.aliyuncs.com", fc.Scheme+"://"+fc.Host)
}

func TestAnEndpointThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []Config{{STSEndpoint: "http://sts.example.com"}, {RAMEndpoint: "https://a/b"}, {FCEndpoint: "ftp://x"}, {TablestoreEndpoint: "http://x.example.com"}} {
		_, err := New(c)
		assert.ErrorContains(t, err, "endpoint")
	}
}
