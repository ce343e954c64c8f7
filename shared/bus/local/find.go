package local

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local/store"
)

// longestPage is the most notifications on a page of the history.
const longestPage = 1000

// Search looks for a page of notifications, those of the newest events first, with
// what they are about. Where no index finds them, it looks at no more than most of the
// newest ones. The next page begins after next; it is "" at the end. If there are more
// that could be looked at, back is when the event of the last one was accepted, and 0
// if there are not. If counted, ends are all that were found on this page and on the
// following ones, as far as was looked, of which only Accepted and State are told.
func (b *Bus) Search(ctx context.Context, q Query, most int, counted bool) (page, ends []Notification, next string, back time.Time, err error) {
	page, ends, next, back, err = b.search(ctx, q, most, counted)
	return page, ends, next, back, failed(err)
}

func (b *Bus) search(ctx context.Context, q Query, most int, counted bool) (page, ends []Notification, next string, back time.Time, err error) {
	asked, err := b.asked(ctx, q)
	if err != nil {
		return nil, nil, "", back, err
	}
	few, err := b.store.Few(ctx, asked, most)
	if err == nil && !few && q.selects() {
		asked.Down, err = b.store.Reach(ctx, asked, most)
	}
	if err != nil {
		return nil, nil, "", back, err
	}
	var found []store.Notification
	if asked.Limit = q.Limit + 1; counted {
		asked.Limit = most
		found, ends, err = b.counted(ctx, asked, q.Limit+1)
	} else {
		found, err = b.store.Notifications(ctx, asked)
	}
	if err != nil {
		return nil, nil, "", back, err
	}
	if asked.Down != (store.Key{}) {
		last, _, err := b.store.Notification(ctx, asked.Down)
		if err != nil {
			return nil, nil, "", back, err
		}
		back, next = last.Accepted, idOf(asked.Down)
	}
	if page = b.shown(found, q.Job); len(page) > q.Limit {
		page = page[:q.Limit]
		next = page[q.Limit-1].ID
	}
	return page, ends, next, back, b.sayAbout(ctx, page)
}

// counted returns the first notifications that a query selects, and how all ended.
func (b *Bus) counted(ctx context.Context, asked store.Query, first int) (found []store.Notification, ends []Notification, err error) {
	all, err := b.store.Ends(ctx, asked)
	var keys []store.Key
	for i, end := range all {
		ends = append(ends, Notification{Accepted: end.Accepted, State: end.State})
		if i < first { // they are looked for once
			keys = append(keys, end.Key)
		}
	}
	if err == nil {
		found, err = b.store.Those(ctx, keys)
	}
	return found, ends, err
}

// selects tells whether there may be notifications of the time that are not wanted.
func (q Query) selects() bool {
	return q.Rule+q.Target+q.EventType+q.EventID+q.Job+q.About+q.Receiver != "" || len(q.States)+len(q.Words)+len(q.Named) > 0
}

// sayAbout says of notifications what they are about.
func (b *Bus) sayAbout(ctx context.Context, list []Notification) error {
	if b.options.Job == nil {
		return nil
	}
	events := make([]any, len(list))
	for i, n := range list {
		k, err := parseID(n.ID)
		if err != nil {
			return err
		}
		events[i] = k.Event
	}
	bodies, err := b.store.Texts(ctx, events)
	for i := range list {
		if body, found := bodies[events[i].(int64)]; found {
			list[i].Job, list[i].JobName = b.options.Job(body)
		}
	}
	return failed(err)
}

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
