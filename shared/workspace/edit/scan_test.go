package edit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
)

func TestScanFindsWhereValuesStandAndWhichMayBeSecrets(t *testing.T) {
	const text = "\ufeffworkspace: lab\nrules:\n" +
		"  - name: '值班'\n    id: \"a\\x62\" # one\n    description: |\n      two\n      lines\n    other: {deep: 1}\n" +
		"    targets: [{type: dingtalk, webhook: !!str hook, style: plain}, {type: none, style: plain}]\n"
	pieces, err := edit.Scan([]byte(text), documenttest.Specs()...)
	require.NoError(t, err)
	var known, unknown []string
	for _, p := range pieces {
		said := strings.TrimSpace(text[p.From:p.To])
		if p.Known {
			known = append(known, said)
		} else {
			unknown = append(unknown, said)
		}
	}
	assert.Equal(t, []string{"'值班'", "other", "deep", "1", "hook", "style", "plain"}, unknown, "a rule is not called so, and what is unknown may be a secret")
	assert.Equal(t, []string{
		"workspace", "lab", "rules", "name", "id", `"a\x62"`, "description", "|\n      two\n      lines", "targets", "type", "dingtalk", "webhook", "style", "plain", "type", "none",
	}, known)
}

func TestScanKnowsFactsInAnyForm(t *testing.T) {
	for text, unknown := range map[string][]string{
		"title: name":                                   nil,
		"title: [name, {path: Envs.TEAM}]":              nil,
		"title: {path: Envs.TEAM}":                      nil,
		"fields: [gpus, {key: user, label: {zh: 谁}}]":   nil,
		"fields: [{path: Pods.*.PodId, label: Pods}]":   nil,
		"fields: [{path: 'Pods[0]', label: ' Pods'}]":   {"'Pods[0]'", "' Pods'"},
		"fields: [{path: Pods, colour: [red, {a: b}]}]": {"colour", "red", "a", "b"},
	} {
		t.Run(text, func(t *testing.T) {
			text := "rules:\n  - " + text + "\n"
			pieces, err := edit.Scan([]byte(text), documenttest.Specs()...)
			require.NoError(t, err)
			var found []string
			for _, p := range pieces {
				if !p.Known {
					found = append(found, text[p.From:p.To])
				}
			}
			assert.Equal(t, unknown, found)
		})
	}
}

func TestScanRefusesWhatItCannotPlace(t *testing.T) {
	for name, text := range map[string]string{
		"no yaml": "{", "no mapping": "- a", "two documents": "a: b\n---\na: b\n", "nothing": "",
		"old line breaks": "a: b\rc: d", "a line break of unicode": "a: b\u2028c: d", "no utf-8": "a: \xff", "a nul": "a: \x00",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := edit.Scan([]byte(text), documenttest.Specs()...)
			require.Error(t, err)
		})
	}
}
