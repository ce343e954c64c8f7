package deliver

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestOnlyAnOutcomeIsReadAsOne(t *testing.T) {
	for answer, want := range map[string]outcome.Status{
		`{"status":"sent","http_status":200}`:          outcome.Sent,
		`{"status":"skipped","reason":"out of scope"}`: outcome.Skipped,
		` {"status":"failed","class":"permanent"} `:    outcome.Failed,
		`{"status":"sent","more":{"than":"we know"}}`:  outcome.Sent,
		`{"Status":"failed","status":"sent"}`:          outcome.Sent,
		`{"status":"failed","STATUS":"sent"}`:          outcome.Failed,
	} {
		o, err := ReadOutcome([]byte(answer))
		require.NoError(t, err, answer)
		assert.Equal(t, want, o.Status, answer)
	}
	for _, answer := range []string{
		``, ` `, `null`, `true`, `0`, `""`, `"sent"`, `{}`, `[]`, `{"hello":1}`, `{"Status":"sent"}`, `{"status":"Sent"}`, `{"status":""}`,
		`{"status":"ok"}`, `{"status":200}`, `{"status":null}`, `{"status":["sent"]}`, `[{"status":"sent"}]`, `{"status":"sent"`, `{"status":"sent"}{}`,
		`{"statusCode":200,"body":"{\"status\":\"sent\"}"}`, `{"errorMessage":"Task timed out after 30.00 seconds"}`, `{"batchItemFailures":[]}`,
		`{"status":"sent","http_status":"200"}`,
	} {
		_, err := ReadOutcome([]byte(answer))
		assert.ErrorIs(t, err, ErrNoOutcome, answer)
	}
}
