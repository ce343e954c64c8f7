package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// opened is the archive of a data directory.
type opened struct {
	archive
	// running tells that a bus runs there, which sends at once what is redriven.
	running bool
	close   func() error
}

// openArchive opens what the bus of a directory remembers: through the bus that
// runs there, or else by the directory itself, from which nothing is sent.
func openArchive(ctx context.Context, data string) (*opened, error) {
	directory, err := dataDirectory(data)
	if err != nil {
		return nil, err
	}
	if directory == local.Memory {
		return nil, errors.New("--data :memory: keeps nothing that another command could read: leave it out to find the bus that runs")
	}
	r, err := findRunning(ctx, directory, runningFile)
	if err == nil {
		return &opened{remote{r}, true, func() error { return nil }}, nil
	}
	if !errors.Is(err, errStopped) {
		return nil, err
	}
	if !(local.Options{Dir: directory}).Exists() {
		return nil, fmt.Errorf("%s: no bus has kept anything there: name its directory with --data", directory)
	}
	bus, err := local.Open(ctx, local.Options{Dir: directory, Paused: true, Identify: identify, Split: split})
	if err != nil {
		return nil, err
	}
	return &opened{bus, false, func() error { return bus.Close(context.WithoutCancel(ctx)) }}, nil
}
