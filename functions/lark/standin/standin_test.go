package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

// signedBody adds a signature to the body of a message.
func signedBody(key string, at time.Time, body string) string {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(timestamp+"\n"+key))
	return `{"timestamp":"` + timestamp + `","sign":"` + base64.StdEncoding.EncodeToString(mac.Sum(nil)) + `",` + strings.TrimPrefix(body, "{")
}

func textBody(text string) string {
	b, _ := json.Marshal(map[string]any{"msg_type": "text", "content": map[string]string{"text": text}})
	return string(b)
}

func cardBody(head, elements string) string {
	return `{"msg_type":"interactive","card":{"schema":"2.0","header":{` + head + `},"body":{"elements":[` + elements + `]}}}`
}

const (
	header = `"title":{"tag":"plain_text","content":"Job *failed*"},"template":"red"`
	button = `{"tag":"button","text":{"tag":"plain_text","content":"Open"},"type":"primary","behaviors":[{"type":"open_url","default_url":"https://a.example/x"}]}`
)

func TestLark(t *testing.T) {
	c := inboxtest.Start()
	in := inbox.New(inbox.Options{Now: c.Now, Rate: 1000}, Platform)
	path := in.Add("lark", "hook-1", inbox.Keys{Secret: "key1", Keywords: []string{"alert"}}).Text("webhook")
	signed := func(body string) string { return signedBody("key1", c.At, body) }
	post := `{"msg_type":"post","content":{"post":{"en_us":{"title":"T","content":[[{"tag":"text","text":"alert"}]]}}}}`
	fits := maxBody - len(signed(textBody("alert")))
	for name, x := range map[string]struct {
		method, path, contentType, body string
		code                            int
	}{
		"accepts a signed text":                  {"POST", path, "application/json; charset=utf-8", signed(textBody("alert")), 0},
		"accepts a post":                         {"POST", path, "application/json", signed(post), 0},
		"accepts a card":                         {"POST", path, "application/json", signed(cardBody(header, `{"tag":"markdown","content":"alert"},{"tag":"hr"},`+button)), 0},
		"refuses an unknown bot":                 {"POST", hookPath + "no", "application/json", signed(textBody("alert")), 19001},
		"refuses GET":                            {"GET", path, "application/json", "", 9499},
		"refuses another content type":           {"POST", path, "text/plain", signed(textBody("alert")), 9499},
		"refuses what is not JSON":               {"POST", path, "application/json", "x", 9499},
		"refuses another type":                   {"POST", path, "application/json", signed(`{"msg_type":"voice"}`), 9499},
		"refuses an empty text":                  {"POST", path, "application/json", signed(textBody(" ")), 9499},
		"refuses a post without a language":      {"POST", path, "application/json", signed(`{"msg_type":"post","content":{"post":{"xx":{}}}}`), 9499},
		"refuses a post without paragraphs":      {"POST", path, "application/json", signed(`{"msg_type":"post","content":{"post":{"zh_cn":{"title":"alert","content":[]}}}}`), 9499},
		"refuses a post with another element":    {"POST", path, "application/json", signed(strings.Replace(post, `"tag":"text"`, `"tag":"h1"`, 1)), 9499},
		"refuses 20001 bytes":                    {"POST", path, "application/json", signed(textBody("alert" + strings.Repeat("x", fits+1))), 9499},
		"accepts 20000 bytes":                    {"POST", path, "application/json", signed(textBody("alert" + strings.Repeat("x", fits))), 0},
		"refuses an unsigned message":            {"POST", path, "application/json", textBody("alert"), 19021},
		"refuses a signature by another key":     {"POST", path, "application/json", signedBody("key2", c.At, textBody("alert")), 19021},
		"refuses a signature of over an hour":    {"POST", path, "application/json", signedBody("key1", c.At.Add(-61*time.Minute), textBody("alert")), 19021},
		"refuses a signature of the far future":  {"POST", path, "application/json", signedBody("key1", c.At.Add(61*time.Minute), textBody("alert")), 19021},
		"accepts a signature of within the hour": {"POST", path, "application/json", signedBody("key1", c.At.Add(-59*time.Minute), textBody("alert")), 0},
		"refuses a message without keyword":      {"POST", path, "application/json", signed(textBody("hello")), 19024},
		"finds a keyword in a title":             {"POST", path, "application/json", signed(cardBody(strings.Replace(header, "failed", "alert", 1), `{"tag":"hr"}`)), 0},
		"finds a keyword on a button":            {"POST", path, "application/json", signed(cardBody(header, strings.Replace(button, "Open", "alert", 1))), 0},
		"accepts small print and a summary":      {"POST", path, "application/json", signed(strings.Replace(cardBody(header, `{"tag":"div","text":{"tag":"plain_text","content":"alert","text_size":"notation","text_color":"grey"}}`), `"header"`, `"config":{"summary":{"content":"x"}},"header"`, 1)), 0},
		"finds no keyword in a link":             {"POST", path, "application/json", signed(cardBody(header, strings.Replace(button, "/x", "/alert", 1))), 19024},
	} {
		t.Run(name, func(t *testing.T) {
			var answer struct {
				Code *int            `json:"code"`
				Text string          `json:"msg"`
				Old  *int            `json:"StatusCode"`
				Data json.RawMessage `json:"data"`
			}
			w := inboxtest.Do(in, x.method, x.path, x.contentType, x.body)
			assert.Equal(t, http.StatusOK, w.Code)
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
			require.NotNil(t, answer.Code)
			assert.Equal(t, x.code, *answer.Code, answer.Text)
			assert.Equal(t, x.code == 0, answer.Old != nil)
			assert.Equal(t, "{}", string(answer.Data))
		})
	}
}

