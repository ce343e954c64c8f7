package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	yamllib "go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/schema"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// beyond lists what a schema cannot say: findings the parser may have about a
// document that the schema accepts.
var beyond = map[workspace.Kind]string{
	workspace.KindDuplicate: "a schema does not compare entries of a list by one key",
	workspace.KindContact:   "a schema does not follow references inside the document",
	workspace.KindQuota:     "a schema does not add",
	workspace.KindRefused:   "only the target type knows its values",
	workspace.KindReference: "a schema does not know what is meant as a reference",
	workspace.KindCatalogue: "a schema does not compile patterns",
	workspace.KindReceiver:  "a schema does not follow references inside the document",
	workspace.KindTiming:    "a schema does not follow names of quiet hours, know time zones or compare times",
	workspace.KindAddress:   "an email address is more than its pattern",
}

// beyondWithCatalogue lists what it cannot say besides when the document
// changes the catalogue.
var beyondWithCatalogue = map[workspace.Kind]string{
	workspace.KindUnknown: "sources and event types come from the document itself",
	workspace.KindScope:   "a source's scopes come from the document itself",
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := schema.Generate(event.Builtin(), documenttest.Specs()...)
	require.NoError(t, err)
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("workspace.schema.json", parsed))
	s, err := c.Compile("workspace.schema.json")
	require.NoError(t, err)
	return s
}

// verdicts returns what the schema and the parser think of a document, given
// as text for the one and as its values for the other.
func verdicts(t *testing.T, s *jsonschema.Schema, text []byte) (schemaError, parserError error) {
	t.Helper()
	var value any
	require.NoError(t, yamllib.Unmarshal(text, &value))
	asJSON, err := json.Marshal(value)
	require.NoError(t, err)
	return validate(t, s, asJSON), parse(text)
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return s.Validate(instance)
}

func parse(text []byte) error {
	_, err := yaml.Parse(text, "w.yaml", documenttest.Specs()...)
	return err
}

// agree fails the test unless the verdicts are the same, or differ by nothing
// but what a schema cannot say.
func agree(t *testing.T, text []byte, schemaError, parserError error) {
	t.Helper()
	var findings workspace.Findings
	errors.As(parserError, &findings)
	changed := strings.Contains(string(text), "catalogue")
	sayable := slices.DeleteFunc(slices.Clone(findings), func(f workspace.Finding) bool {
		_, here := beyondWithCatalogue[f.Kind]
		return beyond[f.Kind] != "" || (here && changed)
	})
	switch {
	case schemaError == nil && len(sayable) > 0:
		t.Errorf("the schema accepts what the parser refuses:\n%s\n%s", sayable, text)
	case schemaError != nil && parserError == nil:
		t.Errorf("the parser accepts what the schema refuses:\n%s\n%s", schemaError, text)
	case schemaError != nil && len(sayable) == 0 && !changed:
		t.Errorf("the parser refuses it only for what a schema cannot say, but the schema does too:\n%s\n%s\n%s", schemaError, findings, text)
	}
}

func TestSchemaAndParserAgreeOnEveryMutation(t *testing.T) {
	s := compiled(t)
	for name, base := range map[string]string{"full": documenttest.Full, "catalogue": documenttest.Catalogue} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schemaError, parserError := verdicts(t, s, []byte(base))
			require.NoError(t, schemaError)
			require.NoError(t, parserError)
			var root any
			require.NoError(t, yamllib.Unmarshal([]byte(base), &root))
			count := 0
			mutate(root, func(v any) { root = v }, func() {
				text, err := json.Marshal(root)
				require.NoError(t, err)
				agree(t, text, validate(t, s, text), parse(text))
				count++
			})
			assert.Greater(t, count, 500)
		})
	}
}

// mutate calls try with each single change of value in place: values of every
// other type, keys dropped and added, lists emptied, lengthened and repeated.
func mutate(value any, set func(any), try func()) {
	others := []any{nil, true, 7, 1.5, "zzz", []any{}, []any{"zzz"}, map[string]any{}, map[string]any{"zzz": 1}}
	switch value.(type) {
	case string:
		others = append(others, "", " ", "-zzz", "a@b", "a@b@c", "+861", "env:", "*", "workspace", strings.Repeat("x", 300),
			"dlc", "dsw", "flow", "model", "job-failed", "dingtalk", "http", "sms", "email", "voice", "alice")
	case int:
		others = append(others, -1, 0, 101)
	case []any:
		others = append(others, []any{7}, []any{"*", "zzz"})
	}
	for _, other := range others {
		set(other)
		try()
	}
	set(value)
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			inner := value[key]
			mutate(inner, func(v any) { value[key] = v }, try)
			delete(value, key)
			try()
			value[key+"_"] = inner
			try()
			delete(value, key+"_")
			value[key] = inner
		}
		for _, key := range []string{"zzz", "contact", "contacts", "parameters", "name", "language", "phone"} {
			if _, there := value[key]; !there {
				value[key] = "zh"
				try()
				delete(value, key)
			}
		}
	case []any:
		for i, inner := range value {
			mutate(inner, func(v any) { value[i] = v }, try)
		}
		for _, more := range []any{value[0], nil, "zzz", 7, "*"} {
			set(append(slices.Clone(value), more))
			try()
		}
		set(value)
	}
}

