package policy

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
)

// tables are the ARNs of what a ledger consists of.
type tables struct{ rows, indexes []string }

// rows lets a role read and write rows whose keys it knows.
func (o Options) rows(cloud string) statement {
	t, _ := o.tables(cloud) // CheckLedger says whether they can be named
	if cloud == aws {
		return allow([]string{"dynamodb:GetItem", "dynamodb:PutItem"}, t.rows)
	}
	return allow([]string{"ots:GetRow", "ots:PutRow"}, t.rows)
}

// searches lets a role look for rows besides, in the indexes.
func (o Options) searches(cloud string) statement {
	t, _ := o.tables(cloud)
	s := o.rows(cloud)
	if cloud == aws {
		s.Action = append(s.Action, "dynamodb:BatchGetItem", "dynamodb:Query")
	} else {
		s.Action = append(s.Action, "ots:BatchGetRow", "ots:GetRange")
	}
	s.Resource = append(s.Resource, t.indexes...)
	return s
}

// CheckLedger fails unless the ledger can be one in the cloud, or there is none.
func (o Options) CheckLedger(cloud string) error {
	_, err := o.tables(cloud)
	return err
}

// tables names what the ledger of a cloud consists of; nothing without a ledger.
func (o Options) tables(cloud string) (tables, error) {
	if o.Ledger == "" {
		return tables{}, nil
	}
	const never = "/*?: "
	if cloud == aws {
		name, ok := strings.CutPrefix(o.Ledger, "dynamodb:")
		if !ok || name == "" || strings.ContainsAny(name, never) {
			return tables{}, errors.New("policy: the ledger on AWS is written dynamodb:TABLE")
		}
		table := o.ARNs("dynamodb") + "table/" + name
		return tables{rows: []string{table}, indexes: []string{table + "/index/*"}}, nil
	}
	address, ok := strings.CutPrefix(o.Ledger, "tablestore:")
	u, err := url.Parse(address)
	if ok = ok && err == nil; ok {
		name, instance := strings.Trim(u.Path, "/"), strings.Split(u.Hostname(), ".")[0]
		if ok = instance != "" && name != "" && !strings.ContainsAny(u.Hostname()+name, never); ok {
			table := o.instance(u) + "/table/" + name
			// The names of an index of Tablestore are those of tables.
			return tables{rows: []string{table, table + "_control"}, indexes: []string{table + "_open", table + "_time", table + "_job"}}, nil
		}
	}
	return tables{}, errors.New("policy: the ledger on Alibaba Cloud is written tablestore:ENDPOINT/TABLE, such as tablestore:https://pai-notify.cn-hangzhou.vpc.tablestore.aliyuncs.com/pai_notify")
}

// instance returns the ARN of the instance of Tablestore at an address, whose region
// need not be that of the bus.
func (o Options) instance(address *url.URL) string {
	region, labels := cmp.Or(o.Region, "*"), strings.Split(strings.ToLower(address.Hostname()), ".")
	if len(labels) > 3 {
		region = labels[1]
	}
	return "acs:ots:" + region + ":" + cmp.Or(o.Account, "*") + ":instance/" + labels[0]
}
