package inbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/mail"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	// emailMaxBytes is a mail as it comes over the wire.
	emailMaxBytes = 1 << 20
	// DirectMail documents 100 characters of subject and 80 KB of a body.
	emailMaxSubject = 100
	emailMaxBody    = 80 << 10
	// emailMaxLine is RFC 5322's, without the line break.
	emailMaxLine = 998
)

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

// AddEmail adds the mailbox of an address.
func (in *Inbox) AddEmail(address string) { in.add("email", address, nil) }

// SMTPServer returns a server that takes mail for the mailboxes of [AddEmail]
// and refuses all other. With a username it takes mail after that login only,
// and when the username is an address, only from that sender. The caller
// serves it on a listener and closes it; with a TLSConfig it offers STARTTLS.
func (in *Inbox) SMTPServer(username, password string) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &mailSession{inbox: in, conn: c, username: username, password: password}, nil
	}))
	s.Domain = "inbox.localhost"
	s.MaxMessageBytes = emailMaxBytes
	s.MaxRecipients = 1
	s.AllowInsecureAuth = true // it listens on loopback
	s.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// mailSession is one connection.
type mailSession struct {
	inbox              *Inbox
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
	if s.inbox.receiverOf("email", to) == nil {
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
	m := Message{Platform: "email", Receiver: s.to, Time: s.inbox.options.Now(), Body: string(raw)}
	scripted, ok, err := s.inbox.keepMail(&m, raw, s.from)
	if !ok {
		return err
	}
	switch {
	case scripted.Hang:
		_, _ = io.Copy(io.Discard, s.conn.Conn())
		return errors.New("the sender is gone")
	case scripted.Reset:
		_ = s.conn.Conn().Close()
		return errors.New("cut by a script")
	}
	return refuseMail(scripted.Status, smtp.NoEnhancedCode, scripted.Body)
}

// keepMail judges m unless a script answers, and keeps it.
func (in *Inbox) keepMail(m *Message, raw []byte, from string) (Script, bool, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	to := in.receiverOf("email", m.Receiver)
	if to == nil {
		return Script{}, false, refuseMail(550, smtp.EnhancedCode{5, 1, 1}, "User unknown")
	}
	scripted, ok := to.next()
	var err error
	if ok && !scripted.Took {
		m.Code, m.Reason = strconv.Itoa(scripted.Status), "answered by a script"
	} else if err = m.readMail(raw, from); err == nil {
		m.Accepted, m.Code = true, "250"
	} else if refused, is := errors.AsType[*smtp.SMTPError](err); is {
		m.Code, m.Reason = strconv.Itoa(refused.Code), refused.Message
	}
	m.Repeated = m.Accepted && to.took(m.ID)
	to.keep(*m, in.options.Keep)
	return scripted, ok, err
}

func (r *receiver) took(id string) bool {
	for _, o := range r.messages {
		if o.Accepted && o.ID == id && id != "" {
			return true
		}
	}
	return false
}

// readMail fills m and tells what a server that looks through mails dislikes.
func (m *Message) readMail(raw []byte, from string) error {
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > emailMaxLine {
			return refuseMail(500, smtp.EnhancedCode{5, 6, 0}, "Line too long")
		}
	}
	letter, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return refuseMail(554, smtp.EnhancedCode{5, 6, 0}, "The mail has no header")
	}
	var words mime.WordDecoder
	decode := func(name string) string {
		text, err := words.DecodeHeader(letter.Header.Get(name))
		if err != nil || !utf8.ValidString(text) {
			return ""
		}
		return text
	}
	m.Title, m.ID = decode("Subject"), letter.Header.Get("Message-Id")
	m.Mail = &Mail{From: decode("From"), To: decode("To"), Thread: letter.Header.Get("In-Reply-To")}
	author, err := mail.ParseAddress(letter.Header.Get("From"))
	switch {
	case err != nil || !strings.EqualFold(author.Address, from):
		return refuseMail(553, smtp.EnhancedCode{5, 7, 1}, "The From header is not the envelope's sender")
	case m.Title == "" || m.ID == "" || letter.Header.Get("Date") == "":
		return refuseMail(554, smtp.EnhancedCode{5, 6, 0}, "Subject, Date or Message-ID is missing")
	case utf8.RuneCountInString(m.Title) > emailMaxSubject:
		return refuseMail(554, smtp.EnhancedCode{5, 6, 0}, "The subject is longer than 100 characters")
	}
	if err := m.Mail.readParts(letter); err != nil {
		return refuseMail(554, smtp.EnhancedCode{5, 6, 0}, "The mail is not text and HTML: "+err.Error())
	}
	if len(m.Mail.Text) > emailMaxBody || len(m.Mail.HTML) > emailMaxBody {
		return refuseMail(552, smtp.EnhancedCode{5, 3, 4}, "The length of DATA content is achieved the maximum threshold")
	}
	return nil
}

// Reset forgets the mail that was begun.
func (s *mailSession) Reset() { s.from, s.to = "", "" }

// Logout ends the session.
func (s *mailSession) Logout() error { return nil }

var _ smtp.AuthSession = (*mailSession)(nil)
