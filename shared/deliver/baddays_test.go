package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// world is a cloud with bad days: a platform that refuses, instances that die, and
// a ledger that fails or loses answers.
type world struct {
	t      *testing.T
	random *rand.Rand
	rows   *memory.Store
	phone  bool
	fails  float64 // of the ledger's calls, and as many lose their answers

	taken    map[string]int  // by the platform, by event
	told     map[string]int  // outcomes that call an event sent
	unclear  map[string]bool // an outcome said that nobody knows
	kept     map[string]bool // by the cloud's failure destination
	instance *Function
	dead     *bool // the process of the instance
}

// start begins another instance.
func (w *world) start() {
	dead := new(bool)
	of := newTable()
	of.Store = w.rows
	// What is muted is read beside the claim, in no order that a seed could repeat.
	beside := func(e ledger.Entry) bool { return e.ID == hold.MutesKey(onBus) }
	fails := func(_ string, e ledger.Entry) bool { return !beside(e) && (*dead || w.random.Float64() < w.fails) }
	of.set(fails, func(_ string, e ledger.Entry) bool { return !beside(e) && w.random.Float64() < w.fails })
	w.instance, _ = on(of, w.phone, func(ctx context.Context, _ int, n target.Notification) error {
		busy := errors.New("busy")
		id := n.Event.ID()
		switch chance := w.random.Float64(); {
		case chance < 0.02: // it dies before the platform hears of it
			*dead = true
			runtime.Goexit()
		case chance < 0.04: // or after
			w.taken[id]++
			*dead = true
			runtime.Goexit()
		case chance < 0.20:
			return busy
		case chance < 0.30:
			target.Reaching(ctx)
			return target.RetryAfter(time.Minute, busy)
		case chance < 0.33:
			return target.Permanent(busy)
		case chance < 0.40 && w.phone:
			w.taken[id] += w.random.IntN(2)
			return target.Unknown(busy)
		}
		w.taken[id]++
		return nil
	})
	w.dead = dead
}

// invoke hands an event over, and reports whether the platform has to come back.
func (w *world) invoke(id, payload string) bool {
	if w.instance == nil || *w.dead || w.random.IntN(4) == 0 {
		w.start()
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	answer, err := w.instance.Handle(ctx, []byte(payload))
	if *w.dead {
		return true
	}
	o := OutcomeOf(answer, err)
	if o.Status == outcome.Sent {
		w.told[id]++
	}
	if o.Class == outcome.Unknown {
		w.unclear[id] = true
	}
	assert.False(w.t, o.Unguarded && w.phone, "%s is texted without the ledger", id)
	return err != nil
}

func TestOnBadDaysNothingIsLostFalselySentOrTextedTwice(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	for _, phone := range []bool{false, true} {
		for _, fails := range []float64{0, 0.05, 0.3} {
			t.Run(fmt.Sprintf("phone %t, %.0f%% of the ledger's calls", phone, fails*100), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &world{
						t: t, random: rand.New(rand.NewPCG(1, 2)), rows: memory.New(), phone: phone, fails: fails,
						taken: map[string]int{}, told: map[string]int{}, unclear: map[string]bool{}, kept: map[string]bool{},
					}
					w.live(t, 300)
				})
			})
		}
	}
}

// live has events happen, the platform repeat what failed, and what waits be taken
// up each minute. Then it counts.
func (w *world) live(t *testing.T, events int) {
	payloads, owed := map[string]string{}, map[string]int{}
	for n := range events {
		id := fmt.Sprint("e", n)
		payloads[id], owed[id] = happened(n, 0, "critical"), horizon
	}
	for range 7 * 60 { // more than what may pass is tried for
		for n := range events {
			id := fmt.Sprint("e", n)
			if owed[id] == 0 {
				continue
			}
			if owed[id]--; !w.invoke(id, payloads[id]) {
				owed[id] = 0
			} else if owed[id] == 0 {
				w.kept[id] = true
			}
		}
		due, err := w.rows.Due(t.Context(), onBus, time.Now(), 1000)
		require.NoError(t, err)
		for _, e := range due {
			if e.State == ledger.Waiting || time.Now().After(e.Due.Add(ledger.Margin)) {
				w.invoke(e.EventID, payloads[e.EventID])
			}
		}
		time.Sleep(time.Minute)
	}
	states := map[string]ledger.State{}
	page, err := w.rows.List(t.Context(), ledger.Query{Bus: onBus})
	require.NoError(t, err)
	for _, e := range page.Entries {
		states[e.EventID] = e.State
	}
	doubled := 0
	for id := range payloads {
		visible := states[id] == ledger.Dead || states[id] == ledger.Unknown || w.unclear[id] || w.kept[id]
		assert.True(t, w.taken[id] > 0 || visible, "%s is lost: its row is %q", id, states[id])
		if w.told[id] > 0 || states[id] == ledger.Sent {
			assert.Positive(t, w.taken[id], "%s is said to be sent", id)
		}
		if w.taken[id] > 1 {
			doubled++
			assert.False(t, w.phone, "%s is texted %d times", id, w.taken[id])
		}
	}
	t.Logf("%d of %d events were taken twice", doubled, events)
}
