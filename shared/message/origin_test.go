package message_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/stretchr/testify/assert"
)

func TestTheRuleSpeaks(t *testing.T) {
	for outcome, c := range map[string]struct{ rule, about, described, named string }{
		"with its name and description":         {"job-needs-help", "Somebody has to look.", "job-needs-help · Somebody has to look.", "job-needs-help"},
		"with its name alone":                   {"job-needs-help", "", "job-needs-help", "job-needs-help"},
		"not where no rule asked":               {"", "Somebody has to look.", "", ""},
		"in one line":                           {"a\nb", "c\u202e\n\nd", "a b · c  d", "a b"},
		"at length where a digest has several":  {strings.Repeat("规则, ", 20), "", strings.TrimSpace(strings.Repeat("规则, ", 20)), strings.Repeat("规则, ", 11) + "规则,…"},
		"in 48 characters with a long name":     {strings.Repeat("规", 99), "x", strings.Repeat("规", 47) + "… · x", strings.Repeat("规", 47) + "…"},
		"in 120 characters with a long purpose": {"a", strings.Repeat("用", 200), "a · " + strings.Repeat("用", 119) + "…", "a"},
	} {
		t.Run(outcome, func(t *testing.T) {
			m := message.Message{Rule: c.rule, About: c.about}
			assert.Equal(t, c.described, m.Origin(true))
			assert.Equal(t, c.named, m.Origin(false))
		})
	}
}

func TestPreview(t *testing.T) {
	m := message.Message{Title: "DLC job failed: train-7b", Brief: "Worker 12 exited with code 1. · 3 d 17 h"}
	assert.Equal(t, "DLC job failed: train-7b · Worker 12 exited with code 1. · 3 d 17 h", m.Preview(300))
	assert.Equal(t, "DLC job failed: train-7b · Worker 12 exited with…", m.Preview(53))
	assert.Equal(t, "DLC job failed: train-7b", m.Preview(40), "no room for what is worth reading")
	assert.Equal(t, "DLC job f…", m.Preview(12))
	m.Brief = "OOM"
	assert.Equal(t, "DLC job failed: train-7b · OOM", m.Preview(40))
	m.Brief = ""
	assert.Equal(t, "DLC job failed: train-7b", m.Preview(300))
}

func TestClipCharacters(t *testing.T) {
	for _, s := range []string{"", "abc", "任务失败了", "👩‍👩‍👧‍👦 failed", "a  b  c"} {
		for n := 1; n < 12; n++ {
			cut := message.ClipCharacters(s, n)
			assert.LessOrEqual(t, utf8.RuneCountInString(cut), n, "%q to %d", s, n)
			assert.Equal(t, utf8.RuneCountInString(s) <= n, cut == s, "%q to %d", s, n)
		}
	}
	assert.Equal(t, "任务失…", message.ClipCharacters("任务失败了", 4))
}

func TestAddress(t *testing.T) {
	for link, want := range map[string]string{
		"https://a.example/?b=c#/d":                     "https://a.example/?b=c#/d",
		"https://a.example/x)[y](https://evil.example)": "https://a.example/x%29[y]%28https://evil.example%29",
		"https://a.example/`*\"<>\\":                    "https://a.example/%60%2A%22%3C%3E%5C",
		"javascript:alert(1)":                           "",
		"https://":                                      "",
		"//a.example/b":                                 "",
		"https://a.example/\nb":                         "",
		"https://a.example/" + strings.Repeat("a", 90):  "",
		"https://a.example/" + strings.Repeat("(", 70):  "",
		"": "",
	} {
		assert.Equal(t, want, message.Address(link, 100), link)
	}
}
