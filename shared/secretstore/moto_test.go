package secretstore_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/awsapi"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/secretstore"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Moto decrypts nothing and knows no permissions; names, versions and the forms
// of answers are AWS's.
func TestMotoAFunctionReadsWhatWasWritten(t *testing.T) {
	endpoint := mototest.Start(t)
	key := credentials.NewStaticCredentialsProvider("AKID", "secret", "")
	s := secretstore.NewSecretsManager(secretstore.AWS{Region: "ap-southeast-1", Endpoint: endpoint, Credentials: key, HTTP: http.DefaultClient})
	const one, two = "11111111111111111111111111111111", "22222222222222222222222222222222"
	_, _, err := s.Read(t.Context(), "pai-notify/lab")
	require.Equal(t, bus.NotFound, bus.KindOf(err), "%v", err)
	require.NoError(t, s.Create(t.Context(), "pai-notify/lab", one, `{"A":"a"}`))
	assert.Equal(t, bus.Exists, bus.KindOf(s.Create(t.Context(), "pai-notify/lab", two, "x")))
	require.NoError(t, s.Put(t.Context(), "pai-notify/lab", two, `{"A":"a","B":{"value":"b","hosts":["h.example"]}}`))
	assert.Equal(t, bus.Exists, bus.KindOf(s.Put(t.Context(), "pai-notify/lab", two, "another")), "a version never changes")
	_, version, err := s.Read(t.Context(), "pai-notify/lab")
	require.NoError(t, err)
	assert.Equal(t, two, version)

	ssm := awsapi.Service{Name: "ssm", Region: "ap-southeast-1", Endpoint: endpoint, Credentials: key, HTTP: http.DefaultClient}
	require.NoError(t, ssm.Call(t.Context(), "AmazonSSM", "PutParameter", "", map[string]any{"Name": "/pai-notify/url", "Value": "https://h/1", "Type": "SecureString"}, &struct{}{}))

	onLambda(t, endpoint)
	t.Setenv(secret.DeclaredVariable, "secretsmanager:pai-notify/lab#* secretsmanager:pai-notify/lab ssm:/pai-notify/*")
	ctx := secret.DeclaredHere(secretstore.Here()).In(t.Context())
	for reference, want := range map[string]string{"env:A": "a", "ssm:/pai-notify/url": "https://h/1", "secretsmanager:pai-notify/lab#A": "a"} {
		got, err := target.Secret(reference).Reveal(ctx)
		require.NoError(t, err, reference)
		assert.Equal(t, want, got)
	}
	missing := secret.Look(ctx, []string{"ssm:/pai-notify/none", "env:C", "secretsmanager:pai-notify/lab"})
	require.Len(t, missing, 3)
	assert.Contains(t, missing[0].Reason, "is not there")
	assert.Contains(t, missing[1].Reason, "has no member C")
	assert.Contains(t, missing[2].Reason, "is a JSON object")
}
