package main

import (
	"fmt"
	"io"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// warnUnset says which variables that enabled rules refer to are not set, each
// once for each rule, and what follows of that.
func warnUnset(out io.Writer, w *workspace.Workspace, follows string) {
	said := map[string]bool{}
	for _, r := range w.Rules {
		if !r.Enabled {
			continue
		}
		for _, receiver := range r.Receivers() {
			for _, name := range target.Variables(receiver.Parameters) {
				if key := r.Name + " " + name; !target.Set(name) && !said[key] {
					said[key] = true
					fmt.Fprintf(out, "warning: rule %s, target %s/%s: env:%s is not set on this machine: %s\n", r.Name, receiver.Type, receiver.Name, name, follows)
				}
			}
		}
	}
}
