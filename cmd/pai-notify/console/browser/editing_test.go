package browser_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// warnings are how often pages asked whether to leave them.
func (s *session) warnings() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.warned
}

// staying answers the question whether to leave a page with no.
func (s *session) staying(stays bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stays = stays
}

func (s *session) value(selector string) string {
	s.t.Helper()
	return script[string](s, `document.querySelector(`+quote(selector)+`).value`)
}

func TestNothingIsLostWhileARuleIsEdited(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up", "--data", "state")
	s.visit("/rules/job-needs-help")
	s.visit("/rules")
	assert.Zero(t, s.warnings(), "nothing was changed")

	// Who leaves is asked, and may stay.
	s.visit("/rules/job-needs-help")
	s.fill("#description", "Half of a sentence")
	s.idle()
	s.staying(true)
	script[bool](s, `(document.querySelector('nav.menu a[href="/contacts"]').click(), true)`)
	for deadline := time.Now().Add(patience); s.warnings() == 0 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	assert.Equal(t, 1, s.warnings())
	assert.Equal(t, "Half of a sentence", s.value("#description"))
	s.staying(false)

	// The language changes, and the form is as it was.
	s.click(`button[value="zh"]`)
	assert.Equal(t, 1, s.warnings(), "the form comes along")
	assert.Equal(t, "Half of a sentence", s.value("#description"))
	assert.Contains(t, s.text(), "尚未保存的更改")
	s.click(`button[value="en"]`)

	// The program is started again under the open form.
	s.fill("#description", "A whole sentence.")
	s.restart()
	s.click(save)
	assert.Contains(t, s.text(), "What you entered is kept")
	made, err := s.command("console", "--link", "--data", "state").Output()
	require.NoError(t, err)
	_, token, _ := strings.Cut(strings.TrimSpace(string(made)), "token=")
	s.put("#token", token)
	s.keys("#token", kb.Enter)
	s.eventually("These are your unsaved changes.")
	assert.Equal(t, "A whole sentence.", s.value("#description"))
	s.click(save)
	assert.Contains(t, s.text(), "Saved. The change is active.")
	assert.Contains(t, s.text(), "A whole sentence.")
	assert.NotContains(t, s.text(), "Unsaved changes were left")
	assert.Equal(t, 1, s.warnings())

	// It is undone from the notice.
	s.click(`.notice form[action="/undo"] button`)
	assert.Contains(t, s.text(), "The change was undone.")
	assert.NotContains(t, s.text(), "A whole sentence.")

	// Two tabs change one rule.
	s.visit("/rules/job-needs-help")
	script[bool](s, `(async () => {
		const data = new URLSearchParams(new FormData(document.getElementById("edit")));
		data.set("description", "By the other tab"); data.set("recovered", "true"); data.set("do", "save");
		return (await fetch("/rules/job-needs-help", {method: "POST", body: data})).ok;
	})()`)
	s.fill("#description", "By this tab")
	s.eventually("Somebody else changed this rule")
	assert.Equal(t, "By this tab", s.value("#description"))
	assert.True(t, script[bool](s, `document.querySelector("[name=recovered]").checked`), "what only they changed is in the form")
	s.click(`button[value="theirs:description"]`)
	assert.Equal(t, "By the other tab", s.value("#description"))
	s.click(save)
	assert.Contains(t, s.text(), "By the other tab")

	// A deleted rule comes back after another change.
	s.visit("/rules/job-needs-help/delete")
	s.click(`form[action$="/delete"] button.danger`)
	undo := s.value(`.notice form[action="/undo"] [name=id]`)
	s.visit("/contacts")
	s.fill("#name", "eve", "#email", "eve@example.com")
	s.click(`#edit .primary`)
	assert.Equal(t, 1, s.warnings(), "who saves is not asked")
	s.visit("/rules?done=deleted&undo=" + undo)
	s.click(`.notice form[action="/undo"] button`)
	assert.Contains(t, s.text(), "By the other tab")
	s.visit("/changes")
	for _, want := range []string{"Change undone: job-needs-help", "Contact saved: eve", "Rule deleted: job-needs-help", "browser session"} {
		assert.Contains(t, s.text(), want)
	}
	s.click(`tbody a[href^="/changes/"]`)
	assert.Contains(t, s.text(), "+    description: By the other tab")
}

// restart ends the program and starts it again at the same address.
func (s *session) restart() {
	s.t.Helper()
	require.NoError(s.t, s.running.Process.Signal(syscall.SIGTERM))
	_ = s.running.Wait()
	s.serve("up", "--data", "state", "--listen", strings.TrimPrefix(s.url, "http://"))
}
