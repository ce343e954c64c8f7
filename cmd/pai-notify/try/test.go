// Package try has the commands that run a single target or function: test and
// send.
package try

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/localinbox"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Test is the command that sends a test message to each target.
type Test struct {
	Workspace string `short:"w" type:"path" help:"Workspace document (default: the demo's)." placeholder:"FILE"`
	Rule      string `help:"Test only the targets of this rule." placeholder:"RULE"`
	Target    string `help:"Test only this target: <type>/<name>, or a type." placeholder:"TARGET"`
	Yes       bool   `help:"Also test targets that cost money: SMS and calls."`
	Inbox     bool   `help:"Send to a local inbox in place of the receivers. A target whose environment variable you have set still goes to its real receiver."`
	JSON      bool   `help:"Print one outcome per line, as JSON."`
	Logs      bool   `help:"Print the functions' logs to standard error."`
	Bus       string `enum:",aliyun,aws,local" default:"" help:"Test the targets on this bus by invoking their functions there (default: test the document's targets from this machine)." placeholder:"aliyun|aws|local"`
	Region    string `help:"Region of the bus, with --bus (default: from your credentials)." placeholder:"REGION"`
	Endpoint  string `help:"Address of the service, with --bus (default: the region's)." placeholder:"URL"`
	Data      string `help:"Data directory, with --bus local (default: in your state directory)." placeholder:"DIR"`
	Owner     string `help:"Owner of the rules, with --bus (default: the document's owner)." placeholder:"OWNER"`
}

// Run sends a test message to each target, the way every notification goes, and
// prints what the platform answered. It returns the answer no when a message was
// not accepted.
func (c *Test) Run(ctx context.Context, s terminal.Streams) error {
	if c.Bus != "" {
		return c.onBus(ctx, s)
	}
	if c.Region+c.Endpoint+c.Data+c.Owner != "" {
		return errors.New("--region, --endpoint, --data and --owner need --bus, which names the bus to test")
	}
	var in *localinbox.Inbox
	if c.Inbox {
		var stop func()
		var err error
		if in, stop, err = localinbox.Start(c.Workspace); err != nil {
			return err
		}
		defer stop()
	}
	w, err := input.ReadWorkspace(c.Workspace, in.Completer(), s)
	if err != nil {
		return err
	}
	s.Log(c.Logs)
	handlers := map[string]func(context.Context, []byte) (json.RawMessage, error){}
	for _, spec := range functions.Register() {
		handlers[spec.Type] = deliver.New(in.Instead(spec), nil).Handle
	}
	in.Announce(s.Err, w.Receivers())
	declared, err := input.DeclaredFor(w)
	if err != nil {
		return err
	}
	ctx = declared.In(ctx)
	tested, failed := 0, false
	for _, r := range w.Rules {
		if c.Rule != "" && c.Rule != r.Name {
			continue
		}
		for _, receiver := range r.Receivers() {
			name := receiver.Type + "/" + receiver.Name
			if c.Target != "" && c.Target != name && c.Target != receiver.Type {
				continue
			}
			tested++
			o := outcome.Outcome{Status: outcome.Skipped, Rule: r.Name, Target: name, Reason: "it costs money: add --yes to test it"}
			if !input.AtMostOnce(input.FunctionPrefix+receiver.Type) || c.Yes {
				o = probe(ctx, handlers[receiver.Type], r.Name, receiver)
				failed = failed || o.Status != outcome.Sent
			}
			c.print(s.Out, o)
		}
	}
	switch {
	case tested == 0:
		return fmt.Errorf("no target of the workspace matches %s: leave it out to test all", c.filter())
	case failed:
		return terminal.ErrNo
	}
	return nil
}

// filter is the flags that select targets, as given.
func (c *Test) filter() string {
	var flags []string
	for _, flag := range [][2]string{{"--rule", c.Rule}, {"--target", c.Target}} {
		if flag[1] != "" {
			flags = append(flags, fmt.Sprintf("%s %q", flag[0], flag[1]))
		}
	}
	return cmp.Or(strings.Join(flags, " "), "the rules of the document")
}

// onBus tests the targets on a bus.
func (c *Test) onBus(ctx context.Context, s terminal.Streams) error {
	if c.Workspace == "" || c.Inbox {
		return errors.New("with --bus, name the document with -w; there is no --inbox then")
	}
	flags := account.Flags{Workspace: c.Workspace, Owner: c.Owner, Place: account.Place{Bus: c.Bus, Region: c.Region, Endpoint: c.Endpoint, Data: c.Data}}
	p, err := flags.Provisioner(ctx, s)
	if err != nil {
		return err
	}
	tests, err := p.Test(ctx, c.Rule, c.Target, c.Yes)
	if err != nil {
		return account.WithRemedy(err, p.Cloud)
	}
	if len(tests) == 0 {
		return fmt.Errorf("no target on the bus %s matches %s: pai-notify rules lists them", p.Workspace.Bus(), c.filter())
	}
	failed := false
	for _, t := range tests {
		o, err := deliver.ReadOutcome(t.Outcome)
		if err != nil {
			o = outcome.Outcome{Status: outcome.Failed, Reason: err.Error()}
		}
		if t.Skipped != "" {
			o.Reason = "it costs money: add --yes to test it"
		}
		o.Rule, o.Target = t.Rule, t.Target
		failed = failed || t.Failed
		c.print(s.Out, o)
	}
	if failed {
		return terminal.ErrNo
	}
	return nil
}

func probe(ctx context.Context, handle func(context.Context, []byte) (json.RawMessage, error), rule string, receiver target.Receiver) outcome.Outcome {
	payload, err := json.Marshal(struct {
		Test   bool            `json:"test"`
		Rule   event.Rule      `json:"rule"`
		Target target.Receiver `json:"target"`
	}{true, event.Rule{Name: rule}, receiver})
	if err != nil {
		return outcome.Outcome{Status: outcome.Failed, Reason: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, input.FunctionTimeout)
	defer cancel()
	return deliver.OutcomeOf(handle(ctx, payload))
}

func (c *Test) print(out io.Writer, o outcome.Outcome) {
	if c.JSON {
		_ = json.NewEncoder(out).Encode(o)
		return
	}
	verdict := color.RedString("%-7s", "fails")
	switch o.Status {
	case outcome.Sent:
		verdict = color.GreenString("%-7s", "works")
	case outcome.Skipped:
		verdict = color.YellowString("%-7s", "skipped")
	}
	var facts []string
	if o.HTTPStatus != 0 {
		facts = append(facts, "HTTP "+strconv.Itoa(o.HTTPStatus))
	}
	if o.Code != "" {
		facts = append(facts, "code "+o.Code)
	}
	if o.Class != "" {
		facts = append(facts, string(o.Class))
	}
	if o.Receipt != "" {
		facts = append(facts, "receipt "+o.Receipt)
	}
	fmt.Fprintf(out, "%s %s %s  %s\n", verdict, terminal.Pad(terminal.OneLine(o.Rule), terminal.RuleWidth), terminal.Pad(terminal.OneLine(o.Target), terminal.TargetWidth), terminal.OneLine(strings.Join(facts, ", ")))
	for _, line := range []string{o.Reason, o.Advice} {
		if line != "" {
			fmt.Fprintf(out, "        %s\n", terminal.OneLine(line))
		}
	}
}
