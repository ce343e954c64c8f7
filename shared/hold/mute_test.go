package hold_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func TestNoIDOfAMuteIsGivenTwice(t *testing.T) {
	add := func(row []byte, at time.Time) ([]byte, string) {
		row, m, err := hold.AddMute(row, hold.Mute{Job: "j", Until: at.Add(time.Hour)}, at)
		require.NoError(t, err)
		assert.Equal(t, at, m.From)
		return row, m.ID
	}
	row, one := add(nil, noon)
	row, two := add(row, noon)
	assert.Equal(t, []string{"m1", "m2"}, []string{one, two})
	row, ended := hold.EndMutes(row, []string{"m2", "m9"}, noon.Add(time.Minute))
	require.Len(t, ended, 1)
	assert.Equal(t, noon.Add(time.Hour), ended[0].Until, "as it was")
	left := hold.ReadMutes(row, noon.Add(time.Minute))
	require.Len(t, left, 1)
	assert.Equal(t, "m1", left[0].ID)
	row, ended = hold.EndMutes(row, []string{"m2"}, noon.Add(time.Minute))
	assert.Empty(t, ended, "it has ended")
	row, ended = hold.EndMutes(row, []string{"m1"}, noon.Add(time.Minute))
	assert.Len(t, ended, 1)
	row, three := add(row, noon.Add(48*time.Hour))
	assert.Equal(t, "m3", three)
	assert.Len(t, hold.ReadMutes(row, noon.Add(48*time.Hour)), 1)
	_, again := add([]byte("not a row"), noon)
	assert.Equal(t, "m1", again)
}

func TestABusHasABoundedNumberOfMutes(t *testing.T) {
	var row []byte
	var err error
	for range 100 {
		row, _, err = hold.AddMute(row, hold.Mute{Until: noon.Add(time.Hour)}, noon)
		require.NoError(t, err)
	}
	_, _, err = hold.AddMute(row, hold.Mute{Until: noon.Add(time.Hour)}, noon)
	assert.ErrorContains(t, err, "100 mutes already")
}

func TestWhatIsWrongWithAMuteIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		m    hold.Mute
		says string
	}{
		"a day":             {hold.Mute{Until: noon.Add(24 * time.Hour)}, ""},
		"a month, dropping": {hold.Mute{Until: noon.Add(30 * 24 * time.Hour), Drop: true}, ""},
		"no end":            {hold.Mute{}, "needs an end"},
		"the past":          {hold.Mute{Until: noon}, "is in the past"},
		"more than a day":   {hold.Mute{Until: noon.Add(24*time.Hour + time.Second)}, "nothing is held longer than 24 hours"},
		"more than a month": {hold.Mute{Until: noon.Add(31 * 24 * time.Hour), Drop: true}, "30 days at most"},
		"a long reason":     {hold.Mute{Until: noon.Add(time.Hour), Why: strings.Repeat("长", 201)}, "longer than 200 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.m.Check(noon); c.says == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.says)
			}
		})
	}
}

func TestAMuteSaysWhoAndUntilWhenAndWhy(t *testing.T) {
	m := hold.Mute{By: "alice", Why: "moving data", From: noon, Until: noon.Add(2 * time.Hour), Job: "dlc1"}
	assert.Equal(t, "muted by alice until 2026-01-05 14:00 UTC: moving data", m.Because())
	assert.Equal(t, "muted until 2026-01-05 14:00 UTC", hold.Mute{Until: m.Until}.Because())
	for channel, action := range map[hold.Channel]hold.Action{hold.Chat: hold.Wait, hold.Mail: hold.Wait, hold.Text: hold.Skip, hold.Call: hold.Skip, hold.Program: hold.Skip} {
		d := hold.Decide(hold.Notification{Job: "dlc1", Channel: channel, Critical: true, Began: noon}, nil, []hold.Mute{m}, noon)
		assert.Equal(t, []any{action, m.Because()}, []any{d.Action, d.Because}, fmt.Sprint(channel))
	}
}
