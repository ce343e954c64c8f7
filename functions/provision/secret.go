package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/target"
)

// askTime is how long a function is waited for that is asked for its secrets: it
// may have to start, and its store takes five seconds at most.
const askTime = 20 * time.Second

// secrets asks the functions, each once, which of the references of the enabled
// rules lead to a value there. It sends nothing.
func (d Desk) secrets(ctx context.Context) []Finding {
	if d.Cloud.Invoke == nil {
		return nil
	}
	references := d.Workspace.References()
	types := slices.Sorted(maps.Keys(references))
	answers := make([][]Finding, len(types))
	var all sync.WaitGroup
	for i, typ := range types {
		all.Go(func() { answers[i] = d.secretsOf(ctx, prefixed(d.Options.Prefix, typ), references[typ]) })
	}
	all.Wait()
	return slices.Concat(answers...)
}

// secretsOf asks one function. There is a finding for each reference, in their
// order.
func (d Desk) secretsOf(ctx context.Context, function string, references []string) []Finding {
	missing, err := d.ask(ctx, function, references)
	var list []Finding
	for _, reference := range references {
		f := Finding{Check: "secret " + reference, Verdict: OK, Text: "the function " + function + " has it"}
		i := slices.IndexFunc(missing, func(m target.Missing) bool { return m.Reference == reference })
		switch {
		case err != nil:
			f.Verdict, f.Text, f.Remedy = Unknown, "whether the function "+function+" has it cannot be told: "+err.Error(), Remedy(err, d.Cloud)
		case i >= 0 && missing[i].Unknown:
			f.Verdict, f.Text = Unknown, "whether the function "+function+" has it cannot be told: "+missing[i].Reason
		case i >= 0:
			f.Verdict, f.Text = Missing, "the function "+function+" does not have it, and what it needs it for fails: "+missing[i].Reason
			f.Remedy = d.secretRemedy()
		}
		list = append(list, f)
	}
	return list
}

func (d Desk) secretRemedy() string {
	if d.Cloud.Name == Local {
		return "set it where pai-notify starts, and start it again"
	}
	return "put it into the deployment's secret: pai-notify secrets push -w FILE --bus " + d.Cloud.Name + "; a function that was configured by hand needs it among its variables, and its name in PAI_NOTIFY_SECRETS"
}

var errNoAnswer = errors.New("it did not answer the question, as older versions do not: deploy the present one")

func (d Desk) ask(ctx context.Context, function string, references []string) ([]target.Missing, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	question, err := json.Marshal(deliver.SecretsQuestion{Secrets: references})
	if err != nil {
		return nil, err
	}
	answer, failed, err := d.Cloud.Invoke(ctx, function, question)
	if err != nil {
		return nil, err
	}
	if failed {
		return nil, fmt.Errorf("%w (it said: %s)", errNoAnswer, said(answer))
	}
	told, err := deliver.ReadSecretsAnswer(answer)
	if err != nil {
		return nil, errNoAnswer
	}
	for _, m := range told.Missing {
		if !slices.Contains(references, m.Reference) {
			return nil, errNoAnswer
		}
	}
	return told.Missing, nil
}

// withSecrets adds to a plan what is known of the secrets that it will need.
// Where one is missing for sure, the plan is not carried out: a rule that cannot
// tell anybody is worse than a deployment that stops. This machine only warns,
// as its variables can be set at any start.
func (d Desk) withSecrets(ctx context.Context, p Plan) Plan {
	var lacking []string
	for _, f := range d.secrets(ctx) {
		if f.Verdict == OK {
			continue
		}
		warning := f.Check + ": " + f.Text
		if f.Remedy != "" {
			warning += ": " + f.Remedy
		}
		p.Warnings = append(p.Warnings, warning)
		if f.Verdict == Missing {
			lacking = append(lacking, strings.TrimPrefix(f.Check, "secret "))
		}
	}
	if len(lacking) > 0 && !d.Options.AllowMissing && d.Cloud.Name != Local {
		p.lacking = &LackingError{Secrets: lacking}
	}
	return p
}

// LackingError is the error of a plan that is not carried out because secrets
// are missing where the functions run.
type LackingError struct {
	// Secrets are references, such as "env:DINGTALK_WEBHOOK".
	Secrets []string
}

// Error names them, and how to go on without them.
func (e *LackingError) Error() string {
	return fmt.Sprintf("provision: %s missing where the functions run: %s: put the values there, or go on without them with --allow-missing-secrets (allow_missing_secrets in a payload, AllowMissingSecrets in a template); nothing was changed", isAre(len(e.Secrets)), strings.Join(e.Secrets, ", "))
}

func isAre(n int) string {
	if n == 1 {
		return "a secret is"
	}
	return fmt.Sprintf("%d secrets are", n)
}
