package workspace_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// refused asserts that a document is refused with a finding of that kind
// whose text contains want.
func refused(t *testing.T, text string, kind workspace.Kind, want string) workspace.Findings {
	t.Helper()
	ws, err := yaml.Parse([]byte(text), "w.yaml", documenttest.Specs()...)
	require.Error(t, err)
	assert.Nil(t, ws)
	findings, ok := errors.AsType[workspace.Findings](err)
	require.True(t, ok)
	for _, f := range findings {
		if f.Kind == kind && strings.Contains(f.Error(), want) {
			return findings
		}
	}
	assert.Failf(t, "no such finding", "want %s: %s\nhave:\n%s", kind, want, err)
	return findings
}

const head = "workspace: w\ncontacts:\n- {name: alice, phone: '+8613800138000', email: alice@example.com}\n- {name: tony, phone: '13900139000'}\n- {name: alan, email: alan@example.com}\nrules:\n- name: ab\n"

func TestParseRefuses(t *testing.T) {
	ding := "  targets: [{type: dingtalk, webhook: env:A}]\n"
	for name, c := range map[string]struct {
		text string
		kind workspace.Kind
		want string
	}{
		"an unknown key, with the one meant": {
			head + "  source: dlc\n  event: [job-failed]\n" + ding, workspace.KindShape,
			`w.yaml:9:3: rules[0]: unknown key "event": did you mean "events"?`,
		},
		"an unknown key, with those known": {
			"workspace: w\ntenant: me\nrules: []\n", workspace.KindShape,
			`w.yaml:2:1: unknown key "tenant": known are workspace, owner, language, quota, quiet, prices, contacts, receivers, rules, catalogue`,
		},
		"a missing key": {
			head + "  source: dlc\n" + ding, workspace.KindShape, `w.yaml:7:3: rules[0]: key "events" is missing: Event types of the source`,
		},
		"an unknown key inside a parameter": {
			head + "  source: dlc\n  events: [job-failed]\n  targets:\n  - type: dingtalk\n    webhook: env:A\n    mentions:\n      phone: [a]\n", workspace.KindShape,
			`w.yaml:14:7: rules[0].targets[0].mentions: unknown key "phone": did you mean "phones"?`,
		},
		"an unknown parameter": {
			head + "  source: dlc\n  events: [job-failed]\n  targets:\n  - {type: dingtalk, webhok: env:A}\n", workspace.KindShape,
			`w.yaml:11:22: rules[0].targets[0]: unknown key "webhok": did you mean "webhook"?`,
		},
		"an unknown source": {
			head + "  source: dcl\n  events: [job-failed]\n" + ding, workspace.KindUnknown, `w.yaml:8:11: rules[0].source: there is no event source "dcl": did you mean "dlc"?`,
		},
		"an unknown event type": {
			head + "  source: dlc\n  events: [job-faild]\n" + ding, workspace.KindUnknown, `w.yaml:9:12: rules[0].events[0]: there is no event type "job-faild" of dlc: did you mean "job-failed"?`,
		},
		"an event type with its source": {
			head + "  source: dlc\n  events: [dlc.job-failed]\n" + ding, workspace.KindUnknown, `did you mean "job-failed"?`,
		},
		"an event type of another source": {
			head + "  source: flow\n  events: [instance-stopped]\n" + ding, workspace.KindUnknown, "known are task-failed, task-succeeded, *; others can be added under catalogue.types",
		},
		"everything and something": {
			head + "  source: dlc\n  events: ['*', job-failed]\n" + ding, workspace.KindShape, `rules[0].events[0]: "*" is every event of dlc`,
		},
		"a repeated event type": {
			head + "  source: dlc\n  events: [job-failed, job-failed]\n" + ding, workspace.KindShape, "rules[0].events[1]: is the same as entry 1 of the list",
		},
		"an empty list": {
			head + "  source: dlc\n  events: []\n" + ding, workspace.KindShape, "w.yaml:9:3: rules[0].events: is an empty list",
		},
		"a key without a value": {
			head + "  source: dlc\n  events: [job-failed]\n  scope:\n" + ding, workspace.KindShape, "rules[0].scope: has no value",
		},
		"no rules": {
			"workspace: w\n", workspace.KindShape, `w.yaml:1:1: key "rules" is missing`,
		},
		"http for anything but models": {
			head + "  source: dlc\n  events: [job-failed]\n  targets:\n  - type: http\n    url: env:A\n", workspace.KindCarries,
			"w.yaml:11:11: rules[0].targets[0].type: http carries events of model only, and this rule's are of \"dlc\": this is a limit of PAI",
		},
		"sms for models": {
			head + "  source: model\n  events: [version-approved]\n  targets: [{type: sms, contacts: [alice], sign_name: a, template: b}]\n", workspace.KindCarries, "sms carries events of dlc, dsw, flow only",
		},
		"voice for models": {
			head + "  source: model\n  events: [version-approved]\n  targets: [{type: voice, contacts: [alice]}]\n", workspace.KindCarries, "voice carries events of dlc, dsw, flow only",
		},
		"email for models": {
			head + "  source: model\n  events: [version-approved]\n  targets: [{type: email, contacts: [alice], from: a}]\n", workspace.KindCarries, "email carries events of dlc, dsw, flow only",
		},
		"flows of jobs": {
			head + "  source: dlc\n  events: [job-failed]\n  scope: {flows: [f]}\n" + ding, workspace.KindScope, "w.yaml:10:11: rules[0].scope.flows: events of dlc have no flow to compare: this scope is for the source flow",
		},
		"models of flows": {
			head + "  source: flow\n  events: [task-failed]\n  scope: {models: [m]}\n" + ding, workspace.KindScope, "rules[0].scope.models: events of flow have no model to compare",
		},
		"a scope of its own": {
			head + "  source: dlc\n  events: [job-failed]\n  scope: mine\n" + ding, workspace.KindShape, `rules[0].scope: must be "workspace" or name created_by, flows or models`,
		},
		"an unknown target type": {
			head + "  source: dlc\n  events: [job-failed]\n  targets: [{type: dingding, webhook: env:A}]\n", workspace.KindShape, `w.yaml:10:20: rules[0].targets[0].type: there is no target type "dingding": known are dingtalk, email, http, sms, voice`,
		},
		"a target without a type": {
			head + "  source: dlc\n  events: [job-failed]\n  targets: [{webhook: env:A}]\n", workspace.KindShape, `rules[0].targets[0]: key "type" is missing`,
		},
		"an unknown contact": {
			head + "  source: dlc\n  events: [job-failed]\n  targets: [{type: voice, contacts: [alicia]}]\n", workspace.KindContact, `w.yaml:10:38: rules[0].targets[0].contacts[0]: there is no contact "alicia": did you mean "alice"?`,
		},
		"a contact without the phone": {
			head + "  source: dlc\n  events: [job-failed]\n  targets: [{type: voice, contacts: [alan]}]\n", workspace.KindContact, `contact "alan" has no phone, which voice needs: add it to contact 3`,
		},
		"a contact without the email": {
			head + "  source: dlc\n  events: [job-failed]\n  targets: [{type: email, contacts: [tony], from: a}]\n", workspace.KindContact, `contact "tony" has no email, which email needs`,
		},
		"contacts where there are none": {
			rule("{type: voice, contacts: [alice]}"), workspace.KindContact, "the document has no contacts yet",
		},
		"a contact in the parameters": {
			head + "  source: dlc\n  events: [job-failed]\n  targets: [{type: voice, contacts: [alice], contact: {name: alice}}]\n", workspace.KindShape, `unknown key "contact": did you mean "contacts"?`,
		},
		"two rules of a name": {
			rule("{type: dingtalk, webhook: env:A}") + "- {name: ab, source: dlc, events: ['*'], targets: [{type: dingtalk, webhook: env:A}]}\n", workspace.KindDuplicate, `w.yaml:7:10: rules[1].name: rule "ab" is the name or id of rule 1`,
		},
		"two contacts of a name": {
			"contacts: [{name: a}, {name: a}]\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindDuplicate, `contacts[1].name: contact "a" is the name or id of contact 1`,
		},
		"two targets of a name": {
			rule("{type: dingtalk, name: x, webhook: env:A}, {type: http, name: x, url: env:A}", "source: model"), workspace.KindDuplicate, `rules[0].targets[1]: two targets of this rule are "x", the first is target 1: give this one a name of its own, such as "name: http-2"`,
		},
		"a name like the key of a target without one": {
			rule("{type: dingtalk, name: dingtalk-A, webhook: env:B}, {type: dingtalk, webhook: env:A}"), workspace.KindDuplicate, `two targets of this rule are "dingtalk-A"`,
		},
		"two targets without a name that lead to one place": {
			rule("{type: dingtalk, name: dingtalk-2, webhook: env:B}, {type: dingtalk, webhook: env:A}, {type: dingtalk, webhook: env:A, style: rich}"), workspace.KindDuplicate,
			`rules[0].targets[2]: two targets of this rule are "dingtalk-A", the first is target 2: give this one a name of its own, such as "name: dingtalk-3"`,
		},
		"two targets without a name to one address": {
			rule("{type: dingtalk, webhook: 'https://example.com/a'}, {type: dingtalk, webhook: 'https://example.com/a', style: rich}"), workspace.KindDuplicate,
			`rules[0].targets[1]: two targets of this rule are "dingtalk-2dce0a4c50"`,
		},
		"two targets without a name to one contact": {
			head + "  source: dlc\n  events: [job-failed]\n  targets: [{type: voice, contacts: [alice]}, {type: voice, contacts: [alice], number: '4001112222'}]\n", workspace.KindDuplicate,
			`rules[0].targets[1]: two targets of this rule are "voice-alice", the first is target 1: give this one a name of its own, such as "name: voice-2"`,
		},
		"an id that is another rule's name": {
			rule("{type: dingtalk, webhook: env:A}") + "- {name: cd, id: ab, source: dlc, events: ['*'], targets: [{type: dingtalk, webhook: env:A}]}\n", workspace.KindDuplicate,
			`rules[1].id: rule "ab" is the name or id of rule 1: give one of them another id; an id must differ from the name and the id of every other rule`,
		},
		"a name that is another rule's id": {
			rule("{type: dingtalk, webhook: env:A}", "id: cd") + "- {name: cd, source: dlc, events: ['*'], targets: [{type: dingtalk, webhook: env:A}]}\n", workspace.KindDuplicate, `rules[1].name: rule "cd" is the name or id of rule 1`,
		},
		"an id that is another contact's": {
			"contacts: [{name: a, id: x}, {name: b, id: x}]\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindDuplicate, `contacts[1].id: contact "x" is the name or id of contact 1`,
		},
		"a rule's id with a slash": {rule("{type: dingtalk, webhook: env:A}", "id: a/b"), workspace.KindShape, "rules[0].id: must be letters, digits, '-', '_' and '.', starting with a letter or digit, at most 48 characters"},
		"values the target refuses": {
			head + "  source: dlc\n  events: [job-failed]\n  targets:\n  - {type: sms, contacts: [alice, tony], sign_name: a, template: refused}\n", workspace.KindRefused, "w.yaml:11:5: rules[0].targets[0]: sms: configuration: template is not approved",
		},
		"a rule name with two dashes":   {strings.Replace(rule("{type: dingtalk, webhook: env:A}"), "ab", "a--b", 1), workspace.KindShape, "w.yaml:3:9: rules[0].name: must be letters and digits with single '-' between them, at most 48 characters"},
		"a rule name with a dot":        {strings.Replace(rule("{type: dingtalk, webhook: env:A}"), "ab", "a.b", 1), workspace.KindShape, "rules[0].name: must be letters"},
		"a rule name too long":          {strings.Replace(rule("{type: dingtalk, webhook: env:A}"), "ab", strings.Repeat("a", 49), 1), workspace.KindShape, "rules[0].name: must be letters"},
		"a workspace name with a blank": {strings.Replace(rule("{type: dingtalk, webhook: env:A}"), "workspace: w", "workspace: a b", 1), workspace.KindShape, "w.yaml:1:12: workspace: must be letters, digits, '-' and '_'"},
		"an owner with a bracket":       {"owner: 'a]'\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, "owner: must be letters, digits, '-', '_' and '.', starting with a letter or digit"},
		"a quota above what PAI grants": {"quota: 101\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, "w.yaml:1:8: quota: must be a number from 1 to 100"},
		"a quota of nothing":            {"quota: 0\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, "quota: must be a number from 1 to 100"},
		"a quota in octal":              {"quota: 010\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, "quota: must be a whole number in decimal digits"},
		"half a quota":                  {"quota: 5.5\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, "quota: must be a whole number"},
		"an unknown language":           {"language: cn\n" + rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, `language: must be one of en, zh, ja, not "cn"`},
		"a style the target has not":    {rule("{type: dingtalk, webhook: env:A, style: rihc}"), workspace.KindShape, "rules[0].targets[0].style: must be one of plain, rich, not \"rihc\""},
		"a truth that is a text":        {rule("{type: dingtalk, webhook: env:A}", "enabled: yes"), workspace.KindShape, "rules[0].enabled: must be true or false, not a text"},
		"a reference to nothing":        {rule("{type: dingtalk, webhook: 'env:'}"), workspace.KindShape, "rules[0].targets[0].webhook: names no secret after the colon"},
		"an empty text":                 {rule("{type: dingtalk, webhook: ''}"), workspace.KindShape, "rules[0].targets[0].webhook: is an empty text"},
		"an empty source":               {rule("{type: dingtalk, webhook: env:A}", "source: ''"), workspace.KindShape, "rules[0].source: is an empty text"},
		"a scalar for a target":         {rule("dingtalk"), workspace.KindShape, "rules[0].targets[0]: must be an object (key: value), not a text"},
		"a rule for a list":             {"workspace: w\nrules: {name: ab}\n", workspace.KindShape, "rules: must be a list"},
		"a list for a document":         {"- workspace: w\n", workspace.KindShape, "w.yaml:1:1: must be an object"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.text, c.kind, c.want) })
	}
}

func TestParseReportsAllFindingsInTheOrderOfTheDocument(t *testing.T) {
	_, err := yaml.Parse([]byte(`workspace: a b
contacts:
- {name: alice, phone: 138}
rules:
- name: ab
  source: dlcc
  events: [job-faild]
  targets:
  - {type: dingtalk, webhok: env:A}
  - {type: sms, contacts: [bob], sign_name: a, template: b}
- name: ab
  source: model
  events: [version-approved]
  targets: [{type: voice, contacts: [alice]}]
`), "dir/w.yaml", documenttest.Specs()...)
	require.Error(t, err)
	var places []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		place, _, _ := strings.Cut(line, ": ")
		places = append(places, place)
	}
	assert.Equal(t, []string{
		"dir/w.yaml:1:12", "dir/w.yaml:3:24", "dir/w.yaml:6:11", "dir/w.yaml:9:5", "dir/w.yaml:9:22",
		"dir/w.yaml:10:28", "dir/w.yaml:11:9", "dir/w.yaml:14:20",
	}, places, "%s", err)
}

func TestQuota(t *testing.T) {
	people := "contacts: [{name: alice, phone: '13800138000', email: a@example.com}, {name: tony, phone: '13800138001'}, {name: alan, email: b@example.com}]\n"
	four := "{type: sms, contacts: [alice, tony], sign_name: a, template: b}, {type: email, contacts: [alice, alan], from: a}"
	robot := ", {type: dingtalk, webhook: env:A}"
	t.Run("counts each contact in each channel without de-duplication", func(t *testing.T) {
		refused(t, "quota: 3\n"+people+rule(four), workspace.KindQuota, "rules[0].targets: sms: alice, tony = 2; email: alice, alan = 2; 4 of 3: the account's quota of targets per rule is exceeded")
		assert.Len(t, parse(t, "quota: 4\n"+people+rule(four)).Rules[0].Receivers(), 4)
	})
	t.Run("is five when the document names none", func(t *testing.T) {
		assert.Len(t, parse(t, people+rule(four+robot)).Rules[0].Receivers(), 5)
		refused(t, people+rule(four+robot+robot), workspace.KindQuota, "sms: alice, tony = 2; email: alice, alan = 2; dingtalk = 1; dingtalk = 1; 6 of 5")
	})
	t.Run("is at most a hundred", func(t *testing.T) {
		var robots []string
		for i := range 100 {
			robots = append(robots, fmt.Sprintf("{type: dingtalk, webhook: env:R%d}", i))
		}
		hundred := strings.Join(robots, ", ")
		assert.Len(t, parse(t, "quota: 100\n"+rule(hundred)).Rules[0].Receivers(), 100)
		refused(t, "quota: 100\n"+rule(hundred+robot), workspace.KindQuota, "101 of 100")
	})
	t.Run("names some of many contacts", func(t *testing.T) {
		var list, names []string
		for i := range 12 {
			list = append(list, fmt.Sprintf("{name: c%d, phone: '138001380%02d'}", i, i))
			names = append(names, fmt.Sprintf("c%d", i))
		}
		refused(t, "contacts: ["+strings.Join(list, ", ")+"]\n"+rule("{type: voice, contacts: ["+strings.Join(names, ", ")+"]}"), workspace.KindQuota,
			"voice: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more = 12; 12 of 5")
	})
}

func TestAddresses(t *testing.T) {
	for _, phone := range []string{"+8613800138000", "13800138000", "+14155550100", "+4930901820"} {
		parse(t, "contacts: [{name: a, phone: '"+phone+"'}]\n"+rule("{type: dingtalk, webhook: env:A}"))
	}
	for _, phone := range []string{"+86 138 0013 8000", "8613800138000", "12345678901", "+0123456789", "+123456", "+1234567890123456", "10086", "tel:+8613800138000"} {
		refused(t, "contacts: [{name: a, phone: '"+phone+"'}]\n"+rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, `contacts[0].phone: must be "+", the country code`)
	}
	for _, email := range []string{"alice@example.com", "a.b+c@xn--fiqs8s.example"} {
		parse(t, "contacts: [{name: a, email: '"+email+"'}]\n"+rule("{type: dingtalk, webhook: env:A}"))
	}
	for _, email := range []string{"alice", "alice@", "Alice <alice@example.com>", "a@b@c"} {
		refused(t, "contacts: [{name: a, email: '"+email+"'}]\n"+rule("{type: dingtalk, webhook: env:A}"), workspace.KindShape, "contacts[0].email: must be an address")
	}
	refused(t, "contacts: [{name: a, email: 'a..b@example.com'}]\n"+rule("{type: dingtalk, webhook: env:A}"), workspace.KindAddress, "contacts[0].email: is not an email address")
}

func TestAnIDWithBlanksAroundItIsRefused(t *testing.T) {
	for _, id := range []string{" 2001", "2001 ", "2001\\n"} {
		text := strings.Replace(rule("{type: dingtalk, webhook: env:A}"), "  source: dlc\n", "  source: dlc\n  scope: {created_by: [\""+id+"\"]}\n", 1)
		refused(t, text, workspace.KindShape, "rules[0].scope.created_by[0]: must be an id on one line without blanks around it")
	}
}

func TestWhatOnlyLooksLikeAReferenceIsFoundWhereItStands(t *testing.T) {
	model := func(parameters string) string { return rule("{type: http, "+parameters+"}", "source: model") }
	for want, text := range map[string]string{
		"rules[0].targets[0].webhook: looks like a reference and is not one: write env:NAME":               rule("{type: dingtalk, webhook: 'env:MY-HOOK'}"),
		"rules[0].targets[0].signing_key: holds a placeholder":                                             rule("{type: dingtalk, webhook: env:A, signing_key: '${KEY}'}"),
		"rules[0].targets[0].mentions.phones[1]: looks like a reference":                                   rule("{type: dingtalk, webhook: env:A, mentions: {phones: ['13800138000', 'env:PHONE']}}"),
		"rules[0].targets[0].url: holds a placeholder":                                                     model("url: 'https://host/${X}'"),
		"rules[0].targets[0].headers.Authorization: holds a placeholder":                                   model("url: env:A, headers: {Authorization: 'Bearer {{ TOKEN }}'}"),
		"rules[0].targets[0].headers.X-A: holds a reference in a place where none is read":                 model("url: env:A, headers: {X-A: 'token=env:TOKEN'}"),
		"rules[0].targets[0].from: looks like a reference":                                                 "contacts: [{name: a, email: a@example.com}]\n" + rule("{type: email, contacts: [a], from: env:FROM}"),
		"contacts[0].email: looks like a reference":                                                        "contacts: [{name: a, email: '${WHO}@example.com'}]\n" + rule("{type: dingtalk, webhook: env:A}"),
		"rules[0].scope.created_by[1]: looks like a reference (env:NAME, ${NAME}, $NAME, {{ NAME }} or %N": strings.Replace(rule("{type: dingtalk, webhook: env:A}"), "  source: dlc\n", "  source: dlc\n  scope: {created_by: ['2001', '$USER_ID']}\n", 1),
	} {
		findings := refused(t, text, workspace.KindReference, want)
		assert.Len(t, findings, 1, "%s", findings)
		assert.Positive(t, findings[0].Column)
	}
	t.Run("all at once", func(t *testing.T) {
		findings := refused(t, rule("{type: dingtalk, webhook: '$A', signing_key: 'ENV:B'}"), workspace.KindReference, "webhook")
		assert.Len(t, findings, 2)
	})
	t.Run("a word before a reference is no literal", func(t *testing.T) {
		assert.Empty(t, parse(t, model("url: env:A, headers: {Authorization: 'Bearer env:TOKEN'}")).Warnings)
	})
}

func TestSecretsAreNeverShown(t *testing.T) {
	const secret = "https://oapi.dingtalk.com/robot/send?access_token=deadbeef"
	const hex = "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
	for name, text := range map[string]string{
		"a broken document":     rule("{type: dingtalk, webhook: \"" + secret),
		"an unquoted alias":     rule("{type: dingtalk, webhook: *deadbeef}"),
		"a key":                 rule("{type: dingtalk, \"" + secret + "\": x}"),
		"a free key":            rule("{type: http, url: env:A, headers: {'"+secret+"': 1}}", "source: model"),
		"a repeated key":        rule("{type: dingtalk, " + hex + ": x, " + hex + ": y}"),
		"a type":                rule("{type: '" + secret + "'}"),
		"a name":                rule("{type: dingtalk, name: '" + secret + "', webhook: env:A}"),
		"a wrong kind":          rule("{type: dingtalk, webhook: [" + hex + "]}"),
		"a number":              rule("{type: dingtalk, webhook: 123deadbeef, signing_key: 2718281828deadbeef, card: deadbeef}"),
		"a source":              rule("{type: dingtalk, webhook: env:A}", "source: '"+secret+"'"),
		"a contact":             rule("{type: voice, contacts: ['" + hex + "']}"),
		"a language":            rule("{type: dingtalk, webhook: env:A, language: '" + hex + "'}"),
		"a duplicate key value": rule("{type: dingtalk, webhook: '" + secret + "', webhook: '" + secret + "'}"),
		"a refused webhook":     rule("{type: dingtalk, webhook: 'http://x/?access_token=deadbeef'}"),
		"the root":              secret,
	} {
		t.Run(name+" with a secret is reported without it", func(t *testing.T) {
			_, err := yaml.Parse([]byte(text), "w.yaml", documenttest.Specs()...)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "deadbeef")
			assert.Contains(t, err.Error(), "w.yaml:")
		})
	}
	for _, short := range []string{"MailPassword-123", "hunter2", "Correct-hOrse"} {
		for name, text := range map[string]string{
			"a key":              rule("{type: dingtalk, " + short + ": x}"),
			"a key of the top":   short + ": x\n" + rule("{type: dingtalk, webhook: env:A}"),
			"a repeated key":     rule("{type: dingtalk, " + short + ": x, " + short + ": y}"),
			"a type":             rule("{type: " + short + "}"),
			"a source":           rule("{type: dingtalk, webhook: env:A}", "source: "+short),
			"an event type":      rule("{type: dingtalk, webhook: env:A}", "events: ["+short+"]"),
			"a contact":          rule("{type: voice, contacts: [" + short + "]}"),
			"a language":         rule("{type: dingtalk, webhook: env:A, language: " + short + "}"),
			"a style":            rule("{type: dingtalk, webhook: env:A, style: " + short + "}"),
			"an alias":           rule("{type: dingtalk, webhook: *" + short + "}"),
			"a quota":            "quota: " + short + "\n" + rule("{type: dingtalk, webhook: env:A}"),
			"a list of nothing":  "rules: " + short + "\nworkspace: w\n",
			"a tag":              rule("{type: dingtalk, webhook: !" + short + " x}"),
			"an undefined tag":   rule("{type: dingtalk, webhook: !" + short + "!x y}"),
			"an unclosed string": rule("{type: dingtalk, webhook: \"" + short),
		} {
			t.Run(name+" in the form of a password is reported without it: "+short, func(t *testing.T) {
				_, err := yaml.Parse([]byte(text), "w.yaml", documenttest.Specs()...)
				require.Error(t, err)
				assert.NotContains(t, err.Error(), short)
			})
		}
	}
	t.Run("a literal secret draws a warning that does not show it", func(t *testing.T) {
		ws := parse(t, rule("{type: dingtalk, webhook: '"+secret+"', signing_key: env:KEY}"))
		require.Len(t, ws.Warnings, 1)
		assert.Equal(t, workspace.KindSecret, ws.Warnings[0].Kind)
		assert.Equal(t, "rules[0].targets[0].webhook", ws.Warnings[0].Path)
		assert.NotContains(t, ws.Warnings[0].Error(), "deadbeef")
		assert.Equal(t, 6, ws.Warnings[0].Line)
	})
}
