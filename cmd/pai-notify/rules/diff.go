package rules

import (
	"fmt"
	"io"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// propertyWidth fits the names of what rules and targets have.
const propertyWidth = 12

// printPlan shows what a plan does, and what is made of the ledger: + creates,
// ~ changes, - deletes.
func printPlan(out io.Writer, pr provision.Provisioner, p provision.Plan, l lacking) {
	place := pr.Cloud.Name
	if pr.Cloud.Region != "" {
		place += " " + pr.Cloud.Region
	}
	fmt.Fprintf(out, "Bus %s (%s), owner %s\n\n", p.Bus, place, p.Owner)
	l.print(out)
	last := ""
	for _, step := range p.Steps {
		indent := ""
		name := step.Rule
		switch step.Kind {
		case "bus":
			name = p.Bus
		case "target":
			indent, name = "    ", step.Target
			if last != step.Rule { // the rule itself stays as it is
				fmt.Fprintf(out, "  rule %s\n", terminal.OneLine(step.Rule))
			}
		}
		last = step.Rule
		fmt.Fprintln(out, indent+paintStep(step.Action).Sprintf("%s %s %s", sign(step.Action), step.Kind, terminal.OneLine(name)))
		for _, difference := range step.Differences {
			printDifference(out, indent, step.Action, difference)
		}
	}
	if len(p.Steps) > 0 {
		fmt.Fprintln(out)
	}
	for _, f := range p.Foreign {
		what := "rule " + f.Rule
		switch {
		case f.Target != "":
			what = fmt.Sprintf("target %s of rule %s, %s,", f.Target, f.Rule, f.Text)
		case f.CopyOf != "":
			what += ", a copy of " + f.CopyOf + ","
		case f.Owner != "":
			what += ", owned by " + f.Owner + ","
		default:
			what += ", made by hand or by PAI,"
		}
		fmt.Fprintln(out, color.New(color.Faint).Sprintf("  %s is not touched", terminal.OneLine(what)))
	}
	for _, a := range p.Waiting {
		fmt.Fprintln(out, color.YellowString("Waiting:"), terminal.OneLine(a.String()))
	}
	for _, w := range p.Warnings {
		fmt.Fprintln(out, color.YellowString("Warning:"), terminal.OneLine(w.Text))
	}
	if how := p.Packing.Statement(); how.Code != "" {
		fmt.Fprintf(out, "%s.\n", how)
	}
	creates, changes, deletes := p.Summary()
	if p.Empty() && l.empty() {
		fmt.Fprintf(out, "Nothing to do: %s unchanged.\n", terminal.Count(p.Unchanged, "rule"))
		return
	}
	fmt.Fprintf(out, "%s to create, %d to change, %d to delete, %d unchanged.\n", terminal.Count(creates, "rule"), changes, deletes, p.Unchanged)
}

func printDifference(out io.Writer, indent string, action provision.Action, d provision.Difference) {
	fmt.Fprintf(out, "%s    %s", indent, terminal.Pad(d.Property, propertyWidth))
	if action == provision.Create {
		fmt.Fprintln(out, terminal.Cut(d.New))
		return
	}
	fmt.Fprintf(out, "%s → %s\n", color.RedString("%s", terminal.Dash(terminal.Cut(d.Old))), color.GreenString("%s", terminal.Dash(terminal.Cut(d.New))))
}

func sign(a provision.Action) string {
	return map[provision.Action]string{provision.Create: "+", provision.Change: "~", provision.Delete: "-"}[a]
}

func paintStep(a provision.Action) *color.Color {
	return color.New(map[provision.Action]color.Attribute{provision.Create: color.FgGreen, provision.Change: color.FgYellow, provision.Delete: color.FgRed}[a])
}
