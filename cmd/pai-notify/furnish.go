package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// read reads the workspace's document. Without an inbox none may name it: its
// messages would go nowhere.
func (c *upCommand) read(d *demo, s streams) (*workspace.Workspace, error) {
	if d == nil {
		document, name, err := readDocument(c.Workspace, nil, s)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(document, []byte(inboxHost)) {
			return nil, fmt.Errorf("%s names %s: add --inbox to have it, or write the real server", name, inboxHost)
		}
	}
	return readWorkspace(c.Workspace, d, s)
}

// furnish puts the workspace's rules on the bus, one for each pattern of a rule.
func (u *up) furnish(ctx context.Context) error {
	if err := u.bus.CreateEventBus(ctx, local.EventBus{Name: u.workspace.Bus()}); err != nil {
		return err
	}
	for _, r := range u.workspace.Rules {
		var targets []local.Target
		for i, to := range r.Receivers() {
			wrapper, err := json.Marshal(map[string]any{"rule": event.Rule{Name: r.Name, Catalogue: u.workspace.Changes}, "target": to, "event": "$"})
			if err != nil {
				return err
			}
			targets = append(targets, local.Target{ID: fmt.Sprintf("target-%d", i+1), Type: local.FunctionType, Params: []local.Param{
				{ResourceKey: "functionName", Form: "CONSTANT", Value: functionPrefix + to.Type},
				{ResourceKey: "Body", Form: "TEMPLATE", Value: `{"event":"$"}`, Template: strings.Replace(string(wrapper), `"event":"$"`, `"event":${event}`, 1)},
			}})
		}
		for i, p := range r.Patterns() {
			name := r.Name
			if i > 0 {
				name = fmt.Sprintf("%s--%d", r.Name, i+1)
			}
			if err := u.bus.CreateRule(ctx, local.Rule{Name: name, Bus: u.workspace.Bus(), FilterPattern: p.String(), Enabled: r.Enabled, Targets: targets}); err != nil {
				return fmt.Errorf("rule %s: %w", r.Name, err)
			}
		}
	}
	return nil
}
