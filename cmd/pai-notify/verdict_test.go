package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
