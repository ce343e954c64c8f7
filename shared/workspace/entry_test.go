package workspace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

const directory = `workspace: w
quota: 100
contacts:
- {name: alice, uid: "2001", phone: '+8613800138000', email: alice@example.com}
- {name: bob, id: b7, email: bob@example.com}
receivers:
- {name: oncall, type: dingtalk, webhook: env:A, style: rich}
- {name: mail, type: email, from: pai@example.com}
- {name: phones, id: calls, type: voice, contacts: [creator, alice], language: ja}
- {name: "null", type: http, url: env:H}
rules:
- name: ab
  source: SOURCE
  events: ["*"]
  targets: [TARGETS]
`

// referring is a document whose one rule has these targets; all other receivers are
// used by another.
func referring(source, targets string) string {
	return strings.NewReplacer("SOURCE", source, "TARGETS", targets).Replace(directory)
}

// inPlace is the same rule without receivers.
func inPlace(source, targets string) string {
	text := referring(source, targets)
	return text[:strings.Index(text, "receivers:")] + text[strings.Index(text, "rules:"):]
}

func TestAReferenceIsTheTargetOfThatNameInPlace(t *testing.T) {
	for name, c := range map[string]struct{ source, reference, inPlace string }{
		"a robot": {"dlc", "{receiver: oncall}", "{type: dingtalk, name: oncall, webhook: env:A, style: rich}"},
		"a robot in another language": {
			"dlc", "{receiver: oncall, language: ja}", "{type: dingtalk, name: oncall, language: ja, webhook: env:A, style: rich}",
		},
		"contacts of the rule": {
			"dlc", "{receiver: mail, contacts: [bob, alice]}", "{type: email, name: mail, contacts: [bob, alice], from: pai@example.com}",
		},
		"two references to one channel": {
			"dlc", "{receiver: mail, contacts: [bob]}, {receiver: mail, contacts: [alice], language: zh}",
			"{type: email, name: mail, contacts: [bob], from: pai@example.com}, {type: email, name: mail, contacts: [alice], language: zh, from: pai@example.com}",
		},
		"contacts of the receiver, whoever created it among them, under its id": {
			"dlc", "{receiver: phones}", "{type: voice, name: calls, contacts: [creator, alice], language: ja}",
		},
		"contacts of the rule for those of the receiver": {
			"dlc", "{receiver: phones, contacts: [alice]}", "{type: voice, name: calls, contacts: [alice], language: ja}",
		},
		"a name that is a word of YAML": {"model", "{receiver: 'null'}", "{type: http, name: 'null', url: env:H}"},
		"beside targets in place": {
			"dlc", "{type: dingtalk, webhook: env:B}, {receiver: oncall}", "{type: dingtalk, webhook: env:B}, {type: dingtalk, name: oncall, webhook: env:A, style: rich}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := referring(c.source, c.reference)
			rule, want := parse(t, text).Rules[0], parse(t, inPlace(c.source, c.inPlace)).Rules[0]
			assert.Equal(t, receivers(want), receivers(rule))
			for i, to := range rule.Receivers() {
				assert.Equal(t, want.CarriedFor(want.Receivers()[i]), rule.CarriedFor(to))
				assert.Equal(t, want.Narrowed(want.Receivers()[i], nil), rule.Narrowed(to, nil))
			}

			packed, _, err := yaml.JSON([]byte(text), "w.yaml", documenttest.Specs()...)
			require.NoError(t, err)
			plain, _, err := yaml.JSON([]byte(inPlace(c.source, c.inPlace)), "w.yaml", documenttest.Specs()...)
			require.NoError(t, err)
			assert.NotContains(t, string(packed), "receiver", "functions of earlier versions know none")
			assert.JSONEq(t, string(plain), string(packed))
		})
	}
}

func TestAReferenceSaysWhichReceiverItIs(t *testing.T) {
	rule := parse(t, referring("dlc", "{receiver: phones}, {type: dingtalk, webhook: env:B}")).Rules[0]
	var entries []string
	for _, to := range rule.Receivers() {
		entries = append(entries, to.Name+" "+rule.Entry(to))
	}
	assert.Equal(t, []string{"calls-alice phones", "dingtalk-B "}, entries)
}

func TestAFunctionReadsReferencesToItsOwnReceivers(t *testing.T) {
	const text = `{"workspace": "w", "receivers": [
		{"name": "oncall", "type": "dingtalk", "webhook": "env:A"},
		{"name": "mail", "type": "email", "form": "not looked at"}],
	"rules": [{"name": "ab", "source": "dlc", "events": ["*"], "targets": [
		{"receiver": "oncall"}, {"receiver": "mail", "contacts": ["nobody"]}]}]}`
	ws, err := workspace.ParseFor([]byte(text), "w.json", documenttest.DingTalk())
	require.NoError(t, err)
	assert.Empty(t, ws.Warnings)
	assert.Equal(t, []string{`dingtalk oncall en {"webhook":"env:A"}`}, receivers(ws.Rules[0]))
}

