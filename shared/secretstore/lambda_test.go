//go:build lambda && !fc

package secretstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/secretstore"
)

func TestAnExecutableForLambdaSaysThatItCannotReadKMS(t *testing.T) {
	t.Setenv("AWS_LAMBDA_RUNTIME_API", "")
	t.Setenv("FC_RUNTIME_API", "127.0.0.1:1")
	_, err := secretstore.Here()["kms"](t.Context(), "pai-notify/lab")
	require.ErrorContains(t, err, "kms:pai-notify/lab: this executable is for Lambda: deploy the one of the function in build/fc")
}
