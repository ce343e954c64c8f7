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

// laterVersion is a store with a row that is due and that a later version wrote.
type laterVersion struct{ ledger.Store }

var errLater = &bus.Error{Kind: bus.Invalid, Action: "dynamodb:GetItem", Resource: "row-9", Text: "it is of a later version"}

func (s laterVersion) Due(ctx context.Context, on string, before time.Time, limit int) ([]ledger.Entry, error) {
	list, err := s.Store.Due(ctx, on, before, limit)
	return append([]ledger.Entry{ledger.CannotRead("row-9", on, errLater)}, list...), err
}

func (s laterVersion) Get(ctx context.Context, id string) (ledger.Entry, error) {
	if id == "row-9" {
		return ledger.Entry{}, errLater
	}
	return s.Store.Get(ctx, id)
}

func (s laterVersion) Put(ctx context.Context, e ledger.Entry) error {
	if e.ID == "row-9" {
		return errors.New("it was replaced")
	}
	return s.Store.Put(ctx, e)
}

func (s laterVersion) List(context.Context, ledger.Query) (ledger.Page, error) {
	return ledger.Page{}, errLater
}

func TestARowThatCannotBeReadKeepsNobodyWaiting(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, contact("alice", "+8613800138000"))
		f := a.redeliver(busName)
		_, err := f.Handle(t.Context(), []byte(lost(t, a, job("train-7b", "JobFailed"))))
		require.NoError(t, err)
		f.Ledger = ledger.New(laterVersion{a.store}).With(time.Now, 0)
		a.minute()
		answer, err := f.Handle(t.Context(), []byte(byEventBridge))
		require.NoError(t, err)
		assert.JSONEq(t, `{"due":2,"overdue":1,"unreadable":1,"invoked":1,"given_up":0,"problem":"the row row-9 cannot be read: bus: dynamodb:GetItem row-9: it is of a later version"}`, string(answer))
		assert.Equal(t, []string{"+8613800138000 train-7b"}, a.phone.told)
		beat, err := a.store.Control(t.Context(), "heartbeat/"+busName)
		require.NoError(t, err)
		assert.Contains(t, string(beat.Value), "row-9")
	})
}
