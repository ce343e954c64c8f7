package running

import (
	"context"
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// Opened is the archive of a data directory.
type Opened struct {
	Archive
	// Running tells that a bus runs there, which sends at once what is redriven.
	Running bool
	Close   func() error
}

// OpenArchive opens what the bus of a directory remembers: through the bus that
// runs there, or else by the directory itself, from which nothing is sent.
func OpenArchive(ctx context.Context, data string) (*Opened, error) {
	directory, err := DataDirectory(data)
	if err != nil {
		return nil, err
	}
	if directory == local.Memory {
		return nil, errors.New("--data :memory: keeps nothing that another command could read: leave it out to find the bus that runs")
	}
	r, err := Find(ctx, directory, BusFile)
	if err == nil {
		return &Opened{Remote{r}, true, func() error { return nil }}, nil
	}
	if !errors.Is(err, errStopped) {
		return nil, err
	}
	if !(local.Options{Dir: directory}).Exists() {
		return nil, fmt.Errorf("%s: no bus has kept anything there: name its directory with --data", directory)
	}
	bus, err := local.Open(ctx, local.Options{Dir: directory, Paused: true, Identify: receivers.Identify, Split: receivers.Split})
	if err != nil {
		return nil, err
	}
	return &Opened{bus, false, func() error { return bus.Close(context.WithoutCancel(ctx)) }}, nil
}
