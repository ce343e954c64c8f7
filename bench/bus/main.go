// Command bus measures the local bus against peers in the same run: a bare
// SQLite writer that commits in groups, and an embedded NATS JetStream that
// syncs every event. Peers take turns, so that a drift of the machine's speed
// falls on all.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	turns := flag.Int("turns", 40, "measured turns of each")
	events := flag.Int("events", 2000, "events of a turn")
	history := flag.Int("history", 1_000_000, "events in the history whose memory and start are measured")
	child := flag.String("child", "", "folder whose bus to open and measure; used by the command itself")
	flag.Parse()
	if *child != "" {
		exit(openAndReport(*child))
	}
	exit(run(*turns, *events, *history))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bus:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(turns, events, history int) error {
	dir, err := os.MkdirTemp(".", ".bench-bus-") // the disk of the project, and not one in memory
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := rates(dir, turns, events); err != nil {
		return err
	}
	if err := latency(dir); err != nil {
		return err
	}
	if err := held(dir); err != nil {
		return err
	}
	return size(dir, history)
}

// line prints a value without a limit: no publisher notices a ratio to a peer.
func line(what string, value float64) { fmt.Printf("%-58s %8.2f\n", what, value) }

// atMost prints a value that may be no more than its limit.
func atMost(what string, value, most float64) {
	mark := ""
	if value > most {
		mark = "  missed"
	}
	fmt.Printf("%-58s %8.2f %8.2f%s\n", what, value, most, mark)
}
