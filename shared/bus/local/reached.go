package local

import (
	"context"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/shared/outcome"
)

// mostReached bounds how many attempts are looked at for what reached platforms.
const mostReached = 20_000

// Reached tells each of the messages that may have reached a platform since a
// time, in their order: a target that they went to, and when. A message that told
// of several notifications is one. It is for who keeps to the platforms' limits
// and has just begun; of very many only the last are told.
func (b *Bus) Reached(ctx context.Context, since time.Time, each func(Target, time.Time)) error {
	attempts, err := b.store.Reached(ctx, since, mostReached)
	if err != nil {
		return failed(err)
	}
	receivers := b.now.Load().receivers
	type message struct {
		sender, digest string
		at             time.Time
	}
	told := map[message]bool{}
	for _, a := range slices.Backward(attempts) {
		r := receivers[a.Destination]
		if r == nil || r.identity().Sender == "" {
			continue
		}
		o, ok := readOutcome([]byte(a.Outcome))
		if ok && !mayHaveReached(o) {
			continue
		}
		if m := (message{r.identity().Sender, o.Digest, a.At}); !told[m] {
			told[m] = true
			each(r.Target, a.At)
		}
	}
	return nil
}

// mayHaveReached tells whether the platform may have counted a message. One with
// an answer of the platform was counted whatever it said.
func mayHaveReached(o outcome.Outcome) bool {
	return o.Status == outcome.Sent || o.Class == outcome.Unknown || o.Status == outcome.Failed && (o.HTTPStatus != 0 || o.Code != "")
}
