package console_test

import (
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/provision"
)

func TestAPastedSecretIsNeverShownAgain(t *testing.T) {
	m := start(t, small, nil)
	added := m.post(t, "/new-rule", m.dingtalk("fresh", "do", "add:lark"))
	assert.NotContains(t, added.body, m.key)
	assert.NotContains(t, added.body, "access_token=robot")
	token := value(t, added.body, "t0.webhook.token")
	assert.True(t, strings.HasPrefix(token, "pending:"))
	saved := m.post(t, "/new-rule", m.dingtalk("fresh", "do", "save", "t0.webhook.token", token, "t0.signing_key.token", value(t, added.body, "t0.signing_key.token")))
	require.Equal(t, http.StatusSeeOther, saved.status, saved.body)
	for _, path := range append(pages, "/rules/fresh", "/document.yaml") {
		body := m.get(t, path).body
		assert.NotContains(t, body, m.key, path)
		assert.NotContains(t, body, "access_token", path)
	}
	kept, err := os.ReadFile(filepath.Join(m.data, "secrets.env"))
	require.NoError(t, err)
	assert.Contains(t, string(kept), m.key)
	forged := m.post(t, "/new-rule", m.dingtalk("forged", "do", "save", "t0.webhook.token", "pending:nobody"))
	assert.Equal(t, http.StatusUnprocessableEntity, forged.status)
}

func TestALiteralOfTheDocumentIsKeptAndNotShown(t *testing.T) {
	m := start(t, strings.Replace(small, "env:INBOX_SIGNING_KEY", robotKey, 1), nil)
	page := m.get(t, "/rules/one").body
	assert.NotContains(t, page, robotKey)
	assert.Equal(t, "kept", value(t, page, "t0.signing_key.token"))
	f := form("base", value(t, page, "base"), "name", "one", "enabled", "true", "source", "dlc", "events", "job-failed", "do", "save",
		"t0.type", "dingtalk", "t0.was", "0", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "kept")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", f).status)
	assert.NotContains(t, m.text(t), robotKey, "it moves out of the document when the rule is saved")
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Len(t, m.inbox.Received(), 1)
	assert.True(t, m.inbox.Received()[0].Accepted)
}

func TestADocumentIsImportedAfterItsPlan(t *testing.T) {
	m := start(t, small, nil)
	text := strings.NewReplacer("name: one", "name: other", "[job-failed]", "[job-timeout]").Replace(small)
	plan := m.post(t, "/document", form("do", "check", "text", text))
	assert.Contains(t, plan.body, "<code>other</code>")
	assert.Equal(t, small, m.text(t))
	base, seal := value(t, plan.body, "base"), value(t, plan.body, "seal")
	bad := m.post(t, "/document", form("do", "import", "text", strings.Replace(text, "source", "sauce", 1), "base", base, "seal", seal))
	assert.Equal(t, http.StatusUnprocessableEntity, bad.status)
	assert.Contains(t, bad.body, "did you mean")
	stale := m.post(t, "/document", form("do", "import", "text", text, "base", "0", "seal", seal))
	assert.Equal(t, http.StatusConflict, stale.status)
	assert.Empty(t, m.backups(t))
	done := m.post(t, "/document", form("do", "import", "text", text, "base", base, "seal", seal))
	assert.Equal(t, "/document?done=imported", done.header.Get("Location"))
	assert.Equal(t, text, m.text(t))
	assert.Equal(t, text, m.get(t, "/document.yaml").body)
	assert.Equal(t, []string{small}, m.backups(t), "the former document is kept")
}

func TestAPlanSaysHowRulesShareThoseOfTheBus(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Cloud.RulesPerBus = 1 })
	text := small
	for _, name := range []string{"two", "off"} {
		_, rule, _ := strings.Cut(small, "rules:\n")
		text += strings.Replace(rule, "name: one", "name: "+name, 1)
	}
	text = strings.Replace(text, "name: off", "name: off\n    enabled: false", 1)
	page := m.post(t, "/document", form("do", "check", "text", text)).body
	assert.Contains(t, page, "1 of 1 rules on the bus; rules in shared lists: 2 (lists: 1); disabled rules that are not on the bus: 1")
	assert.NotContains(t, m.get(t, "/document").body, "On the bus")
}

