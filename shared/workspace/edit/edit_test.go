package edit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
)

const text = `# ours
workspace: llm_lab # in cn-hangzhou
language: en

contacts:
  - {name: alice, phone: "+8613800138000"} # on call

rules:
  # the first
  - name: one
    description: Somebody looks. # really
    source: dlc
    events: [job-failed]

    targets:
      - type: dingtalk
        webhook: env:A # the group's
  # about two
  - name: two
    source: flow
    events:
      - task-failed
    targets: [{type: wecom, webhook: 'env:B'}]

# the end
`

func open(t *testing.T, text string) *edit.Document {
	t.Helper()
	d, err := edit.Open([]byte(text))
	require.NoError(t, err)
	return d
}

func rule(t *testing.T, d *edit.Document, i int) edit.Rule {
	t.Helper()
	rules, err := d.Rules()
	require.NoError(t, err)
	require.Greater(t, len(rules), i)
	return rules[i]
}

func TestChangesTouchTheirOwnLines(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(t *testing.T, d *edit.Document) error
		old, want string
	}{
		"a rule changes and keeps its comments": {
			func(t *testing.T, d *edit.Document) error {
				r := rule(t, d, 1)
				r.Events = []string{"task-failed", "task-succeeded"}
				return d.PutRule("two", r)
			},
			"      - task-failed\n", "      - task-failed\n      - task-succeeded\n",
		},
		"a rule gets a title and fields": {
			func(t *testing.T, d *edit.Document) error {
				r := rule(t, d, 1)
				r.Title = edit.Facts{{Key: "name"}, {Path: "Envs.TEAM"}}
				r.Fields = edit.Facts{
					{Key: "reason"}, {Key: "user", Label: event.Label{EN: "Who: x", ZH: "谁"}},
					{Path: "JobSpecs.*.Image", Label: event.Label{EN: "Image", ZH: "Image", JA: "Image"}}, {Path: "*.no"},
				}
				return d.PutRule("two", r)
			},
			"    targets: [{type: wecom, webhook: 'env:B'}]\n",
			"    targets: [{type: wecom, webhook: 'env:B'}]\n    title: [name, {path: Envs.TEAM}]\n    fields:\n      - reason\n      - {key: user, label: {en: 'Who: x', zh: 谁}}\n      - {path: JobSpecs.*.Image, label: Image}\n      - {path: '*.no'}\n",
		},
		"a comment beside a value stays": {
			func(t *testing.T, d *edit.Document) error {
				r := rule(t, d, 0)
				r.Description = "Nobody looks."
				r.Enable(false)
				return d.PutRule("one", r)
			},
			"    description: Somebody looks. # really\n    source: dlc\n    events: [job-failed]\n\n    targets:\n      - type: dingtalk\n        webhook: env:A # the group's\n",
			"    description: Nobody looks. # really\n    source: dlc\n    events: [job-failed]\n    targets:\n      - type: dingtalk\n        webhook: env:A # the group's\n    enabled: false\n",
		},
		"a rule is added after the last": {
			func(t *testing.T, d *edit.Document) error {
				return d.PutRule("", edit.Rule{Name: "three", Source: "dsw", Events: []string{"*"}, Scope: edit.Scope{CreatedBy: []string{"2001"}},
					Targets: []edit.Target{{Type: "lark", Parameters: map[string]any{"webhook": "env:C"}}}})
			},
			"    targets: [{type: wecom, webhook: 'env:B'}]\n",
			"    targets: [{type: wecom, webhook: 'env:B'}]\n  - name: three\n    source: dsw\n    events:\n      - '*'\n    scope:\n      created_by:\n        - \"2001\"\n    targets:\n      - type: lark\n        webhook: env:C\n",
		},
		"a rule goes with the comment above it": {
			func(_ *testing.T, d *edit.Document) error { return d.RemoveRule("two") },
			text[strings.Index(text, "  # about two"):strings.Index(text, "\n# the end")], "",
		},
		"a contact keeps its form": {
			func(_ *testing.T, d *edit.Document) error {
				return d.PutContact("alice", edit.Contact{Name: "alice", Phone: "+8613900139000", Email: "a@example.com"})
			},
			`  - {name: alice, phone: "+8613800138000"} # on call`, `  - {name: alice, phone: "+8613900139000", email: a@example.com} # on call`,
		},
		"a contact that is renamed keeps its old name for an id": {
			func(_ *testing.T, d *edit.Document) error {
				return d.PutContact("alice", edit.Contact{Name: "lucy", Phone: "+8613800138000"})
			},
			`{name: alice, phone: "+8613800138000"}`, `{name: lucy, id: alice, phone: "+8613800138000"}`,
		},
		"a contact that gets its name back needs no id": {
			func(_ *testing.T, d *edit.Document) error {
				if err := d.PutContact("alice", edit.Contact{Name: "lucy", Phone: "+8613800138000"}); err != nil {
					return err
				}
				return d.PutContact("lucy", edit.Contact{Name: "alice", Phone: "+8613800138000"})
			},
			"", "",
		},
		"a rule that is renamed again keeps its first name for an id": {
			func(t *testing.T, d *edit.Document) error {
				for _, name := range []string{"night", "nights"} {
					r := rule(t, d, 1)
					was := r.Name
					r.Name, r.ID = name, ""
					if err := d.PutRule(was, r); err != nil {
						return err
					}
				}
				return nil
			},
			"  - name: two\n", "  - name: nights\n    id: two\n",
		},
		"the last contact takes its list along": {
			func(_ *testing.T, d *edit.Document) error { return d.RemoveContact("alice") },
			"contacts:\n  - {name: alice, phone: \"+8613800138000\"} # on call\n", "",
		},
		"the head changes": {
			func(_ *testing.T, d *edit.Document) error {
				return d.SetHead(edit.Head{Workspace: "lab", Language: "zh", Quota: 20})
			},
			"workspace: llm_lab # in cn-hangzhou\nlanguage: en\n", "workspace: lab # in cn-hangzhou\nlanguage: zh\nquota: 20\n",
		},
		"nothing changes": {
			func(t *testing.T, d *edit.Document) error {
				return d.SetHead(edit.Head{Workspace: "llm_lab", Language: "en"})
			},
			"", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, text)
			require.NoError(t, c.change(t, d))
			require.Contains(t, text, c.old)
			assert.Equal(t, strings.Replace(text, c.old, c.want, 1), string(d.Text()))
			assert.False(t, d.Reflowed())
		})
	}
}

