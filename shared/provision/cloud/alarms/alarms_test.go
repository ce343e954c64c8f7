package alarms_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/bus"
	local "github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/bus/local/openapi"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/provision/cloud/alarms"
	"github.com/pai-notify/pai-notify/shared/provision/cloud/alarms/alarmstest"
)

const (
	queue   = "acs:mns:cn-hangzhou:1234567890123456:/queues/pai-notify-undelivered"
	project = "serverless-logs"
)

var withLedger = map[string]map[string]string{"pai-notify-redeliver": {ledger.Variable: "tablestore:x"}}

// installation is an account with functions, and its alarms.
func installation(t *testing.T, variables map[string]map[string]string, c alarmstest.Config, functions ...string) (*alarmstest.Peer, ledger.Maker) {
	t.Helper()
	on := &local.Account{ID: "1234567890123456", Region: "cn-hangzhou", Keys: []local.Key{{ID: "id", Secret: "secret"}}, Functions: functions, Variables: variables, LogProject: project, LogStore: "default-logs"}
	c.Key, c.Secret = "id", "secret"
	c.Authorize = alarmsAuthorize(on)
	p := alarmstest.New(c)
	server := httptest.NewServer(p.Beside(openapi.New(nil, on)))
	t.Cleanup(server.Close)
	key, err := credentials.NewCredential(new(credentials.Config).SetType("access_key").SetAccessKeyId("id").SetAccessKeySecret("secret"))
	require.NoError(t, err)
	open := alarms.OfAliyun(cloud.AliyunConfig{Region: "cn-hangzhou", Account: "1234567890123456", Endpoint: server.URL, DeadLetter: queue, Credentials: key}, []string{"dingtalk", "sms"})
	m, err := open("pai-notify-ops", "")
	require.NoError(t, err)
	return p, m
}

func TestAlarmsAreMadeOnceAndRepaired(t *testing.T) {
	all := []string{"pai-notify-dead", "pai-notify-lost", "pai-notify-overdue", "pai-notify-undelivered", "pai-notify-unguarded", "pai-notify-unknown", "pai-notify-unrecorded"}
	p, m := installation(t, withLedger, alarmstest.Config{}, "pai-notify-redeliver", "pai-notify-dingtalk")
	missing, err := m.Missing(t.Context())
	require.NoError(t, err)
	assert.ElementsMatch(t, all, missing)
	assert.Empty(t, p.Names(), "looking makes nothing")
	require.NoError(t, m.Create(t.Context()))
	assert.Equal(t, all, p.Names())

	before := p.Calls()
	missing, err = m.Missing(t.Context())
	require.NoError(t, err)
	assert.Empty(t, missing)
	require.NoError(t, m.Create(t.Context()))
	for _, action := range []string{"log:CreateAlert", "log:UpdateAlert", "cms:PutResourceMetricRule"} {
		assert.Equal(t, before[action], p.Calls()[action], "nothing is put that is as it should be")
	}

	p.Drop("pai-notify-lost")
	p.Drop("pai-notify-overdue")
	missing, err = m.Missing(t.Context())
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"pai-notify-lost", "pai-notify-overdue"}, missing)
	require.NoError(t, m.Create(t.Context()))
	assert.Equal(t, all, p.Names())
}

func TestAlarmsTellWhomTheyAreGiven(t *testing.T) {
	p, m := installation(t, withLedger, alarmstest.Config{}, "pai-notify-redeliver")
	require.NoError(t, m.Create(t.Context()))
	lost := alarmstest.Value{Namespace: "acs_fc", Metric: "FunctionDestinationErrors", Dimensions: map[string]string{"region": "cn-hangzhou", "functionName": "pai-notify-sms"}, Value: 1}
	full := alarmstest.Value{Namespace: "acs_mns_new", Metric: "ActiveMessages", Dimensions: map[string]string{"region": "cn-hangzhou", "queue": "pai-notify-undelivered"}, Value: 1}
	other := full
	other.Dimensions = map[string]string{"region": "cn-hangzhou", "queue": "somebody-elses"}
	none := lost
	none.Value = 0
	punctual := []string{`{"msg":"redeliver","due":0,"overdue":0,"invoked":0,"given_up":0}`}
	assert.Empty(t, p.Alarming(project, "default-logs", punctual, none, other))
	assert.Equal(t, map[string]string{"pai-notify-lost": "pai-notify-ops", "pai-notify-undelivered": "pai-notify-ops"}, p.Alarming(project, "default-logs", punctual, lost, full))
}

