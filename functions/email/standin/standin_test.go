package standin

import (
	"encoding/base64"
	"net"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/inbox/inboxtest"
)

// mailServer returns an inbox with one mailbox and a way to talk to it: a list
// of commands gives the code of each answer; "." sends letter.
func mailServer(t *testing.T, o inbox.Options, username string) (*inbox.Inbox, func(letter string, commands ...string) []int) {
	t.Helper()
	in := inbox.New(o, Platform)
	in.Add("email", "alice@example.com", inbox.Keys{})
	s := in.SMTPServer(username, "pw")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return in, func(letter string, commands ...string) []int {
		c, err := textproto.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		defer func() { _ = c.Close() }()
		_, _, err = c.ReadResponse(220)
		require.NoError(t, err)
		var codes []int
		for _, command := range append([]string{"EHLO test"}, commands...) {
			if command == "." {
				w := c.DotWriter()
				_, _ = w.Write([]byte(letter))
				_ = w.Close()
			} else {
				require.NoError(t, c.PrintfLine("%s", command))
			}
			code, _, err := c.ReadResponse(0)
			if err != nil {
				code = 0 // cut
			}
			codes = append(codes, code)
		}
		return codes[1:]
	}
}

func letter(change ...string) string {
	return strings.NewReplacer(change...).Replace(`From: PAI <me@example.com>
To: alice@example.com
Subject: =?utf-8?q?Job_failed_=E2=9C=97?=
Date: Fri, 20 Nov 2026 12:00:00 +0000
Message-ID: <m1@example.com>
In-Reply-To: <thread@example.com>
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

` + base64.StdEncoding.EncodeToString([]byte("Status: 失败\r\n\x1b[31mred")) + `
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<b class=3D"x">HTML</b>
--b--
`)
}

var announce = []string{"MAIL FROM:<me@example.com>", "RCPT TO:<alice@example.com>", "DATA", "."}