func TestSchemaLeavesToTheParserOnlyWhatItCannotSay(t *testing.T) {
	s := compiled(t)
	rule := func(targets string) string {
		return "workspace: w\ncontacts:\n- {name: alice, phone: '+8613800138000'}\n- {name: tony, email: tony@example.com}\nrules:\n- name: ab\n  source: dlc\n  events: [job-failed]\n  targets:\n" + targets
	}
	sms := "  - {type: sms, contacts: [alice], sign_name: s, template: t}\n"
	for _, c := range []struct {
		kind workspace.Kind
		name string
		text string
	}{
		{workspace.KindDuplicate, "a contact twice", "workspace: w\ncontacts: [{name: a}, {name: a}]\n" + strings.TrimPrefix(documentRules, "\n")},
		{workspace.KindDuplicate, "a target name twice", rule(strings.Repeat("  - {type: dingtalk, name: x, webhook: env:A}\n", 2))},
		{workspace.KindContact, "an unknown contact", rule(strings.Replace(sms, "alice", "bob", 1))},
		{workspace.KindContact, "a contact without a phone", rule(strings.Replace(sms, "alice", "tony", 1))},
		{workspace.KindQuota, "too many targets", rule(strings.Repeat("  - {type: dingtalk, webhook: env:A}\n", 6))},
		{workspace.KindRefused, "a value the target refuses", rule(strings.Replace(sms, "template: t", "template: refused", 1))},
		{workspace.KindReference, "a text that looks like a reference", rule(strings.Replace(sms, "sign_name: s", "sign_name: env:SIGN", 1))},
		{workspace.KindAddress, "an email address that is none", "workspace: w\ncontacts: [{name: a, email: 'a..b@example..com'}]\n" + strings.TrimPrefix(documentRules, "\n")},
		{workspace.KindCatalogue, "a pattern that does not compile", rule(sms) + "catalogue: {types: [{name: dlc.x, pattern: {source: 5}}]}\n"},
		{workspace.KindUnknown, "an event type beside an own catalogue", strings.Replace(rule(sms), "job-failed", "job-faild", 1) + "catalogue: {sources: [{name: dlc, id: X}]}\n"},
		{workspace.KindScope, "a scope beside an own catalogue", strings.Replace(rule(sms), "source: dlc", "source: dlc\n  scope: {flows: [f]}", 1) + "catalogue: {sources: [{name: dlc, id: X}]}\n"},
	} {
		t.Run(c.name+" is refused by the parser alone", func(t *testing.T) {
			schemaError, parserError := verdicts(t, s, []byte(c.text))
			assert.NoError(t, schemaError)
			finding, ok := errors.AsType[workspace.Finding](parserError)
			require.True(t, ok, "%v", parserError)
			assert.Equal(t, c.kind, finding.Kind, finding.Text)
		})
	}
}

const documentRules = `
rules:
- {name: ab, source: dlc, events: [job-failed], targets: [{type: dingtalk, webhook: env:A}]}
`

func TestSchemaRefusesWhatAnEditorShouldMark(t *testing.T) {
	s := compiled(t)
	one := func(source, events, scope, target string) string {
		return fmt.Sprintf("workspace: w\ncontacts: [{name: alice, phone: '13800138000', email: a@example.com}]\nrules:\n- {name: ab, source: %s, events: %s, scope: %s, targets: [%s]}\n", source, events, scope, target)
	}
	ding := "{type: dingtalk, webhook: env:A}"
	for name, text := range map[string]string{
		"http for a job":                    one("dlc", "[job-failed]", "workspace", "{type: http, url: env:A}"),
		"sms for a model":                   one("model", "[version-approved]", "workspace", "{type: sms, contacts: [alice], sign_name: a, template: b}"),
		"an event type of another source":   one("dsw", "[job-failed]", "workspace", ding),
		"all events and one more":           one("dlc", `["*", job-failed]`, "workspace", ding),
		"flows of a job":                    one("dlc", "[job-failed]", "{flows: [a]}", ding),
		"models of a flow":                  one("flow", "[task-failed]", "{models: [a]}", ding),
		"an unquoted user id":               one("dlc", "[job-failed]", "{created_by: [2001]}", ding),
		"the same event type twice":         one("dlc", "[job-failed, job-failed]", "workspace", ding),
		"contacts of a robot":               one("dlc", "[job-failed]", "workspace", "{type: dingtalk, webhook: env:A, contacts: [alice]}"),
		"a contact written into parameters": one("dlc", "[job-failed]", "workspace", "{type: sms, contacts: [alice], contact: {name: a}, sign_name: a, template: b}"),
		"a key of another type":             one("dlc", "[job-failed]", "workspace", "{type: dingtalk, webhook: env:A, template: b}"),
		"a nested key that is unknown":      one("dlc", "[job-failed]", "workspace", "{type: dingtalk, webhook: env:A, mentions: {phone: a}}"),
		"an unknown source":                 one("dlcc", "['*']", "workspace", ding),
		"a type that does not exist":        one("dlc", "['*']", "workspace", "{type: pager}"),
	} {
		t.Run(name+" is refused by both", func(t *testing.T) {
			schemaError, parserError := verdicts(t, s, []byte(text))
			assert.Error(t, schemaError)
			assert.Error(t, parserError)
			agree(t, []byte(text), schemaError, parserError)
		})
	}
}

func TestGenerateIsTheSameEachTime(t *testing.T) {
	a, err := schema.Generate(event.Builtin(), documenttest.Specs()...)
	require.NoError(t, err)
	b, err := schema.Generate(event.Builtin(), documenttest.Specs()...)
	require.NoError(t, err)
	assert.Equal(t, string(a), string(b))
	assert.Contains(t, string(a), "Name of the PAI workspace.")
}

func TestGenerateRefusesATypeGivenTwice(t *testing.T) {
	_, err := schema.Generate(event.Builtin(), documenttest.SMS(), documenttest.SMS())
	assert.ErrorContains(t, err, `target type "sms" is given twice`)
}
