package edit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// changed is the text after changes.
func changed(t *testing.T, text string, changes ...func(*edit.Document) error) string {
	t.Helper()
	d := open(t, text)
	for _, change := range changes {
		require.NoError(t, change(d))
	}
	return string(d.Text())
}

func without(rule string) func(*edit.Document) error {
	return func(d *edit.Document) error { return d.RemoveRule(rule) }
}

func described(i int, says string) func(*edit.Document) error {
	return func(d *edit.Document) error {
		rules, err := d.Rules()
		if err != nil {
			return err
		}
		rules[i].Description = says
		return d.PutRule(rules[i].Name, rules[i])
	}
}

const three = text + `receivers:
  - name: oncall
    type: dingtalk
    webhook: env:A # theirs

  # the second
  - name: night
    type: lark
`

func TestAChangeIsUndoneAfterOthers(t *testing.T) {
	hours := func(d *edit.Document) error {
		return d.PutQuiet("", "nights", edit.Interval{From: "22:00", To: "08:00", Zone: "Asia/Shanghai"})
	}
	again := changed(t, text, described(0, "mine"), described(0, "Somebody looks."))
	for name, c := range map[string]struct{ before, undone, later, want string }{
		"nothing else": {three, changed(t, three, without("one")), changed(t, three, without("one")), three},
		"another rule was described": {
			three, changed(t, three, without("one")), changed(t, three, without("one"), described(0, "flows")), changed(t, three, described(1, "flows")),
		},
		"the next rule was deleted too":   {three, changed(t, three, without("one")), changed(t, three, without("one"), without("two")), changed(t, three, without("two"))},
		"the rule before was deleted too": {three, changed(t, three, without("two")), changed(t, three, without("two"), without("one")), changed(t, three, without("one"))},
		"another section came":            {three, changed(t, three, without("two")), changed(t, three, without("two"), hours), changed(t, three, hours)},
		"another section, not known here": {
			three, changed(t, strings.Replace(three, "\n  # the second\n  - name: night\n    type: lark\n", "", 1)), changed(t, changed(t, strings.Replace(three, "\n  # the second\n  - name: night\n    type: lark\n", "", 1)), described(0, "x")),
			changed(t, three, described(0, "x")),
		},
		"an item of an unknown list among others that changed": {
			three, strings.Replace(three, "  - name: oncall\n    type: dingtalk\n    webhook: env:A # theirs\n\n", "", 1),
			strings.Replace(strings.Replace(three, "  - name: oncall\n    type: dingtalk\n    webhook: env:A # theirs\n\n", "", 1), "lark", "slack", 1),
			strings.Replace(three, "lark", "slack", 1),
		},
		"another field of the rule": {
			text, changed(t, text, described(0, "mine")), strings.Replace(changed(t, text, described(0, "mine")), "[job-failed]", "[job-failed, job-timeout]", 1),
			strings.Replace(again, "[job-failed]", "[job-failed, job-timeout]", 1),
		},
		"a comment was written by hand": {
			text, changed(t, text, described(0, "mine")), strings.Replace(changed(t, text, described(0, "mine")), "# about two", "# about the second", 1),
			strings.Replace(again, "# about two", "# about the second", 1),
		},
		"a comment that came with the line goes on": {
			text, changed(t, text, without("one")), strings.Replace(changed(t, text, without("one")), "# about two", "# about the second", 1),
			strings.Replace(text, "# about two", "# about the second", 1),
		},
		"quiet hours": {changed(t, text, hours), text, changed(t, text, described(0, "x")), changed(t, changed(t, text, hours), described(0, "x"))},
		"lines of Windows": {
			crlf(three), crlf(changed(t, three, without("one"))), crlf(changed(t, three, without("one"), described(0, "flows"))), crlf(changed(t, three, described(1, "flows"))),
		},
		"the head":              {text, strings.Replace(text, "language: en\n", "", 1), strings.Replace(changed(t, text, described(0, "x")), "language: en\n", "", 1), changed(t, text, described(0, "x"))},
		"it was undone already": {text, changed(t, text, without("one")), text, text},
	} {
		t.Run(name, func(t *testing.T) {
			got, clashes, err := edit.Rebase([]byte(c.undone), []byte(c.before), []byte(c.later))
			require.NoError(t, err)
			require.Empty(t, clashes)
			assert.Equal(t, c.want, string(got))
		})
	}
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestTwoChangesOfOnePlaceClash(t *testing.T) {
	for name, c := range map[string]struct {
		ours, theirs, path string
	}{
		"one value":               {changed(t, text, described(0, "mine")), changed(t, text, described(0, "theirs")), "rules one description"},
		"a deletion and a change": {changed(t, text, without("one")), changed(t, text, described(0, "theirs")), "rules one"},
		"a change and a deletion": {changed(t, text, described(0, "mine")), changed(t, text, without("one")), "rules one"},
		"a target without a name": {strings.Replace(text, "env:A", "env:B", 1), strings.Replace(text, "env:A", "env:C", 1), "rules one targets dingtalk#1 webhook"},
		"new rules of the same name": {
			strings.Replace(text, "# the end", "  - {name: three, source: dlc}", 1), strings.Replace(text, "# the end", "  - {name: three, source: flow}", 1), "rules three source",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, clashes, err := edit.Rebase([]byte(text), []byte(c.theirs), []byte(c.ours))
			require.NoError(t, err)
			require.Len(t, clashes, 1)
			assert.Equal(t, c.path, strings.Join(clashes[0].Path, " "))
		})
	}
}

