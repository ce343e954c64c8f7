package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
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
			var told bytes.Buffer
			assert.Equal(t, c.want, judge([]byte(c.answer), []byte(c.log), terminal.Streams{Err: &told}))
			assert.Equal(t, c.says, told.String())
		})
	}
}

func TestARecordOfAQueueThatFailedIsAnsweredNoWithItsReason(t *testing.T) {
	const records = `{"Records":[{"messageId":"m1","body":"{\"no\":\"event\"}"},{"messageId":"m2","body":"{\"id\":\"e2\",\"source\":\"acs.paidlc\",\"type\":\"paidlc:JobStateChange:JobFailed\",\"data\":{}}"}]}`
	for _, on := range []string{"process", "fc", "lambda"} {
		t.Run(on, func(t *testing.T) {
			r := command(t, nil, records, "send", "--on", on, "--build", built(t), "dingtalk", "-")
			assert.Equal(t, exitNo, r.code, r.err)
			assert.Contains(t, r.out, `"itemIdentifier": "m1"`)
			assert.Contains(t, r.err, "message m1, dingtalk: failed (permanent): SQS message m1: event: not a CloudEvent")
			assert.Contains(t, r.err, "message m2, event e2, rule job-needs-help, dingtalk/oncall: failed (permanent): ")
			assert.Contains(t, r.err, "environment variable DINGTALK_WEBHOOK is not set")
		})
	}
}

// oneBad is a file with two events and something between them.
func oneBad(t *testing.T) string {
	t.Helper()
	good, err := os.ReadFile("../../events/dlc-job-failed.json")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "events.json")
	other := strings.Replace(string(good), `"id": "`, `"id": "other-`, 1)
	require.NoError(t, os.WriteFile(path, []byte("["+string(good)+`,{"hello":"world"},`+other+"]"), 0o600))
	return path
}

func TestABadEventInAFileCostsNoOther(t *testing.T) {
	const why = "events.json: event 2 of 3: event: not a CloudEvent: id, source, type missing or empty (found: hello)"
	t.Run("match", func(t *testing.T) {
		r := command(t, nil, "", "match", oneBad(t), "events/dlc-job-failed.json")
		assert.Equal(t, exitTrying, r.code)
		assert.Equal(t, 3, strings.Count(r.out, "match    job-needs-help"))
		assert.Contains(t, r.err, why)
	})
	t.Run("up", func(t *testing.T) {
		r := command(t, nil, "", "up", "--data", ":memory:", "--listen", "127.0.0.1:0", "--events", filepath.Dir(oneBad(t)), "--once")
		assert.Equal(t, exitNo, r.code, r.err)
		assert.Equal(t, 2, strings.Count(r.out, "dingtalk/oncall"), r.out)
		assert.Contains(t, r.err, why)
	})
}
