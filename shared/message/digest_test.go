package message_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// at is a minute of a morning.
func at(minute int) time.Time {
	return time.Date(2026, 11, 20, 3, minute, 0, 0, time.FixedZone("", 8*60*60))
}

// happened is a message about a job, by its name.
func happened(s event.Severity, what, job string, minute int) message.Message {
	return message.Message{
		Language: message.English, Severity: s, What: what, Name: job, Title: what + ": " + job, Subject: "dlc-" + job, Type: "dlc.x",
		Brief: "why " + job, Next: "do " + what, Link: "https://example.com/" + job, LinkText: "Open", Time: at(minute), Rule: "night",
		Fields: []message.Field{{Key: "id", Value: "dlc-" + job}, {Key: "reason", Value: "why"}, {Key: "time", Value: "then"}},
	}
}

// in is m in another language.
func in(l message.Language, m message.Message) message.Message {
	m.Language = l
	return m
}

func lines(d message.Message) []string {
	var texts []string
	for _, f := range d.Fields {
		texts = append(texts, f.Label+"|"+f.Value)
	}
	return texts
}

func TestADigestNamesTheWorstAndHowManyMore(t *testing.T) {
	failed, stuck := happened(event.Critical, "DLC job failed", "qwen", 9), happened(event.Critical, "DLC job timed out", "bert", 8)
	restarting, done := happened(event.Warning, "DLC job restarting", "clip", 9), happened(event.Success, "DLC job succeeded", "dit", 7)
	queued := happened(event.Info, "DLC job queued", "vit", 1)
	for name, c := range map[string]struct {
		list []message.Message
		want map[message.Language]string
	}{
		"critical ones and a warning": {[]message.Message{queued, done, restarting, stuck, failed}, map[message.Language]string{
			message.English:  "DLC job failed: qwen and 4 more (2 critical, 1 warning)",
			message.Chinese:  "DLC job failed：qwen 等 5 个事件（严重 2，警告 1）",
			message.Japanese: "qwen 他 4 件（重大 2、警告 1）",
		}},
		"nothing to worry about": {[]message.Message{queued, done}, map[message.Language]string{
			message.English:  "DLC job succeeded: dit and 1 more",
			message.Chinese:  "DLC job succeeded：dit 等 2 个事件",
			message.Japanese: "dit 他 1 件",
		}},
	} {
		for l, want := range c.want {
			t.Run(name+" "+string(l), func(t *testing.T) {
				var list []message.Message
				for _, m := range c.list {
					list = append(list, in(l, m))
				}
				d := message.Digest(list)
				assert.True(t, strings.HasSuffix(d.Title, want), d.Title)
				assert.True(t, strings.HasPrefix(d.Title, d.What) && strings.HasSuffix(d.Title, d.Name), "both parts stay apart for calls")
				assert.Contains(t, []string{"DLC job failed", "DLC job succeeded"}, d.What)
				assert.Equal(t, c.list[len(c.list)-1].Severity, d.Severity)
				assert.Equal(t, c.list[len(c.list)-1].Subject, d.Subject)
				assert.Equal(t, "digest", d.Type)
				assert.Equal(t, l, d.Language)
			})
		}
	}
}

func TestTheNameGivesWayInADigestsTitleAndTheCountsStay(t *testing.T) {
	for name, job := range map[string]string{"long": strings.Repeat("pretrain-", 40), "of Chinese": strings.Repeat("预训练", 80), "a link": "https://example.com/" + strings.Repeat("a", 400)} {
		for _, what := range []string{"DLC job failed", strings.Repeat("something odd ", 18)} {
			for _, l := range message.Languages() {
				t.Run(fmt.Sprintf("%s %.6s %s", name, what, l), func(t *testing.T) {
					d := message.Digest([]message.Message{in(l, happened(event.Critical, what, job, 1)), in(l, happened(event.Warning, what, "b", 1))})
					assert.LessOrEqual(t, len(d.Title), 102, "a tenth of what WeCom's shortest text has")
					assert.True(t, utf8.ValidString(d.Title))
					assert.Contains(t, d.Title, "…")
					assert.True(t, strings.HasSuffix(d.Title, "1)") || strings.HasSuffix(d.Title, "1 warning)") || strings.HasSuffix(d.Title, "警告 1）"), d.Title)
					if name == "long" {
						assert.Contains(t, d.Title, "pretra", "enough of the name to know it by")
					}
				})
			}
		}
	}
}

