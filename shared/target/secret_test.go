package target_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecretIsNeverShown(t *testing.T) {
	const value = "hunter2"
	secret := target.Secret(value)
	holder := struct {
		Key  target.Secret
		More map[string]target.Secret
		List []target.Secret
		At   *target.Secret
	}{secret, map[string]target.Secret{"a": secret}, []target.Secret{secret}, &secret}
	for _, v := range []any{secret, &secret, holder, &holder} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			assert.NotContains(t, fmt.Sprintf(format, v), value, "%T as %s", v, format)
		}
		encoded, err := json.Marshal(v)
		require.NoError(t, err)
		assert.NotContains(t, string(encoded), value)
		var logged strings.Builder
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "v", v)
		assert.NotContains(t, logged.String(), value)
	}
	assert.Equal(t, "<redacted>", secret.String())
	assert.Empty(t, target.Secret("").String(), "a secret that is not set")
}

func TestReveal(t *testing.T) {
	ctx := context.Background()
	t.Run("returns a literal as it is", func(t *testing.T) {
		v, err := target.Secret("https://a.example/x:y").Reveal(ctx)
		require.NoError(t, err)
		assert.Equal(t, "https://a.example/x:y", v)
		assert.True(t, target.Secret("https://a.example").Literal())
		assert.False(t, target.Secret("env:A").Literal())
		assert.False(t, target.Secret("").Literal())
	})
	t.Run("returns nothing for a secret that is not set", func(t *testing.T) {
		v, err := target.Secret("").Reveal(ctx)
		require.NoError(t, err)
		assert.Empty(t, v)
	})
	t.Run("reads the environment without the line break of a pasted value", func(t *testing.T) {
		t.Setenv("KEY", "value\n")
		v, err := target.Secret("env:KEY").Reveal(ctx)
		require.NoError(t, err)
		assert.Equal(t, "value", v)
	})
	t.Run("fails for good for a reference that leads to nothing", func(t *testing.T) {
		t.Setenv("EMPTY", " ")
		t.Setenv("AWS_SESSION_TOKEN", "")
		for reference, want := range map[target.Secret]string{
			"env:": "write env:NAME", "env:EMPTY": "EMPTY", "env:NOT_SET_ANYWHERE": "NOT_SET_ANYWHERE", "ssm:/a": "Lambda only", "secretsmanager:a": "Lambda only",
		} {
			_, err := reference.Reveal(ctx)
			assert.True(t, target.IsPermanent(err), reference)
			assert.ErrorContains(t, err, want)
		}
	})
}

// extension stands in for the parameters and secrets extension of Lambda.
func extension(t *testing.T, status int, answer string) (asked *http.Request) {
	t.Helper()
	asked = new(http.Request)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = *r
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	t.Setenv("AWS_SESSION_TOKEN", "session")
	t.Setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", u.Port())
	return asked
}

func TestRevealOnLambda(t *testing.T) {
	ctx := context.Background()
	t.Run("reads a parameter", func(t *testing.T) {
		asked := extension(t, 200, `{"Parameter":{"Name":"/pai/key","Value":"v1"}}`)
		v, err := target.Secret("ssm:/pai/key").Reveal(ctx)
		require.NoError(t, err)
		assert.Equal(t, "v1", v)
		assert.Equal(t, "/systemsmanager/parameters/get", asked.URL.Path)
		assert.Equal(t, "/pai/key", asked.URL.Query().Get("name"))
		assert.Equal(t, "true", asked.URL.Query().Get("withDecryption"))
		assert.Equal(t, "session", asked.Header.Get("X-Aws-Parameters-Secrets-Token"))
	})
	t.Run("reads a secret", func(t *testing.T) {
		asked := extension(t, 200, `{"Name":"key","SecretString":"v2"}`)
		v, err := target.Secret("secretsmanager:key").Reveal(ctx)
		require.NoError(t, err)
		assert.Equal(t, "v2", v)
		assert.Equal(t, "/secretsmanager/get", asked.URL.Path)
		assert.Equal(t, "key", asked.URL.Query().Get("secretId"))
	})
	t.Run("fails for good when the extension refuses, and for now when it cannot", func(t *testing.T) {
		for status, permanent := range map[int]bool{400: true, 403: true, 404: true, 429: false, 500: false} {
			extension(t, status, "hunter2")
			_, err := target.Secret("ssm:/pai/key").Reveal(ctx)
			require.Error(t, err)
			assert.Equal(t, permanent, target.IsPermanent(err), status)
			assert.ErrorContains(t, err, "ssm:/pai/key")
			assert.NotContains(t, err.Error(), "hunter2")
		}
	})
	t.Run("fails when the answer is empty, or is not JSON", func(t *testing.T) {
		extension(t, 200, `{}`)
		_, err := target.Secret("ssm:/pai/key").Reveal(ctx)
		assert.True(t, target.IsPermanent(err))
		extension(t, 200, `hunter2`)
		_, err = target.Secret("ssm:/pai/key").Reveal(ctx)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "hunter2")
	})
	t.Run("fails for now when nothing listens", func(t *testing.T) {
		s := httptest.NewServer(http.NotFoundHandler())
		u, err := url.Parse(s.URL)
		require.NoError(t, err)
		s.Close()
		t.Setenv("AWS_SESSION_TOKEN", "session")
		t.Setenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", u.Port())
		_, err = target.Secret("ssm:/pai/key").Reveal(ctx)
		require.Error(t, err)
		assert.False(t, target.IsPermanent(err))
		assert.NotContains(t, err.Error(), "withDecryption", "the URL")
	})
}