func TestThePlanWarnsInTheLanguageOfThePage(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Cloud.Name = provision.Aliyun })
	for language, says := range map[string]string{
		"en": "targets without a dead-letter queue: 1;", "zh": "没有死信队列的事件目标：1 个", "ja": "デッドレターキューのないターゲット：1 件",
	} {
		assert.Contains(t, m.get(t, "/document", "Accept-Language", language).body, says)
	}
}

// backups are the documents that imports have replaced.
func (m *machine) backups(t *testing.T) []string {
	t.Helper()
	j := journal.Open(m.data, time.Now)
	changes, _, err := j.Changes("", 100)
	require.NoError(t, err)
	var list []string
	for _, c := range changes {
		if c.What != "imported" {
			continue
		}
		c, err := j.Change(c.ID)
		require.NoError(t, err)
		list = append(list, string(c.Before))
	}
	files, err := filepath.Glob(filepath.Join(m.data, "changes", "*"))
	require.NoError(t, err)
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "secrets may be written out in it")
	}
	return list
}

func TestNothingIsImportedButWhatWasShown(t *testing.T) {
	text := strings.Replace(small, "name: one", "name: other", 1)
	for name, change := range map[string]func(m *machine, f url.Values){
		"no plan at all":       func(_ *machine, f url.Values) { f.Del("seal") },
		"the text was edited":  func(_ *machine, f url.Values) { f.Set("text", strings.Replace(text, "name: other", "name: third", 1)) },
		"a comment was edited": func(_ *machine, f url.Values) { f.Set("text", text+"# more\n") },
		"another tab's plan": func(m *machine, f url.Values) {
			f.Set("seal", value(t, m.post(t, "/document", form("do", "check", "text", strings.Replace(small, "name: one", "name: third", 1))).body, "seal"))
		},
		"the bus changed": func(m *machine, _ url.Values) {
			require.NoError(t, m.bus.CreateRule(t.Context(), local.Rule{Bus: "pai-system-lab", Name: "by-hand", FilterPattern: `{"source":["acs.oss"]}`, Enabled: true}))
		},
		"the file changed": func(m *machine, _ url.Values) {
			require.NoError(t, os.WriteFile(m.document, []byte(small+"# by hand\n"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := start(t, small, nil)
			plan := m.post(t, "/document", form("do", "check", "text", text)).body
			f := form("do", "import", "text", text, "base", value(t, plan, "base"), "seal", value(t, plan, "seal"))
			change(m, f)
			before := m.text(t)
			refused := m.post(t, "/document", f)
			assert.Equal(t, http.StatusConflict, refused.status)
			assert.Equal(t, before, m.text(t))
			assert.Empty(t, m.backups(t))
			f.Set("base", value(t, refused.body, "base"))
			f.Set("seal", value(t, refused.body, "seal"))
			require.Equal(t, http.StatusSeeOther, m.post(t, "/document", f).status, "what is shown now is imported")
			assert.Equal(t, f.Get("text"), m.text(t))
		})
	}
}

func TestATextWithoutADocumentIsNotImported(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "blanks": " \n\t\n", "comments": "# workspace: lab\n", "a document mark": "---\n", "null": "null\n", "a tilde": "~",
		"an empty object": "{}", "an empty list": "[]", "a number": "7", "an end mark": "...\n", "a key alone": "workspace:\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := start(t, small, nil)
			page := m.post(t, "/document", form("do", "check", "text", text))
			assert.Contains(t, page.body, `class="notice bad"`)
			assert.NotContains(t, page.body, `value="import"`, "there is nothing to import")
			refused := m.post(t, "/document", form("do", "import", "text", text, "base", value(t, page.body, "base"), "seal", value(t, page.body, "seal")))
			assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
			assert.Equal(t, small, m.text(t))
			_, err := m.bus.GetRule(t.Context(), "pai-system-lab", "one")
			require.NoError(t, err)
		})
	}
}

