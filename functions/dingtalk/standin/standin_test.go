package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

func markdownNote(text string) string {
	b, _ := json.Marshal(map[string]any{"msgtype": "markdown", "markdown": map[string]string{"title": "T", "text": text}})
	return string(b)
}

func signedQuery(key string, at time.Time) string {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(timestamp + "\n" + key))
	return "&" + url.Values{"timestamp": {timestamp}, "sign": {base64.StdEncoding.EncodeToString(mac.Sum(nil))}}.Encode()
}

func TestDingtalk(t *testing.T) {
	c := inboxtest.Start()
	in := inbox.New(inbox.Options{Now: c.Now}, Platform)
	path := in.Add("dingtalk", "tok", inbox.Keys{Secret: "SEC1", Keywords: []string{"alert"}}).Text("webhook")
	good := path + signedQuery("SEC1", c.At)
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
		"refuses a signature by another key":    {"POST", path + signedQuery("SEC2", c.At), "application/json", markdownNote("alert"), 310000},
		"refuses a signature of over an hour":   {"POST", path + signedQuery("SEC1", c.At.Add(-61*time.Minute)), "application/json", markdownNote("alert"), 310000},
		"refuses a signature of the far future": {"POST", path + signedQuery("SEC1", c.At.Add(61*time.Minute)), "application/json", markdownNote("alert"), 310000},
		"accepts a signature of within an hour": {"POST", path + signedQuery("SEC1", c.At.Add(-59*time.Minute)), "application/json", markdownNote("alert"), 0},
		"refuses a message without keyword":     {"POST", good, "application/json", markdownNote("hello"), 310000},
		"refuses a message without text":        {"POST", good, "application/json", markdownNote(" "), 300001},
		"refuses another type":                  {"POST", good, "application/json", `{"msgtype":"voice","markdown":{"title":"T","text":"alert"}}`, 400105},
	} {
		t.Run(name, func(t *testing.T) {
			var answer struct {
				Code *int   `json:"errcode"`
				Text string `json:"errmsg"`
			}
			w := inboxtest.Do(in, x.method, x.target, x.contentType, x.body)
			assert.Equal(t, http.StatusOK, w.Code)
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
			require.NotNil(t, answer.Code)
			assert.Equal(t, x.code, *answer.Code, answer.Text)
		})
	}
	t.Run("blocks a robot for ten minutes after the twenty-first message of a minute", func(t *testing.T) {
		c := inboxtest.Start()
		in := inbox.New(inbox.Options{Now: c.Now}, Platform)
		path := in.Add("dingtalk", "tok", inbox.Keys{}).Text("webhook")
		send := func() string {
			return inboxtest.Do(in, "POST", path, "application/json", markdownNote("x")).Body.String()
		}
		for range 20 {
			require.Contains(t, send(), `"errcode":0`)
			c.At = c.At.Add(2 * time.Second)
		}
		assert.Contains(t, send(), "130101")
		c.At = c.At.Add(9*time.Minute + 59*time.Second)
		assert.Contains(t, send(), "130101")
		c.At = c.At.Add(time.Second)
		assert.Contains(t, send(), `"errcode":0`)
	})
	t.Run("lets twenty a minute go on for ever", func(t *testing.T) {
		c := inboxtest.Start()
		in := inbox.New(inbox.Options{Now: c.Now}, Platform)
		path := in.Add("dingtalk", "tok", inbox.Keys{}).Text("webhook")
		for range 100 {
			require.Contains(t, inboxtest.Do(in, "POST", path, "application/json", markdownNote("x")).Body.String(), `"errcode":0`)
			c.At = c.At.Add(3 * time.Second)
		}
	})
	t.Run("reminds only whom the text names too", func(t *testing.T) {
		in := inbox.New(inbox.Options{}, Platform)
		path := in.Add("dingtalk", "tok", inbox.Keys{}).Text("webhook")
		inboxtest.Do(in, "POST", path, "application/json", `{"msgtype":"markdown","markdown":{"title":"T","text":"x @138"},"at":{"atMobiles":["138","139"],"atUserIds":["u"]}}`)
		assert.Equal(t, []string{"138"}, in.Received()[0].Mentions)
	})
}
