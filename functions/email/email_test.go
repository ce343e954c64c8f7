package email

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	password = "Pa55word-of-smtp"
	from     = "alerts@notify.example.com"
	to       = "alice@example.com"
)

func sample() message.Message {
	return message.Message{
		Language: message.English,
		Severity: event.Critical,
		Title:    "DLC job failed: train-7b",
		Fields:   []message.Field{{Key: "id", Label: "ID", Value: "dlc1abc"}, {Key: "status", Label: "Status", Value: "Failed"}},
		Next:     "Read the log of the first instance that failed.",
		Link:     "https://pai.console.aliyun.com/?regionId=cn-hangzhou&x=1#/dlc/jobs/dlc1abc",
		LinkText: "Open in console",
		Subject:  "dlc1abc",
	}
}

func notification() target.Notification {
	return target.Notification{ID: "0123456789abcdef0123456789abcdef", Rule: "failed-jobs", Message: sample()}
}

func contact() target.Contact { return target.Contact{Name: "Alice", Email: to} }

func open(t *testing.T, address string, change func(*Config)) sender {
	t.Helper()
	c := Config{Server: address, Password: password, From: "PAI <" + from + ">", Contact: contact()}
	if change != nil {
		change(&c)
	}
	made, err := New(c)
	require.NoError(t, err)
	return made.(sender)
}

// standIn is a mail server of the inbox that checks all a real one checks.
func standIn(t *testing.T) (*inbox.Inbox, string) {
	t.Helper()
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	in := inbox.New(inbox.Options{})
	in.AddEmail(to)
	s := in.SMTPServer(from, password)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return in, l.Addr().String()
}

func TestSuite(t *testing.T) {
	var refusals []targettest.Answer
	for _, a := range answers {
		if code, text, ok := strings.Cut(a.text, " "); ok && len(code) == 3 && a.at == "." {
			status, err := strconv.Atoi(code)
			require.NoError(t, err)
			refusals = append(refusals, targettest.Answer{Name: text, Status: status, Body: text, Class: a.class})
		}
	}
	for name, protocol := range map[string]mailProtocol{"one command at a time": {}, "commands together": {together: true}} {
		t.Run("of a server that takes "+name, func(t *testing.T) {
			targettest.Run(t, targettest.Harness{
				Open: func(base string) (target.Target, error) {
					return New(Config{Server: base, Password: password, From: from, Contact: contact()})
				},
				Notification: notification(),
				Protocol:     protocol,
				Success:      250,
				Accepted:     "2.0.0 Ok: queued as 4XyZ",
				Receipt:      target.Receipt{Code: "250", ID: "4XyZ"},
				OfStatus:     classOfCode,
				Apart:        true,
				Answers:      refusals,
				Read:         readMail,
				Secrets:      []string{password, base64.StdEncoding.EncodeToString([]byte("\x00" + from + "\x00" + password))},
			})
		})
	}
}

// classOfCode is the class of a reply code to the end of a mail.
func classOfCode(code int) targettest.Class {
	switch {
	case code == 250:
		return targettest.Sent
	case code < 400:
		return targettest.Unconfirmed
	case code == 440, code >= 500: // 440 is DirectMail's for a sender that is not the login's
		return targettest.Permanent
	}
	return targettest.Transient
}

func TestSpec(t *testing.T) {
	for source, want := range map[string]bool{"dlc": true, "flow": true, "dsw": true, "model": false} {
		assert.Equal(t, want, Spec.Carries(source), source)
	}
	assert.Equal(t, target.ContactEmail, Spec.Contact)
}

