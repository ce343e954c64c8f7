package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// peer is one of those that are compared: run has it take a batch of events.
type peer struct {
	name string
	run  func(batch []event.Event) (time.Duration, error)
}

// rates compares the peers in many short turns and prints the medians of the
// turns' ratios.
func rates(dir string, turns, events int) error {
	nats, err := buildNATS(dir)
	if err != nil {
		return err
	}
	peers, end, err := openPeers(dir)
	if err != nil {
		return err
	}
	fmt.Printf("Events a second: %d publishers, 1 KB events, each acknowledged after fsync; %d turns of %d events each.\n\n", publishers, turns, events)
	rate := map[string][]float64{}
	for i := range turns {
		if i%10 == 0 { // it takes long to start
			r, err := natsRate(nats, filepath.Join(dir, "nats"+strconv.Itoa(i)))
			if err != nil {
				return err
			}
			rate["NATS"] = append(rate["NATS"], r)
		}
		for _, p := range peers {
			batch, err := newEvents(events)
			if err != nil {
				return err
			}
			took, err := p.run(batch)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			rate[p.name] = append(rate[p.name], float64(events)/took.Seconds())
		}
	}
	if err := end(); err != nil {
		return err
	}
	for _, name := range []string{bareRows, bareTexts, "NATS", published, done, doneHundred} {
		fmt.Printf("%-58s %8.0f\n", name, median(rate[name]))
	}
	fmt.Printf("\nmedian ratio\n")
	line("publish to a bare SQLite writer of the same rows", ratio(rate[published], rate[bareRows]))
	line("publish to a bare SQLite writer of the texts alone", ratio(rate[published], rate[bareTexts]))
	line("publish to NATS JetStream with sync always", median(rate[published])/median(rate["NATS"]))
	line("published to handler done, to publish", ratio(rate[done], rate[published]))
	line("done with 100 rules on the bus, to done with one", ratio(rate[doneHundred], rate[done]))
	return nil
}

const (
	bareRows    = "bare SQLite writer, the same rows"
	bareTexts   = "bare SQLite writer, the texts alone"
	published   = "published, no rule matches"
	done        = "published to handler done, one rule"
	doneHundred = "published to handler done, one of 100 rules"
)

// openPeers opens the peers, each with a folder of its own.
func openPeers(dir string) ([]peer, func() error, error) {
	var peers []peer
	var ends []func() error
	for name, whole := range map[string]bool{bareRows: true, bareTexts: false} {
		at := filepath.Join(dir, strconv.Itoa(len(peers)))
		if err := os.MkdirAll(at, 0o750); err != nil {
			return nil, nil, err
		}
		b, err := openBare(at, whole)
		if err != nil {
			return nil, nil, err
		}
		peers = append(peers, peer{name, func(batch []event.Event) (time.Duration, error) { return storm(batch, b.put) }})
		ends = append(ends, b.close)
	}
	for _, p := range []struct {
		name  string
		rules int
		match bool
	}{{published, 1, false}, {done, 1, true}, {doneHundred, 100, true}} {
		var calls atomic.Int64
		b, err := openBus(filepath.Join(dir, strconv.Itoa(len(peers))), p.rules, p.match, &calls)
		if err != nil {
			return nil, nil, err
		}
		peers = append(peers, peer{p.name, func(batch []event.Event) (time.Duration, error) { return whole(b, batch, &calls, p.match) }})
		ends = append(ends, func() error { return b.Close(context.Background()) })
	}
	return peers, func() error {
		var errs []error
		for _, end := range ends {
			errs = append(errs, end())
		}
		return errors.Join(errs...)
	}, nil
}

// whole publishes a batch and returns how long that took, with the calls of the
// handlers if a rule matches. The outcomes are on disk when it returns.
func whole(b *local.Bus, batch []event.Event, calls *atomic.Int64, match bool) (time.Duration, error) {
	before, start := calls.Load(), time.Now()
	took, err := storm(batch, func(e event.Event) error { return publish(b, e) })
	if err != nil || !match {
		return took, err
	}
	for calls.Load() < before+int64(len(batch)) {
		time.Sleep(50 * time.Microsecond)
	}
	took = time.Since(start)
	return took, ended(b, len(batch))
}

// newEvents makes the events before they are measured: a bare writer takes bytes
// as they are.
func newEvents(n int) ([]event.Event, error) {
	list := make([]event.Event, n)
	for i := range list {
		var err error
		if list[i], err = event.Parse(newEvent()); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ended waits until the outcomes of all notifications are on disk.
func ended(b *local.Bus, n int) error {
	for deadline := time.Now().Add(time.Minute); b.Waiting() > 0; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("of %d notifications %d have not ended after a minute", n, b.Waiting())
		}
	}
	return nil
}

func buildNATS(dir string) (string, error) {
	file, err := filepath.Abs(filepath.Join(dir, "nats"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", file, ".")
	cmd.Dir = "bench/nats"
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building bench/nats: %w\n%s", err, out)
	}
	return file, nil
}

func natsRate(command, dir string) (float64, error) {
	out, err := exec.Command(command, "-dir", dir, "-publishers", strconv.Itoa(publishers), "-size", strconv.Itoa(eventBytes), "-during", "1s").Output()
	if err != nil {
		return 0, fmt.Errorf("NATS: %w", err)
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// ratio is the median of the ratios of turns.
func ratio(of, to []float64) float64 {
	var list []float64
	for i := range of {
		list = append(list, of[i]/to[i])
	}
	return median(list)
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
