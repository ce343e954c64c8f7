package local_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestAControlRowIsChangedInOneStepAndOutlivesTheProcess(t *testing.T) {
	o := local.Options{Dir: t.TempDir()}
	b := opened(t, o)
	more := func(value []byte) ([]byte, bool) {
		n, _ := strconv.Atoi(string(value))
		return []byte(strconv.Itoa(n + 1)), true
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				_, err := b.Update(t.Context(), "counter", more)
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	require.NoError(t, b.Close(t.Context()))

	b = opened(t, o)
	left := func([]byte) ([]byte, bool) { return []byte("not written"), false }
	for _, c := range []struct {
		what, key string
		change    func([]byte) ([]byte, bool)
		want      string
	}{
		{"what all wrote is there", "counter", left, "100"},
		{"what was left stands", "counter", more, "101"},
		{"another row is another", "other", left, ""},
		{"an empty value removes", "counter", func([]byte) ([]byte, bool) { return nil, true }, ""},
		{"and begins anew", "counter", more, "1"},
	} {
		value, err := b.Update(t.Context(), c.key, c.change)
		require.NoError(t, err, c.what)
		assert.Equal(t, c.want, string(value), c.what)
	}
}
