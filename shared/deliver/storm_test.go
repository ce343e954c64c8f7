package deliver

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// waking is a ledger whose waker counts who wakes it.
type waking struct {
	*table
	woken int
	says  error
}

func (w *waking) Wake(context.Context) error {
	w.woken++
	return w.says
}

// chatting returns an instance over a ledger, of a robot that takes twenty a minute.
func chatting(w *waking, answer func(context.Context, int, target.Notification) error) *Function {
	f, _ := on(w.table, false, answer)
	channel(f, hold.Chat)
	f.spec = f.spec.Within(target.Rate{Messages: 20, Per: time.Minute})
	f.waker = w
	return f
}

func TestTheFirstThatWaitsInAStormWakesWhoTellsIt(t *testing.T) {
	for name, says := range map[string]error{"it can be woken": nil, "it cannot": errors.New("denied")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &waking{table: newTable(), says: says}
				for n := range few {
					require.Equal(t, outcome.Sent, one(t, chatting(w, reaching(0, nil)), n, "info").Status)
				}
				assert.Zero(t, w.woken, "nothing waits")
				for n := range 3 {
					o := one(t, chatting(w, reaching(0, nil)), few+n, "info")
					assert.Equal(t, outcome.Waiting, o.Status, "whether somebody is woken or not")
					assert.Contains(t, o.Reason, "told together")
				}
				assert.Equal(t, 1, w.woken, "by the first alone, of all instances")
				time.Sleep(betweenPokes)
				one(t, chatting(w, reaching(0, nil)), few+3, "info")
				assert.Equal(t, 2, w.woken, "who was woken may have ended")
			})
		})
	}
}

func TestWithoutAWakerWhatWaitsIsLeftToTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &waking{table: newTable()}
		for n := range few + 1 {
			f := chatting(w, reaching(0, nil))
			f.waker = nil
			assert.Equal(t, n == few, one(t, f, n, "info").Status == outcome.Waiting)
		}
		assert.Zero(t, w.woken)
	})
}

func TestANewFunctionAsksItsLedgerForAWaker(t *testing.T) {
	f, _ := newFunction(nil)
	w := &waking{table: newTable()}
	assert.Equal(t, Waker(w), New(f.spec, w).waker)
	assert.Nil(t, New(f.spec, w.table).waker)
}
