package edit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRulesAreEnabledAndDisabledTogetherLineByLine(t *testing.T) {
	d := open(t, text)
	require.NoError(t, d.EnableRules(false, []string{"two", "one", "nobody"}))
	assert.False(t, d.Reflowed())
	off := strings.NewReplacer(
		"        webhook: env:A # the group's\n", "        webhook: env:A # the group's\n    enabled: false\n",
		"    targets: [{type: wecom, webhook: 'env:B'}]\n", "    targets: [{type: wecom, webhook: 'env:B'}]\n    enabled: false\n",
		"    events: [job-failed]\n\n", "    events: [job-failed]\n", // within a rule that is written anew
	).Replace(text)
	assert.Equal(t, off, string(d.Text()))
	assert.False(t, rule(t, d, 0).On())
	require.NoError(t, d.EnableRules(false, []string{"one"}))
	assert.Equal(t, off, string(d.Text()), "nothing was to be done")
	require.NoError(t, d.EnableRules(true, []string{"one"}))
	assert.True(t, rule(t, d, 0).On())
	assert.False(t, rule(t, d, 1).On())

	d = open(t, strings.Replace(text, "rules:\n", "rules: &all\n", 1)+"x-again: *all\n")
	require.NoError(t, d.EnableRules(false, []string{"one", "two"}), "what another key has too")
	assert.False(t, rule(t, d, 1).On())
}
