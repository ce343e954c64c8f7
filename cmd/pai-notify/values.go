package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

func printValue(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

func printJSON(w io.Writer, text []byte) {
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") != nil {
		fmt.Fprintln(w, string(text))
		return
	}
	fmt.Fprintln(w, indented.String())
}
