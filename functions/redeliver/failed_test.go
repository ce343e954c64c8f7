package redeliver_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
)

// unread is a ledger that does not say what is due.
type unread struct{ ledger.Store }

func (unread) Due(context.Context, string, time.Time, int) ([]ledger.Entry, error) {
	return nil, errors.New("throttled")
}

// An alarm watches for a line that says how much is overdue: 0 would be a lie.
func TestAMinuteThatFailsDoesNotSayThatNothingIsOverdue(t *testing.T) {
	for name, c := range map[string]struct {
		store   ledger.Store
		runtime string
		says    bool
		fails   bool
	}{
		"a ledger that answers":                     {store: memory.New(), says: true},
		"one that does not, on Lambda":              {store: unread{memory.New()}, fails: true},
		"one that does not, on Function Compute":    {store: unread{memory.New()}, runtime: "127.0.0.1:1"},
		"a ledger that answers on Function Compute": {store: memory.New(), runtime: "127.0.0.1:1", says: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FC_RUNTIME_API", c.runtime)
			var log bytes.Buffer
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
			t.Cleanup(func() { slog.SetDefault(before) })
			f := &redeliver.Function{Ledger: ledger.New(c.store).With(time.Now, 0), Bus: busName, Now: time.Now}
			answer, err := f.Handle(t.Context(), []byte(byFC))
			assert.Equal(t, c.fails, err != nil, "Function Compute would repeat it, and keep the timer's payload")
			assert.Equal(t, c.says, bytes.Contains(log.Bytes(), []byte(`"overdue":0`)), log.String())
			assert.Equal(t, !c.says, bytes.Contains(log.Bytes(), []byte(`"msg":"redeliver failed"`)))
			assert.Equal(t, !c.says && !c.fails, bytes.Contains(answer, []byte("throttled")), string(answer))
		})
	}
}
