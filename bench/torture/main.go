// Command torture runs pai-notify up under load and counts what comes of it. It
// kills the program at random moments, changes its document while events are
// posted, edits descriptions on the bus, and has the receivers fail, hang, reset,
// limit, refuse, and be away. Then it counts which notifications were lost, sent
// to somebody they were not meant for, reported as sent although nobody took
// them, or sent twice to a phone.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 20, "times the program is killed")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "seed of what is left to chance")
	program := flag.String("program", "build/pai-notify", "the program")
	flag.Parse()
	fmt.Printf("Torture of pai-notify up: %d rounds, seed %d.\n", *rounds, *seed)
	if err := torture(*program, *rounds, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}
