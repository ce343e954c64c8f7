package console_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/journal"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// oneForm is the form of the rule "one" as its page has it.
func oneForm(t *testing.T, page string, more ...string) url.Values {
	f := form("base", value(t, page, "base"), "draft", value(t, page, "draft"), "name", "one", "enabled", "true", "source", "dlc", "events", "job-failed",
		"t0.type", "dingtalk", "t0.was", "0", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "env:INBOX_SIGNING_KEY")
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

func TestTwoPeopleWhoChangeOneRuleAreShownBoth(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", oneForm(t, page, "description", "theirs <i>now</i>", "events", "job-timeout", "do", "save")).status)
	theirs := m.text(t)

	mine := oneForm(t, page, "description", "mine", "t0.name", "oncall", "do", "save")
	met := m.post(t, "/rules/one", mine)
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Equal(t, theirs, m.text(t), "nothing is saved before both were seen")
	assert.Contains(t, met.body, "Somebody else changed this rule")
	assert.Contains(t, met.body, "theirs &lt;i&gt;now&lt;/i&gt;")
	assert.Equal(t, "mine", value(t, met.body, "description"), "where both changed it, the form keeps mine")
	assert.Equal(t, "oncall", value(t, met.body, "t0.name"))
	assert.Contains(t, met.body, `name="events" value="job-timeout" checked`, "what only they changed is put in")
	assert.Contains(t, met.body, `value="theirs:description"`)
	assert.NotContains(t, met.body, `value="theirs:events"`)

	mine = oneForm(t, met.body, "met", value(t, met.body, "met"), "description", "mine", "t0.name", "oncall", "events", "job-timeout", "do", "theirs:description")
	taken := m.post(t, "/rules/one", mine)
	assert.Equal(t, "theirs &lt;i&gt;now&lt;/i&gt;", value(t, taken.body, "description"))
	assert.NotContains(t, taken.body, `value="theirs:description"`)
	mine.Set("do", "save")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", mine).status)
	assert.Contains(t, m.text(t), "description: mine")
	assert.Contains(t, m.text(t), "job-timeout")
	assert.Contains(t, m.text(t), "name: oncall")
}

func TestARuleThatWasRenamedOrDeletedMeanwhileTakesTheForm(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", oneForm(t, page, "name", "uno", "do", "save")).status)
	met := m.post(t, "/rules/one", oneForm(t, page, "description", "mine", "do", "save"))
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Contains(t, met.body, `action="/rules/uno"`)
	assert.Equal(t, "uno", value(t, met.body, "name"))
	assert.Equal(t, "mine", value(t, met.body, "description"))
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/uno/delete", nil).status)
	met = m.post(t, "/rules/uno", oneForm(t, met.body, "name", "uno", "description", "mine", "do", "save"))
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Contains(t, met.body, "Save to create it again")
	again := oneForm(t, met.body, "name", "uno", "description", "mine", "t0.was", "-1", "do", "save")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/new-rule", again).status)
	assert.Contains(t, m.text(t), "description: mine")
}

func TestPeopleWhoEditDifferentRulesNeverConflict(t *testing.T) {
	m := start(t, many(8), nil)
	pages := make([]string, 8)
	for i := range pages {
		pages[i] = m.get(t, "/rules/rule-"+strconv.Itoa(i)).body
	}
	var all sync.WaitGroup
	for i, page := range pages {
		all.Go(func() {
			name := "rule-" + strconv.Itoa(i)
			f := oneForm(t, page, "name", name, "description", "changed "+name, "do", "save")
			assert.Equal(t, http.StatusSeeOther, m.post(t, "/rules/"+name, f).status, name)
		})
	}
	all.Wait()
	for i := range pages {
		assert.Contains(t, m.text(t), "description: changed rule-"+strconv.Itoa(i))
	}
}

func TestTargetsThatASourceDoesNotTakeStayInTheForm(t *testing.T) {
	m := start(t, small, nil)
	page := m.post(t, "/new-rule", m.dingtalk("fresh", "source", "dlc", "t1.type", "email", "t1.was", "-1", "t1.contacts", "alice", "t1.name", "mail")).body
	f := m.dingtalk("fresh", "t1.type", "email", "t1.was", "-1", "t1.contacts", "alice", "t1.name", "mail", "draft", value(t, page, "draft"))
	f.Set("source", "model")
	f["events"] = nil
	model := m.post(t, "/new-rule", f).body
	assert.Contains(t, model, "This target cannot get events of the chosen source")
	assert.Equal(t, "mail", value(t, model, "t1.name"))
	assert.NotContains(t, model, "email:", "it is no part of the rule")
	f.Set("source", "dlc")
	f.Set("events", "job-failed")
	back := m.post(t, "/new-rule", f).body
	assert.NotContains(t, back, "This target cannot get events")
	assert.Equal(t, "mail", value(t, back, "t1.name"))
	f.Set("do", "remove:1")
	assert.NotContains(t, m.post(t, "/new-rule", f).body, "t1.name")
}

func TestADeletionIsUndoneAfterAnotherChange(t *testing.T) {
	m := start(t, small, nil)
	deleted := m.post(t, "/rules/one/delete", nil)
	require.NotEmpty(t, deleted.undo)
	assert.Contains(t, m.get(t, "/rules?done=deleted&undo="+deleted.undo).body, `action="/undo"`)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/new-rule", m.dingtalk("other", "do", "save")).status)
	undone := m.post(t, "/undo", form("id", deleted.undo, "back", "/rules?done=deleted"))
	assert.Equal(t, "/rules?done=undone", undone.header.Get("Location"), undone.body)
	assert.Contains(t, m.text(t), "name: one")
	assert.Contains(t, m.text(t), "# keep this")
	assert.Contains(t, m.text(t), "name: other")
	_, err := m.bus.GetRule(t.Context(), "pai-system-lab", "one")
	require.NoError(t, err, "the bus follows")
	redone := m.post(t, "/undo", form("id", undone.undo, "back", "/rules"))
	assert.Equal(t, "/rules?done=undone", redone.header.Get("Location"), "an undo can be undone")
	assert.NotContains(t, m.text(t), "name: one")
}

func TestWhatCannotBeUndoneSaysSo(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	first := m.post(t, "/rules/one", oneForm(t, page, "description", "first", "do", "save"))
	m.post(t, "/rules/one", oneForm(t, m.get(t, "/rules/one").body, "description", "second", "do", "save"))
	before := m.text(t)
	refused := m.post(t, "/undo", form("id", first.undo, "back", "/rules"))
	assert.Equal(t, http.StatusConflict, refused.status)
	assert.Contains(t, refused.body, "it was changed again since: one › description")
	assert.Equal(t, before, m.text(t))

	added := m.post(t, "/contacts", form("do", "save", "name", "eve", "email", "eve@example.com"))
	require.NotEmpty(t, added.undo)
	mail := m.dingtalk("mail", "t1.type", "email", "t1.was", "-1", "t1.contacts", "eve", "t1.server", "smtp.example.com:465", "t1.from", "a@example.com", "t1.password", "env:INBOX_SIGNING_KEY", "t1.username", "a", "do", "save")
	if saved := m.post(t, "/new-rule", mail); saved.status == http.StatusSeeOther {
		refused = m.post(t, "/undo", form("id", added.undo, "back", "/contacts"))
		assert.Equal(t, http.StatusConflict, refused.status)
		assert.Contains(t, refused.body, "the document would have errors")
	} else {
		t.Error(saved.body)
	}
	begun := start(t, "", nil)
	begun.post(t, "/workspace", form("workspace", "lab", "language", "en"))
	begun.post(t, "/contacts", form("do", "save", "name", "eve", "email", "eve@example.com"))
	list := hrefs(begun.get(t, "/changes").body, "/changes/")
	refused = begun.post(t, "/undo", form("id", strings.TrimPrefix(list[len(list)-1], "/changes/")))
	assert.Equal(t, http.StatusConflict, refused.status, "before it there was no document")
	for _, id := range []string{"", "..", "nobody", "../../workspace"} {
		assert.Equal(t, http.StatusNotFound, m.post(t, "/undo", form("id", id)).status, id)
	}
}

func TestContactsQuietHoursAndMutesComeBack(t *testing.T) {
	m := start(t, small, nil)
	m.post(t, "/contacts", form("do", "save", "name", "eve", "email", "eve@example.com"))
	m.post(t, "/quiet", form("do", "save", "name", "nights", "from", "22:00", "to", "08:00", "zone", "Asia/Shanghai"))
	before := m.text(t)
	for path, was := range map[string]string{"/contacts": "eve", "/quiet": "nights"} {
		deleted := m.post(t, path, form("do", "delete", "was", was))
		require.NotEmpty(t, deleted.undo, path)
		assert.NotEqual(t, before, m.text(t))
		m.post(t, "/undo", form("id", deleted.undo, "back", path))
		assert.Equal(t, before, m.text(t), path)
	}
	muted := m.post(t, "/mutes", form("rule", "one", "hours", "2", "by", "eve"))
	require.Equal(t, "/mutes?done=muted", muted.header.Get("Location"), muted.body)
	ended := m.post(t, "/undo", form("id", muted.undo))
	assert.Equal(t, "/mutes?done=unmuted", ended.header.Get("Location"))
	assert.Contains(t, m.get(t, "/mutes").body, "Nothing is muted")
	assert.Equal(t, http.StatusConflict, m.post(t, "/undo", form("id", muted.undo)).status, "it has ended already")
	muted = m.post(t, "/mutes", form("rule", "one", "hours", "2", "by", "eve"))
	list := m.get(t, "/mutes").body
	ended = m.post(t, "/mutes/end", form("id", value(t, list, "id")))
	assert.Equal(t, "/mutes?done=muted", m.post(t, "/undo", form("id", ended.undo)).header.Get("Location"))
	assert.Contains(t, m.get(t, "/mutes").body, "eve")
}

func TestChangesAreLoggedWithoutSecrets(t *testing.T) {
	m := start(t, strings.Replace(small, "env:INBOX_SIGNING_KEY", robotKey, 1), nil)
	m.post(t, "/rules/one/state", form("enabled", "false"))
	byHand := strings.Replace(m.text(t), "# keep this", "# <script>alert(1)</script> \u202etxet", 1)
	require.NoError(t, os.WriteFile(m.document, []byte(byHand), 0o600))
	m.post(t, "/contacts", form("do", "save", "name", "eve", "email", "eve@example.com"))
	list := m.get(t, "/changes").body
	for _, want := range []string{"Rule disabled: one", "Changed outside the console", "Contact saved: eve", "browser session", "unknown"} {
		assert.Contains(t, list, want)
	}
	for _, link := range hrefs(list, "/changes/") {
		page := m.get(t, link).body
		assert.NotContains(t, page, robotKey)
		assert.NotContains(t, page, "<script>alert")
		assert.NotContains(t, page, "\u202e")
	}
	assert.Contains(t, m.get(t, hrefs(list, "/changes/")[2]).body, "<ins>&#43;    enabled: false</ins>")
}

// hrefs are the links of a page that begin with a path.
func hrefs(page, path string) []string {
	var list []string
	for _, part := range strings.Split(page, `href="`)[1:] {
		if link, _, _ := strings.Cut(part, `"`); strings.HasPrefix(link, path) {
			list = append(list, link)
		}
	}
	return list
}

func TestADocumentIsRestoredAfterItsPlan(t *testing.T) {
	m := start(t, small, nil)
	m.post(t, "/rules/one/delete", nil)
	m.post(t, "/new-rule", m.dingtalk("other", "do", "save"))
	list := hrefs(m.get(t, "/changes").body, "/changes/")
	require.Len(t, list, 2)
	plan := m.post(t, list[1]+"/restore", nil)
	assert.Contains(t, plan.body, `<li class="delete">`)
	assert.Equal(t, small, shownText(t, plan.body))
	done := m.post(t, "/document", form("do", "import", "text", shownText(t, plan.body), "base", value(t, plan.body, "base"), "seal", value(t, plan.body, "seal")))
	require.Equal(t, "/document?done=imported", done.header.Get("Location"))
	assert.Equal(t, small, m.text(t))

	require.NoError(t, os.Remove(m.document))
	plan = m.post(t, list[1]+"/restore", nil)
	done = m.post(t, "/document", form("do", "import", "text", shownText(t, plan.body), "base", value(t, plan.body, "base"), "seal", value(t, plan.body, "seal")))
	require.Equal(t, "/document?done=imported", done.header.Get("Location"), "also a document that is gone")
	assert.Equal(t, small, m.text(t))
}

func TestWhatCannotBeWrittenChangesNothingAndKeepsTheForm(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root writes everywhere: a file stands in the way instead")
	}
	m := start(t, small, nil)
	require.NoError(t, os.RemoveAll(filepath.Join(m.data, "changes")))
	require.NoError(t, os.WriteFile(filepath.Join(m.data, "changes"), nil, 0o600))
	page := m.get(t, "/rules/one").body
	refused := m.post(t, "/rules/one", oneForm(t, page, "description", "mine", "do", "save"))
	assert.Equal(t, http.StatusConflict, refused.status)
	assert.Contains(t, refused.body, "Nothing was changed, because the change could not be recorded")
	assert.Contains(t, refused.body, filepath.Join(m.data, "changes"))
	assert.Equal(t, "mine", value(t, refused.body, "description"))
	assert.Equal(t, small, m.text(t))
	assert.Equal(t, http.StatusInternalServerError, m.get(t, "/changes").status)
	plan := m.post(t, "/document", form("do", "check", "text", small+"# more\n")).body
	refused = m.post(t, "/document", form("do", "import", "text", small+"# more\n", "base", value(t, plan, "base"), "seal", value(t, plan, "seal")))
	assert.Contains(t, refused.body, "Nothing was changed")
	assert.Contains(t, refused.body, "# more")
	assert.Equal(t, small, m.text(t))
}

