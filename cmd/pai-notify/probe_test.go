package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/deliver"
)

func TestNoAnswerOfAPlatformSteersTheTerminal(t *testing.T) {
	const hostile = "x\x1b[32m\x1b[2J\nforged\u202e"
	var out bytes.Buffer
	(&testCommand{}).print(&out, deliver.Outcome{Rule: hostile, Target: hostile, Code: hostile, Receipt: hostile, Reason: hostile})
	assert.NotContains(t, out.String(), "\nforged")
	assert.Empty(t, steering.FindAllString(out.String(), -1))
}
