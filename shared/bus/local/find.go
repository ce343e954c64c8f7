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

// Found is a page of a search.
type Found struct {
	// Notifications are those of the page, the newest events first, with what they
	// are about.
	Notifications []Notification
	// Next is the ID after which the next page begins; "" at the end.
	Next string
	// Looked is how many notifications were looked at, the newest ones, and Back when
	// the event of the last one was accepted, where there are more that could be
	// looked at; 0 where there are not.
	Looked int
	Back   time.Time
	// Ends are the states of all notifications that were found on this page and on
	// the following ones, as far as was looked.
	Ends []End
}

// End is the state of a notification, and when its event was accepted.
type End = store.End

// Search looks for a page of notifications. Where no index finds them, it looks at
// no more than most of the newest ones: the next page goes on from there. It has
// Ends when they are asked for, of as many at most.
func (b *Bus) Search(ctx context.Context, q Query, most int, ends bool) (Found, error) {
	var f Found
	asked, err := b.asked(ctx, q)
	if err != nil {
		return f, err
	}
	few, err := b.store.Few(ctx, asked, most)
	if err == nil && !few && q.selects() {
		asked.Down, err = b.store.Reach(ctx, asked, most)
	}
	if err != nil {
		return f, failed(err)
	}
	var page []store.Notification
	if asked.Limit = q.Limit + 1; ends {
		asked.Limit = most
		f.Ends, err = b.store.Ends(ctx, asked)
		var keys []store.Key
		for _, end := range f.Ends[:min(len(f.Ends), q.Limit+1)] { // they are looked for once
			keys = append(keys, end.Key)
		}
		if err == nil {
			page, err = b.store.Those(ctx, keys)
		}
	} else {
		page, err = b.store.Notifications(ctx, asked)
	}
	if err != nil {
		return f, failed(err)
	}
	f.Notifications = b.shown(page, q.Job)
	if asked.Down != (store.Key{}) {
		last, _, err := b.store.Notification(ctx, asked.Down)
		if err != nil {
			return f, failed(err)
		}
		f.Looked, f.Back, f.Next = most, last.Accepted, idOf(asked.Down)
	}
	if len(f.Notifications) > q.Limit {
		f.Notifications = f.Notifications[:q.Limit]
		f.Next = f.Notifications[q.Limit-1].ID
	}
	return f, b.sayAbout(ctx, f.Notifications)
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
