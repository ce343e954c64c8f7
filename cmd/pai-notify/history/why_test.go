package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/outcome"
)

func TestWhatIsHeldSaysUntilWhenAndNotAgainAt(t *testing.T) {
	due := time.Date(2026, 11, 28, 8, 0, 0, 0, time.Local)
	held := local.Notification{State: local.Waiting, Due: due, Attempts: 1, Outcome: outcome.Outcome{Status: outcome.Waiting, Reason: "held until 08:00 (nights)"}}
	assert.Equal(t, "held until 08:00 (nights)", why(held))
	failed := held
	failed.Outcome = outcome.Outcome{Status: outcome.Waiting, Class: outcome.Transient, Reason: "busy"}
	assert.Equal(t, "again at 08:00:00; busy", why(failed))
}
