package console_test

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

func TestTheInboxIsAPageOfTheConsole(t *testing.T) {
	m := start(t, small, nil)
	path := m.inbox.Add("http", "hook<b>\u202e", inbox.Keys{}).Text("url")
	inboxtest.Do(m.inbox, "POST", path, "application/cloudevents+json", `{"specversion":"1.0","id":"1","source":"s","type":"<script>"}`, "webhook-id", "n1")
	m.post(t, "/publish", form("sample", "dlc-job-failed"))
	require.Eventually(t, func() bool { return len(m.inbox.Received()) == 2 }, waitFor, tick)

	for language, words := range map[string][]string{
		"en": {"Inbox of this machine", "requests: 1", "accepted"},
		"zh": {"本机收件箱", "请求数：1", "已接受"},
		"ja": {"このマシンの受信箱", "リクエスト数：1", "受理"},
	} {
		all := m.get(t, "/inbox/", "Accept-Language", language)
		assert.Equal(t, http.StatusOK, all.status)
		assert.Contains(t, all.body, `<html lang="`+language)
		assert.Contains(t, all.body, "<title>"+words[0])
		assert.Contains(t, all.body, "<h1>"+words[0])
		assert.Contains(t, all.body, words[1])
		assert.Contains(t, all.body, `href="/assets/console.css"`)
		assert.Contains(t, all.body, `<nav class="menu"`, "it leads back")
		assert.Contains(t, all.body, `href="`+inbox.PagePath("dingtalk", "robot")+`"`)
		assert.Contains(t, all.body, `hook&lt;b&gt;\u202e`, "nothing turns what stands beside it")
		assert.Contains(t, m.get(t, "/", "Accept-Language", language).body, `<a href="/inbox/">`+words[0], "the link is called as the page is")

		one := m.get(t, inbox.PagePath("dingtalk", "robot"), "Accept-Language", language)
		assert.Contains(t, one.body, words[2])
		assert.Contains(t, one.body, `<a href="/inbox/">`+words[0])
		assert.Contains(t, one.body, `class="bubble"`)
	}
	hook := m.get(t, inbox.PagePath("http", "hook<b>\u202e")).body
	assert.Contains(t, hook, "signature: none")
	assert.Contains(t, hook, "webhook-id n1")
	assert.NotContains(t, hook, `"<script>"`)
	assert.Equal(t, http.StatusNotFound, m.get(t, "/inbox/dingtalk/nobody").status)

	var messages []inbox.Message
	require.NoError(t, json.Unmarshal([]byte(m.get(t, "/messages.json").body), &messages))
	assert.Len(t, messages, 2)

	require.NoError(t, os.WriteFile(m.document, []byte("workspace: ["), 0o600))
	assert.Equal(t, http.StatusOK, m.get(t, "/inbox/").status, "whatever the document says")
}

func TestWithoutAnInboxThereIsNone(t *testing.T) {
	m := start(t, small, func(o *console.Options, _ *local.Options) { o.Received = nil })
	assert.Equal(t, http.StatusNotFound, m.get(t, "/inbox/").status)
	assert.NotContains(t, m.get(t, "/").body, "/inbox/")
}
