package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// PrintJSON prints a value as JSON for people.
func PrintJSON(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// Indent prints JSON for people, and what is no JSON as it is.
func Indent(w io.Writer, text []byte) {
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") != nil {
		fmt.Fprintln(w, string(text))
		return
	}
	fmt.Fprintln(w, indented.String())
}
