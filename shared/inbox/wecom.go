package inbox

import (
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Facts of WeCom's documentation of group robots, but for wecomMaxBody: no
// limit of a whole body is documented.
const (
	wecomPath        = "/cgi-bin/webhook/send"
	wecomMaxMarkdown = 4096
	wecomMaxText     = 2048
	wecomMaxFields   = 6
	wecomMaxJumps    = 3
	wecomMaxBody     = 64 << 10
	wecomWindow      = time.Minute
)

// AddWecom adds a group robot of WeCom and returns its webhook without scheme
// and host. The key is all that a sender needs.
func (in *Inbox) AddWecom(key string) string {
	in.add("wecom", key, &wecomRobot{rate: in.options.Rate})
	return wecomPath + "?" + url.Values{"key": {key}}.Encode()
}

func (in *Inbox) serveWecom(w http.ResponseWriter, r *http.Request) {
	in.serve(w, r, "wecom", r.URL.Query().Get("key"), wecomAnswer(93000, "invalid webhook url", r, in.options.Now()))
}

// wecomRobot is a group robot of WeCom.
type wecomRobot struct {
	rate int
	sent []time.Time
}

func (b *wecomRobot) receive(r *http.Request, body []byte, m *Message) answer {
	code, text := b.judge(r, body, m)
	m.Code = strconv.Itoa(code)
	m.Accepted = code == 0
	if code != 0 {
		m.Reason = text
	}
	return wecomAnswer(code, text, r, m.Time)
}

// wecomAnswer adds to a refusal what the real platform adds: a hint id, the
// address of the caller and where to read more.
func wecomAnswer(code int, text string, r *http.Request, now time.Time) answer {
	if code != 0 {
		caller, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			caller = r.RemoteAddr
		}
		text = fmt.Sprintf("%s, hint: [%d], from ip: %s, more info at https://open.work.weixin.qq.com/devtool/query?e=%d", text, now.UnixNano(), caller, code)
	}
	return reply(http.StatusOK, struct {
		Code int    `json:"errcode"`
		Text string `json:"errmsg"`
	}{code, text})
}

// wecomNote is the body of a message to a robot.
type wecomNote struct {
	Type string `json:"msgtype"`
	Text struct {
		Content string   `json:"content"`
		Users   []string `json:"mentioned_list"`
		Mobiles []string `json:"mentioned_mobile_list"`
	} `json:"text"`
	Markdown struct {
		Content string `json:"content"`
	} `json:"markdown"`
	Card wecomCard `json:"template_card"`
}

type wecomCard struct {
	Type   string `json:"card_type"`
	Source struct {
		Text string `json:"desc"`
	} `json:"source"`
	Main struct {
		Title string `json:"title"`
		Text  string `json:"desc"`
	} `json:"main_title"`
	Quote struct {
		Text string `json:"quote_text"`
	} `json:"quote_area"`
	Text   string `json:"sub_title_text"`
	Fields []struct {
		Label string `json:"keyname"`
		Value string `json:"value"`
	} `json:"horizontal_content_list"`
	Jumps  []wecomJump `json:"jump_list"`
	Action wecomJump   `json:"card_action"`
}

type wecomJump struct {
	Type  int    `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

func (b *wecomRobot) judge(r *http.Request, body []byte, m *Message) (int, string) {
	var note wecomNote
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(body) > wecomMaxBody:
		return 45002, "content size out of limit"
	// WeCom asks for JSON by POST and does not document its answer to anything
	// else; malformed JSON is answered so.
	case r.Method != http.MethodPost || err != nil || kind != "application/json" || json.Unmarshal(body, &note) != nil:
		return 40008, "Warning: wrong json format. invalid message type"
	}
	note.fill(m)
	if code, text := note.judge(); code != 0 {
		return code, text
	}
	b.sent = slices.DeleteFunc(b.sent, func(t time.Time) bool { return m.Time.Sub(t) >= wecomWindow })
	if len(b.sent) >= b.rate {
		return 45009, "api freq out of limit"
	}
	b.sent = append(b.sent, m.Time)
	return 0, "ok"
}

func (n wecomNote) judge() (int, string) {
	switch n.Type {
	case "text":
		return wecomContent("text", n.Text.Content, wecomMaxText)
	case "markdown":
		return wecomContent("markdown", n.Markdown.Content, wecomMaxMarkdown)
	case "template_card":
		return n.Card.judge()
	}
	return 40008, "invalid message type"
}

func wecomContent(kind, content string, limit int) (int, string) {
	switch {
	case strings.TrimSpace(content) == "":
		return 44004, "empty content"
	case strings.ContainsFunc(content, func(c rune) bool { return unicode.IsControl(c) && !unicode.IsSpace(c) }):
		return 40033, "invalid charset. please check your request, if include \\uxxxx will create fail!"
	case len(content) > limit:
		return 40058, fmt.Sprintf("%s.content exceed max length %d. invalid Request Parameter", kind, limit)
	}
	return 0, ""
}

func (c wecomCard) judge() (int, string) {
	for _, j := range append([]wecomJump{c.Action}, c.Jumps...) {
		u, err := url.Parse(j.URL)
		switch {
		case j.Type != 1 || err != nil || j.URL == "":
			return 42045, "Template_Card card_action Missing or Invalid"
		case u.Scheme != "https" && u.Scheme != "http":
			return 45034, "invalid url protocol"
		}
	}
	switch {
	case c.Type != "text_notice":
		return 40035, "invalid parameter: card_type"
	case c.Main.Title == "" && c.Text == "":
		return 40063, "some parameters are empty: main_title"
	case len(c.Fields) > wecomMaxFields || len(c.Jumps) > wecomMaxJumps:
		return 40035, "invalid parameter: too many items"
	}
	return 0, ""
}
