package memory_test

import (
	"testing"

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
