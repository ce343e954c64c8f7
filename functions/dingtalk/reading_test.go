package dingtalk

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// read reads a message twice, because DingTalk documents which marks it knows
// and not how they are escaped: as common markdown, and as a client would that
// looks for the documented marks and knows no backslash. Marks, links and
// mentions are those of both.
func read(t targettest.T, m targettest.Message) targettest.Reading {
	t.Helper()
	var sent request
	require.NoError(t, json.Unmarshal([]byte(m.Body), &sent))
	r := targettest.Reading{Marks: map[string]int{sent.Type: 1}}
	var source []byte
	switch {
	case sent.Markdown != nil:
		source = []byte(sent.Markdown.Text)
		r.Text = sent.Markdown.Title
	case sent.ActionCard != nil:
		source = []byte(sent.ActionCard.Text)
		r.Text = sent.ActionCard.Title
		r.Links = append(r.Links, sent.ActionCard.SingleURL)
	}
	assert.NotRegexp(t, `[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}\x{202a}-\x{202e}]`, r.Text, "the title in the list of chats")
	r.Text += "\n" + readMarkdown(source, &r)
	for _, link := range bluntLink.FindAllStringSubmatch(string(source), -1) {
		r.Links = append(r.Links, link[1])
	}
	r.Marks["blunt tag"] = len(bluntTag.FindAll(source, -1))
	r.Marks["blunt bold"] = len(bluntBold.FindAll(source, -1))
	r.Marks["blunt block"] = len(bluntBlock.FindAll(source, -1))
	if sent.At != nil {
		if sent.At.All {
			r.Mentions = append(r.Mentions, "all")
		}
		for _, who := range slices.Concat(sent.At.Mobiles, sent.At.Users) {
			if strings.Contains(string(source), "@"+who) {
				r.Mentions = append(r.Mentions, who)
			}
		}
	}
	return r
}

var (
	bluntLink  = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]*)`)
	bluntTag   = regexp.MustCompile(`<[/!?A-Za-z@]`)
	bluntBold  = regexp.MustCompile(`\*\*`)
	bluntBlock = regexp.MustCompile(`(?m)^[ \t]*(#{1,6} |> |- |\* |\d+\. )`)
)

// readMarkdown counts what common markdown sees in a text and returns its words.
func readMarkdown(source []byte, r *targettest.Reading) string {
	var words strings.Builder
	_ = ast.Walk(goldmark.DefaultParser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			words.Write(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Value(source)))))
		case *ast.Link:
			r.Links = append(r.Links, string(n.Destination))
		}
		if n.Kind() != ast.KindText {
			r.Marks[n.Kind().String()]++
		}
		return ast.WalkContinue, nil
	})
	return words.String()
}

func TestNamesStayNames(t *testing.T) {
	for name, c := range map[string]Config{
		"in a card":                    {Style: ActionCard},
		"beside mentions":              {Mention: Mention{Mobiles: []string{"13800000001"}, Users: []string{"lisi"}}, Keyword: "PAI"},
		"beside a mention of everyone": {Mention: Mention{All: true}},
	} {
		t.Run(name, func(t *testing.T) {
			targettest.Names(t, targettest.Harness{
				Open: func(base string) (target.Target, error) {
					c.Webhook, c.SigningKey = target.Secret(base+"/robot/send?access_token="+token), key
					return New(c)
				},
				Notification: notification(),
				Accepted:     accepted,
				Answers:      answers,
				Read:         read,
			})
		})
	}
}

func TestAddressesAreWordsInAMessageThatWasCalledUnsafe(t *testing.T) {
	m := sample()
	m.Title = "DLC job failed: http://evil.example/login 10.0.0.1 v1.2."
	m.Fields[0].Value = "evil.example"
	d := draft{Config: Config{Style: Markdown}, message: m, budget: maxBody}
	assert.Contains(t, sent(t, d).Markdown.Text, "http://evil.example/login 10.0.0.1 v1.2.", "a name is shown as it is")
	d.plain = true
	plain := sent(t, d).Markdown
	assert.Contains(t, plain.Title, "http: //evil·example/login 10·0·0·1 v1·2.")
	assert.NotContains(t, plain.Title+plain.Text, "evil.example")
	assert.NotContains(t, plain.Text, "://")
}