func TestListsAreCombinedByTheirItems(t *testing.T) {
	list := func(items ...any) map[string]any { return map[string]any{"events": items} }
	got, clashes := edit.Combine(list("a", "b"), list("a", "b", "mine"), list("theirs", "b"))
	assert.Empty(t, clashes)
	assert.Equal(t, list("theirs", "b", "mine"), got)
	_, clashes = edit.Combine(list("a"), list("a", "a"), list("b"))
	assert.Len(t, clashes, 1, "what is there twice cannot be told apart")
}

func TestAChangeNamesItsItems(t *testing.T) {
	assert.ElementsMatch(t, []string{"one", "oncall", "night"}, edit.Items([]byte(text), []byte(changed(t, three, without("one")))))
	assert.Equal(t, []string{"language"}, edit.Items([]byte(text), []byte(strings.Replace(text, "language: en", "language: ja", 1))))
	assert.ElementsMatch(t, []string{"language", "alice", "one", "two", "workspace"}, edit.Items([]byte(text), nil))
	assert.Empty(t, edit.Items([]byte(text), []byte("a: [")))
}

// targets is a document whose rule has these targets, and has a receiver.
func targets(lines ...string) []byte {
	return []byte("workspace: lab\nreceivers:\n  - {name: ops, type: dingtalk, webhook: env:OPS}\nrules:\n  - name: one\n    source: dlc\n    events: [job-failed]\n    targets:\n      - " + strings.Join(lines, "\n      - ") + "\n")
}

func TestATargetIsTheSameWhateverOfItChanges(t *testing.T) {
	const other, a, b = "{type: email, contacts: [alice]}", "{type: dingtalk, webhook: env:A}", "{type: dingtalk, webhook: env:B}"
	for name, c := range map[string]struct{ before, after, now []byte }{
		"the reference went, and its language comes back":              {targets(other, "{receiver: ops}"), targets(other, "{receiver: ops, language: zh}"), targets(other)},
		"the reference has a mention, and what it replaced comes back": {targets(other), targets(other, "{receiver: ops}"), targets(other, "{receiver: ops, mention: {all: true}}")},
		"the target moved, and what it replaced comes back":            {targets(other), targets(other, "{type: dingtalk, name: ops, webhook: env:OPS}"), targets(other, "{receiver: ops}")},
		"the first of two comes back, and the second changed":          {targets(a, b), targets(b), targets("{type: dingtalk, webhook: env:B, mention: {all: true}}")},
	} {
		t.Run(name, func(t *testing.T) {
			_, clashes, err := edit.Rebase(c.after, c.before, c.now)
			require.NoError(t, err)
			assert.NotEmpty(t, clashes)
		})
	}
	made, clashes, err := edit.Rebase(targets(a), targets(a, b), targets(other, a))
	require.NoError(t, err)
	assert.Empty(t, clashes, "one more at the end moves nothing")
	assert.Contains(t, string(made), "env:B")
}

func TestItemsThatNothingNamesAreNotCalledByWhatTheySay(t *testing.T) {
	before := "receivers: [{webhook: 'https://example.com/hidden'}]\n"
	assert.NotContains(t, strings.Join(edit.Items([]byte(before), []byte("receivers: []\n")), " "), "hidden")
}