func TestLarkRefusesACardWith(t *testing.T) {
	in := inbox.New(inbox.Options{Rate: 1000}, Platform)
	path := in.Add("lark", "hook-1", inbox.Keys{}).Text("webhook")
	const text = `{"tag":"markdown","content":"x"}`
	for name, x := range map[string]struct{ body, inner string }{
		"no card":                    {`{"msg_type":"interactive"}`, "200621"},
		"a card inside a string":     {`{"msg_type":"interactive","card":"{}"}`, "200621"},
		"structure 1.0":              {`{"msg_type":"interactive","card":{"header":{` + header + `},"elements":[` + text + `]}}`, "200621"},
		"no version":                 {`{"msg_type":"interactive","card":{"header":{` + header + `},"body":{"elements":[` + text + `]}}}`, "200621"},
		"an unknown property":        {cardBody(header, `{"tag":"markdown","content":"x","colour":"red"}`), "200621"},
		"a property of another kind": {cardBody(header, `{"tag":"markdown","content":"x","text":{"tag":"plain_text","content":"x"}}`), "200621"},
		"an unknown header property": {cardBody(header+`,"color":"red"`, text), "200621"},
		"an unknown colour":          {cardBody(strings.Replace(header, "red", "crimson", 1), text), "200621"},
		"no title":                   {cardBody(`"template":"red"`, text), "200621"},
		"a title that is a string":   {cardBody(`"title":"T"`, text), "200621"},
		"no elements":                {cardBody(header, ``), "200621"},
		"an empty markdown":          {cardBody(header, `{"tag":"markdown","content":""}`), "200621"},
		"a div without a text":       {cardBody(header, `{"tag":"div"}`), "200621"},
		"a button to a script":       {cardBody(header, strings.Replace(button, "https://a.example/x", "javascript:alert(1)", 1)), "200621"},
		"a button with a colour":     {cardBody(header, strings.Replace(button, `"content":"Open"`, `"content":"Open","text_color":"red"`, 1)), "200621"},
		"a note":                     {cardBody(header, `{"tag":"note"}`), "200861"},
		"an action":                  {cardBody(header, `{"tag":"action"}`), "200861"},
		"201 elements":               {cardBody(header, text+strings.Repeat(","+text, 200)), "11310"},
	} {
		t.Run(name, func(t *testing.T) {
			w := inboxtest.Do(in, "POST", path, "application/json", x.body)
			assert.Contains(t, w.Body.String(), `"code":230099`)
			assert.Contains(t, w.Body.String(), "ErrCode: "+x.inner+";")
			seen := in.Received()
			assert.False(t, seen[len(seen)-1].Accepted)
			assert.Equal(t, "230099", seen[len(seen)-1].Code)
		})
	}
}

