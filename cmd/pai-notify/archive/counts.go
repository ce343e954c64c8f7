package archive

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// CountMost is how many notifications of a stretch of time are counted, the newest:
// a ledger counts by reading.
const CountMost = 10_000

// pageOfCount is how many rows one call is asked for.
const pageOfCount = 500

// Counts returns the numbers of notifications since a time by rule and receiver, at
// most of the newest [CountMost].
func (a *Archive) Counts(ctx context.Context, since time.Time) ([]local.RuleCount, error) {
	var list []local.RuleCount
	at := map[[2]string]int{}
	err := a.each(ctx, ledger.Query{From: since}, func(e ledger.Entry) {
		rule, receiver := cmp.Or(e.RuleName, e.Rule), receiverOf(e)
		i, ok := at[[2]string{rule, receiver}]
		if !ok {
			i = len(list)
			at[[2]string{rule, receiver}] = i
			list = append(list, local.RuleCount{Bus: e.Bus, Rule: rule, Receiver: receiver, States: map[local.State]int{}, Last: map[local.State]time.Time{}})
		}
		state := states[e.State]
		list[i].States[state]++
		if e.Created.After(list[i].Last[state]) {
			list[i].Last[state] = e.Created
		}
	})
	slices.SortFunc(list, func(a, b local.RuleCount) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Receiver, b.Receiver))
	})
	return list, err
}

// Buckets counts the notifications from since until until in intervals of width,
// at most the newest [CountMost]. Intervals without any are left out.
func (a *Archive) Buckets(ctx context.Context, since, until time.Time, width time.Duration) ([]local.Bucket, error) {
	counts := map[int64]map[local.State]int{}
	err := a.each(ctx, ledger.Query{From: since, To: until}, func(e ledger.Entry) {
		i := int64(e.Created.Sub(since) / width)
		if counts[i] == nil {
			counts[i] = map[local.State]int{}
		}
		counts[i][states[e.State]]++
	})
	var list []local.Bucket
	for i, states := range counts {
		list = append(list, local.Bucket{From: since.Add(time.Duration(i) * width), States: states})
	}
	slices.SortFunc(list, func(a, b local.Bucket) int { return a.From.Compare(b.From) })
	return list, err
}

// each calls for the newest rows that a query wants.
func (a *Archive) each(ctx context.Context, q ledger.Query, each func(ledger.Entry)) error {
	q.Bus = a.bus
	for left := CountMost; left > 0; {
		q.Limit = min(left, pageOfCount)
		page, err := a.ledger.List(ctx, q)
		if err != nil {
			return a.cloud.Explain(err)
		}
		for _, e := range page.Entries {
			each(e)
		}
		left -= len(page.Entries)
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
	return nil
}
