package event

import "context"

type repeatedKey struct{}

// Repeated returns the context of an invocation that the platform has made before.
func Repeated(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatedKey{}, true)
}

// IsRepeated reports whether the platform is known to have made the invocation
// before. Lambda does not tell.
func IsRepeated(ctx context.Context) bool { return ctx.Value(repeatedKey{}) != nil }
