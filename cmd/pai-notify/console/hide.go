package console

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// tokens are what stands for secrets in a text that is shown.
var tokens = regexp.MustCompile(pendingToken + `[A-Z0-9]+`)

// robots finds the webhooks of chat robots by what the platforms' have in common.
var robots = regexp.MustCompile(`https?://[^\s"'<>]*(?:access_token=|/bot/v2/hook/|/webhook/send\?key=)[^\s"'<>,}\]]+`)

// hide returns a document in which a token stands for each secret that somebody
// has written out, and whether there were any. Importing it keeps them.
func (c *Console) hide(text []byte) (string, bool) {
	found := c.literals(text)
	// The longest first: one may be part of another.
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	for _, value := range found {
		text = bytes.ReplaceAll(text, []byte(value), []byte(c.pending.put(value)))
	}
	// What escapes in quotes hide, what was commented out, and a document that
	// cannot be read.
	keys := secretLines(c.options.Specs)
	var shown strings.Builder
	for line := range strings.Lines(string(text)) {
		said, comment := line, ""
		if at := commentAt(line); at >= 0 {
			said, comment = line[:at], line[at:]
		}
		for _, part := range []struct {
			text  string
			least int
		}{{said, 1}, {comment, leastCommented}} {
			shown.WriteString(keys.ReplaceAllStringFunc(part.text, func(pair string) string {
				at := strings.IndexByte(pair, ':') + 1
				value := strings.Trim(pair[at:], ` "'`)
				if len(value) < part.least || reference(value) || strings.HasPrefix(value, pendingToken) {
					return pair
				}
				found = append(found, value)
				return pair[:at] + " " + c.pending.put(value)
			}))
		}
	}
	// Addresses of robots that stand anywhere else, such as alone in a comment.
	hidden := robots.ReplaceAllStringFunc(shown.String(), func(address string) string {
		found = append(found, address)
		return c.pending.put(address)
	})
	return hidden, len(found) > 0
}

// hideIn is hide of the document that was read. Whether there is something to
// hide is found out once.
func (c *Console) hideIn(s *state) (string, bool) {
	s.looked.Do(func() { _, s.secret = c.hide(s.text) })
	if !s.secret {
		return string(s.text), false
	}
	return c.hide(s.text)
}

// leastCommented is how long a word in a comment is to be taken for a secret.
const leastCommented = 16

// commentAt is where the comment of a line begins, or -1.
func commentAt(line string) int {
	if strings.HasPrefix(line, "#") {
		return 0
	}
	return strings.Index(line, " #")
}

// reveal undoes hide, to check and to plan; false when a token is too old.
func (c *Console) reveal(text string) (string, bool) {
	known := true
	text = tokens.ReplaceAllStringFunc(text, func(token string) string {
		value, ok := c.pending.get(token)
		known = known && ok
		return value
	})
	return text, known
}

// moveOut keeps the secrets that stand in a document, and returns it with
// references to them.
func (c *Console) moveOut(text string) ([]byte, error) {
	hidden, any := c.hide([]byte(text))
	if !any {
		return []byte(text), nil
	}
	document, err := edit.Open([]byte(hidden))
	if err != nil {
		return nil, err
	}
	rules, err := document.Rules()
	if err != nil {
		return nil, err
	}
	w, _ := c.documents.check([]byte(text), false)
	for _, rule := range rules {
		if made, any := c.named(w, rule); any {
			err = errors.Join(err, document.PutRule(rule.Name, made))
		}
	}
	hidden = string(document.Text())
	for _, rule := range rules {
		for _, t := range rule.Targets {
			label := t.Name
			if label == "" {
				label = t.Type
			}
			err = errors.Join(err, eachSecret(c.options.Specs, t, func(key, token string) error {
				value, ok := c.pending.get(token)
				if !ok {
					return nil
				}
				name, err := c.options.Secrets.Keep(rule.Name+"_"+label+"_"+key, value)
				hidden = strings.ReplaceAll(hidden, token, "env:"+name)
				return err
			}))
		}
	}
	if err != nil {
		return nil, err
	}
	rest, known := c.reveal(hidden) // what stands in comments
	if !known || len(c.literals([]byte(rest))) > 0 {
		return nil, errors.New("console: a secret stands where it could not be taken out: write env:NAME there by hand")
	}
	return []byte(rest), nil
}

// literals are the secrets that are written out in a document.
func (c *Console) literals(text []byte) []string {
	document, err := edit.Open(text)
	if err != nil {
		return nil
	}
	rules, err := document.Rules()
	if err != nil {
		return nil
	}
	var found []string
	for _, rule := range rules {
		for _, t := range rule.Targets {
			_ = eachSecret(c.options.Specs, t, func(_, value string) error {
				if value != "" && !reference(value) && !strings.HasPrefix(value, pendingToken) {
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
	for _, f := range newTargetForm(spec, 0, -1).Fields {
		v, ok := dig(t.Parameters, f.Key)
		switch m, isMap := v.(map[string]any); {
		case !ok:
		case f.Kind == edit.Secret:
			if text, ok := v.(string); ok {
				err = errors.Join(err, each(f.Key, text))
			}
		case f.Secret && isMap:
			for name, v := range m {
				if text, ok := v.(string); ok {
					err = errors.Join(err, each(f.Key+"_"+name, text))
				}
			}
		}
	}
	return err
}

// secretLines finds the keys of secrets with their values.
func secretLines(specs []target.Spec) *regexp.Regexp {
	var names []string
	for _, spec := range specs {
		for _, f := range edit.Parameters(spec) {
			if f.Kind == edit.Secret && !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	return regexp.MustCompile(`\b(?:` + strings.Join(names, "|") + `): *(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}\]#"']+)`)
}
