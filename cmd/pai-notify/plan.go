package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/shared/provision"
)

type planCommand struct {
	accountFlags
	ExitCode bool `help:"Exit with 1 when there is something to change, as git diff --exit-code does."`
}

// Run shows what apply would do. Asked for an exit code, the answer is no when
// the bus is not as the document says.
func (c *planCommand) Run(ctx context.Context, s streams) error {
	d, err := c.desk(ctx, s)
	if err != nil {
		return err
	}
	p, err := d.Plan(ctx)
	if err != nil {
		return told(err, d.Cloud)
	}
	if err := c.answered(s.out, p, func(out io.Writer) { printPlan(out, d, p) }); err != nil {
		return err
	}
	if c.ExitCode && !p.Empty() {
		return errNo
	}
	return nil
}

type applyCommand struct {
	accountFlags
	Yes                 bool `short:"y" help:"Do not ask for confirmation."`
	AllowMissingSecrets bool `help:"Apply although secrets are missing where the functions run. Targets that need them fail."`
}

// Run brings the bus to what the document says.
func (c *applyCommand) Run(ctx context.Context, s streams) error {
	d, err := c.desk(ctx, s)
	if err != nil {
		return err
	}
	d.Options.AllowMissing = c.AllowMissingSecrets
	return c.carryOut(ctx, s, d, c.Yes, "Apply this?", d.Plan)
}

type deleteCommand struct {
	accountFlags
	Yes  bool   `short:"y" help:"Do not ask for confirmation."`
	Rule string `arg:"" optional:"" help:"Rule to delete, by its name in the document (default: all rules of the document's owner)."`
}

// Run deletes the rules of the document's owner, and the bus if it was made for
// them and nobody else has rules there.
func (c *deleteCommand) Run(ctx context.Context, s streams) error {
	d, err := c.desk(ctx, s)
	if err != nil {
		return err
	}
	return c.carryOut(ctx, s, d, c.Yes, "Delete this?", func(ctx context.Context) (provision.Plan, error) { return d.Removal(ctx, c.Rule) })
}

// applied is what apply and delete print as JSON.
type applied struct {
	Plan provision.Plan `json:"plan"`
	// Applied tells that the bus is as planned.
	Applied bool             `json:"applied"`
	Left    []provision.Step `json:"left,omitempty"`
	Error   string           `json:"error,omitempty"`
}

// carryOut plans, asks, and applies.
func (f *accountFlags) carryOut(ctx context.Context, s streams, d provision.Desk, yes bool, question string, plan func(context.Context) (provision.Plan, error)) error {
	p, err := plan(ctx)
	if err != nil {
		return told(err, d.Cloud)
	}
	if !f.JSON {
		printPlan(s.out, d, p)
	}
	if stopped := p.Stopped(); stopped != nil {
		if f.JSON {
			return errors.Join(printValue(s.out, applied{Plan: p, Error: stopped.Error()}), errNo)
		}
		fmt.Fprintln(s.err, "pai-notify:", stopped)
		return errNo
	}
	if p.Empty() {
		if f.JSON {
			return printValue(s.out, applied{Plan: p, Applied: true})
		}
		return nil
	}
	if !yes {
		if p, err = f.confirmed(ctx, s, d, p, question, plan); err != nil {
			return err
		}
	}
	err = d.Cloud.Apply(ctx, p, progressTo(s.err))
	half, partly := errors.AsType[*provision.Incomplete](err)
	if partly && ctx.Err() != nil {
		half.Err = errors.New("interrupted")
	}
	if f.JSON {
		a := applied{Plan: p, Applied: err == nil}
		if err != nil {
			a.Error = told(err, d.Cloud).Error()
		}
		if partly {
			a.Left = half.Left
		}
		if printErr := printValue(s.out, a); printErr != nil {
			return printErr
		}
	} else if err == nil {
		fmt.Fprintln(s.out, color.GreenString("Done."))
	}
	if err == nil {
		return nil
	}
	if !partly || !half.Changed {
		return told(err, d.Cloud)
	}
	printIncomplete(s.err, told(err, d.Cloud), half)
	return errNo
}

// confirmed asks, and returns the plan only if it is still what was shown.
func (f *accountFlags) confirmed(ctx context.Context, s streams, d provision.Desk, p provision.Plan, question string, plan func(context.Context) (provision.Plan, error)) (provision.Plan, error) {
	if err := f.asked(ctx, s, question); err != nil {
		return p, err
	}
	now, err := plan(ctx)
	if err != nil {
		return p, told(err, d.Cloud)
	}
	if !reflect.DeepEqual(now.Steps, p.Steps) {
		return p, errors.New("somebody changed the bus while you read: nothing was done; run it again")
	}
	return now, nil
}

// asked asks a question, and fails unless the answer is yes.
func (f *accountFlags) asked(ctx context.Context, s streams, question string) error {
	if f.JSON || f.Workspace == "-" {
		return errors.New("nobody can be asked here: add --yes")
	}
	fmt.Fprint(s.out, question+" [y/N] ")
	said, err := answerOf(ctx, s.in)
	if err != nil || (said != "y" && said != "yes") {
		fmt.Fprintln(s.out, "\nNothing was changed.")
		return errNo
	}
	return nil
}

// answerOf reads a line, unless the context ends before.
func answerOf(ctx context.Context, in io.Reader) (string, error) {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(in).ReadString('\n') // what was typed so far counts
		line <- strings.ToLower(strings.TrimSpace(text))
	}()
	select {
	case text := <-line:
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
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
			if step.Thing != provision.RuleTarget {
				fmt.Fprintf(out, "  %s: %s %s %s\n", steps.title, step.Action, step.Thing, step.Rule)
			}
		}
	}
}

func printValue(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
