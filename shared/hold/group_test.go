package hold_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
)

const wait = 2 * time.Minute

// groups is a receiver's control row.
type groups []byte

// ask decides about a notification that began a while ago and says until when it
// waits; "" when it is sent.
func (g *groups) ask(key, id string, severity int, ago time.Duration, now time.Time) string {
	d, row := hold.Fold(*g, key, id, severity, now.Add(-ago), wait, now)
	if row != nil {
		*g = row
	}
	if d.Action == hold.Send {
		return ""
	}
	return d.Until.UTC().Format("15:04:05")
}

func TestTheFirstIsSentAndTheRestWaitsTogether(t *testing.T) {
	var g groups
	assert.Empty(t, g.ask("job", "n1", 2, 0, night))
	assert.Equal(t, "19:02:00", g.ask("job", "n2", 2, 0, night.Add(time.Second)))
	assert.Equal(t, "19:02:00", g.ask("job", "n3", 0, 0, night.Add(119*time.Second)))
	assert.Empty(t, g.ask("other", "n4", 2, 0, night.Add(time.Second)), "another thing is another group")
	d, row := hold.Fold(g, "job", "n2", 2, night, wait, night.Add(time.Second))
	assert.Equal(t, "grouped with n1 until 19:02:00 UTC", d.Because)
	assert.Nil(t, row)
}

func TestWhatIsTriedAgainIsNotHeldByItself(t *testing.T) {
	var g groups
	require.Empty(t, g.ask("job", "n1", 1, 0, night))
	require.Empty(t, g.ask("job", "n2", 3, 0, night.Add(time.Second)))
	assert.Empty(t, g.ask("job", "n1", 1, 30*time.Second, night.Add(30*time.Second)), "the first failed and is tried again")
	assert.Empty(t, g.ask("job", "n2", 3, 29*time.Second, night.Add(30*time.Second)), "what overtook it too")
	assert.NotEmpty(t, g.ask("job", "n3", 3, 0, night.Add(30*time.Second)))
}

func TestTheMoreSevereOvertakes(t *testing.T) {
	var g groups
	require.Empty(t, g.ask("job", "n1", 0, 0, night))
	assert.Empty(t, g.ask("job", "n2", 2, 0, night.Add(1*time.Second)))
	assert.NotEmpty(t, g.ask("job", "n3", 2, 0, night.Add(2*time.Second)), "as severe as what was sent")
	assert.Empty(t, g.ask("job", "n4", 3, 0, night.Add(3*time.Second)))
	assert.NotEmpty(t, g.ask("job", "n5", 3, 0, night.Add(4*time.Second)))
	assert.NotEmpty(t, g.ask("job", "n6", 1, 0, night.Add(5*time.Second)))
}

func TestWhatWasHeldGoesOutAndOpensTheGroupAgain(t *testing.T) {
	end := night.Add(wait)
	open := func() (g groups) {
		require.Empty(t, g.ask("job", "n1", 2, 0, night))
		return g
	}
	t.Run("all of it, in several messages", func(t *testing.T) {
		g := open()
		assert.Empty(t, g.ask("job", "n2", 2, 110*time.Second, end))
		assert.Empty(t, g.ask("job", "n3", 2, 5*time.Second, end.Add(time.Second)))
		assert.Equal(t, "19:04:00", g.ask("job", "n4", 2, 0, end.Add(time.Second)), "what is new waits once more")
	})
	t.Run("although something new came first", func(t *testing.T) {
		g := open()
		assert.Empty(t, g.ask("job", "n4", 2, 0, end.Add(time.Second)))
		assert.Empty(t, g.ask("job", "n2", 2, 110*time.Second, end.Add(2*time.Second)))
		assert.Empty(t, g.ask("job", "n3", 2, 10*time.Second, end.Add(3*time.Second)))
	})
	t.Run("although it is taken up late", func(t *testing.T) {
		g := open()
		for n := range 30 { // a new group each two minutes
			require.Empty(t, g.ask("job", fmt.Sprint("new", n), 2, 0, end.Add(time.Duration(n)*wait+time.Second)))
		}
		assert.Empty(t, g.ask("job", "n2", 2, time.Hour, end.Add(time.Hour-time.Minute)))
	})
	t.Run("although it was held by quiet hours", func(t *testing.T) {
		g := open()
		assert.Empty(t, g.ask("job", "n9", 0, 5*time.Hour, night.Add(time.Second)))
	})
}

