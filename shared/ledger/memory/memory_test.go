package memory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/ledgertest"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

func TestTheStoreInMemoryPasses(t *testing.T) {
	ledgertest.Run(t, func(ledgertest.T) ledgertest.Fixture {
		return ledgertest.Fixture{Store: memory.New(), Lacks: ledgertest.NoNetwork()}
	})
}

func TestABoundedStoreForgetsTheOldestAndKeepsNoEvents(t *testing.T) {
	s := memory.NewBounded(10)
	assert.False(t, s.Lasting())
	id := func(i int) string { return string(rune('a' + i)) }
	for i := range 25 {
		require.NoError(t, s.Put(t.Context(), ledger.Entry{ID: id(i), Step: 1, Event: []byte("{}")}))
	}
	kept := 0
	for i := range 25 {
		e, err := s.Get(t.Context(), id(i))
		require.NoError(t, err)
		if e.Step > 0 {
			kept++
			assert.Nil(t, e.Event)
		} else {
			assert.Less(t, i, 15, "the last ten are kept")
		}
	}
	assert.LessOrEqual(t, kept, 20)
}

func TestAPageThatIsNoneIsInvalid(t *testing.T) {
	_, err := memory.New().List(t.Context(), ledger.Query{After: "x"})
	assert.Equal(t, bus.Invalid, bus.KindOf(err))
}

func TestWhatIsDueIsReadUpToItsBytes(t *testing.T) {
	s, n := memory.New(), ledger.MostDue/ledger.MaxEvent
	for i := range n + 10 {
		e := ledger.Entry{ID: string(rune('a' + i)), Bus: "bus", Step: 1, State: ledger.Waiting, Due: time.Unix(int64(i), 0), Event: make([]byte, ledger.MaxEvent)}
		require.NoError(t, s.Put(t.Context(), e))
	}
	list, err := s.Due(t.Context(), "bus", time.Unix(1000, 0), 1000)
	require.NoError(t, err)
	require.Len(t, list, n)
	assert.Equal(t, string(rune('a'+n-1)), list[n-1].ID, "the oldest")
}
