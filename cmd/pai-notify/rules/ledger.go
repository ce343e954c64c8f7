package rules

import (
	"context"
	"fmt"
	"io"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// ledgerFlag names the ledger that the functions keep.
type ledgerFlag struct {
	Ledger string `help:"Ledger of the functions, which apply makes if it is not there, such as tablestore:ENDPOINT/TABLE. On AWS template.yaml makes it." env:"PAI_NOTIFY_LEDGER" placeholder:"REF"`
}

// lacking is a ledger of which something is not there; the zero value where
// nothing has to be made.
type lacking struct {
	ledger.Maker
	missing []string
}

// lacking looks for the ledger, where whoever applies the document makes it.
func (f ledgerFlag) lacking(ctx context.Context, c provision.Cloud) (lacking, error) {
	if f.Ledger == "" || c.Ledger == nil {
		return lacking{}, nil
	}
	store, err := c.Ledger(ctx, f.Ledger)
	if err != nil {
		return lacking{}, fmt.Errorf("--ledger: %w", err)
	}
	m, ok := store.(ledger.Maker)
	if !ok {
		return lacking{}, nil
	}
	missing, err := m.Missing(ctx)
	return lacking{m, missing}, err
}

func (l lacking) print(out io.Writer) {
	for _, m := range l.missing {
		fmt.Fprintln(out, paintStep(provision.Create).Sprintf("+ ledger: %s", terminal.OneLine(m)))
	}
	if len(l.missing) > 0 {
		fmt.Fprintln(out)
	}
}

// create makes what is missing, before any rule can send to functions that keep it.
func (l lacking) create(ctx context.Context, err io.Writer) error {
	if len(l.missing) == 0 {
		return nil
	}
	fmt.Fprintln(err, "Making the ledger. It can take some minutes until it can be used.")
	return l.Create(ctx)
}
