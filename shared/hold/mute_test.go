package hold_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/hold"
)

func TestMutesAreReadAsTheyWereWritten(t *testing.T) {
	long := hold.Mute{ID: "m1", Rule: "training", By: "alice", Why: "moving data", From: night, Until: night.Add(3 * time.Hour)}
	short := hold.Mute{ID: "m2", Job: "dlc1", Until: night.Add(time.Hour), Drop: true}
	same := hold.Mute{ID: "m3", Receiver: "lark/x", Until: night.Add(time.Hour)}
	row := hold.WriteMutes([]hold.Mute{same, short, long})
	assert.Equal(t, []hold.Mute{long, short, same}, hold.ReadMutes(row, night))
	assert.Equal(t, []hold.Mute{long}, hold.ReadMutes(row, night.Add(time.Hour)), "one that ends now has ended")
	assert.Empty(t, hold.ReadMutes(row, night.Add(3*time.Hour)))
}

func TestARowThatCannotBeReadMutesNothing(t *testing.T) {
	for _, row := range []string{"", "null", "[]", "{}", "[", "x", `"m"`, `[{"until":"tomorrow"}]`, `[{}]`, `[{"id":"m1"}]`, `[{"id":1,"until":"2030-01-01T00:00:00Z"}]`} {
		assert.Empty(t, hold.ReadMutes([]byte(row), night), row)
	}
}

func TestAMuteOfNothingInParticularIsOfEverything(t *testing.T) {
	assert.True(t, hold.Mute{ID: "m1", By: "alice", Drop: true}.Everything())
	for _, m := range []hold.Mute{{Rule: "r"}, {Receiver: "lark/x"}, {Job: "j"}} {
		assert.False(t, m.Everything())
	}
}

func TestEachBusHasItsMutes(t *testing.T) {
	assert.NotEqual(t, hold.MutesKey("a"), hold.MutesKey("b"))
	assert.NotEqual(t, hold.GroupsKey("a"), hold.GroupsKey("b"))
}
