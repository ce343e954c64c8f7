package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
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
	where := archive.Where{Ledger: p.Ledger, Prefix: p.Functions}
	if p.Workspace != "" {
		w, err := input.ReadWorkspace(p.Workspace, nil, s)
		if err != nil {
			return nil, err
		}
		where.Bus = w.Bus()
	}
	a, err := archive.Open(ctx, c, where)
	if err != nil {
		return nil, account.WithRemedy(err, c)
	}
	return &running.Opened{
		Archive: a, When: fmt.Sprintf("The function %s tries them within a minute; pai-notify history shows what becomes of them.", policy.FunctionName(p.Functions, policy.Redeliver)),
		Cloud: func(context.Context) (provision.Cloud, error) { return c, nil }, Close: func() error { return nil },
	}, nil
}
