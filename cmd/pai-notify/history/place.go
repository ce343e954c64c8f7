package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// place says whose history is meant: that of the bus of this machine, or of a bus
// in a cloud, as its ledger has it.
type place struct {
	Bus       string `default:"local" enum:"local,aliyun,aws" help:"Which EventBridge: this machine's, or a cloud's, whose ledger is read." placeholder:"aliyun|aws|local"`
	Data      string `help:"Data directory of this machine's bus (default: in your state directory)." placeholder:"DIR"`
	Workspace string `short:"w" type:"path" help:"Workspace document, with --bus aliyun or aws (default: the bus that the deployed functions serve)." placeholder:"FILE"`
	Ledger    string `help:"Ledger to read, such as dynamodb:TABLE (default: that of the deployed functions)." env:"PAI_NOTIFY_LEDGER" placeholder:"REF"`
	Region    string `help:"Region (default: from your credentials)." placeholder:"REGION"`
	Endpoint  string `help:"Address of the service (default: the region's)." placeholder:"URL"`
	Functions string `help:"Function name prefix." env:"PAI_NOTIFY_FUNCTIONS_PREFIX" default:"pai-notify-" placeholder:"PREFIX"`
}

// open opens the history of the bus.
func (p place) open(ctx context.Context, s terminal.Streams) (*running.Opened, error) {
	if p.Bus == provision.Local {
		if p.Workspace != "" || p.Region != "" || p.Endpoint != "" {
			return nil, errors.New("the bus of this machine is found by --data alone: name a cloud with --bus, or leave --workspace, --region and --endpoint out")
		}
		return running.OpenArchive(ctx, p.Data)
	}
	if p.Data != "" {
		return nil, fmt.Errorf("--data is the directory of a bus of this machine: leave it out with --bus %s", p.Bus)
	}
	at := account.Place{Bus: p.Bus, Region: p.Region, Endpoint: p.Endpoint}
	c, err := at.Open(ctx)
	if err != nil {
		return nil, err
	}
	busName, reference, err := p.find(ctx, c, s)
	if err != nil {
		return nil, account.WithRemedy(err, c)
	}
	l, err := c.OpenLedger(ctx, reference)
	if err != nil {
		return nil, account.WithRemedy(err, c)
	}
	a := archive.New(l, c, busName, time.Now)
	return &running.Opened{
		Archive: a, When: fmt.Sprintf("The function %s tries them within a minute; pai-notify history shows what becomes of them.", p.Functions+provision.Redeliver),
		Cloud: func(context.Context) (provision.Cloud, error) { return c, nil }, Close: func() error { return nil },
	}, nil
}

// find returns the bus and the ledger that are meant: those that are named, or
// those of the function that sends what waits.
func (p place) find(ctx context.Context, c provision.Cloud, s terminal.Streams) (busName, reference string, err error) {
	if p.Workspace != "" {
		w, err := input.ReadWorkspace(p.Workspace, nil, s)
		if err != nil {
			return "", "", err
		}
		busName = w.Bus()
	}
	reference = p.Ledger
	if busName == "" || reference == "" {
		function := p.Functions + provision.Redeliver
		named, served, err := c.Recorded(ctx, p.Functions)
		if bus.KindOf(err) == bus.NotFound {
			return "", "", fmt.Errorf("there is no function %s in this account and region, so no ledger keeps a history: deploy it, give its prefix with --functions, or name the ledger and the workspace with --ledger REF and -w FILE", function)
		}
		if err != nil {
			return "", "", err
		}
		if strings.HasPrefix(served, "pai-system-") {
			busName = cmp.Or(busName, served)
		}
		reference = cmp.Or(reference, named)
		if reference == "" {
			return "", "", fmt.Errorf("the function %s has no %s, so nothing keeps a history: deploy it with a ledger, or name one with --ledger REF", function, provision.LedgerVariable)
		}
		if busName == "" {
			return "", "", fmt.Errorf("the function %s does not say which workspace it serves: name the document with -w FILE", function)
		}
	}
	return busName, reference, nil
}
