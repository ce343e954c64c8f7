package main

import (
	"context"
	"fmt"
	"io"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/functions/provision"
)

type statusCommand struct{ accountFlags }

// Run checks whether all that a workspace needs is there. The answer is no when
// something is missing.
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
	if !checkUp.OK {
		return errNo
	}
	return nil
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
	verdict := color.GreenString("%-7s", "ok")
	switch f.Verdict {
	case provision.Missing:
		verdict = color.RedString("%-7s", "missing")
	case provision.Unknown:
		verdict = color.YellowString("%-7s", "unknown")
	}
	line := verdict + " " + f.Check
	if f.Text != "" {
		line += ": " + oneLine(f.Text)
	}
	fmt.Fprintln(out, line)
	if f.Remedy != "" {
		fmt.Fprintf(out, "        %s\n", oneLine(f.Remedy))
	}
}
