package main

import (
	"context"
	"errors"

	"github.com/pai-notify/pai-notify/shared/provision"
)

// openLocal opens the bus that runs on this machine.
func (f *placeFlags) openLocal(ctx context.Context) (provision.Cloud, error) {
	if f.Endpoint != "" || f.Region != "" {
		return provision.Cloud{}, errors.New("the bus of this machine is found by --data alone: leave --endpoint and --region out")
	}
	directory, err := dataDirectory(f.Data)
	if err != nil {
		return provision.Cloud{}, err
	}
	r, err := findRunning(ctx, directory, runningFile)
	if err != nil {
		return provision.Cloud{}, err
	}
	c, err := r.cloud(ctx)
	c.Waiting = waitingAt(remote{r})
	return c, err
}

// waitingAt asks a bus of this machine what waits.
func waitingAt(a archive) func(ctx context.Context, bus string) ([]provision.Waiting, error) {
	return func(ctx context.Context, bus string) ([]provision.Waiting, error) {
		counts, err := a.WaitingFor(ctx, bus)
		list := make([]provision.Waiting, len(counts))
		for i, c := range counts {
			list[i] = provision.Waiting{Rule: c.Rule, Receiver: c.Receiver, Count: c.Count}
		}
		return list, plain(err)
	}
}