func TestParseRefusesReceivers(t *testing.T) {
	dlc := func(targets string) string { return referring("dlc", targets) }
	entry := func(text string) string {
		return strings.Replace(dlc("{receiver: oncall}"), "- {name: mail, type: email, from: pai@example.com}", "- "+text, 1)
	}
	for name, c := range map[string]struct {
		text string
		kind workspace.Kind
		want string
	}{
		"none of that name, with the near one": {dlc("{receiver: oncal}"), workspace.KindReceiver, `w.yaml:15:24: rules[0].targets[0].receiver: there is no receiver "oncal": did you mean "oncall"?`},
		"none of that name, with those known":  {dlc("{receiver: somebody}"), workspace.KindReceiver, `known are mail, null, oncall, phones`},
		"an id in place of the name":           {dlc("{receiver: calls}"), workspace.KindReceiver, `there is no receiver "calls"`},
		"none at all":                          {rule("{receiver: oncall}"), workspace.KindReceiver, "the document has none yet; list them under receivers"},
		"one without a name":                   {entry("{type: dingtalk, webhook: env:A}"), workspace.KindShape, `w.yaml:8:3: receivers[1]: key "name" is missing`},
		"one without a type":                   {entry("{name: mail}"), workspace.KindShape, `receivers[1]: key "type" is missing`},
		"one of an unknown type":               {entry("{name: mail, type: dingding}"), workspace.KindShape, `receivers[1].type: there is no target type "dingding"`},
		"one with a key that is none":          {entry("{name: mail, type: dingtalk, webhok: env:A}"), workspace.KindShape, `receivers[1]: unknown key "webhok": did you mean "webhook"?`},
		"a receiver that refers to another":    {entry("{name: mail, receiver: oncall}"), workspace.KindShape, `receivers[1]: key "type" is missing`},
		"a name twice":                         {entry("{name: oncall, type: dingtalk, webhook: env:B}"), workspace.KindDuplicate, `receivers[1].name: receiver "oncall" is the name or id of receiver 1: give one of them another name`},
		"a name that is the id of another":     {entry("{name: calls, type: dingtalk, webhook: env:B}"), workspace.KindDuplicate, `receivers[2].id: receiver "calls" is the name or id of receiver 2: give one of them another id`},
		"parameters that the type refuses":     {entry("{name: mail, type: dingtalk, webhook: 'http://example.com/'}"), workspace.KindRefused, "w.yaml:8:3: receivers[1]: dingtalk: configuration: webhook must start with https://"},
		"a contact that is not there":          {entry("{name: mail, type: email, contacts: [bobby], from: a}"), workspace.KindContact, `receivers[1].contacts[0]: there is no contact "bobby": did you mean "bob"?`},
		"a contact without the address":        {entry("{name: mail, type: voice, contacts: [bob]}"), workspace.KindContact, `receivers[1].contacts[0]: contact "bob" has no phone`},
		"an empty list":                        {strings.Replace(dlc("{type: dingtalk, webhook: env:A}"), "receivers:\n", "receivers: []\nreceiverz:\n", 1), workspace.KindShape, "receivers: is an empty list"},
		"nothing":                              {rule("{type: dingtalk, webhook: env:A}") + "receivers:\n", workspace.KindShape, "receivers: has no value"},
		"a mapping":                            {rule("{type: dingtalk, webhook: env:A}") + "receivers: {oncall: {type: dingtalk}}\n", workspace.KindShape, "receivers: must be a list"},
		"a type beside the reference":          {dlc("{receiver: oncall, type: dingtalk}"), workspace.KindShape, `rules[0].targets[0]: unknown key "type"`},
		"a parameter beside the reference":     {dlc("{receiver: oncall, webhook: env:B}"), workspace.KindShape, `rules[0].targets[0]: unknown key "webhook"`},
		"a name beside the reference":          {dlc("{receiver: oncall, name: x}"), workspace.KindShape, `rules[0].targets[0]: unknown key "name"`},
		"a reference that is a number":         {dlc("{receiver: 7}"), workspace.KindShape, "rules[0].targets[0].receiver: must be a text, not a number: put it in quotes"},
		"a reference without a name":           {dlc("{receiver: }"), workspace.KindShape, "rules[0].targets[0].receiver: has no value"},
		"contacts of a robot":                  {dlc("{receiver: oncall, contacts: [alice]}"), workspace.KindReceiver, `rules[0].targets[0].contacts: receiver "oncall" is of type dingtalk, which takes no contacts`},
		"a mention where there is none":        {dlc("{receiver: mail, contacts: [bob], mention: {all: true}}"), workspace.KindReceiver, `receiver "mail" is of type email, which takes no mention`},
		"no contacts at all":                   {dlc("{receiver: mail}"), workspace.KindReceiver, `w.yaml:15:13: rules[0].targets[0]: receiver "mail" has no contacts, and email needs the email of at least one`},
		"the rule's contact without address":   {dlc("{receiver: phones, contacts: [bob]}"), workspace.KindContact, `rules[0].targets[0].contacts[0]: contact "bob" has no phone`},
		"a source that the type may not carry": {dlc("{receiver: 'null'}"), workspace.KindReceiver, `w.yaml:15:24: rules[0].targets[0].receiver: receiver "null" is of type http, which carries events of model only, and this rule's are of "dlc"`},
		"the same receiver twice":              {dlc("{receiver: oncall}, {receiver: oncall, language: ja}"), workspace.KindDuplicate, `rules[0].targets[1]: this rule sends to "oncall" twice, first by target 1: keep one of them`},
		"a target in place of that name":       {dlc("{type: dingtalk, name: oncall, webhook: env:A}"), workspace.KindDuplicate, `rules[0].targets[0].name: "oncall" is receiver 1 of the document: write "receiver: oncall" in place of this target`},
		"a target in place of that id":         {dlc("{type: dingtalk, name: calls, webhook: env:A}"), workspace.KindDuplicate, `write "receiver: phones"`},
		"too many targets, as they are in place": {
			strings.Replace(dlc("{receiver: phones}, {receiver: mail, contacts: [alice, bob]}"), "quota: 100", "quota: 2", 1), workspace.KindQuota, "voice: creator (0), alice = 1; email: alice, bob = 2",
		},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.text, c.kind, c.want) })
	}
}

