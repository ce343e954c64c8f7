package bus

import (
	"context"
	"iter"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Trace is what a bus remembers of an event that passed it.
type Trace struct {
	ID, Source, Type string
	// Received is when the bus accepted the event.
	Received time.Time
}

// Traces reads what passed a bus. A [Bus] whose service remembers it is one too.
// Every failure is an [*Error].
type Traces interface {
	// Traced returns the events that the bus accepted at since or later and
	// before until, in the order the service has. It asks for a page at a time
	// and holds no more; it ends with its first error.
	Traced(ctx context.Context, bus string, since, until time.Time) iter.Seq2[Trace, error]
	// TracedEvent returns the event of a trace; [NotFound] when the service does
	// not have it any more.
	TracedEvent(ctx context.Context, bus string, t Trace) (event.Event, error)
}
