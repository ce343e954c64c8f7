package provision

import (
	"context"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

const (
	// A heartbeat is due each minute.
	heartbeatAge = 5 * time.Minute
	// overdueAfter is how long after its time something may still wait, and
	// overdueMost how many are counted.
	overdueAfter = 2 * time.Minute
	overdueMost  = 100
)

// records says which ledger a function keeps, and for which bus; "" for what it is
// not told.
type records struct{ ledger, bus string }

// recorded returns the findings about the ledger that the functions of the
// document record notifications in.
func (pr Provisioner) recorded(ctx context.Context, functions map[string]records) ([]Finding, *health.Report) {
	if pr.Cloud.Function == nil || !pr.Cloud.remote() {
		return nil, nil
	}
	f := Finding{Check: noLedgerAt.With(), Verdict: OK, Text: withoutLedger.With()}
	waker := policy.FunctionName(pr.Options.Prefix, policy.Redeliver)
	reference, served, err := pr.Cloud.Recorded(ctx, pr.Options.Prefix)
	gone := bus.KindOf(err) == bus.NotFound
	switch {
	case err != nil && !gone:
		f.Verdict, f.Text, f.Remedy = Unknown, answered.With("error", err.Error()), pr.Cloud.remedy(err)
		return []Finding{f}, nil
	case reference == "":
		var with []string
		named := ""
		for name, names := range functions {
			if names.ledger != "" {
				with, named = append(with, name), names.ledger
			}
		}
		slices.Sort(with)
		switch {
		case with == nil:
			if held := pr.held(); held != nil {
				f.Verdict, f.Text, f.Remedy = Missing, neverHeld.With("rules", held), haveLedger.With("variable", ledger.Variable)
			}
		case gone:
			f.Verdict, f.Text, f.Remedy = Missing, noWaker.With("function", waker, "functions", with), deployIt.With()
		default:
			f.Verdict, f.Text, f.Remedy = Missing, blindWaker.With("function", waker, "functions", with), sameSetting.With("variable", ledger.Variable, "value", named)
		}
		return []Finding{f}, nil
	}
	f.Check, f.Text = aLedger.With("ledger", reference), message.Statement{}
	var without, strays []string
	for name, names := range functions {
		switch {
		case names.ledger != reference:
			without = append(without, name)
		case names.bus != pr.Workspace.Bus() && (names.bus != "" || pr.Cloud.Name == AWS): // events of Alibaba Cloud name it
			strays = append(strays, name)
		}
	}
	slices.Sort(without)
	slices.Sort(strays)
	if strays != nil {
		f.Verdict, f.Text, f.Remedy = Missing, otherWaker.With("function", waker, "functions", strays), sameSetting.With("variable", deliver.BusVariable, "value", pr.Workspace.Bus())
	}
	if without != nil {
		f.Verdict, f.Text, f.Remedy = Missing, otherLedger.With("functions", without), sameSetting.With("variable", ledger.Variable, "value", reference)
	}
	if served != "" && served != pr.Workspace.Bus() {
		f.Verdict, f.Text, f.Remedy = Missing, otherBus.With("function", waker, "bus", served), sameBus.With("variable", deliver.BusVariable, "bus", pr.Workspace.Bus())
	}
	return pr.opened(ctx, f, reference)
}

// opened adds to the finding about a ledger, and says what it tells of the bus.
func (pr Provisioner) opened(ctx context.Context, f Finding, reference string) ([]Finding, *health.Report) {
	now := time.Now()
	l, err := pr.Cloud.OpenLedger(ctx, reference)
	var ran time.Time
	if err == nil {
		ran, err = health.Heartbeat(ctx, l, pr.Workspace.Bus())
	}
	var report health.Report
	if err == nil {
		report, err = health.Read(ctx, l, pr.Workspace.Bus(), now)
	}
	known := &report
	if bus.KindOf(err) == bus.Invalid { // a row of the history: what is due is told all the same
		f, known = pr.unread(f, err), nil
		err = nil
	}
	if err != nil {
		return []Finding{pr.unread(f, err)}, nil
	}
	if f.Verdict == OK {
		f.Text = ledgerCounts.With("waiting", report.Waiting, "dead", report.Dead)
		if report.Held > 0 {
			f.Text = ledgerHeld.With("counts", f.Text, "held", report.Held)
		}
		if report.More {
			f.Text = ledgerMore.With("counts", f.Text)
		}
	}
	waker := policy.FunctionName(pr.Options.Prefix, policy.Redeliver)
	beat := Finding{Check: aFunction.With("function", waker), Verdict: OK, Text: lastRan.With("at", moment(ran)), Since: ran}
	switch {
	case ran.IsZero():
		beat.Verdict, beat.Text, beat.Remedy = Missing, neverRan.With(), wakeIt.With("function", waker)
	case now.Sub(ran) > heartbeatAge:
		beat.Verdict, beat.Remedy = Missing, wakeIt.With("function", waker)
	}
	findings := append([]Finding{f, beat, pr.overdue(ctx, l, now)}, pr.muted(ctx, l.Update)...)
	return append(findings, pr.reported(report, now)...), known
}

// unread is the finding about a ledger that cannot be read.
func (pr Provisioner) unread(f Finding, err error) Finding {
	f.Verdict, f.Text, f.Remedy = Unknown, answered.With("error", err.Error()), pr.Cloud.remedy(err)
	switch bus.KindOf(err) {
	case bus.NotFound:
		f.Verdict, f.Text, f.Remedy = Missing, noTable.With("error", err.Error()), makeTable.With("ledger", f.Check.Arguments["ledger"])
	case bus.Invalid:
		f.Remedy = newerLedger.With()
	}
	return f
}

func (pr Provisioner) overdue(ctx context.Context, l *ledger.Ledger, now time.Time) Finding {
	f := Finding{Check: theOverdue.With(), Verdict: OK, Text: noneOverdue.With()}
	list, err := l.Due(ctx, pr.Workspace.Bus(), now.Add(-overdueAfter), overdueMost)
	switch {
	case err != nil:
		return pr.unread(f, err)
	case slices.ContainsFunc(list, unreadable):
		var rows []string
		for _, e := range list {
			if unreadable(e) {
				rows = append(rows, e.ID)
			}
		}
		f.Verdict, f.Text, f.Remedy = Missing, someUnreadable.With("count", len(list), "unreadable", len(rows), "rows", rows[:min(len(rows), 5)]), newerLedger.With()
	case len(list) > 0:
		f.Verdict, f.Text, f.Since = Missing, someOverdue.With("count", len(list), "since", moment(list[0].Due)), list[0].Due
		f.Remedy = seeLog.With("function", policy.FunctionName(pr.Options.Prefix, policy.Redeliver))
	}
	return f
}

func unreadable(e ledger.Entry) bool { return e.State == ledger.Unreadable }
