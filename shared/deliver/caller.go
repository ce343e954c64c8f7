package deliver

import (
	"context"
	"time"
)

// Caller is what a function cannot read from its payload and learns from who
// invokes it in the same process.
type Caller struct {
	// Bus is the event bus that the events came by.
	Bus string
	// Unheld is why nothing is held, such as that a person wants it sent now; ""
	// has the rules and mutes decide.
	Unheld string
	// Given are the notifications of the payload, in its order, as who takes up what
	// is held knows them.
	Given []Given
}

// Given is a notification as the caller knows it.
type Given struct {
	// ID is what [Controls] are asked for it by, and Accepted when the caller took it
	// on.
	ID       string
	Accepted time.Time
}

type callerKey struct{}

// In returns a context for an invocation by the caller.
func (c Caller) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
