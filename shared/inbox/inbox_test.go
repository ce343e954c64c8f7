package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

func TestPages(t *testing.T) {
	hostile := `<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)> ![p](https://evil.example/p.png)`
	in := New(Options{}, posts)
	path := in.Add("post", "tok<b>", Keys{}).Text("webhook")
	receive := in.Add("post", "models", Keys{}).Text("webhook")
	inboxtest.Do(in, "POST", path, "application/json", note("### Job failed\n\n- **Status:** Failed\n\n"+hostile))
	inboxtest.Do(in, "POST", receive, "application/cloudevents+json", `{"id":"1","source":"s","type":"<script>"}`, "webhook-id", "n1")

	get := func(path string) *httptest.ResponseRecorder {
		w := inboxtest.Do(in, "GET", path, "", "")
		assert.Equal(t, http.StatusOK, w.Code)
		assert.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
		assert.NotContains(t, w.Body.String(), "<script")
		assert.NotContains(t, w.Body.String(), `="javascript:`)
		assert.NotContains(t, w.Body.String(), "<img src=x")
		return w
	}
	t.Run("list the receivers", func(t *testing.T) {
		body := get("/").Body.String()
		assert.Contains(t, body, "tok&lt;b&gt;")
		assert.Contains(t, body, `href="`+PagePath("post", "models")+`"`)
	})
	t.Run("show a chat message as the chat would", func(t *testing.T) {
		body := get(PagePath("post", "tok<b>")).Body.String()
		assert.Contains(t, body, "<h3")
		assert.Contains(t, body, "<li><strong>Status:</strong> Failed</li>")
	})
	t.Run("show an event and the verdict on its signature", func(t *testing.T) {
		body := get(PagePath("post", "models")).Body.String()
		assert.Contains(t, body, "signature: none")
		assert.Contains(t, body, "webhook-id n1")
	})
	t.Run("serve their style sheet and nothing else", func(t *testing.T) {
		assert.Contains(t, get("/page.css").Header().Get("Content-Type"), "text/css")
		assert.Equal(t, http.StatusNotFound, inboxtest.Do(in, "GET", "/inbox/post/no", "", "").Code)
		assert.Equal(t, http.StatusNotFound, inboxtest.Do(in, "GET", "/no", "", "").Code)
	})
	t.Run("give all messages as JSON", func(t *testing.T) {
		var all []Message
		require.NoError(t, json.Unmarshal(inboxtest.Do(in, "GET", "/messages.json", "", "").Body.Bytes(), &all))
		assert.Len(t, all, 2)
		require.NoError(t, json.Unmarshal(inboxtest.Do(New(Options{}), "GET", "/messages.json", "", "").Body.Bytes(), &all))
		assert.NotNil(t, all)
		assert.Empty(t, all)
	})
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
	body, err := io.ReadAll(inboxtest.Do(in, "GET", PagePath("post", "tok"), "", "").Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), "10 requests")
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
