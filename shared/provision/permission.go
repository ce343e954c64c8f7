package provision

import (
	"context"
	"errors"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
)

// nobody is the name of a rule that never exists.
const nobody = "pai-notify-permission-check"

// permissions finds out which actions the caller lacks, by calls that change
// nothing: they concern a rule that does not exist, or would create something that
// exists already. A cloud checks permissions before it looks for the resource, so
// an answer about the resource proves the permission. Any other answer proves
// nothing, and neither does an error without the cloud's code, which this side
// made.
func (pr Provisioner) permissions(ctx context.Context, have State, readErr error) []Finding {
	b, name := pr.Cloud.Bus, pr.Workspace.Bus()
	seen := map[string]Verdict{}
	texts := map[string]string{}
	note := func(method string, err error) {
		action := action(pr.Cloud.Name, method)
		e, said := errors.AsType[*bus.Error](err)
		switch {
		case err == nil:
			seen[action] = OK
		case !said:
		case e.Kind == bus.Denied:
			seen[e.Action] = Missing
		case e.Kind == bus.NotFound || e.Kind == bus.Exists || e.Kind == bus.NotEmpty:
			if e.Action == action && e.Code != "" && seen[action] == "" {
				seen[action] = OK
			}
		default:
			texts[action] = e.Error()
		}
	}
	_, err := b.ListEventBuses(ctx, name)
	note("ListEventBuses", err)
	_, err = b.GetEventBus(ctx, name)
	note("GetEventBus", err)
	_, err = b.ListRules(ctx, name)
	note("ListRules", err)
	_, err = b.GetRule(ctx, name, nobody)
	note("GetRule", err)
	_, err = b.ListTargets(ctx, name, []string{nobody})
	note("ListTargets", err)
	note("UpdateRule", b.UpdateRule(ctx, name, bus.Rule{Name: nobody, Pattern: `{"source":["` + nobody + `"]}`}))
	note("EnableRule", b.EnableRule(ctx, name, nobody))
	note("DisableRule", b.DisableRule(ctx, name, nobody))
	note("DeleteRule", b.DeleteRule(ctx, name, nobody))
	// A policy may allow only existing functions as targets.
	note("UpdateTargets", b.UpdateTargets(ctx, name, nobody, []bus.Target{{ID: nobody, Function: policy.FunctionName(pr.Options.Prefix, pr.Workspace.Types[0].Type)}}))
	note("DeleteTargets", b.DeleteTargets(ctx, name, nobody, []string{nobody}))
	if readErr == nil {
		pr.permissionsToMake(ctx, have, note)
	}
	var list []Finding
	for _, action := range policy.Actions(pr.Cloud.Name) {
		f := Finding{Check: aPermission.With("action", action), Verdict: seen[action], Permission: true}
		switch f.Verdict {
		case OK:
		case Missing:
			f.Text, f.Remedy = lacking.With(), grantAction.With()
		default:
			f.Verdict, f.Text, f.Remedy = Unknown, untold.With(), comparePolicy.With()
			if pr.Cloud.Name != AWS && action == "eventbridge:ListTargets" {
				f.Text = uncalled.With()
			}
			if texts[action] != "" {
				f.Text = permissionTold.With("error", texts[action])
			}
		}
		list = append(list, f)
	}
	return list
}

// permissionsToMake checks the permissions to create a bus and a rule, each only
// where the call can have no effect: it would create what exists, or on a bus that
// does not. It publishes nothing, so it cannot check that permission.
func (pr Provisioner) permissionsToMake(ctx context.Context, have State, note func(string, error)) {
	b, name := pr.Cloud.Bus, pr.Workspace.Bus()
	// If somebody creates or deletes the resource meanwhile, the call leaves a
	// rule that is disabled, matches nothing and is removed by the next apply.
	rule := bus.Rule{Name: nobody, Description: marked("", pr.Owner(), 0), Pattern: `{"source":["` + nobody + `"]}`}
	if have.Exists {
		note("CreateEventBus", b.CreateEventBus(ctx, have.Bus))
	}
	if have.Exists && len(have.Rules) > 0 {
		rule.Name = have.Rules[0].Name
	}
	if !have.Exists || len(have.Rules) > 0 {
		note("CreateRule", b.CreateRule(ctx, name, rule))
	}
	// The deletion of a bus is not asked for at all: one that somebody makes at
	// this moment would go.
}

// action is the name of a bus method in a cloud's policies.
func action(cloud, method string) string {
	if cloud != AWS {
		return "eventbridge:" + method
	}
	switch method {
	case "CreateRule", "UpdateRule":
		return "events:PutRule"
	case "UpdateTargets":
		return "events:PutTargets"
	case "DeleteTargets":
		return "events:RemoveTargets"
	case "ListTargets":
		return "events:ListTargetsByRule"
	}
	return "events:" + strings.Replace(method, "Get", "Describe", 1)
}
