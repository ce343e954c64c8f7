package outcome

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestOnlyAnObjectWithAKnownStatusIsAnOutcome(t *testing.T) {
	for answer, want := range map[string]Outcome{
		`{"status":"sent","receipt":"7"}`:                     {Status: Sent, Receipt: "7"},
		` {"status":"skipped","reason":"not asked for"} `:     {Status: Skipped, Reason: "not asked for"},
		`{"status":"failed","class":"gone","later":{"a":[]}}`: {Status: Failed, Class: Gone},
		`{"status":"waiting","due":"2026-11-28T03:00:00Z"}`:   {Status: Waiting, Due: time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)},
		`{"status":"sent","unguarded":true}`:                  {Status: Sent, Unguarded: true},
		`{"status":"sent","message_id":"a","attempts":2}`:     {Status: Sent, MessageID: "a", Attempts: 2},
		`{"status":"sent","message_id":42,"attempts":"2"}`:    {Status: Sent},
	} {
		got, ok := Read([]byte(answer))
		assert.True(t, ok, answer)
		assert.Equal(t, want, got, answer)
	}
	for _, answer := range []string{
		``, `null`, `"sent"`, `7`, `{}`, `[{"status":"sent"}]`, `{"status":"queued"}`, `{"Status":"sent"}`,
		`{"status":"failed","status":"sent"}`, `{"status":"sent"} {"status":"sent"}`, `{"status":"sent","ms":"12"}`,
		`{"status":"sent","message_id":"a","message_id":"b"}`,
	} {
		got, ok := Read([]byte(answer))
		assert.False(t, ok, answer)
		assert.Zero(t, got, answer)
	}
}
