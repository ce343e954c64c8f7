// Package provision is the function that applies a workspace document to the
// workspace's event bus. It also serves a CloudFormation custom resource.
package provision

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// Request is what the function is invoked with.
type Request struct {
	// Action is status, plan, apply, list, enable, disable, delete or test.
	Action string `json:"action"`
	// Workspace is the JSON form of the document; the one that the function was
	// configured with when absent. It and the options below are refused without
	// [PayloadVariable], but for what repeats the deployment.
	Workspace json.RawMessage `json:"workspace,omitempty"`
	// Rule, and Target for a test, name what the action is about.
	Rule   string `json:"rule,omitempty"`
	Target string `json:"target,omitempty"`
	// Owner, TakeOver, DeleteCopies and Functions are those of [provision.Options].
	Owner        string `json:"owner,omitempty"`
	TakeOver     string `json:"take_over,omitempty"`
	DeleteCopies bool   `json:"delete_copies,omitempty"`
	Functions    string `json:"functions,omitempty"`
	// AllowMissingSecrets applies though secrets are missing where the functions
	// run.
	AllowMissingSecrets bool `json:"allow_missing_secrets,omitempty"`
	// Yes confirms a deletion, and tests that cost money.
	Yes bool `json:"yes,omitempty"`
}

// Answer is what the function answers.
type Answer struct {
	Action string `json:"action"`
	Bus    string `json:"bus,omitempty"`
	Owner  string `json:"owner,omitempty"`
	// Changed tells that something was changed; of a plan, that something is to
	// be.
	Changed bool                   `json:"changed"`
	Plan    *provision.Plan        `json:"plan,omitempty"`
	Rules   []provision.ListedRule `json:"rules,omitempty"`
	Status  *provision.CheckUp     `json:"status,omitempty"`
	Tests   []provision.TestResult `json:"tests,omitempty"`
	Names   []string               `json:"switched,omitempty"`
	Left    []provision.Step       `json:"left,omitempty"`
	Warning []string               `json:"warnings,omitempty"`
	Error   string                 `json:"error,omitempty"`
	kind    bus.Kind
}

// Open returns the cloud that the function provisions. deadLetter is the ARN of
// what keeps the events that a bus cannot deliver; "" for none.
type Open func(ctx context.Context, deadLetter string) (provision.Cloud, error)

// Handler returns the handler of the function. It also serves a custom resource
// of CloudFormation.
func Handler(open Open) func(context.Context, []byte) (json.RawMessage, error) {
	return func(ctx context.Context, payload []byte) (json.RawMessage, error) {
		if e, ok := customResource(payload); ok {
			return serveCustomResource(ctx, open, e)
		}
		a, err := handle(ctx, open, payload)
		if err != nil {
			a.Error, a.kind = err.Error(), bus.KindOf(err)
			slog.ErrorContext(ctx, "provision", "action", a.Action, "bus", a.Bus, "error", a.Error)
			return nil, failure{a}
		}
		slog.InfoContext(ctx, "provision", "action", a.Action, "bus", a.Bus, "changed", a.Changed)
		return json.Marshal(a)
	}
}

// failure is the error that the function answers with; its text is an [Answer].
type failure struct{ Answer }

// Error returns the answer as JSON.
func (f failure) Error() string {
	text, err := json.Marshal(f.Answer)
	if err != nil {
		return f.Answer.Error
	}
	return string(text)
}

// FailureType tells whether it may help to invoke the function again.
func (f failure) FailureType() string {
	if f.kind == bus.Unavailable || f.kind == bus.Throttled {
		return "Transient"
	}
	return "Permanent"
}

func handle(ctx context.Context, open Open, payload []byte) (Answer, error) {
	var r Request
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Answer{}, fmt.Errorf(`provision: the payload cannot be read (%s): send {"action": "status|plan|apply|list|enable|disable|delete|test"}; functions/provision/README.md has the rest`, strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Answer{}, errors.New("provision: there is more after the payload's object")
	}
	a := Answer{Action: r.Action}
	w, o, deadLetter, err := r.asked().resolve()
	if err != nil {
		return a, err
	}
	for _, f := range w.Warnings {
		a.Warning = append(a.Warning, f.Error())
	}
	cloud, err := open(ctx, deadLetter)
	if err != nil {
		return a, err
	}
	p := provision.Provisioner{Cloud: cloud, Workspace: w, Options: o}
	a.Bus, a.Owner = w.Bus(), p.Owner()
	err = cloud.Explain(a.fill(ctx, p, r))
	return a, err
}

func (r Request) asked() asked {
	a := asked{document: r.Workspace, documentKey: "workspace",
		options: provision.Options{Prefix: r.Functions, Owner: r.Owner, TakeOver: r.TakeOver, DeleteCopies: r.DeleteCopies, AllowMissing: r.AllowMissingSecrets}}
	a.keys.prefix, a.keys.owner, a.keys.takeOver, a.keys.deleteCopies = "functions", "owner", "take_over", "delete_copies"
	return a
}

// fill does what is asked for, and notes in the answer what came of it.
func (a *Answer) fill(ctx context.Context, pr provision.Provisioner, r Request) error {
	var err error
	switch r.Action {
	case "status":
		var c provision.CheckUp
		c, err = pr.Status(ctx)
		a.Status = &c
	case "plan", "apply":
		return a.carryOut(ctx, pr, r.Action == "apply", pr.Plan)
	case "delete":
		if !r.Yes {
			return errors.New(`provision: a deletion cannot be undone: say "yes": true`)
		}
		return a.carryOut(ctx, pr, true, func(ctx context.Context) (provision.Plan, error) { return pr.Removal(ctx, r.Rule) })
	case "list":
		a.Rules, err = pr.List(ctx)
	case "enable", "disable":
		if r.Rule == "" {
			return fmt.Errorf(`provision: name the rule to %s: "rule": "…"`, r.Action)
		}
		a.Names, err = pr.Switch(ctx, r.Rule, r.Action == "enable")
		a.Changed = len(a.Names) > 0
		if warning := pr.Cloud.InFlight(); r.Action == "disable" && a.Changed && warning.Code != "" {
			a.Warning = append(a.Warning, warning.String())
		}
	case "test":
		a.Tests, err = pr.Test(ctx, r.Rule, r.Target, r.Yes)
		for _, t := range a.Tests {
			if t.Failed && err == nil {
				err = fmt.Errorf("provision: the test of %s failed", t.Target)
			}
		}
	default:
		return fmt.Errorf("provision: there is no action %q: use status, plan, apply, list, enable, disable, delete or test", r.Action)
	}
	return err
}

// carryOut plans, and applies the plan if apply is set.
func (a *Answer) carryOut(ctx context.Context, pr provision.Provisioner, apply bool, plan func(context.Context) (provision.Plan, error)) error {
	p, err := plan(ctx)
	if err != nil {
		return err
	}
	a.Plan, a.Changed = &p, !p.Empty()
	if !apply {
		return nil
	}
	if err := p.Stopped(); err != nil {
		a.Changed = false
		return err
	}
	err = pr.Cloud.Apply(ctx, p, nil)
	if half, ok := errors.AsType[*provision.Incomplete](err); ok {
		a.Left, a.Changed = half.Left, half.Changed
	}
	return err
}
