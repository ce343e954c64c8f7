package terminal

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/pai-notify/pai-notify/shared/function"
)

// The columns' widths fit the names of the samples and of the demo's rules; a
// longer name moves the rest of its line, and is not cut.
const (
	EventWidth  = 23
	RuleWidth   = 16
	TargetWidth = 18
	StatusWidth = 7
	WhyWidth    = 96
)

// The widths of the columns of notifications.
const (
	IDWidth   = 8
	TimeWidth = 19
)

// Pad fills s with blanks to width columns, and adds one more so that columns
// never touch.
func Pad(s string, width int) string {
	return runewidth.FillRight(s, width) + " "
}

// Dash stands for a text that is empty.
func Dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// OneLine is a text of others as one line that says nothing to a terminal, not
// even by the colours of the program.
func OneLine(s string) string {
	return function.VisibleText(strings.Join(strings.Fields(s), " "))
}

// Count is a number of things, such as "1 event" or "2 events".
func Count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// valueWidth is how much of a value is shown; JSON has all of it.
const valueWidth = 160

// Cut is the beginning of a long value, on one line.
func Cut(s string) string {
	s = OneLine(s)
	if r := []rune(s); len(r) > valueWidth {
		return string(r[:valueWidth-1]) + "…"
	}
	return s
}
