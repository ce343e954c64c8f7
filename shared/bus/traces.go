package bus

import (
	"context"
	"iter"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// Trace is the record of an event that passed a bus.
type Trace struct {
	ID, Source, Type string
	// Received is when the bus accepted the event.
	Received time.Time
}

// Traces reads which events passed a bus. A [Bus] whose service records them
// implements it. Every failure is an [*Error].
type Traces interface {
	// Traced returns the events that the bus accepted from since until before
	// until, in the order of the service. It reads and holds one page at a time,
	// and ends with its first error.
	Traced(ctx context.Context, bus string, since, until time.Time) iter.Seq2[Trace, error]
	// TracedEvent returns the event of a trace; [NotFound] when the service no
	// longer has it.
	TracedEvent(ctx context.Context, bus string, t Trace) (event.Event, error)
}
