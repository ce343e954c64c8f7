package lark

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/require"
)

// The marks of the markdown of cards, as Lark's documentation lists them, in
// which numbered entities stand for characters that are none; and those of
// texts, which have tags and links.
var (
	cardMarks = map[string]*regexp.Regexp{
		"heading":  regexp.MustCompile(`(?m)^[ \t]*#{1,6} `),
		"quote":    regexp.MustCompile(`(?m)^[ \t]*>`),
		"item":     regexp.MustCompile(`(?m)^[ \t]*([-+*]|\d+\.) `),
		"rule":     regexp.MustCompile(`(?m)^[ \t]*(---|===)`),
		"star":     regexp.MustCompile(`\*`),
		"slanted":  regexp.MustCompile(`\b_|_\b`),
		"code":     regexp.MustCompile("`"),
		"struck":   regexp.MustCompile(`~`),
		"tag":      regexp.MustCompile(`<`),
		"link":     regexp.MustCompile(`[\[\]]`),
		"variable": regexp.MustCompile(`\$`),
		"emoji":    regexp.MustCompile(`:[A-Za-z]+:`),
		"table":    regexp.MustCompile(`\|`),
		"entity":   regexp.MustCompile(`&([^#]|#[^0-9]|#[0-9]+[^0-9;])`),
		"escape":   regexp.MustCompile(`\\`),
	}
	textMarks = map[string]*regexp.Regexp{
		"tag":  regexp.MustCompile(`<`),
		"link": regexp.MustCompile(`\]\(`),
	}
	anyText = map[string]*regexp.Regexp{
		"line":    regexp.MustCompile(`[\n\r\x{85}\x{2028}\x{2029}]`),
		"control": regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`),
	}
	mentionMark = regexp.MustCompile(`<at (?:user_)?id="?([^>"]*)"?>`)
	wordInside  = regexp.MustCompile(`([\pL\pN])_+([\pL\pN])`)
)

// sentCard is the part of a card that is markdown.
type sentCard struct {
	Card struct {
		Body struct {
			Elements []struct {
				Tag       string
				Content   string
				Behaviors []struct {
					URL string `json:"default_url"`
				}
			}
		}
	}
}

// read reads a message; texts as they are, and as a client would that decodes
// entities first.
func read(t targettest.T, m targettest.Message) targettest.Reading {
	t.Helper()
	members, texts := targettest.Shape(t, m.Body)
	r := targettest.Reading{Marks: members}
	count := func(marks map[string]*regexp.Regexp, text string) {
		for kind, mark := range marks {
			r.Marks[kind] += len(mark.FindAllString(text, -1))
		}
	}
	remind := func(text string) {
		for _, mention := range mentionMark.FindAllStringSubmatch(text, -1) {
			r.Mentions = append(r.Mentions, mention[1])
		}
	}
	var c sentCard
	require.NoError(t, json.Unmarshal([]byte(m.Body), &c))
	for _, element := range c.Card.Body.Elements {
		if element.Tag == "markdown" {
			// An underscore inside a word is none of the marks.
			remind(element.Content)
			count(cardMarks, wordInside.ReplaceAllString(wordInside.ReplaceAllString(element.Content, "$1$2"), "$1$2"))
		}
		for _, b := range element.Behaviors {
			r.Links = append(r.Links, b.URL)
		}
	}
	isCard := len(c.Card.Body.Elements) > 0
	for _, text := range texts {
		count(anyText, text)
		if isCard {
			continue // the rest of a card is plain text, as its tags say
		}
		for _, text := range []string{text, html.UnescapeString(text)} {
			count(textMarks, text)
			remind(text)
		}
	}
	r.Text = strings.Join(texts, "\n")
	var p struct {
		Content struct {
			Post map[string]post
		}
	}
	require.NoError(t, json.Unmarshal([]byte(m.Body), &p))
	for _, language := range p.Content.Post {
		for _, line := range language.Content {
			for _, span := range line {
				if span.Link != "" {
					r.Links = append(r.Links, span.Link)
				}
				if span.User != "" {
					r.Mentions = append(r.Mentions, span.User)
				}
			}
		}
	}
	return r
}

func TestNamesStayNames(t *testing.T) {
	for _, style := range []Style{Card, Post, Text} {
		t.Run("beside mentions in the style "+string(style), func(t *testing.T) {
			targettest.Names(t, targettest.Harness{
				Open: func(base string) (target.Target, error) {
					return New(Config{Webhook: target.Secret(base + hookPath + id), Style: style, Mention: Mention{Users: []string{"ou_1"}, All: true}, Keyword: "PAI"})
				},
				Notification: notification(),
				Accepted:     `{"code":0,"msg":"success"}`,
				Answers:      answers,
				Read:         read,
			})
		})
	}
}
