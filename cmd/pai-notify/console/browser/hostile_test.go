package browser_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Texts that break no line by themselves, run from right to left, or turn around.
var (
	unbroken = strings.Repeat("Unbroken", 625) // 5,000 characters
	turned   = "\u202eشكوى-عربية\u202c" + strings.Repeat("عربية", 40) + strings.Repeat("訓練任務失敗", 80)
)

// hostileDocument has the longest names there may be, and other texts without end.
const hostileDocument = `workspace: hostile-workspace-with-a-name-as-long-as-they-are
language: en
contacts:
  - {name: contactcontactcontactcontactcontactcontact12, phone: "+8613800138000", email: %[2]s@%[2]s.example, quiet: quietquietquietquietquietquietquietquiet12}
quiet:
  quietquietquietquietquietquietquietquiet12: {from: "22:00", to: "08:00", zone: America/Argentina/ComodRivadavia}
rules:
  - name: rulerulerulerulerulerulerulerulerulerulerule12
    description: %[1]q
    source: dlc
    events: [job-failed, job-timeout, job-preempted, job-fault-tolerance, job-queued]
    quiet: quietquietquietquietquietquietquietquiet12
    targets:
      - {type: dingtalk, name: targettargettargettargettargettargettarget12, webhook: env:A_VARIABLE_WITH_A_LONG_NAME_THAT_NOBODY_HAS_SET_ON_THIS_MACHINE}
      - {type: email, contacts: [contactcontactcontactcontactcontactcontact12], server: %[2]s.example, from: a@%[2]s.example}
  - name: second
    description: "%[3]s"
    source: dlc
    events: [job-failed]
    targets: [{type: dingtalk, name: inbox, webhook: env:INBOX_WEBHOOK, signing_key: env:INBOX_SIGNING_KEY}]
`

// wide is what reaches beyond the window, or has to be moved sideways to be read.
const wide = `(() => { const page = document.documentElement, found = [];
	if (page.scrollWidth > page.clientWidth) found.push("the page", ...[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > page.clientWidth + 1).slice(0, 3).map((e) => e.outerHTML.slice(0, 120)));
	document.querySelectorAll(".scroll, pre, .card, .menu, td, details, .bubble").forEach((e) => { if (e.scrollWidth > e.clientWidth + 1) found.push(e.tagName + "." + e.className + " " + e.scrollWidth + ">" + e.clientWidth + " " + e.textContent.trim().slice(0, 60)) });
	return found.slice(0, 6).join("\n") })()`

func TestPagesFitAnyText(t *testing.T) {
	t.Parallel()
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	long := strings.Repeat("x", 60)
	require.NoError(t, os.WriteFile(document, fmt.Appendf(nil, hostileDocument, unbroken[:200], long, string([]rune(turned)[:200])), 0o600))
	s := open(t, "en", "console", "--data", t.TempDir(), "-w", document)
	for _, text := range []string{unbroken, turned} {
		data, err := json.Marshal(map[string]any{
			"specversion": "1.0", "id": string([]rune(text)[:120]), "source": "acs.paidlc", "type": "paidlc:JobStateChange:JobFailed",
			"data": map[string]any{"JobId": string([]rune(text)[:200]), "DisplayName": text, "Status": text, "ReasonMessage": text, "ReasonCode": text},
		})
		require.NoError(t, err)
		s.visit("/publish")
		s.put("#text", string(data))
		s.click(`form[action="/publish"] button.primary`)
	}
	s.comes("/history", "second")

	pages := []string{"/", "/rules", "/new-rule", "/rules/rulerulerulerulerulerulerulerulerulerulerule12", "/rules/rulerulerulerulerulerulerulerulerulerulerule12/delete", "/rules/second", "/receivers", "/contacts", "/contacts?edit=contactcontactcontactcontactcontactcontact12",
		"/quiet", "/publish", "/history", "/history?q=" + unbroken[:200], "/mutes?rule=" + unbroken[:200], "/setup", "/document", "/inbox/", "/inbox/dingtalk/first", "/" + unbroken[:400], look(s, chromedp.Evaluate[string](`document.querySelector('#found a[href^="/history/"]').pathname`))}
	for _, path := range pages {
		s.visit(path)
		script[bool](s, `(document.querySelectorAll("details").forEach((d) => { d.open = true }), true)`)
		for _, width := range []int64{360, 1280} {
			s.screen(width, 800, width < 500)
			assert.Empty(t, script[string](s, wide), "%.50s at %d", path, width)
		}
	}
}
