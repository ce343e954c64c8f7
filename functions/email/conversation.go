package email

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/mail"
	"net/netip"
	"net/textproto"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Limits of one conversation. RFC 5321 allows minutes for each step, which no
// function has; servers that take mail from programs answer within a second,
// and up to some ten for a mail that they look through first.
const (
	untilMail  = 20 * time.Second
	untilTaken = 60 * time.Second
	untilGone  = time.Second
)

// conversation hands over one mail.
type conversation struct {
	server             server
	helo               string
	username, password string
	language           message.Language
	step               step
}

// send returns what the server said when it took the mail.
func (c *conversation) send(ctx context.Context, from, to mail.Address, letter []byte) (string, error) {
	// Nothing is waited for when the context ends, whatever the step.
	limited, cancel := context.WithTimeout(ctx, untilMail+untilTaken)
	defer cancel()
	raw, err := webhook.Dial(limited, c.server.String())
	if err != nil {
		return "", c.ended(limited, err)
	}
	conn := &quietConn{Conn: raw, left: maxHeard}
	defer func() { _ = conn.Close() }()
	slow := time.AfterFunc(untilMail, conn.hangUp)
	defer slow.Stop()
	defer context.AfterFunc(limited, conn.hangUp)()

	client, err := c.open(limited, conn)
	if err != nil {
		return "", c.failed(limited, err)
	}
	together, _ := client.Extension("PIPELINING")
	if err := c.announce(client.Text, from, to, together); err != nil {
		return "", c.failed(limited, err)
	}
	data := client.Text.DotWriter()
	if _, err := data.Write(letter); err != nil {
		return "", c.failed(limited, err)
	}
	slow.Stop()
	c.step = ending
	if err := data.Close(); err != nil {
		return "", c.failed(limited, err)
	}
	if together {
		_ = client.Text.PrintfLine("QUIT") // its answer is not waited for
	}
	_, said, err := client.Text.ReadResponse(250)
	if err != nil {
		return "", c.failed(limited, err)
	}
	if !together {
		// It is taken, whatever becomes of the farewell.
		farewell := time.AfterFunc(untilGone, conn.hangUp)
		defer farewell.Stop()
		_ = client.Quit()
	}
	return said, nil
}

// open greets, secures and logs in.
func (c *conversation) open(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	c.step = securing
	if c.server.tls == Implicit {
		secured := tls.Client(conn, webhook.TLSConfig(c.server.host))
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = secured
	}
	c.step = greeting
	client, err := smtp.NewClient(conn, c.server.host)
	if err != nil {
		return nil, err
	}
	client.SkipSMTPUTF8(true) // addresses are ASCII, and so is the mail
	var refused refusedEHLO
	client.ErrorHandlerRegistry.RegisterHandler(c.server.host, "ehlo", &refused)
	if err := client.Hello(c.helo); err != nil || refused.err != nil {
		return nil, cmp.Or(refused.err, err)
	}
	c.step = securing
	if err := c.startTLS(client, conn); err != nil {
		return nil, err
	}
	if c.password == "" {
		return client, nil
	}
	c.step = loggingIn
	return client, c.logIn(client)
}

// refusedEHLO keeps why EHLO was refused. The library tries HELO then, by which
// a server can offer neither TLS nor login.
type refusedEHLO struct{ err error }

// HandleError is called with each refusal.
func (r *refusedEHLO) HandleError(_, _ string, _ *textproto.Conn, err error) error {
	r.err = err
	return err
}

// lack is what a server does not offer and a mail needs.
type lack struct {
	text   string
	advice *message.Text
}

func (l *lack) Error() string { return l.text }

// startTLS secures a connection that is not yet. Unless the rule says how, a
// server on loopback may be without TLS.
func (c *conversation) startTLS(client *smtp.Client, conn net.Conn) error {
	if c.server.tls == Implicit || c.server.tls == NoTLS {
		return nil
	}
	if ok, _ := client.Extension("STARTTLS"); ok {
		return client.StartTLS(webhook.TLSConfig(c.server.host))
	}
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if c.server.tls == StartTLS || err != nil || !peer.Addr().Unmap().IsLoopback() {
		return &lack{"the server offers no STARTTLS", &noTLSAdvice}
	}
	return nil
}

// announce names sender and receiver and asks to write the mail, which is plain
// ASCII and needs no extension. With a server that takes commands together
// (RFC 2920) it waits for one round trip and not for three; the library leaves
// such extensions to the connection it gives out.
func (c *conversation) announce(server *textproto.Conn, from, to mail.Address, together bool) error {
	commands := [...]struct {
		step   step
		line   string
		expect int
	}{
		{naming, "MAIL FROM:" + path(from), 250},
		{addressing, "RCPT TO:" + path(to), 25},
		{writing, "DATA", 354},
	}
	if together {
		c.step = naming
		all := commands[0].line + "\r\n" + commands[1].line + "\r\n" + commands[2].line
		if err := server.PrintfLine("%s", all); err != nil {
			return err
		}
	}
	for _, command := range commands {
		c.step = command.step
		if !together {
			if err := server.PrintfLine("%s", command.line); err != nil {
				return err
			}
		}
		if _, _, err := server.ReadResponse(command.expect); err != nil {
			return err
		}
	}
	return nil
}

// path is an address in angle brackets, quoted where it has to be.
func path(a mail.Address) string { return (&mail.Address{Address: a.Address}).String() }
