package target

import (
	"context"
	"sync/atomic"
)

// Requests are those of one Send that may have reached the platform: what it
// counts, whatever it answered.
type Requests struct{ reached atomic.Int64 }

// Reached is how many they are.
func (r *Requests) Reached() int { return int(r.reached.Load()) }

type requestsKey struct{}

// Counting returns ctx with a count of the requests that are made in it.
func Counting(ctx context.Context) (context.Context, *Requests) {
	r := new(Requests)
	return context.WithValue(ctx, requestsKey{}, r), r
}

// Reaching is called by what carries a request with a message, as soon as parts
// of it may be on their way. A request that found no connection is not counted.
func Reaching(ctx context.Context) {
	if r, _ := ctx.Value(requestsKey{}).(*Requests); r != nil {
		r.reached.Add(1)
	}
}

// Aside returns ctx for a request that carries no message, such as a question
// about one, and is not counted.
func Aside(ctx context.Context) context.Context {
	return context.WithValue(ctx, requestsKey{}, (*Requests)(nil))
}
