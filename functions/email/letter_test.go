package email

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// read is a mail taken apart.
type read struct {
	raw        []byte
	header     mail.Header
	subject    string
	text, html string
}

// written writes a mail and reads it.
func written(t *testing.T, s sender, n target.Notification) read {
	t.Helper()
	raw, err := s.letter(n)
	require.NoError(t, err)
	return parsed(t, raw)
}

// parsed checks what every mail must be, and reads it.
func parsed(t targettest.T, raw []byte) read {
	t.Helper()
	for _, line := range strings.Split(string(raw), "\r\n") {
		require.LessOrEqual(t, len(line), 998)
		require.NotContains(t, line, "\n")
		require.NotContains(t, line, "\r")
	}
	require.Equal(t, -1, strings.IndexFunc(string(raw), func(c rune) bool { return c > '~' || c < ' ' && c != '\r' && c != '\n' && c != '\t' }), "a mail is ASCII")

	m, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	r := read{raw: raw, header: m.Header}
	r.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	require.LessOrEqual(t, utf8.RuneCountInString(r.subject), maxSubject)
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	r.text, r.html = part(t, parts, "text/plain"), part(t, parts, "text/html")
	_, err = parts.NextRawPart()
	require.ErrorIs(t, err, io.EOF)
	return r
}

func part(t targettest.T, parts *multipart.Reader, want string) string {
	t.Helper()
	p, err := parts.NextRawPart()
	require.NoError(t, err)
	kind, parameters, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, want, kind)
	require.Equal(t, "utf-8", parameters["charset"])
	var body io.Reader = quotedprintable.NewReader(p)
	if p.Header.Get("Content-Transfer-Encoding") == "base64" {
		body = base64.NewDecoder(base64.StdEncoding, p)
	}
	b, err := io.ReadAll(body)
	require.NoError(t, err)
	require.True(t, utf8.Valid(b))
	require.LessOrEqual(t, len(b), 80<<10, "DirectMail's limit of a body")
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// fixed is a sender whose mails are the same in every run.
func fixed(t *testing.T, change func(*Config)) sender {
	s := open(t, "smtp.example.com", change)
	s.now = func() time.Time { return time.Date(2026, 11, 20, 3, 12, 50, 0, time.UTC) }
	return s
}

// readMail counts the fields of a mail's header and the elements of its HTML.
func readMail(t targettest.T, m targettest.Message) targettest.Reading {
	t.Helper()
	mail := parsed(t, []byte(strings.ReplaceAll(m.Body, "\n", "\r\n")))
	r := targettest.Reading{Text: mail.subject + "\n" + mail.text, Marks: map[string]int{}}
	for name, values := range mail.header {
		r.Marks["field "+name] = len(values)
	}
	for _, tag := range elements(mail.html) {
		r.Marks[tag]++
		if _, address, found := strings.Cut(tag, ` href="`); found {
			address, _, _ = strings.Cut(address, `"`)
			r.Links = append(r.Links, html.UnescapeString(address))
		}
	}
	r.Marks["signature"] = strings.Count(mail.text, "\n-- \n")
	r.Marks["control"] = len(control.FindAllString(mail.subject+mail.text+mail.html, -1))
	r.Mentions = mail.header["To"]
	return r
}

