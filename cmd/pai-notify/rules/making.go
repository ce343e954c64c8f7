package rules

import (
	"context"
	"fmt"
	"io"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// alarmsFlag says whom the alarms tell.
type alarmsFlag struct {
	Alarms string `help:"Contact group of CloudMonitor and action policy of Simple Log Service, both of this name, that alarms go to, which apply makes on Alibaba Cloud. On AWS template.yaml makes them." env:"PAI_NOTIFY_ALARMS" placeholder:"NAME"`
}

// makingFlags name what apply makes besides rules, where no deployment does.
type makingFlags struct {
	Ledger string `help:"Ledger of the functions, which apply makes if it is not there, such as tablestore:ENDPOINT/TABLE. On AWS template.yaml makes it." env:"PAI_NOTIFY_LEDGER" placeholder:"REF"`
	alarmsFlag
}

// What can be lacking.
const (
	theLedger = "ledger"
	theAlarms = "alarm"
)

// lacking is what apply makes besides rules.
type lacking []made

// made is one thing that apply makes, and what of it is not there, or why nobody
// knows.
type made struct {
	ledger.Maker
	what    string
	missing []string
	err     error
}

// lacking looks for the ledger and the alarms, where whoever applies the document
// makes them. Alarms that cannot be looked for stop nothing: see [lacking.failed].
func (f makingFlags) lacking(ctx context.Context, pr provision.Provisioner) (l lacking, err error) {
	if f.Ledger != "" && pr.Cloud.Ledger != nil {
		store, err := pr.Cloud.Ledger(ctx, f.Ledger)
		if err != nil {
			return nil, fmt.Errorf("--ledger: %w", err)
		}
		if m, ok := store.(ledger.Maker); ok {
			missing, err := m.Missing(ctx)
			if err != nil {
				return nil, err
			}
			l = append(l, made{Maker: m, what: theLedger, missing: missing})
		}
	}
	m, err := f.open(pr.Cloud, pr.Options.Prefix)
	if err != nil || m == nil {
		return l, err
	}
	missing, err := m.Missing(ctx)
	return append(l, made{Maker: m, what: theAlarms, missing: missing, err: err}), nil
}

// open opens the alarms; nil where none are asked for, or the deployment makes them.
func (f alarmsFlag) open(c provision.Cloud, prefix string) (ledger.Maker, error) {
	if f.Alarms == "" || c.Alarms == nil {
		return nil, nil
	}
	m, err := c.Alarms(f.Alarms, prefix)
	if err != nil {
		return nil, fmt.Errorf("--alarms: %w", err)
	}
	return m, nil
}

// failed returns why the alarms could not be looked for.
func (l lacking) failed() error {
	for _, m := range l {
		if m.err != nil {
			return m.err
		}
	}
	return nil
}

// of returns what is missing of one thing.
func (l lacking) of(what string) []string {
	for _, m := range l {
		if m.what == what {
			return m.missing
		}
	}
	return nil
}

func (l lacking) empty() bool { return len(l.of(theLedger))+len(l.of(theAlarms)) == 0 }

func (l lacking) print(out io.Writer) {
	for _, m := range l {
		for _, missing := range m.missing {
			fmt.Fprintln(out, paintStep(provision.Create).Sprintf("+ %s: %s", m.what, terminal.OneLine(missing)))
		}
	}
	if !l.empty() {
		fmt.Fprintln(out)
	}
}

// create makes what is missing: the ledger before any rule can send to functions
// that keep it, and alarms last, so that notifications do not wait for them.
func (l lacking) create(ctx context.Context, what string, err io.Writer) error {
	for _, m := range l {
		if m.what != what || len(m.missing) == 0 && m.err == nil {
			continue
		}
		if m.err != nil {
			return m.err
		}
		if what == theLedger {
			fmt.Fprintln(err, "Making the ledger. It can take some minutes until it can be used.")
		}
		return m.Create(ctx)
	}
	return nil
}
