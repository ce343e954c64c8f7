package edit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

const inPlace = `workspace: w # ours

rules:
  # the first
  - name: one
    source: dlc
    events: [job-failed]

    targets:
      # the group
      - type: dingtalk
        name: oncall
        webhook: env:A # the group's
        signing_key: 'env:B'
      - {type: email, contacts: [alice], from: a@example.com, password: 'env:P'}
  - name: two
    source: flow
    events: [task-failed]
    targets:
      - {type: email, contacts: [bob], language: ja, from: a@example.com, password: 'env:P'}
      - {type: dingtalk, name: oncall, webhook: 'env:A', signing_key: 'env:B', mention: {all: true}}
  - name: three
    source: dsw
    events: ["*"]
    targets: [{type: dingtalk, name: robot, signing_key: 'env:B', webhook: 'env:A'}, {type: dingtalk, webhook: 'env:C'}]

# the end
`

func TestATargetMovesToTheReceiversWithAllThatMeanTheSame(t *testing.T) {
	d := open(t, inPlace)
	moved, err := d.MoveTarget("one", 0, "")
	require.NoError(t, err)
	assert.Equal(t, edit.Moved{Receiver: "oncall", Rules: []string{"one", "two"}, Left: []string{"three"}}, moved)
	moved, err = d.MoveTarget("two", 0, "")
	require.NoError(t, err)
	assert.Equal(t, edit.Moved{Receiver: "email", Rules: []string{"one", "two"}}, moved)
	moved, err = d.MoveTarget("three", 1, "dingtalk-C")
	require.NoError(t, err)
	assert.Equal(t, edit.Moved{Receiver: "dingtalk-C", Rules: []string{"three"}}, moved)
	assert.False(t, d.Reflowed())
	assert.Equal(t, strings.NewReplacer(
		`      - type: dingtalk
        name: oncall
        webhook: env:A # the group's
        signing_key: 'env:B'
      - {type: email, contacts: [alice], from: a@example.com, password: 'env:P'}
`, `      - receiver: oncall
      - {receiver: email, contacts: [alice]}
`,
		`      - {type: email, contacts: [bob], language: ja, from: a@example.com, password: 'env:P'}
      - {type: dingtalk, name: oncall, webhook: 'env:A', signing_key: 'env:B', mention: {all: true}}
`, `      - {receiver: email, contacts: [bob], language: ja}
      - {receiver: oncall, mention: {all: true}}
`,
		`{type: dingtalk, webhook: 'env:C'}`, `{receiver: dingtalk-C}`,
		"# the end\n", `# the end

receivers:
  - name: oncall
    type: dingtalk
    webhook: env:A # the group's
    signing_key: 'env:B'
  - {name: email, type: email, from: a@example.com, password: 'env:P'}
  - {name: dingtalk-C, type: dingtalk, webhook: 'env:C'}
`).Replace(inPlace), string(d.Text()))
}