var control = regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{2028}\x{2029}\x{202a}-\x{202e}\x{2066}-\x{2069}]`)

func TestMail(t *testing.T) {
	targettest.EveryMessage(t, Spec, func(t *testing.T, name string, n target.Notification) {
		n.Rule = "all-events"
		s := fixed(t, func(c *Config) { c.ReplyTo, c.Contact.Name = "team@example.com", "王 芳" })
		r := written(t, s, n)
		header, _, _ := bytes.Cut(r.raw, []byte("\r\n\r\n"))
		targettest.Golden(t, name+".txt", []byte(strings.ReplaceAll(string(header), "\r\n", "\n")+"\n\n"+r.subject+"\n\n"+r.text))
		targettest.Golden(t, name+".html", []byte(r.html))
	})
}

func TestHeader(t *testing.T) {
	s := fixed(t, nil)
	t.Run("tells apart mails and joins those about one job", func(t *testing.T) {
		first, again, other := notification(), notification(), notification()
		again.Message.Title = "DLC job is recovering: train-7b"
		again.ID = "another-notification"
		other.Message.Subject = "dlc2def"
		a, b, c := written(t, s, first), written(t, s, again), written(t, s, other)
		assert.NotEqual(t, a.header.Get("Message-Id"), b.header.Get("Message-Id"))
		assert.Equal(t, a.header.Get("References"), b.header.Get("References"))
		assert.Equal(t, a.header.Get("References"), a.header.Get("In-Reply-To"))
		assert.NotEqual(t, a.header.Get("References"), c.header.Get("References"))
		assert.NotContains(t, a.header.Get("Message-Id"), "dlc1abc", "an id is no text of an event")
	})
	t.Run("joins a digest to no job's, which its reader may have muted", func(t *testing.T) {
		n := notification()
		n.Message.Type = "digest"
		header := written(t, s, n).header
		assert.Empty(t, header.Get("References"))
		assert.Empty(t, header.Get("In-Reply-To"))
	})
	t.Run("is the same for each try but for the date", func(t *testing.T) {
		later := s
		later.now = func() time.Time { return time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC) }
		a, b := written(t, s, notification()), written(t, later, notification())
		assert.Equal(t, "Fri, 20 Nov 2026 03:12:50 +0000", a.header.Get("Date"))
		delete(a.header, "Date")
		delete(b.header, "Date")
		assert.Equal(t, a.header, b.header)
		assert.Equal(t, a.html, b.html)
	})
	t.Run("has a list for each rule and says that no person wrote it", func(t *testing.T) {
		r := written(t, s, notification())
		assert.Equal(t, "<failed-jobs.pai-notify.notify.example.com>", r.header.Get("List-Id"))
		assert.Equal(t, "auto-generated", r.header.Get("Auto-Submitted"))
		n := notification()
		n.Rule = "规则 <x>\r\nBcc: e@evil.example"
		assert.Regexp(t, `^<[0-9a-f]{32}\.pai-notify\.notify\.example\.com>$`, written(t, s, n).header.Get("List-Id"))
	})
	t.Run("has no thread for an event about nothing in particular", func(t *testing.T) {
		n := notification()
		n.Message.Subject, n.Rule = "", ""
		r := written(t, s, n)
		assert.Empty(t, r.header.Get("References"))
		assert.Empty(t, r.header.Get("List-Id"))
	})
	t.Run("cannot be added to", func(t *testing.T) {
		n := notification()
		hostile := "a\r\nBcc: eve@evil.example\r\n\r\nbody\n.\nMAIL FROM:<x>"
		n.Message.Title, n.Message.Subject, n.ID, n.Rule = hostile, hostile, hostile, hostile
		r := written(t, fixed(t, func(c *Config) { c.Contact.Name = hostile }), n)
		assert.Empty(t, r.header.Get("Bcc"))
		assert.NotContains(t, r.subject, "\n")
		assert.Len(t, r.header, 14)
		address, err := mail.ParseAddress(r.header.Get("To"))
		require.NoError(t, err)
		assert.Equal(t, to, address.Address)
	})
	t.Run("has no name that is decoded to another", func(t *testing.T) {
		encoded := "=?utf-8?B?PGJvc3NAZXhhbXBsZS5jb20+?= x"
		r := written(t, fixed(t, func(c *Config) { c.Contact.Name = encoded }), notification())
		assert.NotContains(t, r.header.Get("To"), "=?")
		n := notification()
		n.Message.Title = encoded
		assert.Contains(t, written(t, fixed(t, nil), n).subject, encoded)
	})
}

func TestOnlyWhatIsCriticalIsImportant(t *testing.T) {
	for severity, want := range map[event.Severity]string{event.Critical: "high", event.Warning: "", event.Success: "", event.Info: ""} {
		n := notification()
		n.Message.Severity = severity
		assert.Equal(t, want, written(t, fixed(t, nil), n).header.Get("Importance"), severity)
	}
	for _, l := range message.Languages() {
		test := target.Notification{ID: "test", Rule: "job-died", Message: message.Probe(l, "job-died"), Test: true}
		r := written(t, fixed(t, nil), test)
		assert.Empty(t, r.header.Get("Importance"))
		assert.Contains(t, r.text, "job-died")
	}
}

var element = regexp.MustCompile(`(<[^<>]*?)(?: style="[^"]*")?>`)

// elements are what a mail is made of, without how it looks: that goes by how
// long a text is.
func elements(html string) []string {
	var all []string
	for _, found := range element.FindAllStringSubmatch(html, -1) {
		all = append(all, found[1])
	}
	return all
}

func TestTextOfAnEvent(t *testing.T) {
	fill := func(text string) target.Notification {
		n := notification()
		m := &n.Message
		m.Title, m.Next, m.LinkText, m.Brief, m.About, m.Rule = text, text, text, text, text, text
		for _, key := range []string{"reason", "status", "event"} {
			m.Fields = append(m.Fields, message.Field{Key: key, Label: text, Value: text})
		}
		m.Fields[len(m.Fields)-1].Link = m.Link
		return n
	}
	plain := written(t, fixed(t, nil), fill("x"))
	t.Run("stays text whatever markup it holds", func(t *testing.T) {
		for _, hostile := range []string{
			"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", `"><a href="https://evil.example">x</a>`,
			"</td></tr></table><h1>Free</h1>", "&lt;b&gt;", "<style>*{display:none}</style>", "' onmouseover='x", "<!-- ", "]]>", "a\u202Egnp.exe", "a\nb",
		} {
			r := written(t, fixed(t, nil), fill(hostile))
			assert.Equal(t, elements(plain.html), elements(r.html), hostile)
			assert.NotContains(t, r.html, "\u202e")
		}
	})
	t.Run("is within the limits and keeps id, status and link, whatever it is", func(t *testing.T) {
		for m := range targettest.AnyText(sample()) {
			n := notification()
			n.Message, n.Rule = m, m.Title
			n.Message.Subject = m.Title
			r := written(t, fixed(t, nil), n)
			for _, want := range []string{"dlc1abc", "Failed"} {
				assert.Contains(t, r.text, want)
				assert.Contains(t, r.html, want)
			}
			assert.Contains(t, r.text, "dlc/jobs/dlc1abc")
			assert.NotEmpty(t, strings.TrimSpace(strings.TrimPrefix(r.subject, "🔴")))
			for _, bad := range []string{"\u2028", "\u202e", "\x00", "\x01"} {
				assert.NotContains(t, r.text+r.html, bad)
			}
		}
	})
	t.Run("of a megabyte is cut", func(t *testing.T) {
		n := notification()
		n.Message.Title = strings.Repeat("失", 1<<20)
		n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Reason", Value: strings.Repeat("<", 1<<20)})
		r := written(t, fixed(t, nil), n)
		assert.Contains(t, r.text, "<…")
		assert.True(t, strings.HasSuffix(r.subject, "…"))
	})
	t.Run("is below the limit of a body at its largest", func(t *testing.T) {
		n := notification()
		worst := strings.Repeat("'", 4000)
		n.Message.Title, n.Message.Next, n.Message.LinkText, n.Message.Rule = worst, worst, worst, worst
		n.Message.Brief, n.Message.About = worst, worst
		n.Message.Link = "https://a.example/?" + strings.Repeat("&", 490) + strings.Repeat("a", 1400)
		for range maxFields {
			n.Message.Fields = append(n.Message.Fields, message.Field{Key: "reason", Label: worst, Value: worst, Link: "https://b.example/?" + strings.Repeat("&", 50)})
		}
		r := written(t, fixed(t, nil), n)
		assert.Contains(t, r.html, "&amp;&amp;aaa")
		assert.Equal(t, maxFields-2, strings.Count(r.text, "https://b.example"), "one for each but the first two")
		assert.Greater(t, len(r.html), 60<<10)
	})
	t.Run("says that fields were left out", func(t *testing.T) {
		n := notification()
		for range 200 {
			n.Message.Fields = append(n.Message.Fields, message.Field{Label: "Reason", Value: "x"})
		}
		r := written(t, fixed(t, nil), n)
		assert.Contains(t, r.text, "\n…\n")
		assert.Contains(t, r.html, ">…<")
	})
	t.Run("has a link only where one can be shown", func(t *testing.T) {
		for _, link := range []string{"javascript:alert(1)", "https://", "", "https://a.example/" + strings.Repeat("a", 3000), "https://a.example/\nb", "https://a b.example/"} {
			n := notification()
			n.Message.Link = link
			r := written(t, fixed(t, nil), n)
			assert.NotContains(t, r.html, "href", link)
			assert.NotContains(t, r.text, "javascript")
		}
	})
	t.Run("says nothing of an unset title but that it is one", func(t *testing.T) {
		n := notification()
		n.Message.Title = "\u200b \n"
		assert.Equal(t, "🔴 PAI", written(t, fixed(t, nil), n).subject)
	})
}

func TestSubjectIsCutToAHundredCharacters(t *testing.T) {
	for length := 90; length <= 110; length++ {
		for _, c := range []string{"a", "失", "👩‍🔬"} {
			d := draft{title: strings.Repeat(c, length)}
			got := d.subject()
			assert.LessOrEqual(t, utf8.RuneCountInString(got), maxSubject)
			assert.Greater(t, utf8.RuneCountInString(got), min(85, length))
		}
	}
}

func TestConfigPrintsNoSecret(t *testing.T) {
	asJSON, err := json.Marshal(fixed(t, nil))
	require.NoError(t, err)
	assert.NotContains(t, string(asJSON), password)
}