func TestSend(t *testing.T) {
	ctx := context.Background()
	t.Run("is taken by a server that checks everything", func(t *testing.T) {
		in, address := standIn(t)
		require.NoError(t, targettest.ErrorOf(open(t, address, nil).Send(ctx, notification())))
		seen := in.Received()
		require.Len(t, seen, 1)
		assert.True(t, seen[0].Accepted, seen[0].Reason)
		assert.Equal(t, "🔴 DLC job failed: train-7b", seen[0].Title)
		assert.Contains(t, seen[0].Mail.Text, "ID: dlc1abc\r\nStatus: Failed")
		assert.Contains(t, seen[0].Mail.HTML, "dlc1abc")
	})
	t.Run("gives every try of a notification one Message-ID", func(t *testing.T) {
		in, address := standIn(t)
		in.Script("email", to, inbox.Script{Took: true, Reset: true})
		s := open(t, address, nil)
		_, err := s.Send(ctx, notification())
		assert.Equal(t, targettest.Unconfirmed, targettest.ClassOf(err))
		wait, _ := target.Wait(err)
		assert.Equal(t, 5*time.Minute, wait)
		assert.ErrorContains(t, err, "whether it was taken is unknown")
		require.NoError(t, targettest.ErrorOf(s.Send(ctx, notification())))
		seen := in.Received()
		require.Len(t, seen, 2)
		assert.True(t, seen[1].Repeated)
	})
	t.Run("takes the password from the environment", func(t *testing.T) {
		_, address := standIn(t)
		t.Setenv(target.SecretsVariable, "SMTP_PASSWORD")
		t.Setenv("SMTP_PASSWORD", password)
		assert.NoError(t, targettest.ErrorOf(open(t, address, func(c *Config) { c.Password = "env:SMTP_PASSWORD" }).Send(ctx, notification())))
		_, err := open(t, address, func(c *Config) { c.Password = "env:NOT_SET_ANYWHERE" }).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.ErrorContains(t, err, "NOT_SET_ANYWHERE")
	})
	t.Run("is refused for good with a wrong password, sender or receiver", func(t *testing.T) {
		_, address := standIn(t)
		for change, want := range map[*func(*Config)]message.Text{
			ptr(func(c *Config) { c.Password = "wrong-password" }):         loginAdvice,
			ptr(func(c *Config) { c.Password = "" }):                       loginAdvice,
			ptr(func(c *Config) { c.Username, c.From = from, "b@x.test" }): senderAdvice,
			ptr(func(c *Config) { c.Contact.Email = "bob@example.com" }):   receiverAdvice,
		} {
			_, err := open(t, address, *change).Send(ctx, notification())
			assert.True(t, target.IsPermanent(err), "%v", err)
			assert.Equal(t, want.EN, adviceOf(t, err))
		}
	})
	t.Run("notes the server's id of the mail", func(t *testing.T) {
		p := (&peer{}).listen(t)
		r, err := open(t, p.address, nil).Send(ctx, notification())
		require.NoError(t, err)
		assert.Equal(t, target.Receipt{Code: "250", ID: "4XyZ"}, r)
	})
	t.Run("is sent whatever becomes of the farewell", func(t *testing.T) {
		for _, answer := range []string{drop, "421 closing", "550 no", "nonsense"} {
			p := (&peer{answers: map[string]string{"QUIT": answer}}).listen(t)
			assert.NoError(t, targettest.ErrorOf(open(t, p.address, nil).Send(ctx, notification())), answer)
		}
	})
	t.Run("does not log in without a password", func(t *testing.T) {
		p := (&peer{}).listen(t)
		require.NoError(t, targettest.ErrorOf(open(t, p.address, func(c *Config) { c.Password = "" }).Send(ctx, notification())))
		assert.Equal(t, []string{"EHLO", "MAIL", "RCPT", "DATA", "QUIT"}, p.heard())
	})
	t.Run("is not sent to an address that is not public", func(t *testing.T) {
		p := (&peer{}).listen(t)
		t.Setenv(webhook.AllowVariable, "")
		_, err := open(t, p.address, nil).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err))
		assert.Contains(t, adviceOf(t, err), webhook.AllowVariable)
		assert.Empty(t, p.heard())
	})
}

func ptr[T any](v T) *T { return &v }

func adviceOf(t *testing.T, err error) string {
	t.Helper()
	r, ok := errors.AsType[*target.Refusal](err)
	require.True(t, ok, "%v", err)
	return r.Advice
}

