package message_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

func digestible(l message.Language, s event.Severity, n int) message.Message {
	return message.Message{
		Language: l, Severity: s, Title: fmt.Sprintf("job %d", n), Subject: fmt.Sprintf("dlc%d", n), Next: fmt.Sprintf("look at %d", n),
		Time:   time.Date(2026, 11, 20, 3, n, 0, 0, time.UTC),
		Fields: []message.Field{{Key: "id", Value: fmt.Sprintf("dlc%d", n)}, {Key: "reason", Value: "left out"}, {Key: "status", Value: "Failed"}},
	}
}

func TestADigestListsTheMostUrgentFirst(t *testing.T) {
	for l, want := range map[message.Language]struct{ title, label string }{
		message.English:  {"4 events, 1 × Critical, 1 × Warning", "Critical"},
		message.Chinese:  {"4 个事件，1 个严重，1 个警告", "严重"},
		message.Japanese: {"4 件のイベント、1 件が重大、1 件が警告", "重大"},
	} {
		d := message.Digest([]message.Message{
			digestible(l, event.Info, 1), digestible(l, event.Warning, 2), digestible(l, event.Success, 3), digestible(l, event.Critical, 4),
		})
		assert.Equal(t, want.title, d.Title)
		assert.Equal(t, event.Critical, d.Severity)
		assert.Equal(t, "look at 4", d.Next, "what to do is about the most urgent")
		assert.Equal(t, time.Date(2026, 11, 20, 3, 4, 0, 0, time.UTC), d.Time)
		var values []string
		for _, f := range d.Fields {
			values = append(values, f.Value)
		}
		assert.Equal(t, []string{"dlc4 · Failed · job 4", "dlc2 · Failed · job 2", "dlc3 · Failed · job 3", "dlc1 · Failed · job 1"}, values)
		assert.Equal(t, want.label, d.Fields[0].Label)
	}
}

func TestADigestOfOneIsTheMessage(t *testing.T) {
	m := digestible(message.English, event.Info, 1)
	assert.Equal(t, m, message.Digest([]message.Message{m}))
}

func TestAProbeSaysSoInEveryLanguage(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range message.Languages() {
		m := message.Probe(l, "gpu-died")
		assert.NotEmpty(t, m.Next)
		assert.Equal(t, "gpu-died", m.Rule)
		assert.False(t, seen[m.Title])
		seen[m.Title] = true
	}
}
