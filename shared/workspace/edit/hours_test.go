package edit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

const nights = `workspace: lab
quiet:
  # when people sleep
  nights: {from: "22:00", to: "08:00", zone: Asia/Shanghai} # all of them
  lunch:
    from: "12:00" # noon
    to: "13:00"
    zone: UTC

  # the end
contacts: [{name: alice, email: a@example.com, quiet: nights}]

rules:
  - name: a
    quiet: [lunch, nights] # both
`

func TestQuietHoursChangeTheirLinesAlone(t *testing.T) {
	days := edit.Interval{From: "22:00", To: "07:30", Zone: "Asia/Shanghai", Days: []string{"mon", "fri"}}
	for name, c := range map[string]struct {
		text   string
		change func(d *edit.Document) error
		want   *strings.Replacer
	}{
		"changed": {nights, func(d *edit.Document) error { return d.PutQuiet("nights", "nights", days) },
			strings.NewReplacer(`to: "08:00", zone: Asia/Shanghai}`, `to: "07:30", zone: Asia/Shanghai, days: [mon, fri]}`)},
		"changed, one key a line": {nights, func(d *edit.Document) error {
			return d.PutQuiet("lunch", "lunch", edit.Interval{From: "12:00", To: "13:30", Zone: "UTC"})
		}, strings.NewReplacer(`to: "13:00"`, `to: "13:30"`)},
		"the same": {nights, func(d *edit.Document) error {
			return d.PutQuiet("lunch", "lunch", edit.Interval{From: "12:00", To: "13:00", Zone: "UTC"})
		}, strings.NewReplacer()},
		"added": {nights, func(d *edit.Document) error { return d.PutQuiet("", "weekends", days) },
			strings.NewReplacer("    zone: UTC\n", "    zone: UTC\n  weekends: {from: \"22:00\", to: \"07:30\", zone: Asia/Shanghai, days: [mon, fri]}\n")},
		"renamed": {nights, func(d *edit.Document) error {
			return d.PutQuiet("nights", "sleep", edit.Interval{From: "22:00", To: "08:00", Zone: "Asia/Shanghai"})
		}, strings.NewReplacer("  nights:", "  sleep:", "quiet: nights", "quiet: sleep", "[lunch, nights]", "[lunch, sleep]")},
		"removed": {nights, func(d *edit.Document) error { return d.RemoveQuiet("lunch") },
			strings.NewReplacer("  lunch:\n    from: \"12:00\" # noon\n    to: \"13:00\"\n    zone: UTC\n", "")},
		"the last one": {"workspace: w\nquiet:\n  a: {from: \"1:0\", to: x, zone: UTC}\nlanguage: en\n", func(d *edit.Document) error { return d.RemoveQuiet("a") },
			strings.NewReplacer("quiet:\n  a: {from: \"1:0\", to: x, zone: UTC}\n", "")},
		"the first one": {"workspace: w", func(d *edit.Document) error { return d.PutQuiet("", "a", days) },
			strings.NewReplacer("workspace: w", "workspace: w\n\nquiet:\n  a: {from: \"22:00\", to: \"07:30\", zone: Asia/Shanghai, days: [mon, fri]}\n")},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, c.text)
			require.NoError(t, c.change(d))
			if name == "renamed" { // the contact is in brackets
				assert.True(t, d.Reflowed())
				assert.Contains(t, string(d.Text()), "quiet: [lunch, sleep] # both")
				assert.Contains(t, string(d.Text()), "quiet: sleep")
				assert.NotContains(t, string(d.Text()), "nights")
				return
			}
			assert.Equal(t, c.want.Replace(c.text), string(d.Text()))
			assert.False(t, d.Reflowed())
		})
	}
	d := open(t, "workspace: w\nquiet: {a: {from: \"01:00\", to: \"02:00\", zone: UTC}}\n")
	require.NoError(t, d.PutQuiet("", "b", days))
	quiet, err := d.Quiet()
	require.NoError(t, err)
	assert.Equal(t, days, quiet["b"])
	require.ErrorIs(t, d.PutQuiet("c", "c", days), edit.ErrNone)
	require.ErrorIs(t, d.RemoveQuiet("c"), edit.ErrNone)
}
