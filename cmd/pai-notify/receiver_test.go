package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/history"
)

// robots is a document of rules, each given as its name, its state and the
// targets.
func robots(rules ...[3]string) string {
	var text strings.Builder
	text.WriteString("workspace: lab\nlanguage: en\nrules:\n")
	for _, r := range rules {
		text.WriteString("  - {name: " + r[0] + ", enabled: " + r[1] + ", source: dlc, events: [\"*\"], targets: [" + r[2] + "]}\n")
	}
	return text.String()
}

const (
	robotAway = "{type: dingtalk, name: oncall, webhook: env:ROBOT_AWAY}"
	robotHere = "{type: dingtalk, name: oncall, webhook: env:ROBOT_A, signing_key: env:ROBOT_KEY}"
	otherAway = "{type: dingtalk, name: boss, webhook: env:ROBOT_AWAY}"
)

func TestWhatWaitsIsForItsReceiverAsTheDocumentHasItNow(t *testing.T) {
	in, environment := standIns(t)
	environment = append(environment, "PAI_NOTIFY_SECRETS=ROBOT_AWAY ROBOT_A ROBOT_KEY", "ROBOT_AWAY=http://127.0.0.1:9/robot/send?access_token=x")
	data := t.TempDir()
	up := startUp(t, environment, "-w", document(t, robots([3]string{"jobs", "true", robotAway + ", " + otherAway})), "--data", data)
	apply := func(rules ...[3]string) {
		t.Helper()
		r := command(t, nil, "", "apply", "--yes", "-w", document(t, robots(rules...)), "--bus", "local", "--data", data)
		require.Equal(t, exitOK, r.code, r.err)
	}
	dead := func(arguments ...string) result {
		return command(t, nil, "", append(append([]string{"dead"}, arguments...), "--data", data)...)
	}
	only := func(outcome string) history.Record {
		t.Helper()
		var list []history.Record
		require.Eventually(t, func() bool { // an attempt that was under way ends first
			list = up.history(t, "--data", data, "--outcome", outcome)
			return len(list) == 1
		}, eventually, tick)
		return list[0]
	}
	up.post(t, failure("1"))
	require.Eventually(t, func() bool {
		for _, n := range up.history(t, "--data", data) {
			if n.Attempts == 0 {
				return false
			}
		}
		return true
	}, eventually, tick)

	// A receiver that is removed, and a rule that is disabled.
	apply([3]string{"jobs", "true", robotAway})
	gone := only("dead")
	assert.Equal(t, "dingtalk/boss", gone.Target)
	assert.Contains(t, string(gone.Answer), "the receiver was removed from the rule")
	r := dead("redrive", gone.ID)
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.err, gone.ID+" cannot be sent: no rule sends to dingtalk/boss of the rule jobs any more")
	assert.Equal(t, "0 redriven.\n", r.out)
	apply([3]string{"jobs", "false", robotAway})
	cancelled := only("cancelled")
	assert.Equal(t, "dingtalk/oncall", cancelled.Target)
	r = dead("redrive", "--all", "--cancelled")
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.err, cancelled.ID+" cannot be sent: the rule jobs is disabled")
	assert.Empty(t, in.Received())

	// Their receivers are where the document now says.
	apply([3]string{"jobs", "true", robotHere}, [3]string{"night", "true", strings.Replace(robotHere, "oncall", "all", 1)})
	require.Len(t, up.history(t, "--data", data, "--outcome", "cancelled"), 1, "enabling a rule sends nothing by itself")
	r = dead("redrive", "--all", "--cancelled")
	assert.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "goes to dingtalk/oncall of the rule jobs.\n1 redriven.")
	r = dead("redrive", gone.ID, "--to", "night/all")
	assert.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "goes to dingtalk/all of the rule night.\n1 redriven.")
	assert.Equal(t, exitNo, dead("redrive", gone.ID, "--to", "night/all").code, "it is not sent twice")
	require.Eventually(t, func() bool { return len(up.history(t, "--data", data, "--outcome", "sent")) == 2 }, eventually, tick)
	assert.Len(t, in.Received(), 2)
	assert.Regexp(t, `(?m)^sent on as +\d+-\d+$`, dead("show", gone.ID).out)
	up.stop(t)
}