func TestWhatIsWrongWithAReceiverIsSaidOnce(t *testing.T) {
	text := referring("dlc", "{receiver: oncall}") + "- {name: cd, source: dsw, events: ['*'], targets: [{receiver: oncall}]}\n"
	findings := refused(t, strings.Replace(text, "env:A", "http://example.com", 1), workspace.KindRefused, "receivers[0]: dingtalk: configuration: webhook must start with https://")
	assert.Len(t, findings, 1, findings)
}

func TestAReceiverWithoutARuleIsAWarning(t *testing.T) {
	ws := parse(t, referring("dlc", "{receiver: oncall}"))
	var said []string
	for _, w := range ws.Warnings {
		assert.Equal(t, workspace.KindIdle, w.Kind)
		said = append(said, w.Error())
	}
	require.Len(t, said, 3)
	assert.Contains(t, said[0], `w.yaml:8:3: receivers[1]: no rule refers to "mail"`)
}

func TestReceiversMayBeAliasesAndStandAnywhereInTheDocument(t *testing.T) {
	text := rule("&sent {receiver: oncall}") + "- {name: cd, source: dsw, events: ['*'], targets: [*sent, {receiver: *name}]}\n" +
		"receivers:\n- &one {name: oncall, type: dingtalk, webhook: &hook env:A}\n- {name: &name other, type: dingtalk, style: rich, webhook: *hook}\n"
	text = strings.Replace(text, "*name", "other", 1) // which stands before its anchor
	ws := parse(t, text)
	assert.Equal(t, []string{`dingtalk oncall en {"webhook":"env:A"}`, `dingtalk other en {"style":"rich","webhook":"env:A"}`}, receivers(ws.Rules[1]))
}

func TestOneRuleTargetOrReceiverIsCheckedWithTheDocumentsReceivers(t *testing.T) {
	ws := parse(t, referring("dlc", "{receiver: oncall}"))
	rule, findings, _ := ws.CheckRule([]byte(`{"name": "cd", "source": "dsw", "events": ["*"], "targets": [{"receiver": "oncall"}, {"receiver": "mail", "contacts": ["bob"]}]}`))
	assert.Empty(t, findings)
	assert.Equal(t, []string{`dingtalk oncall en {"style":"rich","webhook":"env:A"}`, `email mail-b7 en {"contact":{"email":"bob@example.com","name":"bob"},"from":"pai@example.com"}`}, receivers(rule))
	assert.Equal(t, "mail", rule.Entry(rule.Receivers()[1]))

	_, findings, _ = ws.CheckRule([]byte(`{"name": "cd", "source": "dsw", "events": ["*"], "targets": [{"receiver": "nobody"}]}`))
	require.Len(t, findings, 1)
	assert.Equal(t, "rules[0].targets[0].receiver", findings[0].Path)

	made, findings := ws.CheckTarget("dlc", []byte(`{"receiver": "phones", "contacts": ["alice"]}`))
	assert.Empty(t, findings)
	require.Len(t, made, 1)
	assert.Equal(t, "calls-alice", made[0].Name)

	made, findings = ws.CheckReceiver([]byte(`{"name": "new", "type": "email", "from": "a@example.com", "contacts": ["creator", "bob"]}`))
	assert.Empty(t, findings)
	require.Len(t, made, 1)
	assert.Equal(t, "new-b7", made[0].Name)

	_, findings = ws.CheckReceiver([]byte(`{"name": "new", "type": "dingtalk", "webhook": "http://example.com"}`))
	require.Len(t, findings, 1)
	assert.Equal(t, "receivers[0]", findings[0].Path)
}
