package functions_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace/schema"
)

func TestThePublishedSchemaIsFresh(t *testing.T) {
	published, err := os.ReadFile("../docs/workspace.schema.json")
	require.NoError(t, err)
	generated, err := schema.Generate(event.Builtin(), functions.Register()...)
	require.NoError(t, err)
	assert.Equal(t, string(generated)+"\n", string(published), "run: build/pai-notify schema > docs/workspace.schema.json")
}
