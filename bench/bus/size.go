package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
)

// waitingEvents is how many notifications wait beside the history.
const waitingEvents = 10000

// size fills a history, leaves notifications waiting in it, and has another
// process open it.
func size(dir string, history int) error {
	at := filepath.Join(dir, "history")
	var calls atomic.Int64
	fmt.Printf("\nFilling a history with %d events.\n\n", history)
	b, err := openBus(at, 1, true, &calls)
	if err != nil {
		return err
	}
	for left := history; left > 0; left -= 20000 {
		batch, err := newEvents(min(left, 20000))
		if err != nil {
			return err
		}
		if _, err := storm(batch, func(e event.Event) error { return publish(b, e) }); err != nil {
			return err
		}
		if err := ended(b, len(batch)); err != nil {
			return err
		}
	}
	if err := b.Maintain(context.Background()); err != nil {
		return err
	}
	if err := b.Close(context.Background()); err != nil {
		return err
	}
	if err := leaveWaiting(at); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out, err := exec.Command(self, "-child", at).Output()
	if err != nil {
		return fmt.Errorf("opening the history: %w", err)
	}
	var memory, seconds float64
	var waiting int
	if _, err := fmt.Sscan(string(out), &memory, &seconds, &waiting); err != nil {
		return err
	}
	fmt.Printf("%d events in the history, %d notifications waiting:\n", history, waiting)
	fmt.Printf("%-58s %8s %8s\n", "", "", "most")
	atMost("memory of the process (MB)", memory, 100)
	atMost("start: CPU time until it accepts events (s)", seconds, 1)
	return nil
}

// leaveWaiting publishes events whose function fails, so that their
// notifications wait for another attempt.
func leaveWaiting(dir string) error {
	b, err := local.Open(context.Background(), local.Options{Dir: dir, HistoryBytes: 1 << 40, Concurrency: 16,
		Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
			return nil, errors.New(`{"status":"failed","class":"rate-limited","retry_after":3600,"reason":"later"}`)
		}})
	if err != nil {
		return err
	}
	batch, err := newEvents(waitingEvents)
	if err != nil {
		return err
	}
	if _, err := storm(batch, func(e event.Event) error { return publish(b, e) }); err != nil {
		return err
	}
	return b.Close(context.Background())
}

// openAndReport opens a bus, has it accept an event, and prints the memory of
// this process in MB, the CPU time of the start in seconds, and how much waits.
func openAndReport(dir string) error {
	before := cpu()
	var calls atomic.Int64
	b, err := local.Open(context.Background(), local.Options{Dir: dir, HistoryBytes: 1 << 40,
		Invoke: func(context.Context, string, []byte) (json.RawMessage, error) {
			calls.Add(1)
			return nil, errors.New(`{"status":"failed","class":"rate-limited","retry_after":3600,"reason":"later"}`)
		}})
	if err != nil {
		return err
	}
	e, err := event.Parse(newEvent())
	if err != nil {
		return err
	}
	if err := publish(b, e); err != nil {
		return err
	}
	seconds := (cpu() - before).Seconds()
	time.Sleep(2 * time.Second)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	memory := 0.0
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" { // the most it ever was
			if memory, err = strconv.ParseFloat(f[1], 64); err != nil {
				return err
			}
		}
	}
	fmt.Println(memory/1024, seconds, b.Waiting())
	return b.Close(context.Background())
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
