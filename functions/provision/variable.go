package provision

import (
	"context"
	"maps"
	"slices"

	"github.com/pai-notify/pai-notify/shared/target"
)

// variables tells of the environment variables that the document's enabled rules
// refer to: whether the functions that need them have them.
func (d Desk) variables(ctx context.Context) []Finding {
	if d.Cloud.Variables == nil {
		return nil
	}
	needed := map[string][]string{} // by function
	for _, r := range d.Workspace.Rules {
		if !r.Enabled {
			continue
		}
		for _, receiver := range r.Receivers() {
			name := prefixed(d.Options.Prefix, receiver.Type)
			needed[name] = append(needed[name], target.Variables(receiver.Parameters)...)
		}
	}
	var list []Finding
	for _, function := range slices.Sorted(maps.Keys(needed)) {
		names := needed[function]
		slices.Sort(names)
		if names = slices.Compact(names); len(names) == 0 {
			continue
		}
		has, err := d.Cloud.Variables(ctx, function)
		for _, name := range names {
			f := Finding{Check: "variable " + name, Verdict: OK, Text: "the function " + function + " has it"}
			switch {
			case err != nil:
				f.Verdict, f.Text, f.Remedy = Unknown, err.Error(), Remedy(err, d.Cloud)
			case has == nil:
				f.Verdict, f.Text = Unknown, "the variables of the function "+function+" are not told"
			case !has[name]:
				f.Verdict, f.Text, f.Remedy = Missing, "the function "+function+" does not have it: what it needs it for fails", "deploy the function with it; a name that is not among its variables yet is added to template.yaml or s.yaml"
				if d.Cloud.Name == Local {
					f.Text, f.Remedy = "it is not set on this machine: what the function "+function+" needs it for fails", "set it where pai-notify starts, and start it again"
				}
			}
			list = append(list, f)
		}
	}
	return list
}
