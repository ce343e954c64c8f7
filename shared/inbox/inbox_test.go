package inbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func start() *clock { return &clock{time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

func markdownNote(text string) string {
	b, _ := json.Marshal(map[string]any{"msgtype": "markdown", "markdown": map[string]string{"title": "T", "text": text}})
	return string(b)
}

func do(in http.Handler, method, target, contentType, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	in.ServeHTTP(w, r)
	return w
}

func signedQuery(key string, at time.Time) string {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(timestamp + "\n" + key))
	return "&" + url.Values{"timestamp": {timestamp}, "sign": {base64.StdEncoding.EncodeToString(mac.Sum(nil))}}.Encode()
}

func TestDingtalk(t *testing.T) {
	c := start()
	in := New(Options{Now: c.now})
	path := in.AddDingtalk("tok", "SEC1", "alert")
	good := path + signedQuery("SEC1", c.at)
	card := `{"msgtype":"actionCard","actionCard":{"title":"T","text":"alert","singleTitle":"Open","singleURL":"https://a.example"}}`
	for name, x := range map[string]struct {
		method, target, contentType, body string
		code                              int
	}{
		"accepts a signed message":              {"POST", good, "application/json; charset=utf-8", markdownNote("alert"), 0},
		"accepts a card":                        {"POST", good, "application/json", card, 0},
		"refuses an unknown token":              {"POST", "/robot/send?access_token=no", "application/json", markdownNote("alert"), 300005},
		"refuses a missing token":               {"POST", "/robot/send", "application/json", markdownNote("alert"), 40035},
		"refuses GET":                           {"GET", good, "application/json", "", 43002},
		"refuses another content type":          {"POST", good, "text/plain", markdownNote("alert"), 43004},
		"refuses what is not JSON":              {"POST", good, "application/json", "x", 40035},
		"refuses 20001 bytes":                   {"POST", good, "application/json", markdownNote("alert" + strings.Repeat("x", 19939)), 460101},
		"accepts 20000 bytes":                   {"POST", good, "application/json", markdownNote("alert" + strings.Repeat("x", 19938)), 0},
		"refuses an unsigned message":           {"POST", path, "application/json", markdownNote("alert"), 310000},
		"refuses a signature by another key":    {"POST", path + signedQuery("SEC2", c.at), "application/json", markdownNote("alert"), 310000},
		"refuses a signature of over an hour":   {"POST", path + signedQuery("SEC1", c.at.Add(-61*time.Minute)), "application/json", markdownNote("alert"), 310000},
		"refuses a signature of the far future": {"POST", path + signedQuery("SEC1", c.at.Add(61*time.Minute)), "application/json", markdownNote("alert"), 310000},
		"accepts a signature of within an hour": {"POST", path + signedQuery("SEC1", c.at.Add(-59*time.Minute)), "application/json", markdownNote("alert"), 0},
		"refuses a message without keyword":     {"POST", good, "application/json", markdownNote("hello"), 310000},
		"refuses a message without text":        {"POST", good, "application/json", markdownNote(" "), 300001},
		"refuses another type":                  {"POST", good, "application/json", `{"msgtype":"voice","markdown":{"title":"T","text":"alert"}}`, 400105},
	} {
		t.Run(name, func(t *testing.T) {
			var answer struct {
				Code *int   `json:"errcode"`
				Text string `json:"errmsg"`
			}
			w := do(in, x.method, x.target, x.contentType, x.body)
			assert.Equal(t, http.StatusOK, w.Code)
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
			require.NotNil(t, answer.Code)
			assert.Equal(t, x.code, *answer.Code, answer.Text)
		})
	}
	t.Run("blocks a robot for ten minutes after the twenty-first message of a minute", func(t *testing.T) {
		c := start()
		in := New(Options{Now: c.now})
		path := in.AddDingtalk("tok", "")
		send := func() string { return do(in, "POST", path, "application/json", markdownNote("x")).Body.String() }
		for range 20 {
			require.Contains(t, send(), `"errcode":0`)
			c.at = c.at.Add(2 * time.Second)
		}
		assert.Contains(t, send(), "130101")
		c.at = c.at.Add(9*time.Minute + 59*time.Second)
		assert.Contains(t, send(), "130101")
		c.at = c.at.Add(time.Second)
		assert.Contains(t, send(), `"errcode":0`)
	})
	t.Run("lets twenty a minute go on for ever", func(t *testing.T) {
		c := start()
		in := New(Options{Now: c.now})
		path := in.AddDingtalk("tok", "")
		for range 100 {
			require.Contains(t, do(in, "POST", path, "application/json", markdownNote("x")).Body.String(), `"errcode":0`)
			c.at = c.at.Add(3 * time.Second)
		}
	})
	t.Run("reminds only whom the text names too", func(t *testing.T) {
		in := New(Options{})
		path := in.AddDingtalk("tok", "")
		do(in, "POST", path, "application/json", `{"msgtype":"markdown","markdown":{"title":"T","text":"x @138"},"at":{"atMobiles":["138","139"],"atUserIds":["u"]}}`)
		assert.Equal(t, []string{"138"}, in.Received()[0].Mentions)
	})
}

func TestHTTP(t *testing.T) {
	c := start()
	in := New(Options{Now: c.now})
	path, err := in.AddHTTP("models", secret)
	require.NoError(t, err)
	hook, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	body := `{"specversion":"1.0","id":"1","source":"s","type":"t"}`
	headers := func(at time.Time, body string) []string {
		signature, err := hook.Sign("n1", at, []byte(body))
		require.NoError(t, err)
		return []string{"webhook-id", "n1", "webhook-timestamp", strconv.FormatInt(at.Unix(), 10), "webhook-signature", signature}
	}
	const event = "application/cloudevents+json; charset=utf-8"
	for name, x := range map[string]struct {
		method, path, contentType, body string
		headers                         []string
		status                          int
	}{
		"accepts a signed event":             {"POST", path, event, body, headers(c.at, body), 200},
		"refuses an unknown receiver":        {"POST", "/receive/no", event, body, headers(c.at, body), 404},
		"refuses GET":                        {"GET", path, event, body, headers(c.at, body), 405},
		"refuses an unsigned event":          {"POST", path, event, body, nil, 401},
		"refuses a changed body":             {"POST", path, event, body + " ", headers(c.at, body), 401},
		"refuses a signature of six minutes": {"POST", path, event, body, headers(c.at.Add(-6*time.Minute), body), 401},
		"accepts an event in binary mode":    {"POST", path, "application/json", "{}", append(headers(c.at, "{}"), "ce-specversion", "1.0", "ce-id", "1", "ce-source", "s", "ce-type", "%E4%BD%A0"), 200},
		"refuses one that lacks a header":    {"POST", path, "application/json", "{}", append(headers(c.at, "{}"), "ce-specversion", "1.0", "ce-id", "1", "ce-type", "t"), 400},
		"refuses one with a broken header":   {"POST", path, "application/json", "{}", append(headers(c.at, "{}"), "ce-specversion", "1.0", "ce-id", "1", "ce-source", "s", "ce-type", "100%"), 400},
		"refuses another content type":       {"POST", path, "application/json", body, headers(c.at, body), 415},
		"refuses what is not an event":       {"POST", path, event, "{}", headers(c.at, "{}"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := do(in, x.method, x.path, x.contentType, x.body, x.headers...)
			assert.Equal(t, x.status, w.Code, w.Body.String())
		})
	}
	t.Run("marks what it has had before", func(t *testing.T) {
		in := New(Options{Now: c.now})
		path, err := in.AddHTTP("models", "")
		require.NoError(t, err)
		for range 2 {
			do(in, "POST", path, event, body, "webhook-id", "n1")
		}
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.False(t, seen[0].Repeated)
		assert.True(t, seen[1].Repeated)
	})
	t.Run("refuses a secret that it cannot decode", func(t *testing.T) {
		_, err := New(Options{}).AddHTTP("models", "whsec_!")
		assert.ErrorContains(t, err, "models")
	})
}

func TestScript(t *testing.T) {
	in := New(Options{})
	path := in.AddDingtalk("tok", "")
	s := httptest.NewServer(in)
	defer s.Close()
	post := func(ctx context.Context) (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, "POST", s.URL+path, strings.NewReader(markdownNote("x")))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		return http.DefaultClient.Do(r)
	}
	t.Run("answers once, and then as always", func(t *testing.T) {
		in.Script("dingtalk", "tok", Script{Status: 503, Header: http.Header{"Retry-After": {"7"}}, Body: "later"})
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
		in.Script("dingtalk", "tok", Script{Hang: true})
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_, err := post(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("takes a message and cuts the connection", func(t *testing.T) {
		before := len(in.Received())
		in.Script("dingtalk", "tok", Script{Reset: true, Took: true})
		_, err := post(context.Background())
		assert.Error(t, err)
		seen := in.Received()
		require.Greater(t, len(seen), before)
		assert.True(t, seen[len(seen)-1].Accepted)
	})
}

func TestPages(t *testing.T) {
	hostile := `<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)> ![p](https://evil.example/p.png)`
	in := New(Options{})
	path := in.AddDingtalk("tok<b>", "")
	receive, err := in.AddHTTP("models", "")
	require.NoError(t, err)
	do(in, "POST", path, "application/json", markdownNote("### Job failed\n\n- **Status:** Failed\n\n"+hostile))
	do(in, "POST", receive, "application/cloudevents+json", `{"id":"1","source":"s","type":"<script>"}`, "webhook-id", "n1")

	get := func(path string) *httptest.ResponseRecorder {
		w := do(in, "GET", path, "", "")
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
		assert.Contains(t, body, `href="`+PagePath("http", "models")+`"`)
	})
	t.Run("show a chat message as the chat would", func(t *testing.T) {
		body := get(PagePath("dingtalk", "tok<b>")).Body.String()
		assert.Contains(t, body, "<h3")
		assert.Contains(t, body, "<li><strong>Status:</strong> Failed</li>")
	})
	t.Run("show an event and the verdict on its signature", func(t *testing.T) {
		body := get(PagePath("http", "models")).Body.String()
		assert.Contains(t, body, "signature: none")
		assert.Contains(t, body, "webhook-id n1")
	})
	t.Run("serve their style sheet and nothing else", func(t *testing.T) {
		assert.Contains(t, get("/page.css").Header().Get("Content-Type"), "text/css")
		assert.Equal(t, http.StatusNotFound, do(in, "GET", "/inbox/dingtalk/no", "", "").Code)
		assert.Equal(t, http.StatusNotFound, do(in, "GET", "/no", "", "").Code)
	})
	t.Run("give all messages as JSON", func(t *testing.T) {
		var all []Message
		require.NoError(t, json.Unmarshal(do(in, "GET", "/messages.json", "", "").Body.Bytes(), &all))
		assert.Len(t, all, 2)
		require.NoError(t, json.Unmarshal(do(New(Options{}), "GET", "/messages.json", "", "").Body.Bytes(), &all))
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
	in := New(Options{Keep: 3, Rate: 100})
	path := in.AddDingtalk("tok", "")
	for i := range 10 {
		do(in, "POST", path, "application/json", markdownNote(fmt.Sprint("m", i)))
	}
	var texts []string
	for _, m := range in.Received() {
		texts = append(texts, m.Text)
	}
	assert.Equal(t, []string{"m7", "m8", "m9"}, texts)
	body, err := io.ReadAll(do(in, "GET", PagePath("dingtalk", "tok"), "", "").Body)
	require.NoError(t, err)
	assert.Contains(t, string(body), "10 requests")
}
