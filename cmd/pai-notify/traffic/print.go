package traffic

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/cloud"
)

// What of a report people are shown; JSON has all of it.
const (
	shownKinds   = 100
	widestSource = 32
	widestType   = 48
)

func (c *Learn) print(out io.Writer, l Learned, of provision.Cloud) {
	r := l.Report
	fmt.Fprintf(out, "Bus %s, %s to %s: %s", terminal.OneLine(r.Bus), shownTime(r.Since), shownTime(r.Until), terminal.Count(r.Events, "event"))
	if !r.First.IsZero() {
		fmt.Fprintf(out, ", the first at %s, the last at %s", shownTime(r.First), shownTime(r.Last))
	}
	if l.Published > 0 {
		fmt.Fprintf(out, "; published with pai-notify and left out: %d", l.Published)
	}
	fmt.Fprintln(out, ".")
	if r.Stopped != "" {
		fmt.Fprintf(out, "These are not all: %s. Shorten the time with --since and --until, or raise --events.\n", terminal.OneLine(r.Stopped))
	}
	if r.Events == 0 && l.Published > 0 {
		fmt.Fprintln(out, "The service keeps traces of the bus, and nothing but what pai-notify published has passed it in this time. Start a job in the workspace, and read again in a minute.")
	} else if r.Events == 0 {
		fmt.Fprintln(out, quiet(of, r.Bus, c.LogGroup))
	} else {
		printKinds(out, r)
	}
	printTallies(out, r)
	printProposals(out, l, c.Workspace)
	printTargets(out, l.Targets, of.Name == provision.Aliyun)
	if c.Samples != "" {
		fmt.Fprintf(out, "\n%s saved in %s", terminal.Count(len(l.Samples), "sample"), terminal.OneLine(c.Samples))
		if len(l.Samples) > 0 {
			fmt.Fprintf(out, ": %s. Look through them before you publish them", terminal.OneLine(strings.Join(l.Samples, ", ")))
		}
		fmt.Fprintln(out, ".")
	}
}

func shownTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

func printKinds(out io.Writer, r learn.Report) {
	kinds := r.Kinds[:min(len(r.Kinds), shownKinds)]
	source, typ, known := len("SOURCE"), len("TYPE"), len("CATALOGUE")
	for _, k := range kinds {
		source = max(source, min(runewidth.StringWidth(terminal.OneLine(k.Source)), widestSource))
		typ = max(typ, min(runewidth.StringWidth(terminal.OneLine(k.Type)), widestType))
		known = max(known, runewidth.StringWidth(knownAs(k)))
	}
	fmt.Fprintln(out)
	color.New(color.Faint).Fprintln(out, terminal.Pad("EVENTS", 6)+terminal.Pad("SOURCE", source)+terminal.Pad("TYPE", typ)+terminal.Pad("CATALOGUE", known)+"RULES THAT FIRE")
	for _, k := range kinds {
		line := terminal.Pad(fmt.Sprintf("%6d", k.Events), 6) + terminal.Pad(terminal.OneLine(k.Source), source) + terminal.Pad(terminal.OneLine(k.Type), typ) + terminal.Pad(knownAs(k), known)
		var fired []string
		for _, v := range k.Rules {
			if v.Fires > 0 {
				name := v.Rule
				if v.Fires < k.Judged {
					name += fmt.Sprintf(" (%d of %d)", v.Fires, k.Judged)
				}
				fired = append(fired, name)
			}
		}
		if len(fired) > 0 {
			fmt.Fprintln(out, line+color.GreenString(terminal.OneLine(strings.Join(fired, ", "))))
			continue
		}
		fmt.Fprintln(out, line+color.YellowString("none")+because(k))
	}
	if n := len(r.Kinds) - len(kinds); n > 0 {
		fmt.Fprintf(out, "… and %s more; --json shows them.\n", terminal.Count(n, "kind"))
	}
	if r.Others > 0 {
		fmt.Fprintf(out, "… and %s of other kinds: only %d kinds are counted separately.\n", terminal.Count(r.Others, "event"), learn.MaxKinds)
	}
	if r.Incomplete != "" {
		fmt.Fprintf(out, "Not every kind was judged with its data: %s.\n", terminal.OneLine(r.Incomplete))
		if strings.Contains(r.Incomplete, "AccessDenied") {
			fmt.Fprintln(out, "  pai-notify policy --learn prints the permission for it.")
		}
	}
}