func TestOnlyThePlanThatWasSeenIsApplied(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Cloud.Name = "aliyun" })
	seal := value(t, m.get(t, "/document").body, "seal")
	require.NoError(t, os.WriteFile(m.document, []byte(strings.Replace(small, "name: one", "name: other", 1)), 0o600))
	refused := m.post(t, "/apply", form("seal", seal))
	assert.Equal(t, http.StatusConflict, refused.status)
	_, err := m.bus.GetRule(t.Context(), "pai-system-lab", "other")
	require.Error(t, err)
	assert.Equal(t, "/document?done=applied", m.post(t, "/apply", form("seal", value(t, refused.body, "seal"))).header.Get("Location"))
	_, err = m.bus.GetRule(t.Context(), "pai-system-lab", "other")
	require.NoError(t, err)
}

func TestADocumentThatIsWrongIsShownWithItsPlace(t *testing.T) {
	m := start(t, strings.Replace(small, "source", "sauce", 1), nil)
	assert.Equal(t, "/document", m.get(t, "/rules").header.Get("Location"))
	body := m.get(t, "/document").body
	assert.Contains(t, body, "Line 12, column 5")
	assert.Contains(t, body, "did you mean")
}

func TestAChangeByAnotherHandIsNotOverwritten(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	other := strings.Replace(small, "[job-failed]", "[job-timeout]", 1)
	require.NoError(t, os.WriteFile(m.document, []byte(other), 0o600))
	f := m.dingtalk("one", "base", value(t, page, "base"), "do", "save")
	assert.Equal(t, http.StatusConflict, m.post(t, "/rules/one", f).status)
	assert.Equal(t, other, m.text(t))
}

// shownText is the document that a page has in its field, and posts back.
func shownText(t *testing.T, page string) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)<textarea[^>]*id="text"[^>]*>(.*?)</textarea>`).FindStringSubmatch(page)
	require.Len(t, found, 2)
	return html.UnescapeString(found[1])
}

func TestSecretsInADocumentAreHiddenAndMovedOut(t *testing.T) {
	text := strings.Replace(small, "env:INBOX_SIGNING_KEY", `"`+robotKey+`"`, 1)
	m := start(t, text, nil)
	page := m.get(t, "/document").body
	assert.NotContains(t, page, robotKey)
	shown := shownText(t, page)
	assert.Contains(t, shown, `signing_key: "pending:`)
	export := m.get(t, "/document.yaml")
	assert.Equal(t, http.StatusConflict, export.status)
	assert.NotContains(t, export.body, robotKey)
	plan := m.post(t, "/document", form("do", "check", "text", shown))
	assert.Contains(t, plan.body, "No changes", "the plan is that of the secret itself")
	assert.NotContains(t, plan.body, robotKey)
	done := m.post(t, "/document", form("do", "import", "text", shown, "base", value(t, plan.body, "base"), "seal", value(t, plan.body, "seal")))
	require.Equal(t, "/document?done=imported", done.header.Get("Location"), done.body)
	assert.Contains(t, m.text(t), `signing_key: "env:ONE_DINGTALK_SIGNING_KEY"`)
	assert.Equal(t, http.StatusOK, m.get(t, "/document.yaml").status)

	for name, pasted := range map[string]string{
		"escaped":    strings.Replace(small, "env:INBOX_SIGNING_KEY", `"SEC\x74opsecret"`, 1),
		"broken":     strings.Replace(small, "env:INBOX_SIGNING_KEY", "SECtopsecret\n  broken: [", 1),
		"commented":  strings.Replace(small, "# keep this", "# webhook: https://example.com/topsecret", 1),
		"in a brace": "workspace: w\nrules: [{name: a, source: model, events: ['*'], targets: [{type: http, url: https://example.com/topsecret, headers: {Authorization: topsecret}}]}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			body := m.post(t, "/document", form("do", "check", "text", pasted)).body
			assert.NotContains(t, body, "opsecret")
			assert.Contains(t, body, "pending:")
		})
	}
}

func TestAReferenceAfterAWordIsNoSecret(t *testing.T) {
	text := "workspace: w\nrules: [{name: a, source: model, events: ['*'], targets: [{type: http, url: env:HOOK, headers: {Authorization: 'Bearer env:TOKEN'}}]}]\n"
	m := start(t, text, nil)
	page := m.get(t, "/document").body
	assert.Contains(t, page, "Bearer env:TOKEN")
	assert.NotContains(t, page, "pending:")
	assert.Equal(t, text, m.get(t, "/document.yaml").body)
	assert.Contains(t, m.get(t, "/rules/a").body, "Authorization: Bearer env:TOKEN")
}