func TestADocumentWhoseRulesAreCommentedOutIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a name alone": "workspace: lab\n", "no rules": "workspace: lab\nrules:\n", "comments": "workspace: lab\nrules:\n#  - name: one\n",
	} {
		t.Run(name, func(t *testing.T) {
			m := start(t, small, nil)
			page := m.post(t, "/document", form("do", "check", "text", text))
			assert.Equal(t, http.StatusUnprocessableEntity, page.status)
			assert.NotContains(t, page.body, `value="import"`)
			refused := m.post(t, "/document", form("do", "import", "text", text, "base", value(t, page.body, "base"), "seal", value(t, page.body, "seal")))
			assert.Equal(t, http.StatusUnprocessableEntity, refused.status)
			assert.Equal(t, small, m.text(t))
		})
	}
}

func TestTheLinesOfWindowsStay(t *testing.T) {
	crlf := strings.ReplaceAll(small, "\n", "\r\n")
	m := start(t, crlf, nil)
	deleted := m.post(t, "/contacts", form("do", "save", "name", "eve", "email", "eve@example.com"))
	assert.NotContains(t, strings.ReplaceAll(m.text(t), "\r\n", ""), "\n")
	m.post(t, "/rules/one/state", form("enabled", "false"))
	m.post(t, "/undo", form("id", deleted.undo, "back", "/contacts"))
	assert.NotContains(t, m.text(t), "eve@")
	assert.NotContains(t, strings.ReplaceAll(m.text(t), "\r\n", ""), "\n")
	_, err := edit.Open([]byte(m.text(t)))
	require.NoError(t, err)
}

