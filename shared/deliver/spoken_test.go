package deliver

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/target"
)

// TestATextIsSkippedOnlyOnceAnotherWasSent has two more texts of a job and type in a
// group, and the first fail or not.
func TestATextIsSkippedOnlyOnceAnotherWasSent(t *testing.T) {
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		first func(attempt int) error
		want  []ledger.State
		texts int
		says  string
	}{
		"the first was sent":        {func(int) error { return nil }, []ledger.State{ledger.Sent, ledger.Skipped, ledger.Skipped}, 1, "grouped into "},
		"the first is sent late":    {func(n int) error { return map[bool]error{true: busy}[n < 5] }, []ledger.State{ledger.Sent, ledger.Skipped, ledger.Skipped}, 1, "grouped into "},
		"the first was refused":     {func(int) error { return target.Permanent(busy) }, []ledger.State{ledger.Dead, ledger.Sent, ledger.Skipped}, 1, "grouped into "},
		"nobody knows of the first": {func(int) error { return target.Unknown(busy) }, []ledger.State{ledger.Unknown, ledger.Sent, ledger.Skipped}, 1, "grouped into "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				attempts := 0
				var firstID string
				f, l := on(of, false, nil)
				texts := 0
				l.answer = func(_ context.Context, _ int, n target.Notification) error {
					if firstID == "" {
						firstID = n.ID
					}
					if n.ID != firstID {
						texts++
						return nil
					}
					attempts++
					err := c.first(attempts)
					if err == nil {
						texts++
					}
					return err
				}
				channel(f, hold.Text)
				for n := range 3 {
					_, _ = invoke(t, f, ruledBy(byJob, n, "info"))
				}
				assert.Equal(t, ledger.Waiting, rows(t, of)["e1"].State)
				for range 60 { // a waker
					time.Sleep(30 * time.Second)
					for n := range 3 {
						if row := rows(t, of)[fmt.Sprintf("e%d", n)]; row.State == ledger.Waiting && !time.Now().Before(row.Due) {
							_, _ = invoke(t, f, ruledBy(byJob, n, "info"))
						}
					}
				}
				var got []ledger.State
				for n := range 3 {
					got = append(got, rows(t, of)[fmt.Sprintf("e%d", n)].State)
				}
				assert.Equal(t, c.want, got)
				assert.Equal(t, c.texts, texts)
				assert.Contains(t, rows(t, of)["e2"].Because, c.says)
			})
		})
	}
}

func TestInTheMorningTheNewestTextOfAJobIsSent(t *testing.T) {
	for name, refused := range map[string]bool{"which is taken": false, "which is refused": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				of := newTable()
				f, l := on(of, false, nil)
				var sent []string
				l.answer = func(_ context.Context, _ int, n target.Notification) error {
					if refused && n.Event.ID() == "e3" {
						return target.Permanent(errors.New("no"))
					}
					sent = append(sent, n.Event.ID())
					return nil
				}
				channel(f, hold.Text)
				payloads := map[int]string{}
				for _, n := range []int{1, 2, 3} {
					payloads[n] = ruledBy(nights, n, "info")
					time.Sleep(time.Hour)
				}
				for _, n := range []int{2, 3, 1} { // in any order
					_, _ = invoke(t, f, payloads[n])
				}
				_, _ = invoke(t, f, ruledBy(nights, 4, "critical"))
				require.Equal(t, []string{"e4"}, sent, "critical passes")
				time.Sleep(time.Until(morning))
				for range 10 {
					for _, n := range []int{1, 2, 3} {
						if row := rows(t, of)[fmt.Sprintf("e%d", n)]; row.State == ledger.Waiting && !time.Now().Before(row.Due) {
							_, _ = invoke(t, f, payloads[n])
						}
					}
					time.Sleep(time.Minute)
				}
				got := rows(t, of)
				if refused {
					assert.Equal(t, ledger.Dead, got["e3"].State)
					assert.Contains(t, sent, "e2", "the others are sent, because nobody was told")
					return
				}
				assert.Equal(t, []string{"e4", "e3"}, sent)
				assert.Equal(t, ledger.Skipped, got["e1"].State)
				assert.Equal(t, "told by "+got["e3"].ID+", which is newer", got["e2"].Because)
			})
		})
	}
}
