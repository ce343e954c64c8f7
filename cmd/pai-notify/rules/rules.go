// Package rules has the commands that show and change the rules on a bus: plan,
// apply, status, rules, enable, disable, delete, publish and policy.
package rules

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Rules is the command rules.
type Rules struct{ account.Flags }

// Run lists the rules as they stand on the workspace's bus.
func (c *Rules) Run(ctx context.Context, s terminal.Streams) error {
	pr, err := c.Provisioner(ctx, s)
	if err != nil {
		return err
	}
	list, err := pr.List(ctx)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	return c.Print(s.Out, list, func(out io.Writer) { printRules(out, list) })
}

func printRules(out io.Writer, list []provision.ListedRule) {
	width := len("RULE")
	for _, r := range list {
		width = max(width, len(called(r)))
	}
	color.New(color.Faint).Fprintln(out, terminal.Pad("RULE", width)+terminal.Pad("STATE", 8)+terminal.Pad("OWNER", 12)+"TARGETS")
	for _, r := range list {
		state, owner := "enabled", terminal.Dash(terminal.OneLine(r.Owner))
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
			targets = append(targets, terminal.OneLine(name))
		}
		line := terminal.Pad(called(r), width) + terminal.Pad(state, 8) + terminal.Pad(owner, 12) + strings.Join(targets, ", ")
		if !r.Ours {
			line = color.New(color.Faint).Sprint(strings.TrimRight(line, " "))
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// called is a rule's name on the bus, and what the document calls it.
func called(r provision.ListedRule) string {
	name := r.Rule
	switch {
	case r.CopyOf != "":
		name += " (copy of " + r.CopyOf + ")"
	case r.Name != "":
		name += " (" + r.Name + ")"
	}
	return terminal.OneLine(name)
}

// Enable is the command enable.
type Enable struct {
	account.Flags
	Rule string `arg:"" help:"Name of the rule in the document."`
}

// Run enables a rule on the bus.
func (c *Enable) Run(ctx context.Context, s terminal.Streams) error {
	return switchRule(ctx, &c.Flags, s, c.Rule, true, true)
}

// Disable is the command disable.
type Disable struct {
	account.Flags
	Yes  bool   `short:"y" help:"Do not ask for confirmation before waiting notifications are cancelled."`
	Rule string `arg:"" help:"Name of the rule in the document."`
}

// Run disables a rule on the bus.
func (c *Disable) Run(ctx context.Context, s terminal.Streams) error {
	return switchRule(ctx, &c.Flags, s, c.Rule, false, c.Yes)
}

// switchRule enables or disables a rule, and tells when the document disagrees. It
// asks before it cancels what waits.
func switchRule(ctx context.Context, f *account.Flags, s terminal.Streams, rule string, enabled, yes bool) error {
	pr, err := f.Provisioner(ctx, s)
	if err != nil {
		return err
	}
	if !enabled {
		if err := confirmCancelling(ctx, f, s, pr, rule, yes); err != nil {
			return err
		}
	}
	changed, err := pr.Switch(ctx, rule, enabled)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	for _, r := range pr.Workspace.Rules {
		if r.Name == rule && r.Enabled != enabled {
			fmt.Fprintf(s.Err, "warning: the document says \"enabled: %t\" of %s: the next apply puts it back\n", r.Enabled, rule)
		}
	}
	verb := map[bool]string{true: "Enabled", false: "Disabled"}[enabled]
	return f.Print(s.Out, map[string][]string{strings.ToLower(verb): changed}, func(out io.Writer) {
		if len(changed) == 0 {
			fmt.Fprintf(out, "%s is %s already.\n", rule, strings.ToLower(verb))
			return
		}
		fmt.Fprintf(out, "%s %s.\n", verb, strings.Join(changed, ", "))
	})
}

// confirmCancelling tells what disabling a rule does to what waits, and asks.
func confirmCancelling(ctx context.Context, f *account.Flags, s terminal.Streams, pr provision.Provisioner, rule string, yes bool) error {
	list, warning, err := pr.Cancelled(ctx, rule)
	if err != nil {
		return account.WithRemedy(err, pr.Cloud)
	}
	if warning.Code != "" {
		fmt.Fprintln(s.Err, "warning:", warning)
	}
	for _, a := range list {
		fmt.Fprintln(s.Err, color.YellowString("Waiting:"), terminal.OneLine(a.String()))
	}
	if yes || len(list) == 0 {
		return nil
	}
	return asked(ctx, f, s, "Disable "+rule+"?")
}
