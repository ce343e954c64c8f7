package deliver

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestARowOfFailuresThatSaysNothingTrueIsForgotten(t *testing.T) {
	now := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	for _, row := range []string{"", "null", "{}", "[", "x", "[null]", "[1]", `[{"last":"x"}]`, `[{"of":"a","last":0}]`, `[{"of":"a","last":99999999999999}]`} {
		assert.Empty(t, failedIn([]byte(row), now), row)
	}
}

func TestARowOfFailuresIsBounded(t *testing.T) {
	n := &night{policy: recoverable}
	f, _ := newFunction(nil)
	var all failed
	for i := range 3 * maxFailing {
		for k := range 2 * maxFailingIDs {
			text := n.event(fmt.Sprintf("e%d-%d", i, k), fmt.Sprintf("job%d", i)+strings.Repeat("x", 3000), "failed", "02:10")
			all = all.note(plannedOf(t, f, text))
		}
	}
	assert.Len(t, all, maxFailing+1, "with what says that others are forgotten")
	assert.Len(t, all[len(all)-1].IDs, maxFailingIDs)
	assert.True(t, all.forgot())
	assert.Less(t, len(all.row()), 64<<10)
}

func TestOfManyFailuresThoseAreForgottenThatHaveRecovered(t *testing.T) {
	n := &night{policy: recoverable}
	f, _ := newFunction(nil)
	of := func(job int, state string) *notification {
		return plannedOf(t, f, n.event(fmt.Sprint(state, job), fmt.Sprint("job", job), state, fmt.Sprintf("02:%02d", job%60)))
	}
	var all failed
	for i := range maxFailing {
		all = all.note(of(i, "failed"))
	}
	all.find(of(7, "failed")).Done = true
	all = all.note(of(maxFailing, "failed"))
	assert.Nil(t, all.find(of(7, "failed")))
	assert.NotNil(t, all.find(of(0, "failed")))
	assert.False(t, all.forgot(), "of the one that is gone the recovery was told")
	all = all.note(of(maxFailing+1, "failed"))
	assert.Nil(t, all.find(of(0, "failed")), "the oldest")
	assert.True(t, all.forgot())
	assert.Len(t, all, maxFailing+1)
}

func TestAForgottenFailureIsNotSaidNeverToHaveBeenTold(t *testing.T) {
	eachNight(t, recoverable, hold.Chat, func(t *testing.T, n *night) {
		for i := range maxFailing + 1 {
			n.comes(fmt.Sprint("f", i), fmt.Sprint("job", i), "failed", fmt.Sprintf("%02d:%02d", i/60, i%60))
		}
		o := n.comes("r", "job0", "running", "02:22")
		assert.Equal(t, outcome.Skipped, o.Status)
		assert.Contains(t, o.Reason, "no failure is remembered that this receiver was told of: it was told of more than 100, and the oldest are forgotten")
		assert.Contains(t, n.comes("s", "job1", "running", "02:23").Status, outcome.Sent)
	})
}

func TestFewEarlyRecoveriesAreRemembered(t *testing.T) {
	n := &night{policy: recoverable}
	f, _ := newFunction(nil)
	now := at("02:30")
	var all failed
	for i := range 3 * maxEarly {
		for range 2 { // also when it is handed over again
			all = all.noteEarly(plannedOf(t, f, n.event(fmt.Sprint("r", i), fmt.Sprint("job", i), "running", "02:22")), now)
		}
	}
	assert.Len(t, all, maxEarly)
	assert.Len(t, failedIn(all.row(), now.Add(rememberEarly)), maxEarly)
	assert.Empty(t, failedIn(all.row(), now.Add(rememberEarly+time.Second)))
	for i := range maxFailing {
		all = all.note(plannedOf(t, f, n.event(fmt.Sprint("f", i), fmt.Sprint("other", i), "failed", "02:10")))
	}
	assert.Len(t, all, maxEarly+maxFailing, "they take no failure's place")
	assert.False(t, all.forgot())
}
