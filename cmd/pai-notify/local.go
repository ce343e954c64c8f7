package main

import (
	"context"
	"errors"

	"github.com/pai-notify/pai-notify/functions/provision"
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
