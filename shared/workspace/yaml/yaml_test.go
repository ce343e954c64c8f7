package yaml_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

func parse(t *testing.T, text string) *workspace.Workspace {
	t.Helper()
	ws, err := yaml.Parse([]byte(text), "w.yaml", documenttest.Specs()...)
	require.NoError(t, err)
	return ws
}

// refused asserts that a document is refused with a finding of that kind
// whose text contains want.
func refused(t *testing.T, text string, kind workspace.Kind, want string) {
	t.Helper()
	ws, err := yaml.Parse([]byte(text), "w.yaml", documenttest.Specs()...)
	assert.Nil(t, ws)
	var findings workspace.Findings
	require.ErrorAs(t, err, &findings)
	assert.True(t, slices.ContainsFunc(findings, func(f workspace.Finding) bool {
		return f.Kind == kind && strings.Contains(f.Error(), want)
	}), "want %s: %s\nhave:\n%s", kind, want, err)
}

// rule is [documenttest.Rule].
func rule(targets string, extra ...string) string { return documenttest.Rule(targets, extra...) }

func TestYAMLTraps(t *testing.T) {
	good := rule("{type: dingtalk, webhook: env:A}")
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 'b'; i < 'j'; i++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", i-1), 10), ", "))
	}
	for name, c := range map[string]struct {
		text string
		kind workspace.Kind
		want string
	}{
		"nothing":                       {"", workspace.KindSyntax, `w.yaml:1:1: the document is empty: start it with "workspace: <name>"`},
		"comments only":                 {"# a\n# b\n", workspace.KindSyntax, "the document is empty"},
		"null":                          {"---\n~\n", workspace.KindSyntax, "the document is empty"},
		"two documents":                 {good + "---\n" + good, workspace.KindSyntax, "w.yaml:8:1: a second document starts here"},
		"a broken second document":      {good + "---\na: [\n", workspace.KindSyntax, "not YAML"},
		"a tab for indentation":         {"workspace: w\nrules:\n  - name: ab\n\tsource: dlc\n", workspace.KindSyntax, "w.yaml:4:1: not YAML: a tab indents this line: indent with spaces"},
		"a tab after blanks":            {"workspace: w\nrules:\n  - name: ab\n  \tsource: dlc\n", workspace.KindSyntax, "w.yaml:4:"},
		"a wrong indentation":           {"workspace: w\nrules:\n  - name: ab\n    source: dlc\n   events: [x]\n", workspace.KindSyntax, "w.yaml:5:4: not YAML: this line is no entry of the list above it"},
		"an open bracket":               {"workspace: w\nrules: [a, b\nquota: 1\n", workspace.KindSyntax, "w.yaml:2:1: not YAML: a list that begins here has no end"},
		"an open quote":                 {"workspace: w\nlanguage: 'en\nquota: 1\n", workspace.KindSyntax, "w.yaml:2:1: not YAML: a quote that begins here has no end"},
		"a colon in a text":             {"workspace: w\nlanguage: a: b\n", workspace.KindSyntax, `w.yaml:2:1: not YAML: a colon stands where none is expected: put a text that has ": " in it in quotes`},
		"an at sign":                    {"workspace: @w\n", workspace.KindSyntax, "needs quotes"},
		"an alias of nothing":           {"workspace: w\nlanguage: *nobody\n", workspace.KindSyntax, "w.yaml:2:11: not YAML: an alias (*) names an anchor (&) that the document does not define"},
		"another version":               {"%YAML 1.2\n---\n" + good, workspace.KindSyntax, "leave the %YAML line out"},
		"bytes that are no text":        {"workspace: w\nlanguage: \xff\n", workspace.KindSyntax, "w.yaml:2:11: the document is not UTF-8"},
		"a repeated key":                {"workspace: w\nworkspace: v\n" + good, workspace.KindShape, `w.yaml:2:1: key "workspace" is given twice, first on line 1`},
		"a repeated parameter":          {rule("{type: dingtalk, webhook: env:A, webhook: env:B}"), workspace.KindShape, `rules[0].targets[0]: key "webhook" is given twice`},
		"a repeated key in a map":       {rule("{type: http, url: env:A, headers: {X-A: env:A, X-A: env:B}}", "source: model"), workspace.KindShape, `rules[0].targets[0].headers: key "X-A" is given twice`},
		"a merge key":                   {rule("{<<: {webhook: env:A}, type: dingtalk}"), workspace.KindShape, "merge keys (<<) are not read"},
		"a number for a key":            {rule("{type: http, url: env:A, headers: {1: env:A}}", "source: model"), workspace.KindShape, "keys must be text: put this one in quotes"},
		"a number for a user id":        {rule("{type: dingtalk, webhook: env:A}", "scope: {created_by: [0042]}"), workspace.KindShape, "w.yaml:5:24: rules[0].scope.created_by[0]: must be a text, not a number: put it in quotes"},
		"an unquoted phone number":      {"contacts: [{name: a, phone: +8613800138000}]\n" + good, workspace.KindShape, "contacts[0].phone: must be a text, not a number: put it in quotes"},
		"a hexadecimal parameter":       {rule("{type: http, url: env:A, retries: 0x10}", "source: model"), workspace.KindShape, "retries: must be a whole number in decimal digits"},
		"an infinite parameter":         {rule("{type: http, url: env:A, factor: .inf}", "source: model"), workspace.KindShape, "factor: must be a number in decimal digits"},
		"an odd number, free of shape":  {rule("{type: http, url: env:A, extra: [0x10]}", "source: model"), workspace.KindShape, "extra[0]: must be a text in quotes, a number in decimal digits, true or false, not a number"},
		"a repeated key, free of shape": {rule("{type: http, url: env:A, extra: {a: 1, a: 2}}", "source: model"), workspace.KindShape, `extra: key "a" is given twice`},
		"a tag":                         {"language: !Ref Language\n" + good, workspace.KindShape, "language: must be a text, not a value with a tag (!)"},
		"a truth by tag alone":          {rule("{type: dingtalk, webhook: env:A}", "enabled: !!bool yes"), workspace.KindShape, "rules[0].enabled: must be true or false, not a value with a tag (!)"},
		"an anchor inside itself":       {"workspace: w\nrules: &r [{name: ab, source: dlc, events: [x], targets: *r}]\n", workspace.KindShape, "w.yaml:2:"},
		"aliases that grow":             {"catalogue: {types: [{name: dlc.x, pattern: *i}]}\n", workspace.KindSyntax, "not YAML"},
		"a document beyond the limit":   {good + strings.Repeat("# filler\n", workspace.MaxDocumentBytes/9), workspace.KindSyntax, "more than the 1048576 that are read"},
		"endless nesting":               {strings.Repeat("[", 200_000), workspace.KindSyntax, "is nested too deeply"},
		"a bomb of aliases":             {bomb + "catalogue: {types: [{name: dlc.x, pattern: *i}]}\n", workspace.KindSyntax, "more than 100000 values once its aliases are written out"},
		"a loop of aliases":             {"catalogue: {types: [{name: dlc.x, pattern: &p {a: *p}}]}\n", workspace.KindSyntax, "catalogue: is nested too deeply"},
	} {
		t.Run(name+" is refused", func(t *testing.T) { refused(t, c.text, c.kind, c.want) })
	}
}

