package deliver

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// TestOneEventOfTwoRulesIsOneMessageToAGroup has two instances be given one event by
// two rules of one robot.
func TestOneEventOfTwoRulesIsOneMessageToAGroup(t *testing.T) {
	for name, c := range map[string]struct {
		other     string // what the second rule's wrapper has besides its name
		language  string
		refused   bool
		told      int
		status    outcome.Status
		ended     outcome.Status
		saysAtEnd string
	}{
		"in the same words":        {told: 1, status: outcome.Waiting, ended: outcome.Skipped, saysAtEnd: ", for another rule"},
		"the first never was sent": {refused: true, told: 1, status: outcome.Waiting, ended: outcome.Sent},
		"in other words":           {other: `,"title":["name",{"path":"UserId"}]`, told: 2, status: outcome.Sent},
		"in another language":      {language: "en", told: 2, status: outcome.Sent},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, told := &waking{table: newTable()}, 0
				sends := func(ctx context.Context, n int, m target.Notification) error {
					err := reaching(0, nil)(ctx, n, m)
					if m.Rule == "gpu-died" && c.refused {
						return target.Permanent(assert.AnError)
					}
					told++
					return err
				}
				first := happened(1, 0, "critical")
				second := strings.Replace(first, `"rule":"gpu-died"`, `"rule":{"name":"everything"`+c.other+`}`, 1)
				if c.language != "" {
					second = strings.Replace(second, `"language":"zh"`, `"language":"`+c.language+`"`, 1)
				}
				a, _ := invoke(t, chatting(w, sends), first)
				b, _ := invoke(t, chatting(w, sends), second)
				require.Equal(t, c.status, b[0].Status, b[0].Reason)
				if c.status == outcome.Waiting {
					assert.Equal(t, a[0].Notification, b[0].ToldBy)
					assert.Equal(t, 1, w.woken)
					time.Sleep(time.Until(b[0].Due))
					b, _ = invoke(t, chatting(w, sends), strings.Replace(second, `{"name":"everything"`, `{"name":"everything","retry":true`, 1))
					require.Equal(t, c.ended, b[0].Status, b[0].Reason)
					if c.saysAtEnd != "" {
						assert.Equal(t, "told by "+a[0].Notification+c.saysAtEnd, b[0].Reason)
					}
				}
				assert.Equal(t, c.told, told)
			})
		})
	}
}

// TestWhatAnotherRuleToldRecovers has only the second of two rules tell of recoveries.
func TestWhatAnotherRuleToldRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &waking{table: newTable()}
		var told []string
		sends := func(_ context.Context, _ int, m target.Notification) error {
			told = append(told, m.Message.Title)
			return nil
		}
		by := func(payload, more string) string {
			return strings.Replace(payload, `"rule":"gpu-died"`, `"rule":{"name":"everything","policy":`+recoverable+more+`}`, 1)
		}
		failure := happened(1, 0, "critical")
		_, _ = invoke(t, chatting(w, sends), failure)
		b, _ := invoke(t, chatting(w, sends), by(failure, ""))
		require.NotEmpty(t, b[0].ToldBy, b[0].Reason)
		time.Sleep(time.Until(b[0].Due))
		b, _ = invoke(t, chatting(w, sends), by(failure, `,"retry":true`))
		require.Equal(t, outcome.Skipped, b[0].Status, b[0].Reason)
		time.Sleep(time.Minute)
		runs := strings.NewReplacer("JobFailed", "JobRunning", "Failed", "Running", `"e1"`, `"e2"`).Replace(happened(1, 0, "critical"))
		b, _ = invoke(t, chatting(w, sends), by(runs, ""))
		assert.Equal(t, outcome.Sent, b[0].Status, b[0].Reason)
		assert.Len(t, told, 2)
	})
}
