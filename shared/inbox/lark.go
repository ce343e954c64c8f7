package inbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Facts of the documentation of Lark's custom bots. Whether its 20 KB are 20000
// or 20480 bytes is not said; the smaller number is the safer one.
const (
	larkPath      = "/open-apis/bot/v2/hook/"
	larkMaxBody   = 20000
	larkTolerance = time.Hour
	larkPerSecond = 5
	larkPerMinute = 100
)

// AddLark adds a custom bot of Lark or Feishu and returns its webhook without
// scheme and host. A bot with a signing key takes signed requests only, and
// one with keywords only messages that hold one of them. It takes 5 messages a
// second and 100 a minute, or the inbox's own rate where that is higher.
func (in *Inbox) AddLark(id, signingKey string, keywords ...string) string {
	in.add("lark", id, newLarkBot(signingKey, in.options.Rate, keywords...))
	return larkPath + url.PathEscape(id)
}

func newLarkBot(signingKey string, rate int, keywords ...string) *larkBot {
	b := &larkBot{key: signingKey, keywords: keywords, second: larkPerSecond, minute: larkPerMinute}
	if rate > larkPerMinute {
		b.second, b.minute = rate, rate
	}
	return b
}

func (in *Inbox) serveLark(w http.ResponseWriter, r *http.Request) {
	unknown := larkVerdict{code: 19001, text: "param invalid: incoming webhook access token invalid"}
	in.serve(w, r, "lark", r.PathValue("id"), unknown.answer())
}

// larkBot is a custom bot.
type larkBot struct {
	key            string
	keywords       []string
	second, minute int
	sent           []time.Time
}

// larkVerdict is what a bot says; the zero value is that it took the message.
type larkVerdict struct {
	// status is the HTTP status, 200 when zero.
	status int
	code   int
	text   string
}

var larkBadRequest = larkVerdict{code: 9499, text: "Bad Request"}

// answer writes the verdict as the platform does, which says twice that a
// message was taken.
func (v larkVerdict) answer() answer {
	body := map[string]any{"code": v.code, "msg": v.text, "data": struct{}{}}
	if v.code == 0 {
		body["msg"] = "success"
		body["StatusCode"], body["StatusMessage"] = 0, "success"
	}
	return reply(max(v.status, http.StatusOK), body)
}

func (b *larkBot) receive(r *http.Request, body []byte, m *Message) answer {
	v := b.judge(r, body, m)
	m.Code = strconv.Itoa(v.code)
	m.Accepted = v.code == 0
	m.Reason = v.text
	return v.answer()
}

func (b *larkBot) judge(r *http.Request, body []byte, m *Message) larkVerdict {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); r.Method != http.MethodPost || err != nil || kind != "application/json" {
		return larkBadRequest
	}
	var note larkNote
	if len(body) > larkMaxBody || json.Unmarshal(body, &note) != nil {
		return larkBadRequest
	}
	refused, words := note.fill(m)
	if v := b.verify(note, m); v.code != 0 {
		return v
	}
	if v := b.tooFast(m.Time); v.code != 0 {
		return v
	}
	if refused.code != 0 {
		return refused
	}
	if len(b.keywords) > 0 && !slices.ContainsFunc(b.keywords, func(k string) bool { return strings.Contains(words, k) }) {
		return larkVerdict{code: 19024, text: "Key Words Not Found"}
	}
	return larkVerdict{}
}

// verify checks timestamp and sign as they stand in the body.
func (b *larkBot) verify(n larkNote, m *Message) larkVerdict {
	if b.key == "" {
		m.Signature = "none"
		return larkVerdict{}
	}
	mac := hmac.New(sha256.New, []byte(n.Timestamp+"\n"+b.key))
	seconds, err := strconv.ParseInt(n.Timestamp, 10, 64)
	switch {
	case err != nil || m.Time.Sub(time.Unix(seconds, 0)).Abs() > larkTolerance:
		m.Signature = "invalid timestamp"
	case !hmac.Equal([]byte(n.Sign), []byte(base64.StdEncoding.EncodeToString(mac.Sum(nil)))):
		m.Signature = "does not match"
	default:
		m.Signature = "valid"
		return larkVerdict{}
	}
	return larkVerdict{code: 19021, text: "sign match fail or timestamp is not within one hour from current time"}
}

