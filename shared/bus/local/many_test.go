package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

func TestAThousandRulesWithFiveTargetsEachAreHeld(t *testing.T) {
	const count, each = 1000, 5
	var calls atomic.Int64
	b := withBus(t, local.Options{Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
		calls.Add(1)
		return json.RawMessage(`{"status":"sent"}`), nil
	}})
	// As a document is applied: rules without targets, disabled, then the rest.
	for i := range count {
		name := fmt.Sprintf("rule-%d", i)
		require.NoError(t, b.CreateRule(t.Context(), local.Rule{Name: name, Bus: "b", FilterPattern: fmt.Sprintf(`{"source":["s"],"type":["t"],"subject":["all","%d"]}`, i)}))
		var list []local.Target
		for j := range each {
			list = append(list, to(fmt.Sprint(j), "f", fmt.Sprintf("%s/%s/%d/a", name, name, j)))
		}
		put(t, b, name, list...)
		require.NoError(t, b.SetRuleEnabled(t.Context(), "b", name, true))
	}
	published(t, b, parsed(t, `{"id":"1","source":"s","type":"t","subject":"7"}`), parsed(t, `{"id":"2","source":"s","type":"t","subject":"all"}`))
	require.Eventually(t, func() bool { return b.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	assert.EqualValues(t, each+count*each, calls.Load())
	counts, err := b.Counts(t.Context(), time.Time{})
	require.NoError(t, err)
	require.Len(t, counts, count*each)
	for _, c := range counts {
		want := 1
		if c.Rule == "rule-7" {
			want = 2
		}
		assert.Equal(t, map[local.State]int{local.Sent: want}, c.States, c.Rule)
	}
	r, err := b.GetRule(t.Context(), "b", "rule-999")
	require.NoError(t, err)
	assert.Len(t, r.Targets, each)
}
