package secret

import "context"

type freshKey struct{}

// Fresh returns a context in which a [Store] answers with what stands there
// now, as far as a few seconds go, and not with what it read minutes ago.
func Fresh(ctx context.Context) context.Context { return context.WithValue(ctx, freshKey{}, true) }

// WantsFresh tells whether ctx comes from [Fresh].
func WantsFresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }
