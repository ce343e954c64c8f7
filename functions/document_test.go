package functions_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// every is what a document must have of each type besides the value that is
// tried, with the keys of its values that may be references and of those that
// may not.
var every = map[string]struct{ source, required, secrets, texts string }{
	"dingtalk": {"dlc", "webhook: env:A", "webhook signing_key", "keyword"},
	"email":    {"dlc", "contacts: [a], server: smtp.example.com, from: a@example.com, password: env:A", "password", "server username from reply_to"},
	"http":     {"model", "url: env:A", "url secret", ""},
	"lark":     {"dlc", "webhook: env:A", "webhook signing_key", "keyword"},
	"sms":      {"dlc", "contacts: [a], sign_name: s, template_code: SMS_1, access_key_id: env:A, access_key_secret: env:A", "access_key_id access_key_secret", "sign_name template_code endpoint"},
	"voice":    {"dlc", "contacts: [a], tts_code: TTS_1, access_key_id: env:A, access_key_secret: env:A", "access_key_id access_key_secret", "tts_code caller_id endpoint"},
	"wecom":    {"dlc", "webhook: env:A", "webhook", ""},
}

// documentWith is a document with one target, in which a value is put in the
// place of the one that is required, or beside them.
func documentWith(typ, key, value string) []byte {
	of := every[typ]
	parts := []string{"type: " + typ}
	for part := range strings.SplitSeq(of.required, ", ") {
		if name, _, _ := strings.Cut(part, ":"); name != key {
			parts = append(parts, part)
		}
	}
	return fmt.Appendf(nil, "workspace: w\ncontacts: [{name: a, phone: '13800138000', email: a@example.com}]\nrules:\n- name: ab\n  source: %s\n  events: ['*']\n  targets: [{%s, %s: %s}]\n",
		of.source, strings.Join(parts, ", "), key, value)
}

func TestNoTargetTakesWhatOnlyLooksLikeAReference(t *testing.T) {
	for _, spec := range functions.Register() {
		t.Run(spec.Type, func(t *testing.T) {
			for key := range strings.FieldsSeq(every[spec.Type].secrets) {
				_, err := yaml.Parse(documentWith(spec.Type, key, "env:A"), "w.yaml", spec)
				require.NoError(t, err, key)
				for _, value := range []string{"${A}", "$A", "{{ A }}", "%A%", "env: A", "env:", "ENV:A", "env:MY-TOKEN", "env:1A", "$env:A", "env:A ", "secretsmanager:", "Bearer env:A"} {
					_, err := yaml.Parse(documentWith(spec.Type, key, "'"+value+"'"), "w.yaml", spec)
					assert.ErrorContains(t, err, "rules[0].targets[0]."+key+": ", value)
					assert.ErrorContains(t, err, "write env:NAME", value)
				}
			}
			for key := range strings.FieldsSeq(every[spec.Type].texts) {
				for _, value := range []string{"${A}", "x ${A}", "$A", "{{ A }}", "%A%", "env:A", "env: A", "ssm:/a"} {
					_, err := yaml.Parse(documentWith(spec.Type, key, "'"+value+"'"), "w.yaml", spec)
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
		_, err := yaml.Parse(documentWith(typ, c.parameter, c.value), "w.yaml", functions.Register()...)
		findings, ok := errors.AsType[workspace.Findings](err)
		require.True(t, ok, "%s: %v", typ, err)
		require.Len(t, findings, 1, typ)
		assert.Regexp(t, `^rules\[0\]\.targets\[0\]\.`+c.parameter, findings[0].Path)
		assert.Regexp(t, "^"+c.want, findings[0].Text)
	}
}

func checkMention(t *testing.T, typ, mention, want string) {
	t.Helper()
	_, err := yaml.Parse(documentWith(typ, "mention", mention), "w.yaml", functions.Register()...)
	if want == "" {
		assert.NoError(t, err, typ)
		return
	}
	assert.ErrorContains(t, err, want, "%s %s", typ, mention)
}
