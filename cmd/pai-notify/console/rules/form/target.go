package form

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// setMark stands in a form for a secret of a list that is set.
const setMark = "(set)"

// Target is one target of a rule as a form holds it.
type Target struct {
	Index                int
	Type, Name, Language string
	// Receiver is the document's receiver that it refers to, which reaches Theirs
	// unless contacts are chosen; "" for one that is written in place.
	Receiver string
	Theirs   []string
	// Was is the target's position in the document's rule; -1 for a new one.
	Was      int
	Contacts []string
	Fields   []*Field
	// Addressed tells that it is sent to contacts, and Costs that each message
	// costs money.
	Addressed, Costs bool
	// MayUseInbox tells that the inbox of this machine can stand in for a
	// receiver that nobody has entered yet.
	MayUseInbox bool
	// Results are those of a connectivity test.
	Results []Result
	// Twice says where one event becomes two messages to it.
	Twice  []string
	Errors problems.Complaints

	Spec target.Spec
	old  edit.Target
}

// Result is what a platform answered to a test message.
type Result struct {
	outcome.Outcome
	Receiver string
	// Page shows the message; "" where it went to a platform.
	Page string
}

// Works tells whether the platform took it.
func (r Result) Works() bool { return r.Status == outcome.Sent }

// Has tells whether a contact is chosen.
func (t *Target) Has(contact string) bool { return slices.Contains(t.Contacts, contact) }

// Address is what of a contact the target needs.
func (t *Target) Address() string { return string(t.Spec.Contact) }

// NewTarget returns the empty form of a target of a type. index is its place in
// the form, and was its place in the document.
func NewTarget(spec target.Spec, index, was int) *Target {
	t := &Target{Index: index, Type: spec.Type, Was: was, Spec: spec, Addressed: spec.Contact != target.NoContact, Costs: spec.AtMostOnce()}
	for _, f := range edit.Parameters(spec) {
		t.Fields = append(t.Fields, &Field{Field: f})
	}
	return t
}

// NewReference returns the form of a target that refers to a receiver, of which it has
// the fields that a rule may say itself.
func NewReference(spec target.Spec, entry edit.Receiver, index, was int) *Target {
	t := NewTarget(spec, index, was)
	t.Receiver, t.Theirs = entry.Name, entry.Contacts
	t.Fields = slices.DeleteFunc(t.Fields, func(f *Field) bool { top, _, _ := strings.Cut(f.Name, "."); return top != mention })
	return t
}

// mention is the parameter that a rule may give for a receiver of the document.
const mention = "mention"

// Reached are the contacts that it is sent to.
func (t *Target) Reached() []string {
	if len(t.Contacts) > 0 {
		return t.Contacts
	}
	return t.Theirs
}

// At puts the target at a position of its form.
func (t *Target) At(index int) {
	t.Index = index
	for _, f := range t.Fields {
		f.ID = fmt.Sprintf("t%d.%s", index, f.Name)
	}
}

// Load fills the form from a document.
func (t *Target) Load(from edit.Target) {
	t.old = from
	t.Name, t.Language, t.Contacts = from.Name, from.Language, from.Contacts
	for _, f := range t.Fields {
		v, ok := from.Parameter(f.Name)
		if !ok {
			continue
		}
		switch {
		case f.Kind == edit.Secret:
			f.Token = tokenOf(v)
		case f.Kind == edit.Texts:
			f.Value = strings.Join(texts(v), "\n")
		case f.Kind == edit.Map:
			f.Value, f.Token = lines(v, f.Secret)
		default:
			f.Value = fmt.Sprint(v)
		}
	}
}

// Literal is the secret that the document has in a parameter.
func (t *Target) Literal(key string) string {
	v, _ := t.old.Parameter(key)
	text, _ := v.(string)
	return text
}

func tokenOf(v any) string {
	if text := fmt.Sprint(v); censor.IsReference(text) || censor.IsToken(text) {
		return text
	}
	return censor.KeptToken
}

// lines writes a map as lines "name: value", and with tokens for secrets.
func lines(v any, secret bool) (shown, tokens string) {
	m, _ := v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		value := fmt.Sprint(m[name])
		if secret {
			tokens += name + ": " + tokenOf(value) + "\n"
			if !censor.IsReference(value) {
				value = setMark
			}
		}
		shown += name + ": " + value + "\n"
	}
	return strings.TrimSuffix(shown, "\n"), strings.TrimSuffix(tokens, "\n")
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = fmt.Sprint(one)
	}
	return out
}

// ReadTarget makes the form of a target by itself, the first one, of what was posted.
// old is what the document has of it.
func ReadTarget(form url.Values, spec target.Spec, old edit.Target, p *censor.Censor) *Target {
	t := NewTarget(spec, 0, -1)
	t.At(0)
	t.old = old
	t.read(form, p)
	return t
}

// Revealed is what a secret of the form is, to check it and to send with it.
func (t *Target) Revealed(p *censor.Censor, key, token string) string {
	switch {
	case token == censor.KeptToken:
		return t.Literal(key)
	case strings.HasPrefix(token, censor.PendingToken):
		value, _ := p.Kept(token)
		return value
	}
	return token
}

