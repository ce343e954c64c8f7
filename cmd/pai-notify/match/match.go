// Package match has the commands that match events without sending anything: match
// and pattern.
package match

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/shared/bus/aws"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Match is the command match.
type Match struct {
	Workspace string   `short:"w" type:"path" help:"Workspace document (default: the demo's)." placeholder:"FILE"`
	Verbose   bool     `short:"v" help:"Show every condition, not only the first that fails."`
	At        string   `help:"Say also when each receiver would be sent the event if it came then: an RFC 3339 time, such as 2026-11-28T03:00:00+08:00." placeholder:"TIME"`
	Bus       string   `enum:",aliyun,aws,local" default:"" help:"Match as this EventBridge does (default: as functions do, which is as on Alibaba Cloud)." placeholder:"aliyun|aws|local"`
	Events    []string `arg:"" name:"event" help:"Files with events, in any form that functions accept; - for standard input."`
}

// Run prints, for each event, what each rule makes of it. The answer is no
// when an event matches no rule. What cannot be read is reported after the others.
func (c *Match) Run(s terminal.Streams) error {
	w, err := input.ReadWorkspace(c.Workspace, nil, s)
	if err != nil {
		return err
	}
	when, err := newTiming(c.At, w)
	if err != nil {
		return err
	}
	all := true
	var unread error
	for _, path := range c.Events {
		text, err := input.ReadInput(path, s)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		list, err := input.EventsOf(path, text)
		unread = errors.Join(unread, err)
		for _, e := range list {
			fmt.Fprintf(s.Out, "%s  %s\n", color.New(color.Bold).Sprint(terminal.OneLine(e.Type())), terminal.OneLine(e.ID()))
			matched, err := c.explain(w, e, seen(e, text, len(list) == 1), when.of(e), s)
			if err != nil {
				return fmt.Errorf("event %s: %w", e.ID(), err)
			}
			all = all && matched
		}
	}
	if !all && unread == nil {
		return terminal.ErrNo
	}
	return unread
}

// forms are an event as each of the clouds has it.
type forms struct {
	cloudEvent []byte
	envelope   []byte
	untaken    string // why AWS takes no such event
}

// seen returns an event in its forms. One that came as the only one, in an
// envelope of AWS, stands there as it came: what is in it need not be a
// CloudEvent.
func seen(e event.Event, text []byte, only bool) forms {
	f := forms{cloudEvent: e.JSON()}
	if only && bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) && event.Member(text, "detail-type") != nil {
		f.envelope = text
		return f
	}
	var err error
	if f.envelope, err = aws.Envelope(e); err != nil {
		f.untaken = err.Error()
	}
	return f
}

// verdict is what the patterns of a rule say of an event.
type verdict struct {
	patterns []*rule.Pattern
	event    []byte
	why      string // it does not match; "" when it does
}

// judged returns the verdicts of a rule on both clouds.
func judged(r workspace.Rule, f forms) (aliyun, onAWS verdict, err error) {
	aliyun = verdict{patterns: r.Patterns(), event: f.cloudEvent}
	onAWS = verdict{event: f.envelope}
	if !r.Enabled {
		aliyun.why = "the rule is disabled"
		onAWS.why = aliyun.why
		return aliyun, onAWS, nil
	}
	if aliyun.why, err = rule.Refusal(aliyun.event, aliyun.patterns...); err != nil {
		return aliyun, onAWS, err
	}
	if f.untaken != "" {
		onAWS.why = "AWS does not take the event: " + f.untaken
		return aliyun, onAWS, nil
	}
	if onAWS.patterns, err = aws.Patterns(r.Patterns()); err != nil {
		return aliyun, onAWS, err
	}
	onAWS.why, err = rule.Refusal(onAWS.event, onAWS.patterns...)
	return aliyun, onAWS, err
}

func (c *Match) explain(w *workspace.Workspace, e event.Event, f forms, when func(workspace.Rule, []target.Receiver) []string, s terminal.Streams) (bool, error) {
	any := false
	for _, r := range w.Rules {
		here, other, err := judged(r, f)
		elsewhere := "on AWS"
		if c.Bus == provision.AWS {
			here, other, elsewhere = other, here, "on Alibaba Cloud and on this machine"
		}
		if err != nil {
			return false, fmt.Errorf("rule %s: %w", r.Name, err)
		}
		if here.why == "" {
			to, missed, err := r.Reached(e)
			if err != nil {
				return false, fmt.Errorf("rule %s: %w", r.Name, err)
			}
			any = any || len(to) > 0
			line := receiverNames(to)
			if missed != "" {
				line = strings.TrimPrefix(line+"; ", "; ") + "not the creator: " + missed
			}
			fmt.Fprintf(s.Out, "  %s %s → %s\n", color.GreenString("match   "), r.Name, terminal.OneLine(line))
			for _, line := range when(r, to) {
				fmt.Fprintf(s.Out, "           %s\n", line)
			}
		} else {
			fmt.Fprintf(s.Out, "  %s %s: %s\n", color.YellowString("no match"), r.Name, terminal.OneLine(here.why))
		}
		switch {
		case here.why == "" && other.why != "":
			fmt.Fprintf(s.Err, "warning: %s: %s this event does not match: %s\n", r.Name, elsewhere, other.why)
		case here.why != "" && other.why == "":
			fmt.Fprintf(s.Err, "warning: %s: %s this event matches\n", r.Name, elsewhere)
		}
		if c.Verbose {
			for _, p := range here.patterns {
				conditions, err := p.Explain(here.event)
				if err != nil {
					return false, err
				}
				printConditions(conditions, s)
			}
		}
	}
	return any, nil
}

func printConditions(conditions []rule.Condition, s terminal.Streams) {
	for _, condition := range conditions {
		mark := color.GreenString("✓")
		if !condition.Holds {
			mark = color.YellowString("✗")
		}
		fmt.Fprintf(s.Out, "           %s %s\n", mark, condition)
	}
}

func receiverNames(to []target.Receiver) string {
	var names []string
	for _, receiver := range to {
		names = append(names, receiver.Type+"/"+receiver.Name)
	}
	return strings.Join(names, ", ")
}
