package account_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	openapiclient "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local/account"
)

func call(t *testing.T, user string, params *openapiutil.Params, request *openapiutil.OpenApiRequest) (map[string]any, error) {
	t.Helper()
	a := &account.Account{
		Keys:  []account.Key{{ID: keyID, Secret: secret, User: user}},
		Roles: []string{"AliyunServiceRoleForPAIWorkspace"}, Functions: []string{"echo"},
		Invoke: func(_ context.Context, function string, payload []byte) ([]byte, error) {
			switch function {
			case "echo":
				return payload, nil
			case "fails":
				return nil, &account.FunctionError{Payload: []byte(`{"errorMessage":"it broke"}`)}
			}
			return nil, account.NoFunction(function)
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := account.NewRequestID()
		caller, body, err := a.Receive(w, r, func(k account.Key) (int64, error) { return a.Limit(r, k) })
		if err != nil {
			account.WriteError(w, id, err)
			return
		}
		a.Serve(w, r, caller, body, id)
	}))
	t.Cleanup(server.Close)
	client, err := openapiclient.NewClient(&openapiutil.Config{AccessKeyId: tea.String(keyID), AccessKeySecret: tea.String(secret), Protocol: tea.String("HTTP"), Endpoint: tea.String(strings.TrimPrefix(server.URL, "http://"))})
	require.NoError(t, err)
	if params.Method == nil {
		params.Method = tea.String("POST")
	}
	params.AuthType, params.Protocol = tea.String("AK"), tea.String("HTTP")
	return client.CallApi(params, request, &dara.RuntimeOptions{})
}

func rpcCall(action, version string, query map[string]string) (*openapiutil.Params, *openapiutil.OpenApiRequest) {
	request := &openapiutil.OpenApiRequest{Query: map[string]*string{}}
	for name, value := range query {
		request.Query[name] = tea.String(value)
	}
	return &openapiutil.Params{Action: tea.String(action), Version: tea.String(version), Pathname: tea.String("/"), Style: tea.String("RPC"), ReqBodyType: tea.String("formData"), BodyType: tea.String("json")}, request
}

func TestCallersLearnWhoTheyAre(t *testing.T) {
	for user, want := range map[string][2]string{"": {"Account", "acs:ram::1000000000000000:root"}, "alice": {"RAMUser", "acs:ram::1000000000000000:user/alice"}} {
		params, request := rpcCall("GetCallerIdentity", "2015-04-01", nil)
		answer, err := call(t, user, params, request)
		require.NoError(t, err)
		body := answer["body"].(map[string]any)
		assert.Equal(t, "1000000000000000", body["AccountId"])
		assert.Equal(t, want[0], body["IdentityType"])
		assert.Equal(t, want[1], body["Arn"])
	}
}

func TestARoleIsThereOrNot(t *testing.T) {
	params, request := rpcCall("GetRole", "2015-05-01", map[string]string{"RoleName": "AliyunServiceRoleForPAIWorkspace"})
	answer, err := call(t, "", params, request)
	require.NoError(t, err)
	assert.Equal(t, "AliyunServiceRoleForPAIWorkspace", answer["body"].(map[string]any)["Role"].(map[string]any)["RoleName"])

	params, request = rpcCall("GetRole", "2015-05-01", map[string]string{"RoleName": "Other"})
	_, err = call(t, "", params, request)
	assert.ErrorContains(t, err, "EntityNotExist.Role")

	params, request = rpcCall("GetRole", "2015-05-01", map[string]string{"RoleName": "Other"})
	_, err = call(t, "alice", params, request)
	assert.ErrorContains(t, err, "NoPermission")
}

func TestAnActionOfNoServiceIsRefused(t *testing.T) {
	params, request := rpcCall("CreateUser", "2015-05-01", nil)
	_, err := call(t, "", params, request)
	assert.ErrorContains(t, err, "InvalidAction.NotFound")
}

func TestFunctionsAreInvoked(t *testing.T) {
	invoke := func(user, function, kind string) (int, string, string, error) {
		answer, err := call(t, user, &openapiutil.Params{Action: tea.String("InvokeFunction"), Version: tea.String("2023-03-30"),
			Pathname: tea.String("/2023-03-30/functions/" + function + "/invocations"), Style: tea.String("ROA"), ReqBodyType: tea.String("json"), BodyType: tea.String("binary")},
			&openapiutil.OpenApiRequest{Headers: map[string]*string{"x-fc-invocation-type": tea.String(kind)}, Stream: strings.NewReader(`{"a":"工作"}`)})
		if err != nil {
			return 0, "", "", err
		}
		text, err := io.ReadAll(answer["body"].(io.Reader))
		require.NoError(t, err)
		return answer["statusCode"].(int), tea.StringValue(answer["headers"].(map[string]*string)["x-fc-error-type"]), string(text), nil
	}
	status, failure, body, err := invoke("", "echo", "Sync")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
	assert.Empty(t, failure)
	assert.Equal(t, `{"a":"工作"}`, body)

	status, failure, body, err = invoke("", "fails", "")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status, "a function that fails was invoked all the same")
	assert.Equal(t, "HandledInvocationError", failure)
	assert.Contains(t, body, "it broke")

	_, _, _, err = invoke("", "other", "Sync")
	assert.ErrorContains(t, err, "FunctionNotFound")
	_, _, _, err = invoke("alice", "echo", "Sync")
	assert.ErrorContains(t, err, "fc:InvokeFunction")
	_, _, _, err = invoke("", "echo", "Async")
	assert.ErrorContains(t, err, "synchronously only")
}

func TestAFunctionIsThereOrNot(t *testing.T) {
	get := func(user, function string) (map[string]any, error) {
		answer, err := call(t, user, &openapiutil.Params{Action: tea.String("GetFunction"), Version: tea.String("2023-03-30"), Method: tea.String("GET"),
			Pathname: tea.String("/2023-03-30/functions/" + function), Style: tea.String("ROA"), ReqBodyType: tea.String("json"), BodyType: tea.String("json")}, &openapiutil.OpenApiRequest{})
		if err != nil {
			return nil, err
		}
		return answer["body"].(map[string]any), nil
	}
	body, err := get("", "echo")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"functionName": "echo", "functionArn": "acs:fc:local:1000000000000000:functions/echo"}, body)
	_, err = get("", "other")
	require.ErrorContains(t, err, "FunctionNotFound")
	_, err = get("alice", "echo")
	assert.ErrorContains(t, err, "fc:GetFunction")
}