// tooFast counts a message. The limit of a second is answered with the status
// 400, that of a minute inside a 200: both were seen, which of them when was
// not.
func (b *larkBot) tooFast(now time.Time) larkVerdict {
	b.sent = slices.DeleteFunc(b.sent, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	last := 0
	for _, t := range b.sent {
		if now.Sub(t) < time.Second {
			last++
		}
	}
	switch {
	case last >= b.second:
		return larkVerdict{http.StatusBadRequest, 9499, "too many request"}
	case len(b.sent) >= b.minute:
		return larkVerdict{code: 11232, text: "frequency limited"}
	}
	b.sent = append(b.sent, now)
	return larkVerdict{}
}

// larkNote is the body of a message to a bot.
type larkNote struct {
	Timestamp string `json:"timestamp"`
	Sign      string `json:"sign"`
	Type      string `json:"msg_type"`
	Content   struct {
		Text string              `json:"text"`
		Post map[string]larkPost `json:"post"`
	} `json:"content"`
	Card json.RawMessage `json:"card"`
}

type larkPost struct {
	Title   string `json:"title"`
	Content [][]struct {
		Tag  string `json:"tag"`
		Text string `json:"text"`
		Link string `json:"href"`
		User string `json:"user_id"`
	} `json:"content"`
}

// fill writes what a person would see into m. It returns the verdict on the
// message itself and the texts in which keywords are looked for.
func (n larkNote) fill(m *Message) (larkVerdict, string) {
	switch n.Type {
	case "interactive":
		return fillLarkCard(n.Card, m)
	case "post":
		for _, language := range []string{"zh_cn", "en_us"} {
			if p, ok := n.Content.Post[language]; ok {
				return p.fill(m)
			}
		}
	case "text":
		if text := n.Content.Text; strings.TrimSpace(text) != "" {
			m.Title, _, _ = strings.Cut(text, "\n")
			m.Text = larkMentions(text, "user_id=", m)
			return larkVerdict{}, text
		}
	}
	return larkBadRequest, ""
}

func (p larkPost) fill(m *Message) (larkVerdict, string) {
	m.Title = p.Title
	words := p.Title + "\n"
	text := "### " + larkLiteral(p.Title)
	for _, paragraph := range p.Content {
		text += "\n\n"
		for _, s := range paragraph {
			words += s.Text + "\n"
			switch s.Tag {
			case "text":
				text += larkLiteral(s.Text)
			case "a":
				text += "[" + larkLiteral(s.Text) + "](<" + s.Link + ">)"
			case "at":
				text += "@" + larkLiteral(s.User) + " "
				m.Mentions = append(m.Mentions, s.User)
			default:
				return larkBadRequest, ""
			}
		}
	}
	m.Text = text
	if len(p.Content) == 0 {
		return larkBadRequest, ""
	}
	return larkVerdict{}, words
}

// larkMentions notes the people that tags such as <at user_id="ou_1">Name</at>
// name and writes them as @id; attribute is what stands before the id. Lines
// of the text, which is plain but for the tags, become lines of markdown.
func larkMentions(text, attribute string, m *Message) string {
	shown := larkLiteral
	if attribute == "id=" {
		shown = func(s string) string { return s } // markdown already
	}
	var b strings.Builder
	for {
		before, tag, ok := strings.Cut(text, "<at "+attribute)
		id, rest, closed := strings.Cut(tag, ">")
		_, after, ends := strings.Cut(rest, "</at>")
		if !ok || !closed || !ends {
			break
		}
		id = strings.Trim(id, `"' `)
		m.Mentions = append(m.Mentions, id)
		b.WriteString(shown(before) + "@" + larkLiteral(id))
		text = after
	}
	b.WriteString(shown(text))
	return b.String()
}

// larkLiteral writes a plain text as markdown that shows it.
func larkLiteral(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\n':
			b.WriteString("\n\n")
			continue
		case strings.ContainsRune("\\`*_[]<>~!#&|+-=.():", c):
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
