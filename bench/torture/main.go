// Command torture runs pai-notify up under load and counts what comes of it. It
// kills the program at random moments, changes its document while events are
// posted, edits descriptions on the bus, and has the receivers fail, hang, reset,
// limit, refuse, and be away. Then it counts which notifications were lost, sent
// to somebody they were not meant for, reported as sent although nobody took
// them, or sent twice to a phone.
//
// With -cloud it does the same to the functions' executables and their ledger, on a
// stand-in of a cloud: processes are killed in the middle of invocations, events
// delivered twice, and platform, ledger and redeliver are away by turns. It promises
// that nothing is lost, that nothing is falsely called sent, and that no text comes
// twice or is sent without the ledger, which is away and never out of use.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
)

const promise = `It fails for a notification that is lost, falsely called sent or never ends, for a text that comes twice
or is sent without the ledger, and for a chat message that comes twice without a cause.`

func main() {
	rounds := flag.Int("rounds", 20, "times the program is killed")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "seed of what is left to chance")
	program := flag.String("program", "build/pai-notify", "the program")
	cloud := flag.String("cloud", "", "fc or lambda: torture the functions there, with their ledger, and not the program")
	build := flag.String("build", "build", "the folder with the functions' executables")
	length := flag.Duration("for", time.Minute, "how long the functions are tortured")
	flag.Parse()
	if *cloud != "" {
		fmt.Printf("Torture of the functions on %s, seed %d.\n%s\n", *cloud, *seed, promise)
		platform, err := runtimeapi.ParsePlatform(*cloud)
		if err == nil {
			err = tortureCloud(platform, *build, *length, *seed)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "torture:", err)
			os.Exit(1)
		}
		return
	}
	fmt.Printf("Torture of pai-notify up: %d rounds, seed %d.\n", *rounds, *seed)
	if err := torture(*program, *rounds, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}