func TestYAMLThatIsFine(t *testing.T) {
	good := rule("{type: dingtalk, webhook: env:A}")
	for name, text := range map[string]string{
		"carriage returns":       strings.ReplaceAll(good, "\n", "\r\n"),
		"a byte order mark":      "\ufeff" + good,
		"a start marker":         "---\n" + good,
		"an end marker":          good + "...\n",
		"a date for a name":      rule("{type: dingtalk, webhook: env:A, name: 2026-01-01}"),
		"a tagged text":          rule("{type: dingtalk, webhook: env:A, name: !!str 2026}"),
		"yes for a name":         rule("{type: dingtalk, webhook: env:A, name: yes}"),
		"a leading zero, quoted": rule("{type: dingtalk, webhook: env:A}", "scope: {created_by: ['0042']}"),
	} {
		t.Run(name+" is read", func(t *testing.T) {
			assert.Equal(t, "ab", parse(t, text).Rules[0].Name)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(documenttest.Full)
	f.Add(documenttest.Catalogue)
	f.Add("workspace: w\nrules: &r [*r]\n")
	f.Add("a: &a {<<: *a}\n? [x]\n: y\n")
	f.Fuzz(func(t *testing.T, text string) {
		ws, err := yaml.Parse([]byte(text), "w.yaml", documenttest.Specs()...)
		if (ws == nil) == (err == nil) {
			t.Fatal("want either a workspace or an error")
		}
		if ws == nil {
			return
		}
		for _, r := range ws.Rules {
			if len(r.Patterns()) == 0 || len(r.Receivers()) == 0 {
				t.Fatalf("rule %q of a good document tells nobody anything", r.Name)
			}
			for _, p := range r.Patterns() {
				if err := p.Portable(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
