package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/history"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// robotAndEndpoint tells of models, because HTTP endpoints are told of nothing else.
const robotAndEndpoint = `
workspace: e2e
language: en
rules:
  - name: jobs
    source: model
    events: ["*"]
    targets:
      - {type: dingtalk, name: jobs, webhook: env:ROBOT_A, signing_key: env:ROBOT_KEY}
      - {type: http, name: registry, url: env:RECEIVER, secret: env:RECEIVER_SECRET}
`

func mutesOf(t *testing.T, r result) (list []hold.Mute) {
	t.Helper()
	require.Equal(t, exitOK, r.code, r.err)
	require.NoError(t, json.Unmarshal([]byte(r.out), &list))
	return list
}

func TestAMutedJobIsHeldForChatAndSkippedElsewhereAndComesWhenUnmuted(t *testing.T) {
	in, environment := standIns(t)
	data, doc := t.TempDir(), document(t, robotAndEndpoint)
	up := startUp(t, environment, "-w", doc, "--data", data)
	run := func(arguments ...string) result { return command(t, nil, "", append(arguments, "--data", data)...) }
	of := func(event, typ string) (found history.Record) {
		t.Helper()
		require.Eventually(t, func() bool {
			for _, n := range up.history(t, "--data", data) {
				if n.EventID == event && strings.HasPrefix(n.Target, typ+"/") && n.Attempts+len(n.Answer) > 0 {
					found = n
					return true
				}
			}
			return false
		}, eventually, tick)
		return found
	}

	r := run("mute", "--job", "model-7", "--for", "2h", "--why", "moving data", "--by", "alice")
	require.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "m1 mutes job model-7 on pai-system-e2e until ")
	assert.Contains(t, r.out, "pai-notify unmute m1")
	assert.Contains(t, r.err, "no notification about model-7 is in the history so far")
	list := mutesOf(t, run("mutes", "--json"))
	require.Len(t, list, 1)
	assert.Equal(t, []string{"m1", "model-7", "alice", "moving data"}, []string{list[0].ID, list[0].Job, list[0].By, list[0].Why})
	time.Sleep(1100 * time.Millisecond) // a function believes what it has read for a second

	for _, id := range []string{"1", "2"} {
		up.post(t, rejectedOf(id, "model-7"))
	}
	up.post(t, rejectedOf("3", "model-8"))
	because := list[0].Because()
	for _, id := range []string{"1", "2"} {
		n := of(id, "dingtalk")
		assert.Equal(t, "waiting", n.Outcome)
		assert.Contains(t, string(n.Answer), because)
		assert.WithinDuration(t, list[0].Until, n.Due, 2*time.Second)
		n = of(id, "http")
		assert.Equal(t, "skipped", n.Outcome)
		assert.Contains(t, string(n.Answer), because)
	}
	for _, n := range up.ended(t, "3", "--data", data) {
		assert.Equal(t, "sent", n.Outcome, "another job is not muted")
	}
	assert.Contains(t, run("dead", "show", of("1", "dingtalk").ID).out, because)
	before := len(in.Received())

	r = run("unmute", "m1", "m7")
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.out, "m1 has ended: job model-7.\nNotifications held by it that are sent now: 2.\n")
	assert.Contains(t, r.err, "There is no mute m7 on pai-system-e2e")
	for _, id := range []string{"1", "2"} {
		for _, n := range up.ended(t, id, "--data", data) {
			if strings.HasPrefix(n.Target, "dingtalk/") {
				assert.Equal(t, "sent", n.Outcome)
			}
		}
	}
	assert.Equal(t, before+1, len(in.Received()), "as one message")
	assert.Equal(t, "Nothing is muted.\n", run("mutes").out)

	r = run("mute", "--all", "--for", "1h", "--drop", "--by", "bob")
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, "critical ones included: say so with --yes")
	r = run("mute", "--all", "--for", "1h", "--drop", "--yes", "--by", "bob")
	require.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "m2 mutes everything on ")
	assert.Regexp(t, `m2 .* everything \(dropped\) +bob\n`, run("mutes").out)
	r = command(t, nil, "", "status", "-w", doc, "--bus", "local", "--data", data)
	assert.Equal(t, exitNo, r.code)
	assert.Contains(t, r.out, "missing mutes: all notifications are muted, critical ones included: m2 muted by bob until ")
	time.Sleep(1100 * time.Millisecond)
	up.post(t, rejectedOf("4", "model-9"))
	for _, n := range up.ended(t, "4", "--data", data) {
		assert.Equal(t, "skipped", n.Outcome)
		assert.Contains(t, string(n.Answer), "muted by bob until ")
	}
	r = run("unmute", "--all")
	assert.Equal(t, "m2 has ended: everything.\n", r.out, r.err)
	up.stop(t)
}

