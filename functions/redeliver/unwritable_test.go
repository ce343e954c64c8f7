package redeliver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// unwritable is a store that does not take the rows of one job.
type unwritable struct {
	ledger.Store
	job string
}

func (s unwritable) Put(ctx context.Context, e ledger.Entry) error {
	if e.JobName == s.job {
		return &bus.Error{Kind: bus.Invalid, Action: "dynamodb:PutItem", Text: "the row is too large"}
	}
	return s.Store.Put(ctx, e)
}

func TestARowThatCannotBeWrittenKeepsNobodyWaiting(t *testing.T) {
	for name, claims := range map[string]bool{"one that waits": false, "one whose sender died": true} {
		t.Run(name, func(t *testing.T) {
			simulated(t, func(t *testing.T, a *account) {
				a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
				a.phone.answer = func(string) error { return errors.New("the carrier is busy") }
				for _, name := range []string{"vast", "train-7b", "train-8b"} {
					a.put(t.Context(), busName, job(name, "JobFailed"))
				}
				a.phone.answer = nil
				a.minute()
				if claims {
					for _, e := range a.rows() {
						if e.JobName == "vast" {
							_, _, err := ledger.New(a.store).Claim(t.Context(), e, 10*time.Second)
							require.NoError(t, err)
						}
					}
				}
				a.store = unwritable{a.store, "vast"}
				a.deploy("sms")
				a.pass(t.Context(), a.redeliver(busName), 3)
				assert.ElementsMatch(t, []string{"+8613800138000 train-7b", "+8613800138000 train-8b"}, a.phone.told)
				row, err := a.store.Control(t.Context(), "heartbeat/"+busName)
				require.NoError(t, err)
				assert.Contains(t, string(row.Value), "too large")
			})
		})
	}
}
