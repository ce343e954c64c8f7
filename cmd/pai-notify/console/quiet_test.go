package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// calm is a document with quiet hours, which a rule and a contact have.
const calm = `workspace: lab
quiet:
  # people sleep
  nights: {from: "22:00", to: "08:00", zone: Asia/Shanghai}
  lunch: {from: "12:00", to: "13:00", zone: Asia/Shanghai, days: [tue, mon]}
contacts:
  - {name: alice, email: alice@example.com, phone: "+8613800138000", uid: "2001", quiet: lunch}
  - {name: bob, email: bob@example.com}
rules:
  - name: one
    source: dlc
    events: [job-failed, job-preempted]
    group: {by: job, wait: 90s}
    quiet: [nights, lunch] # in this order
    recovered: true
    targets:
      - {type: dingtalk, name: oncall, webhook: "env:INBOX_WEBHOOK", signing_key: "env:INBOX_SIGNING_KEY"}
`

// savedOne is the form of the rule one of calm as its page has it.
func savedOne(t *testing.T, m *machine, more ...string) []string {
	t.Helper()
	return append([]string{
		"base", value(t, m.get(t, "/rules/one").body, "base"), "name", "one", "enabled", "true", "source", "dlc", "events", "job-failed", "events", "job-preempted",
		"t0.type", "dingtalk", "t0.was", "0", "t0.name", "oncall", "t0.webhook.token", "env:INBOX_WEBHOOK", "t0.signing_key.token", "env:INBOX_SIGNING_KEY", "do", "save",
	}, more...)
}

func TestAFormKeepsWhenMessagesAreSent(t *testing.T) {
	m := start(t, calm, nil)
	page := m.get(t, "/rules/one").body
	for _, part := range []string{
		`<option value="job" selected>`, `name="group.wait" type="text" value="90s"`, `name="quiet" value="lunch" checked`, `name="quiet" value="nights" checked`, `name="recovered" value="true" checked`,
		"22:00–08:00 Asia/Shanghai · every day", "12:00–13:00 Asia/Shanghai · Mon Tue",
	} {
		assert.Contains(t, page, part)
	}
	assert.NotContains(t, page, `<option value="flow"`, "events of jobs are about no flow")
	all := []string{"group.by", "job", "group.wait", "90s", "quiet", "lunch", "quiet", "nights", "recovered", "true"}
	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", form(savedOne(t, m, all...)...)).status)
	assert.Equal(t, calm, m.text(t), "what was not changed stays as it was written")

	changed := m.post(t, "/rules/one", form(savedOne(t, m, "group.by", "rule", "quiet", "nights")...))
	require.Equal(t, http.StatusSeeOther, changed.status, changed.body)
	want := strings.NewReplacer("{by: job, wait: 90s}", "{by: rule}", "[nights, lunch] # in this order", "nights # in this order", "    recovered: true\n", "").Replace(calm)
	assert.Equal(t, want, m.text(t), "as people write it")

	require.Equal(t, http.StatusSeeOther, m.post(t, "/rules/one", form(savedOne(t, m)...)).status)
	for _, key := range []string{"group:", "recovered:", "    quiet:"} {
		assert.NotContains(t, m.text(t), key)
	}
	made := m.post(t, "/new-rule", m.dingtalk("two", "do", "save", "group.by", "job", "group.wait", "5m", "quiet", "nights", "recovered", "true"))
	require.Equal(t, http.StatusSeeOther, made.status)
	w, err := yaml.Parse([]byte(m.text(t)), "w.yaml", specs()...)
	require.NoError(t, err)
	p := w.Rules[1].Policy(w.Rules[1].Receivers()[0])
	assert.Equal(t, "by job, 5m", p.Group.String())
	assert.Equal(t, "nights", p.Quiet[0].Name)
	assert.True(t, p.Recovered)
	assert.Contains(t, m.get(t, "/new-rule?copy=two").body, `value="5m"`)
}

func TestWhenMessagesAreSentIsRefusedBesideItsFields(t *testing.T) {
	m := start(t, calm, nil)
	for want, f := range map[string][]string{
		"<label for=\"group.wait\">": {"group.by", "job", "group.wait", "2h"},
		"<legend>Quiet hours":        {"quiet", "nobody"},
	} {
		a := m.post(t, "/rules/one", form(savedOne(t, m, f...)...))
		assert.Equal(t, http.StatusUnprocessableEntity, a.status)
		_, beside, found := strings.Cut(a.body, want)
		require.True(t, found, want)
		field, _, _ := strings.Cut(beside, "</fieldset>")
		assert.Contains(t, field, `class="error"`, want)
		assert.Equal(t, calm, m.text(t))
	}
	moved := m.post(t, "/new-rule", form("name", "two", "source", "model", "group.by", "job", "do", "look")).body
	assert.Contains(t, moved, `<option value="model" selected>`, "what another source's events are about")
}

