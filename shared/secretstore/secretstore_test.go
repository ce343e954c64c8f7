package secretstore_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/aliyun/kms/kmstest"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/secretstore"
	"github.com/pai-notify/pai-notify/shared/target"
)

// onFC makes this process look like one of Function Compute whose KMS answers
// at endpoint.
func onFC(t *testing.T, endpoint string) {
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "")
	t.Setenv("FC_RUNTIME_API", "127.0.0.1:1")
	t.Setenv("FC_REGION", "cn-hangzhou")
	t.Setenv(secretstore.KMSEndpointVariable, endpoint)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", kmstest.KeyID)
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", kmstest.Key)
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "")
}

func onLambda(t *testing.T, endpoint string) {
	t.Setenv("FC_RUNTIME_API", "")
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1")
	t.Setenv("AWS_REGION", "ap-southeast-1")
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "token")
}

func TestElsewhereThereIsNoStoreButThePackage(t *testing.T) {
	t.Setenv("FC_RUNTIME_API", "")
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "")
	assert.Equal(t, []string{"file"}, slices.Collect(maps.Keys(secretstore.Here())))
}

func TestAFunctionReadsWhatItMayFromKMS(t *testing.T) {
	s := kmstest.Start(t)
	s.Set("pai-notify", "one", `{"DINGTALK_WEBHOOK":"https://h/1","SMTP_PASSWORD":{"value":"p","hosts":["smtp.example.com"]}}`)
	s.Set("single", "one", "plain")
	onFC(t, s.URL)
	t.Setenv(secret.DeclaredVariable, "kms:pai-notify#* kms:single")
	ctx := secret.DeclaredHere(secretstore.Here()).In(t.Context())

	v, err := target.Secret("env:DINGTALK_WEBHOOK").Reveal(ctx)
	require.NoError(t, err)
	assert.Equal(t, "https://h/1", v)
	v, err = target.Secret("kms:single").Reveal(ctx)
	require.NoError(t, err)
	assert.Equal(t, "plain", v)
	v, err = target.Secret("env:SMTP_PASSWORD").RevealTo(ctx, "smtp.example.com:465")
	require.NoError(t, err)
	assert.Equal(t, "p", v)
	_, err = target.Secret("env:SMTP_PASSWORD").RevealTo(ctx, "evil.example:465")
	assert.True(t, target.IsPermanent(err))
	_, err = target.Secret("kms:other").Reveal(ctx)
	assert.True(t, target.IsPermanent(err), "what is not declared is not asked for")
	assert.Equal(t, 2, s.Calls("GetSecretValue"), "each secret is read once")
}

func TestFailuresSayWhatToDoAndWhetherToTryAgain(t *testing.T) {
	for _, c := range []struct {
		code      string
		status    int
		permanent bool
		says      string
	}{
		{"Forbidden.ResourceNotFound", 404, true, "is not there"},
		{"Forbidden.NoPermission", 403, true, "give its role the permission"},
		{"Rejected.ResourceInDeleteWindow", 409, true, "cannot be read"},
		{"Rejected.Throttling", 429, false, "did not answer"},
		{"InternalFailure", 500, false, "did not answer"},
		{"SecurityToken.Expired", 400, false, "SecurityToken.Expired"},
	} {
		t.Run(c.code, func(t *testing.T) {
			s := kmstest.Start(t)
			s.Refuse = func(w http.ResponseWriter, _ string) bool {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				_, _ = fmt.Fprintf(w, `{"Code":%q,"Message":"no"}`, c.code)
				return true
			}
			onFC(t, s.URL)
			_, err := secretstore.Here()["kms"](t.Context(), "pai-notify")
			require.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, "kms:pai-notify")
			assert.Equal(t, c.permanent, target.IsPermanent(err), "%v", err)
		})
	}
}

func TestFailuresOfAWSSayWhatToDoAndWhetherToTryAgain(t *testing.T) {
	for _, c := range []struct {
		scheme, body string
		status       int
		permanent    bool
		says         string
	}{
		{"secretsmanager", `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`, 400, true, "is not there"},
		{"secretsmanager", `{"__type":"AccessDeniedException","Message":"not authorized"}`, 400, true, "give its role the permission"},
		{"secretsmanager", `{"__type":"DecryptionFailure","message":"key"}`, 400, true, "for the key that encrypts it"},
		{"secretsmanager", `{"__type":"InvalidRequestException","message":"marked for deletion"}`, 400, true, "marked for deletion"},
		{"secretsmanager", `{"__type":"ThrottlingException","message":"Rate exceeded"}`, 400, false, "did not answer"},
		{"secretsmanager", `{"__type":"InternalServiceError","message":"no"}`, 500, false, "did not answer"},
		{"secretsmanager", `<html>`, 502, false, "HTTP 502"},
		{"secretsmanager", `<html>`, 200, false, "did not answer"},
		{"secretsmanager", `{"VersionId":"v"}`, 200, false, "holds no secret"},
		{"secretsmanager", `{"VersionId":"v","SecretBinary":"AAAA"}`, 200, true, "binary"},
		{"ssm", `{"__type":"com.amazonaws.ssm#ParameterNotFound","message":""}`, 400, true, "is not there"},
		{"ssm", `{"Parameter":{}}`, 200, false, "holds no parameter"},
	} {
		t.Run(c.scheme+" "+c.body, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Contains(t, r.Header.Get("Authorization"), "/ap-southeast-1/"+c.scheme+"/aws4_request")
				assert.Equal(t, "token", r.Header.Get("X-Amz-Security-Token"))
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer server.Close()
			onLambda(t, server.URL)
			_, err := secretstore.Here()[c.scheme](t.Context(), "pai-notify/lab")
			require.ErrorContains(t, err, c.says)
			assert.Equal(t, c.permanent, target.IsPermanent(err), "%v", err)
		})
	}
}

func TestAFunctionWithoutARoleSaysSo(t *testing.T) {
	onFC(t, "")
	t.Setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
	_, err := secretstore.Here()["kms"](t.Context(), "pai-notify")
	require.ErrorContains(t, err, "give the function")
}