func TestLarkRates(t *testing.T) {
	c := inboxtest.Start()
	in := inbox.New(inbox.Options{Now: c.Now}, Platform)
	path := in.Add("lark", "hook-1", inbox.Keys{}).Text("webhook")
	send := func() (int, string) {
		w := inboxtest.Do(in, "POST", path, "application/json", textBody("x"))
		return w.Code, w.Body.String()
	}
	t.Run("let five messages a second through", func(t *testing.T) {
		for range 5 {
			status, body := send()
			assert.Equal(t, http.StatusOK, status)
			assert.Contains(t, body, `"code":0`)
		}
		status, body := send()
		assert.Equal(t, http.StatusBadRequest, status)
		assert.Contains(t, body, `"code":9499`)
		assert.Contains(t, body, "too many request")
		c.At = c.At.Add(time.Second)
		_, body = send()
		assert.Contains(t, body, `"code":0`)
	})
	t.Run("let a hundred a minute through", func(t *testing.T) {
		c.At = c.At.Add(time.Minute)
		for range 100 {
			_, body := send()
			require.Contains(t, body, `"code":0`)
			c.At = c.At.Add(250 * time.Millisecond)
		}
		status, body := send()
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, body, `"code":11232`)
		c.At = c.At.Add(time.Minute)
		_, body = send()
		assert.Contains(t, body, `"code":0`)
	})
	t.Run("give way to a higher one of the inbox", func(t *testing.T) {
		in := inbox.New(inbox.Options{Now: c.Now, Rate: 200}, Platform)
		path := in.Add("lark", "hook-1", inbox.Keys{}).Text("webhook")
		for range 200 {
			require.Contains(t, inboxtest.Do(in, "POST", path, "application/json", textBody("x")).Body.String(), `"code":0`)
		}
		assert.Contains(t, inboxtest.Do(in, "POST", path, "application/json", textBody("x")).Body.String(), `"code":9499`)
	})
}

func TestLarkShowsWhatAPersonSees(t *testing.T) {
	in := inbox.New(inbox.Options{Rate: 1000}, Platform)
	path := in.Add("lark", "hook-1", inbox.Keys{}).Text("webhook")
	for name, x := range map[string]struct{ body, plain string }{
		"of a card": {
			cardBody(header, `{"tag":"markdown","content":"- **Status:** &#60;at id=all&#62; a_b\n- **Reason:** 1 &#42; 2"},`+
				`{"tag":"markdown","content":"> Read it."},{"tag":"markdown","content":"<at id=all></at> <at id=ou_1></at>"},`+
				`{"tag":"div","text":{"tag":"plain_text","content":"*PAI*"}},`+button),
			"Job *failed*\n- Status: <at id=all> a_b\n- Reason: 1 * 2\n> Read it.\n@all @ou_1\n*PAI*\n[Open] https://a.example/x\nreminds: all, ou_1\n",
		},
		"of a card with a summary, which the list of chats shows, and small print": {
			strings.Replace(cardBody(header, `{"tag":"div","text":{"tag":"plain_text","content":"rule *a*","text_size":"notation","text_color":"grey"}}`), `"header"`, `"config":{"summary":{"content":"Job: why"}},"header"`, 1),
			"Job *failed*\nrule *a*\n",
		},
		"of a post": {
			`{"msg_type":"post","content":{"post":{"zh_cn":{"title":"# T","content":[[{"tag":"text","text":"a *b*"},{"tag":"a","text":"Open","href":"https://a.example/x(1)"}],[{"tag":"at","user_id":"all"}]]}}}}`,
			"# T\na *b*Open <https://a.example/x(1)>\n@all\nreminds: all\n",
		},
		"of a text": {
			textBody("🔴 T\n- a *b*\n<at user_id=\"all\">all</at> <at user_id=\"ou_1\">Tom</at>\n<at broken"),
			"🔴 T\n- a *b*\n@all @ou_1\n<at broken\nreminds: all, ou_1\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := inboxtest.Do(in, "POST", path, "application/json", x.body)
			require.Contains(t, w.Body.String(), `"code":0`)
			seen := in.Received()
			assert.Equal(t, x.plain, seen[len(seen)-1].Plain())
			assert.Equal(t, "none", seen[len(seen)-1].Signature)
			if strings.Contains(name, "summary") {
				assert.Equal(t, "Job: why", seen[len(seen)-1].Title)
				assert.Contains(t, shown(t, seen[len(seen)-1]), "class=\"small\">rule *a*</p>")
			}
			assert.NotContains(t, shown(t, seen[len(seen)-1]), "<at")
		})
	}
}

// shown is the HTML of a message.
func shown(t *testing.T, m inbox.Message) string {
	t.Helper()
	html, err := m.HTML()
	require.NoError(t, err)
	return string(html)
}
