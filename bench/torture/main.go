// Command torture publishes to a local bus under load, kills it at random
// moments, and counts what came of that: whether an acknowledged event was lost,
// a chat message reported as sent that its receiver did not take, or a text
// doubled. The functions are the real ones; the receivers fail, hang, reset,
// limit and refuse.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 20, "times the bus is killed")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "seed of what is left to chance")
	child := flag.String("child", "", "folder of the bus to run; used by the command itself")
	address := flag.String("receivers", "", "address of the receivers; used by the command itself")
	publish := flag.Bool("publish", false, "publish; used by the command itself")
	round := flag.Int("round", 0, "number of the round; used by the command itself")
	flag.Parse()
	var err error
	if *child != "" {
		err = runChild(*child, *address, *round, *publish)
	} else {
		fmt.Printf("Torture of the local bus: %d rounds, seed %d.\n", *rounds, *seed)
		err = torture(*rounds, *seed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}