func TestEmail(t *testing.T) {
	t.Run("keeps what a mail program shows", func(t *testing.T) {
		in, talk := mailServer(t, inbox.Options{Now: inboxtest.Start().Now}, "")
		assert.Equal(t, []int{250, 250, 354, 250}, talk(letter(), announce...))
		m := in.Received()[0]
		assert.True(t, m.Accepted)
		assert.Equal(t, "Job failed ✗", m.Title)
		assert.Equal(t, inbox.Mail{
			From: "PAI <me@example.com>", To: "alice@example.com", Thread: "<thread@example.com>",
			Text: "Status: 失败\r\n\x1b[31mred", HTML: "<b class=\"x\">HTML</b>",
		}, *m.Mail)
		assert.Equal(t, "Job failed ✗\nStatus: 失败\n [31mred\n(with an HTML part of 0.0 KB)\n", m.Plain())
		shown, err := m.HTML()
		require.NoError(t, err)
		assert.Contains(t, shown, "Status: 失败")
		assert.Equal(t, "250", m.Code)
		assert.Zero(t, m.Status)
	})
	t.Run("knows a mail that came before", func(t *testing.T) {
		in, talk := mailServer(t, inbox.Options{Now: inboxtest.Start().Now}, "")
		talk(letter(), announce...)
		talk(letter(), announce...)
		talk(letter("m1@", "m2@"), announce...)
		seen := in.Received()
		assert.Equal(t, []bool{false, true, false}, []bool{seen[0].Repeated, seen[1].Repeated, seen[2].Repeated})
	})
	t.Run("takes mail after the login and from it only", func(t *testing.T) {
		_, talk := mailServer(t, inbox.Options{Now: inboxtest.Start().Now}, "me@example.com")
		plain := func(password string) string {
			return "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00me@example.com\x00"+password))
		}
		user, pass := base64.StdEncoding.EncodeToString([]byte("me@example.com")), base64.StdEncoding.EncodeToString([]byte("pw"))
		assert.Equal(t, []int{530}, talk("", announce[0]))
		assert.Equal(t, []int{535}, talk("", plain("no")))
		assert.Equal(t, []int{235, 250, 250, 354, 250}, talk(letter(), append([]string{plain("pw")}, announce...)...))
		assert.Equal(t, []int{334, 334, 235, 250}, talk("", "AUTH LOGIN", user, pass, announce[0]))
		assert.Equal(t, []int{334, 334, 535}, talk("", "AUTH LOGIN", user, user))
		assert.Equal(t, []int{235, 553}, talk("", plain("pw"), "MAIL FROM:<you@example.com>"))
	})
	t.Run("refuses what servers refuse", func(t *testing.T) {
		in, talk := mailServer(t, inbox.Options{Now: inboxtest.Start().Now}, "")
		assert.Equal(t, []int{250, 550}, talk("", announce[0], "RCPT TO:<bob@example.com>"))
		for name, c := range map[string]struct {
			letter string
			code   int
		}{
			"another author":     {letter("me@", "you@"), 553},
			"no subject":         {letter("Subject", "X-Subject"), 554},
			"no date":            {letter("Date", "X-Date"), 554},
			"no id":              {letter("Message-ID", "X-ID"), 554},
			"a long subject":     {letter("Job", strings.Repeat("a", 101)), 554},
			"no parts":           {letter("multipart/alternative", "text/plain"), 554},
			"no HTML":            {letter("text/html", "text/enriched"), 554},
			"broken base64":      {letter("U3RhdHVz", "!!!!"), 554},
			"no header":          {"x", 554},
			"a line of 999":      {letter("HTML", strings.Repeat("a", 999)), 500},
			"text of over 80 KB": {letter("HTML", strings.Repeat(strings.Repeat("a", 900)+"\r\n", 100)), 552},
		} {
			codes := talk(c.letter, announce...)
			assert.Equal(t, c.code, codes[3], name)
		}
		for _, m := range in.Received() {
			assert.False(t, m.Accepted)
			assert.NotEmpty(t, m.Reason)
		}
	})
	t.Run("plays scripts", func(t *testing.T) {
		in, talk := mailServer(t, inbox.Options{Now: inboxtest.Start().Now}, "")
		in.Script("email", "alice@example.com",
			inbox.Script{Status: 450, Body: "4.7.1 greylisted"}, inbox.Script{Reset: true}, inbox.Script{Status: 451, Took: true})
		assert.Equal(t, 450, talk(letter(), announce...)[3])
		assert.Equal(t, 0, talk(letter(), announce...)[3])
		assert.Equal(t, 451, talk(letter(), announce...)[3])
		assert.Equal(t, 250, talk(letter(), announce...)[3])
		var accepted []bool
		for _, m := range in.Received() {
			accepted = append(accepted, m.Accepted)
		}
		assert.Equal(t, []bool{false, false, true, true}, accepted)
	})
}

func TestAnInboxForAnyoneTakesMailForAnyAddressFromAnyLogin(t *testing.T) {
	in, talk := mailServer(t, inbox.Options{Now: inboxtest.Start().Now, Anyone: true}, "login@example.com")
	codes := talk(letter("me@example.com", "other@corp.example"), "AUTH PLAIN AHgAeQ==", "MAIL FROM:<other@corp.example>", "RCPT TO:<new@corp.example>", "DATA", ".")
	assert.Equal(t, []int{235, 250, 250, 354, 250}, codes)
	codes = talk(letter("me@example.com", "other@corp.example"), "MAIL FROM:<other@corp.example>", "RCPT TO:<second@corp.example>", "DATA", ".")
	assert.Equal(t, []int{250, 250, 354, 250}, codes, "without a login")
	require.Len(t, in.Received(), 2)
	assert.Equal(t, "new@corp.example", in.Received()[0].Receiver)
	assert.True(t, in.Received()[0].Accepted)
}
