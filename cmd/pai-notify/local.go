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
	r, err := findRunning(ctx, directory)
	if err != nil {
		return provision.Cloud{}, err
	}
	return r.cloud(ctx)
}