func rejectedOf(id, job string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"acs.paimodel","type":"paimodel:VersionStatusChange:VersionRejected","data":{"ModelId":%q}}`, id, job)
}

func TestWhatIsWrongWithAMuteIsSaidBeforeAnythingIsMuted(t *testing.T) {
	_, environment := standIns(t)
	data, doc := t.TempDir(), document(t, robotAndEndpoint)
	up := startUp(t, environment, "-w", doc, "--data", data)
	for says, arguments := range map[string][]string{
		"name what to mute with --job, --rule or --receiver":       {"--for", "1h"},
		"all notifications with --all alone":                       {"--all", "--job", "x", "--for", "1h"},
		"a mute needs an end":                                      {"--job", "x"},
		"the end is in the past":                                   {"--job", "x", "--for=-1h"},
		"is in the past":                                           {"--job", "x", "--until", "2020-01-01T00:00:00Z"},
		"nothing is held longer than 24 hours":                     {"--job", "x", "--for", "25h"},
		"30 days at most":                                          {"--job", "x", "--for", "10000h", "--drop"},
		"--until tomorrow: invalid time":                           {"--job", "x", "--until", "tomorrow"},
		"no rule job is on the bus; there are jobs":                {"--rule", "job", "--for", "1h"},
		"no receiver jobs/mail is on the bus: write RULE/RECEIVER": {"--receiver", "jobs/mail", "--for", "1h"},
		"the bus of this machine is found by --data alone: name a cloud with --bus, or leave --workspace": {"--job", "x", "--for", "1h", "--region", "x"},
	} {
		r := command(t, nil, "", append([]string{"mute", "--data", data}, arguments...)...)
		assert.Equal(t, exitTrying, r.code, says)
		assert.Contains(t, r.err, says)
	}
	assert.Empty(t, mutesOf(t, command(t, nil, "", "mutes", "--data", data, "--json")))
	for i, c := range []struct{ name, rule, receiver string }{
		{"jobs/registry", "jobs", "http/registry"}, {"http/registry", "", "http/registry"}, {"jobs/http/registry", "jobs", "http/registry"},
	} {
		r := command(t, nil, "", "mute", "--data", data, "--receiver", c.name, "--until", time.Now().Add(time.Hour).Format(time.RFC3339))
		require.Equal(t, exitOK, r.code, r.err)
		id := fmt.Sprintf("m%d", i+1)
		for _, m := range mutesOf(t, command(t, nil, "", "mutes", "--data", data, "--json")) {
			if m.ID == id {
				assert.Equal(t, []string{c.rule, c.receiver}, []string{m.Rule, m.Receiver}, c.name)
				assert.NotEmpty(t, m.By, "the user of this machine")
			}
		}
	}
	up.stop(t)
	r := command(t, nil, "", "mutes", "--data", data, "-w", doc)
	assert.Contains(t, r.out, "m3 ", "a stopped bus still has them")
}

func TestABusOfACloudIsMutedByCommands(t *testing.T) {
	const oncall = "dingtalk-DINGTALK_WEBHOOK"
	for cloud, open := range map[string]func(t *testing.T) *recordedCloud{"aliyun": recordedOnAliyun, "aws": recordedOnAWS} {
		t.Run(cloud, func(t *testing.T) {
			c := open(t)
			if c.named != nil {
				c.named = append(c.named, "-w", c.document)
			}
			r := command(t, c.environment, "y\n", append([]string{"apply", "-w", c.document, "--allow-missing-secrets"}, c.flags...)...)
			require.Equal(t, exitOK, r.code, r.out+r.err)

			r = c.run("mute", "--rule", "dies", "--for", "1h")
			assert.Contains(t, r.err, "no rule dies is on the bus; there are died")
			r = c.run("mute", "--receiver", "died/"+oncall, "--for", "1h", "--by", "alice", "--why", "moving data")
			require.Equal(t, exitOK, r.code, r.err)
			assert.Contains(t, r.out, "m1 mutes rule died")
			assert.Contains(t, r.out, ", receiver dingtalk/"+oncall+" on pai-system-lab until ")
			assert.Contains(t, r.out, "Functions follow within 30 s.")
			row, err := c.ledger.Update(t.Context(), hold.MutesKey("pai-system-lab"), func([]byte) ([]byte, bool) { return nil, false })
			require.NoError(t, err)
			list := hold.ReadMutes(row, time.Now())
			require.Len(t, list, 1, "as functions read it")
			assert.Equal(t, list, mutesOf(t, c.run("mutes", "--json")))

			if c.named == nil {
				assert.Contains(t, c.run("status", "-w", c.document).out, "ok      mutes: 1: m1 died dingtalk/"+oncall+" muted by alice until ")
			}

			c.now = time.Now().Add(-time.Minute)
			held := func(because string) ledger.Result {
				return ledger.Result{State: ledger.Waiting, Held: true, Due: list[0].Until, Because: because, Outcome: outcome.Outcome{Status: outcome.Waiting, Reason: because, Due: list[0].Until}}
			}
			c.add("01", "dlc1", oncall, held(list[0].Because()))
			c.add("02", "dlc2", oncall, held("held until 08:00 (nights)"))
			assert.Contains(t, c.run("history", "--job", "dlc1").out, "muted by alice until ")
			r = c.run("unmute", "m1")
			require.Equal(t, exitOK, r.code, r.err)
			assert.Contains(t, r.out, "Notifications held by it that are sent now: 1. The function that sends what waits takes them up within two minutes.")
			due, err := c.ledger.Due(t.Context(), "pai-system-lab", time.Now().Add(time.Minute), 10)
			require.NoError(t, err)
			require.Len(t, due, 1, "what something else holds stays held")
			assert.Equal(t, "01", due[0].ID)
			assert.Greater(t, time.Until(due[0].Due), 20*time.Second, "not before all functions have seen that it has ended")
			assert.Equal(t, due[0].Due, due[0].Held, "it is told together with others")
			assert.Equal(t, "Nothing is muted.\n", c.run("mutes").out)
		})
	}
}

func TestFunctionsWithoutALedgerCannotBeMuted(t *testing.T) {
	c := recordedOnAliyun(t)
	r := command(t, c.environment, "", append([]string{"mute", "--job", "dlc1", "--for", "1h", "--functions", "not-there-"}, c.flags...)...)
	assert.Equal(t, exitTrying, r.code)
	assert.Contains(t, r.err, "functions without a ledger cannot be muted, because they do not see it: deploy them with a ledger, or disable rules")
}
