package secretstore

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"golang.org/x/sync/singleflight"
)

const (
	// lifetime is how long a value is used before it is read again: so long does a
	// rotation take to reach every instance.
	lifetime = 5 * time.Minute
	// grace is how long after it was read a value is still used while the store
	// does not answer. Outages of a store are shorter, and one who has taken a
	// secret away should not find it in use for longer.
	grace = time.Hour
	// pause is how long a failure counts before the store is asked again, so that
	// a burst of notifications asks once. One that may pass, with no value to go
	// on with, counts only for breath; what was read within it is as good as new.
	pause  = 10 * time.Second
	breath = time.Second
	// patience is how long one reading may take: a function has half a minute in
	// all.
	patience = 5 * time.Second
	// many is how many secrets one instance remembers: whoever may name them by a
	// pattern must not be able to fill its memory.
	many = 256
)

// cache remembers what a store answered. Those who want the same secret at the
// same time wait for one reading.
type cache struct {
	scheme string
	read   func(ctx context.Context, name string) (string, error)
	now    func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	known map[string]answer
}

// answer is what is known of one secret.
type answer struct {
	value string
	// read is when the value was; the zero time when there is none.
	read time.Time
	// err is why the last reading failed, and failed when that was.
	err    error
	failed time.Time
}

// cached returns a store that reads by read, whose errors are final as
// [secret.Store] has it.
func cached(scheme string, now func() time.Time, read func(ctx context.Context, name string) (string, error)) secret.Store {
	c := &cache{scheme: scheme, read: read, now: now, known: map[string]answer{}}
	return c.get
}

func (c *cache) get(ctx context.Context, name string) (string, error) {
	if value, err, ok := c.remembered(name, secret.WantsFresh(ctx)); ok {
		return value, err
	}
	done := c.flight.DoChan(name, func() (any, error) {
		if value, err, ok := c.remembered(name, true); ok { // by a reading that has just ended
			return value, err
		}
		// Others wait for it too, longer than this caller may.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		value, err := c.read(ctx, name)
		return c.keep(ctx, name, value, err)
	})
	select {
	case r := <-done:
		return r.Val.(string), r.Err //nolint:forcetypeassert // what the function above returns
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// remembered returns what can be answered without the store: a value that is
// young enough, or what follows of a failure that has just been.
func (c *cache) remembered(name string, fresh bool) (value string, err error, ok bool) { //nolint:revive // the error is what is remembered
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.known[name]
	good, bad, now := lifetime, pause, c.now()
	if fresh || a.read.IsZero() && !target.IsPermanent(a.err) {
		bad = breath
	}
	if fresh {
		good = breath
	}
	switch {
	case !ok:
		return "", nil, false
	case a.err != nil && now.Sub(a.failed) < bad:
		value, err = a.despite(now)
		return value, err, true
	case a.err == nil && now.Sub(a.read) < good:
		return a.value, nil, true
	}
	return "", nil, false
}

// despite is the value that may still be used after a failure. One that asking
// again does not help says that the secret was taken away.
func (a answer) despite(now time.Time) (string, error) {
	if target.IsPermanent(a.err) || a.read.IsZero() || now.Sub(a.read) >= grace {
		return "", a.err
	}
	return a.value, nil
}

// keep remembers how a reading ended and returns what is to be used now.
func (c *cache) keep(ctx context.Context, name, value string, err error) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= many {
		clear(c.known)
	}
	a, now := c.known[name], c.now()
	if err == nil {
		c.known[name] = answer{value: value, read: now}
		return value, nil
	}
	a.err, a.failed = err, now
	if target.IsPermanent(err) {
		a.value, a.read = "", time.Time{}
	}
	c.known[name] = a
	value, used := a.despite(now)
	if used == nil {
		slog.WarnContext(ctx, "secret store did not answer; the value read before is used", "secret", c.scheme+":"+name, "read", a.read.UTC(), "until", a.read.Add(grace).UTC(), "reason", err.Error())
	}
	return value, used
}
