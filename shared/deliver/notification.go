package deliver

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/pai-notify/pai-notify/shared/event"
)

// notificationID is the same whenever the same event is sent for the same rule to
// the same target. A source and an id together name an event (CloudEvents 1.0,
// "id"). The rules of two owners may have one key. It has 32 hexadecimal digits.
func notificationID(e event.Event, rule event.Rule, target string) string {
	parts := []string{e.Source(), e.ID(), rule.Key(), target}
	if rule.Owner != "" { // before rules had owners, there was one
		parts = append(parts, rule.Owner)
	}
	return digestOf(parts...)
}

// id is what others find it by who are told that it speaks for them, and what is asked
// for to know what became of it.
func (n *notification) id() string { return cmp.Or(n.given.ID, n.outcome.Notification) }

// creatorsOf returns the accounts that created what a message is about, each once. That
// of a failure which nobody was told of before it recovered is none of them.
func creatorsOf(together []*notification) (accounts []string) {
	for _, n := range together {
		if n.creator != "" && n.meanwhile == nil && !slices.Contains(accounts, n.creator) {
			accounts = append(accounts, n.creator)
		}
	}
	return accounts
}

// told identifies the event of a notification.
func (n *notification) told() [2]string { return [2]string{n.event.Source(), n.event.ID()} }

// digestID is the same whenever the same notifications become one message, in any
// order.
func digestID(together []*notification) string {
	var ids []string
	for _, n := range together {
		ids = append(ids, n.outcome.Notification)
	}
	slices.Sort(ids)
	return digestOf(ids...)
}

func digestOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
