// Package vault has the commands that fill and check the secret of a deployment:
// secrets push, check and list.
package vault

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/secrets"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Secrets is about the one secret of a deployment.
type Secrets struct {
	Push  secretsPushCommand  `cmd:"" help:"Copy the values that a workspace document needs from your environment into the deployment's secret."`
	Check secretsCheckCommand `cmd:"" help:"Check that the deployment's secret has what a workspace document needs."`
	List  secretsListCommand  `cmd:"" help:"List the secrets that a workspace document needs, with their targets and hosts."`
}

type secretsPushCommand struct {
	Workspace string `short:"w" required:"" type:"path" help:"Workspace document; - for standard input." placeholder:"FILE"`
	vaultFlags
	From    string `type:"existingfile" help:"Read the values from a file of NAME='value' lines instead of the environment." placeholder:"FILE"`
	Prune   bool   `help:"Remove names and hosts that the document does not use."`
	Partial bool   `help:"Write the values that are set, even if others are missing."`
}

// Run writes the values, says what became of each name, and never shows one.
func (c *secretsPushCommand) Run(ctx context.Context, s terminal.Streams) error {
	w, err := input.ReadWorkspace(c.Workspace, nil, s)
	if err != nil {
		return err
	}
	lookup := os.Getenv
	if c.From != "" {
		file, err := secrets.Open(c.From)
		if err != nil {
			return err
		}
		lookup = file.Value
	}
	vaults, err := c.open(ctx, w)
	if err != nil {
		return err
	}
	var writes []func() error
	missing := 0
	for _, v := range vaults {
		have, before, version, err := v.read(ctx)
		if err != nil {
			return err
		}
		v.printHeading(s.Out)
		want, changes := merge(have, v.list, func(name string) string { return strings.TrimSpace(lookup(name)) }, c.Prune)
		for _, one := range changes {
			printChange(s.Out, one)
			if one.verdict == isMissing && enabled(v.list, one.name) {
				missing++
			}
		}
		printOthers(s.Out, v.others)
		text, err := encode(want, v.limit)
		if err != nil {
			return err
		}
		writes = append(writes, func() error {
			if text == strings.TrimSpace(before) || version == "" && len(want) == 0 {
				fmt.Fprintf(s.Out, "Nothing to write: %s is as it should be.\n", v)
				return nil
			}
			if err := v.write(ctx, version, text); err != nil {
				return err
			}
			fmt.Fprintf(s.Out, "%s %s. %s\n", color.GreenString("Wrote"), v, v.reaches())
			return nil
		})
	}
	if missing > 0 && !c.Partial {
		fmt.Fprintf(s.Err, "pai-notify: nothing was written: %d missing. Set the variable, or write what there is with --partial.\n", missing)
		return terminal.ErrNo
	}
	for _, write := range writes {
		if err := write(); err != nil {
			return err
		}
	}
	if missing > 0 {
		return terminal.ErrNo
	}
	return nil
}

type secretsCheckCommand struct {
	Workspace string `short:"w" required:"" type:"path" help:"Workspace document; - for standard input." placeholder:"FILE"`
	vaultFlags
}

// Run compares what the document needs with what stands in the secret.
func (c *secretsCheckCommand) Run(ctx context.Context, s terminal.Streams) error {
	w, err := input.ReadWorkspace(c.Workspace, nil, s)
	if err != nil {
		return err
	}
	vaults, err := c.open(ctx, w)
	if err != nil {
		return err
	}
	wrong := false
	for _, v := range vaults {
		have, _, version, err := v.read(ctx)
		if err != nil {
			return err
		}
		v.printHeading(s.Out)
		if version == "" {
			fmt.Fprintf(s.Out, "There is no secret %s%s.\n", v, inRegion(v.cloud))
		}
		needed := map[string]bool{}
		for _, n := range v.list {
			needed[n.name] = true
			one := standingOf(n, have)
			printChange(s.Out, one)
			wrong = wrong || n.enabled && (one.verdict == isMissing || one.verdict == isElsewhere)
		}
		for _, name := range slices.Sorted(maps.Keys(have)) {
			if !needed[name] {
				printChange(s.Out, change{name, "extra", "the document does not need it"})
			}
		}
		printOthers(s.Out, v.others)
	}
	if wrong {
		return terminal.ErrNo
	}
	return nil
}

