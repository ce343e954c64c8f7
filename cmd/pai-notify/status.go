package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/shared/provision"
)

type statusCommand struct{ accountFlags }

// Run checks whether all that a workspace needs is there. The answer is no when
// something is missing, and there is none when something could not be checked.
func (c *statusCommand) Run(ctx context.Context, s streams) error {
	d, err := c.desk(ctx, s)
	if err != nil {
		return err
	}
	checkUp, err := d.Status(ctx)
	if err != nil {
		return told(err, d.Cloud)
	}
	if err := c.answered(s.out, checkUp, func(out io.Writer) { printCheckUp(out, checkUp) }); err != nil {
		return err
	}
	switch {
	case checkUp.OK:
		return nil
	case checkUp.Missing():
		return errNo
	}
	return errors.New("not all could be checked: see what is unknown above")
}

func printCheckUp(out io.Writer, c provision.CheckUp) {
	granted, asked := 0, 0
	for _, f := range c.Findings {
		if f.Permission {
			asked++
			if f.Verdict == provision.OK {
				granted++
			}
		}
	}
	summed := false
	for _, f := range c.Findings {
		if f.Permission && !summed {
			summed = true
			verdict := provision.OK
			if granted < asked {
				verdict = provision.Unknown
			}
			printFinding(out, provision.Finding{Check: fmt.Sprintf("permissions: the caller has %d of %d for sure", granted, asked), Verdict: verdict})
		}
		if !f.Permission || f.Verdict != provision.OK {
			printFinding(out, f)
		}
	}
}

func printFinding(out io.Writer, f provision.Finding) {
	verdict := color.YellowString("%-7s", "unknown")
	switch f.Verdict {
	case provision.OK:
		verdict = color.GreenString("%-7s", "ok")
	case provision.Missing:
		verdict = color.RedString("%-7s", "missing")
	}
	line := verdict + " " + oneLine(f.Check)
	if f.Text != "" {
		line += ": " + oneLine(f.Text)
	}
	fmt.Fprintln(out, line)
	if f.Remedy != "" {
		fmt.Fprintf(out, "        %s\n", oneLine(f.Remedy))
	}
}