func TestATargetDoesNotMoveWhere(t *testing.T) {
	for name, c := range map[string]struct {
		text, rule string
		at         int
		name, want string
	}{
		"there is no such rule":   {inPlace, "nine", 0, "", edit.ErrNone.Error()},
		"there is no such target": {inPlace, "one", 2, "", edit.ErrNone.Error()},
		"it refers to a receiver": {strings.Replace(inPlace, "{type: dingtalk, webhook: 'env:C'}", "{receiver: oncall}", 1), "three", 1, "x", edit.ErrNone.Error()},
		"a receiver has the name": {inPlace + "receivers: [{name: robot, type: lark}]\n", "three", 0, "", edit.ErrTaken.Error()},
		"a receiver has the id":   {inPlace + "receivers: [{name: r, id: robot, type: lark}]\n", "three", 0, "", edit.ErrTaken.Error()},
		"it would have no name":   {inPlace, "three", 1, "", edit.ErrNone.Error()},
		"another of its name is somebody else": {
			strings.Replace(inPlace, "name: robot", "name: oncall, style: rich", 1), "one", 0, "",
			"targets of the name oncall have other settings in the rules three: give them another name first",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, c.text).MoveTarget(c.rule, c.at, c.name)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

const referring = `workspace: w
receivers:
  - {name: oncall, type: dingtalk, webhook: 'env:A'} # the group
  # people
  - name: mail
    type: email
    from: a@example.com
rules:
  - name: one
    source: dlc
    events: ['*']
    targets:
      - receiver: oncall # loud
      - {receiver: mail, contacts: [alice]}
  - name: two
    targets: [{receiver: 'oncall', language: ja}, {type: lark, name: oncall2}]
`

func receivers(t *testing.T, d *edit.Document) []edit.Receiver {
	t.Helper()
	all, err := d.Receivers()
	require.NoError(t, err)
	return all
}

func TestReceiversChangeInTheirOwnLines(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(t *testing.T, d *edit.Document) error
		old, want []string
	}{
		"one is added": {
			func(_ *testing.T, d *edit.Document) error {
				return d.PutReceiver("", edit.Receiver{Name: "null", Type: "lark", Parameters: map[string]any{"webhook": "env:L"}})
			},
			[]string{"    from: a@example.com\n"}, []string{"    from: a@example.com\n  - name: \"null\"\n    type: lark\n    webhook: env:L\n"},
		},
		"one is changed": {
			func(t *testing.T, d *edit.Document) error {
				r := receivers(t, d)[0]
				r.Parameters["style"] = "rich"
				return d.PutReceiver("oncall", r)
			},
			[]string{"webhook: 'env:A'}"}, []string{"webhook: 'env:A', style: rich}"},
		},
		"one is renamed with all that refers to it": {
			func(t *testing.T, d *edit.Document) error {
				r := receivers(t, d)[0]
				r.Name = "night"
				return d.PutReceiver("oncall", r)
			},
			[]string{"{name: oncall,", "- receiver: oncall #", "{receiver: 'oncall',"},
			[]string{"{name: night, id: oncall,", "- receiver: night #", "{receiver: 'night',"},
		},
		"one that is renamed gets its name back": {
			func(t *testing.T, d *edit.Document) error {
				r := receivers(t, d)[0]
				r.Name = "night"
				if err := d.PutReceiver("oncall", r); err != nil {
					return err
				}
				r.Name, r.ID = "oncall", "oncall"
				return d.PutReceiver("night", r)
			}, nil, nil,
		},
		"one that nothing refers to goes": {
			func(t *testing.T, d *edit.Document) error {
				r := rule(t, d, 0)
				r.Targets = r.Targets[:1]
				if err := d.PutRule("one", r); err != nil {
					return err
				}
				return d.RemoveReceiver("mail")
			},
			[]string{"  # people\n  - name: mail\n    type: email\n    from: a@example.com\n", "      - {receiver: mail, contacts: [alice]}\n"}, []string{"", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, referring)
			require.NoError(t, c.change(t, d))
			want := referring
			for i, old := range c.old {
				require.Contains(t, want, old)
				want = strings.Replace(want, old, c.want[i], 1)
			}
			assert.Equal(t, want, string(d.Text()))
			assert.False(t, d.Reflowed())
		})
	}
}

func TestAReceiverInUseDoesNotGo(t *testing.T) {
	d := open(t, referring)
	var used *edit.UsedError
	require.ErrorAs(t, d.RemoveReceiver("oncall"), &used)
	assert.Equal(t, []string{"one", "two"}, used.Rules)
	assert.Equal(t, referring, string(d.Text()))
	assert.ErrorIs(t, d.RemoveReceiver("nobody"), edit.ErrNone)
	assert.ErrorIs(t, d.PutReceiver("nobody", edit.Receiver{Name: "x", Type: "lark"}), edit.ErrNone)
}

func TestWhatAliasesShareStaysTheSameForOthers(t *testing.T) {
	d := open(t, `workspace: w
rules:
  - name: one
    targets: &all
      - &one {type: dingtalk, name: oncall, webhook: &hook 'env:A'}
      - {type: lark, webhook: *hook}
  - {name: two, targets: *all}
  - {name: three, targets: [*one]}
`)
	moved, err := d.MoveTarget("two", 0, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"one", "two", "three"}, moved.Rules)
	assert.True(t, d.Reflowed())
	for i, r := range []int{2, 2, 1} {
		targets := rule(t, d, i).Targets
		require.Len(t, targets, r)
		assert.Equal(t, edit.Target{Receiver: "oncall", Parameters: nil}, targets[0])
	}
	assert.Equal(t, "env:A", rule(t, d, 1).Targets[1].Parameters["webhook"])
	assert.Equal(t, "env:A", receivers(t, d)[0].Parameters["webhook"])
}

func TestAReferenceIsResolved(t *testing.T) {
	all := receivers(t, open(t, referring))
	target, ok := edit.Target{Receiver: "mail", Contacts: []string{"bob"}}.Resolved(all)
	assert.True(t, ok)
	assert.Equal(t, edit.Target{Type: "email", Name: "mail", Contacts: []string{"bob"}, Parameters: map[string]any{"from": "a@example.com"}}, target)
	loud, _ := edit.Target{Receiver: "oncall", Parameters: map[string]any{"mention": true}}.Resolved(all)
	assert.Equal(t, map[string]any{"webhook": "env:A", "mention": true}, loud.Parameters)
	assert.NotContains(t, all[0].Parameters, "mention")
	_, ok = edit.Target{Receiver: "nobody"}.Resolved(all)
	assert.False(t, ok)

	text, err := edit.Rule{Name: "a", Source: "dlc", Targets: []edit.Target{{Receiver: "oncall", Parameters: map[string]any{"mention": 1}}}}.JSON()
	require.NoError(t, err)
	assert.Contains(t, string(text), `"targets":[{"receiver":"oncall","mention":1}]`)
	text, err = all[0].JSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"name": "oncall", "type": "dingtalk", "webhook": "env:A"}`, string(text))
}
