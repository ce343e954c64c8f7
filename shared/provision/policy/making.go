package policy

import (
	"cmp"
	"net/url"
	"strings"
)

// instanceActions let somebody make an instance of Tablestore. The documentation of
// the operations names no actions; the second is the one that policies of RAM knew
// before, and which of them is asked for has not been tried on an account.
var instanceActions = []string{"ots:GetInstance", "ots:InsertInstance", "ots:CreateInstance"}

// alarmActions let somebody make alarms. Neither service knows rights for a single
// alarm or project here (the documentation of each operation).
var alarmActions = []string{"log:GetAlert", "log:CreateAlert", "log:UpdateAlert", "cms:DescribeMetricRuleList", "cms:PutResourceMetricRule"}

// making lets whoever applies a document make the alarms and the ledger on Alibaba
// Cloud, where no deployment does.
func (p document) making(o Options) document {
	if o.Alarms {
		p.Statement = append(p.Statement, allow(alarmActions, []string{"*"}))
		if o.Ledger == "" { // with one, whoever applies may read redeliver for the history
			p.Statement = append(p.Statement, allow([]string{"fc:GetFunction"}, []string{"acs:fc:" + cmp.Or(o.Region, "*") + ":" + cmp.Or(o.Account, "*") + ":functions/" + FunctionName(o.Prefix, Redeliver)}))
		}
	}
	if o.Ledger == "" {
		return p
	}
	t, _ := o.tables(aliyun) // CheckLedger says whether they can be named
	u, err := url.Parse(strings.TrimPrefix(o.Ledger, "tablestore:"))
	if err != nil {
		return p
	}
	p.Statement = append(p.Statement,
		allow(instanceActions, []string{o.instance(u)}),
		allow([]string{"ots:DescribeTable", "ots:CreateTable", "ots:CreateIndex"}, append(t.rows, t.indexes...)),
	)
	return p
}
