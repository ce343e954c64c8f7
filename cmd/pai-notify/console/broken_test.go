package console_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/archive"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger"
	"github.com/pai-notify/pai-notify/shared/ledger/memory"
	"github.com/pai-notify/pai-notify/shared/outcome"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// breaking are the ways in which a document can become unusable, each with what pages
// then say of it.
var breaking = map[string]struct {
	change func(t *testing.T, path string)
	says   string
}{
	"findings": {writing(strings.Replace(twoRules, "job-failed", "job-fialed", 1)), `errors (1), so it cannot be used or changed by forms until they are fixed. This page uses the last version without errors. <a href="/document#finding">Document, line 6</a>`},
	"syntax":   {writing(twoRules + "  broken: [\n"), "The document has errors (1)"},
	"missing":  {func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }, "workspace.yaml is missing. This page uses the last version without errors."},
	"unreadable": {func(t *testing.T, path string) {
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.Mkdir(path, 0o700))
	}, "The document cannot be read. This page uses the last version without errors."},
}

func writing(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
}

// reachable are the pages that a broken document leaves, with what each shows of the
// two notifications that failed.
func reachable(life string) map[string]string {
	return map[string]string{"/?wait=1": "/history/" + life, "/history": "/history/" + life, "/history/" + life: "sign not match", "/setup": "pai-system-lab", "/receivers": "dingtalk", "/mutes": `name="receiver"`}
}

// failed publishes an event, and returns the id of a notification that failed.
func (m *machine) failed(t *testing.T) string {
	t.Helper()
	t.Setenv("WRONG_KEY", "SECwrong")
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Eventually(t, func() bool { return strings.Count(m.get(t, "/history?state=dead").body, `href="/history/`) == 2 }, waitFor, tick)
	_, id, _ := strings.Cut(m.get(t, "/history?state=dead").body, `href="/history/`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

func TestWhatBecameOfNotificationsIsShownWhileTheDocumentIsBroken(t *testing.T) {
	for name, how := range breaking {
		t.Run(name, func(t *testing.T) {
			m := start(t, twoRules, nil)
			life := m.failed(t)
			m.get(t, "/") // it is read at least once
			how.change(t, m.document)
			for path, shows := range reachable(life) {
				page := m.get(t, path)
				require.Equal(t, http.StatusOK, page.status, path)
				assert.Contains(t, page.body, how.says, path)
				assert.Contains(t, page.body, shows, path)
				for _, language := range []string{"zh", "ja"} {
					assert.Equal(t, http.StatusOK, m.get(t, path, "Accept-Language", language).status)
				}
			}
			assert.NotContains(t, m.get(t, "/?wait=1").body, "Nothing needs attention")
			assert.Equal(t, "/history/"+life+"?done=redriven", m.post(t, "/redrive", form("id", life)).header.Get("Location"))
			assert.Equal(t, http.StatusSeeOther, m.post(t, "/mutes", form("rule", "bad", "hours", "1")).status)
			assert.Contains(t, m.get(t, "/mutes").body, "/mutes/end", "it can be muted in an emergency")
		})
	}
}

func TestADocumentThatIsMendedIsUsedAgain(t *testing.T) {
	m := start(t, twoRules, nil)
	writing("workspace: [\n")(t, m.document)
	assert.Contains(t, m.get(t, "/history").body, `id="broken"`)
	writing(strings.Replace(twoRules, "name: good", "name: better", 1))(t, m.document)
	page := m.get(t, "/history").body
	assert.NotContains(t, page, `id="broken"`)
	assert.Contains(t, page, `value="better"`)
}

func TestAMissingDocumentIsOfferedAsItWasLast(t *testing.T) {
	m := start(t, twoRules, nil)
	require.NoError(t, os.Remove(m.document))
	page := m.get(t, "/document").body
	assert.Contains(t, page, "The document is missing.")
	assert.Equal(t, "/document", m.get(t, "/document.yaml").header.Get("Location"))
	m.post(t, "/document", form("do", "import", "text", twoRules, "base", value(t, page, "base"), "seal", value(t, page, "seal")))
	assert.Equal(t, twoRules, m.text(t))
}

func TestTheWorkspacesNameIsFoundWithoutADocumentThatWasEverRight(t *testing.T) {
	const knowsNoRules = "has not seen it without errors, so this page does not know its rules"
	for name, text := range map[string]string{
		"in the head": strings.Replace(twoRules, "job-failed", "job-fialed", 1),
		"in a line":   twoRules + "  broken: [\n",
		"by the bus":  "rules: [\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := start(t, text, nil)
			require.NoError(t, m.bus.CreateEventBus(t.Context(), local.EventBus{Name: "pai-system-lab"}))
			for _, path := range []string{"/?wait=1", "/history", "/setup", "/receivers", "/mutes"} {
				page := m.get(t, path)
				assert.Equal(t, http.StatusOK, page.status, path)
				assert.Contains(t, page.body, knowsNoRules, path)
				assert.Contains(t, page.body, `<span class="sr">Workspace: </span>lab`, path)
			}
			assert.NotContains(t, m.get(t, "/?wait=1").body, "Nothing needs attention")
			assert.NotContains(t, m.get(t, "/setup").body, "rules of the document", "they are unknown")
		})
	}
}

