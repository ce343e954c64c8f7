package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Table prints outcomes as they come.
type Table struct {
	Out                   io.Writer
	ShowSkipped           bool // or else they are only counted
	sent, skipped, Failed int
}

// Header prints how many rules the bus has, and how many events come.
func (t *Table) Header(w *workspace.Workspace, onBus, samples int) {
	fmt.Fprintf(t.Out, "Workspace %s: %s on the bus %s.", w.Name, terminal.Count(onBus, "rule"), w.Bus())
	if samples == 0 {
		fmt.Fprintln(t.Out)
		return
	}
	fmt.Fprintf(t.Out, " Publishing %d events.\n\n", samples)
	color.New(color.Faint).Fprintln(t.Out, terminal.Pad("EVENT", terminal.EventWidth)+terminal.Pad("RULE", terminal.RuleWidth)+terminal.Pad("TARGET", terminal.TargetWidth)+terminal.Pad("OUTCOME", terminal.StatusWidth)+"WHY")
}

// Print prints a line for each outcome.
func (t *Table) Print(outcomes []outcome.Outcome) {
	for _, r := range outcomes {
		paint := color.New(color.FgGreen)
		switch r.Status {
		case outcome.Sent:
			t.sent++
		case outcome.Skipped:
			t.skipped++
			if !t.ShowSkipped {
				continue
			}
			paint = color.New(color.Faint)
		default:
			t.Failed++
			paint = color.New(color.FgRed, color.Bold)
		}
		why := r.Reason
		if r.Advice != "" {
			why += ": " + r.Advice
		}
		line := terminal.Pad(terminal.Dash(terminal.OneLine(r.EventType)), terminal.EventWidth) + terminal.Pad(terminal.Dash(r.Rule), terminal.RuleWidth) + terminal.Pad(terminal.Dash(r.Target), terminal.TargetWidth) +
			paint.Sprint(terminal.Pad(string(r.Status), terminal.StatusWidth)) + runewidth.Truncate(terminal.OneLine(why), terminal.WhyWidth, "…")
		fmt.Fprintln(t.Out, strings.TrimRight(line, " "))
	}
}

// Footer prints the counts.
func (t *Table) Footer() {
	fmt.Fprintf(t.Out, "\n%d sent, %d skipped, %d failed.\n", t.sent, t.skipped, t.Failed)
	if t.skipped > 0 && !t.ShowSkipped {
		fmt.Fprintln(t.Out, "Add --show-skipped to see what was skipped, and why.")
	}
}
