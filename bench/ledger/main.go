// Command ledger simulates a ledger that many workspaces share, at more
// notifications than a machine here could send: the real protocol and the real
// store send their requests to a table that counts units as DynamoDB does, and
// refuses what its partitions do not take. It prints the hottest partition, the
// refused calls, the costs, and what gives first.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// Prices in US dollars of N. Virginia (Amazon DynamoDB pricing, on demand).
const (
	perMillionWrites = 0.625
	perMillionReads  = 0.125
)

const month = 30 * 24 * time.Hour

func main() {
	length := flag.Duration("for", 10*time.Minute, "simulated time at the usual rate")
	rate := flag.Float64("rate", 50, "notifications a second")
	workspaces := flag.Int("workspaces", 200, "workspaces in one table")
	more := flag.Bool("more", true, "look for what gives first, too")
	flag.Parse()
	if err := run(*length, *rate, *workspaces, *more); err != nil {
		fmt.Fprintln(os.Stderr, "ledger:", err)
		os.Exit(1)
	}
}

func run(length time.Duration, rate float64, workspaces int, more bool) error {
	usual, err := simulate(length, rate, workspaces, false)
	if err != nil {
		return err
	}
	usual.print(fmt.Sprintf("%.0f notifications a second for %v, %d workspaces in one table", rate, length, workspaces))
	if usual.table.throttled > 0 || usual.lost > 0 {
		fmt.Println("  missed: no call may be refused at this rate")
	}
	if !more {
		return nil
	}
	idle, err := simulate(10*time.Minute, 0, workspaces, false)
	if err != nil {
		return err
	}
	times := float64(month / (10 * time.Minute))
	fmt.Printf("idle, a month and workspace: %.0f write and %.0f read units, %.2f USD\n\n",
		idle.table.writes*times/float64(workspaces), idle.table.reads*times/float64(workspaces), idle.cost()*times/float64(workspaces))

	for _, alone := range []bool{false, true} {
		whose := "all workspaces"
		if alone {
			whose = "one workspace"
		}
		for _, factor := range []float64{10, 15, 20, 40} {
			// Some seconds show what a partition takes.
			s, err := simulate(4*time.Second, rate*factor, workspaces, alone)
			if err != nil {
				return err
			}
			fmt.Printf("%5.0f a second to %-15s hottest %-38s %5.0f units, refused %.2f %%, %v\n",
				rate*factor, whose+":", s.table.hottestPartition(), s.table.hottest[s.table.hottestPartition()], 100*float64(s.table.throttled)/float64(s.table.calls), s.table.throttledBy)
		}
	}
	return nil
}
