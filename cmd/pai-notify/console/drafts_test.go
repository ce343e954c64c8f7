package console_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// again starts the console over the files of another, as after a restart.
func (m *machine) again(t *testing.T) *machine {
	t.Helper()
	next := start(t, "", func(o *console.Options, _ *local.Options) { o.Document, o.Data = m.document, m.data })
	next.document, next.data = m.document, m.data
	return next
}

// stranger is a browser without a session.
func stranger(m *machine) *machine {
	jar, _ := cookiejar.New(nil)
	other := *m
	other.client = &http.Client{Jar: jar, CheckRedirect: m.client.CheckRedirect}
	return &other
}

// kept is all that is kept of drafts and changes.
func (m *machine) kept(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.data, folder, "*"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		all.Write(text)
	}
	return all.String()
}

// backOf is where a login leads.
func backOf(t *testing.T, page string) string {
	t.Helper()
	_, form, ok := strings.Cut(page, `action="/login"`)
	require.True(t, ok)
	return strings.ReplaceAll(value(t, form, "back"), "&amp;", "&")
}

func TestAFormStaysFilledWhenTheLanguageChanges(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/new-rule").body
	assert.Contains(t, page, `form="edit" formaction="/language?back=%2fnew-rule"`)
	_, first, _ := strings.Cut(page, `form="edit" name="`)
	assert.True(t, strings.HasPrefix(first, `do" value="save"`), "Enter saves, and does not change the language")
	f := m.dingtalk("fresh", "draft", value(t, page, "draft"), "speak", "zh", "description", "half <b>done</b>", "t0.name", "oncall")
	switched := m.post(t, "/language?back=/new-rule", f)
	require.Equal(t, http.StatusSeeOther, switched.status)
	page = m.get(t, switched.header.Get("Location")).body
	assert.Contains(t, page, `lang="zh"`)
	assert.Contains(t, page, "half &lt;b&gt;done&lt;/b&gt;")
	assert.Equal(t, "fresh", value(t, page, "name"))
	assert.Contains(t, page, "data-changed")
	f = m.dingtalk("fresh", "draft", value(t, page, "draft"), "t0.webhook.token", value(t, page, "t0.webhook.token"), "t0.signing_key.token", value(t, page, "t0.signing_key.token"), "do", "save")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/new-rule", f).status, "the pasted secrets came along")
	assert.NotContains(t, m.get(t, "/new-rule").body, "/drafts/discard", "what is saved is no draft")

	for path, values := range map[string]url.Values{
		"/contacts": form("name", "eve", "email", "eve@example.com", "language", "ja"),
		"/quiet":    form("name", "nights", "from", "22:00", "to", "08:00", "days", "sat"),
		"/document": form("text", "workspace: half-done\n"),
	} {
		values.Set("draft", value(t, m.get(t, path).body, "draft"))
		values.Set("speak", "en")
		page := m.get(t, m.post(t, "/language?back="+path, values).header.Get("Location")).body
		assert.Contains(t, page, `lang="en"`, path)
		for _, want := range [][]string{{"/contacts", `value="eve@example.com"`}, {"/quiet", `value="22:00"`}, {"/document", "workspace: half-done"}} {
			if want[0] == path {
				assert.Contains(t, page, want[1])
			}
		}
	}
}

func TestAFormSurvivesTheEndOfItsSession(t *testing.T) {
	m := start(t, small, nil)
	f := m.dingtalk("fresh", "draft", value(t, m.get(t, "/new-rule").body, "draft"), "do", "save")
	login := stranger(m).post(t, "/new-rule", f)
	assert.Equal(t, http.StatusUnauthorized, login.status)
	assert.Contains(t, login.body, "What you entered is kept")
	back := backOf(t, login.body)
	require.True(t, strings.HasPrefix(back, "/new-rule?draft="), back)
	assert.Equal(t, small, m.text(t), "nothing is saved")
	page := m.get(t, back).body
	assert.Equal(t, "fresh", value(t, page, "name"))
	assert.NotContains(t, m.kept(t, "drafts"), robotKey)

	for name, id := range map[string]string{"made up": "AAAA-BBBB", "of another page": value(t, m.get(t, "/contacts").body, "draft"), "none": ""} {
		f.Set("draft", id)
		before := m.kept(t, "drafts")
		refused := stranger(m).post(t, "/new-rule", f)
		assert.Equal(t, "/", backOf(t, refused.body), name)
		assert.Equal(t, before, m.kept(t, "drafts"), name)
	}
}

