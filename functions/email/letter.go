package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
)

// letter returns the mail as it goes over the wire: ASCII, lines of at most 78
// bytes, text and HTML. Everything but the date follows from n.
func (s sender) letter(n target.Notification) ([]byte, error) {
	d := newDraft(n)
	var b bytes.Buffer
	b.Grow(16 << 10)
	s.writeHeader(&b, n, d)
	boundary := "=_" + digest("boundary", n.ID) // encoded texts have no such line
	writeField(&b, "Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	for _, part := range [...]struct{ kind, body string }{{"text/plain", d.text()}, {"text/html", d.html()}} {
		b.WriteString("\r\n--" + boundary + "\r\n")
		if err := writePart(&b, part.kind, part.body); err != nil {
			return nil, err
		}
	}
	b.WriteString("\r\n--" + boundary + "--\r\n")
	return b.Bytes(), nil
}

func (s sender) writeHeader(b *bytes.Buffer, n target.Notification, d draft) {
	at := "@" + domain(s.from)
	writeField(b, "Date", s.now().UTC().Format(time.RFC1123Z))
	writeField(b, "From", s.from.String())
	writeField(b, "To", s.to.String())
	if s.replyTo != nil {
		writeField(b, "Reply-To", s.replyTo.String())
	}
	writeField(b, "Subject", mime.BEncoding.Encode("utf-8", d.subject()))
	// The same for each try, so that a mail sent twice is seen once.
	writeField(b, "Message-ID", "<"+digest("mail", n.ID)+at+">")
	if n.Message.Subject != "" && n.Message.Type != "digest" {
		// A mail that was never sent is the root of all mails about one job,
		// which needs no memory of the first of them. What tells of other jobs too
		// would be hidden from who has muted this one.
		root := "<" + digest("thread", n.Message.Subject) + at + ">"
		writeField(b, "In-Reply-To", root)
		writeField(b, "References", root)
	}
	if n.Rule != "" {
		writeField(b, "List-Id", "<"+label(n.Rule)+".pai-notify."+domain(s.from)+">")
	}
	if n.Message.Severity == event.Critical {
		// RFC 4021 registers it, and Exchange and Outlook go by it before all of
		// its kind. X-Priority is left out: SpamAssassin counts it against a mail
		// of no known program.
		writeField(b, "Importance", "high")
	}
	writeField(b, "Auto-Submitted", "auto-generated")
	// Exchange answers what it takes for a person's mail with absence notes.
	writeField(b, "X-Auto-Response-Suppress", "All")
	writeField(b, "Content-Language", languageTag(n.Message.Language))
	writeField(b, "MIME-Version", "1.0")
}

// writeField writes one field, folded at spaces: 78 is what RFC 5322 advises,
// 998 what it allows.
func writeField(b *bytes.Buffer, name, value string) {
	const width = 78
	b.WriteString(name)
	b.WriteByte(':')
	used := len(name) + 1
	for word := range strings.FieldsSeq(value) {
		if used+1+len(word) > width && used > len(name)+1 {
			b.WriteString("\r\n")
			used = 0
		}
		b.WriteByte(' ')
		b.WriteString(word)
		used += 1 + len(word)
	}
	b.WriteString("\r\n")
}

func writePart(b *bytes.Buffer, kind, body string) error {
	writeField(b, "Content-Type", kind+"; charset=utf-8")
	var encoder io.WriteCloser
	if others := count(body, func(c byte) bool { return c >= 0x80 || c == '=' }); others*6 < len(body) {
		writeField(b, "Content-Transfer-Encoding", "quoted-printable")
		encoder = quotedprintable.NewWriter(b)
	} else { // shorter for a text that is mostly Chinese or Japanese
		writeField(b, "Content-Transfer-Encoding", "base64")
		encoder = base64.NewEncoder(base64.StdEncoding, &lines{w: b})
	}
	b.WriteString("\r\n")
	// Lines of a text end so in mails, whatever its encoding (RFC 2045, 4.1.1).
	if _, err := io.WriteString(encoder, strings.ReplaceAll(body, "\n", "\r\n")); err != nil {
		return err
	}
	return encoder.Close()
}

func count(s string, is func(byte) bool) int {
	n := 0
	for i := range len(s) {
		if is(s[i]) {
			n++
		}
	}
	return n
}

// lines breaks what is written after every 76 bytes (RFC 2045, 6.8).
type lines struct {
	w    io.Writer
	used int
}

func (l *lines) Write(p []byte) (int, error) {
	const width = 76
	written := 0
	for len(p) > 0 {
		if l.used == width {
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return written, err
			}
			l.used = 0
		}
		n, err := l.w.Write(p[:min(len(p), width-l.used)])
		written, l.used, p = written+n, l.used+n, p[n:]
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// digest makes a name that is safe anywhere in a mail from what need not be.
func digest(use, of string) string {
	sum := sha256.Sum256([]byte(use + "\x00" + of))
	return hex.EncodeToString(sum[:16])
}

// label is a rule's name where it can stand in an address.
func label(rule string) string {
	plain := len(rule) <= 63 && !strings.ContainsFunc(rule, func(c rune) bool {
		return !strings.ContainsRune("-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c)
	})
	if plain {
		return strings.ToLower(rule)
	}
	return digest("rule", rule)
}

func languageTag(l message.Language) string {
	if l == message.Chinese {
		return "zh-CN"
	}
	if l == message.Japanese {
		return "ja"
	}
	return "en"
}
