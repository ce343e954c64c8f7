package targettest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares got with testdata/name, and writes the file with -update.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755)) //nolint:gosec // for everybody to read
		require.NoError(t, os.WriteFile(path, got, 0o644)) //nolint:gosec // for everybody to read
	}
	want, err := os.ReadFile(path) //nolint:gosec // of the test that calls
	require.NoError(t, err, "run the test with -update")
	assert.Equal(t, string(want), string(got))
}

// EveryEvent runs check with a sample of every event type that spec may carry,
// in every language, in the order in which the samples happened. name is that
// of the sample and the language, such as "dlc-job-failed.en".
func EveryEvent(t *testing.T, spec target.Spec, check func(t *testing.T, name string, n target.Notification)) {
	t.Helper()
	covered := map[string]bool{}
	for _, file := range events.Story() {
		sample := strings.TrimSuffix(file, ".json")
		source, what, _ := strings.Cut(sample, "-")
		if !spec.Carries(source) {
			continue
		}
		covered[source+"."+what] = true
		payload, err := events.Files.ReadFile(file)
		require.NoError(t, err)
		e, err := event.Parse(payload)
		require.NoError(t, err)
		s, ok := event.Builtin().Source(source)
		require.True(t, ok)
		typ, ok := event.Builtin().Type(source + "." + what)
		require.True(t, ok)
		for _, l := range message.Languages() {
			name := sample + "." + string(l)
			n := target.Notification{ID: "0123456789abcdef0123456789abcdef", Rule: "demo", Event: e, Message: message.Render(e, s, typ, l, event.Rule{Name: "demo", Description: "Somebody has to look at these."})}
			t.Run("of "+name, func(t *testing.T) { check(t, name, n) })
		}
	}
	for _, typ := range event.Builtin().Types {
		if spec.Carries(typ.Source()) {
			assert.True(t, covered[typ.Name], "no sample of %s", typ.Name)
		}
	}
}
