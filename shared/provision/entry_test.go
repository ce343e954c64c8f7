package provision_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

const unshared = `workspace: lab
contacts:
  - {name: alice, uid: "2001", phone: "+8613800138000", email: alice@example.com, language: zh}
  - {name: bob, id: b7, uid: "2002", email: bob@example.com}
rules:
  - name: failed
    source: dlc
    events: [job-failed]
    targets:
      - {type: dingtalk, name: oncall, webhook: 'env:HOOK', signing_key: 'env:KEY', mention: {creator: true}}
      - {type: dingtalk, webhook: 'env:OTHER'}
      - {type: email, contacts: [creator, bob], server: 'smtp.example.com', from: a@example.com, password: 'env:PASSWORD'}
  - name: models
    source: model
    events: ["*"]
    targets:
      - {type: dingtalk, name: oncall, language: ja, webhook: 'env:HOOK', signing_key: 'env:KEY'}
      - {type: http, name: "true", url: 'env:URL'}
  - name: flows
    source: flow
    events: [task-failed]
    targets:
      - {type: email, contacts: [alice], server: 'smtp.example.com', from: a@example.com, password: 'env:PASSWORD'}
      - {type: dingtalk, webhook: 'env:OTHER'}
`

func TestTargetsThatMoveToTheReceiversChangeNothingOnABus(t *testing.T) {
	read := func(text []byte) *workspace.Workspace {
		w, err := yaml.Parse(text, "lab.yaml", functions.Register()...)
		require.NoError(t, err, string(text))
		return w
	}
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, read([]byte(unshared)), provision.Options{}))
	before := onBus(m)

	d, err := edit.Open([]byte(unshared))
	require.NoError(t, err)
	for _, move := range []struct {
		rule string
		at   int
		key  string
	}{{"failed", 0, ""}, {"flows", 1, "dingtalk-OTHER"}, {"failed", 2, ""}, {"models", 1, ""}} {
		_, err := d.MoveTarget(move.rule, move.at, move.key)
		require.NoError(t, err)
		settled(t, m, read(d.Text()), provision.Options{})
	}
	text := string(d.Text())
	assert.NotContains(t, text[:strings.Index(text, "receivers:")], "type:", "all targets have moved:\n%s", text)
	for _, secret := range []string{"env:HOOK", "env:KEY", "env:OTHER", "env:PASSWORD", "env:URL"} {
		assert.Equal(t, 1, strings.Count(text, secret), "%s stands once:\n%s", secret, text)
	}

	t.Run("nor does another name that keeps the old one for an id", func(t *testing.T) {
		all, err := d.Receivers()
		require.NoError(t, err)
		for _, r := range all {
			was := r.Name
			r.Name += "-renamed"
			require.NoError(t, d.PutReceiver(was, r))
		}
		settled(t, m, read(d.Text()), provision.Options{})
	})
	t.Run("and another webhook is a change of the same receiver", func(t *testing.T) {
		w := read([]byte(strings.ReplaceAll(string(d.Text()), "env:HOOK", "env:ROTATED")))
		p, err := plan(t.Context(), m, w, provision.Options{})
		require.NoError(t, err)
		require.NotEmpty(t, p.Steps)
		for _, s := range p.Steps {
			assert.Equal(t, provision.Change, s.Action, "%v", s)
		}
		require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
		assert.Equal(t, before, onBus(m))
	})
}
