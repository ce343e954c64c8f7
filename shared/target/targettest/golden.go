package targettest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
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

// EveryMessage runs check as [EveryEvent] does, and with what tells of recoveries and
// sums up, for a target type that does: "recovered.en", "recovered-meanwhile.en" and
// "summary.en".
func EveryMessage(t *testing.T, spec target.Spec, check func(t *testing.T, name string, n target.Notification)) {
	t.Helper()
	samples := map[string]message.Message{}
	var ran, ended event.Event
	EveryEvent(t, spec, func(t *testing.T, name string, n target.Notification) {
		switch samples[name] = n.Message; name {
		case "dlc-job-running.en":
			ran = n.Event
		case "dlc-job-failed.en":
			ended = n.Event
		}
		check(t, name, n)
	})
	source, _ := event.Builtin().Source("dlc")
	typ, _ := event.Builtin().Type("dlc.job-running")
	end, _ := event.Builtin().Type("dlc.job-failed")
	later := strings.NewReplacer("2026-11-16T09:47:36+08:00", "2026-11-20T03:24:45+08:00", `"0/10"`, `"3/10"`).Replace(string(ran.JSON()))
	again, err := event.Parse([]byte(later))
	require.NoError(t, err)
	for _, l := range message.Languages() {
		of := func(sample string) message.Message { return samples[sample+"."+string(l)] }
		failed, preempted := of("dlc-job-failed"), of("dlc-job-preempted")
		running := message.Render(again, source, typ, l, event.Rule{Name: "demo", Description: failed.About})
		show := func(name string, m message.Message) {
			name += "." + string(l)
			n := target.Notification{ID: "0123456789abcdef0123456789abcdef", Rule: "demo", Event: again, Message: m}
			t.Run("of "+name, func(t *testing.T) { check(t, name, n) })
		}
		show("recovered", running.Recovered(failed.Time, 2))
		show("summary", message.Render(ended, source, end, l, event.Rule{Name: "demo", Description: failed.About, Policy: &hold.Policy{
			Summary: true, Prices: &hold.Prices{Currency: "CNY", GPUs: map[string]int64{hold.AnyGPU: 15 * hold.PriceUnit}},
		}}))
		show("recovered-meanwhile", message.Meanwhile([]message.Recovery{
			{Failed: failed, At: running.Time, As: "dlc.job-running"},
			{Failed: preempted, At: preempted.Time.Add(time.Hour), As: "dlc.job-succeeded"},
		}))
	}
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
