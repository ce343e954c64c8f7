package browser_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// receiving has a receiver whose key is wrong, and a target that a rule writes in
// place.
const receiving = `workspace: lab
language: en
receivers:
  - {name: oncall, type: dingtalk, webhook: env:ONCALL_WEBHOOK, signing_key: env:ONCALL_KEY}
rules:
  - name: queued
    source: dlc
    events: [job-timeout]
    targets: [{type: dingtalk, name: desk, webhook: env:DESK_WEBHOOK, signing_key: env:DESK_KEY}]
`

func TestReceiversAreUsedTestedAndMoved(t *testing.T) {
	t.Parallel()
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, []byte(receiving), 0o600))
	s := open(t, "en", "console", "--data", t.TempDir(), "-w", document)
	text := func() string {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		return string(text)
	}

	// The receiver gets a group, with a wrong key.
	s.visit("/receivers/oncall")
	s.fits("the receiver")
	s.fill(`[name="t0.webhook"]`, inboxWebhook(s), `[name="t0.signing_key"]`, "SECwrong")
	s.click(save)
	assert.Contains(t, s.text(), "The receiver is saved.")

	// A rule picks it.
	s.visit("/new-rule")
	s.fill("#name", "gpu-job-died")
	s.press(`button[value="add-receiver"]`)
	assert.Empty(t, s.violations())
	s.click(save)
	assert.Contains(t, s.text(), "The rule is active.")
	assert.Contains(t, text(), "receiver: oncall")

	// The page tells what fails, in a test and in an event.
	s.visit("/receivers")
	s.click(`button[aria-label="Test connectivity: oncall"]`)
	assert.Contains(t, s.text(), "Test failed.")
	assert.Contains(t, s.text(), "copy the robot's signing key")
	assert.Empty(t, s.violations())
	s.visit("/publish")
	script[bool](s, `(document.querySelector('[name=sample][value="dlc-job-failed"]').checked = true, true)`)
	s.click(`form[action="/publish"] button.primary`)
	s.comes("/receivers?only=needs&q=oncall", "Last failure")
	for _, want := range []string{"failing", "code 310000", "copy the robot's signing key", "1 failed"} {
		assert.Contains(t, s.text(), want)
	}
	s.click(`a[href*="state=dead"]`)
	assert.Contains(t, s.text(), "gpu-job-died")

	// What a rule writes in place can be used by others.
	s.visit("/receivers")
	s.click(`button[aria-label="Use in other rules too: desk"]`)
	assert.Contains(t, s.text(), "Rules can now use this receiver.")
	assert.Contains(t, text(), "targets: [{receiver: desk}]")
	s.fits("the receivers")
}
