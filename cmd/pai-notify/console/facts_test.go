package console_test

import (
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// choosing is the form of a rule with facts, each a list's name and then its key
// or, with a dot or a capital, its path.
func (m *machine) choosing(name string, facts ...string) url.Values {
	v := m.dingtalk(name)
	count := map[string]int{}
	for _, fact := range facts {
		list, of, _ := strings.Cut(fact, " ")
		at := list + "." + itoa(count[list])
		count[list]++
		key, path := of, ""
		if strings.ContainsAny(of, ".<\u202e") || of == "" || strings.ToLower(of) != of {
			key, path = "", of
		}
		v.Set(at+".key", key)
		v.Set(at+".path", path)
	}
	return v
}

func TestARuleChoosesWhatItsMessagesShow(t *testing.T) {
	m := start(t, small, nil)
	f := m.choosing("two", "title name", "title ResourceId", "fields reason", "fields JobSpecs.*.Image", "fields user")
	f.Set("fields.1.label", "Image")
	f.Set("fields.2.en", "Who")
	f.Set("fields.2.zh", "谁")
	f.Set("do", "save")
	require.Equal(t, "/rules?done=created", m.post(t, "/new-rule", f).header.Get("Location"))
	assert.Contains(t, m.text(t), "    title: [name, {path: ResourceId}]\n    fields:\n      - reason\n      - {path: JobSpecs.*.Image, label: Image}\n      - {key: user, label: {en: Who, zh: 谁}}\n")

	page := m.get(t, "/rules/two").body
	for _, want := range []string{
		`<section class="card" id="part-shows" data-part="shape"><details open>`,
		`name="title.1.path" type="text" list="paths" value="ResourceId"`, `<strong>Reason</strong> <code>reason</code>`,
		`name="fields.1.label" type="text" value="Image"`, `name="fields.2.zh" type="text" value="谁"`,
		`<bdi>DLC job failed: qwen3-moe-pretrain-512gpu · quota1qmrl8f6sdq</bdi>`,
	} {
		assert.Contains(t, page, want)
	}
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	var told string
	for _, got := range m.inbox.Received() {
		shown, err := got.HTML()
		require.NoError(t, err)
		told += string(shown)
	}
	assert.Contains(t, told, "qwen3-moe-pretrain-512gpu · quota1qmrl8f6sdq")
	assert.Contains(t, told, "Who")

	f.Set("base", value(t, page, "base"))
	f.Set("description", "Another word.")
	f.Set("t0.webhook.token", "env:TWO_DINGTALK_WEBHOOK")
	f.Set("t0.signing_key.token", "env:TWO_DINGTALK_SIGNING_KEY")
	require.Equal(t, "/rules?done=saved", m.post(t, "/rules/two", f).header.Get("Location"))
	assert.Contains(t, m.text(t), "{key: user, label: {en: Who, zh: 谁}}", "a label for some languages stays one")
}

func TestFactsAreAddedMovedAndTakenOut(t *testing.T) {
	m := start(t, small, nil)
	for name, c := range map[string]struct {
		facts  []string
		do     string
		add    string
		want   []string
		absent string
		focus  string
	}{
		"added":                  {[]string{"fields reason"}, "fact-add:fields", "user", []string{"reason", "user"}, "", "fields.add"},
		"added to the other":     {[]string{"fields reason"}, "fact-add:title", "", []string{"reason"}, "", "title.add"},
		"a path":                 {[]string{"fields reason"}, "fact-path:fields", "", []string{"reason", ""}, "", "fields.1.path"},
		"up":                     {[]string{"fields reason", "fields user", "fields status"}, "fact-up:fields.2", "", []string{"reason", "status", "user"}, "", "fields.1.up"},
		"the first up":           {[]string{"fields reason", "fields user"}, "fact-up:fields.0", "", []string{"reason", "user"}, "", "fields.0.up"},
		"down":                   {[]string{"fields reason", "fields user", "fields status"}, "fact-down:fields.0", "", []string{"user", "reason", "status"}, "", "fields.1.down"},
		"the last down":          {[]string{"fields reason", "fields user"}, "fact-down:fields.1", "", []string{"reason", "user"}, "", "fields.1.down"},
		"removed":                {[]string{"fields reason", "fields user", "fields status"}, "fact-remove:fields.1", "", []string{"reason", "status"}, `value="user" selected`, "fields.1.remove"},
		"the last one removed":   {[]string{"fields reason", "fields user"}, "fact-remove:fields.1", "", []string{"reason"}, "", "fields.0.remove"},
		"the only one removed":   {[]string{"fields reason"}, "fact-remove:fields.0", "", nil, "", "fields.add"},
		"nowhere":                {[]string{"fields reason"}, "fact-remove:fields.7", "", []string{"reason"}, "autofocus", ""},
		"a list that is none":    {[]string{"fields reason"}, "fact-up:targets.0", "", []string{"reason"}, "autofocus", ""},
		"a place that is none":   {[]string{"fields reason"}, "fact-up:fields.-1", "", []string{"reason"}, "autofocus", ""},
		"a button that is none":  {[]string{"fields reason"}, "fact-:fields", "", []string{"reason"}, "autofocus", ""},
		"another button pressed": {[]string{"fields reason"}, "add:lark", "user", []string{"reason"}, "autofocus", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := m.choosing("fresh", c.facts...)
			f.Set("do", c.do)
			f.Set("fields.add", c.add)
			a := m.post(t, "/new-rule", f)
			require.Equal(t, http.StatusOK, a.status)
			for i, key := range c.want {
				assert.Contains(t, a.body, `name="fields.`+itoa(i)+`.key" value="`+key+`"`)
			}
			assert.NotContains(t, a.body, `name="fields.`+itoa(len(c.want))+`.key"`)
			if c.absent != "" {
				assert.NotContains(t, a.body, c.absent)
			}
			if c.focus != "" {
				assert.Regexp(t, `id="`+c.focus+`"[^>]* autofocus>`, a.body, "where the keyboard goes on")
				assert.Equal(t, 1, strings.Count(a.body, "autofocus"))
				assert.Contains(t, a.body, `id="part-shows" data-part="shape"><details open>`)
			}
			if name == "another button pressed" {
				assert.Contains(t, a.body, `<option value="user" selected>`, "what was chosen stays so")
			}
		})
	}
	f := m.dingtalk("two", "fields.add", "reason", "do", "save")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/new-rule", f).status)
	assert.Contains(t, m.text(t), "fields: [reason]", "who chose a field and saves wants it")
}

