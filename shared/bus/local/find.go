package local

import (
	"context"
	"slices"
	"strings"
)

// longestPage is the most notifications on a page of the history.
const longestPage = 1000

// Find reads a history page by page through history, such as [Bus.History]. It
// returns at most limit notifications that q selects and keep accepts, those of
// the newest events first. A limit of 0 means all, and a nil keep accepts all.
func (q Query) Find(ctx context.Context, history func(context.Context, Query) ([]Notification, error), limit int, keep func(Notification) bool) ([]Notification, error) {
	q.Limit = longestPage
	if keep == nil && limit > 0 {
		q.Limit = min(limit, longestPage)
	}
	list := []Notification{}
	for {
		page, err := history(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, n := range page {
			if keep != nil && !keep(n) {
				continue
			}
			list = append(list, n)
			if len(list) == limit {
				return list, nil
			}
		}
		if len(page) < q.Limit {
			return list, nil
		}
		q.After = page[len(page)-1].ID
	}
}

// For reports whether the notification is for a target, named as <type>/<name>, by
// its type or its name alone, or by its id on the bus if that is all that is
// known.
func (n Notification) For(target string) bool {
	typ, name, known := strings.Cut(n.Receiver, "/")
	if !known {
		_, wanted, whole := strings.Cut(target, "/")
		return target == n.Target || whole && wanted == n.Target
	}
	return slices.Contains([]string{n.Receiver, typ, name, n.Target}, target)
}
