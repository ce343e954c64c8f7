package workspace_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	yamllib "go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
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

// asJSON writes a document as functions read it, right or wrong.
func asJSON(t *testing.T, text string) []byte {
	t.Helper()
	var value any
	require.NoError(t, yamllib.Unmarshal([]byte(text), &value))
	document, err := json.Marshal(value)
	require.NoError(t, err)
	return document
}

// receivers lists "name language parameters" of a rule.
func receivers(r workspace.Rule) []string {
	var list []string
	for _, x := range r.Receivers() {
		list = append(list, strings.Join([]string{x.Type, x.Name, string(x.Language), string(x.Parameters)}, " "))
	}
	return list
}

func patterns(r workspace.Rule) []string {
	var list []string
	for _, p := range r.Patterns() {
		list = append(list, p.String())
	}
	return list
}

func TestParseReadsEveryKey(t *testing.T) {
	ws := parse(t, documenttest.Full)
	assert.Equal(t, "research", ws.Name)
	assert.Equal(t, "pai-system-research", ws.Bus())
	assert.Equal(t, message.Chinese, ws.Language)
	assert.Equal(t, "team-7", ws.Owner)
	assert.Equal(t, 8, ws.Quota)
	require.Len(t, ws.Rules, 4)

	died := ws.Rules[0]
	assert.Equal(t, "gpu-job-died", died.Name)
	assert.Equal(t, "Someone has to look at these.", died.Description)
	assert.True(t, died.Enabled)
	assert.Equal(t, "dlc", died.Source)
	assert.Equal(t, []string{"job-failed", "job-timeout", "job-preempted"}, died.Events)
	assert.Equal(t, []string{
		`dingtalk oncall zh {"card":true,"signing_key":"env:DINGTALK_SIGNING_KEY","webhook":"env:DINGTALK_WEBHOOK"}`,
		`dingtalk dingtalk-pai-webhook ja {"mentions":{"all":false,"phones":["+8613800138000"]},"style":"rich","webhook":"ssm:/pai/webhook"}`,
		`sms sms-alice en {"contact":{"name":"alice","phone":"+8613800138000"},"sign_name":"PAI","template":"SMS_1"}`,
		`sms sms-王芳 zh {"contact":{"name":"王芳","phone":"+8613900139000"},"sign_name":"PAI","template":"SMS_1"}`,
		`email email-alice en {"contact":{"email":"alice@example.com","name":"alice"},"from":"pai@example.com"}`,
		`email email-alan zh {"contact":{"email":"alan@example.com","name":"alan"},"from":"pai@example.com"}`,
	}, receivers(died))

	assert.False(t, ws.Rules[1].Enabled)
	assert.Equal(t, []string{`http http-HOOK zh {"extra":{"7x":{},"list":[1,true,null,"two"]},"factor":1.5,"headers":{"X-Team":"research"},"retries":3,"secret":"secretsmanager:hook","url":"env:HOOK"}`}, receivers(ws.Rules[2]))
}

func TestParseAcceptsTheSameDocumentAsJSON(t *testing.T) {
	text := `{"workspace":"w","rules":[{"name":"ab","source":"dlc","events":["*"],
		"targets":[{"type":"dingtalk","webhook":"https://example.com/a?b=1&c=<2>"}]}]}`
	ws := parse(t, text)
	assert.Equal(t, []string{`dingtalk dingtalk-8be7312f41 en {"webhook":"https://example.com/a?b=1&c=<2>"}`}, receivers(ws.Rules[0]))
	assert.Equal(t, ws.Name, ws.Owner)
	assert.Equal(t, 5, ws.Quota)
}

func TestParseFollowsAliases(t *testing.T) {
	ws := parse(t, `
workspace: w
rules:
- name: one
  source: dlc
  events: &events ["*"]
  targets: &everyone
  - &oncall {type: dingtalk, webhook: env:A}
- {name: two, source: dsw, events: *events, targets: *everyone}
- {name: three, source: dsw, events: *events, targets: [*oncall, {type: dingtalk, webhook: env:B}]}
`)
	assert.Equal(t, []string{`dingtalk dingtalk-A en {"webhook":"env:A"}`}, receivers(ws.Rules[1]))
	assert.Equal(t, "dingtalk-B", ws.Rules[2].Receivers()[1].Name)
}

func TestReceiversDoNotDependOnTheOrderOfKeys(t *testing.T) {
	a := parse(t, rule("{type: http, url: env:A, headers: {X-B: env:B, X-A: env:C}, retries: 1}", "source: model"))
	b := parse(t, rule("{retries: 1, headers: {X-A: env:C, X-B: env:B}, url: env:A, type: http}", "source: model"))
	assert.Equal(t, receivers(a.Rules[0]), receivers(b.Rules[0]))
}

func TestLanguageIsTheTargetsThenTheContactsThenTheWorkspaces(t *testing.T) {
	const people = "contacts: [{name: a, phone: '13800138000', language: en}, {name: b, phone: '13800138001'}]\nlanguage: zh\n"
	languages := func(target string) (list []message.Language) {
		for _, r := range parse(t, people+rule(target)).Rules[0].Receivers() {
			list = append(list, r.Language)
		}
		return list
	}
	assert.Equal(t, []message.Language{"en", "zh"}, languages("{type: voice, contacts: [a, b]}"))
	assert.Equal(t, []message.Language{"ja", "ja"}, languages("{type: voice, contacts: [a, b], language: ja}"))
	assert.Equal(t, []message.Language{"zh"}, languages("{type: dingtalk, webhook: env:A}"))
}

