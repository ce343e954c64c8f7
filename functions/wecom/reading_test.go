package wecom

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The marks of WeCom's markdown, as its documentation of group robots lists
// them. It has no escapes, so wherever one of these stands it means something.
var marks = map[string]*regexp.Regexp{
	"heading": regexp.MustCompile(`(?m)^[ \t]*#{1,6} `),
	"quote":   regexp.MustCompile(`(?m)^[ \t]*>`),
	"bold":    regexp.MustCompile(`\*\*`),
	"code":    regexp.MustCompile("`"),
	"tag":     regexp.MustCompile(`<`),
	"link":    regexp.MustCompile(`\]\(`),
	// Not documented: should a backslash escape after all, none may stand
	// before a mark of ours.
	"escaped": regexp.MustCompile(`(?m)\\(<|\*\*|\]\(|$)`),
	"line":    regexp.MustCompile(`[\n\r\x{85}\x{2028}\x{2029}]`),
	"control": regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`),
}

var (
	linkMark    = regexp.MustCompile(`\[[^\]]*\]\(([^)]*)\)`)
	mentionMark = regexp.MustCompile(`<@([^>]*)>`)
)

// read reads a message as it is, and as a client would that decodes entities
// first.
func read(t targettest.T, m targettest.Message) targettest.Reading {
	t.Helper()
	var sent request
	require.NoError(t, json.Unmarshal([]byte(m.Body), &sent))
	members, texts := targettest.Shape(t, m.Body)
	r := targettest.Reading{Marks: members, Text: strings.Join(texts, "\n")}
	if sent.Card != nil {
		r.Links = append(r.Links, sent.Card.Action.URL)
		for _, jump := range sent.Card.Jumps {
			r.Links = append(r.Links, jump.URL)
		}
		r.Text = "" // it shows a part of the message
		texts = slices.DeleteFunc(texts, func(s string) bool { return slices.Contains(r.Links, s) })
	}
	if sent.Text != nil {
		r.Mentions = slices.Concat(sent.Text.Users, sent.Text.Mobiles)
		texts = []string{sent.Text.Content}
	}
	if sent.Markdown != nil {
		texts = []string{sent.Markdown.Content}
	}
	for _, text := range texts {
		for _, text := range []string{text, html.UnescapeString(text)} {
			for kind, mark := range marks {
				if sent.Markdown == nil && (kind == "heading" || kind == "quote") || sent.Card != nil && kind == "line" {
					continue // of which texts and cards have none, or any number
				}
				r.Marks[kind] += len(mark.FindAllString(text, -1))
			}
			for _, link := range linkMark.FindAllStringSubmatch(text, -1) {
				r.Links = append(r.Links, link[1])
			}
			for _, mention := range mentionMark.FindAllStringSubmatch(text, -1) {
				r.Mentions = append(r.Mentions, mention[1])
			}
		}
	}
	return r
}

func TestNamesStayNames(t *testing.T) {
	everybody := Mention{Users: []string{"lisi"}, Mobiles: []string{"13800000001"}, All: true}
	for _, style := range []Style{Markdown, Text, TemplateCard} {
		t.Run("beside mentions in the style "+string(style), func(t *testing.T) {
			targettest.Names(t, targettest.Harness{
				Open: func(base string) (target.Target, error) {
					return New(Config{Webhook: target.Secret(base + "/cgi-bin/webhook/send?key=" + key), Style: style, Mention: everybody})
				},
				Notification: notification(),
				Accepted:     accepted,
				Answers:      answers(),
				Read:         read,
			})
		})
	}
}

// TestCharactersThatAreTakenOutJoinNothing is about the answer after which a
// message is sent once more without the characters that WeCom calls illegal.
func TestCharactersThatAreTakenOutJoinNothing(t *testing.T) {
	for _, name := range []string{`[Open console]\(http://evil.example/login)`, "[Open console]🚀(http://evil.example/login)", "*🚀*bold*🚀*"} {
		in, base := standIn(t)
		refusing(in, 40033)
		n := notification()
		n.Message.Title = name
		require.NoError(t, targettest.ErrorOf(open(t, base, nil).Send(t.Context(), n)))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.NotContains(t, seen[1].Body, "](http://evil.example")
		assert.NotContains(t, seen[1].Body, "**bold")
	}
}
