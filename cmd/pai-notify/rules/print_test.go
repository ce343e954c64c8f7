package rules

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/provision"
)

// TestNothingOnABusSteersTheTerminal prints what somebody else may have written
// on the bus: descriptions, patterns, and the names that targets carry.
func TestNothingOnABusSteersTheTerminal(t *testing.T) {
	const hostile = "x\x1b[32m\x1b[2J\nforged\u202e"
	var out bytes.Buffer
	printRules(&out, []provision.ListedRule{{Rule: hostile, Name: hostile, Owner: hostile, Targets: []provision.ListedTarget{{Receiver: hostile}}}, {Rule: "a", CopyOf: hostile, Ours: true}})
	printPlan(&out, provision.Provisioner{}, provision.Plan{
		Bus: "b", Warnings: []provision.Warning{{Text: hostile}},
		Foreign: []provision.Foreign{{Rule: hostile}, {Rule: hostile, Owner: hostile}, {Rule: hostile, Target: hostile, Text: hostile}},
		Steps: []provision.Step{{Action: provision.Change, Kind: "target", Rule: hostile, Target: hostile,
			Differences: []provision.Difference{{Property: "pattern", Old: hostile, New: hostile}}}},
	}, lacking{{what: "ledger", missing: []string{hostile}}})
	printFinding(&out, provision.Unknown, "c", hostile, hostile)
	assert.NotContains(t, out.String(), "\nforged")
	assert.NotContains(t, out.String(), "\x1b")
	assert.NotContains(t, out.String(), "\u202e")
	assert.Contains(t, out.String(), `\u001b[2J`)
}
