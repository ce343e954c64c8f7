package traffic

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/function"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// adoption is the document with the proposals in it.
type adoption struct {
	text     []byte
	reflowed bool
	// report is what passed, judged by it.
	report learn.Report
}

// adopt puts the proposals into the text of the document; nil when there are
// none.
func (c *Learn) adopt(text []byte, r learn.Report) (*adoption, error) {
	if len(r.Proposals) == 0 {
		return nil, nil
	}
	document, err := edit.Open(text)
	if err == nil {
		err = document.PutCatalogue(r.Changes())
	}
	if err != nil {
		return nil, fmt.Errorf("the proposals do not go into %s: %w", c.Workspace, err)
	}
	specs, err := input.Checked()
	if err != nil {
		return nil, err
	}
	w, err := yaml.Parse(document.Text(), c.Workspace, specs...)
	if err != nil {
		return nil, fmt.Errorf("with the proposals the document would not be right, so none is adopted: %w", err)
	}
	a := &adoption{text: document.Text(), reflowed: document.Reflowed()}
	if a.report, err = r.Again(w); err != nil {
		return nil, err
	}
	return a, nil
}

// write replaces the document, unless it is not the one that was read any more.
func (a *adoption) write(path string, read []byte) error {
	now, err := input.ReadFile(path, workspace.MaxDocumentBytes, terminal.Streams{})
	if err != nil {
		return err
	}
	if !bytes.Equal(now, read) {
		return fmt.Errorf("%s changed meanwhile, and stays as it is: run this again", path)
	}
	if info, err := os.Stat(path); err == nil && (!info.Mode().IsRegular() || info.Mode().Perm()&0o222 == 0) {
		return fmt.Errorf("%s is not a file that can be written", path)
	}
	if err := files.Replace(path, a.text); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

// printDiff shows the lines that change. Those around them are left out: they
// may hold secrets.
func printDiff(out io.Writer, path string, old []byte, a *adoption) {
	fmt.Fprintf(out, "%s\n", terminal.OneLine(path))
	if a.reflowed {
		fmt.Fprintln(out, "  The document is written anew, because its form has no place for more lines (brackets, aliases, an end mark): comments stay, blank lines do not.")
		return
	}
	for _, l := range difference(strings.SplitAfter(string(old), "\n"), strings.SplitAfter(string(a.text), "\n")) {
		paint := color.New(color.FgGreen)
		if l[0] == '-' {
			paint = color.New(color.FgRed)
		}
		// What is painted says nothing to a terminal by itself.
		fmt.Fprintf(out, "%s\n", paint.Sprint(function.VisibleText(strings.TrimRight(l, "\r\n"))))
	}
	fmt.Fprintln(out)
}

// mostLines is how many lines on both sides are compared with each other.
const mostLines = 1000

// difference returns the lines that go, after a minus, and those that come,
// after a plus. Blank lines that come are left out.
func difference(old, text []string) []string {
	for len(old) > 0 && len(text) > 0 && old[0] == text[0] {
		old, text = old[1:], text[1:]
	}
	for len(old) > 0 && len(text) > 0 && old[len(old)-1] == text[len(text)-1] {
		old, text = old[:len(old)-1], text[:len(text)-1]
	}
	old, text = old[:min(len(old), mostLines)], text[:min(len(text), mostLines)]
	// length of the longest common part from i in old and j in text
	length := make([][]int, len(old)+1)
	for i := range length {
		length[i] = make([]int, len(text)+1)
	}
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(text) - 1; j >= 0; j-- {
			if length[i][j] = max(length[i+1][j], length[i][j+1]); old[i] == text[j] {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	var list []string
	for i, j := 0, 0; i < len(old) || j < len(text); {
		switch {
		case i < len(old) && j < len(text) && old[i] == text[j]:
			i, j = i+1, j+1
		case i < len(old) && (j == len(text) || length[i+1][j] >= length[i][j+1]):
			list, i = append(list, "- "+old[i]), i+1
		default:
			list, j = append(list, "+ "+text[j]), j+1
		}
	}
	return list
}
