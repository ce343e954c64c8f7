package serve

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/pai-notify/pai-notify/shared/provision"
)

// degraded tells why the bus runs on the rules that it had before and not on
// the document, until it does. It looks each time, so that it does not matter
// who corrects the document and puts it on the bus: the console, a command, or
// whoever else may.
type degraded struct {
	mu  sync.Mutex
	why error
	// text is the document that could not be put on the bus.
	text []byte
	// look reads the document as it is now, and plans.
	look func(ctx context.Context) (text []byte, p provision.Plan, err error)
}

var errNotApplied = errors.New("the document was changed and is not applied yet")

// reason returns why; nil when the bus is as the document says.
func (d *degraded) reason(ctx context.Context) error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.why == nil {
		return nil
	}
	text, p, err := d.look(ctx)
	switch {
	case ctx.Err() != nil: // nobody waits for the answer
	case err != nil:
		d.why = err
	case p.Empty():
		d.why = nil
	case !bytes.Equal(text, d.text):
		d.why = errNotApplied
	}
	return d.why
}