// isElsewhere is the verdict on a secret that may not be shown to the receiver
// of the document.
const isElsewhere = "bound"

// standingOf tells whether the secret has what the document needs.
func standingOf(n need, have map[string]stored) change {
	one, ok := have[n.name]
	switch {
	case ok && one.raw != nil:
		return change{n.name, isMissing, "its value is neither a text nor a value with hosts, so functions refuse it"}
	case !one.usable():
		c := change{n.name, isMissing, "for " + strings.Join(n.targets, ", ")}
		if !n.enabled {
			c.text += "; no rule that is enabled needs it"
		}
		return c
	case one.Hosts == nil:
		return change{n.name, "ok", "may be shown to anybody: pai-notify secrets push binds it to the document's hosts"}
	}
	for _, host := range n.hosts {
		if !covered(*one.Hosts, host) {
			return change{n.name, isElsewhere, fmt.Sprintf("it is for %s, and the document leads to %s: pai-notify secrets push adds it", orNobody(*one.Hosts), host)}
		}
	}
	return change{n.name, "ok", ""}
}

type secretsListCommand struct {
	Workspace string `short:"w" required:"" type:"path" help:"Workspace document; - for standard input." placeholder:"FILE"`
	Entries   bool   `help:"Print only the value of PAI_NOTIFY_SECRETS, for functions that you configure by hand with one variable per name."`
}

// Run lists the names, and what stands by itself.
func (c *secretsListCommand) Run(s terminal.Streams) error {
	w, err := input.ReadWorkspace(c.Workspace, nil, s)
	if err != nil {
		return err
	}
	list, others, entries := needs(w, "")
	if c.Entries {
		fmt.Fprintln(s.Out, strings.Join(entries, " "))
		return nil
	}
	if len(list)+len(others) == 0 {
		fmt.Fprintln(s.Out, "The document names no secrets.")
	}
	for _, n := range list {
		off := ""
		if !n.enabled {
			off = " (disabled)"
		}
		fmt.Fprintf(s.Out, "%s%s\n    targets  %s\n    for      %s\n", n.name, off, strings.Join(n.targets, ", "), orNobody(n.hosts))
	}
	printOthers(s.Out, others)
	return nil
}

func enabled(list []need, name string) bool {
	for _, n := range list {
		if n.name == name {
			return n.enabled
		}
	}
	return false
}

func orNobody(hosts []string) string {
	if len(hosts) == 0 {
		return "nobody as it stands"
	}
	return strings.Join(hosts, ", ")
}

func inRegion(c provision.Cloud) string {
	if c.Region == "" {
		return ""
	}
	return " in " + c.Region
}

// printHeading says which of several secrets the lines that follow are about.
func (v openedVault) printHeading(out io.Writer) {
	if v.scheme == FileStore {
		fmt.Fprintf(out, "%s\n", v)
	}
}

// reaches says when functions have what was written.
func (v openedVault) reaches() string {
	if v.scheme == FileStore {
		return "The function has it when it is deployed again."
	}
	return "Functions have it within five minutes."
}

func printChange(out io.Writer, c change) {
	paint := color.GreenString
	switch c.verdict {
	case isMissing, isElsewhere:
		paint = color.RedString
	case isNew, isChanged, isRemoved:
		paint = color.YellowString
	}
	line := paint("%-8s", c.verdict) + c.name
	if c.text != "" {
		line += ": " + terminal.OneLine(c.text)
	}
	fmt.Fprintln(out, line)
}

func printOthers(out io.Writer, others []string) {
	for _, reference := range others {
		fmt.Fprintf(out, "%-8s%s: a secret of its own, which this command leaves alone; add it to PAI_NOTIFY_SECRETS\n", "apart", reference)
	}
}