// Lacking are the fields without which it cannot be saved, and those whose secret was
// pasted too long ago.
func (t *Target) Lacking(p *censor.Censor) (empty, gone []*Field) {
	for _, field := range t.Fields {
		if field.Required && field.Value == "" && field.Token == "" {
			empty = append(empty, field)
		}
		if _, there := p.Kept(field.Token); strings.HasPrefix(field.Token, censor.PendingToken) && !there {
			gone = append(gone, field)
		}
	}
	return empty, gone
}

// read fills the form from what was posted. Secrets go into p, and tokens for
// them into the form.
func (t *Target) read(form url.Values, p *censor.Censor) {
	prefix := fmt.Sprintf("t%d.", t.Index)
	t.Name, t.Language = strings.TrimSpace(form.Get(prefix+"name")), form.Get(prefix+"language")
	t.Contacts = form[prefix+"contacts"]
	for _, f := range t.Fields {
		posted := strings.TrimSpace(strings.ReplaceAll(form.Get(prefix+f.Name), "\r\n", "\n"))
		switch {
		case f.Kind == edit.Secret:
			f.Token = form.Get(prefix + f.Name + ".token")
			if form.Get(prefix+f.Name+".clear") != "" {
				f.Token = ""
			}
			if posted != "" {
				f.Token = tokenFor(posted, p)
			}
		case f.Kind == edit.Map && f.Secret:
			f.Value, f.Token, f.Odd = rewrite(posted, form.Get(prefix+f.Name+".token"), p)
		default:
			f.Value = posted
		}
	}
}

func tokenFor(value string, p *censor.Censor) string {
	if censor.IsReference(value) {
		return value
	}
	return p.Keep(value)
}

// rewrite takes the secrets out of lines "name: value". odd tells that there
// were lines of another form.
func rewrite(posted, tokens string, p *censor.Censor) (shown, kept string, odd bool) {
	before := entries(tokens)
	for name, value := range ordered(posted) {
		if value == "" || strings.ContainsAny(name, " \t") {
			odd = true
			continue
		}
		token := before[name]
		if value != setMark {
			token = tokenFor(value, p)
		}
		if token == "" {
			continue
		}
		if censor.IsReference(token) {
			value = token
		} else {
			value = setMark
		}
		shown += name + ": " + value + "\n"
		kept += name + ": " + token + "\n"
	}
	return strings.TrimSuffix(shown, "\n"), strings.TrimSuffix(kept, "\n"), odd
}

// ordered returns the names and values of lines "name: value" in their order.
func ordered(text string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			if name = strings.TrimSpace(name); name != "" && !yield(name, strings.TrimSpace(value)) {
				return
			}
		}
	}
}

func entries(text string) map[string]string { return maps.Collect(ordered(text)) }

// Target returns the target with each secret as reveal makes it of its token.
func (t *Target) Target(reveal func(t *Target, key, token string) string) edit.Target {
	made := edit.Target{Type: t.Type, Name: t.Name, Language: t.Language, Parameters: map[string]any{}}
	if t.Addressed {
		made.Contacts = t.Contacts
	}
	if t.Receiver != "" {
		made.Receiver, made.Type, made.Name = t.Receiver, "", ""
		if _, given := t.old.Parameters[mention]; given {
			made.Parameters[mention] = map[string]any{} // nobody, where the receiver mentions somebody
		}
	}
	for _, f := range t.Fields {
		var v any
		switch {
		case f.Kind == edit.Secret && f.Token != "":
			v = reveal(t, f.Name, f.Token)
		case f.Kind == edit.Map && f.Secret && f.Token != "":
			m := map[string]any{}
			for name, token := range entries(f.Token) {
				m[name] = reveal(t, f.Name+"."+name, token)
			}
			v = m
		case f.Value == "" || f.Kind == edit.Secret:
			continue
		case f.Kind == edit.Boolean:
			v = true
		case f.Kind == edit.Number:
			v = f.Value
			if n, err := strconv.Atoi(f.Value); err == nil {
				v = n
			}
		case f.Kind == edit.Texts:
			v = split(f.Value)
		case f.Kind == edit.Map:
			m := map[string]any{}
			for name, value := range entries(f.Value) {
				m[name] = value
			}
			v = m
		default:
			v = f.Value
		}
		made.SetParameter(f.Name, v)
	}
	return made
}

// split takes a list apart at commas and line breaks; one without anything in it is
// empty and not missing.
func split(text string) []string {
	list := []string{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == '，' || r == '、' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Empty tells that nothing was entered that the target cannot do without.
func (t *Target) Empty() bool {
	return !slices.ContainsFunc(t.Fields, func(f *Field) bool { return f.Required && f.Value+f.Token != "" })
}

// count is how much of the quota the target takes.
func (t *Target) count() int {
	if t.Addressed {
		return max(1, len(t.Reached()))
	}
	return 1
}
