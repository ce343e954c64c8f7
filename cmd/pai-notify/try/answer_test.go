package try

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestAnAnswerIsJudgedByWhatItTells(t *testing.T) {
	const log = `2026-01-01 not JSON
{"level":"INFO","msg":"notification","status":"sent","message_id":"m2"}
{"level":"ERROR","msg":"notification","status":"failed","message_id":"m1","event":"e1","rule":"r","target":"dingtalk/oncall","reason":"bad\u001b[31m key","class":"permanent","advice":"Copy it again."}
`
	for name, c := range map[string]struct {
		answer, log string
		want        error
		says        string
	}{
		"sent":                              {`{"status":"sent"}`, "", nil, ""},
		"skipped":                           {`{"status":"skipped","reason":"no rule"}`, "", nil, ""},
		"an outcome that is unknown":        {`{"status":"failed","class":"unknown"}`, "", terminal.ErrNo, ""},
		"one of a list":                     {`[{"status":"sent"},{"status":"failed"}]`, "", terminal.ErrNo, ""},
		"a list of those that were sent":    {`[{"status":"sent"},{"status":"skipped"}]`, "", nil, ""},
		"an empty list":                     {`[]`, "", nil, ""},
		"a queue without failures":          {`{"batchItemFailures":[]}`, `{"msg":"notification","status":"sent"}`, nil, ""},
		"a queue with one":                  {`{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, log, terminal.ErrNo, "message m1, event e1, rule r, dingtalk/oncall: failed (permanent): bad\\u001b[31m key: Copy it again.\n"},
		"a queue whose log is silent":       {`{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, "", terminal.ErrNo, "message m1: failed, and the function's log does not say why\n"},
		"a queue with one that is unknown":  {`{"batchItemFailures":[]}`, `{"msg":"notification","status":"failed","message_id":"m1","class":"unknown","reason":"cut off"}`, terminal.ErrNo, "message m1: failed (unknown): cut off\n"},
		"another object":                    {`{"hello":1}`, "", errNoOutcome, ""},
		"another status":                    {`{"status":"queued"}`, "", errNoOutcome, ""},
		"a status in other letters":         {`{"Status":"sent"}`, "", errNoOutcome, ""},
		"a list with something else":        {`[{"status":"sent"},{}]`, "", errNoOutcome, ""},
		"a text":                            {`"sent"`, "", errNoOutcome, ""},
		"nothing":                           {``, "", errNoOutcome, ""},
		"failures that are none of a queue": {`{"batchItemFailures":7}`, "", errNoOutcome, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var printed bytes.Buffer
			assert.Equal(t, c.want, judge([]byte(c.answer), []byte(c.log), terminal.Streams{Err: &printed}))
			assert.Equal(t, c.says, printed.String())
		})
	}
}

func TestNoAnswerOfAPlatformSteersTheTerminal(t *testing.T) {
	const hostile = "x\x1b[32m\x1b[2J\nforged\u202e"
	var out bytes.Buffer
	(&Test{}).print(&out, outcome.Outcome{Rule: hostile, Target: hostile, Code: hostile, Receipt: hostile, Reason: hostile})
	assert.NotContains(t, out.String(), "\nforged")
	assert.NotRegexp(t, `[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}]`, out.String())
}
