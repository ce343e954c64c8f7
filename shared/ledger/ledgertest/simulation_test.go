package ledgertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/ledger"
)

// counts is what a simulation ended with.
type counts struct {
	lost, falselySent, stuck, textsDoubled, chatDoubled, unexplained int
	states                                                           map[ledger.State]int
	byCause                                                          map[cause]int
	unrecorded, untold                                               int
}

func (s *simulation) counts() counts {
	c := counts{states: map[ledger.State]int{}, byCause: map[cause]int{}}
	for _, n := range s.told {
		row, _ := s.kept.Get(ctx, n.entry.ID)
		c.states[row.State]++
		switch {
		case row.State == ledger.Sent && n.received == 0:
			c.falselySent++
		case row.State == "" && n.received > 0:
			c.unrecorded++ // sent without the ledger, as its log says
		case row.State == ledger.Claimed || row.State == ledger.Waiting || row.State == "":
			c.stuck++
			if n.received == 0 {
				c.lost++
			}
		case row.State == ledger.Unknown && n.received == 0:
			c.untold++ // visible, and a person may have it sent again
		}
		switch {
		case n.received < 2:
		case n.entry.AtMostOnce:
			c.textsDoubled++
		default:
			c.chatDoubled++
			c.byCause[n.causes]++
			if n.causes == 0 {
				c.unexplained++
			}
		}
	}
	return c
}

func (c counts) String() string {
	return fmt.Sprintf("lost %d, falsely sent %d, never ended %d, texts doubled %d, chat doubled %d (by cause %v), sent without a row %d, unknown and not received %d, ended as %v",
		c.lost, c.falselySent, c.stuck, c.textsDoubled, c.chatDoubled, c.byCause, c.unrecorded, c.untold, c.states)
}

func simulate(t *testing.T, seed uint64, d days) counts {
	t.Helper()
	s := newSimulation(seed, d)
	s.run(s.at.Add(d.length))
	c := s.counts()
	t.Logf("seed %d, %d notifications: %s", seed, d.notifications, c)
	return c
}

// Together 100,000 notifications.
var (
	seeds               = []uint64{1, 2, 3, 4}
	notificationsOfEach = 25_000
)

func TestNothingIsLostAndNoTextDoubledInSimulatedTime(t *testing.T) {
	if testing.Short() {
		seeds, notificationsOfEach = seeds[:1], 5_000
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			c := simulate(t, seed, badEnough(notificationsOfEach))
			assert.Zero(t, c.lost, "lost")
			assert.Zero(t, c.falselySent, "called sent and not received")
			assert.Zero(t, c.stuck, "never ended")
			assert.Zero(t, c.textsDoubled, "texts that were received twice")
			assert.Zero(t, c.unexplained, "chat messages that were received twice though nobody died and no lease had ended")
		})
	}
}

// TestTheSimulationCanFail takes something of the protocol away, on days that are
// worse.
func TestTheSimulationCanFail(t *testing.T) {
	worse := badEnough(1_500)
	worse.length, worse.kill, worse.hang, worse.failing, worse.twice = arriving+9*time.Hour, 0.02, 0.05, 0.1, 0.2
	whole := simulate(t, 1, worse)
	ledgerOf := func(name string) func(*days) {
		b, ok := brokenLedgers[name]
		require.True(t, ok, name)
		return func(d *days) { d.protocol = b.open }
	}
	textsDoubled := func(c counts) int { return c.textsDoubled }
	for name, c := range map[string]struct {
		change func(*days)
		fails  func(c counts) int
	}{
		"a conflict read as already sent":     {ledgerOf("a conflict read as already sent"), func(c counts) int { return c.lost }},
		"no token":                            {ledgerOf("no token"), func(c counts) int { return c.untold }},
		"phones that are taken over":          {ledgerOf("phones that are taken over"), textsDoubled},
		"an error read as one's own":          {ledgerOf("an error read as one's own"), textsDoubled},
		"what is due is sent without a claim": {ledgerOf("what is due is sent without a claim"), textsDoubled},
		"an answer that is not needed":        {ledgerOf("an answer that is not needed"), func(c counts) int { return c.unexplained }},
		"texts without the ledger":            {func(d *days) { d.unguardedTexts, d.failing = true, 0.4 }, textsDoubled},
		"no failure records":                  {func(d *days) { d.noRecords, d.failing = true, 0.4 }, func(c counts) int { return c.lost }},
		"no sweep":                            {func(d *days) { d.noSweep = true }, func(c counts) int { return c.stuck }},
	} {
		t.Run(name, func(t *testing.T) {
			d := worse
			c.change(&d)
			assert.Greater(t, c.fails(simulate(t, 1, d)), 3*c.fails(whole)/2, "more of it than %d", c.fails(whole))
		})
	}
}
