package redeliver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// scattered is a ledger in which 160 events wait, each for 12 rules with one robot,
// whose rows of one event are not due one after the other, as after many waits.
func scattered(t *testing.T, a *account, store ledger.Store) {
	t.Helper()
	a.store = store
	s := newStorm(t, a, "wecom")
	for i := range 160 {
		name := fmt.Sprintf("train-%03d-x", i)
		s.jobs = append(s.jobs, name)
		for r := range 12 {
			row := ledger.Entry{
				ID: fmt.Sprintf("%s-%02d", name, r), Bus: busName, Owner: owner, Rule: s.rules[r].Key(), RuleName: s.rules[r].Name,
				Type: "wecom", Receiver: fmt.Sprintf("oncall-%02d", r), Event: []byte(job(name, "JobFailed")), EventID: "ev-" + name, Severity: 2,
			}
			due := time.Now().Add(time.Duration(r*160+i) * time.Millisecond)
			_, err := ledger.New(store).Move(t.Context(), row, ledger.Result{State: ledger.Waiting, Due: due, Because: "a test"})
			require.NoError(t, err)
		}
	}
	a.peers.now.Store(time.Now().UnixNano())
}

func TestAllRowsOfAnEventGoWithOneMessage(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		scattered(t, a, a.store)
		a.minute()
		_, err := a.redeliver(busName).Handle(t.Context(), []byte(byFC))
		require.NoError(t, err)
		perEvent := map[string]int{}
		for _, payload := range a.payloads {
			for i := range 160 {
				if name := fmt.Sprintf("ev-train-%03d-x-JobFailed", i); strings.Contains(payload, name) {
					perEvent[name]++
				}
			}
		}
		assert.Len(t, perEvent, 160)
		for name, n := range perEvent {
			assert.Equal(t, 1, n, "%s goes with one invocation", name)
		}
	})
}

// TestWhatIsReadIsToldWhereNotAllCanBeRead has a ledger that is too slow to list all.
func TestWhatIsReadIsToldWhereNotAllCanBeRead(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		scattered(t, a, slowly{a.store})
		a.pass(t.Context(), a.redeliver(busName), 10)
		assert.Empty(t, a.states()[ledger.Waiting])
	})
}

// slowly is a store that lists a thousand rows in time.
type slowly struct{ ledger.Store }

// Due implements [ledger.Store].
func (s slowly) Due(ctx context.Context, on string, before time.Time, limit int) ([]ledger.Entry, error) {
	if limit > 1000 {
		return nil, &bus.Error{Kind: bus.Unavailable, Action: "dynamodb:Query", Cause: errors.New("context deadline exceeded")}
	}
	return s.Store.Due(ctx, on, before, limit)
}