func TestTLS(t *testing.T) {
	ctx := context.Background()
	t.Run("begins with the first byte on its port", func(t *testing.T) {
		p := (&peer{implicit: true, certificate: certificate(t, true)}).listen(t)
		require.NoError(t, targettest.ErrorOf(open(t, p.address, func(c *Config) { c.TLS = Implicit }).Send(ctx, notification())))
		assert.Contains(t, p.heard(), "AUTH")
	})
	t.Run("says what to set when a port begins with it and the rule does not say so", func(t *testing.T) {
		p := (&peer{implicit: true, certificate: certificate(t, true)}).listen(t)
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		_, err := open(t, p.address, nil).Send(ctx, notification())
		assert.Equal(t, targettest.Transient, targettest.ClassOf(err), "%v", err)
		assert.Contains(t, adviceOf(t, err), "tls: implicit")
	})
	t.Run("is not begun with a server that the rule says has none", func(t *testing.T) {
		p := (&peer{certificate: certificate(t, false)}).listen(t)
		require.NoError(t, targettest.ErrorOf(open(t, p.address, func(c *Config) { c.TLS, c.Password = NoTLS, "" }).Send(ctx, notification())))
		assert.Equal(t, []string{"EHLO", "MAIL", "RCPT", "DATA", "QUIT"}, p.heard())
	})
	t.Run("is needed even on loopback when the rule says so", func(t *testing.T) {
		p := (&peer{}).listen(t)
		_, err := open(t, p.address, func(c *Config) { c.TLS = StartTLS }).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err), "%v", err)
		assert.Equal(t, []string{"EHLO"}, p.heard())
	})
	t.Run("begins by STARTTLS elsewhere", func(t *testing.T) {
		p := (&peer{certificate: certificate(t, true)}).listen(t)
		require.NoError(t, targettest.ErrorOf(open(t, p.address, nil).Send(ctx, notification())))
		assert.Equal(t, []string{"EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"}, p.heard())
	})
	t.Run("fails for good with a certificate that does not hold, before anything is said", func(t *testing.T) {
		for _, security := range []TLS{Implicit, StartTLS} {
			p := (&peer{implicit: security == Implicit, certificate: certificate(t, false)}).listen(t)
			_, err := open(t, p.address, func(c *Config) { c.TLS = security }).Send(ctx, notification())
			assert.True(t, target.IsPermanent(err), "%v", err)
			assert.Contains(t, adviceOf(t, err), "SSL_CERT_FILE")
			assert.NotContains(t, p.heard(), "AUTH")
			assert.NotContains(t, p.heard(), "MAIL")
		}
	})
	t.Run("fails for good with a certificate for another host", func(t *testing.T) {
		p := (&peer{certificate: certificate(t, true)}).listen(t)
		t.Setenv(webhook.AllowVariable, "localhost")
		_, err := open(t, strings.Replace(p.address, "127.0.0.1", "localhost", 1), nil).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err), "%v", err)
		assert.NotContains(t, p.heard(), "AUTH")
	})
	t.Run("is needed but on loopback, and the password is not said without", func(t *testing.T) {
		p := (&peer{}).listen(t)
		conn, err := net.Dial("tcp", p.address)
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
		c := conversation{server: server{host: "mail.example.com", port: "587"}, helo: "x", username: "u", password: password, language: message.English}
		_, err = c.open(ctx, elsewhere{conn})
		err = c.failed(ctx, err)
		assert.True(t, target.IsPermanent(err))
		assert.Equal(t, noTLSAdvice.EN, adviceOf(t, err))
		assert.Equal(t, []string{"EHLO"}, p.heard())
	})
	t.Run("fails for good on a port that does not begin with it", func(t *testing.T) {
		p := (&peer{}).listen(t)
		_, err := open(t, p.address, func(c *Config) { c.TLS = Implicit }).Send(ctx, notification())
		assert.True(t, target.IsPermanent(err), "%v", err)
		assert.Contains(t, adviceOf(t, err), "tls: starttls")
	})
	t.Run("may pass when the server has trouble with it", func(t *testing.T) {
		p := (&peer{certificate: certificate(t, true), answers: map[string]string{"STARTTLS": "454 4.7.0 TLS not available"}}).listen(t)
		_, err := open(t, p.address, nil).Send(ctx, notification())
		assert.Equal(t, targettest.Transient, targettest.ClassOf(err))
		assert.Equal(t, []string{"EHLO", "STARTTLS"}, p.heard())
	})
}

