package functions_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// documented is what a document has of each type: its parameters, and the keys of
// those that may be references and of those that may not.
type documented struct {
	parameters     map[string]any
	secrets, texts []string
}

func every(t *testing.T, typ string) documented {
	t.Helper()
	of := documented{parameters: wanted(t, typ)}
	for _, f := range edit.Parameters(specOf(t, typ)) {
		switch {
		case f.Kind == edit.Secret:
			of.secrets = append(of.secrets, f.Name)
			of.parameters[f.Name] = "env:A"
		case f.Kind == edit.Text && f.Values == nil:
			of.texts = append(of.texts, f.Name)
		}
	}
	require.NotEmpty(t, of.secrets, typ)
	return of
}

// documentWith is a document with one target, in which a value is put in the
// place of the one that is required, or beside them.
func documentWith(t *testing.T, typ, key, value string) []byte {
	t.Helper()
	spec, parameters := specOf(t, typ), every(t, typ).parameters
	delete(parameters, key)
	parameters["type"] = typ
	if spec.Contact != target.NoContact {
		parameters["contacts"] = []string{"a"}
	}
	source := "dlc"
	if !spec.Carries(source) {
		source = "model"
	}
	return fmt.Appendf(nil, "workspace: w\ncontacts: [{name: a, phone: '13800138000', email: a@example.com}]\nrules:\n- name: ab\n  source: %s\n  events: ['*']\n  targets: [{%s, %s: %s}]\n",
		source, strings.Trim(string(asJSON(t, parameters)), "{}"), key, value)
}

func TestNoTargetTakesWhatOnlyLooksLikeAReference(t *testing.T) {
	for _, spec := range types() {
		t.Run(spec.Type, func(t *testing.T) {
			for _, key := range every(t, spec.Type).secrets {
				_, err := yaml.Parse(documentWith(t, spec.Type, key, "env:A"), "w.yaml", spec)
				require.NoError(t, err, key)
				for _, value := range []string{"${A}", "$A", "{{ A }}", "%A%", "env: A", "env:", "ENV:A", "env:MY-TOKEN", "env:1A", "$env:A", "env:A ", "secretsmanager:", "Bearer env:A"} {
					_, err := yaml.Parse(documentWith(t, spec.Type, key, "'"+value+"'"), "w.yaml", spec)
					assert.ErrorContains(t, err, "rules[0].targets[0]."+key+": ", value)
					assert.ErrorContains(t, err, "write env:NAME", value)
				}
			}
			for _, key := range every(t, spec.Type).texts {
				for _, value := range []string{"${A}", "x ${A}", "$A", "{{ A }}", "%A%", "env:A", "env: A", "ssm:/a"} {
					_, err := yaml.Parse(documentWith(t, spec.Type, key, "'"+value+"'"), "w.yaml", spec)
					assert.ErrorContains(t, err, "rules[0].targets[0]."+key+": looks like a reference", value)
				}
			}
		})
	}
}

func TestADocumentMentionsNobodyWhoWouldNotBeReminded(t *testing.T) {
	for _, typ := range []string{"dingtalk", "wecom"} {
		for mention, want := range map[string]string{
			"{mobiles: ['138-0013-8000', '+8613900139000']}": "",
			"{mobiles: ['138-0013']}":                        "mobiles[0]: is not a mobile number",
			"{mobiles: ['+852 5123 4567']}":                  "under users",
			"{users: ['@all']}":                              "all: true",
			"{users: ['+8613800138000']}":                    "under mobiles",
		} {
			checkMention(t, typ, mention, want)
		}
	}
	checkMention(t, "lark", "{users: ['13800138000']}", "use the open id")
	checkMention(t, "lark", "{mobiles: ['13800138000']}", `unknown key "mobiles"`)
}

func TestADocumentSaysWhichParameterATargetTypeRefuses(t *testing.T) {
	for typ, c := range map[string]struct{ parameter, value, want string }{
		"dingtalk": {"webhook", "'https://example.com/robot/send'", "host must be"},
		"lark":     {"keyword", "' a'", "must be one line"},
		"wecom":    {"mention", "{users: ['a b']}", "is not a user id"},
		"http":     {"url", "'ftp://example.com'", "must start with https://"},
	} {
		_, err := yaml.Parse(documentWith(t, typ, c.parameter, c.value), "w.yaml", types()...)
		findings, ok := errors.AsType[workspace.Findings](err)
		require.True(t, ok, "%s: %v", typ, err)
		require.Len(t, findings, 1, typ)
		assert.Regexp(t, `^rules\[0\]\.targets\[0\]\.`+c.parameter, findings[0].Path)
		assert.Regexp(t, "^"+c.want, findings[0].Text)
	}
}

func checkMention(t *testing.T, typ, mention, want string) {
	t.Helper()
	_, err := yaml.Parse(documentWith(t, typ, "mention", mention), "w.yaml", types()...)
	if want == "" {
		assert.NoError(t, err, typ)
		return
	}
	assert.ErrorContains(t, err, want, "%s %s", typ, mention)
}