func TestLinesAreInOrderOfUrgencyAndThenTheNewestFirst(t *testing.T) {
	d := message.Digest([]message.Message{
		happened(event.Info, "DLC job queued", "a", 5), happened(event.Critical, "DLC job failed", "b", 1), happened(event.Warning, "DLC job preempted", "c", 9),
		happened(event.Critical, "DLC job failed", "d", 3), happened(event.Success, "DLC job succeeded", "e", 9), happened(event.Critical, "DLC job timed out", "f", 2),
	})
	assert.Equal(t, []string{
		"🔴 Critical|DLC job failed: d · why d · 11-20 03:03 +08:00",
		"🔴 Critical|DLC job timed out: f · why f · 11-20 03:02 +08:00",
		"🔴 Critical|DLC job failed: b · why b · 11-20 03:01 +08:00",
		"🟠 Warning|DLC job preempted: c · why c · 11-20 03:09 +08:00",
		"🟢 Success|DLC job succeeded: e · why e · 11-20 03:09 +08:00",
		"🔵 Info|DLC job queued: a · why a · 11-20 03:05 +08:00",
	}, lines(d))
	for i, job := range []string{"d", "f", "b", "c", "e", "a"} {
		assert.Equal(t, "https://example.com/"+job, d.Fields[i].Link, "each leads to its own page")
		assert.Equal(t, "event", d.Fields[i].Key)
	}
	assert.Empty(t, d.Link, "no page is that of all")
	assert.Empty(t, d.LinkText)
	assert.Empty(t, d.Next, "no advice is that of all")
	assert.Equal(t, at(9), d.Time, "the latest")
	assert.Equal(t, "why d · DLC job timed out: f · DLC job failed: b · DLC job preempted: c · DLC job succeeded: e · DLC job queued: a", d.Brief)
}

func TestWhatIsRightForEveryLineIsSaidOnce(t *testing.T) {
	a, b := happened(event.Warning, "DLC job preempted", "a", 1), happened(event.Warning, "DLC job preempted", "b", 2)
	d := message.Digest([]message.Message{a, b})
	assert.Equal(t, a.Next, d.Next, "both have the same advice")
	b.Link = a.Link
	d = message.Digest([]message.Message{a, b})
	assert.Equal(t, []string{a.Link, a.LinkText}, []string{d.Link, d.LinkText})
	assert.Empty(t, d.Fields[0].Link+d.Fields[1].Link)
}

func TestAJobsOwnSequenceIsOneLine(t *testing.T) {
	other := happened(event.Info, "DLC job queued", "other", 1)
	for name, c := range map[string]struct {
		list []message.Message
		want []string
	}{
		"before it failed": {[]message.Message{
			happened(event.Critical, "DLC job failed", "a", 9), happened(event.Info, "DLC job running", "a", 5), happened(event.Info, "DLC job queued", "a", 1),
		}, []string{"🔴 Critical|DLC job failed: a · why a · 11-20 03:09 +08:00 (queued 03:01, running 03:05)"}},
		"a failure before a success": {[]message.Message{
			happened(event.Info, "DLC job queued", "a", 1), happened(event.Critical, "DLC job failed", "a", 5), happened(event.Success, "DLC job succeeded", "a", 9),
		}, []string{"🔴 Critical|DLC job failed: a · why a · 11-20 03:05 +08:00 (queued 03:01; then succeeded 03:09)"}},
		"two failures with one reason": {[]message.Message{
			happened(event.Critical, "DLC job failed", "a", 1), happened(event.Critical, "DLC job failed", "a", 5), happened(event.Critical, "DLC job failed", "a", 9),
		}, []string{"🔴 Critical|DLC job failed: a · why a · 11-20 03:09 +08:00 (failed ×2 03:05)"}},
		"failures of two kinds": {[]message.Message{
			happened(event.Critical, "DLC job failed", "a", 1), happened(event.Info, "DLC job running", "a", 2), happened(event.Critical, "DLC job timed out", "a", 9),
		}, []string{
			"🔴 Critical|DLC job timed out: a · why a · 11-20 03:09 +08:00 (running 03:02)",
			"🔴 Critical|DLC job failed: a · why a · 11-20 03:01 +08:00",
		}},
		"without times": {[]message.Message{
			func() message.Message {
				m := happened(event.Critical, "DLC job failed", "a", 1)
				m.Time = time.Time{}
				return m
			}(), happened(event.Info, "DLC job running", "a", 2),
		}, []string{"🔴 Critical|DLC job failed: a · why a (then running 11-20 03:02 +08:00)"}},
		"of an image of an instance": {[]message.Message{
			happened(event.Warning, "DSW image save failed", "a", 3), happened(event.Info, "DSW image saving", "a", 2), happened(event.Success, "DSW instance started", "a", 1),
		}, []string{"🟠 Warning|DSW image save failed: a · why a · 11-20 03:03 +08:00 (started 03:01, image saving 03:02)"}},
		"of another day and another zone": {[]message.Message{
			happened(event.Critical, "DLC job failed", "a", 1),
			func() message.Message {
				m := happened(event.Info, "DLC job running", "a", 2)
				m.Time = time.Date(2026, 11, 18, 22, 31, 0, 0, time.UTC)
				return m
			}(),
		}, []string{"🔴 Critical|DLC job failed: a · why a · 11-20 03:01 +08:00 (running 11-19 06:31)"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := message.Digest(append(c.list, other))
			assert.Equal(t, append(c.want, "🔵 Info|DLC job queued: other · why other · 11-20 03:01 +08:00"), lines(d))
		})
	}
}

