package target_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/secret"
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
		t.Setenv(secret.DeclaredVariable, "KEY")
		v, err := target.Secret("env:KEY").Reveal(ctx)
		require.NoError(t, err)
		assert.Equal(t, "value", v)
	})
	t.Run("fails for good for a reference that leads to nothing", func(t *testing.T) {
		t.Setenv("EMPTY", " ")
		t.Setenv(secret.DeclaredVariable, "EMPTY NOT_SET_ANYWHERE ssm:/a secretsmanager:a kms:a")
		for reference, want := range map[target.Secret]string{
			"env:": "write env:NAME", "env:EMPTY": "EMPTY", "env:NOT_SET_ANYWHERE": "NOT_SET_ANYWHERE", "ssm:/a": "on AWS Lambda", "secretsmanager:a": "on AWS Lambda", "kms:a": "on Function Compute",
		} {
			_, err := reference.Reveal(ctx)
			assert.True(t, target.IsPermanent(err), reference)
			assert.ErrorContains(t, err, want)
		}
	})
}