func TestTwoPeopleWhoChangeOneContactAreToldOfEachOther(t *testing.T) {
	m := start(t, small, nil)
	base := value(t, m.get(t, "/contacts?edit=bob").body, "base")
	f := func(more ...string) url.Values {
		made := form("do", "save", "was", "bob", "base", base, "name", "bob", "email", "bob@example.com")
		for i := 0; i+1 < len(more); i += 2 {
			made.Set(more[i], more[i+1])
		}
		return made
	}
	require.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", f("phone", "+8613800138001")).status)
	met := m.post(t, "/contacts", f("email", "new@example.com"))
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Contains(t, met.body, "phone: – → &#43;8613800138001")
	assert.Contains(t, met.body, `value="&#43;8613800138001"`)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", f("base", value(t, met.body, "base"), "phone", "+8613800138001", "email", "new@example.com")).status)
	assert.Contains(t, m.text(t), "new@example.com")
	m.post(t, "/contacts", form("do", "delete", "was", "bob"))
	met = m.post(t, "/contacts", f("email", "late@example.com"))
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Contains(t, met.body, "Save to create it again")
	assert.Contains(t, met.body, "late@example.com")

	hours := form("do", "save", "name", "nights", "from", "22:00", "to", "08:00", "zone", "Asia/Shanghai")
	m.post(t, "/quiet", hours)
	hours.Set("was", "nights")
	hours.Set("base", value(t, m.get(t, "/quiet?edit=nights").body, "base"))
	hours.Set("to", "09:00")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/quiet", hours).status)
	hours.Set("to", "08:00")
	hours.Set("from", "23:00")
	met = m.post(t, "/quiet", hours)
	assert.Equal(t, http.StatusConflict, met.status)
	assert.Contains(t, met.body, `value="09:00"`)
	assert.Contains(t, met.body, `value="23:00"`)
}