// timingOf is what a page says of when messages would be sent.
func timingOf(page string) string {
	_, part, _ := strings.Cut(page, `id="part-timing"`)
	part, _, _ = strings.Cut(part, "</section>")
	return part
}

func TestThePreviewSaysWhenMessagesAreSent(t *testing.T) {
	m := start(t, calm, func(o *console.Options, _ *local.Options) {
		o.Now = func() time.Time { return time.Date(2026, 11, 27, 19, 30, 0, 0, time.UTC) } // 03:30 on Saturday there
	})
	page := m.get(t, "/rules/one").body
	assert.Contains(t, page, `type="datetime-local" value="2026-11-28T03:30"`)
	look := func(language string, more ...string) string {
		f := form(savedOne(t, m, append(more, "group.by", "job", "quiet", "nights", "quiet", "lunch", "recovered", "true", "zone", "Asia/Shanghai")...)...)
		f.Set("do", "look")
		return timingOf(m.post(t, "/rules/one", f, "Accept-Language", language).body)
	}
	at := func(sample, at string, more ...string) string {
		return look("en", append([]string{"sample", "sample:" + sample, "at", at}, more...)...)
	}
	night := at("dlc-job-preempted", "2026-11-30T03:00")
	assert.Contains(t, night, `<p class="verdict no">held until 08:00 (nights)</p>`)
	for _, part := range []string{"00:00–08:00 held until 08:00 (nights)", "08:00–12:00 sent at once", "12:00–13:00 held until 13:00 (lunch)", "13:00–22:00 sent at once", "22:00–24:00 held until 08:00 (nights)"} {
		assert.Contains(t, night, part)
	}
	assert.Contains(t, night, "Grouped by job: what follows within 2 minutes comes as one message")
	assert.Contains(t, night, "Whoever was told of a failure is told when it has recovered.")
	assert.Contains(t, at("dlc-job-preempted", "2026-11-30T10:00"), `<p class="verdict yes">sent at once</p>`)
	assert.Contains(t, at("dlc-job-failed", "2026-11-30T03:00"), "sent at once: the event is critical")
	assert.NotContains(t, at("dlc-job-preempted", "2026-11-28T12:30"), "lunch", "on a Saturday")

	contacts := at("dlc-job-preempted", "2026-11-30T03:00", "t1.type", "voice", "t1.was", "-1", "t1.contacts", "alice", "t1.tts_code", "TTS_1", "t1.access_key_id", "env:ID", "t1.access_key_secret", "env:KEY")
	assert.Contains(t, contacts, "no call (nights)")
	assert.Contains(t, contacts, "further ones within 2 minutes are left out")
	for language, want := range map[string]string{"zh": "推迟到 08:00（nights）", "ja": "08:00 まで保留（nights）"} {
		assert.Contains(t, look(language, "sample", "sample:dlc-job-preempted", "at", "2026-11-30T03:00"), want)
	}
	assert.Contains(t, at("dlc-job-preempted", "not a time"), "held until 08:00 (nights)", "now, then")
}

func TestThePreviewOfADayKnowsItsClocks(t *testing.T) {
	m := start(t, strings.NewReplacer(
		`{from: "22:00", to: "08:00", zone: Asia/Shanghai}`, `{from: "01:30", to: "06:40", zone: Europe/Berlin}`,
		`{from: "12:00", to: "13:00", zone: Asia/Shanghai, days: [tue, mon]}`, `{from: "00:00", to: "24:00", zone: Europe/Berlin, days: [fri, sat]}`,
	).Replace(calm), nil)
	for day, want := range map[string][]string{
		// Clocks are put forward at 02:00: the day has 23 hours.
		"2026-03-29": {`x="0" width="93"`, "00:00–01:30 sent at once", "01:30–06:40 held until 06:40 (nights)", `x="354" width="1086"`, "06:40–24:00 sent at once"},
		"2026-12-02": {`x="0" width="90"`, "01:30–06:40 held until 06:40 (nights)", `x="400" width="1040"`},
		"2026-12-05": {"00:00–01:30 held until 00:00 (lunch)", "01:30–06:40 held until 00:00 (nights)", "06:40–24:00 held until 00:00 (lunch)"},
		"2026-12-04": {"06:40–24:00 held for 24 hours (lunch)"}, // they end after 48
	} {
		f := form(savedOne(t, m, "quiet", "nights", "quiet", "lunch", "zone", "Europe/Berlin", "at", day+"T12:00")...)
		f.Set("do", "look")
		body := m.post(t, "/rules/one", f).body
		for _, part := range want {
			assert.Contains(t, timingOf(body), part, day)
		}
	}
}