func knownAs(k learn.Kind) string {
	switch {
	case len(k.KnownTypes) > 0:
		return terminal.OneLine(strings.Join(k.KnownTypes, ", "))
	case k.KnownSource != "":
		return terminal.OneLine(k.KnownSource) + ", type unknown"
	case k.Looks != "":
		return "unknown, like " + terminal.OneLine(k.Looks)
	}
	return "unknown"
}

// because says why the first rule that could have fired did not.
func because(k learn.Kind) string {
	if len(k.Rules) == 0 {
		return ": no rule is about this source"
	}
	return terminal.OneLine(": " + k.Rules[0].Rule + ": " + k.Rules[0].Why)
}

func printTallies(out io.Writer, r learn.Report) {
	var silent []string
	for _, t := range r.Rules {
		if t.Enabled && t.Kinds == 0 {
			silent = append(silent, t.Rule)
		}
	}
	if len(silent) > 0 && r.Events > 0 {
		fmt.Fprintf(out, "\nEnabled rules that fire for none of this: %s.\n", terminal.OneLine(strings.Join(silent, ", ")))
	}
}

func printProposals(out io.Writer, l Learned, path string) {
	if len(l.Proposals) > 0 {
		fmt.Fprintln(out)
		if l.Written {
			fmt.Fprintf(out, "These entries are in %s now; apply puts them on the bus:\n", terminal.OneLine(path))
		} else {
			fmt.Fprintf(out, "Proposed for the catalogue of %s (--write puts them there):\n", terminal.OneLine(path))
		}
	}
	for _, p := range l.Proposals {
		kind, pattern := "event type", []byte(nil)
		if p.Source != nil {
			kind, pattern = "source", p.Source.Pattern
		} else {
			pattern = p.Type.Pattern
		}
		fmt.Fprintf(out, "  %s %s", color.New(color.Bold).Sprint(terminal.OneLine(p.Name)), kind)
		if len(pattern) > 0 {
			fmt.Fprintf(out, ": %s", terminal.OneLine(string(pattern)))
		}
		fmt.Fprintln(out)
		for _, e := range p.Evidence {
			fmt.Fprintf(out, "      %s\n", terminal.OneLine(e))
		}
	}
	for _, u := range l.Undecided {
		fmt.Fprintf(out, "  not decided: %s\n", terminal.OneLine(u))
	}
	if l.Adopted == nil {
		return
	}
	for i, t := range l.Adopted.Rules {
		if more := t.Kinds - l.Rules[i].Kinds; more > 0 {
			fmt.Fprintf(out, "With them, rule %s fires for %s more.\n", terminal.OneLine(t.Rule), terminal.Count(more, "kind"))
		}
	}
}

// printTargets shows how targets address functions. Only one that this program
// did not write proves how the service wants it.
func printTargets(out io.Writer, targets []bus.Address, inferred bool) {
	if len(targets) == 0 {
		return
	}
	fmt.Fprintf(out, "\nTargets on the bus, as the service tells them:\n")
	var forms []string
	ours := 0
	for _, t := range targets {
		if t.Ours {
			ours++
			if t.Form != "" && !slices.Contains(forms, t.Form) {
				forms = append(forms, t.Form)
			}
			continue
		}
		fmt.Fprintf(out, "  rule %s, target %s, %s: %s\n", terminal.OneLine(t.Rule), terminal.OneLine(t.ID), terminal.OneLine(t.Type), terminal.OneLine(t.Endpoint))
		for _, p := range t.Parameters {
			fmt.Fprintf(out, "      %s (%s): %s\n", terminal.OneLine(p.Name), terminal.OneLine(p.Form), terminal.OneLine(p.Value))
		}
		if t.Form != "" {
			fmt.Fprintf(out, "    When functions are invoked by this target and not by those of pai-notify, have it write the same form:\n      export %s='%s'\n", cloud.FunctionFormVariable, terminal.OneLine(t.Form))
		}
	}
	if ours > 0 {
		fmt.Fprintf(out, "  %s as pai-notify writes them: %s\n", terminal.Count(ours, "target"), terminal.OneLine(strings.Join(forms, "; ")))
	}
	if inferred && ours == len(targets) {
		fmt.Fprintln(out, "    How targets name a function of FC 3.0 is not documented. A target that you make in the EventBridge console shows how, when learn reads it.")
	}
}