func TestAPlaceholderIsRefusedBesideItsField(t *testing.T) {
	m := start(t, small, nil)
	a := m.post(t, "/new-rule", form("name", "x", "source", "model", "events", "version-approved", "t0.type", "http", "t0.was", "-1",
		"t0.url", "https://example.com/${TENANT}", "t0.headers", "Authorization: Bearer $TOKEN", "do", "save"))
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Equal(t, 4, strings.Count(a.body, "holds a placeholder"), "above the form and beside each field")
	assert.NotContains(t, m.text(t), "TENANT")
}

func TestSettingsChangeTheirLinesAlone(t *testing.T) {
	m := start(t, small, nil)
	assert.Equal(t, http.StatusUnprocessableEntity, m.post(t, "/settings", form("language", "en", "quota", "101")).status)
	assert.Equal(t, "/document?done=settings", m.post(t, "/settings", form("language", "ja", "quota", "20")).header.Get("Location"))
	assert.Equal(t, strings.Replace(small, "language: en\n", "language: ja\nquota: 20\n", 1), m.text(t))
	assert.Contains(t, m.get(t, "/new-rule").body, "/ 20")
	assert.Equal(t, http.StatusSeeOther, m.post(t, "/settings", form("language", "en")).status)
	assert.Equal(t, small, m.text(t))
}

func TestAWebhookInACommentIsHiddenToo(t *testing.T) {
	hook := "https://oapi.dingtalk.com/robot/send?access_token=topsecret"
	m := start(t, strings.Replace(small, "# ours", "# ours; was "+hook, 1), nil)
	page := m.get(t, "/document").body
	assert.NotContains(t, page, "topsecret")
	assert.NotContains(t, m.get(t, "/document.yaml").body, "topsecret")
	m.post(t, "/contacts", form("do", "save", "name", "eve", "email", "eve@example.com"))
	assert.Contains(t, m.text(t), "# ours; was "+hook+"\n", "the file itself is its owner's")
}

func TestASecretWithoutANameIsNotShown(t *testing.T) {
	m := start(t, small, nil)
	a := m.post(t, "/new-rule", form("name", "x", "source", "model", "events", "version-approved", "t0.type", "http", "t0.was", "-1",
		"t0.url", "https://example.com/", "t0.headers", "topsecret\nBearer topsecret\nX-Key: topsecret", "do", "save"))
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "One line was ignored")
	assert.Contains(t, a.body, "X-Key: (set)")
	assert.NotContains(t, a.body, "topsecret")
}

func TestCommentsAreNotTakenForSecrets(t *testing.T) {
	m := start(t, strings.Replace(small, "# keep this", "# url: see below", 1), nil)
	assert.Contains(t, m.get(t, "/document").body, "# url: see below")
	assert.Equal(t, http.StatusOK, m.get(t, "/document.yaml").status)
}

// brokenDocument lacks its last brace.
const brokenDocument = `{"workspace": "llm_lab", "contacts": [{"name": "a", "email": "a@example.com"}], "rules": [{"name": "r", "source": "dlc", "events": ["*"], "targets": [{"type": "email", "contacts": ["a"], "server": "smtp.example.com:465", "from": "a@example.com", "password": "MailPassword-123"}]}]`

