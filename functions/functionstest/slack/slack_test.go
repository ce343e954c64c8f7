package slack

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions/functionstest/slack/standin"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

const (
	key  = "XXXXXXXXXXXXXXXXXXXXXXXX"
	path = "/services/T00000000/B00000000/" + key
)

func notification() target.Notification {
	return target.Notification{ID: "n1", Message: message.Message{
		Language: message.English, Severity: event.Critical, Title: "DLC job failed: train-7b",
		Fields: []message.Field{{Key: "id", Label: "ID", Value: "dlc1abc"}, {Key: "status", Label: "Status", Value: "Failed"}},
		Next:   "Read the log of the first instance that failed.",
		Link:   "https://pai.console.aliyun.com/?regionId=cn-hangzhou&a=b#/dlc/jobs/dlc1abc", LinkText: "Open in console",
	}}
}

func open(base string) (target.Target, error) {
	return New(Config{Webhook: target.Secret(base + path)})
}

var (
	mark    = regexp.MustCompile(`<([^<>|]*)(\|[^<>]*)?>`)
	control = regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{2069}]`)
)

func read(t targettest.T, m targettest.Message) targettest.Reading {
	t.Helper()
	var sent request
	require.NoError(t, json.Unmarshal([]byte(m.Body), &sent))
	assert.False(t, sent.Markdown, "only what is escaped has a meaning")
	r := targettest.Reading{Text: html.UnescapeString(sent.Text), Marks: map[string]int{
		"bracket": strings.Count(sent.Text, "<") + strings.Count(sent.Text, ">"), "line": strings.Count(sent.Text, "\n"), "control": len(control.FindAllString(sent.Text, -1)),
	}}
	for _, found := range mark.FindAllStringSubmatch(sent.Text, -1) {
		if strings.ContainsAny(found[1][:1], "@!#") {
			r.Mentions = append(r.Mentions, found[1])
		} else {
			r.Links = append(r.Links, html.UnescapeString(found[1]))
		}
	}
	return r
}

func TestSuite(t *testing.T) {
	targettest.Run(t, targettest.Harness{
		Open: open, Notification: notification(), Read: read, Secrets: []string{key},
		Accepted: accepted, Receipt: target.Receipt{Status: 200, Code: accepted},
		Answers: []targettest.Answer{
			{Name: "unreadable", Status: 400, Body: "invalid_payload", Class: targettest.Permanent, Code: "invalid_payload", Advice: "report it"},
			{Name: "empty", Status: 400, Body: "no_text", Class: targettest.Permanent, Code: "no_text", Advice: "report it"},
			{Name: "removed", Status: 404, Body: "no_service", Class: targettest.Gone, Code: "no_service", Advice: "removed"},
			{Name: "archived", Status: 410, Body: "channel_is_archived", Class: targettest.Permanent, Code: "channel_is_archived", Advice: "archived"},
			{Name: "forbidden", Status: 403, Body: "action_prohibited", Class: targettest.Permanent, Code: "action_prohibited", Advice: "administrator"},
			{Name: "too many", Status: 429, Body: "rate_limited", Class: targettest.Transient},
			{Name: "a refusal that nobody knows", Status: 403, Body: "no_such_word", Class: targettest.Permanent, Advice: "check the secret"},
			{Name: "a refusal inside a success", Status: 200, Body: "no_service", Class: targettest.Unconfirmed},
			{Name: "a refusal of a server that fails", Status: 500, Body: "no_service", Class: targettest.Transient},
			{Name: "a success inside a refusal", Status: 400, Body: accepted, Class: targettest.Permanent},
		},
	})
}

func TestAWebhookOfThreeSegments(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "")
	const host = "https://hooks.slack.example"
	for raw, want := range map[string]string{
		host + path:                                         "",
		host + "/services/T00000000/" + key:                 "path must be /services/{workspace}/{app}/{key}",
		host + path + "/more":                               "path must be",
		host + "/services/T00000000//" + key:                "path must be",
		host + "/workflows/T00000000/B00000000/" + key:      "path must be",
		host + path + "?a=b":                                "must not have a query",
		"https://hooks.slack.example.evil.example" + path:   "host must be hooks.slack.example",
		"http://hooks.slack.example" + path:                 "must start with https://",
		"https://hooks.slack.example/services/T/B/k%2Fey":   "path must be",
		"https://hooks.slack.example/services/{a}/{b}/{c}d": "path must be",
		"": "is missing",
	} {
		err := Spec.Check([]byte(`{"webhook":"` + raw + `"}`))
		if want == "" {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, want, raw)
		assert.NotContains(t, err.Error(), key)
	}
}

func TestEveryMessageIsTakenAndShown(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(inbox.Options{Rate: 1e6, Keep: 1e6}, standin.Platform)
	s := httptest.NewServer(in)
	defer s.Close()
	to, err := New(Config{Webhook: target.Secret(s.URL + in.Add("slack", "robot", inbox.Keys{}).Text("webhook"))})
	require.NoError(t, err)
	taken := func(t *testing.T, m message.Message) inbox.Message {
		t.Helper()
		require.NoError(t, targettest.ErrorOf(to.Send(t.Context(), target.Notification{ID: "n", Message: m})))
		all := in.Received()
		require.True(t, all[len(all)-1].Accepted)
		return all[len(all)-1]
	}
	targettest.EveryEvent(t, Spec, func(t *testing.T, _ string, n target.Notification) {
		m := taken(t, n.Message)
		for _, want := range append([]string{n.Message.Title, n.Message.Next}, n.Message.Fields[0].Value) {
			assert.Contains(t, m.Plain(), want)
		}
		assert.Equal(t, n.Message.LinkText, m.LinkText)
	})
	for what, m := range targettest.HardMessages(notification().Message) {
		t.Run("with "+what, func(t *testing.T) { assert.Empty(t, taken(t, m).Mentions) })
	}
	for m := range targettest.AnyText(notification().Message) {
		assert.True(t, utf8.ValidString(taken(t, m).Body))
	}
}

func TestAWebhookThatWasRemovedIsGone(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	s := httptest.NewServer(inbox.New(inbox.Options{}, standin.Platform))
	defer s.Close()
	to, err := New(Config{Webhook: target.Secret(s.URL + "/services/T0INBOX/B0INBOX/nobody")})
	require.NoError(t, err)
	assert.True(t, target.IsGone(targettest.ErrorOf(to.Send(t.Context(), notification()))))
	assert.Equal(t, http.StatusNotFound, standin.Platform.Unknown(nil).Status)
}
