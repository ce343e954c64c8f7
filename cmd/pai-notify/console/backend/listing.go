package backend

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// DocumentRule is the rule of the document that a rule on the bus belongs to:
// siblings of one differ by a suffix that no document's name can hold.
func DocumentRule(onBus string) string {
	name, _, _ := strings.Cut(onBus, "--")
	return name
}

// listing keeps what stands on the bus for a moment: a cloud is not asked for
// each page.
type listing struct {
	mu   sync.Mutex
	at   time.Time
	list []provision.ListedRule
	err  error
}

// forget has the bus asked again: it has changed.
func (l *listing) forget() {
	l.mu.Lock()
	l.at = time.Time{}
	l.mu.Unlock()
}

// listingAge is how long what stands on the bus is taken for what stands there.
const listingAge = 15 * time.Second

// Listed reads the bus again when what was read is too old.
func (b *Backend) Listed(ctx context.Context, s *State) ([]provision.ListedRule, error) {
	b.listing.mu.Lock()
	defer b.listing.mu.Unlock()
	if now := b.Now(); b.listing.at.IsZero() || now.Sub(b.listing.at) > listingAge {
		ctx, cancel := context.WithTimeout(ctx, LookTimeout)
		defer cancel()
		b.listing.list, b.listing.err = b.Provisioner(s.Workspace).List(ctx)
		b.listing.at = now
	}
	return b.listing.list, b.listing.err
}

// Foreign returns the rules on the bus that are not this document's, or why
// they are not known, and whether that is because the account is not set up.
func (b *Backend) Foreign(ctx context.Context, s *State) (list []provision.ListedRule, unknown string, notSetUp bool) {
	found, err := b.Listed(ctx, s)
	switch {
	case bus.KindOf(err) == bus.NotActivated:
		return nil, "", true
	case err != nil:
		return nil, b.Options.Cloud.Explained(err), false
	}
	for _, one := range found {
		if !one.Ours {
			list = append(list, one)
		}
	}
	return list, "", false
}
