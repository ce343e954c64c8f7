package console

import (
	"errors"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// moveOut keeps the secrets that stand in a document, and returns it with
// references to them.
func (c *Console) moveOut(text string) ([]byte, error) {
	if len(c.literals([]byte(text))) == 0 {
		return []byte(text), nil
	}
	hidden, _ := c.censor.hide([]byte(text))
	before, err := rulesOfText(text)
	if err != nil {
		return nil, err
	}
	document, err := edit.Open([]byte(hidden))
	if err != nil {
		return nil, err
	}
	rules, err := document.Rules()
	if err != nil {
		return nil, err
	}
	if len(rules) != len(before) {
		return nil, errKeptInside
	}
	w, _ := c.documents.check([]byte(text), false)
	for i, rule := range before {
		made, any := c.named(w, rule)
		if !any {
			continue
		}
		for j := range made.Targets {
			rules[i].Targets[j].Name = made.Targets[j].Name
		}
		err = errors.Join(err, document.PutRule(rules[i].Name, rules[i]))
	}
	hidden = string(document.Text())
	for i, rule := range before {
		for j, t := range rule.Targets {
			label := t.Name
			if label == "" {
				label = t.Type
			}
			shown := map[string]string{}
			_ = eachSecret(c.options.Specs, rules[i].Targets[j], func(key, token string) error {
				shown[key] = token
				return nil
			})
			err = errors.Join(err, eachSecret(c.options.Specs, t, func(key, value string) error {
				if value == "" || reference(value) || tokens.FindString(shown[key]) != shown[key] {
					return nil
				}
				name, err := c.options.Secrets.Keep(rule.Name+"_"+label+"_"+key, value)
				hidden = strings.ReplaceAll(hidden, shown[key], "env:"+name)
				return err
			}))
		}
	}
	if err != nil {
		return nil, err
	}
	rest, known := c.censor.reveal(hidden) // what stands in comments and descriptions
	if !known || len(c.literals([]byte(rest))) > 0 {
		return nil, errKeptInside
	}
	return []byte(rest), nil
}

var errKeptInside = errors.New("console: a secret stands where it could not be taken out: write env:NAME there by hand")

func rulesOfText(text string) ([]edit.Rule, error) {
	document, err := edit.Open([]byte(text))
	if err != nil {
		return nil, err
	}
	return document.Rules()
}

// literals are the secrets that are written out in a document.
func (c *Console) literals(text []byte) []string {
	rules, err := rulesOfText(string(text))
	if err != nil {
		return nil
	}
	var found []string
	for _, rule := range rules {
		for _, t := range rule.Targets {
			_ = eachSecret(c.options.Specs, t, func(_, value string) error {
				if value != "" && !reference(value) {
					found = append(found, value)
				}
				return nil
			})
		}
	}
	return found
}

// eachSecret calls each for the secrets of a target.
func eachSecret(specs []target.Spec, t edit.Target, each func(key, value string) error) error {
	spec, ok := specOf(specs, t.Type)
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
