package rules

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Plan is the command plan.
type Plan struct {
	account.Flags
	makingFlags
	ExitCode bool `help:"Exit with 1 when there is something to change, as git diff --exit-code does."`
}

// Run shows what apply would do. Asked for an exit code, the answer is no when
// the bus is not as the document says.
func (c *Plan) Run(ctx context.Context, s terminal.Streams) error {
	pr, err := c.Provisioner(ctx, s)
	if err != nil {
		return err
	}
	p, err := pr.Plan(ctx)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	l, err := c.lacking(ctx, pr)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	err = c.Print(s.Out, planned{p, l.of(theLedger), l.of(theAlarms)}, func(out io.Writer) { printPlan(out, pr, p, l) })
	if err != nil {
		return err
	}
	if err := l.failed(); err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	if c.ExitCode && (!p.Empty() || !l.empty()) {
		return terminal.ErrNo
	}
	return nil
}

// planned is what plan prints as JSON.
type planned struct {
	provision.Plan
	// Ledger is what apply would make of the functions' ledger, and Alarms the alarms
	// that it would make or change.
	Ledger []string `json:"ledger,omitempty"`
	Alarms []string `json:"alarms,omitempty"`
}

// Apply is the command apply.
type Apply struct {
	account.Flags
	makingFlags
	Yes                 bool `short:"y" help:"Do not ask for confirmation."`
	AllowMissingSecrets bool `help:"Apply although secrets are missing where the functions run. Targets that need them fail."`
}

// Run brings the bus to what the document says.
func (c *Apply) Run(ctx context.Context, s terminal.Streams) error {
	pr, err := c.Provisioner(ctx, s)
	if err != nil {
		return err
	}
	pr.Options.AllowMissing = c.AllowMissingSecrets
	l, err := c.lacking(ctx, pr)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	return carryOut(ctx, &c.Flags, s, pr, c.Yes, "Apply this?", l, pr.Plan)
}

// Delete is the command delete.
type Delete struct {
	account.Flags
	Yes  bool   `short:"y" help:"Do not ask for confirmation."`
	Rule string `arg:"" optional:"" help:"Rule to delete, by its name in the document (default: all rules of the document's owner)."`
}

// Run deletes the rules of the document's owner, and the bus if it was made for
// them and nobody else has rules there.
func (c *Delete) Run(ctx context.Context, s terminal.Streams) error {
	pr, err := c.Provisioner(ctx, s)
	if err != nil {
		return err
	}
	return carryOut(ctx, &c.Flags, s, pr, c.Yes, "Delete this?", nil, func(ctx context.Context) (provision.Plan, error) { return pr.Removal(ctx, c.Rule) })
}

// applied is what apply and delete print as JSON.
type applied struct {
	Plan provision.Plan `json:"plan"`
	// Ledger is what was not there of the functions' ledger, and Alarms the alarms
	// that were not there or not as they are made.
	Ledger []string `json:"ledger,omitempty"`
	Alarms []string `json:"alarms,omitempty"`
	// Applied tells that the bus is as planned.
	Applied bool             `json:"applied"`
	Left    []provision.Step `json:"left,omitempty"`
	Error   string           `json:"error,omitempty"`
}

// carryOut plans, asks, makes what is missing of the ledger, applies, and makes the
// alarms.
func carryOut(ctx context.Context, f *account.Flags, s terminal.Streams, pr provision.Provisioner, yes bool, question string, l lacking, plan func(context.Context) (provision.Plan, error)) error {
	p, err := plan(ctx)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	if !f.JSON {
		printPlan(s.Out, pr, p, l)
	}
	if stopped := p.Stopped(); stopped != nil {
		if f.JSON {
			return errors.Join(terminal.PrintJSON(s.Out, applied{Plan: p, Ledger: l.of(theLedger), Alarms: l.of(theAlarms), Error: stopped.Error()}), terminal.ErrNo)
		}
		fmt.Fprintln(s.Err, "pai-notify:", stopped)
		return terminal.ErrNo
	}
	if p.Empty() && l.empty() {
		if f.JSON {
			if err := terminal.PrintJSON(s.Out, applied{Plan: p, Applied: true}); err != nil {
				return err
			}
		}
		return account.WithRemedy(l.failed(), pr.Cloud)
	}
	if !yes {
		if p, err = confirmed(ctx, f, s, pr, p, question, plan); err != nil {
			return err
		}
	}
	if err = l.create(ctx, theLedger, s.Err); err == nil {
		err = pr.Cloud.Apply(ctx, p, progressTo(s.Err))
	}
	if err == nil {
		err = l.create(ctx, theAlarms, s.Err)
	}
	half, partly := errors.AsType[*provision.Incomplete](err)
	if partly && ctx.Err() != nil {
		half.Err = errors.New("interrupted")
	}
	if f.JSON {
		a := applied{Plan: p, Ledger: l.of(theLedger), Alarms: l.of(theAlarms), Applied: err == nil}
		if err != nil {
			a.Error = account.WithRemedy(err, pr.Cloud).Error()
		}
		if partly {
			a.Left = half.Left
		}
		if printErr := terminal.PrintJSON(s.Out, a); printErr != nil {
			return printErr
		}
	} else if err == nil {
		fmt.Fprintln(s.Out, color.GreenString("Done."))
	}
	if err == nil {
		return nil
	}
	if !partly || !half.Changed {
		return account.WithRemedy(err, pr.Cloud)
	}
	printIncomplete(s.Err, account.WithRemedy(err, pr.Cloud), half)
	return terminal.ErrNo
}

// confirmed asks, and returns the plan only if it is still what was shown.
func confirmed(ctx context.Context, f *account.Flags, s terminal.Streams, pr provision.Provisioner, p provision.Plan, question string, plan func(context.Context) (provision.Plan, error)) (provision.Plan, error) {
	if err := asked(ctx, f, s, question); err != nil {
		return p, err
	}
	now, err := plan(ctx)
	if err != nil {
		return p, account.WithRemedy(err, pr.Cloud)
	}
	if !reflect.DeepEqual(now.Steps, p.Steps) {
		return p, errors.New("somebody changed the bus while you read: nothing was done; run it again")
	}
	return now, nil
}

// asked asks a question, and fails unless the answer is yes.
func asked(ctx context.Context, f *account.Flags, s terminal.Streams, question string) error {
	if f.JSON || f.Workspace == "-" {
		return errors.New("nobody can be asked here: add --yes")
	}
	return terminal.Confirm(ctx, s, question)
}

// fewRules are changed before anybody wonders how far it is.
const fewRules = 5

func progressTo(out io.Writer) func(provision.Progress) {
	return func(p provision.Progress) {
		if p.Total > fewRules {
			fmt.Fprintf(out, "[%d/%d] %s %s\n", p.Done, p.Total, p.Action, p.Rule)
		}
	}
}

func printIncomplete(out io.Writer, err error, half *provision.Incomplete) {
	fmt.Fprintln(out, "pai-notify:", err)
	for _, steps := range []struct {
		title string
		list  []provision.Step
	}{{"done", half.Done}, {"left", half.Left}} {
		for _, step := range steps.list {
			if step.Kind != "target" {
				fmt.Fprintf(out, "  %s: %s %s %s\n", steps.title, step.Action, step.Kind, step.Rule)
			}
		}
	}
}