func TestADigestOfOneJobIsItsWorstEventsMessageWithTheOthers(t *testing.T) {
	failed := happened(event.Critical, "DLC job failed", "a", 5)
	failed.About = "Somebody has to look."
	d := message.Digest([]message.Message{happened(event.Info, "DLC job queued", "a", 1), failed, happened(event.Success, "DLC job succeeded", "a", 9)})
	want := failed
	want.Fields = []message.Field{failed.Fields[0], failed.Fields[1], {Key: "sequence", Label: "Other events", Value: "queued 03:01; then succeeded 03:09"}, failed.Fields[2]}
	assert.Equal(t, want, d)
	assert.Len(t, failed.Fields, 3, "the message itself is left as it is")
}

func TestOneThingsEventsAreNotTakenForAnothers(t *testing.T) {
	named := func(name, subject string) message.Message {
		m := happened(event.Success, "Model approved", name, 1)
		m.Subject = subject
		return m
	}
	for name, list := range map[string][]message.Message{
		"two versions of a model":  {named("m 1.0", "model-1"), named("m 1.1", "model-1")},
		"two jobs with one name":   {named("nightly", "dlc1"), named("nightly", "dlc2")},
		"events that name nothing": {named("", ""), named("", "")},
	} {
		t.Run(name, func(t *testing.T) { assert.Len(t, message.Digest(list).Fields, 2) })
	}
}

func TestADigestNamesItsRules(t *testing.T) {
	asked := func(rule, about string, n int) message.Message {
		m := happened(event.Info, "DLC job queued", fmt.Sprint(n), n)
		m.Rule, m.About = rule, about
		return m
	}
	for name, c := range map[string]struct {
		list        []message.Message
		rule, about string
	}{
		"one rule":          {[]message.Message{asked("a", "A.", 1), asked("a", "A.", 2)}, "a", "A."},
		"two rules":         {[]message.Message{asked("a", "A.", 1), asked("b", "B.", 2), asked("a", "A.", 3)}, "a, b", ""},
		"no rule":           {[]message.Message{asked("", "", 1), asked("", "", 2)}, "", ""},
		"long names":        {[]message.Message{asked(strings.Repeat("甲", 30), "", 3), asked(strings.Repeat("乙", 30), "", 2), asked("c", "", 1)}, strings.Repeat("甲", 30) + ", +2", ""},
		"one event for two": {[]message.Message{asked("a", "A.", 1), asked("b", "B.", 1)}, "a, b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := message.Digest(c.list)
			assert.Equal(t, []string{c.rule, c.about}, []string{d.Rule, d.About})
		})
	}
}

func TestADigestOfOneIsTheMessage(t *testing.T) {
	m := happened(event.Info, "DLC job queued", "a", 1)
	assert.Equal(t, m, message.Digest([]message.Message{m}))
}

// together is a digest of samples, a line for each thing.
func together(t *testing.T, l message.Language, types ...string) message.Message {
	t.Helper()
	var list []message.Message
	for _, typ := range types {
		e, s, known := sample(t, typ)
		list = append(list, message.Render(e, s, known, l, event.Rule{Name: "night-watch", Description: "Somebody has to look."}))
	}
	return message.Digest(list)
}