func TestAFormSaysWhatTheEventHasOfAFact(t *testing.T) {
	m := start(t, small, nil)
	f := m.choosing("fresh", "fields duration", "fields Nowhere.At.All", "fields JobSpecs.0.Image", "fields snapshot")
	f.Set("sample", "sample:dlc-job-failed")
	body := m.post(t, "/new-rule", f).body
	assert.Contains(t, body, `id="fields.0.value" data-part><bdi>3 d 17 h</bdi>`)
	assert.Contains(t, body, `id="fields.1.value" data-part>Not in this event; left out.`)
	assert.Contains(t, body, `id="fields.2.value" data-part><bdi>dsw-registry-vpc`)
	assert.Contains(t, body, `id="fields.3.value" data-part>Not in this event`)
	assert.Contains(t, body, `<option value="JobSpecs.*.Image" label="dsw-registry-vpc`, "paths of the event are offered")
	assert.NotContains(t, body, `<option value="snapshot"`, "what neither the source nor the event has is not offered")
	assert.Contains(t, body, `<option value="event_id"`)
	zh := m.post(t, "/new-rule", f, "Accept-Language", "zh-CN").body
	assert.Contains(t, zh, `<bdi>3 天 17 小时</bdi>`)
	assert.Contains(t, zh, `<strong>运行时长</strong>`)
	f.Set("source", "dsw")
	f.Set("events", "instance-failed")
	f.Set("sample", "")
	assert.Contains(t, m.post(t, "/new-rule", f).body, `name="fields.0.key" value="duration"`, "another source takes nothing away")
}