func TestPagesSayThatTheWorkspaceIsUnknown(t *testing.T) {
	m := start(t, "rules: [\n", nil)
	for _, name := range []string{"pai-system-a", "pai-system-b"} {
		require.NoError(t, m.bus.CreateEventBus(t.Context(), local.EventBus{Name: name}))
	}
	for _, path := range []string{"/", "/setup", "/receivers", "/mutes"} {
		page := m.get(t, path)
		assert.Equal(t, http.StatusOK, page.status, path)
		assert.Contains(t, page.body, "The workspace is unknown", path)
	}
	assert.Contains(t, m.get(t, "/history").body, "notifications of all workspaces are shown")
}

func TestTheHistoryOfACloudIsShownWhileTheDocumentIsBroken(t *testing.T) {
	c := startOverCloud(t)
	c.add(t, "n1", "dlc1", ledger.Result{State: ledger.Sent, Outcome: outcome.Outcome{Status: outcome.Sent}})
	c.add(t, "n2", "dlc2", refusedByRobot)
	c.get(t, "/")
	for name, how := range breaking {
		require.NoError(t, os.RemoveAll(c.document))
		writing(twoRules)(t, c.document)
		how.change(t, c.document)
		for path, shows := range reachable("n2") {
			page := c.get(t, path)
			require.Equal(t, http.StatusOK, page.status, "%s %s", name, path)
			assert.Contains(t, page.body, how.says, "%s %s", name, path)
			assert.Contains(t, page.body, shows, "%s %s", name, path)
		}
	}
}

func TestAConsoleOverACloudThatWasStartedWithABrokenDocumentShowsTheLedgersBus(t *testing.T) {
	l := ledger.New(memory.New())
	m := start(t, "rules: [\n", func(o *console.Options, _ *local.Options) {
		o.Cloud.Name = provision.Aliyun
		o.History = archive.New(l, provision.Cloud{Name: provision.Aliyun, Bus: bustest.NewMemory()}, "pai-system-lab", time.Now)
	})
	(&overCloud{machine: m, ledger: l, now: time.Now()}).add(t, "n2", "dlc2", refusedByRobot)
	for path, shows := range map[string]string{"/?wait=1": "/history/n2", "/history": "/history/n2", "/history/n2": "sign not match", "/setup": "pai-system-lab", "/mutes": `name="receiver"`} {
		page := m.get(t, path)
		assert.Equal(t, http.StatusOK, page.status, path)
		assert.Contains(t, page.body, `<span class="sr">Workspace: </span>lab`, path)
		assert.Contains(t, page.body, shows, path)
	}
	assert.Equal(t, http.StatusSeeOther, m.post(t, "/mutes", form("job", "dlc2", "hours", "1")).status)
	row, err := l.Update(t.Context(), hold.MutesKey("pai-system-lab"), func([]byte) ([]byte, bool) { return nil, false })
	require.NoError(t, err)
	assert.Len(t, hold.ReadMutes(row, time.Now()), 1)
}

func TestTheDocumentSaysInWordsWhereItsErrorsAre(t *testing.T) {
	m := start(t, strings.Replace(twoRules, "name: 值班, webhook: env:INBOX_WEBHOOK", "name: 值班, webhook: 7", 1), nil)
	for language, place := range map[string]string{"en": "rule bad, target 2, webhook", "zh": "规则 bad，通知目标 2，webhook", "ja": "ルール bad、通知先 2、webhook"} {
		page := m.get(t, "/document", "Accept-Language", language).body
		assert.Contains(t, page, `<li id="finding"><a href="#text" data-line="13">`)
		assert.Contains(t, page, "<strong>"+place+"</strong>")
	}
	writing(twoRules+"contacts:\n  - {name: ann}\n  - {name: ann}\n")(t, m.document)
	assert.Contains(t, m.get(t, "/document").body, "<strong>contact ann, name</strong>")
}
