// Command coldstart measures the time from the start of a function's process
// to its first answer, and the size of its executable, against a hello-world
// on the same SDK. Each pair is measured back to back, so that a drift of the
// machine's speed falls on both.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
)

func main() {
	pairs := flag.Int("pairs", 40, "measured pairs for each ratio")
	build := flag.String("build", "build", "folder with the built functions")
	only := flag.String("function", "", "measure this function alone")
	flag.Parse()
	list := slices.DeleteFunc(functionsMeasured(), func(m measured) bool { return *only != "" && m.name != *only })
	if err := run(list, *pairs, *build); err != nil {
		fmt.Fprintln(os.Stderr, "coldstart:", err)
		os.Exit(1)
	}
}

func run(list []measured, pairs int, build string) error {
	dir, err := os.MkdirTemp("", "coldstart")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	floors := map[runtimeapi.Platform]string{}
	for platform, source := range map[runtimeapi.Platform]string{runtimeapi.FunctionCompute: "hellofc", runtimeapi.Lambda: "hellolambda"} {
		built := filepath.Join(dir, source+".built")
		// The same flags as the functions, so that only the code differs.
		cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", built, "./bench/coldstart/"+source)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", source, err, out)
		}
		if floors[platform], err = unpack(built, dir, source); err != nil {
			return err
		}
	}
	r, err := startReceivers(dir)
	if err != nil {
		return err
	}
	defer r.close()

	fmt.Printf("Cold start: process start to first answer, median ratio to a hello-world on the same SDK, %d pairs each.\n\n", pairs)
	fmt.Printf("%-10s %-8s %-6s %10s %10s %8s %8s\n", "function", "runtime", "via", "ms", "floor ms", "ratio", "limit")
	missed := 0
	for _, m := range list {
		executable, err := unpack(filepath.Join(build, m.name, "bootstrap"), dir, m.name)
		if err != nil {
			return err
		}
		for _, platform := range []runtimeapi.Platform{runtimeapi.FunctionCompute, runtimeapi.Lambda} {
			for _, via := range []struct {
				name     string
				receiver receiver
				limit    float64
			}{{"plain", r.plain, m.plain}, {"tls", r.tls, m.tls}} {
				if via.name == "tls" && !m.secure {
					continue
				}
				ratio, own, floor, err := compare(platform, candidate{executable, r.environment()}, candidate{floors[platform], r.environment()}, m.payload(via.receiver), pairs)
				if err != nil {
					return fmt.Errorf("%s on %s: %w", m.name, platform, err)
				}
				fmt.Printf("%-10s %-8s %-6s %10.2f %10.2f %8.2f%s\n", m.name, platform, via.name, own, floor, ratio, mark(ratio, via.limit, &missed))
			}
		}
	}
	fmt.Printf("\n%d of the limits missed.\n\n", missed)
	if err := withLedger(r, list, dir, build, pairs); err != nil {
		return err
	}
	fmt.Printf("\nSize of the stripped executable, ratio to the same hello-worlds.\n\n")
	for _, m := range list {
		for _, platform := range []runtimeapi.Platform{runtimeapi.FunctionCompute, runtimeapi.Lambda} {
			own, floor := size(filepath.Join(build, m.name, "bootstrap")), size(floors[platform])
			fmt.Printf("%-10s %-8s %7.2f MB %7.2f MB %8.2f", m.name, platform, own, floor, own/floor)
			if linked := size(filepath.Join(build, folders[platform], m.name, "bootstrap")); linked > 0 {
				fmt.Printf("   with a ledger %7.2f MB", linked)
			}
			fmt.Println()
		}
	}
	return nil
}

// unpack copies an executable, as a platform does from a function's package. A
// file as the linker has left it starts more slowly: its pages are mapped one by
// one.
func unpack(executable, dir, name string) (string, error) {
	text, err := os.ReadFile(executable)
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, name, "bootstrap")
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", err
	}
	return to, os.WriteFile(to, text, 0o700) //nolint:gosec // it is to be run
}

// mark is the column of the limit; 0 is none.
func mark(ratio, limit float64, missed *int) string {
	switch {
	case limit == 0:
		return ""
	case ratio <= limit:
		return fmt.Sprintf(" %8.2f", limit)
	}
	*missed++
	return fmt.Sprintf(" %8.2f  over", limit)
}

// candidate is an executable with what it runs in.
type candidate struct {
	executable  string
	environment []string
}

// compare returns the median of the ratios pair by pair, and the medians of
// both sides in milliseconds.
func compare(platform runtimeapi.Platform, one, other candidate, payload string, pairs int) (ratio, own, base float64, err error) {
	var ratios, owns, bases []float64
	for i := range pairs + 3 {
		a, err := one.start(platform, payload)
		if err != nil {
			return 0, 0, 0, err
		}
		b, err := other.start(platform, payload)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("the floor: %w", err)
		}
		if i < 3 {
			continue // the first runs fill the page cache
		}
		owns, bases, ratios = append(owns, a), append(bases, b), append(ratios, a/b)
	}
	return median(ratios), median(owns), median(bases), nil
}

var started atomic.Int64

// start runs an executable for one event, another one each time, and returns the
// milliseconds from the start of the process to the answer.
func (c candidate) start(platform runtimeapi.Platform, payload string) (float64, error) {
	output := &strings.Builder{}
	p, err := runtimeapi.Start(platform, c.executable, c.environment, output)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	payload = strings.Replace(payload, eventNumber, strconv.FormatInt(started.Add(1), 10), 1)
	if _, err := p.Invoke(ctx, []byte(payload)); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, output)
	}
	if strings.Contains(output.String(), "unguarded") {
		return 0, fmt.Errorf("the ledger did not answer\n%s", output)
	}
	return float64(time.Since(p.Started()).Microseconds()) / 1000, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func size(path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return float64(info.Size()) / 1e6
}
