package main

import (
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

type matchCommand struct {
	Workspace string   `short:"w" type:"path" help:"Workspace document; the demo's when left out." placeholder:"FILE"`
	Verbose   bool     `short:"v" help:"Show every condition, not only the first that fails."`
	Events    []string `arg:"" name:"event" help:"Files with events in any payload shape; - for standard input."`
}

// Run prints, for each event, what each rule makes of it. The answer is no
// when an event matches no rule. What cannot be read is told after the others.
func (c *matchCommand) Run(s streams) error {
	w, err := readWorkspace(c.Workspace, nil, s)
	if err != nil {
		return err
	}
	all := true
	list, unread := readAll(c.Events, s)
	for _, e := range list {
		fmt.Fprintf(s.out, "%s  %s\n", color.New(color.Bold).Sprint(e.Type()), e.ID())
		matched, err := c.explain(w, e, s)
		if err != nil {
			return fmt.Errorf("event %s: %w", e.ID(), err)
		}
		all = all && matched
	}
	if !all && unread == nil {
		return errNo
	}
	return unread
}

func (c *matchCommand) explain(w *workspace.Workspace, e event.Event, s streams) (bool, error) {
	any := false
	for _, r := range w.Rules {
		why, err := r.Refusal(e.JSON())
		if err != nil {
			return false, err
		}
		if why == "" {
			any = true
			fmt.Fprintf(s.out, "  %s %s → %s\n", color.GreenString("match   "), r.Name, receiverNames(r))
		} else {
			fmt.Fprintf(s.out, "  %s %s: %s\n", color.YellowString("no match"), r.Name, why)
		}
		if c.Verbose {
			for _, p := range r.Patterns() {
				conditions, err := p.Explain(e.JSON())
				if err != nil {
					return false, err
				}
				printConditions(conditions, s)
			}
		}
	}
	return any, nil
}

func printConditions(conditions []rule.Condition, s streams) {
	for _, condition := range conditions {
		mark := color.GreenString("✓")
		if !condition.Holds {
			mark = color.YellowString("✗")
		}
		fmt.Fprintf(s.out, "           %s %s\n", mark, condition)
	}
}

func receiverNames(r workspace.Rule) string {
	var names []string
	for _, receiver := range r.Receivers() {
		names = append(names, receiver.Type+"/"+receiver.Name)
	}
	return strings.Join(names, ", ")
}
