package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/mutes"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// mutes opens the mutes of the bus.
func (p place) mutes(ctx context.Context, s terminal.Streams) (*openMutes, error) {
	o := &openMutes{Of: mutes.Of{Here: p.Bus == provision.Local, Now: time.Now}}
	if o.Here && p.Workspace != "" { // this machine may have several
		w, err := input.ReadWorkspace(p.Workspace, nil, s)
		if err != nil {
			return nil, err
		}
		o.Bus, p.Workspace = w.Bus(), ""
	}
	a, err := p.open(ctx, s)
	if errors.Is(err, archive.ErrNone) {
		return nil, fmt.Errorf("functions without a ledger cannot be muted, because they do not see it: deploy them with a ledger, or disable rules with pai-notify disable\n  %w", err)
	}
	if err != nil {
		return nil, err
	}
	o.Archive, o.close = a.Archive, a.Close
	if in, ok := a.Archive.(*archive.Archive); ok {
		o.Of.Bus = in.Bus()
	}
	if o.Here && o.Of.Bus == "" {
		if o.Of.Bus, err = onlyBus(ctx, a.Cloud); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	o.rules = func(ctx context.Context) (provision.State, error) {
		if a.Cloud == nil {
			return provision.State{}, errors.New("no bus runs there")
		}
		c, err := a.Cloud(ctx)
		if err != nil {
			return provision.State{}, err
		}
		have, err := provision.Read(ctx, c.Bus, o.Of.Bus)
		return have, c.Explain(err)
	}
	return o, nil
}

// onlyBus is the bus of this machine, unless it has several.
func onlyBus(ctx context.Context, cloud func(context.Context) (provision.Cloud, error)) (string, error) {
	if cloud == nil {
		return "", errors.New("no bus runs there: start one with pai-notify up, or name the workspace with -w FILE")
	}
	c, err := cloud(ctx)
	if err != nil {
		return "", err
	}
	list, err := c.Bus.ListEventBuses(ctx, "")
	if err != nil {
		return "", c.Explain(err)
	}
	var names []string
	for _, b := range list {
		if b.Name != "default" {
			names = append(names, b.Name)
		}
	}
	if len(names) != 1 {
		return "", fmt.Errorf("this machine has %d buses (%s): name the workspace with -w FILE", len(names), strings.Join(names, ", "))
	}
	return names[0], nil
}

func historyOf(bus, job string) local.Query { return local.Query{Bus: bus, Job: job, Limit: 1} }
