package main

import (
	"context"
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

// rates compares the rates of the peers, round by round, and prints the medians
// of the rounds' ratios.
func rates(dir string, rounds, events int) error {
	nats, err := buildNATS(dir)
	if err != nil {
		return err
	}
	var toBare, toText, toNATS, done, hundred []float64
	fmt.Printf("Events a second: %d publishers, 1 KB events, each acknowledged after fsync; %d rounds of %d events in turns.\n\n", publishers, rounds, events)
	fmt.Printf("%8s %10s %10s %10s %10s %10s %12s %12s\n", "round", "bare rows", "bare texts", "NATS", "publish", "done", "1 rule", "100 rules")
	for i := range rounds {
		at := filepath.Join(dir, strconv.Itoa(i))
		batch, err := newEvents(events)
		if err != nil {
			return err
		}
		rowRate, err := bareRate(filepath.Join(at, "rows"), batch, true)
		if err != nil {
			return err
		}
		textRate, err := bareRate(filepath.Join(at, "texts"), batch, false)
		if err != nil {
			return err
		}
		plain, _, err := busRate(filepath.Join(at, "plain"), batch, 1, false)
		if err != nil {
			return err
		}
		one, oneDone, err := busRate(filepath.Join(at, "one"), batch, 1, true)
		if err != nil {
			return err
		}
		_, many, err := busRate(filepath.Join(at, "hundred"), batch, 100, true)
		if err != nil {
			return err
		}
		natsRate, err := natsRate(nats, filepath.Join(at, "nats"))
		if err != nil {
			return err
		}
		fmt.Printf("%8d %10.0f %10.0f %10.0f %10.0f %10.0f %12.0f %12.0f\n", i+1, rowRate, textRate, natsRate, plain, oneDone, one, many)
		toBare, toNATS = append(toBare, plain/rowRate), append(toNATS, plain/natsRate)
		toText = append(toText, plain/textRate)
		done, hundred = append(done, oneDone/plain), append(hundred, many/oneDone)
		if err := os.RemoveAll(at); err != nil {
			return err
		}
	}
	fmt.Printf("\n%-58s %8s %8s\n", "median ratio", "", "least")
	line("publish to a bare SQLite writer of the same rows", median(toBare), 0.80)
	fmt.Printf("%-58s %8.2f\n", "publish to a bare SQLite writer of the texts alone", median(toText))
	line("publish to NATS JetStream with sync always", median(toNATS), 3)
	line("published to handler done, to publish", median(done), 0.60)
	line("done with 100 rules on the bus, to done with one", median(hundred), 0.85)
	return nil
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

func bareRate(dir string, batch []event.Event, whole bool) (float64, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return 0, err
	}
	b, err := openBare(dir, whole)
	if err != nil {
		return 0, err
	}
	took, err := storm(batch, b.put)
	if err != nil {
		return 0, err
	}
	return float64(len(batch)) / took.Seconds(), b.close()
}

// busRate returns how many events a second were published, and how many were
// handled.
func busRate(dir string, batch []event.Event, rules int, match bool) (published, handled float64, err error) {
	var calls atomic.Int64
	b, err := openBus(dir, rules, match, &calls)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	took, err := storm(batch, func(e event.Event) error { return publish(b, e) })
	if err != nil {
		return 0, 0, err
	}
	if match {
		if err := ended(b, len(batch)); err != nil {
			return 0, 0, err
		}
	}
	all := time.Since(start)
	return float64(len(batch)) / took.Seconds(), float64(len(batch)) / all.Seconds(), b.Close(context.Background())
}

// ended waits until the outcomes of all notifications are on disk.
func ended(b *local.Bus, n int) error {
	for deadline := time.Now().Add(time.Minute); b.Waiting() > 0; time.Sleep(time.Millisecond) {
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
	out, err := exec.Command(command, "-dir", dir, "-publishers", strconv.Itoa(publishers), "-size", strconv.Itoa(eventBytes)).Output()
	if err != nil {
		return 0, fmt.Errorf("NATS: %w", err)
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
