package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/shared/provision"
)

type rulesCommand struct{ accountFlags }

// Run lists the rules as they stand on the workspace's bus.
func (c *rulesCommand) Run(ctx context.Context, s streams) error {
	d, err := c.desk(ctx, s)
	if err != nil {
		return err
	}
	list, err := d.List(ctx)
	if err != nil {
		return told(err, d.Cloud)
	}
	return c.answered(s.out, list, func(out io.Writer) { printRules(out, list) })
}

func printRules(out io.Writer, list []provision.Listed) {
	width := len("RULE")
	for _, r := range list {
		width = max(width, len(called(r)))
	}
	color.New(color.Faint).Fprintln(out, pad("RULE", width)+pad("STATE", 8)+pad("OWNER", 12)+"TARGETS")
	for _, r := range list {
		state, owner := "enabled", dash(oneLine(r.Owner))
		if !r.Enabled {
			state = "disabled"
		}
		var targets []string
		for _, t := range r.Targets {
			name := t.Receiver
			if name == "" {
				name = t.ID
			}
			if t.Altered != "" {
				name += " (altered)"
			}
			targets = append(targets, oneLine(name))
		}
		line := pad(called(r), width) + pad(state, 8) + pad(owner, 12) + strings.Join(targets, ", ")
		if !r.Ours {
			line = color.New(color.Faint).Sprint(strings.TrimRight(line, " "))
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// called is a rule's name on the bus, and what the document calls it.
func called(r provision.Listed) string {
	name := r.Rule
	switch {
	case r.CopyOf != "":
		name += " (copy of " + r.CopyOf + ")"
	case r.Name != "":
		name += " (" + r.Name + ")"
	}
	return oneLine(name)
}

type enableCommand struct {
	accountFlags
	Rule string `arg:"" help:"Name of the rule in the document."`
}

// Run enables a rule on the bus.
func (c *enableCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.Rule, true, true)
}

type disableCommand struct {
	accountFlags
	Yes  bool   `short:"y" help:"Do not ask for confirmation before waiting notifications are cancelled."`
	Rule string `arg:"" help:"Name of the rule in the document."`
}

// Run disables a rule on the bus.
func (c *disableCommand) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.Rule, false, c.Yes)
}

// change enables or disables a rule, and tells when the document disagrees. It
// asks before it cancels what waits.
func (f *accountFlags) change(ctx context.Context, s streams, rule string, enabled, yes bool) error {
	d, err := f.desk(ctx, s)
	if err != nil {
		return err
	}
	if !enabled {
		if err := f.confirmCancelling(ctx, s, d, rule, yes); err != nil {
			return err
		}
	}
	changed, err := d.Switch(ctx, rule, enabled)
	if err != nil {
		return told(err, d.Cloud)
	}
	for _, r := range d.Workspace.Rules {
		if r.Name == rule && r.Enabled != enabled {
			fmt.Fprintf(s.err, "warning: the document says \"enabled: %t\" of %s: the next apply puts it back\n", r.Enabled, rule)
		}
	}
	verb := map[bool]string{true: "Enabled", false: "Disabled"}[enabled]
	return f.answered(s.out, map[string][]string{strings.ToLower(verb): changed}, func(out io.Writer) {
		if len(changed) == 0 {
			fmt.Fprintf(out, "%s is %s already.\n", rule, strings.ToLower(verb))
			return
		}
		fmt.Fprintf(out, "%s %s.\n", verb, strings.Join(changed, ", "))
	})
}

// confirmCancelling tells what disabling a rule does to what waits, and asks.
func (f *accountFlags) confirmCancelling(ctx context.Context, s streams, d provision.Desk, rule string, yes bool) error {
	list, warning, err := d.Cancelled(ctx, rule)
	if err != nil {
		return told(err, d.Cloud)
	}
	if warning != "" {
		fmt.Fprintln(s.err, "warning:", warning)
	}
	for _, a := range list {
		fmt.Fprintln(s.err, color.YellowString("Waiting:"), oneLine(a.String()))
	}
	if yes || len(list) == 0 {
		return nil
	}
	return f.asked(ctx, s, "Disable "+rule+"?")
}
