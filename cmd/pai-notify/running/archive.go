package running

import (
	"context"
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/receivers"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Opened is the archive of a bus.
type Opened struct {
	Archive
	// When tells people when what is redriven is sent.
	When string
	// Cloud is the bus as provisioning sees it; nil where nothing runs.
	Cloud func(ctx context.Context) (provision.Cloud, error)
	Close func() error
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
		return &Opened{Remote{r}, "They are tried now; pai-notify history shows what becomes of them.", r.Cloud, func() error { return nil }}, nil
	}
	if !errors.Is(err, errStopped) {
		return nil, err
	}
	if !(local.Options{Dir: directory}).Exists() {
		return nil, fmt.Errorf("%s: no bus has kept anything there: name its directory with --data", directory)
	}
	bus, err := local.Open(ctx, local.Options{Dir: directory, Paused: true, Identify: receivers.Identify, Split: receivers.Split, Job: receivers.Job})
	if err != nil {
		return nil, err
	}
	return &Opened{bus, "They are tried when pai-notify up runs on that directory.", nil, func() error { return bus.Close(context.WithoutCancel(ctx)) }}, nil
}
