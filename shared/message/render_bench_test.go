package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// BenchmarkRender is what a notification costs between reading its event and
// writing what a target sends. Reading takes data apart at its first use, so each
// round reads the event anew and "parse" is the part of it that is not rendering.
func BenchmarkRender(b *testing.B) {
	dlc, _ := event.Builtin().Source("dlc")
	failed, _ := event.Builtin().Type("dlc.job-failed")
	model, _ := event.Builtin().Source("model")
	approved, _ := event.Builtin().Type("model.version-approved")
	for _, c := range []struct {
		name, file string
		source     event.Source
		typ        event.Type
	}{
		{"a failed job", "dlc-job-failed.json", dlc, failed},
		{"an approved model", "model-version-approved.json", model, approved},
		{"an unknown type", "dlc-job-failed.json", dlc, event.Type{}},
		{"an unknown source", "dlc-job-failed.json", event.Source{}, event.Type{}},
	} {
		text, err := events.Files.ReadFile(c.file)
		require.NoError(b, err)
		b.Run("parse/"+c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e, _ := event.Parse(text)
				_ = e.Lookup("JobId")
			}
		})
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e, _ := event.Parse(text)
				_ = message.Render(e, c.source, c.typ, message.Chinese, event.Rule{Name: "bench"})
			}
		})
	}
}
