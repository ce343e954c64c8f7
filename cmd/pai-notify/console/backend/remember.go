package backend

import (
	"context"
	"sync"
	"time"
)

// quick is what a question may cost to be asked for every page. A dearer one is
// answered from memory, and asked again behind the page's back.
const quick = 10 * time.Millisecond

// fresh is how long a dear answer is taken for the present one.
const fresh = 5 * time.Second

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
	busy  bool
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
	value := k.value
	if !k.busy && time.Since(k.at) > fresh {
		k.busy = true
		go func() {
			// The page is there already; an error keeps the old answer.
			_, _ = r.renew(context.WithoutCancel(ctx), question, ask)
		}()
	}
	r.mu.Unlock()
	return value, nil
}

func (r *Remembered[K, V]) renew(ctx context.Context, question K, ask func(context.Context) (V, error)) (V, error) {
	began := time.Now()
	value, err := ask(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if k := r.kept[question]; k != nil {
			k.busy = false
		}
		return value, err
	}
	if r.kept == nil {
		r.kept = map[K]*kept[V]{}
	}
	r.kept[question] = &kept[V]{value: value, cost: time.Since(began), at: time.Now()}
	return value, nil
}
