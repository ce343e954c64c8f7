package document

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// named returns a rule of a document with names for the targets whose addresses
// are about to move out of it, so that they stay who they are; false when there
// are none.
func (h *handlers) named(w *workspace.Workspace, rule edit.Rule) (made edit.Rule, any bool) {
	rule.Targets = slices.Clone(rule.Targets)
	for i, t := range rule.Targets {
		spec, ok := backend.SpecOf(h.Options.Specs, t.Type)
		if !ok || t.Name != "" || spec.Contact != target.NoContact {
			continue
		}
		for _, field := range edit.Parameters(spec) {
			address, _ := t.Parameter(field.Name)
			if text, ok := address.(string); ok && field.Kind == edit.Secret && field.Required && !censor.IsReference(text) {
				rule.Targets[i].Name, any = backend.TargetKey(w, rule, i), true
			}
		}
	}
	return rule, any
}

// moveOut keeps the secrets that stand in a document, and returns it with
// references to them.
func (h *handlers) moveOut(text string) ([]byte, error) {
	if len(h.literals([]byte(text))) == 0 {
		return []byte(text), nil
	}
	hidden, _ := h.Censor.Hide([]byte(text))
	before, receivers, err := readText(text)
	if err != nil {
		return nil, err
	}
	document, err := edit.Open([]byte(hidden))
	if err != nil {
		return nil, err
	}
	rules, shownReceivers, err := readText(hidden)
	if err != nil {
		return nil, err
	}
	if len(rules) != len(before) || len(shownReceivers) != len(receivers) {
		return nil, errKeptInside
	}
	w, _ := h.Documents.Check([]byte(text), false)
	for i, rule := range before {
		made, any := h.named(w, rule)
		if !any {
			continue
		}
		for j := range made.Targets {
			rules[i].Targets[j].Name = made.Targets[j].Name
		}
		err = errors.Join(err, document.PutRule(rules[i].Name, rules[i]))
	}
	hidden = string(document.Text())
	keep := func(label string, t, shownAs edit.Target) {
		shown := map[string]string{}
		_ = eachSecret(h.Options.Specs, shownAs, func(key, token string) error {
			shown[key] = token
			return nil
		})
		err = errors.Join(err, eachSecret(h.Options.Specs, t, func(key, value string) error {
			if value == "" || censor.IsReference(value) || !censor.IsToken(shown[key]) {
				return nil
			}
			name, err := h.Options.Secrets.Keep(label+"_"+key, value)
			hidden = strings.ReplaceAll(hidden, shown[key], "env:"+name)
			return err
		}))
	}
	for i, r := range receivers {
		keep(r.Name, r.Target(), shownReceivers[i].Target())
	}
	for i, rule := range before {
		for j, t := range rule.Targets {
			keep(rule.Name+"_"+cmp.Or(t.Name, t.Type), t, rules[i].Targets[j])
		}
	}
	if err != nil {
		return nil, err
	}
	rest, known := h.Censor.Reveal(hidden) // what stands in comments and descriptions
	if !known || len(h.literals([]byte(rest))) > 0 {
		return nil, errKeptInside
	}
	return []byte(rest), nil
}

var errKeptInside = errors.New("console: a secret stands where it could not be taken out: write env:NAME there by hand")

// readText returns the rules and the receivers of a document.
func readText(text string) (rules []edit.Rule, receivers []edit.Receiver, err error) {
	document, err := edit.Open([]byte(text))
	if err == nil {
		rules, err = document.Rules()
	}
	if err == nil {
		receivers, err = document.Receivers()
	}
	return rules, receivers, err
}

// literals are the secrets that are written out in a document.
func (h *handlers) literals(text []byte) []string {
	rules, receivers, err := readText(string(text))
	if err != nil {
		return nil
	}
	var all []edit.Target
	for _, r := range receivers {
		all = append(all, r.Target())
	}
	for _, rule := range rules {
		all = append(all, rule.Targets...)
	}
	var found []string
	for _, t := range all {
		_ = eachSecret(h.Options.Specs, t, func(_, value string) error {
			if value != "" && !censor.IsReference(value) {
				found = append(found, value)
			}
			return nil
		})
	}
	return found
}

// eachSecret calls each for the secrets of a target.
func eachSecret(specs []target.Spec, t edit.Target, each func(key, value string) error) error {
	spec, ok := backend.SpecOf(specs, t.Type)
	if !ok {
		return nil
	}
	var err error
	for _, f := range edit.Parameters(spec) {
		v, ok := t.Parameter(f.Name)
		switch m, isMap := v.(map[string]any); {
		case !ok:
		case f.Kind == edit.Secret:
			if text, ok := v.(string); ok {
				err = errors.Join(err, each(f.Name, text))
			}
		case f.Secret && isMap:
			for name, v := range m {
				if text, ok := v.(string); ok {
					err = errors.Join(err, each(f.Name+"_"+name, text))
				}
			}
		}
	}
	return err
}
