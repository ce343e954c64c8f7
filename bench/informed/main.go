// Command informed measures how long people wait to be told in a storm: 60 and 1,200
// events, and 20,000 if asked, that 48 rules want told to one robot, in simulated time, against
// the platforms' limits with their penalties. Our own code is what runs: the local
// bus, and the functions of a cloud with their ledger and its waker. Beside it run
// the policies of two peers, against the same robots. Its second part is a morning
// after a night in which ten thousand notifications were held.
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pai-notify/pai-notify/shared/webhook"
)

// options are what the command line sets.
type options struct {
	storms    []int
	platforms []string
	// timer is how long after the first event the waker of a cloud runs first.
	timer time.Duration
	held  int
}

func main() {
	o := options{}
	flag.DurationVar(&o.timer, "timer", 59*time.Second, "how long after the first event the waker of a cloud runs first, of a minute")
	flag.IntVar(&o.held, "held", 10_000, "notifications held in the night; 0 for no night")
	sizes := flag.String("storms", "60,1200", "how many events a storm has, such as 20000, which takes a quarter of an hour; empty for none")
	types := flag.String("platforms", "dingtalk,wecom,lark", "those of 1,200 events; others are DingTalk's alone, whose limit costs the most")
	testing.Init()
	flag.Parse()
	for text := range strings.SplitSeq(*sizes, ",") {
		if n, err := strconv.Atoi(text); err == nil {
			o.storms = append(o.storms, n)
		}
	}
	o.platforms = strings.Split(*types, ",")
	if err := os.Setenv(webhook.AllowVariable, "127.0.0.1"); err != nil {
		fmt.Fprintln(os.Stderr, "informed:", err)
		os.Exit(1)
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	// Time is simulated for tests alone, so this runs as one.
	all := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{
		{Name: "Storms", F: func(t *testing.T) { storms(t, o) }},
		{Name: "Morning", F: func(t *testing.T) { mornings(t, o.held) }},
	}, nil, nil)
}

// within is the time in which the events of a storm come.
func within(events int) time.Duration {
	if events > 5000 {
		return time.Minute
	}
	return 5 * time.Second
}

func storms(t *testing.T, o options) {
	fmt.Printf("Time to be informed, 48 rules to one robot; the waker of a cloud first runs after %v.\n", o.timer)
	for _, n := range o.storms {
		for _, p := range platforms {
			if !slices.Contains(o.platforms, p.typ) || n != 1200 && p.typ != "dingtalk" {
				continue
			}
			wants := wishesFor(t, p, "")
			s := newStorm(n, within(n), wants)
			fmt.Printf("\n%d events in %v and %d critical later, %d notifications, %s (%s):\n", n, within(n), fresh, s.notifications, p.typ, p.limits())
			possible(s, p)
			atOnce(s, p).print("each at once, with retries")
			grouped(s, p).print("Alertmanager")
			var ours []told
			in := newPeer(t, p)
			synctest.Test(t, func(t *testing.T) { runLocal(t, s, in); ours = in.told() })
			s.judge(ours, p).print("pai-notify, one machine").goals(s, p)
			in = newPeer(t, p)
			var c *cloud
			synctest.Test(t, func(t *testing.T) { c = runCloud(t, s, in, o.timer); ours = in.told() })
			s.judge(ours, p).print("pai-notify, a cloud").goals(s, p)
			c.hitches()
		}
	}
}

// line prints what a goal came to.
func line(ok bool, goal string, values ...any) {
	verdict := "ok  "
	if !ok {
		verdict = "over"
	}
	fmt.Println("     ", verdict, strings.TrimSpace(fmt.Sprintf(goal, values...)))
}