func TestABrokenDocumentIsMendedAndItsSecretsAreNeverShown(t *testing.T) {
	for name, texts := range map[string][2]string{
		"json": {brokenDocument, brokenDocument + "}"},
		"yaml": {
			strings.Replace(small, "env:INBOX_SIGNING_KEY", "MailPassword-123\n        name: [", 1),
			strings.Replace(small, "env:INBOX_SIGNING_KEY", "MailPassword-123\n", 1),
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := start(t, texts[0], func(o *console.Options, _ *local.Options) { o.Cloud.Name = "aliyun" })
			for _, path := range append(pages, "/document.yaml", "/document?behind=1") {
				assert.NotContains(t, m.get(t, path).body, "MailPassword", path)
			}
			assert.Equal(t, http.StatusConflict, m.get(t, "/document.yaml").status)
			page := m.get(t, "/document").body
			assert.Contains(t, page, "this page shows only the words of its format")
			shown := shownText(t, page)
			if name == "json" {
				shown += "}"
			} else {
				shown = strings.Replace(shown, "        name: [", "", 1)
			}
			plan := m.post(t, "/document", form("do", "check", "text", shown))
			assert.NotContains(t, plan.body, "MailPassword")
			again := shownText(t, plan.body)
			done := m.post(t, "/document", form("do", "import", "text", again, "base", value(t, plan.body, "base"), "seal", value(t, plan.body, "seal")))
			require.Equal(t, http.StatusSeeOther, done.status, done.body)
			assert.NotContains(t, m.text(t), "MailPassword-123", "it is moved out")
			assert.Contains(t, m.text(t), "env:")
			kept, err := os.ReadFile(filepath.Join(m.data, "secrets.env"))
			require.NoError(t, err)
			assert.Contains(t, string(kept), "MailPassword-123")
			assert.Equal(t, []string{texts[0]}, m.backups(t))
			export := m.get(t, "/document.yaml")
			assert.Equal(t, http.StatusOK, export.status)
			assert.Equal(t, m.text(t), export.body)
		})
	}
}

func TestAnEscapedSecretIsKeptAsItIsMeant(t *testing.T) {
	for name, text := range map[string]string{
		"escapes": `"Mail\x50assword-123"`, "a block": "|-\n          MailPassword-123", "a line of its own": "\n          MailPassword-123",
		"a tag": "!!str MailPassword-123", "single quotes": "'MailPassword-123'",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(small, "env:INBOX_SIGNING_KEY", text, 1)
			m := start(t, small, nil)
			plan := m.post(t, "/document", form("do", "check", "text", text))
			assert.NotContains(t, plan.body, "assword-123")
			done := m.post(t, "/document", form("do", "import", "text", text, "base", value(t, plan.body, "base"), "seal", value(t, m.post(t, "/document", form("do", "check", "text", text)).body, "seal")))
			if done.status == http.StatusConflict {
				done = m.post(t, "/document", form("do", "import", "text", shownText(t, done.body), "base", value(t, done.body, "base"), "seal", value(t, done.body, "seal")))
			}
			require.Equal(t, http.StatusSeeOther, done.status, done.body)
			kept, err := os.ReadFile(filepath.Join(m.data, "secrets.env"))
			require.NoError(t, err)
			assert.Contains(t, string(kept), "MailPassword-123'")
			assert.NotContains(t, m.text(t), "assword-123")
		})
	}
}

func TestACommentedSecretIsLeftOutOfTheExport(t *testing.T) {
	m := start(t, strings.Replace(small, "# keep this", "# password: MailPassword-123", 1), nil)
	export := m.get(t, "/document.yaml")
	assert.Equal(t, http.StatusOK, export.status)
	assert.Equal(t, strings.Replace(small, "# keep this", "# password: <redacted>", 1), export.body)
}

func TestASecretInADescriptionIsNotShownAndStays(t *testing.T) {
	const link = "see https://example.com/?token=MailPassword-123"
	m := start(t, strings.Replace(small, "    source: dlc\n", "    source: dlc\n    description: "+link+"\n", 1), func(o *console.Options, _ *local.Options) { o.Cloud.Name = "aliyun" })
	for _, path := range append(pages, "/document.yaml") {
		assert.NotContains(t, m.get(t, path).body, "MailPassword", path)
	}
	page := m.get(t, "/rules/one").body
	shown := value(t, page, "description")
	assert.True(t, strings.HasPrefix(shown, "pending:"), shown)
	saved := m.post(t, "/rules/one", form("base", value(t, page, "base"), "name", "one", "description", shown, "enabled", "true", "source", "dlc", "events", "job-timeout", "do", "save",
		"t0.type", "dingtalk", "t0.was", "0", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "env:INBOX_SIGNING_KEY"))
	require.Equal(t, http.StatusSeeOther, saved.status, saved.body)
	assert.Contains(t, m.text(t), link)
}
