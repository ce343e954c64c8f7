package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

func (t *cloudRun) rows(ctx context.Context) (list []ledger.Entry, err error) {
	q := ledger.Query{Bus: busName, Limit: 500}
	for {
		p, err := t.sure.List(ctx, q)
		if err != nil {
			return nil, err
		}
		list = append(list, p.Entries...)
		if q.After = p.Next; q.After == "" {
			return list, nil
		}
	}
}

// judgeCloud counts what must not be, and what may.
func (t *cloudRun) judgeCloud(ctx context.Context) error {
	rows, err := t.rows(ctx)
	if err != nil {
		return err
	}
	type one struct{ job, typ string }
	took, unsaid := map[one]int{}, map[string]bool{}
	t.receivers.mu.Lock()
	for _, m := range t.receivers.took {
		typ := map[string]string{"robot": "dingtalk", "phone": "sms"}[m.kind]
		for _, job := range m.events {
			took[one{job, typ}]++
			unsaid[job] = unsaid[job] || m.unsaid
		}
	}
	t.receivers.mu.Unlock()
	states, known := map[string]int{}, map[one]ledger.Entry{}
	for _, e := range rows {
		known[one{e.EventID, e.Type}] = e
		states[e.Type+" "+string(e.State)]++
	}
	t.instances.mu.Lock()
	defer t.instances.mu.Unlock()
	var lost, falselySent, textsDoubled, unclaimed, unexplained int // what must not be
	var chatDoubled, died, unguarded, receivers, unrecorded int     // what may
	complain := func(count *int, format string, args ...any) {
		if *count++; *count <= 10 {
			fmt.Printf(format+"\n", args...)
		}
	}
	for _, job := range t.posted {
		for _, typ := range []string{"dingtalk", "sms"} {
			who := one{job, typ}
			e, n := known[who], took[who]
			switch {
			case e.State == ledger.Sent && n == 0:
				complain(&falselySent, "reported as sent and not taken: %+v", e)
			case n == 0 && e.State != ledger.Dead && e.State != ledger.Unknown:
				complain(&lost, "lost: %s for %s, whose row is %+v\n%s", job, typ, e, t.history(job))
			case e.State == ledger.Claimed || e.State == ledger.Waiting:
				complain(&lost, "never ended: %s for %s: %+v", job, typ, e)
			case e.Step == 0 || e.State == ledger.Unknown && typ != "sms":
				unrecorded++
			}
			if typ == "sms" && n > 0 && (e.Step == 0 || e.Outcome.Unguarded) {
				complain(&unclaimed, "a text taken without the ledger: %s\n%s", job, t.history(job))
			}
			switch {
			case n < 2:
			case typ == "sms":
				complain(&textsDoubled, "a text taken %d times: %s, a process died: %v, its row: %s %s, step %d\n%s",
					n, job, t.instances.cut[job], e.State, e.Because, e.Step, t.history(job))
			default:
				chatDoubled++
				switch {
				case t.instances.cut[job]:
					died++
				case t.instances.marked[job]:
					unguarded++
				case unsaid[job]:
					receivers++
				default:
					complain(&unexplained, "a chat message taken %d times without a cause: %+v", n, e)
				}
			}
		}
	}
	fmt.Printf("receivers: %s\nledger: %s\n", t.receivers.summary(), t.bad.summary())
	fmt.Printf("platform: %d processes started, %d killed in an invocation, %d invocations cut off, %d events twice, %d invocations failed, %d failure records\n",
		t.instances.starts, t.instances.kills, t.instances.cuts, t.twice.Load(), t.repeats.Load(), t.records.Load())
	fmt.Printf("ended as: %v, %d taken that no ledger calls sent\n", states, unrecorded)
	fmt.Printf("chat messages taken twice: %d, of which %d after a process had died, %d sent or not recorded while the ledger did not answer, %d that the receiver took and did not say so\n",
		chatDoubled, died, unguarded, receivers)
	fmt.Printf("lost: %d · falsely sent: %d · texts doubled: %d · texts taken without the ledger: %d · chat doubled without a cause: %d\n\n", lost, falselySent, textsDoubled, unclaimed, unexplained)
	if lost+falselySent+textsDoubled+unclaimed+unexplained > 0 {
		return errors.New("the functions did not keep their word on " + strings.ToUpper(string(t.platform)))
	}
	return nil
}

// history is what is known of a job, in the order in which it came.
func (t *cloudRun) history(job string) string {
	list := slices.Clone(t.instances.lines[job])
	t.receivers.mu.Lock()
	defer t.receivers.mu.Unlock()
	for _, m := range t.receivers.took {
		if slices.Contains(m.events, job) {
			list = append(list, m.at.Format("15:04:05.000")+" taken: "+m.kind)
		}
	}
	slices.Sort(list)
	return "  " + strings.Join(list, "\n  ")
}
