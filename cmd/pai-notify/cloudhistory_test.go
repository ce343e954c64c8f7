package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/history"
	"github.com/pai-notify/pai-notify/shared/bus/aws/mototest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/dynamodb"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

// recordedCloud is a cloud whose functions record notifications in a ledger.
type recordedCloud struct {
	t        *testing.T
	ledger   *ledger.Ledger
	now      time.Time
	document string
	// environment and flags are those of the account; named is how a command is
	// told of workspace and ledger.
	environment, flags, named []string
}

func (c *recordedCloud) run(arguments ...string) result {
	c.t.Helper()
	return command(c.t, c.environment, "", slices.Concat(arguments, c.flags, c.named)...)
}

func recordedOnAliyun(t *testing.T) *recordedCloud {
	a := newAliyunAccount(t, local.Options{})
	peer := httptest.NewServer(tablestoretest.New(tablestoretest.Config{Key: "LTAIuser", Secret: "userSecret"}))
	t.Cleanup(peer.Close)
	reference := "tablestore:" + peer.URL + "/pai_notify"
	set := map[string]string{"PAI_NOTIFY_LEDGER": reference, "PAI_NOTIFY_SERVED_BUS": "pai-system-lab", "SECRET": "unseen"}
	a.change(func(of *account.Account) {
		of.Keys[0].User = "" // the account's own, which may do everything
		of.Functions = []string{"pai-notify-redeliver", "pai-notify-dingtalk", "pai-notify-lark"}
		of.Variables = map[string]map[string]string{}
		for _, name := range of.Functions {
			of.Variables[name] = set
		}
	})
	r, err := tablestore.Parse(reference)
	require.NoError(t, err)
	store := tablestore.New(tablestore.Config{Reference: r, Pause: time.Millisecond, Key: func(context.Context) (tablestore.Key, error) {
		return tablestore.Key{ID: "LTAIuser", Secret: "userSecret"}, nil
	}})
	require.NoError(t, store.Create(t.Context()))
	// Commands need not be told: the deployed functions say which ledger it is.
	return &recordedCloud{t: t, ledger: ledger.New(store), document: a.document, environment: a.environment, flags: a.flags[2:]}
}

func recordedOnAWS(t *testing.T) *recordedCloud {
	endpoint := mototest.Start(t)
	store, err := dynamodb.New(dynamodb.Config{
		Region: "ap-southeast-1", Table: "pai-notify", Endpoint: endpoint, HTTP: &http.Client{},
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
	})
	require.NoError(t, err)
	require.NoError(t, store.Create(t.Context()))
	return &recordedCloud{
		t: t, ledger: ledger.New(store), document: document(t, labDocument),
		environment: []string{"AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true"},
		flags:       []string{"--bus", "aws", "--region", "ap-southeast-1", "--endpoint", endpoint},
		named:       []string{"--ledger", "dynamodb:pai-notify", "--functions", "not-there-"},
	}
}

// add records a notification about a job for a receiver of the rule died.
func (c *recordedCloud) add(id, job, receiver string, r ledger.Result) {
	c.t.Helper()
	c.now = c.now.Add(time.Minute)
	l := c.ledger.With(func() time.Time { return c.now }, 10*time.Second)
	_, claim, err := l.Claim(c.t.Context(), ledger.Entry{
		ID: id, Bus: "pai-system-lab", Owner: "lab", Rule: "died", RuleName: "died", Type: "dingtalk", Receiver: receiver,
		Event:   []byte(`{"specversion":"1.0","id":"e` + id + `","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"JobId":"` + job + `"}}`),
		EventID: "e" + id, EventType: "dlc.job-failed", Job: job, JobName: "train " + job,
	}, time.Minute)
	require.NoError(c.t, err)
	_, err = l.Settle(c.t.Context(), claim, r)
	require.NoError(c.t, err)
}

// listed are the ids and outcomes that a command prints as JSON.
func (c *recordedCloud) listed(arguments ...string) string {
	c.t.Helper()
	r := c.run(append(arguments, "--json")...)
	require.Equal(c.t, exitOK, r.code, r.err)
	var list []string
	for line := range strings.Lines(r.out) {
		var n history.Record
		require.NoError(c.t, json.Unmarshal([]byte(line), &n))
		list = append(list, n.ID+" "+n.Outcome)
	}
	return strings.Join(list, ", ")
}