func TestAnEndpointGetsEveryEvent(t *testing.T) {
	m := start(t, calm, nil)
	body := m.post(t, "/new-rule", form("name", "two", "source", "model", "events", "*", "quiet", "nights", "t0.type", "http", "t0.was", "-1", "t0.url", "https://example.com/x")).body
	assert.Contains(t, body, "HTTP endpoints get every event at once.")
	assert.NotContains(t, body, `<svg class="day"`)
}

func TestQuietHoursAreAddedChangedAndDeleted(t *testing.T) {
	m := start(t, calm, nil)
	page := m.get(t, "/quiet").body
	assert.Equal(t, 598, strings.Count(page, `<option value="`), "zones to search")
	assert.Contains(t, page, `name="zone" value="Asia/Shanghai"`, "the zone of the others")
	added := m.post(t, "/quiet", form("do", "save", "name", "weekends", "from", "00:00", "to", "24:00", "zone", "Europe/Berlin", "days", "sat", "days", "sun"))
	require.Equal(t, "/quiet?done=quiet-saved", added.header.Get("Location"), added.body)
	assert.Contains(t, m.text(t), "  weekends: {from: \"00:00\", to: \"24:00\", zone: Europe/Berlin, days: [sat, sun]}\ncontacts:\n")

	edit := m.get(t, "/quiet?edit=lunch").body
	assert.Contains(t, edit, `name="days" value="mon" checked`)
	before := m.text(t)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/quiet", form("do", "save", "was", "lunch", "name", "lunch", "from", "12:00", "to", "13:00", "zone", "Asia/Shanghai", "days", "mon", "days", "tue")).status)
	assert.Equal(t, before, m.text(t), "what was not changed stays as it was written")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/quiet", form("do", "save", "was", "nights", "name", "sleep", "from", "23:00", "to", "08:00", "zone", "Asia/Shanghai")).status)
	assert.Contains(t, m.text(t), "  # people sleep\n  sleep: {from: \"23:00\", to: \"08:00\", zone: Asia/Shanghai}\n")
	assert.Contains(t, m.text(t), "quiet: [sleep, lunch] # in this order")

	for name, want := range map[string]string{"sleep": "sleep is used by one.", "lunch": "lunch is used by one, alice."} {
		refused := m.post(t, "/quiet", form("do", "delete", "was", name))
		assert.Equal(t, http.StatusConflict, refused.status)
		assert.Contains(t, refused.body, want)
		assert.Contains(t, m.text(t), "  "+name+":")
	}
	assert.Equal(t, "/quiet?done=quiet-deleted", m.post(t, "/quiet", form("do", "delete", "was", "weekends")).header.Get("Location"))
	assert.NotContains(t, m.text(t), "weekends")
	assert.Equal(t, http.StatusConflict, m.post(t, "/quiet", form("do", "save", "was", "gone", "name", "x", "from", "01:00", "to", "02:00", "zone", "UTC")).status)
	for _, language := range []string{"en", "zh", "ja"} {
		assert.Equal(t, http.StatusOK, m.get(t, "/quiet?done=quiet-saved", "Accept-Language", language).status)
	}
}

func TestQuietHoursAreRefusedBesideTheirFields(t *testing.T) {
	m := start(t, calm, nil)
	for field, c := range map[string][]string{
		"name": {"name", "", "Enter a name"}, "zone": {"zone", "Beijing", "did you mean"}, "from": {"from", "22", "time of day"},
		"to": {"to", "22:00", "leave a pause"},
	} {
		f := form("do", "save", "name", "weekends", "from", "22:00", "to", "06:00", "zone", "UTC")
		f.Set(c[0], c[1])
		a := m.post(t, "/quiet", f)
		assert.Equal(t, http.StatusUnprocessableEntity, a.status, field)
		_, beside, _ := strings.Cut(a.body, `<label for="`+field+`">`)
		beside, _, _ = strings.Cut(beside, "</div>")
		assert.Contains(t, beside, c[2], field)
		assert.Contains(t, beside, `class="error"`, field)
	}
	for name, want := range map[string]string{"nights": "Other quiet hours have this name.", "a b": "must be letters and digits", "a/b": "must be letters and digits"} {
		a := m.post(t, "/quiet", form("do", "save", "name", name, "from", "22:00", "to", "06:00", "zone", "UTC"))
		_, beside, _ := strings.Cut(a.body, `<label for="name">`)
		beside, _, _ = strings.Cut(beside, "</div>")
		assert.Contains(t, beside, want)
	}
	assert.Equal(t, calm, m.text(t))
}

