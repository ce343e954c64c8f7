package redeliver_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/redeliver"
	"github.com/pai-notify/pai-notify/shared/ledger"
)

// TestARunThatIsPokedTellsWhatIsAboutToWait has six events come, the last of which
// pokes the waker before it waits, and another waker be poked meanwhile.
func TestARunThatIsPokedTellsWhatIsAboutToWait(t *testing.T) {
	simulated(t, func(t *testing.T, a *account) {
		a.rule(busName, failedJobs, a.robot("wecom", "team"))
		began := time.Now()
		reports := make([]redeliver.Report, 2)
		var runs sync.WaitGroup
		for i := range reports {
			runs.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				answer, err := a.redeliver(busName).Handle(t.Context(), []byte("{}"))
				assert.NoError(t, err)
				assert.NoError(t, json.Unmarshal(answer, &reports[i]))
			})
		}
		time.Sleep(1500 * time.Millisecond)
		var jobs []string
		for _, name := range []string{"a-x", "b-x", "c-x", "d-x", "e-x", "f-x"} {
			jobs = append(jobs, name)
			a.put(t.Context(), busName, job(name, "JobSucceeded"))
		}
		require.Equal(t, map[ledger.State]int{ledger.Sent: 5, ledger.Waiting: 1}, a.states())
		runs.Wait()
		assert.Equal(t, map[ledger.State]int{ledger.Sent: 6}, a.states())
		once(t, a, jobs)
		assert.Equal(t, []int{1, 0}, []int{reports[0].Invoked, reports[1].Invoked}, "one of them")
		assert.Contains(t, reports[1].Problem, "another run goes on")
		assert.Less(t, time.Since(began), time.Minute, "the timer was not needed")
	})
}
