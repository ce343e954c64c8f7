// Package alarms makes the alarms of an installation on Alibaba Cloud, which no
// deployment tool makes there: those that need a person to act. It is apart from the
// accounts, because a function makes none.
package alarms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/account"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// Open returns the alarms of the functions with a prefix, which tell a contact group
// of CloudMonitor and an action policy of Simple Log Service, both of one name. It
// makes no call.
type Open func(to, prefix string) (ledger.Maker, error)

// OfAliyun opens the alarms of an account, whose id the configuration has, for
// functions of target types.
func OfAliyun(c cloud.AliyunConfig, types []string) Open {
	return func(to, prefix string) (ledger.Maker, error) {
		if err := checkName(to); err != nil {
			return nil, err
		}
		client, err := account.New(account.Place{Region: c.Region, Endpoint: c.Endpoint, Credentials: c.Credentials}.Config())
		if err != nil {
			return nil, err
		}
		a := &onAliyun{client: client, region: c.Region, account: c.Account, to: to, prefix: cmp.Or(prefix, policy.DefaultPrefix)}
		for _, typ := range append([]string{policy.Redeliver}, types...) {
			a.functions = append(a.functions, policy.FunctionName(prefix, typ))
		}
		_, a.queue, _ = strings.Cut(c.DeadLetter, ":/queues/")
		return a, nil
	}
}

// checkName checks the rules that both kinds of names keep.
func checkName(to string) error {
	if len(to) < 5 || len(to) > 60 || strings.Trim(to, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || to[0] < 'a' || to[0] > 'z' {
		return fmt.Errorf("%q cannot be the name of an action policy: it has 5 to 60 small letters, digits and any of -_. and begins with a letter", to)
	}
	return nil
}

type onAliyun struct {
	client            *account.Client
	region, account   string
	to, prefix, queue string
	functions         []string // redeliver is the first
}

// Missing returns the alarms that are not there, or not as they would be made. Before
// the functions are there, nobody knows in which log to look.
func (a *onAliyun) Missing(ctx context.Context) ([]string, error) {
	logs, metrics, err := a.differing(ctx)
	if errors.Is(err, errNoFunctions) {
		return []string{"all of " + a.prefix + "*, when the functions are there"}, nil
	}
	var list []string
	for _, l := range logs {
		list = append(list, l.Name)
	}
	for _, m := range metrics {
		list = append(list, m.ID)
	}
	return list, err
}

// Create makes the alarms that are not there, and changes those that differ.
func (a *onAliyun) Create(ctx context.Context) error {
	logs, metrics, err := a.differing(ctx)
	if err != nil {
		return err
	}
	for _, l := range logs {
		if err := a.client.PutLogAlert(ctx, l); err != nil {
			return err
		}
	}
	for _, m := range metrics {
		if err := a.client.PutMetricRule(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// differing returns the alarms that are not there as they would be made.
func (a *onAliyun) differing(ctx context.Context) (logs []account.LogAlert, metrics []account.MetricRule, err error) {
	project, store, withLedger, err := a.log(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, want := range a.inLog(project, store, withLedger) {
		have, err := a.client.LogAlert(ctx, project, want.Name)
		if err != nil && bus.KindOf(err) != bus.NotFound {
			return nil, nil, err
		}
		if err != nil || have != want {
			logs = append(logs, want)
		}
	}
	wanted := a.ofMetrics()
	var ids []string
	for _, want := range wanted {
		ids = append(ids, want.ID)
	}
	have, err := a.client.MetricRules(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, want := range wanted {
		same := false
		for _, h := range have {
			same = same || want.Same(h)
		}
		if !same {
			metrics = append(metrics, want)
		}
	}
	return logs, metrics, nil
}

// log returns the log of the functions, which is one for all of an installation, and
// whether they have a ledger.
func (a *onAliyun) log(ctx context.Context) (project, store string, withLedger bool, err error) {
	for _, f := range a.functions {
		if project, store, err = a.client.Log(ctx, a.account, f); bus.KindOf(err) == bus.NotFound {
			continue
		}
		if err == nil && (project == "" || store == "") {
			err = fmt.Errorf("the function %s writes no log, in which alarms could look: set logConfig and deploy it", f)
		}
		if err != nil {
			return "", "", false, err
		}
		set, err := a.client.Function(ctx, a.account, f, ledger.Variable)
		return project, store, set[ledger.Variable] != "", err
	}
	return "", "", false, errNoFunctions
}

var errNoFunctions = errors.New("there are no functions whose log alarms could look into: deploy them first")
