package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestJSONPrintsWhatFunctionsRead(t *testing.T) {
	text, err := os.ReadFile("demo/workspace.yaml")
	require.NoError(t, err)
	// The demo with real servers in place of the local program's inbox.
	demo := strings.NewReplacer("inbox.local:25", "smtpdm.aliyun.com", "        endpoint: http://inbox.local\n", "").Replace(string(text))
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "workspace.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	t.Run("on one line of printable ASCII", func(t *testing.T) {
		r := command(t, nil, "", "json", "-w", file(strings.Replace(demo, "Somebody has to get", "某人 has to get", 1)))
		require.Equal(t, exitOK, r.code, r.err)
		line := strings.TrimSuffix(r.out, "\n")
		assert.Equal(t, -1, strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r > '~' }), line)
		assert.Contains(t, line, `"description":"\u67d0\u4eba has to get up for these."`)
		assert.Empty(t, r.err)
	})
	t.Run("so that a function takes it from its variable", func(t *testing.T) {
		r := command(t, nil, demo, "json", "-w", "-")
		require.Equal(t, exitOK, r.code, r.err)
		sent := command(t, []string{"PAI_NOTIFY_WORKSPACE=" + strings.TrimSpace(r.out)}, "", "send", "--inbox", "--on", "fc", "--build", built(t), "dingtalk", "events/dlc-job-failed.json")
		assert.Equal(t, exitOK, sent.code, sent.out+sent.err)
		assert.Contains(t, sent.out, `"rule": "job-needs-help"`)
	})
	t.Run("with a warning when it is longer than the variables of a function", func(t *testing.T) {
		var contacts strings.Builder
		for i := range 200 {
			fmt.Fprintf(&contacts, "  - {name: person-%d, phone: '13800138000'}\n", i)
		}
		r := command(t, nil, strings.Replace(demo, "contacts:\n", "contacts:\n"+contacts.String(), 1), "json", "-w", "-")
		assert.Equal(t, exitOK, r.code, r.err)
		assert.Regexp(t, `warning: \d+ bytes are more than the 4000 that fit the environment variables of a function`, r.err)
		assert.Equal(t, 1, strings.Count(r.out, "\n"))
	})
	t.Run("not when the document names the inbox", func(t *testing.T) {
		r := command(t, nil, string(text), "json", "-w", "-")
		assert.Equal(t, exitTrying, r.code)
		assert.Empty(t, r.out)
		assert.Contains(t, r.err, "names inbox.local, which only the local program knows")
	})
	t.Run("not when the document is wrong", func(t *testing.T) {
		r := command(t, nil, strings.Replace(demo, "source:", "sauce:", 1), "json", "-w", "-")
		assert.Equal(t, exitTrying, r.code)
		assert.Empty(t, r.out)
		assert.Contains(t, r.err, `unknown key "sauce": did you mean "source"?`)
	})
	t.Run("whole when the document is larger than an event may be", func(t *testing.T) {
		r := command(t, nil, strings.Repeat("# filler\n", 40_000)+demo, "json", "-w", "-")
		assert.Equal(t, exitOK, r.code, r.err)
		assert.Contains(t, r.out, "notebook-trouble")
	})
	t.Run("not when the document is larger than can be read", func(t *testing.T) {
		r := command(t, nil, demo+strings.Repeat("# filler\n", 120_000), "json", "-w", "-")
		assert.Equal(t, exitTrying, r.code)
		assert.Contains(t, r.err, "more than the 1048576 that are read")
	})
	t.Run("of a document that is named", func(t *testing.T) {
		r := command(t, nil, "", "json")
		assert.Equal(t, exitTrying, r.code)
		assert.Contains(t, r.err, "--workspace")
	})
}