func TestTheHistoryOfACloudIsReadByCommands(t *testing.T) {
	const oncall = "dingtalk-DINGTALK_WEBHOOK"
	for cloud, open := range map[string]func(t *testing.T) *recordedCloud{"aliyun": recordedOnAliyun, "aws": recordedOnAWS} {
		t.Run(cloud, func(t *testing.T) {
			c := open(t)
			if c.named != nil {
				c.named = append(c.named, "-w", c.document)
			}
			r := command(t, c.environment, "y\n", append([]string{"apply", "-w", c.document, "--allow-missing-secrets"}, c.flags...)...)
			require.Equal(t, exitOK, r.code, r.out+r.err)
			assert.Empty(t, c.listed("history"))

			refused := ledger.Result{State: ledger.Dead, Because: "HTTP 200 keywords not in content", Outcome: outcome.Outcome{
				Status: outcome.Failed, Class: outcome.Permanent, Code: "310000", Reason: "HTTP 200 keywords not in content", Advice: "add the keyword", Target: "dingtalk/" + oncall, EventType: "dlc.job-failed",
			}}
			c.now = time.Now().Add(-time.Hour)
			c.add("01", "dlc1", oncall, ledger.Result{State: ledger.Sent, Outcome: outcome.Outcome{Status: outcome.Sent}})
			c.add("02", "dlc2", oncall, refused)
			c.add("03", "dlc2", "gone", refused)
			c.add("04", "dlc3", oncall, ledger.Result{State: ledger.Waiting, Due: c.now.Add(24 * time.Hour), Because: "HTTP 500"})
			c.add("05", "dlc4", oncall, ledger.Result{State: ledger.Unknown})

			assert.Equal(t, "01 sent, 02 dead, 03 dead, 04 waiting, 05 unknown", c.listed("history"))
			assert.Equal(t, "02 dead, 03 dead", c.listed("history", "--job", "dlc2"), "was anyone notified about it?")
			assert.Equal(t, "01 sent", c.listed("history", "--job", "dlc1"))
			assert.Empty(t, c.listed("history", "--job", "dlc9"))
			assert.Equal(t, "04 waiting", c.listed("history", "--outcome", "waiting"))
			assert.Equal(t, "02 dead, 05 unknown", c.listed("history", "--outcome", "dead", "--outcome", "unknown", "--target", "dingtalk/"+oncall))
			assert.Equal(t, "04 waiting, 05 unknown", c.listed("history", "--limit", "2"))
			assert.Equal(t, "02 dead, 03 dead", c.listed("dead", "list"))
			assert.Equal(t, "03 dead", c.listed("dead", "list", "--target", "gone"))
			assert.Empty(t, c.listed("dead", "list", "--since", "30m"))
			r = c.run("history", "--rule", "died", "--event-type", "dlc.job-failed", "--job", "dlc2")
			assert.Regexp(t, `02 .* dlc\.job-failed +died +dingtalk/dingtalk-DINGTALK_WEBHOOK +dead +HTTP 200 keywords`, r.out)
			r = c.run("dead", "show", "02")
			assert.Contains(t, r.out, "about        train dlc2, id dlc2\n")
			assert.Contains(t, r.out, "code 310000")
			assert.Contains(t, r.out, "what to do   add the keyword\n")
			assert.Contains(t, r.out, `"JobId": "dlc2"`)

			r = c.run("dead", "redrive", "02", "03", "05", "none")
			assert.Equal(t, exitNo, r.code)
			assert.Contains(t, r.out, "1 redriven. The function ")
			assert.Contains(t, r.err, "03 cannot be sent: no rule sends to dingtalk/gone of the rule died any more: put it back")
			assert.Contains(t, r.err, "05 cannot be sent: the notification 05 is not a dead letter: it is unknown")
			assert.Contains(t, r.err, "there is no notification none")
			due, err := c.ledger.Due(t.Context(), "pai-system-lab", time.Now().Add(time.Second), 10)
			require.NoError(t, err)
			require.Len(t, due, 1)
			assert.Equal(t, []any{"02", 1}, []any{due[0].ID, due[0].Redrives})
			assert.Equal(t, "02 waiting, 04 waiting", c.listed("history", "--outcome", "waiting"))

			c.add("06", "dlc5", "gone", refused)
			r = c.run("dead", "redrive", "06", "--to", "died/night")
			assert.Equal(t, exitNo, r.code)
			assert.Contains(t, r.err, "06 cannot be sent: the rule died has no receiver night: name one of dingtalk/"+oncall)
			r = c.run("dead", "redrive", "06", "--to", "died/"+oncall)
			assert.Equal(t, exitOK, r.code, r.err)
			assert.Contains(t, r.out, "goes to dingtalk/"+oncall+" of the rule died.\n1 redriven.")
			var moved, made history.Record
			require.NoError(t, json.Unmarshal([]byte(c.run("dead", "show", "06", "--json").out), &moved))
			assert.Equal(t, []string{"moved", "lab"}, []string{moved.Outcome, moved.Owner})
			require.NoError(t, json.Unmarshal([]byte(c.run("dead", "show", moved.MovedTo, "--json").out), &made))
			assert.Equal(t, []string{"waiting", "06", "dingtalk/" + oncall, "e06", "dlc5"}, []string{made.Outcome, made.MovedFrom, made.Target, made.EventID, made.Job})
			assert.Contains(t, c.run("dead", "show", "06").out, "sent on as   "+moved.MovedTo+"\n")
			r = c.run("dead", "redrive", "06", "--to", "died/"+oncall)
			assert.Contains(t, r.err, "the notification 06 was sent to another receiver as "+moved.MovedTo)
			r = c.run("dead", "cancel", moved.MovedTo)
			assert.Equal(t, exitOK, r.code, r.err)

			if c.named == nil {
				changed := document(t, strings.Replace(labDocument, "      - {type: dingtalk, webhook: env:DINGTALK_WEBHOOK, signing_key: env:DINGTALK_SIGNING_KEY}\n", "", 1))
				r = command(t, c.environment, "", append([]string{"plan", "-w", changed}, c.flags...)...)
				assert.Contains(t, r.out+r.err, "2 notifications wait for died/dingtalk/"+oncall+": they will be dead letters")
			}

			r = c.run("dead", "cancel", "03", "04", "01")
			assert.Equal(t, exitNo, r.code)
			assert.Equal(t, "2 cancelled.\n", r.out)
			assert.Contains(t, r.err, "01 cannot be cancelled: the notification 01 does not wait and is not a dead letter: it is sent")
			assert.Equal(t, "03 cancelled, 04 cancelled, "+moved.MovedTo+" cancelled", c.listed("history", "--outcome", "cancelled"))
			r = c.run("dead", "redrive", "--all", "--cancelled", "--target", "dingtalk/"+oncall)
			assert.Equal(t, exitOK, r.code, r.err)
			assert.Equal(t, "02 waiting, 04 waiting, "+moved.MovedTo+" waiting", c.listed("history", "--outcome", "waiting"))

			require.NoError(t, os.WriteFile(c.document, []byte(strings.Replace(labDocument, "workspace: lab", "workspace: other\nowner: other", 1)), 0o600))
			assert.Empty(t, c.listed("history", "-w", c.document), "each workspace has a history of its own")
		})
	}
}

func TestTheCheckUpOfACloudReadsItsLedger(t *testing.T) {
	c := recordedOnAliyun(t)
	c.now = time.Now().Add(-time.Hour)
	c.add("01", "dlc1", "x", ledger.Result{State: ledger.Dead, Outcome: outcome.Outcome{Status: outcome.Failed, Class: outcome.Permanent, Code: "310000", Reason: "no such robot", Advice: "check the token"}})
	r := c.run("status", "-w", c.document)
	assert.Equal(t, exitNo, r.code, r.err)
	assert.Regexp(t, `ok      ledger tablestore:http://127\.0\.0\.1:\d+/pai_notify: waiting: 0, failed: 1; pai-notify dead list --bus aliyun -w FILE lists them\n`, r.out)
	assert.Contains(t, r.out, "missing function pai-notify-redeliver: has never run for this bus")
	assert.Regexp(t, `missing target dingtalk/x of rule died: failed .*, code 310000: no such robot; .*\n +check the token\n`, r.out)
	assert.Contains(t, r.out, "ok      overdue notifications: none")
}
