package edit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
)

var learned = event.Catalogue{
	Sources: []event.Source{{Name: "dlc", Pattern: json.RawMessage(`{"source":["acs.paidlc","acs.pai.dlc"]}`), CreatedBy: "userId"}},
	Types:   []event.Type{{Name: "dlc.job-failed", Pattern: json.RawMessage(`{"source":["acs.pai.dlc"],"type":["Dlc:Job:Failed: no # comment"]}`)}},
}

const writtenSource = `    - name: dlc
      pattern: {source: ["acs.paidlc", "acs.pai.dlc"]}
      created_by: userId
`

const writtenType = `    - name: dlc.job-failed
      pattern: {source: ["acs.pai.dlc"], type: ["Dlc:Job:Failed: no # comment"]}
`

func TestTheCatalogueChangesInItsOwnLines(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"where there is none": {text, text + "\ncatalogue:\n  sources:\n" + writtenSource + "  types:\n" + writtenType},
		"between other keys": {
			"workspace: w\ncatalogue:\n  # ours\n  sources:\n    # first\n    - name: dsw # notebooks\n      pattern: {source: [a]}\n\n# rules follow\nrules: []\n",
			"workspace: w\ncatalogue:\n  # ours\n  sources:\n    # first\n    - name: dsw # notebooks\n      pattern: {source: [a]}\n" + writtenSource + "  types:\n" + writtenType + "\n# rules follow\nrules: []\n",
		},
		"in an entry that there is": {
			"workspace: w\nrules: []\ncatalogue:\n  types:\n    - {name: x.y, pattern: {source: [a]}} # keep\n  sources:\n    # guessed\n    - name: dlc # jobs\n      title: Title # the title\n      pattern: {source: [acs.paidlc]}\n",
			"workspace: w\nrules: []\ncatalogue:\n  types:\n    - {name: x.y, pattern: {source: [a]}} # keep\n" + writtenType + "  sources:\n    # guessed\n    - name: dlc # jobs\n      title: Title # the title\n      pattern: {source: [acs.paidlc, \"acs.pai.dlc\"]}\n      created_by: userId\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, c.text)
			require.NoError(t, d.PutCatalogue(learned))
			assert.Equal(t, c.want, string(d.Text()))
			assert.False(t, d.Reflowed())
			require.NoError(t, d.PutCatalogue(learned))
			assert.Equal(t, c.want, string(d.Text()), "twice is once")
		})
	}
}

func TestACatalogueInAnyFormTakesEntries(t *testing.T) {
	for name, text := range map[string]string{
		"in brackets":      "# a comment\nworkspace: w\nrules: []\ncatalogue: {sources: [{name: dlc, title: T}]}\n",
		"empty":            "# a comment\nworkspace: w\ncatalogue:\nrules: []\n",
		"an empty list":    "# a comment\nworkspace: w\ncatalogue:\n  sources: []\nrules: []\n",
		"as an alias":      "# a comment\nworkspace: w\nrules: []\ncatalogue:\n  sources: &s\n    - {name: dlc, title: T}\n  types: []\n",
		"with line breaks": strings.ReplaceAll("# a comment\nworkspace: w\nrules: []\ncatalogue:\n  sources:\n    - name: dlc\n      title: T\n", "\n", "\r\n"),
		"without an end":   "# a comment\nworkspace: w\nrules: []",
		"full":             "# a comment\n" + documenttest.Full,
		"of everything":    "# a comment\n" + documenttest.Catalogue,
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, text)
			require.NoError(t, d.PutCatalogue(learned))
			assert.Contains(t, string(d.Text()), "# a comment")
			assert.Equal(t, strings.Contains(text, "title: T"), strings.Contains(string(d.Text()), "title: T"))
			assert.Contains(t, string(d.Text()), "acs.pai.dlc")
			again, err := edit.Open(d.Text())
			require.NoError(t, err)
			require.NoError(t, again.PutCatalogue(learned))
			assert.Equal(t, string(d.Text()), string(again.Text()))
		})
	}
}
