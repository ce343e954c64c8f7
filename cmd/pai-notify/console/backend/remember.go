package backend

import (
	"context"
	"sync"
	"time"
)

// quick is what a question may cost to be asked for every page. A dearer one is
// answered from memory, and asked again behind the page's back.
const quick = 10 * time.Millisecond

const (
	// fresh is how long a dear answer is taken for the present one.
	fresh = 5 * time.Second
	// stale is from when on an answer would mislead: what is new would stand beside
	// the counts of a while ago. Then a page waits for the new one, as long as
	// renewal.
	stale   = 30 * time.Second
	renewal = 2 * time.Second
)

// Remembered keeps the answers to questions about the whole of the history. It
// is safe for concurrent use.
type Remembered[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]*kept[V]
}

type kept[V any] struct {
	value V
	cost  time.Duration
	at    time.Time
	busy  chan struct{} // closed when it was asked again; nil when nobody asks
}

// Ask returns the answer to a question, which may be that of the page before
// where asking takes long.
func (r *Remembered[K, V]) Ask(ctx context.Context, question K, ask func(context.Context) (V, error)) (V, error) {
	r.mu.Lock()
	k := r.kept[question]
	if k == nil || k.cost < quick {
		r.mu.Unlock()
		return r.renew(ctx, question, ask)
	}
	age := time.Since(k.at)
	if k.busy == nil && age > fresh {
		k.busy = make(chan struct{})
		go func(done chan struct{}) {
			defer close(done)
			// An error keeps the old answer.
			_, _ = r.renew(context.WithoutCancel(ctx), question, ask)
		}(k.busy)
	}
	value, busy := k.value, k.busy
	r.mu.Unlock()
	if age <= stale {
		return value, nil
	}
	timer := time.NewTimer(renewal)
	defer timer.Stop()
	select {
	case <-busy:
	case <-timer.C:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept[question].value, nil
}

func (r *Remembered[K, V]) renew(ctx context.Context, question K, ask func(context.Context) (V, error)) (V, error) {
	began := time.Now()
	value, err := ask(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if k := r.kept[question]; k != nil {
			k.busy = nil
		}
		return value, err
	}
	if r.kept == nil {
		r.kept = map[K]*kept[V]{}
	}
	r.kept[question] = &kept[V]{value: value, cost: time.Since(began), at: time.Now()}
	return value, nil
}