func TestFactsKeepTheFormThatTheyAreWrittenIn(t *testing.T) {
	const facts = "    title: name # alone\n    fields: &f\n      - {key: reason}\n      # who\n      - {key: user, label: {en: Who, zh: Who, ja: Who}}\n"
	written := strings.Replace(text, "    source: flow\n", "    source: flow\n"+facts, 1)
	d := open(t, written)
	r := rule(t, d, 1)
	assert.Equal(t, edit.Facts{{Key: "name"}}, r.Title)
	assert.Equal(t, edit.Facts{{Key: "reason"}, {Key: "user", Label: event.Label{EN: "Who", ZH: "Who", JA: "Who"}}}, r.Fields)
	require.NoError(t, d.PutRule("two", r))
	assert.Equal(t, written, string(d.Text()))

	r.Title, r.Fields = nil, edit.Facts{{Path: "A.B"}, r.Fields[1], {Key: "reason", Label: event.Label{EN: "Why"}}}
	require.NoError(t, d.PutRule("two", r))
	assert.False(t, d.Reflowed())
	assert.NotContains(t, string(d.Text()), "title")
	assert.Contains(t, string(d.Text()), "    fields:\n      - {path: A.B}\n      # who\n      - {key: user, label: {en: Who, zh: Who, ja: Who}}\n      - {key: reason, label: {en: Why}}\n")
}

func TestFactsUnderAnotherLabelKeepTheirComments(t *testing.T) {
	const facts = "    fields:\n      # why it died\n      - reason # first\n      # who\n      - key: user # known to all\n        label: # in two\n          en: Who # x\n          zh: 谁\n"
	d := open(t, strings.Replace(text, "    source: flow\n", "    source: flow\n"+facts, 1))
	r := rule(t, d, 1)
	r.Fields[0].Label = event.Label{EN: "Why"}
	r.Fields[1].Label.ZH = "何人"
	r.Fields[0], r.Fields[1] = r.Fields[1], r.Fields[0]
	require.NoError(t, d.PutRule("two", r))
	assert.False(t, d.Reflowed())
	assert.Contains(t, string(d.Text()), "    fields:\n      # who\n      - key: user # known to all\n        label: # in two\n          en: Who # x\n          zh: 何人\n      # why it died\n      - {key: reason, label: {en: Why}} # first\n")
	assert.Equal(t, r.Fields, rule(t, d, 1).Fields)
}