func TestARowThatSaysNothingTrueHoldsNothing(t *testing.T) {
	future := fmt.Sprintf(`{"job":{"first":"n1","until":%d,"severity":3}}`, night.Add(wait+2*time.Minute).UnixMilli())
	for name, row := range map[string]string{
		"none": "", "no JSON": "{", "a list": "[]", "another form": `{"job":{"first":1}}`,
		"a group of nobody":     fmt.Sprintf(`{"job":{"until":%d}}`, night.Add(wait).UnixMilli()),
		"a clock of the future": future,
	} {
		t.Run(name, func(t *testing.T) {
			g := groups(row)
			assert.Empty(t, g.ask("job", "n2", 0, 0, night))
			assert.Equal(t, "19:02:00", g.ask("job", "n3", 0, 0, night.Add(time.Second)), "and groups again from then on")
		})
	}
	t.Run("clocks that differ by seconds are no such", func(t *testing.T) {
		var g groups
		require.Empty(t, g.ask("job", "n1", 0, 0, night.Add(20*time.Second)))
		assert.NotEmpty(t, g.ask("job", "n2", 0, 0, night))
	})
	t.Run("a wait of more than a day is one of a day", func(t *testing.T) {
		_, row := hold.Fold(nil, "job", "n1", 0, night, 100*hold.Longest, night)
		d, _ := hold.Fold(row, "job", "n2", 0, night, 100*hold.Longest, night)
		assert.Equal(t, hold.Longest, d.Until.Sub(night))
	})
}

func TestARowDoesNotGrowForever(t *testing.T) {
	var g groups
	for n := range 600 {
		assert.Empty(t, g.ask(fmt.Sprint("job", n), fmt.Sprint("n", n), 2, 0, night))
	}
	var kept map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(g, &kept))
	assert.Len(t, kept, 500)
	assert.Empty(t, g.ask("late", "x", 2, 0, night.Add(wait+time.Hour+time.Second)))
	clear(kept)
	require.NoError(t, json.Unmarshal(g, &kept))
	assert.Len(t, kept, 1)
}

// FuzzFold plays a group through: each pair of bytes is a notification, how long
// after the one before and how severe. What waits is taken up when it is due, and
// now and then late.
func FuzzFold(f *testing.F) {
	f.Add([]byte{0, 2, 1, 2, 1, 3, 200, 0, 0, 0})
	f.Add([]byte{0, 0, 60, 1, 60, 2, 60, 3, 60, 0, 60, 0, 60, 0, 60, 3})
	f.Add([]byte{0, 1, 119, 1, 1, 1, 1, 1, 0, 1, 119, 1, 1, 1})
	f.Fuzz(func(t *testing.T, steps []byte) {
		type one struct {
			id       string
			severity int
			began    time.Time
			due      time.Time
			asked    int
		}
		var pending []one
		for at, n := night, 0; n+1 < len(steps) && n < 400; n += 2 {
			at = at.Add(time.Duration(steps[n]) * time.Second)
			pending = append(pending, one{fmt.Sprint("n", n), int(steps[n+1] % 4), at, at, 0})
		}
		var row []byte
		sent := 0 // the most severe that the group has sent since it was opened
		opened := time.Time{}
		for len(pending) > 0 {
			next := 0
			for i, p := range pending {
				if p.due.Before(pending[next].due) {
					next = i
				}
			}
			p := pending[next]
			d, written := hold.Fold(row, "job", p.id, p.severity, p.began, wait, p.due)
			if written != nil {
				row = written
			}
			require.NotEqual(t, hold.Skip, d.Action)
			if d.Action == hold.Send {
				if opened.IsZero() || p.due.Sub(opened) >= wait {
					opened, sent = p.due, p.severity
				}
				sent = max(sent, p.severity)
				require.LessOrEqual(t, p.due.Sub(p.began), 2*wait, "%+v", p)
				pending = append(pending[:next], pending[next+1:]...)
				continue
			}
			require.LessOrEqual(t, p.severity, sent, "what is more severe than all that was sent waits")
			require.True(t, d.Until.After(p.due) && !d.Until.After(p.due.Add(wait)), "waits from %s until %s", p.due, d.Until)
			p.asked++
			require.LessOrEqual(t, p.asked, 1, "held twice: %+v", p)
			late := time.Duration(0)
			if p.severity == 1 {
				late = wait / 2 // whoever takes up what is due comes late
			}
			p.due = d.Until.Add(late)
			pending[next] = p
		}
	})
}