func TestParametersDecodeAsTheTargetTypeWantsThem(t *testing.T) {
	ws := parse(t, documenttest.Full)
	specs := map[string]target.Spec{}
	for _, s := range documenttest.Specs() {
		specs[s.Type] = s
	}
	for _, r := range ws.Rules {
		for _, x := range r.Receivers() {
			_, err := specs[x.Type].Open(x.Parameters)
			assert.NoError(t, err, x.Name)
		}
	}
}

func TestRuleSaysWhyItDoesNotApply(t *testing.T) {
	const sent = `{"id":"1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{"UserId":"1"}}`
	for name, c := range map[string]struct{ text, want string }{
		"nothing when it does":              {rule("{type: dingtalk, webhook: env:A}"), ""},
		"that it is disabled":               {rule("{type: dingtalk, webhook: env:A}", "enabled: false"), "the rule is disabled"},
		"which condition failed on a value": {rule("{type: dingtalk, webhook: env:A}", `scope: {created_by: ["2"]}`), "data.UserId"},
	} {
		t.Run(name, func(t *testing.T) {
			why, err := parse(t, c.text).Rules[0].Refusal([]byte(sent))
			require.NoError(t, err)
			if c.want == "" {
				assert.Empty(t, why)
			}
			assert.Contains(t, why, c.want)
		})
	}
}

func TestParseForKeepsOtherTypesOutUnread(t *testing.T) {
	const text = `
workspace: w
rules:
- name: ab
  source: dlc
  events: ["*"]
  targets:
  - {type: dingtalk, webhook: env:A}
  - {type: pager, contacts: [nobody], numbr: 7}
  - {type: dingtalk, webhook: env:B}
- {name: cd, source: dlc, events: ["*"], targets: [{type: pager}]}
`
	ws, err := workspace.ParseFor(asJSON(t, text), "w.yaml", documenttest.DingTalk())
	require.NoError(t, err)
	assert.Equal(t, []string{`dingtalk dingtalk-A en {"webhook":"env:A"}`, `dingtalk dingtalk-B en {"webhook":"env:B"}`}, receivers(ws.Rules[0]))
	assert.Empty(t, ws.Rules[1].Receivers())
	assert.Empty(t, ws.Warnings)
}

func TestParseForNamesTargetsAsParseDoes(t *testing.T) {
	all := parse(t, documenttest.Full)
	for _, spec := range documenttest.Specs() {
		one, err := workspace.ParseFor(asJSON(t, documenttest.Full), "w.yaml", spec)
		require.NoError(t, err)
		for i, r := range all.Rules {
			var want []target.Receiver
			for _, x := range r.Receivers() {
				if x.Type == spec.Type {
					want = append(want, x)
				}
			}
			assert.Equal(t, want, one.Rules[i].Receivers(), spec.Type)
			assert.Equal(t, patterns(r), patterns(one.Rules[i]))
		}
	}
}

func TestParseForWarnsOfASlipThatWouldLoseMessages(t *testing.T) {
	ws, err := workspace.ParseFor(asJSON(t, rule("{type: dingtlak, webhook: env:A}")), "w.yaml", documenttest.DingTalk())
	require.NoError(t, err)
	var texts []string
	for _, f := range ws.Warnings {
		assert.Equal(t, workspace.KindUnused, f.Kind)
		texts = append(texts, f.Error())
	}
	assert.Contains(t, strings.Join(texts, "\n"), `rules[0].targets[0].type: "dingtlak" is not dingtalk, so the function dingtalk does not send it: did you mean "dingtalk"?`)
	assert.Contains(t, strings.Join(texts, "\n"), "no rule has a target of type dingtalk: the function dingtalk would send nothing")
}

func TestParseForCountsOtherTypesTowardsTheQuota(t *testing.T) {
	text := rule("{type: dingtalk, webhook: env:A}, {type: pager, contacts: [a, b, c]}, {type: bell}, {type: bell}")
	_, err := workspace.ParseFor(asJSON(t, text), "w.yaml", documenttest.DingTalk())
	assert.ErrorContains(t, err, "dingtalk = 1; pager: contacts = 3; bell = 1; bell = 1; 6 of 5")
}

func TestCatalogueChangesAreMergedAndKeptApart(t *testing.T) {
	ws := parse(t, documenttest.Catalogue)
	s, ok := ws.Catalogue.Source("dlc")
	require.True(t, ok)
	assert.Equal(t, "userId", s.CreatedBy)
	assert.Equal(t, "JobId", s.ID)
	failed, ok := ws.Catalogue.Type("dlc.job-failed")
	require.True(t, ok)
	assert.EqualValues(t, "warning", failed.Severity)
	assert.NotEmpty(t, failed.Pattern)
	assert.Len(t, ws.Changes.Sources, 2)
	assert.Len(t, ws.Changes.Types, 3)
	assert.Equal(t, []string{`{"source":["acs.eas"],"type":["eas:Service:Failed"]}`}, patterns(ws.Rules[0]))
	assert.Equal(t, []string{`{"data":{"Status":[{"anything-but":["Failed"]}],"userId":["2001"]},"source":["acs.paidlc"]}`}, patterns(ws.Rules[1]))
	text, err := json.Marshal(ws.Changes.Types[0].Pattern)
	require.NoError(t, err)
	assert.JSONEq(t, `{"source":["acs.eas"],"type":["eas:Service:Failed"]}`, string(text))
}

// rule is [documenttest.Rule].
func rule(targets string, extra ...string) string { return documenttest.Rule(targets, extra...) }
