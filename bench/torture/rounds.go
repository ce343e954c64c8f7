package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// The bus runs for this long before it is killed.
const (
	shortest = 300 * time.Millisecond
	spread   = 1500 * time.Millisecond
	// patience is how long everything may take to end when nothing misbehaves
	// any more.
	patience = 10 * time.Minute
)

func torture(rounds int, seed uint64) error {
	dir, err := os.MkdirTemp(".", ".torture-") // the disk of the project, and not one in memory
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	random := rand.New(rand.NewPCG(seed, 0))
	r, err := startReceivers(rand.New(rand.NewPCG(seed, 1)))
	if err != nil {
		return err
	}
	defer func() { _ = r.server.Close() }()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	acknowledged := map[string]bool{}
	for i := range rounds {
		ctx, kill := context.WithTimeout(context.Background(), shortest+time.Duration(random.Float64()*float64(spread)))
		killed, err := run(exec.CommandContext(ctx, self, "-child", dir, "-receivers", r.address, "-round", strconv.Itoa(i), "-publish"), func(t told) {
			acknowledged[t.Acknowledged] = true
		})
		kill()
		if err != nil {
			return fmt.Errorf("round %d: %w", i+1, err)
		}
		if !killed {
			return fmt.Errorf("round %d: the bus ended by itself", i+1)
		}
		fmt.Printf("round %d: killed, %d events acknowledged so far\n", i+1, len(acknowledged))
	}
	r.behaving.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var ended []notification
	waiting, kept := 0, map[string]bool{}
	killed, err := run(exec.CommandContext(ctx, self, "-child", dir, "-receivers", r.address), func(t told) {
		switch {
		case t.Ended != nil:
			ended = append(ended, *t.Ended)
		case t.Kept != "":
			kept[t.Kept] = true
		case t.Waiting != nil:
			waiting = *t.Waiting
		}
	})
	if err != nil {
		return err
	}
	if killed {
		return fmt.Errorf("%d notifications had not ended after %v", waiting, patience)
	}
	return judge(acknowledged, kept, ended, r)
}

// run runs a process to its end, however it comes, and tells whether it was
// killed.
func run(cmd *exec.Cmd, each func(told)) (killed bool, err error) {
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil { // a line that was cut off was not told
			if !errors.Is(err, io.EOF) {
				return false, err
			}
			break
		}
		var t told
		if err := json.Unmarshal(line, &t); err != nil {
			return false, err
		}
		each(t)
	}
	err = cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == -1 {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %s", err, complaints.String())
	}
	return false, nil
}

// judge counts what must not be.
func judge(acknowledged, kept map[string]bool, ended []notification, r *receivers) error {
	r.mu.Lock()
	took := r.took
	r.mu.Unlock()
	have := map[string]int{}
	states := map[string]map[local.State]int{}
	lost, notTaken, doubled, twice, unexplained := 0, 0, 0, 0, 0
	for _, n := range ended {
		have[n.Event+" "+n.Target]++
		if states[n.Target] == nil {
			states[n.Target] = map[local.State]int{}
		}
		states[n.Target][n.State]++
		id := map[string]string{"robot": "chat " + n.Event, "phone": "sms " + n.StableID, "endpoint": "http " + n.StableID}[n.Target]
		if n.State == local.Sent && took[id] == 0 {
			notTaken++
			fmt.Printf("reported as sent and not taken: %+v\n", n)
		}
		if (n.State == local.Dead || n.State == local.Unknown) && n.Reason == "" {
			unexplained++
		}
	}
	for id, n := range took {
		if strings.HasPrefix(id, "sms ") && n > 1 {
			doubled++
			fmt.Printf("taken %d times: %s\n", n, id)
		}
	}
	for id := range acknowledged {
		if strings.HasPrefix(id, "loud") {
			if !kept[id] {
				lost++
				fmt.Printf("lost: %s\n", id)
			}
			continue
		}
		targets := []string{"endpoint"}
		if strings.HasPrefix(id, jobPrefix) {
			targets = []string{"robot", "phone"}
		}
		for _, to := range targets {
			switch have[id+" "+to] {
			case 0:
				lost++
				fmt.Printf("lost: %s for %s\n", id, to)
			case 1:
			default:
				twice++
			}
		}
	}
	fmt.Printf("\n%s\n", r.summary())
	for _, to := range []string{"robot", "endpoint", "phone"} {
		s := states[to]
		fmt.Printf("%-9s %6d sent, %4d dead, %4d unknown, %4d skipped\n", to, s[local.Sent], s[local.Dead], s[local.Unknown], s[local.Skipped])
	}
	fmt.Printf("\n%d events acknowledged, %d notifications ended\n", len(acknowledged), len(ended))
	fmt.Printf("%6d acknowledged events lost\n%6d reported as sent that no receiver took\n%6d texts doubled\n%6d notifications there twice\n%6d ends without a reason\n", lost, notTaken, doubled, twice, unexplained)
	if lost+notTaken+doubled+twice+unexplained > 0 {
		return errors.New("the bus did not keep its word")
	}
	return nil
}
