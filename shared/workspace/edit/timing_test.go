package edit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
)

func TestAChangeKeepsWhenMessagesAreSent(t *testing.T) {
	d := open(t, documenttest.Full)
	rules, err := d.Rules()
	require.NoError(t, err)
	assert.Equal(t, &edit.Group{By: "job", Wait: "90s"}, rules[0].Group)
	assert.Equal(t, edit.Names{"nights"}, rules[0].Quiet)
	assert.True(t, rules[0].Recovered)
	rules[0].Description = "Changed."
	require.NoError(t, d.PutRule(rules[0].Name, rules[0]))
	contacts, err := d.Contacts()
	require.NoError(t, err)
	assert.Equal(t, edit.Names{"lunch"}, contacts[0].Quiet)
	assert.Equal(t, "2001", contacts[0].UID)
	contacts[0].Language = "ja"
	require.NoError(t, d.PutContact("alice", contacts[0]))
	for _, line := range []string{"group: {by: job, wait: 90s}", "quiet: [nights]", "quiet: nights", "recovered: true", `uid: "2001", quiet: lunch`, "quiet: [nights, lunch]"} {
		assert.Contains(t, string(d.Text()), line)
	}
	quiet, err := d.Quiet()
	require.NoError(t, err)
	assert.Equal(t, edit.Interval{From: "12:00", To: "13:00", Zone: "Asia/Shanghai"}, quiet["lunch"])
	assert.Len(t, quiet["nights"].Days, 5)
}

func TestQuietHoursAreWrittenAsPeopleDo(t *testing.T) {
	for want, names := range map[string]edit.Names{"quiet: nights": {"nights"}, "quiet: [nights, weekends]": {"nights", "weekends"}} {
		text, err := edit.Written(edit.Rule{Name: "a", Quiet: names})
		require.NoError(t, err)
		assert.Contains(t, text, want)
	}
	none := open(t, "workspace: w\n")
	quiet, err := none.Quiet()
	require.NoError(t, err)
	assert.Empty(t, quiet)
	_, err = open(t, strings.Replace(documenttest.Full, "quota: 8\nquiet:", "quota: 8\nother:", 1)).Quiet()
	require.NoError(t, err)
}
