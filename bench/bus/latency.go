package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// latency measures the time from a publication to its acknowledgement at half of
// the load that the bus bears, against the machine's own fsync.
func latency(dir string) error {
	batch, err := newEvents(20000)
	if err != nil {
		return err
	}
	var calls atomic.Int64
	b, err := openBus(filepath.Join(dir, "latency"), 1, true, &calls)
	if err != nil {
		return err
	}
	took, err := whole(b, batch, &calls, true)
	if err != nil {
		return err
	}
	most := float64(len(batch)) / took.Seconds()
	before, err := fsyncs(dir)
	if err != nil {
		return err
	}
	if batch, err = newEvents(int(most / 2 * 3)); err != nil { // for three seconds
		return err
	}
	times := make([]time.Duration, len(batch))
	var running sync.WaitGroup
	pause := time.Duration(float64(publishers) / (most / 2) * float64(time.Second))
	for p := range publishers {
		running.Go(func() {
			next := time.Now().Add(pause * time.Duration(p) / publishers)
			for i := p; i < len(batch); i += publishers {
				time.Sleep(time.Until(next))
				start := time.Now()
				if err := publish(b, batch[i]); err != nil {
					fmt.Fprintln(os.Stderr, "bus:", err)
				}
				times[i] = time.Since(start)
				next = next.Add(pause)
			}
		})
	}
	running.Wait()
	if err := b.Close(context.Background()); err != nil {
		return err
	}
	after, err := fsyncs(dir)
	if err != nil {
		return err
	}
	slices.Sort(times)
	machine := max(at(before, 0.99), at(after, 0.99))
	fmt.Printf("\nAt half load, %.0f events a second: acknowledged after %v (median), %v (p99); fsync of 64 KB: %v (median), %v (p99).\n\n", most/2,
		at(times, 0.5).Round(time.Microsecond), at(times, 0.99).Round(time.Microsecond), at(before, 0.5).Round(time.Microsecond), machine.Round(time.Microsecond))
	line("p99 of an acknowledgement, to p99 of an fsync", float64(at(times, 0.99))/float64(machine))
	return nil
}