func TestAConflictThatBecameADraftIsShownAgain(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", oneForm(t, page, "description", "theirs", "do", "save")).status)
	met := m.post(t, "/rules/one", oneForm(t, page, "description", "mine", "do", "save")).body
	left := m.post(t, "/rules/one", oneForm(t, met, "met", value(t, met, "met"), "description", "mine", "do", "look")).body
	again := m.get(t, "/rules/one?draft="+value(t, left, "draft")).body
	assert.Contains(t, again, `value="theirs:description"`)
	assert.Equal(t, "mine", value(t, again, "description"))
}

func TestAFormWhoseStateCannotBeReadIsShown(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	for _, forged := range [][]string{{"met", "x"}, {"base", "x"}, {"base", "bnVsbA", "met", "e30"}, {"base", "", "met", "NQ"}} {
		shown := m.post(t, "/rules/one", oneForm(t, page, append(forged, "description", "mine", "do", "look")...))
		assert.Equal(t, "mine", value(t, shown.body, "description"), forged)
	}
}

func TestTheLogDoesNotNameWhatADocumentWithErrorsSays(t *testing.T) {
	m := start(t, small, nil)
	const hook = "https://oapi.dingtalk.com/robot/send?access_token=abcdef1234567890hidden"
	require.NoError(t, os.WriteFile(m.document, []byte(small+"receivers:\n  - {webhook: '"+hook+"'}\n  - "+hook+"\n"), 0o600))
	checked := m.post(t, "/document", form("text", small+"# right\n")).body
	taken := m.post(t, "/document", form("text", small+"# right\n", "base", value(t, checked, "base"), "seal", value(t, checked, "seal"), "do", "import"))
	require.Equal(t, "/document?done=imported", taken.header.Get("Location"))
	assert.NotContains(t, m.get(t, "/changes").body, "abcdef1234567890")
}

func TestTwoProgramsThatShareADirectoryRecordWhatEachDid(t *testing.T) {
	m := start(t, many(8), nil)
	other := start(t, "", func(o *console.Options, _ *local.Options) { o.Document, o.Data = m.document, m.data })
	var all sync.WaitGroup
	for i := range 8 {
		of, name := []*machine{m, other}[i%2], "rule-"+strconv.Itoa(i)
		page := of.get(t, "/rules/"+name).body
		all.Go(func() {
			f := oneForm(t, page, "name", name, "description", "changed "+name, "do", "save")
			assert.Equal(t, http.StatusSeeOther, of.post(t, "/rules/"+name, f).status, name)
		})
	}
	all.Wait()
	for i := range 8 {
		assert.Contains(t, m.text(t), "changed rule-"+strconv.Itoa(i))
	}
	list, _, err := journal.Open(m.data, time.Now).Changes("", 100)
	require.NoError(t, err)
	assert.Len(t, list, 8)
	for i, c := range list {
		assert.NotEqual(t, journal.Outside, c.What)
		if i > 0 {
			assert.Equal(t, c.To, list[i-1].From)
		}
	}
}
