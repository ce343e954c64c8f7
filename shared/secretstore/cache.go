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
	// lifetime is how long a value is used before it is read again, and so how
	// long a rotation may take to reach every instance.
	lifetime = 5 * time.Minute
	// grace is how long after it was read a value is still used while the store
	// does not answer. Outages of a store are shorter, and a secret that was
	// removed should not be in use for longer.
	grace = time.Hour
	// pause is how long a failure counts before the store is asked again, so that
	// a burst of notifications asks once. briefPause is used instead when the
	// failure may pass and there is no value to use meanwhile; a value that was
	// read less than briefPause ago counts as fresh.
	pause      = 10 * time.Second
	briefPause = time.Second
	// readTimeout is how long one reading may take: a function has half a minute in
	// all.
	readTimeout = 5 * time.Second
	// maxSecrets is how many secrets one instance remembers, so that whoever may
	// name secrets by a pattern cannot fill its memory.
	maxSecrets = 256
)

// cache remembers what a store answered. Concurrent callers that want the same
// secret share one reading.
type cache struct {
	scheme string
	read   func(ctx context.Context, name string) (string, error)
	now    func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	known map[string]answer
}

// answer is what is known about one secret.
type answer struct {
	value string
	// read is when the value was read; zero when there is no value.
	read time.Time
	// err is why the last reading failed, and failed is when.
	err    error
	failed time.Time
}

// cached returns a store that caches what read returns. Errors of read are final,
// as [secret.Store] defines.
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
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
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

// remembered returns what can be answered without the store: a recent value, or
// the result of a recent failure.
func (c *cache) remembered(name string, fresh bool) (value string, err error, ok bool) { //nolint:revive // the error is what is remembered
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.known[name]
	good, bad, now := lifetime, pause, c.now()
	if fresh || a.read.IsZero() && !target.IsPermanent(a.err) {
		bad = briefPause
	}
	if fresh {
		good = briefPause
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

// despite returns the value that may still be used after a failure. After a
// failure that will not pass there is none, because the secret was removed.
func (a answer) despite(now time.Time) (string, error) {
	if target.IsPermanent(a.err) || a.read.IsZero() || now.Sub(a.read) >= grace {
		return "", a.err
	}
	return a.value, nil
}

// keep records the result of a reading and returns what to use now.
func (c *cache) keep(ctx context.Context, name, value string, err error) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxSecrets {
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
