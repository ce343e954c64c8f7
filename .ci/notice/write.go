package main

import (
	"bytes"
	"fmt"
	"strings"
)

const heading = `pai-notify is licensed under the Apache License, version 2.0: see LICENSE.

Its executables contain Go's own library and the modules below. Their licences
and notices follow, each text once. This file is written by "make notice".
`

const rule = "\n--------------------------------------------------------------------------------\n\n"

// write prints the file NOTICE.
func write(out *bytes.Buffer, texts []text) {
	out.WriteString(heading)
	for _, one := range texts {
		out.WriteString(rule)
		for _, file := range one.files {
			fmt.Fprintln(out, file)
		}
		if len(one.kinds) > 0 {
			fmt.Fprintf(out, "%s\n", strings.Join(one.kinds, ", "))
		}
		fmt.Fprintf(out, "\n%s\n", one.content)
	}
}