// elsewhere is a connection whose other end is not on loopback.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 587}
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	steps := map[string]message.Text{
		"GREET": silentAdvice, "EHLO": silentAdvice, "AUTH": brokenAdvice, "MAIL": brokenAdvice,
		"RCPT": brokenAdvice, "DATA": brokenAdvice, ".": unknownAdvice,
	}
	for at, advice := range steps {
		class := targettest.Transient
		if at == "." {
			class = targettest.Unconfirmed // it may have been taken: not again in a second
		}
		t.Run("hangs at "+at+": may pass, and the deadline is kept", func(t *testing.T) {
			p := (&peer{answers: map[string]string{at: hang}}).listen(t)
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			_, err := open(t, p.address, nil).Send(ctx, notification())
			assert.Equal(t, class, targettest.ClassOf(err), "%v", err)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Equal(t, advice.EN, adviceOf(t, err))
			assert.Equal(t, at == ".", strings.Contains(err.Error(), "whether it was taken is unknown"), "%v", err)
		})
		t.Run("drops the connection at "+at+": may pass", func(t *testing.T) {
			p := (&peer{answers: map[string]string{at: drop}}).listen(t)
			_, err := open(t, p.address, nil).Send(context.Background(), notification())
			assert.Equal(t, class, targettest.ClassOf(err), "%v", err)
			assert.Equal(t, advice.EN, adviceOf(t, err))
		})
	}
	t.Run("ends when the invocation is cancelled", func(t *testing.T) {
		p := (&peer{answers: map[string]string{"MAIL": hang}}).listen(t)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- targettest.ErrorOf(open(t, p.address, nil).Send(ctx, notification())) }()
		require.Eventually(t, func() bool { return len(p.heard()) >= 3 }, 5*time.Second, time.Millisecond)
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
	})
	t.Run("refuses connections: has advice", func(t *testing.T) {
		p := (&peer{}).listen(t)
		p.close()
		_, err := open(t, p.address, nil).Send(context.Background(), notification())
		assert.ErrorIs(t, err, syscall.ECONNREFUSED)
		assert.Equal(t, unreachableAdvice.EN, adviceOf(t, err))
	})
	t.Run("is no mail server: may pass, and says so", func(t *testing.T) {
		p := (&peer{answers: map[string]string{"GREET": "HTTP/1.1 400 Bad Request"}}).listen(t)
		_, err := open(t, p.address, nil).Send(context.Background(), notification())
		assert.Equal(t, targettest.Transient, targettest.ClassOf(err))
		assert.Equal(t, notSMTPAdvice.EN, adviceOf(t, err))
	})
	t.Run("says far too much: is not listened to", func(t *testing.T) {
		p := (&peer{answers: map[string]string{"EHLO": strings.Repeat("250-x\n", 1<<20)}}).listen(t)
		_, err := open(t, p.address, nil).Send(context.Background(), notification())
		assert.Equal(t, targettest.Transient, targettest.ClassOf(err))
		assert.ErrorContains(t, err, "far more")
	})
}

func TestSecretsNeverShow(t *testing.T) {
	echo := " " + password + " AGFsZXJ0c0Bub3RpZnkuZXhhbXBsZS5jb20AUGE1NXdvcmQtb2Ytc210cA=="
	for _, at := range []string{"GREET", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."} {
		for _, text := range []string{"450 4.0.0" + echo, "550 5.0.0" + echo, "99" + echo, echo} {
			p := (&peer{answers: map[string]string{at: text}}).listen(t)
			s := open(t, p.address, nil)
			_, err := s.Send(context.Background(), notification())
			require.Error(t, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
					for _, shown := range []string{fmt.Sprintf(format, e), fmt.Sprintf(format, s)} {
						assert.NotContains(t, shown, password)
						assert.NotContains(t, shown, "UGE1NXdvcmQ")
					}
				}
			}
			refusal, _ := errors.AsType[*target.Refusal](err)
			asJSON, _ := json.Marshal(refusal)
			assert.NotContains(t, string(asJSON), password)
		}
	}
}

