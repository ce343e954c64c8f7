package functions_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// TestEveryTypeSendsThroughALedgerAsWithoutAndOnce hands each event over to two
// instances of each function.
func TestEveryTypeSendsThroughALedgerAsWithoutAndOnce(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	for _, spec := range types() {
		t.Run(spec.Type, func(t *testing.T) {
			sample := "dlc-job-failed.json"
			if !spec.Carries("dlc") {
				sample = "model-version-approved.json"
			}
			e, err := events.Files.ReadFile(sample)
			require.NoError(t, err)
			answered := func(platform standIn, rows ledger.Store) outcome.Outcome {
				wrapper, err := bus.Target{Rule: platform.rules(t)[2].Rule, Receiver: platform.receivers[0]}.Wrapper()
				require.NoError(t, err)
				answer, err := deliver.New(spec, rows).Handle(t.Context(), fmt.Appendf(nil, `%s,"event":%s}`, strings.TrimSuffix(string(wrapper), "}"), e))
				require.NoError(t, err)
				var o outcome.Outcome
				require.NoError(t, json.Unmarshal(answer, &o))
				o.Milliseconds, o.Receipt = 0, ""
				return o
			}
			platform, rows := newStandIn(t, spec.Type), memory.New()
			first := answered(platform, rows)
			assert.Equal(t, outcome.Sent, first.Status, first.Reason)
			second := answered(platform, rows)
			assert.Equal(t, outcome.Skipped, second.Status)
			assert.Contains(t, second.Reason, "it was sent at ")
			received := platform.inbox.Received()
			require.Len(t, received, 1)

			row, err := rows.Get(t.Context(), first.Notification)
			require.NoError(t, err)
			assert.Equal(t, []any{ledger.Sent, spec.AtMostOnce(), spec.Type}, []any{row.State, row.AtMostOnce, row.Type})
			assert.NotEmpty(t, row.Job)

			assert.Equal(t, answered(newStandIn(t, spec.Type), nil), first, "what is told is the same without one")
		})
	}
}
