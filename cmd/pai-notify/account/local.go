package account

import (
	"context"
	"errors"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// openLocal opens the bus that runs on this machine.
func (f *Place) openLocal(ctx context.Context) (provision.Cloud, error) {
	if f.Endpoint != "" || f.Region != "" {
		return provision.Cloud{}, errors.New("the bus of this machine is found by --data alone: leave --endpoint and --region out")
	}
	directory, err := running.DataDirectory(f.Data)
	if err != nil {
		return provision.Cloud{}, err
	}
	r, err := running.Find(ctx, directory, running.BusFile)
	if err != nil {
		return provision.Cloud{}, err
	}
	c, err := r.Cloud(ctx)
	here := running.Remote{Process: r}
	c.Waiting, c.Update, c.Rows = running.WaitingAt(here), here.Update, archive.RowsOf(here.History)
	return c, err
}