func TestConfiguration(t *testing.T) {
	rest := `,"from":"a@x.example","contact":{"name":"Al","email":"al@x.example"}}`
	server := `{"server":"smtpdm.aliyun.com"`
	for name, c := range map[string]struct{ config, want string }{
		"nothing":                     {`{}`, "server: is missing"},
		"an unknown key":              {`{"host":"x"` + rest, "host"},
		"a URL as server":             {`{"server":"smtps://Pa55word-of-smtp.example:465"` + rest, "host alone"},
		"a path after the server":     {`{"server":"x.example/mail"` + rest, "host alone"},
		"an address as server":        {`{"server":"me@x.example"` + rest, "email address"},
		"a port that is none":         {`{"server":"x.example:smtp"` + rest, "port"},
		"port 0":                      {`{"server":"x.example:0"` + rest, "port"},
		"spaces in the server":        {`{"server":"x example"` + rest, "not a host"},
		"DirectMail's API":            {`{"server":"dm.aliyuncs.com"` + rest, "smtpdm.aliyun.com"},
		"DirectMail's API of a place": {`{"server":"dm.ap-southeast-1.aliyuncs.com"` + rest, "smtpdm"},
		"SES's API":                   {`{"server":"email.eu-west-1.amazonaws.com"` + rest, "email-smtp.eu-west-1.amazonaws.com"},
		"no sender":                   {server + `,"contact":{"name":"Al","email":"al@x.example"}}`, "from: is missing"},
		"a sender that is none":       {server + `,"from":"PAI","contact":{"name":"Al","email":"al@x.example"}}`, "from"},
		"a sender of two":             {server + `,"from":"a@x.example, b@x.example","contact":{"name":"Al","email":"al@x.example"}}`, "from"},
		"a sender with a line break":  {server + `,"from":"\"a\r\nBcc: b\" <a@x.example>","contact":{"name":"Al","email":"al@x.example"}}`, "from"},
		"a Chinese domain":            {server + `,"from":"a@例子.中国","contact":{"name":"Al","email":"al@x.example"}}`, "xn--"},
		"an answer to nobody":         {server + `,"reply_to":"x"` + rest, "reply_to"},
		"no contact":                  {server + `,"from":"a@x.example"}`, "contact"},
		"a contact without address":   {server + `,"from":"a@x.example","contact":{"name":"Al","phone":"+8613800138000"}}`, "no email"},
		"a contact's wrong address":   {server + `,"from":"a@x.example","contact":{"name":"Al","email":"al"}}`, "contact: email"},
		"a login without password":    {server + `,"username":"a"` + rest, "password: is missing"},
		"an unknown tls":              {server + `,"tls":"ssl"` + rest, `tls: "ssl" is none of starttls, implicit, none`},
		"a password in plain text":    {server + `,"tls":"none","password":"Pa55word-of-smtp"` + rest, "tls: none would send the password"},
		"a line break in the login":   {server + `,"username":"a\r\nb","password":"Pa55word-of-smtp"` + rest, "username"},
	} {
		t.Run("is refused with "+name, func(t *testing.T) {
			_, err := Spec.Open(json.RawMessage(c.config))
			require.Error(t, err)
			assert.True(t, target.IsPermanent(err))
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), password)
		})
	}
	for text, want := range map[string]struct {
		address string
		tls     TLS
	}{
		"smtpdm.aliyun.com":        {"smtpdm.aliyun.com:465", Implicit},
		"smtpdm.aliyun.com:80":     {"smtpdm.aliyun.com:80", ""},
		"email-smtp.x.example:587": {"email-smtp.x.example:587", ""},
		"x.example:2465":           {"x.example:2465", Implicit},
		"smtp.163.com:994":         {"smtp.163.com:994", Implicit},
		"[2001:db8::1]:25":         {"[2001:db8::1]:25", ""},
		"2001:db8::1":              {"[2001:db8::1]:465", Implicit},
		"[2001:db8::1]":            {"[2001:db8::1]:465", Implicit},
	} {
		t.Run("reads the server "+text, func(t *testing.T) {
			s, err := parseServer(text, "")
			require.NoError(t, err)
			assert.Equal(t, want.address, s.String())
			assert.Equal(t, want.tls, s.tls)
			for _, given := range []TLS{Implicit, StartTLS, NoTLS} {
				s, err := parseServer(text, given)
				require.NoError(t, err)
				assert.Equal(t, given, s.tls, "the rule decides, and not the port")
			}
		})
	}
}

func TestQueueID(t *testing.T) {
	for said, want := range map[string]string{
		"2.0.0 Ok: queued as 4XyZ": "4XyZ", "Ok 010001890abc-0000": "010001890abc-0000",
		"ok": "", "": "", "Ok": "", "2.0.0 OK  1700000000 a1-2b - gsmtp": "", "Data Ok: queued as freedom": "freedom",
	} {
		assert.Equal(t, want, queueID(said), said)
	}
}
