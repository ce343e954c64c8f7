package rules

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Status is the command status.
type Status struct {
	account.Flags
	alarmsFlag
}

// Run checks whether all that a workspace needs is there. The answer is no when
// something is missing, and there is none when something could not be checked.
func (c *Status) Run(ctx context.Context, s terminal.Streams) error {
	pr, err := c.Provisioner(ctx, s)
	if err != nil {
		return err
	}
	pr.Options.Alarms = c.Alarms
	checkUp, err := pr.Status(ctx)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	if err := c.Print(s.Out, checkUp, func(out io.Writer) { printCheckUp(out, checkUp) }); err != nil {
		return err
	}
	switch {
	case checkUp.OK:
		return nil
	case checkUp.Missing():
		return terminal.ErrNo
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
			printFinding(out, verdict, fmt.Sprintf("permissions: %d of %d confirmed", granted, asked), "", "")
		}
		if !f.Permission || f.Verdict != provision.OK {
			verdict := f.Verdict
			if f.Attention {
				verdict = look
			}
			printFinding(out, verdict, f.Check.String(), f.Text.String(), f.Remedy.String())
		}
	}
}

// look stands for a finding at which somebody should look although nothing is missing.
const look provision.Verdict = "look"

func printFinding(out io.Writer, found provision.Verdict, check, text, remedy string) {
	verdict := color.YellowString("%-7s", found)
	switch found {
	case provision.OK:
		verdict = color.GreenString("%-7s", "ok")
	case provision.Missing:
		verdict = color.RedString("%-7s", "missing")
	}
	line := verdict + " " + terminal.OneLine(check)
	if text != "" {
		line += ": " + terminal.OneLine(text)
	}
	fmt.Fprintln(out, line)
	if remedy != "" {
		fmt.Fprintf(out, "        %s\n", terminal.OneLine(remedy))
	}
}
