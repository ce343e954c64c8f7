package vault

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
)

var errExists = &bus.Error{Kind: bus.Exists}

// memoryVault is one secret whose versions never change.
type memoryVault struct {
	versions map[string]string
	current  string
	// beforePut is what somebody else does between reading and writing.
	beforePut func()
}

func (v *memoryVault) Read(context.Context, string) (string, string, error) {
	return v.versions[v.current], v.current, nil
}

func (v *memoryVault) Create(ctx context.Context, name, version, value string) error {
	return v.Put(ctx, name, version, value)
}

func (v *memoryVault) Put(_ context.Context, _, version, value string) error {
	if do := v.beforePut; do != nil {
		v.beforePut = nil
		do()
	}
	if have, ok := v.versions[version]; ok && have != value {
		return errExists
	}
	v.versions[version], v.current = value, version
	return nil
}

func TestTwoWhoPushAtOnceDoNotLoseEachOthers(t *testing.T) {
	m := &memoryVault{versions: map[string]string{"first": "{}"}, current: "first"}
	mine := openedVault{vault: m, secret: "s", scheme: "kms"}
	m.beforePut = func() { require.NoError(t, mine.write(t.Context(), "first", "of the other")) }
	assert.ErrorIs(t, mine.write(t.Context(), "first", "mine"), errOvertaken)
	assert.Equal(t, "of the other", m.versions[m.current])
}

func TestAnOlderVersionMayBecomeTheCurrentOneAgain(t *testing.T) {
	m := &memoryVault{versions: map[string]string{"first": "{}"}, current: "first"}
	v := openedVault{vault: m, secret: "s", scheme: "kms"}
	for i := range 3 {
		require.NoError(t, v.write(t.Context(), "first", fmt.Sprint(i)))
		assert.Equal(t, fmt.Sprint(i), m.versions[m.current])
		m.current = "first" // somebody goes back in the cloud's console
	}
}