func TestWhatIsNotThereCannotChange(t *testing.T) {
	d := open(t, text)
	assert.ErrorIs(t, d.PutRule("none", edit.Rule{}), edit.ErrNone)
	assert.ErrorIs(t, d.RemoveContact("none"), edit.ErrNone)
	assert.Equal(t, text, string(d.Text()))
}

func TestADocumentInBracketsIsWrittenAnew(t *testing.T) {
	d := open(t, "# ours\nworkspace: w\n\nrules: [&r {name: one, source: dlc, events: &e [job-failed], targets: &t [{type: wecom, webhook: env:A}]}, {name: two, source: dlc, events: *e, targets: *t}]\n")
	require.NoError(t, d.RemoveRule("one"))
	assert.True(t, d.Reflowed())
	assert.Contains(t, string(d.Text()), "# ours")
	assert.Equal(t, []string{"job-failed"}, rule(t, d, 0).Events)
	assert.Equal(t, "env:A", rule(t, d, 0).Targets[0].Parameters["webhook"])
}

func TestAnEmptyDocumentTakesItsFirstRule(t *testing.T) {
	d := open(t, "workspace: w")
	first := edit.Rule{Name: "one", Source: "dlc", Events: []string{"job-failed"}, Targets: []edit.Target{{Type: "wecom", Parameters: map[string]any{"webhook": "env:A"}}}}
	require.NoError(t, d.PutRule("", first))
	assert.Equal(t, "workspace: w\n\nrules:\n  - name: one\n    source: dlc\n    events:\n      - job-failed\n    targets:\n      - type: wecom\n        webhook: env:A\n", string(d.Text()))
	require.NoError(t, d.RemoveRule("one"))
	assert.Equal(t, "workspace: w\n\n", string(d.Text()))
}

func TestEveryRuleComesBackAsItWas(t *testing.T) {
	d := open(t, documenttest.Full)
	rules, err := d.Rules()
	require.NoError(t, err)
	for _, r := range rules {
		require.NoError(t, d.PutRule(r.Name, r))
		on := r
		on.Enable(false)
		require.NoError(t, d.PutRule(r.Name, on))
		require.NoError(t, d.PutRule(r.Name, r))
	}
	assert.False(t, d.Reflowed())
	again, err := open(t, string(d.Text())).Rules()
	require.NoError(t, err)
	assert.Equal(t, rules, again)
	assert.Equal(t, strings.Count(documenttest.Full, "{"), strings.Count(string(d.Text()), "{"), "what stood in brackets still does")
}

func TestOpenRefusesWhatIsNoDocument(t *testing.T) {
	for _, text := range []string{"", "- a\n", "a: [", "just text"} {
		_, err := edit.Open([]byte(text))
		assert.Error(t, err, text)
	}
}

func TestLinesEndAsTheOthersDo(t *testing.T) {
	d := open(t, strings.ReplaceAll(text, "\n", "\r\n"))
	r := rule(t, d, 0)
	r.Enable(false)
	require.NoError(t, d.PutRule("one", r))
	assert.False(t, d.Reflowed())
	assert.Equal(t, strings.Count(string(d.Text()), "\n"), strings.Count(string(d.Text()), "\r\n"))
	assert.Contains(t, string(d.Text()), "enabled: false\r\n")
}

func TestAnErrorNamesTheLineAndQuotesNothing(t *testing.T) {
	const secret = "Hunter7"
	for name, text := range map[string]string{
		"a text for a number":   "workspace: w\nquota: " + secret + "\n",
		"a text for a list":     "workspace: w\nrules:\n  - name: a\n    events: " + secret + "\n",
		"a text for an object":  "workspace: w\nrules:\n  - " + secret + "\n",
		"a text for a contact":  "workspace: w\ncontacts:\n  - " + secret + "\n",
		"a key given twice":     "workspace: w\nrules:\n  - {" + secret + ": 1, " + secret + ": 2}\n",
		"an alias to nothing":   "workspace: w\nrules: *" + secret + "\n",
		"a quote left open":     "workspace: w\nowner: \"" + secret + "\n",
		"a text instead of all": secret,
	} {
		t.Run(name, func(t *testing.T) {
			d, err := edit.Open([]byte(text))
			if err == nil {
				_, err = d.Head()
			}
			if err == nil {
				_, err = d.Rules()
			}
			if err == nil {
				_, err = d.Contacts()
			}
			require.Error(t, err)
			assert.NotContains(t, err.Error(), secret)
		})
	}
}
