package email

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var hidden = regexp.MustCompile(`<div style="display:none[^>]*>([^<]*)</div>`)

// preheader is what a list of mails shows after the subject.
func preheader(t *testing.T, r read) string {
	t.Helper()
	found := hidden.FindAllStringSubmatch(r.html, -1)
	require.Len(t, found, 1)
	return html.UnescapeString(found[0][1])
}

func TestPreheader(t *testing.T) {
	targettest.EveryMessage(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		text := preheader(t, written(t, fixed(t, nil), n))
		brief, _, _ := strings.Cut(n.Message.Brief, "…")
		assert.True(t, strings.HasPrefix(text, brief), "%q begins with %q", text, brief)
		assert.NotContains(t, text, n.Message.Title, "which the subject has")
		assert.Greater(t, len(text), 60, "nothing of the body follows where a list shows little")
		assert.LessOrEqual(t, len(text), maxPreview)
		assert.Equal(t, message.OneLine(text), text, "it has no invisible characters")
	})
	for name, c := range map[string]struct {
		change func(*message.Message)
		want   string
	}{
		"begins with the brief, and says nothing twice": {
			func(m *message.Message) { m.Brief = "OOM on rank 3 · Failed" }, "OOM on rank 3 · Failed · ID: dlc1abc",
		},
		"begins with the reason where there is no brief": {
			func(m *message.Message) {
				m.Fields = append(m.Fields, message.Field{Key: "reason", Label: "Reason", Value: "OOM on rank 3"})
			}, "Reason: OOM on rank 3 · ID: dlc1abc · Status: Failed",
		},
		"has the reason once, however long it is": {
			func(m *message.Message) {
				m.Brief = strings.Repeat("out of memory ", 15) + "…"
				m.Fields = append(m.Fields, message.Field{Key: "reason", Label: "Reason", Value: strings.Repeat("out of memory ", 40)})
			}, strings.Repeat("out of memory ", 15) + "… · ID: dlc1abc · Status: Failed",
		},
		"names the events of a digest once": {
			func(m *message.Message) {
				m.Brief = "OOM on rank 3 · DLC job timed out: b"
				m.Fields = []message.Field{{Key: "event", Label: "Critical", Value: m.Title + " · OOM on rank 3"}, {Key: "event", Label: "Critical", Value: "DLC job timed out: b · 3 h"}}
			}, "OOM on rank 3 · DLC job timed out: b",
		},
		"does not repeat the subject": {func(m *message.Message) { m.Brief = m.Title }, "ID: dlc1abc · Status: Failed"},
		"is empty without a fact":     {func(m *message.Message) { m.Fields = nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := notification()
			c.change(&n.Message)
			assert.Equal(t, c.want, preheader(t, written(t, fixed(t, nil), n)))
		})
	}
}

// inOrder tells that text has all parts, each after the one before.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		assert.True(t, found, "%q stands where it should in %s", part, text)
		rest = after
	}
}

func TestWhatIsNeededAtOnceStandsBeforeTheFacts(t *testing.T) {
	n := notification()
	long := strings.Repeat("NCCL communicator was aborted. ", 30)
	for reason, whole := range map[string]bool{"OOM on rank 3": true, long: false} {
		n.Message.Fields = append(sample().Fields, message.Field{Key: "reason", Label: "Reason", Value: reason})
		r := written(t, fixed(t, nil), n)
		for _, body := range []string{r.text, r.html[strings.Index(r.html, "<h1"):]} {
			inOrder(t, body, n.Message.Title, "Reason: ", reason[:10], n.Message.Next, n.Message.LinkText, "dlc1abc", "Failed")
			if whole {
				assert.Equal(t, 1, strings.Count(body, reason))
			} else {
				inOrder(t, body, "Reason: ", "…", n.Message.Next, "Reason", strings.TrimSpace(reason))
			}
		}
	}
}

func TestEachLineOfADigestHasItsLink(t *testing.T) {
	n := notification()
	links := []string{"https://a.example/?x=1&y=2#/1", "", "javascript:alert(1)", "https://b.example/" + strings.Repeat("a", 30_000), "https://c.example/"}
	n.Message.Link, n.Message.Fields = "", nil
	for i, link := range links {
		n.Message.Fields = append(n.Message.Fields, message.Field{Key: "event", Label: "Critical", Value: "job " + string(rune('A'+i)), Link: link})
	}
	r := written(t, fixed(t, nil), n)
	assert.Contains(t, r.text, "Critical: job A\nhttps://a.example/?x=1&y=2#/1\nCritical: job B\nCritical: job C\nCritical: job D\nCritical: job E\nhttps://c.example/\n")
	inOrder(t, r.html, "job A", `<a class="link" href="https://a.example/?x=1&amp;y=2#/1"`, "</td>", "job B", "</td>", "job E", `<a class="link" href="https://c.example/"`)
	assert.Equal(t, 2, strings.Count(r.html, "<a "), "a link that cannot be shown whole is none")
}

func TestTheLastLineNamesTheRule(t *testing.T) {
	for name, c := range map[string]struct{ rule, ofMessage, about, want string }{
		"with what it is for":          {"job-died", "job-died", "Somebody gets up.", "job-died · Somebody gets up."},
		"alone without a description":  {"job-died", "", "", "job-died"},
		"and others that asked too":    {"job-died", "job-died, progress", "", "job-died, progress"},
		"with what it is for, in part": {"job-died", "job-died", strings.Repeat("x", 1000), "job-died · " + strings.Repeat("x", 119) + "…"},
		"as text":                      {"job-died", "", `<a href="x">&`, `job-died · <a href="x">&`},
	} {
		t.Run(name, func(t *testing.T) {
			n := notification()
			n.Rule, n.Message.Rule, n.Message.About = c.rule, c.ofMessage, c.about
			r := written(t, fixed(t, nil), n)
			assert.True(t, strings.HasSuffix(r.text, "rule:\n"+c.want+"\n"), r.text)
			assert.Contains(t, r.html, ">"+html.EscapeString(c.want)+"</span></p>\n</body>")
		})
	}
	t.Run("where there is one", func(t *testing.T) {
		n := notification()
		n.Rule, n.Message.About = "", "about nothing"
		assert.True(t, strings.HasSuffix(written(t, fixed(t, nil), n).text, "by an event notification of PAI.\n"))
	})
}

func TestLabelsAreFollowedByTheColonOfTheLanguage(t *testing.T) {
	for l, want := range map[message.Language]string{message.English: "ID: dlc1abc", message.Chinese: "ID：dlc1abc", message.Japanese: "ID: dlc1abc"} {
		n := notification()
		n.Message.Language = l
		text := written(t, fixed(t, nil), n).text
		assert.Contains(t, text, want)
		assert.NotContains(t, text, " \n\n", "no line ends with a space")
	}
}