func TestAContactHasQuietHoursAndAUser(t *testing.T) {
	m := start(t, calm, nil)
	page := m.get(t, "/contacts?edit=alice").body
	assert.Contains(t, page, `name="uid" value="2001"`)
	assert.Contains(t, page, `name="quiet" value="lunch" checked`)
	same := form("do", "save", "was", "alice", "name", "alice", "email", "alice@example.com", "phone", "+8613800138000", "uid", "2001", "quiet", "lunch")
	require.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", same).status)
	assert.Equal(t, calm, m.text(t))
	require.Equal(t, http.StatusSeeOther, m.post(t, "/contacts", form("do", "save", "was", "bob", "name", "bob", "email", "bob@example.com", "uid", "2002", "quiet", "lunch", "quiet", "nights")).status)
	assert.Contains(t, m.text(t), `{name: bob, email: bob@example.com, uid: "2002", quiet: [lunch, nights]}`)
	taken := m.post(t, "/contacts", form("do", "save", "was", "bob", "name", "bob", "email", "bob@example.com", "uid", "2001"))
	assert.Equal(t, http.StatusUnprocessableEntity, taken.status)
	_, beside, _ := strings.Cut(taken.body, `<label for="uid">`)
	beside, _, _ = strings.Cut(beside, "</div>")
	assert.Contains(t, beside, "has this uid already")
}

func TestMutesAreShownWhereTheRuleIs(t *testing.T) {
	m := start(t, calm, nil)
	assert.Contains(t, m.get(t, "/rules/one").body, `href="/mutes?rule=one"`)
	assert.NotContains(t, m.get(t, "/new-rule").body, `href="/mutes`)
	assert.Contains(t, m.get(t, "/mutes?rule=one").body, `name="rule" value="one"`)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/mutes", form("rule", "one", "hours", "4", "by", "alice", "why", "moving <b>data</b>")).status)
	for language, want := range map[string]string{"en": "Muted by alice until ", "zh": "已被 alice 静音至 ", "ja": "alice が "} {
		for _, path := range []string{"/rules", "/rules/one"} {
			body := m.get(t, path, "Accept-Language", language).body
			assert.Contains(t, body, want, path)
			assert.Contains(t, body, "moving &lt;b&gt;data", path)
			assert.Contains(t, body, `action="/mutes/end"><input type="hidden" name="id" value="m1">`, path)
		}
	}
	assert.Contains(t, m.get(t, "/rules/one").body, `<p class="verdict no">Muted by alice until`, "the preview knows it")
	later := form(savedOne(t, m, "at", time.Now().Add(48*time.Hour).UTC().Format("2006-01-02T15:04"), "zone", "UTC")...)
	later.Set("do", "look")
	assert.NotContains(t, m.post(t, "/rules/one", later).body, `<p class="verdict no">Muted`)
	require.Equal(t, http.StatusSeeOther, m.post(t, "/mutes/end", form("id", "m1")).status)
	assert.NotContains(t, m.get(t, "/rules").body, "Muted by alice")

	for _, what := range []string{"job", "receiver"} { // the one after the other: mutes add up
		shown := what == "receiver"
		require.Equal(t, http.StatusSeeOther, m.post(t, "/mutes", form(what, map[string]string{"job": "dlc1", "receiver": "dingtalk/oncall"}[what], "hours", "1", "by", "bob")).status)
		assert.Equal(t, shown, strings.Contains(m.get(t, "/rules").body, "Muted by bob"), what)
	}
	assert.Contains(t, m.get(t, "/rules").body, "(dingtalk/oncall only)")
}

func TestWhatHasNoEffectIsSaidBesideItsFieldAndSaved(t *testing.T) {
	m := start(t, calm, nil)
	useless := m.dingtalk("useless", "recovered", "true")
	useless.Set("events", "job-succeeded")
	for language, says := range map[string]string{"en": "has no effect: nothing tells", "zh": "不起作用：没有事件", "ja": "効果がありません：このルール"} {
		useless.Set("do", "look")
		page := m.post(t, "/new-rule", useless, "Accept-Language", language).body
		_, beside, _ := strings.Cut(page, `id="part-recovered-warning"`)
		beside, _, _ = strings.Cut(beside, "</div>")
		assert.Contains(t, beside, says)
		assert.NotContains(t, page, `aria-invalid="true"`)
		assert.NotContains(t, page, "is written in the document", "the secret leaves the document")
	}
	assert.NotContains(t, m.get(t, "/rules/one").body, "has no effect")
	useless.Set("do", "save")
	assert.Contains(t, m.post(t, "/new-rule", useless).header.Get("Location"), "/rules?done=created")
}
