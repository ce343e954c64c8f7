package local

import (
	"context"
	"time"
)

// Bodies hands accepted events to each as JSON text, with their numbers, the
// newest first: of those accepted on a bus since a time at most most. It is for
// asking what a rule would have done.
func (b *Bus) Bodies(ctx context.Context, bus string, since time.Time, most int, each func(number int64, body []byte)) error {
	return failed(b.store.Bodies(ctx, bus, since, most, each))
}