func TestAFormSurvivesARestart(t *testing.T) {
	m := start(t, small, nil)
	f := m.dingtalk("fresh", "draft", value(t, m.get(t, "/new-rule").body, "draft"), "do", "look", "description", "see https://example.com/?token=topsecret")
	page := m.post(t, "/new-rule", f).body
	assert.NotContains(t, m.kept(t, "drafts"), robotKey)
	assert.NotContains(t, m.kept(t, "drafts"), "access_token")
	assert.NotContains(t, m.kept(t, "drafts"), "topsecret")
	open := m.dingtalk("fresh", "draft", value(t, page, "draft"), "t0.webhook.token", value(t, page, "t0.webhook.token"), "t0.signing_key.token", value(t, page, "t0.signing_key.token"))
	open.Set("description", "typed later")

	next := m.again(t)
	left := next.get(t, "/new-rule").body
	assert.Contains(t, left, "Unsaved changes were left in this form")
	resumed := next.get(t, "/new-rule?draft="+value(t, page, "draft")).body
	assert.Equal(t, "fresh", value(t, resumed, "name"))
	assert.Equal(t, 2*3, strings.Count(resumed, "Enter it again."), "webhook, key, and a description that may be a secret, each at its field and at the top")
	assert.Empty(t, value(t, resumed, "t0.webhook.token"))

	back := backOf(t, stranger(next).post(t, "/new-rule", open).body)
	require.True(t, strings.HasPrefix(back, "/new-rule?draft="), "the form that was open is known after the restart: %s", back)
	assert.Contains(t, next.get(t, back).body, "typed later")
	save := next.dingtalk("fresh", "draft", value(t, page, "draft"), "do", "save")
	require.Equal(t, http.StatusSeeOther, next.post(t, "/new-rule", save).status)
	assert.Equal(t, http.StatusSeeOther, next.post(t, "/drafts/discard", form("id", value(t, page, "draft"), "back", "/new-rule")).status)
	assert.NotContains(t, next.get(t, "/new-rule").body, "Unsaved changes were left")
}

func TestHiddenPartsOfADocumentAreNotImportedAfterARestart(t *testing.T) {
	m := start(t, strings.Replace(small, "env:INBOX_SIGNING_KEY", robotKey, 1), nil)
	page := m.get(t, "/document").body
	next := m.again(t)
	refused := next.post(t, "/document", form("do", "check", "text", shownText(t, page)+"# mine\n"))
	assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
	assert.Contains(t, refused.body, "Nothing was imported")
	assert.Contains(t, refused.body, "# mine", "what was typed is still there")
	again := next.post(t, "/document", form("do", "import", "text", shownText(t, refused.body), "base", value(t, refused.body, "base"), "seal", ""))
	assert.Equal(t, http.StatusUnprocessableEntity, again.status)
	assert.Contains(t, m.text(t), robotKey)
}

func TestAFormIsKeptWhileTheDocumentHasErrors(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	require.NoError(t, os.WriteFile(m.document, []byte(small+"bogus: 1\n"), 0o600))
	a := m.post(t, "/rules/one", oneForm(t, page, "description", "mine", "t0.webhook", m.webhook, "do", "save"))
	require.Equal(t, "/document?left=1", a.header.Get("Location"))
	assert.Contains(t, m.get(t, "/document?left=1").body, "What you entered is kept")
	require.NoError(t, os.WriteFile(m.document, []byte(small), 0o600))
	assert.Contains(t, m.get(t, "/rules/one").body, "/rules/one?draft=")
	again := m.get(t, "/rules/one?draft="+value(t, page, "draft")).body
	assert.Equal(t, "mine", value(t, again, "description"))
	drafts, err := filepath.Glob(filepath.Join(m.data, "drafts", "*.draft"))
	require.NoError(t, err)
	require.Len(t, drafts, 1)
	kept, err := os.ReadFile(drafts[0])
	require.NoError(t, err)
	assert.NotContains(t, string(kept), m.webhook, "a secret stays in memory")
}

func TestTheFormOfAReceiverIsKeptToo(t *testing.T) {
	m := start(t, referring, nil)
	for _, path := range []string{"/new-receiver?type=dingtalk", "/receivers/oncall"} {
		page, path := m.get(t, path).body, strings.TrimSuffix(path, "?type=dingtalk")
		sent := func(page string) url.Values {
			f := form("t0.type", "dingtalk", "name", "typed")
			for _, name := range []string{"base", "draft", "t0.webhook.token"} {
				if _, there, ok := strings.Cut(page, ` name="`+name+`" value="`); ok {
					f.Set(name, strings.Split(there, `"`)[0])
				}
			}
			return f
		}
		f := sent(page)
		f.Set("t0.webhook", m.webhook)
		f.Set("speak", "zh")
		to := m.post(t, "/language?back="+path, f).header.Get("Location")
		require.Contains(t, to, path+"?draft=")
		again := m.get(t, to)
		require.Equal(t, http.StatusOK, again.status)
		assert.Contains(t, again.body, `value="typed"`)
		assert.Contains(t, again.body, `lang="zh"`)
		assert.NotContains(t, again.body, m.webhook)
		f = sent(again.body)
		f.Set("do", "save")
		saved := m.post(t, path, f)
		require.Equal(t, http.StatusSeeOther, saved.status, saved.body)
		assert.NotContains(t, m.get(t, path+"?type=dingtalk").body, "?draft=", "what is saved is no draft")
		require.NoError(t, os.WriteFile(m.document, []byte(referring), 0o600))
	}
}
