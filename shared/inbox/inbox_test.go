package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

// posts is a platform of a few lines: its receivers take any text, under a path
// of several segments.
var posts = Platform{
	Type:    "post",
	Route:   Webhook{Path: "/services/T0/B0/", Address: "webhook", Key: "key", Drop: []string{"headers"}},
	New:     func(k Keys, _ int) Receiver { return post(k) },
	Unknown: func(*http.Request) Answer { return Answer{Status: http.StatusNotFound, Body: "no_service"} },
}

type post Keys

func (p post) Receive(r *http.Request, body []byte, m *Message) Answer {
	var sent struct{ Text, Type string }
	if json.Unmarshal(body, &sent) != nil || p.Secret != r.Header.Get("Key") {
		m.Reason = "refused"
		return Answer{Status: http.StatusForbidden, Body: "invalid_token"}
	}
	m.Title, m.Text, m.ID, m.Signature, m.Accepted = sent.Type, sent.Text, r.Header.Get("webhook-id"), "none", true
	return Answer{Status: http.StatusOK, Body: "ok"}
}

func note(text string) string {
	b, _ := json.Marshal(map[string]string{"text": text})
	return string(b)
}

func TestScript(t *testing.T) {
	in := New(Options{}, posts)
	path := in.Add("post", "tok", Keys{}).Text("webhook")
	s := httptest.NewServer(in)
	defer s.Close()
	post := func(ctx context.Context) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, "POST", s.URL+path, strings.NewReader(note("x")))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		return http.DefaultClient.Do(r)
	}
	t.Run("answers once, and then as always", func(t *testing.T) {
		in.Script("post", "tok", Script{Status: 503, Header: http.Header{"Retry-After": {"7"}}, Body: "later"})
		res, err := post(context.Background())
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, 503, res.StatusCode)
		assert.Equal(t, "7", res.Header.Get("Retry-After"))
		res, err = post(context.Background())
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, 200, res.StatusCode)
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.False(t, seen[0].Accepted)
		assert.True(t, seen[1].Accepted)
	})
	t.Run("hangs until the sender goes away", func(t *testing.T) {
		in.Script("post", "tok", Script{Hang: true})
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := post(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("takes a message and cuts the connection", func(t *testing.T) {
		before := len(in.Received())
		in.Script("post", "tok", Script{Reset: true, Took: true})
		_, err := post(context.Background())
		assert.Error(t, err)
		seen := in.Received()
		require.Greater(t, len(seen), before)
		assert.True(t, seen[len(seen)-1].Accepted)
	})
}

func TestWhatIsShownOfAMessageIsHarmless(t *testing.T) {
	hostile := `<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)> ![p](https://evil.example/p.png)`
	for name, m := range map[string]Message{
		"a chat message": {Title: hostile, Text: "### Job failed\n\n- **Status:** Failed\n\n" + hostile, Mentions: []string{hostile}, Link: "javascript:alert(4)", LinkText: hostile},
		"a mail":         {Title: hostile, Mail: &Mail{From: hostile, To: hostile, Text: hostile, HTML: hostile}},
		"an event":       {Title: hostile, ID: hostile, Body: `{"id":"1","type":"<script>"}`},
	} {
		html, err := m.HTML()
		require.NoError(t, err)
		assert.Contains(t, html, `class="bubble"`, name)
		assert.NotContains(t, html, "<script", name)
		assert.NotContains(t, html, `="javascript:`, name)
		assert.NotContains(t, html, "<img src=x", name)
	}
	html, err := Message{Text: "### Job failed\n\n- **Status:** Failed"}.HTML()
	require.NoError(t, err)
	assert.Contains(t, html, "<h3")
	assert.Contains(t, html, "<li><strong>Status:</strong> Failed</li>", "as the chat would show it")
}

func TestPlain(t *testing.T) {
	m := Message{
		Accepted: true, Title: "T", Mentions: []string{"138"},
		Text: "### 🔴 Job failed: a\\_b\n\n- **Status:** Failed\n- **Reason:** exit \\*1\\*\x1b[31m\n\n> Read the log.\n\n[Open](https://a.example/x)\n\n@138",
	}
	assert.Equal(t, "🔴 Job failed: a_b\n- Status: Failed\n- Reason: exit *1* [31m\n> Read the log.\nOpen <https://a.example/x>\n@138\nreminds: 138\n", m.Plain())
	assert.Equal(t, "t\nsignature: valid\nrefused: no\n", Message{Title: "t", Signature: "valid", Reason: "no"}.Plain())
}

func TestInboxKeepsTheLastMessagesOnly(t *testing.T) {
	in := New(Options{Keep: 3}, posts)
	path := in.Add("post", "tok", Keys{}).Text("webhook")
	for i := range 10 {
		inboxtest.Do(in, "POST", path, "application/json", note(fmt.Sprint("m", i)))
	}
	var texts []string
	for _, m := range in.Received() {
		texts = append(texts, m.Text)
	}
	assert.Equal(t, []string{"m7", "m8", "m9"}, texts)
	of, ok := in.Receiver("post", "tok")
	require.True(t, ok)
	assert.Equal(t, 10, of.Total)
	assert.Len(t, of.Messages, 3)
	_, ok = in.Receiver("post", "no")
	assert.False(t, ok)
	all := in.Receivers()
	require.Len(t, all, 1)
	assert.Equal(t, []Message{of.Messages[2]}, all[0].Messages, "a list has the last")
}

func TestAnInboxForAnyoneHasAnEnd(t *testing.T) {
	in := New(Options{Anyone: true}, posts)
	for i := range maxReceivers + 5 {
		in.Expect("post", fmt.Sprint(i))
	}
	assert.Len(t, in.receivers, maxReceivers)
	in.Expect("post", "1")
	assert.Len(t, in.receivers, maxReceivers, "one that is there is not added again")
}
