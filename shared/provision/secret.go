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
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/secret"
)

// askTime is how long to wait for a function's answer about its secrets: it may
// have to start, and its store takes five seconds at most.
const askTime = 20 * time.Second

// lookup is what a function said about the references of its targets.
type lookup struct {
	function   string
	references []string
	missing    []secret.Missing
	// err is why the function did not answer.
	err error
}

// askAll asks each function once which references of the enabled rules lead to a
// value there. It sends nothing.
func (pr Provisioner) askAll(ctx context.Context) []lookup {
	if pr.Cloud.Invoke == nil {
		return nil
	}
	references := pr.Workspace.References()
	answers := []lookup{}
	for _, typ := range slices.Sorted(maps.Keys(references)) {
		answers = append(answers, lookup{function: policy.FunctionName(pr.Options.Prefix, typ), references: references[typ]})
	}
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			answers[i].missing, answers[i].err = pr.Cloud.Missing(ctx, answers[i].function, answers[i].references)
		})
	}
	all.Wait()
	return answers
}

// secrets returns a finding for each reference of the document.
func (pr Provisioner) secrets(ctx context.Context) []Finding {
	var list []Finding
	for _, a := range pr.askAll(ctx) {
		for _, reference := range a.references {
			f := Finding{Check: aSecret.With("secret", reference), Verdict: OK, Text: secretSet.With("function", a.function)}
			if a.err != nil {
				f.Verdict, f.Text, f.Remedy = Unknown, secretUnsure.With("function", a.function, "reason", a.err.Error()), pr.Cloud.remedy(a.err)
			}
			for _, m := range a.missing {
				switch {
				case m.Reference != reference:
				case m.Unknown:
					f.Verdict, f.Text = Unknown, secretUnsure.With("function", a.function, "reason", m.Reason)
				default:
					f.Verdict, f.Text, f.Remedy = Missing, secretUnset.With("function", a.function, "reason", m.Reason), pr.secretRemedy()
				}
			}
			list = append(list, f)
		}
	}
	return list
}

func (pr Provisioner) secretRemedy() message.Statement {
	if pr.Cloud.Name == Local {
		return setHere.With()
	}
	return pushSecret.With("command", "pai-notify secrets push -w FILE --bus "+pr.Cloud.Name)
}

var errNoAnswer = errors.New("it did not answer the question, as older versions do not: deploy the present one")

// Missing asks a function which references of its targets lead to no value there.
// It fails when the function does not answer: it may be an older version.
func (c Cloud) Missing(ctx context.Context, function string, references []string) ([]secret.Missing, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	question, err := json.Marshal(deliver.SecretsQuestion{Secrets: references})
	if err != nil {
		return nil, err
	}
	answer, failed, err := c.Invoke(ctx, function, question)
	if err != nil {
		return nil, err
	}
	if failed {
		return nil, fmt.Errorf("%w (it said: %s)", errNoAnswer, said(answer))
	}
	reply, err := deliver.ReadSecretsAnswer(answer)
	if err != nil {
		return nil, errNoAnswer
	}
	for _, m := range reply.Missing {
		if !slices.Contains(references, m.Reference) {
			return nil, errNoAnswer
		}
	}
	return reply.Missing, nil
}

// withSecrets adds to a plan what is known about the secrets that it needs. If one
// is certainly missing, the plan may not be applied: a rule that cannot notify
// anybody is worse than a deployment that stops. The local bus only warns, because
// its variables can be set at any start.
func (pr Provisioner) withSecrets(ctx context.Context, p Plan) Plan {
	var lacking []string
	for _, a := range pr.askAll(ctx) {
		if a.err != nil {
			p.warn(secretsUnsure, "function", a.function, "secrets", a.references, "reason", pr.Cloud.Explain(a.err).Error())
		}
		for _, m := range a.missing {
			if m.Unknown {
				p.warn(secretsUnsure, "function", a.function, "secrets", []string{m.Reference}, "reason", m.Reason)
				continue
			}
			p.warn(secretMissing, "function", a.function, "secret", m.Reference, "reason", m.Reason, "remedy", pr.secretRemedy())
			lacking = append(lacking, m.Reference)
		}
	}
	slices.Sort(lacking)
	lacking = slices.Compact(lacking)
	if len(lacking) > 0 && !pr.Options.AllowMissing && pr.Cloud.Name != Local {
		p.lacking = &lackingError{Secrets: lacking}
	}
	return p
}

// lackingError is the error of a plan that may not be applied because secrets are
// missing where the functions run.
type lackingError struct {
	// Secrets are references, such as "env:DINGTALK_WEBHOOK".
	Secrets []string
}

// Error names the missing secrets, and how to apply without them.
func (e *lackingError) Error() string {
	return fmt.Sprintf("provision: %s missing where the functions run: %s: put the values there, or go on without them with --allow-missing-secrets (allow_missing_secrets in a payload, AllowMissingSecrets in a template); nothing was changed", isAre(len(e.Secrets)), strings.Join(e.Secrets, ", "))
}

func isAre(n int) string {
	if n == 1 {
		return "a secret is"
	}
	return fmt.Sprintf("%d secrets are", n)
}
