package main

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/pai-notify/pai-notify/shared/function"
)

// The columns' widths fit the names of the samples and of the demo's rules; a
// longer name moves the rest of its line, and is not cut.
const (
	eventWidth  = 23
	ruleWidth   = 16
	targetWidth = 18
	statusWidth = 7
	whyWidth    = 96
)

const (
	idWidth   = 8
	timeWidth = 19
)

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

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// valueWidth is how much of a value is shown; JSON has all of it.
const valueWidth = 160

func cut(s string) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > valueWidth {
		return string(r[:valueWidth-1]) + "…"
	}
	return s
}
