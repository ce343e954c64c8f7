package serve

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// warnUnset says which variables that enabled rules refer to are not set, each
// once for each rule, and what follows of that. Nothing follows for targets that
// an inbox takes the messages of; takes is nil where there is none.
func warnUnset(out io.Writer, w *workspace.Workspace, takes func(config json.RawMessage) bool, follows string) {
	said := map[string]bool{}
	for _, r := range w.Rules {
		if !r.Enabled {
			continue
		}
		for _, receiver := range r.Receivers() {
			if takes != nil && takes(receiver.Parameters) {
				continue
			}
			for _, name := range secret.Variables(receiver.Parameters) {
				if key := r.Name + " " + name; !secret.Set(name) && !said[key] {
					said[key] = true
					fmt.Fprintf(out, "warning: rule %s, target %s/%s: env:%s is not set on this machine: %s\n", r.Name, receiver.Type, receiver.Name, name, follows)
				}
			}
		}
	}
}