// TestWhatRedeliverSaysAlarms has the lines that the function really writes.
func TestWhatRedeliverSaysAlarms(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	late := ledger.Entry{ID: "a", Bus: "pai-system-lab", State: ledger.Waiting, Due: now.Add(-10 * time.Minute), Created: now.Add(-time.Hour), Step: 1, Rule: "r", Type: "sms", Receiver: "x", Owner: "lab"}
	tooLate := late
	tooLate.Created, tooLate.Due = now.Add(-25*time.Hour), now.Add(-25*time.Hour)
	unreadable := func(context.Context, string) ([]bus.Rule, error) { return nil, errors.New("denied") }
	none := func(context.Context, string) ([]bus.Rule, error) { return nil, nil }
	for name, c := range map[string]struct {
		waits []ledger.Entry
		rules func(context.Context, string) ([]bus.Rule, error)
		says  []string
	}{
		"all is well":          {nil, none, nil},
		"something is overdue": {[]ledger.Entry{late}, unreadable, []string{"pai-notify-overdue"}},
		"something is dead":    {[]ledger.Entry{tooLate}, unreadable, []string{"pai-notify-dead", "pai-notify-overdue"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, m := installation(t, withLedger, alarmstest.Config{}, "pai-notify-redeliver")
			require.NoError(t, m.Create(t.Context()))
			store := memory.New()
			for _, e := range c.waits {
				require.NoError(t, store.Put(t.Context(), e))
			}
			f := &redeliver.Function{
				Ledger: ledger.New(store).With(func() time.Time { return now }, time.Second), Bus: "pai-system-lab", Now: func() time.Time { return now },
				Cloud: redeliver.Cloud{Bus: onBus{c.rules}},
			}
			lines := logged(t, func() {
				_, _ = f.Handle(t.Context(), []byte(`{"triggerTime":"2026-11-28T12:00:00Z","triggerName":"minute","payload":""}`))
			})
			told := p.Alarming(project, "default-logs", lines)
			var names []string
			for name := range told {
				names = append(names, name)
			}
			assert.ElementsMatch(t, c.says, names, "%s", lines)
		})
	}
	p, m := installation(t, withLedger, alarmstest.Config{}, "pai-notify-redeliver")
	require.NoError(t, m.Create(t.Context()))
	assert.Contains(t, p.Alarming(project, "default-logs", nil), "pai-notify-overdue", "redeliver does not run")
}

func TestLinesOfFunctionsAlarm(t *testing.T) {
	const punctual = `{"msg":"redeliver","due":0,"overdue":0,"invoked":0,"given_up":0}`
	p, m := installation(t, withLedger, alarmstest.Config{}, "pai-notify-redeliver")
	require.NoError(t, m.Create(t.Context()))
	for line, name := range map[string]string{
		`{"level":"ERROR","msg":"notification given up","status":"failed","class":"permanent"}`: "pai-notify-dead",
		`{"level":"ERROR","msg":"notification","status":"failed","class":"unknown"}`:            "pai-notify-unknown",
		`{"level":"INFO","msg":"notification","status":"sent","unguarded":true}`:                "pai-notify-unguarded",
		`{"level":"ERROR","msg":"notification sent but not recorded","status":"sent"}`:          "pai-notify-unrecorded",
		`{"level":"INFO","msg":"notification","status":"sent","reason":"class of an unknown"}`:  "",
		`{"level":"INFO","msg":"notification","status":"failed","reason":"given up by others"}`: "",
	} {
		want := map[string]string{}
		if name != "" {
			want[name] = "pai-notify-ops"
		}
		assert.Equal(t, want, p.Alarming(project, "default-logs", []string{punctual, line}), line)
	}
	late := strings.Replace(punctual, `"due":0,"overdue":0`, `"due":5,"overdue":5`, 1)
	assert.Contains(t, p.Alarming(project, "default-logs", []string{late}), "pai-notify-overdue", "what is 0 besides counts for nothing")
}

func TestWithoutALedgerNothingIsOverdue(t *testing.T) {
	p, m := installation(t, nil, alarmstest.Config{}, "pai-notify-dingtalk")
	require.NoError(t, m.Create(t.Context()))
	assert.Equal(t, []string{"pai-notify-dead", "pai-notify-lost", "pai-notify-undelivered", "pai-notify-unknown"}, p.Names())
}

func TestBeforeTheFunctionsAreThereAlarmsWait(t *testing.T) {
	p, m := installation(t, nil, alarmstest.Config{})
	missing, err := m.Missing(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"all of pai-notify-*, when the functions are there"}, missing)
	assert.ErrorContains(t, m.Create(t.Context()), "deploy them first")
	assert.Empty(t, p.Names())
}

func TestWhatIsRefusedIsTold(t *testing.T) {
	for action, says := range map[string]string{"log:CreateAlert": "log:CreateAlert", "log:GetAlert": "log:GetAlert", "cms:PutResourceMetricRule": "cms:PutResourceMetricRule"} {
		_, m := installation(t, withLedger, alarmstest.Config{Denied: []string{action}}, "pai-notify-redeliver")
		err := m.Create(t.Context())
		assert.Equal(t, bus.Denied, bus.KindOf(err), "%v", err)
		assert.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), "secret")
	}
	for _, name := range []string{"", "ops", "Ops-of-the-lab", "1-ops-of-lab"} {
		_, err := alarms.OfAliyun(cloud.AliyunConfig{}, nil)(name, "")
		assert.ErrorContains(t, err, "5 to 60 small letters")
	}
}

type onBus struct {
	rules func(context.Context, string) ([]bus.Rule, error)
}

func (b onBus) ListRules(ctx context.Context, name string) ([]bus.Rule, error) {
	return b.rules(ctx, name)
}
func (onBus) ListTargets(context.Context, string, []string) (map[string][]bus.Target, error) {
	return nil, nil
}

// logged returns the lines that are logged while f runs.
func logged(t *testing.T, f func()) []string {
	t.Helper()
	before := slog.Default()
	defer slog.SetDefault(before)
	var log bytes.Buffer
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	f()
	return strings.Split(strings.TrimSpace(log.String()), "\n")
}

// alarmsAuthorize checks signatures as most services do.
func alarmsAuthorize(on *local.Account) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		_, _, err := on.Receive(w, r, func(local.Key) (int64, error) { return 1 << 20, nil })
		if err != nil {
			local.WriteError(w, local.NewRequestID(), err)
		}
		return err == nil
	}
}
