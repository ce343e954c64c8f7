package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
)

// The night begins with simulated time, at midnight, and an event comes every other
// second. It is quiet until eight.
const (
	everyOther = 2 * time.Second
	morning    = 8 * time.Hour
)

var nights = &hold.Policy{Quiet: []hold.Interval{{Name: "nights", From: "22:00", To: "08:00", Zone: "UTC"}}}

// mornings has one robot be told in the morning what a rule has held in the night.
func mornings(t *testing.T, held int) {
	if held == 0 {
		return
	}
	held = min(held, int((morning-30*time.Minute)/everyOther))
	p := platforms[0]
	s := &storm{}
	for i := range held {
		name, after := fmt.Sprintf("job%06dx", i), everyOther*time.Duration(i)
		s.events = append(s.events, happening{name: name, after: after, text: eventOf(name, "paidlc:JobStateChange:JobSucceeded", start.Add(after))})
	}
	fmt.Printf("\nQuiet hours: %d notifications held until 08:00 for one robot, %s (%s):\n", held, p.typ, p.limits())
	for _, way := range []struct {
		name string
		run  func(*testing.T, *storm, *peer, *memoryInUse)
	}{{"pai-notify, one machine", nightLocal}, {"pai-notify, a cloud", nightCloud}} {
		in, h := newPeer(t, p), &memoryInUse{}
		var got []told
		fmt.Println("  " + way.name)
		synctest.Test(t, func(t *testing.T) { way.run(t, s, in, h); got = in.told() })
		s.morning(got, p, h)
	}
}

// quietly are the wishes of one rule with quiet hours.
func quietly(t *testing.T, in *peer) *wishes {
	w := wishesFor(t, in.platform, in.url)
	w.list = w.list[slices.IndexFunc(w.list, func(one wish) bool { return one.target.Rule.Name == "team-008-dlc" }):][:1]
	w.list[0].target.Rule.Policy = nights
	w.bus.Targets[busName+"/"+w.list[0].rule.Name][w.list[0].target.ID] = w.list[0].target
	return w
}

// memoryInUse is how much memory is in use: at the start of the night, when all is held, and
// the most in the morning.
type memoryInUse struct{ few, held, most uint64 }

func heapNow() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// night plays the night and the morning until nothing waits.
func (s *storm) night(t *testing.T, h *memoryInUse, happens func(e happening), waits func() bool) {
	s.play(t, func(i int, e happening) {
		if happens(e); i == len(s.events)/10 {
			h.few = heapNow()
		}
	})
	time.Sleep(time.Until(start.Add(morning - time.Second)))
	h.held = heapNow()
	for i := 0; i < 6*60 && (i < 2 || waits()); i++ {
		time.Sleep(time.Minute)
		h.most = max(h.most, heapNow())
	}
}

func nightLocal(t *testing.T, s *storm, in *peer, h *memoryInUse) {
	m := newMachine(t, in, quietly(t, in), t.TempDir())
	defer m.close()
	s.night(t, h, func(e happening) { m.publish(e.text) }, func() bool { return m.bus.Waiting() > 0 })
}

func nightCloud(t *testing.T, s *storm, in *peer, h *memoryInUse) {
	c := newCloud(t, in, quietly(t, in))
	var waking sync.WaitGroup
	// All night it would find nothing that is due.
	waking.Go(func() { time.Sleep(morning - 5*time.Minute); c.wake(0, 6*60) })
	s.night(t, h, func(e happening) { c.put([]int{0}, e.text) }, func() bool { return !c.ended() })
	waking.Wait()
	c.hitches()
}

// morning prints what came when.
func (s *storm) morning(list []told, p platform, h *memoryInUse) {
	at := map[string]int{}
	var taken []time.Time
	refused, early := 0, 0
	for _, m := range list {
		switch {
		case !m.taken:
			refused++
			continue
		case m.at.Before(start.Add(morning)):
			early++
		}
		taken = append(taken, m.at)
		for _, name := range m.names {
			at[name]++
		}
	}
	twice := 0
	for _, n := range at {
		if n > 1 {
			twice++
		}
	}
	busiest := 0
	for i := range taken {
		n := 0
		for _, other := range taken[i:] {
			if other.Sub(taken[i]) < p.rates[0].Per {
				n++
			}
		}
		busiest = max(busiest, n)
	}
	if len(taken) == 0 {
		line(false, "nothing was told")
		return
	}
	fewest := (len(s.events) + message.MaxDigest - 1) / message.MaxDigest
	bound, took := p.earliest(fewest), taken[len(taken)-1].Sub(start.Add(morning))
	line(early == 0, "nothing in the night: %d messages", early)
	line(busiest <= p.rates[0].Messages && refused == 0, "what the window allows: %d messages, %d in the busiest window, %d refused", len(taken), busiest, refused)
	line(len(at) == len(s.events), "0 lost: %d, %d told twice", len(s.events)-len(at), twice)
	line(len(taken) <= fewest+fewest/20, "%d messages of %d that are needed", len(taken), fewest)
	line(took <= bound+max(bound/20, patience), "all within 5 %% of what the limit allows: %s after 08:00 of %s", seconds(took), seconds(bound))
	const mb = 1 << 20
	line(h.most <= h.held+16*mb, "memory stays flat in the morning: %.1f MB in use with a tenth held, %.1f MB with all, at most %.1f MB in the morning", float64(h.few)/mb, float64(h.held)/mb, float64(h.most)/mb)
}
