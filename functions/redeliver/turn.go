package redeliver

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"sync"
	"time"
)

// Two runs at once would harm nobody, because each notification is claimed; but each
// would get a part of what could be one message. So a run that finds that a later one
// has begun ends, and leaves the rest to it. The later one may have died: then the
// next minute's goes on, as after any death.

// turn is what a run knows of whose turn it is.
type turn struct {
	mu     sync.Mutex
	run    string
	poked  bool
	begun  bool
	over   bool
	looked time.Time
}

const (
	// betweenTurns is how often a run looks whether another has begun, and says that
	// it goes on.
	betweenTurns = 2 * time.Second
	// longestTurn is for how long a run that says nothing is believed to go on: it waits
	// for a message of which each may take some seconds.
	longestTurn = 15 * time.Second
)

func newTurn(poked bool) turn { return turn{run: rand.Text()[:12], poked: poked} }

// turnRow is what the control row "turn/<bus>" has.
type turnRow struct {
	// Run is the run that began last, and At when it last said that it goes on; zero
	// when it has ended.
	Run string    `json:"run"`
	At  time.Time `json:"at,omitzero"`
	// Poked tells that somebody has asked for a run since.
	Poked bool `json:"poked,omitempty"`
}

// mine reports whether it is this run's turn. A run of the timer takes it from any
// other, and one that was poked where no other goes on. If the ledger does not say, it is.
func (r *run) mine(ctx context.Context) bool {
	t := &r.turn
	t.mu.Lock()
	defer t.mu.Unlock()
	now := r.Now()
	if t.over || now.Sub(t.looked) < betweenTurns {
		return !t.over
	}
	over := false
	_, err := r.Ledger.Update(ctx, "turn/"+r.Bus, func(value []byte) ([]byte, bool) {
		var row turnRow
		_ = json.Unmarshal(value, &row) // of another version, it is nobody's
		age := now.Sub(row.At)
		goes := row.Run != t.run && age > -longestTurn && age < longestTurn
		switch over = goes && (t.begun || t.poked); {
		case over && t.begun:
			return value, false
		case over:
			row.Poked = true
		default:
			row = turnRow{Run: t.run, At: now.UTC(), Poked: row.Poked && t.begun}
		}
		return row.text(), true
	})
	t.over, t.looked = err == nil && over, now
	t.begun = t.begun || err == nil
	return !t.over
}

// wanted ends the turn, unless somebody has asked for a run meanwhile.
func (r *run) wanted(ctx context.Context) (again bool) {
	t := &r.turn
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun || t.over {
		return false
	}
	_, _ = r.Ledger.Update(ctx, "turn/"+r.Bus, func(value []byte) ([]byte, bool) {
		var row turnRow
		if json.Unmarshal(value, &row) != nil || row.Run != t.run {
			again = false
			return value, false
		}
		if again = row.Poked; !again {
			row.At = time.Time{}
		}
		row.Poked = false
		return row.text(), true
	}) // what nobody ends is not believed for long
	return again
}

func (row turnRow) text() []byte {
	text, _ := json.Marshal(row) // it can always be written
	return text
}
