package inbox

import (
	"errors"
	"fmt"
	"io"
	"log"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailMaxBytes is a mail as it comes over the wire.
const mailMaxBytes = 1 << 20

// Mail is what a mail program shows of a mail, beside its subject.
type Mail struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Text is the part for programs that show no HTML; HTML is the other.
	Text string `json:"text"`
	HTML string `json:"html"`
	// Thread is the mail that it answers, by which programs group mails.
	Thread string `json:"thread,omitempty"`
}

// HTMLNote says how much HTML there is.
func (m Mail) HTMLNote() string {
	if m.HTML == "" {
		return "no HTML part"
	}
	return fmt.Sprintf("with an HTML part of %.1f KB", float64(len(m.HTML))/1024)
}

// plain returns the mail's text for a terminal; "" for what is no mail.
func (m *Mail) plain() string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(m.Text, "\r\n", "\n")) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String() + "(" + m.HTMLNote() + ")\n"
}

// SMTPServer returns a server that takes mail for the mailboxes of the platform
// of mail and refuses all other. With a username it takes mail after that login
// only, and when the username is an address, only from that sender. The caller
// serves it on a listener and closes it; with a TLSConfig it offers STARTTLS.
func (in *Inbox) SMTPServer(username, password string) *smtp.Server {
	var platform Platform
	for _, p := range in.platforms {
		if p.Mail != nil {
			platform = p
		}
	}
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &mailSession{inbox: in, platform: platform, conn: c, username: username, password: password}, nil
	}))
	s.Domain = "inbox.localhost"
	s.MaxMessageBytes = mailMaxBytes
	s.MaxRecipients = 1
	s.AllowInsecureAuth = true // it listens on loopback
	s.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// mailSession is one connection.
type mailSession struct {
	inbox              *Inbox
	platform           Platform
	conn               *smtp.Conn
	username, password string
	loggedIn           bool
	from, to           string
}

func refuseMail(code int, enhanced smtp.EnhancedCode, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}

// AuthMechanisms lists none for a server without a login.
func (s *mailSession) AuthMechanisms() []string {
	if s.username == "" && !s.inbox.options.Anyone {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

// Auth checks the login.
func (s *mailSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(username, password string) error {
		if !s.inbox.options.Anyone && (username != s.username || password != s.password) {
			return refuseMail(535, smtp.EnhancedCode{5, 7, 8}, "Authentication failure")
		}
		s.loggedIn = true
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, username, password string) error { return check(username, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// loginServer is the server's side of LOGIN.
type loginServer struct {
	check    func(username, password string) error
	username *string
}

// Next asks for the username, then for the password.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch text := string(response); {
	case response == nil:
		return []byte("Username:"), false, nil
	case l.username == nil:
		l.username = &text
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check(*l.username, text)
	}
}

// Mail takes the sender.
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	switch {
	case s.inbox.options.Anyone:
	case s.username != "" && !s.loggedIn:
		return refuseMail(530, smtp.EnhancedCode{5, 7, 0}, "Authentication required")
	case strings.Contains(s.username, "@") && !strings.EqualFold(from, s.username):
		return refuseMail(553, smtp.EnhancedCode{5, 7, 1}, "Sender address rejected: not owned by the login")
	}
	s.from = from
	return nil
}

// Rcpt takes the receiver.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	if s.inbox.receiverOf(s.platform.Type, to) == nil {
		return refuseMail(550, smtp.EnhancedCode{5, 1, 1}, "Recipient address rejected: User unknown")
	}
	s.to = to
	return nil
}

// Data judges the mail and keeps it.
func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var refused error
	script, known := s.inbox.take(s.platform.Type, s.to, raw, func(_ Receiver, scripted *Script, m *Message) bool {
		if scripted != nil {
			m.Code = strconv.Itoa(scripted.Status)
			return true
		}
		if refused = s.platform.Mail(m, raw, s.from); refused == nil {
			m.Accepted, m.Code = true, "250"
		} else if answer, is := errors.AsType[*smtp.SMTPError](refused); is {
			m.Code, m.Reason = strconv.Itoa(answer.Code), answer.Message
		}
		return true
	})
	switch {
	case !known:
		return refuseMail(550, smtp.EnhancedCode{5, 1, 1}, "User unknown")
	case script == nil:
		return refused
	case script.Hang:
		_, _ = io.Copy(io.Discard, s.conn.Conn())
		return errors.New("the sender is gone")
	case script.Reset:
		_ = s.conn.Conn().Close()
		return errors.New("cut by a script")
	}
	return refuseMail(script.Status, smtp.NoEnhancedCode, script.Body)
}

// Reset forgets the mail that was begun.
func (s *mailSession) Reset() { s.from, s.to = "", "" }

// Logout ends the session.
func (s *mailSession) Logout() error { return nil }

var _ smtp.AuthSession = (*mailSession)(nil)
