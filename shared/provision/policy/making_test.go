package policy_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/ledger"
	store "github.com/pai-notify/pai-notify/shared/ledger/tablestore"
	"github.com/pai-notify/pai-notify/shared/ledger/tablestore/tablestoretest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// TestWhoAppliesADocumentMayMakeItsLedger compares what the policy allows with the
// calls that making and reading a ledger takes.
func TestWhoAppliesADocumentMayMakeItsLedger(t *testing.T) {
	o := policy.Options{Types: functions.Register(), Region: "cn-hangzhou", Account: "123456789012", Bus: "pai-system-lab", Least: true, Ledger: "tablestore:https://Lab.cn-hangzhou.vpc.tablestore.aliyuncs.com/lab_job"}
	may := allowed(t, policy.Provision(provision.Aliyun, o))

	p := tablestoretest.New(tablestoretest.Config{})
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	r, err := store.Parse("tablestore:" + server.URL + "/lab_job")
	require.NoError(t, err)
	s := store.New(store.Config{Reference: r, Key: func(context.Context) (store.Key, error) { return store.Key{ID: "id", Secret: "secret"}, nil }})
	require.NoError(t, s.Create(t.Context()))
	p.DropIndex("lab_job_job")
	require.NoError(t, s.Create(t.Context()))
	require.NoError(t, s.Put(t.Context(), ledger.Entry{ID: "a", Bus: "b", State: ledger.Dead, Step: 1}))
	_, err = s.List(t.Context(), ledger.Query{Bus: "b"})
	require.NoError(t, err)
	for operation := range p.Calls() {
		assert.Contains(t, may, "ots:"+operation)
	}
	const table = "acs:ots:cn-hangzhou:123456789012:instance/lab/table/lab_job"
	assert.Equal(t, []string{table, table + "_control", table + "_open", table + "_time", table + "_job"}, may["ots:CreateTable"])
	assert.Equal(t, []string{"acs:ots:cn-hangzhou:123456789012:instance/lab"}, may["ots:CreateInstance"])
	for _, action := range []string{"ots:DeleteTable", "ots:DeleteRow", "ots:UpdateRow", "ots:DeleteInstance", "ots:*"} {
		assert.NotContains(t, may, action)
	}
	o.Alarms = true
	may = allowed(t, policy.Provision(provision.Aliyun, o))
	assert.Equal(t, []string{"*"}, may["log:CreateAlert"])
	assert.Equal(t, []string{"*"}, may["cms:PutResourceMetricRule"])
	assert.NotContains(t, may, "cms:DeleteMetricRules")
	o.Ledger, o.Alarms = "", false
	for action := range allowed(t, policy.Provision(provision.Aliyun, o)) {
		assert.NotContains(t, action, "ots:")
		assert.NotContains(t, action, "log:")
		assert.NotContains(t, action, "cms:")
	}
}

// allowed returns the resources of a policy, by action.
func allowed(t *testing.T, text string) map[string][]string {
	t.Helper()
	var p struct {
		Statement []struct{ Action, Resource []string }
	}
	require.NoError(t, json.Unmarshal([]byte(text), &p))
	may := map[string][]string{}
	for _, s := range p.Statement {
		for _, a := range s.Action {
			may[a] = append(may[a], s.Resource...)
		}
	}
	return may
}