func TestWhatIsWrongWithAFactStandsBesideIt(t *testing.T) {
	m := start(t, small, nil)
	for name, c := range map[string]struct {
		fact  string
		field string
		want  string
		set   []string
	}{
		"no path":           {"fields ", "fields.1", "Enter a path", nil},
		"a path that ends":  {"fields JobSpecs.", "fields.1", "joined by dots", nil},
		"brackets":          {"title JobSpecs[0].Image", "title.1", "joined by dots", nil},
		"a key of nothing":  {"fields reasson", "fields.1", "did you mean", nil},
		"a key again":       {"title name", "title.1", "is the same as entry 1", nil},
		"a label of a page": {"fields user", "fields.1", "must be", []string{"fields.1.label", strings.Repeat("long ", 2000)}},
	} {
		t.Run(name, func(t *testing.T) {
			list, _, _ := strings.Cut(c.fact, " ")
			f := m.choosing("fresh", list+" name", c.fact)
			f.Set("do", "save")
			for i := 0; i+1 < len(c.set); i += 2 {
				f.Set(c.set[i], c.set[i+1])
			}
			a := m.post(t, "/new-rule", f)
			assert.Equal(t, http.StatusUnprocessableEntity, a.status)
			row := a.body[strings.Index(a.body, `<li class="fact field wrong"`):]
			row, _, _ = strings.Cut(row, "</li>")
			assert.Contains(t, row, `name="`+c.field+`.key"`)
			assert.Contains(t, html.UnescapeString(row), c.want)
			assert.Equal(t, 1, strings.Count(row, `class="error"`), "it is said once")
			assert.Equal(t, small, m.text(t))
		})
	}
	var many []string
	for _, key := range message.Keys()[:5] {
		many = append(many, "title "+key)
	}
	f := m.choosing("fresh", many...)
	f.Set("do", "save")
	assert.Regexp(t, `(?s)<legend>Title, after the event type</legend>.{0,200}<p class="error" id="title-error">`, m.post(t, "/new-rule", f).body, "too many stand above the list")
}

func TestAPathThatIsHalfTypedHidesNoMessage(t *testing.T) {
	m := start(t, small, nil)
	f := m.choosing("fresh", "fields reason", "fields JobSpecs.", "title ")
	body := m.post(t, "/new-rule", f).body
	assert.Contains(t, body, "The rule matches.")
	assert.Contains(t, body, `class="bubble"`)
	assert.NotContains(t, body, "once the fields are right")
}

func TestFactsOfOthersAreTexts(t *testing.T) {
	hostile := `<script>alert(1)</script>`
	turned := "\u202egnp.exe"
	m := start(t, strings.Replace(small, "    targets:\n", "    title: [{path: '"+hostile+"'}]\n    fields:\n      - {path: Envs, label: '"+hostile+"'}\n      - {path: 'A"+turned+"', label: {zh: '"+turned+"'}}\n    targets:\n", 1), nil)
	page := m.get(t, "/rules/one")
	require.Equal(t, http.StatusOK, page.status)
	assert.NotContains(t, page.body, hostile)
	assert.Contains(t, page.body, html.EscapeString(hostile))
	written, _, _ := strings.Cut(page.body[strings.Index(page.body, `id="part-yaml"`):], "</section>")
	assert.NotContains(t, written, "\u202e", "nothing turns the direction of the YAML")
	long := m.choosing("fresh", "fields A."+strings.Repeat("b", 10_000))
	assert.Equal(t, http.StatusOK, m.post(t, "/new-rule", long).status)
}