func TestSamplesTogetherShowEachThingItsReasonAndItsPage(t *testing.T) {
	var jobs []string
	for _, typ := range event.Builtin().Types {
		if typ.Source() == "dlc" {
			jobs = append(jobs, typ.Name)
		}
	}
	for _, l := range message.Languages() {
		t.Run(string(l), func(t *testing.T) {
			d := together(t, l, jobs...)
			require.Len(t, d.Fields, 5, "nine events of five jobs")
			for i, id := range []string{"dlc1x9qk7e2w5mzt", "dlc3t8wz6g1f7qxn"} {
				assert.Contains(t, d.Fields[i].Link, id)
				assert.True(t, strings.HasPrefix(d.Fields[i].Label, "🔴 "), d.Fields[i].Label)
			}
			text := strings.Join(lines(d), "\n")
			for _, part := range []string{"exited with code 1", "maximum running time of 1440 minutes", "spot price", "stopped by user 王芳", "qwen3-moe-pretrain-512gpu", "11-20 03:12 +08:00", "11-16 09:02", "11-18 22:31"} {
				assert.Contains(t, text, part)
			}
			assert.NotContains(t, text, "|dlc", "no line begins with an id")
			assert.Contains(t, d.Title, "qwen3-moe-pretrain-512gpu")
			assert.Contains(t, d.Brief, "exited with code 1")
			assert.Equal(t, "Somebody has to look.", d.About)
		})
	}
}

func TestAsManyEventsAsADigestTakesFitWeCom(t *testing.T) {
	for name, text := range map[string]string{"ASCII": strings.Repeat("word ", 200), "Chinese": strings.Repeat("原因很长 ", 200), "emoji": strings.Repeat("🤷🏽‍♀️", 60)} {
		for _, l := range message.Languages() {
			t.Run(name+" "+string(l), func(t *testing.T) {
				var list []message.Message
				for n := range message.MaxDigest {
					m := in(l, happened(event.Critical, "DLC job failed", fmt.Sprintf("job-%02d-%s", n, text[:48]), n))
					m.Brief, m.Link = text, ""
					list = append(list, m)
				}
				d := message.Digest(list)
				size := len(d.Title)
				for i, f := range d.Fields {
					size += len(f.Label) + len(f.Value) + len("****: \n")
					assert.Contains(t, f.Value, fmt.Sprintf("job-%02d", message.MaxDigest-1-i), "names stay")
					assert.True(t, strings.HasSuffix(f.Value, " +08:00"), "times stay: %s", f.Value)
				}
				assert.LessOrEqual(t, size, 4096-100)
			})
		}
	}
}

func TestHostileTextsStayWithinTheirLine(t *testing.T) {
	e, s, known := sample(t, "dlc.job-failed")
	text := string(e.JSON())
	for name, hostile := range map[string]string{
		"lines": `a\n\n🔴 **Critical:** b`, "markdown": `[x](https://evil.example) **b** <at user_id=\"all\">`, "right to left": `\u202eabc\u202c שלום`, "brackets": `a) and 9 more (9 critical`,
	} {
		t.Run(name, func(t *testing.T) {
			bad := parse(t, strings.ReplaceAll(strings.ReplaceAll(text, "qwen3-moe-pretrain-512gpu", hostile), "dlc1x9qk7e2w5mzt", "dlc2"))
			d := message.Digest([]message.Message{
				message.Render(bad, s, known, message.English, event.Rule{}), message.Render(e, s, known, message.English, event.Rule{}),
			})
			require.Len(t, d.Fields, 2)
			for _, part := range append(lines(d), d.Title, d.Brief, d.Name) {
				assert.False(t, strings.ContainsAny(part, "\n\r\u202e\u202c"), "%q", part)
			}
			assert.True(t, strings.HasSuffix(d.Title, " and 1 more (2 critical)"), "ours is the last: %s", d.Title)
		})
	}
}

func TestMessagesAreComparedByUrgencyAndTime(t *testing.T) {
	list := []message.Message{happened(event.Info, "x", "a", 9), happened(event.Critical, "x", "b", 1), happened(event.Critical, "x", "c", 2), happened(event.Critical, "x", "d", 2)}
	slices.SortStableFunc(list, message.ByUrgency)
	var names string
	for _, m := range list {
		names += m.Name
	}
	assert.Equal(t, "cdba", names)
}

func TestAProbeSaysSoInEveryLanguage(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range message.Languages() {
		m := message.Probe(l, "gpu-died")
		assert.NotEmpty(t, m.Next)
		assert.Equal(t, "gpu-died", m.Rule)
		assert.False(t, seen[m.Title])
		seen[m.Title] = true
	}
}
