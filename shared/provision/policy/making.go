package policy

import (
	"net/url"
	"strings"
)

// instanceActions let somebody make an instance of Tablestore. The documentation of
// the operations names no actions; the second is the one that policies of RAM knew
// before, and which of them is asked for has not been tried on an account.
var instanceActions = []string{"ots:GetInstance", "ots:InsertInstance", "ots:CreateInstance"}

// making lets whoever applies a document make the ledger on Alibaba Cloud, where no
// deployment does.
func (p document) making(o Options) document {
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
