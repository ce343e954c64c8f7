package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/bus/local/account"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud/alarms/alarmstest"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// withAlarms serves what keeps alarms at the account's address.
func withAlarms(t *testing.T, a *aliyunAccount, c alarmstest.Config) *alarmstest.Peer {
	t.Helper()
	c.Key, c.Secret = "LTAIuser", "userSecret"
	c.Authorize = func(w http.ResponseWriter, r *http.Request) bool {
		_, _, err := a.account.Receive(w, r, func(account.Key) (int64, error) { return 1 << 20, nil })
		if err != nil {
			account.WriteError(w, account.NewRequestID(), err)
		}
		return err == nil
	}
	p := alarmstest.New(c)
	target, err := url.Parse(a.flags[len(a.flags)-1])
	require.NoError(t, err)
	server := httptest.NewServer(p.Beside(httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(server.Close)
	a.flags[len(a.flags)-1] = server.URL
	a.change(func(of *account.Account) {
		of.Functions, of.LogProject, of.LogStore = []string{"pai-notify-dingtalk"}, "serverless-lab", "default-logs"
	})
	return p
}

func TestAlarmsAreMadeWithTheRules(t *testing.T) {
	a := newAliyunAccount(t, local.Options{}, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register(), Least: true, Bus: "pai-system-lab", Alarms: true}))
	p := withAlarms(t, a, alarmstest.Config{})
	a.environment = append(a.environment, "PAI_NOTIFY_DEAD_LETTER=acs:mns:local:"+a.account.Number()+":/queues/undelivered")
	r := a.run("", "plan", "--alarms", "pai-notify-ops")
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "+ alarm: pai-notify-dead\n+ alarm: pai-notify-unknown\n+ alarm: pai-notify-lost\n+ alarm: pai-notify-undelivered\n")
	assert.Empty(t, p.Names(), "a plan makes nothing")
	before := p.Calls()
	require.Equal(t, 0, a.run("", "apply", "--yes").code)
	assert.Equal(t, before, p.Calls(), "nobody asked for alarms")

	a.environment = append(a.environment, "PAI_NOTIFY_ALARMS=pai-notify-ops")
	r = a.run("", "status")
	assert.Contains(t, r.out, "missing or changed: pai-notify-dead, pai-notify-unknown, pai-notify-lost, pai-notify-undelivered")
	assert.Contains(t, r.out, "run apply with --alarms pai-notify-ops")
	r = a.run("", "apply", "--yes")
	require.Equal(t, 0, r.code, r.err)
	assert.Len(t, p.Names(), 4)
	r = a.run("", "apply", "--yes")
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "Nothing to do")
	assert.Contains(t, a.run("", "status").out, "they notify pai-notify-ops")

	p.Drop("pai-notify-dead")
	assert.Equal(t, 1, a.run("", "plan", "--exit-code").code)
	r = a.run("", "apply", "--yes", "--alarms", "somebody-else")
	require.Equal(t, 0, r.code, r.err)
	assert.Equal(t, "somebody-else", p.Alarming("serverless-lab", "default-logs", []string{"notification given up"})["pai-notify-dead"])
	require.Equal(t, 0, a.run("", "delete", "--yes").code)
	assert.Len(t, p.Names(), 4, "nothing removes alarms")
}

func TestRulesDoNotWaitForAlarms(t *testing.T) {
	for _, denied := range []string{"log:CreateAlert", "log:GetAlert"} {
		a := newAliyunAccount(t, local.Options{}, policy.Provision(provision.Aliyun, policy.Options{Types: functions.Register(), Least: true, Bus: "pai-system-lab", Alarms: true}))
		withAlarms(t, a, alarmstest.Config{Denied: []string{denied}})
		r := a.run("", "apply", "--yes", "--alarms", "pai-notify-ops")
		assert.Equal(t, 2, r.code)
		assert.Contains(t, r.err, denied+" serverless-lab/pai-notify-dead")
		assert.Contains(t, r.err, "pai-notify policy -w FILE --bus aliyun --alarms NAME")
		assert.NotContains(t, r.err, "userSecret")
		assert.Contains(t, a.run("", "plan").out, "Nothing to do", "the rules are there")
	}
	a := newAliyunAccount(t, local.Options{})
	r := a.run("", "plan", "--alarms", "ops")
	assert.Equal(t, 2, r.code)
	assert.Contains(t, r.err, `--alarms: "ops" cannot be the name`)
}
