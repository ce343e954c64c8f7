package main

import (
	"encoding/json"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
)

// withLedger serves Tablestore with the account's key, and returns the reference of
// a ledger there.
func withLedger(t *testing.T, c tablestoretest.Config) (*tablestoretest.Peer, string) {
	t.Helper()
	c.Key, c.Secret = "LTAIuser", "userSecret"
	p := tablestoretest.New(c)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return p, "tablestore:" + server.URL + "/pai_notify"
}

func TestTheLedgerIsMadeBeforeTheRules(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	p, reference := withLedger(t, tablestoretest.Config{})
	r := a.run("", "plan", "--exit-code", "--ledger", reference)
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "+ ledger: table pai_notify with 3 indexes\n+ ledger: table pai_notify_control\n")
	assert.Empty(t, p.Tables(), "a plan makes nothing")

	var before []string
	first := func(action string) {
		if action == "CreateEventBus" || action == "CreateRule" {
			before = append(before, p.Tables()...)
			a.before.Store(nil)
		}
	}
	a.before.Store(&first)
	r = a.run("", "apply", "--yes", "--ledger", reference)
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.err, "Making the ledger.")
	assert.Len(t, before, 5, "all of it is there before the first rule")

	a.environment = append(a.environment, "PAI_NOTIFY_LEDGER="+reference)
	r = a.run("", "apply", "--yes")
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "Nothing to do")
	assert.NotContains(t, r.err, "ledger")

	p.Drop("pai_notify_control")
	r = a.run("", "plan", "--exit-code")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.out, "+ ledger: table pai_notify_control")
	assert.NotContains(t, r.out, "Nothing to do")
	r = a.run("", "apply", "--yes", "--json")
	require.Equal(t, 0, r.code, r.err)
	var said struct {
		Ledger  []string
		Applied bool
	}
	require.NoError(t, json.Unmarshal([]byte(r.out), &said))
	assert.Equal(t, []string{"table pai_notify_control"}, said.Ledger)
	assert.True(t, said.Applied)
	assert.Len(t, p.Tables(), 5)

	require.Equal(t, 0, a.run("", "delete", "--yes").code)
	assert.Len(t, p.Tables(), 5, "what happened stays known")
}

// TestAnInstanceIsMadeWithTheLedger has all services at one address, as the account
// of a stand-in has, and the reference that functions have.
func TestAnInstanceIsMadeWithTheLedger(t *testing.T) {
	a := newAliyunAccount(t, local.Options{})
	p := tablestoretest.New(tablestoretest.Config{Empty: true, Key: "LTAIuser", Secret: "userSecret"})
	target, err := url.Parse(a.flags[len(a.flags)-1])
	require.NoError(t, err)
	server := httptest.NewServer(p.Beside(httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(server.Close)
	a.flags[len(a.flags)-1] = server.URL
	a.environment = append(a.environment, "PAI_NOTIFY_LEDGER=tablestore:https://lab.cn-hangzhou.vpc.tablestore.aliyuncs.com/pai_notify")

	r := a.run("", "plan")
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "+ ledger: instance lab of Tablestore in cn-hangzhou, with the tables and indexes\n")
	r = a.run("", "apply", "--yes")
	require.Equal(t, 0, r.code, r.err)
	assert.Len(t, p.Tables(), 5)
	assert.Equal(t, 1, p.Calls()["CreateInstance"])
	r = a.run("", "apply", "--yes")
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "Nothing to do")
	assert.Equal(t, 1, p.Calls()["CreateInstance"])
}

func TestNoRuleIsMadeWithoutItsLedger(t *testing.T) {
	for name, c := range map[string]struct {
		config    tablestoretest.Config
		modes     tablestoretest.Modes
		reference string
		says      []string
	}{
		"may not be made": {config: tablestoretest.Config{Denied: []string{"CreateTable"}}, says: []string{"ots:CreateTable pai-notify/pai_notify", "OTSNoPermissionAccess", "pai-notify policy -w FILE --bus aliyun"}},
		"does not answer": {modes: tablestoretest.Modes{Down: true}, says: []string{"ots:DescribeTable", "HTTP 503"}},
		"is no ledger's":  {reference: "dynamodb:pai-notify", says: []string{"--ledger: tablestore: the reference of the ledger: it is written tablestore:ENDPOINT/TABLE"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAliyunAccount(t, local.Options{})
			p, reference := withLedger(t, c.config)
			p.Set(c.modes)
			if c.reference != "" {
				reference = c.reference
			}
			changed := func(action string) {
				assert.NotContains(t, []string{"CreateEventBus", "CreateRule", "UpdateTargets"}, action)
			}
			a.before.Store(&changed)
			r := a.run("", "apply", "--yes", "--ledger", reference)
			assert.Equal(t, 2, r.code)
			for _, says := range c.says {
				assert.Contains(t, r.err, says)
			}
			assert.NotContains(t, r.err, "userSecret")
		})
	}
}