func TestASecretInALabelIsNotShownAndStays(t *testing.T) {
	const label = "password=MailPassword-123"
	m := start(t, strings.Replace(small, "    targets:\n", "    fields: [{key: reason, label: "+label+"}]\n    targets:\n", 1), nil)
	page := m.get(t, "/rules/one").body
	assert.NotContains(t, page, "MailPassword")
	shown := m.choosing("one", "fields reason")
	shown.Set("base", value(t, page, "base"))
	shown.Set("fields.0.label", shownLabel(t, page))
	shown.Set("t0.was", "0")
	shown.Set("t0.webhook.token", "env:INBOX_WEBHOOK")
	shown.Set("t0.signing_key.token", "env:INBOX_SIGNING_KEY")
	shown.Del("t0.webhook")
	shown.Del("t0.signing_key")
	shown.Set("description", "new")
	shown.Set("do", "save")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", shown).status)
	assert.Contains(t, m.text(t), label)
}

func TestARuleIsTriedWithAnEventOfATypeNobodyKnows(t *testing.T) {
	m := start(t, small, nil)
	for _, source := range event.Builtin().Sources {
		t.Run(source.Name, func(t *testing.T) {
			f := m.dingtalk("fresh", "sample", "unknown:"+source.Name)
			f.Set("source", source.Name)
			f.Set("events", "*")
			body := m.post(t, "/new-rule", f).body
			assert.Contains(t, body, `<option value="unknown:`+source.Name+`" selected>`)
			assert.Contains(t, body, "The rule matches.")
			assert.Contains(t, body, ":StatusChanged")
			f.Set("events", event.Builtin().TypesOf(source.Name)[0].What())
			assert.Contains(t, m.post(t, "/new-rule", f).body, `id="first-failure">type is `)
		})
	}
}

func TestAFactChangedByAnotherHandIsNotOverwritten(t *testing.T) {
	m := start(t, small, nil)
	page := m.get(t, "/rules/one").body
	other := strings.Replace(small, "    targets:\n", "    fields: [reason]\n    targets:\n", 1)
	require.NoError(t, os.WriteFile(m.document, []byte(other), 0o600))
	f := m.choosing("one", "fields user")
	f.Set("base", value(t, page, "base"))
	f.Set("do", "save")
	assert.Equal(t, http.StatusConflict, m.post(t, "/rules/one", f).status)
	assert.Equal(t, other, m.text(t))
}

// shownLabel is the label of the first field of a page.
func shownLabel(t *testing.T, page string) string {
	t.Helper()
	found := regexp.MustCompile(`name="fields.0.label" type="text" value="(pending:[^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, found)
	return found[1]
}

func TestASecretInThePlaceOfAFactIsHidden(t *testing.T) {
	for name, facts := range map[string]string{
		"a field": "fields: [MailPassword-123]", "a title": "title: MailPassword-123", "a key": "fields: [{key: MailPassword-123}]",
		"a path": "fields: [{path: 'password=MailPassword-123'}]", "an unknown member": "title: [{paht: MailPassword-123}]",
	} {
		t.Run(name, func(t *testing.T) {
			m := start(t, strings.Replace(small, "    targets:\n", "    "+facts+"\n    targets:\n", 1), nil)
			for _, path := range append(pages, "/document.yaml") {
				assert.NotContains(t, m.get(t, path).body, "MailPassword", path)
			}
		})
	}
}

func TestADocumentWithFactsIsShownAndExported(t *testing.T) {
	for name, facts := range map[string]string{
		"in lines": "    title:\n      - name\n      - path: Envs.TEAM\n    fields:\n      - reason\n      - key: user\n        label: {en: Who, zh: 谁, ja: 作成者}\n      - path: JobSpecs.*.Image\n        label: Container image\n",
		"short":    "    title: name\n    fields: [reason, {path: JobSpecs.0.ResourceConfig.GPU, label: GPUs per pod}, {path: Pods.*.PodId}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(small, "    targets:\n", facts+"    targets:\n", 1)
			m := start(t, text, nil)
			assert.NotContains(t, m.get(t, "/document").body, "pending:")
			export := m.get(t, "/document.yaml")
			assert.Equal(t, http.StatusOK, export.status)
			assert.Equal(t, text, export.body)
		})
	}
}
