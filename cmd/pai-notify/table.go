package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"
	"github.com/mattn/go-runewidth"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// row is one line of the table that up prints.
type row struct{ deliver.Outcome }

// The columns' widths fit the names of the samples and of the demo's rules; a
// longer name moves the rest of its line, and is not cut.
const (
	eventWidth  = 23
	ruleWidth   = 16
	targetWidth = 18
	statusWidth = 7
	whyWidth    = 96
)

// table prints outcomes as they come.
type table struct {
	out                   io.Writer
	showSkipped           bool // or else they are only counted
	sent, skipped, failed int
}

func (t *table) header(w *workspace.Workspace, onBus, samples int) {
	fmt.Fprintf(t.out, "Workspace %s: %s on the bus %s.", w.Name, counted(onBus, "rule"), w.Bus())
	if samples == 0 {
		fmt.Fprintln(t.out)
		return
	}
	fmt.Fprintf(t.out, " Publishing %d events.\n\n", samples)
	color.New(color.Faint).Fprintln(t.out, pad("EVENT", eventWidth)+pad("RULE", ruleWidth)+pad("TARGET", targetWidth)+pad("OUTCOME", statusWidth)+"WHY")
}

func (t *table) print(rows []row) {
	for _, r := range rows {
		paint := color.New(color.FgGreen)
		switch r.Status {
		case deliver.Sent:
			t.sent++
		case deliver.Skipped:
			t.skipped++
			if !t.showSkipped {
				continue
			}
			paint = color.New(color.Faint)
		default:
			t.failed++
			paint = color.New(color.FgRed, color.Bold)
		}
		why := r.Reason
		if r.Advice != "" {
			why += ": " + r.Advice
		}
		line := pad(dash(oneLine(r.EventType)), eventWidth) + pad(dash(r.Rule), ruleWidth) + pad(dash(r.Target), targetWidth) +
			paint.Sprint(pad(string(r.Status), statusWidth)) + runewidth.Truncate(oneLine(why), whyWidth, "…")
		fmt.Fprintln(t.out, strings.TrimRight(line, " "))
	}
}

func (t *table) footer() {
	fmt.Fprintf(t.out, "\n%d sent, %d skipped, %d failed.\n", t.sent, t.skipped, t.failed)
	if t.skipped > 0 && !t.showSkipped {
		fmt.Fprintln(t.out, "Add --show-skipped to see what was skipped, and why.")
	}
}

// received says where the inbox shows what it got.
func (t *table) received(d *demo) {
	for _, variable := range d.real {
		fmt.Fprintf(t.out, "%s is set: its messages went to the real receiver.\n", variable)
	}
	fmt.Fprintln(t.out, "\nRead the messages as their receivers see them, after you have opened the console:")
	got := map[receiver]int{}
	for _, m := range d.inbox.Received() {
		if m.Accepted {
			got[receiver{m.Platform, m.Receiver}]++
		}
	}
	for _, r := range d.shown {
		fmt.Fprintf(t.out, "  %s%3d  %s%s\n", pad(r.platform, 8), got[r], d.url, inbox.PagePath(r.platform, r.name))
	}
}

// pad fills s with blanks to width columns, and adds one more so that columns
// never touch.
func pad(s string, width int) string {
	return runewidth.FillRight(s, width) + " "
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// oneLine is a text of others as one line that says nothing to a terminal, not
// even by the colours of the program.
func oneLine(s string) string {
	return function.VisibleText(strings.Join(strings.Fields(s), " "))
}
