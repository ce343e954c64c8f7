// Package email sends notifications to a contact by email, through any SMTP server
// that accepts mail for delivery: DirectMail, SES, or a company's own.
//
// Limits: DirectMail documents subjects of 100 characters and bodies of 80 KB (Dm
// 2015-11-23, SingleSendMail); this package keeps to both with every server.
package email

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// Spec is this target's entry in the register. PAI sends mail to contacts, and
// none about models.
var Spec = target.Define("email", New).Only("dlc", "flow", "dsw").To(target.ContactEmail).Advising(advice)

const platform = "email"

// Config is what a rule says about mail to one contact.
type Config struct {
	// Server is the SMTP server, a host with or without a port; 465 without.
	Server string `json:"server" doc:"SMTP server that takes the mail, such as smtpdm.aliyun.com or email-smtp.us-east-1.amazonaws.com:587; port 465 when none is given."`
	// TLS is how the connection is secured; the port decides when it is empty.
	TLS TLS `json:"tls,omitempty" doc:"How the connection is secured: starttls, implicit (TLS from the first byte) or none (for a server that asks for no login); when it is not given, implicit on the ports 465, 994 and 2465 and starttls on all others."`
	// Username is the login; the sender's address when empty.
	Username string `json:"username,omitempty" doc:"Login at the SMTP server; the sender's address when it is not given."`
	// Password is the login's SMTP password. Without one there is no login.
	Password target.Secret `json:"password,omitempty" doc:"SMTP password of the login, best as env:NAME; leave it out for a server that asks for none."`
	// From is the sender, an address with or without a display name.
	From string `json:"from" doc:"Sender, such as alerts@example.com or PAI <alerts@example.com>; the SMTP server must allow it."`
	// ReplyTo is where answers go; the sender when empty.
	ReplyTo string `json:"reply_to,omitempty" doc:"Address that answers go to; the sender when it is not given."`
	// Contact is the receiver.
	Contact target.Contact `json:"contact"`
}

// sender embeds its configuration: secrets in a field that is not exported
// would show when the sender is printed.
type sender struct {
	Config
	server   server
	from, to mail.Address
	replyTo  *mail.Address
	now      func() time.Time
}

// New makes a sender from what a rule says about it. It fails for a server
// that is none, for addresses that are none, and for a login without password.
func New(c Config) (target.Target, error) {
	s := sender{Config: c, now: time.Now}
	var err error
	if s.server, err = parseServer(c.Server, c.TLS); err != nil {
		return nil, target.Invalid("server", "%v", err)
	}
	if c.TLS != "" && !slices.Contains(c.TLS.Values(), string(c.TLS)) {
		return nil, target.Invalid("tls", "%q is none of %s", c.TLS, strings.Join(c.TLS.Values(), ", "))
	}
	if c.From == "" {
		return nil, target.Invalid("from", "is missing: it is the sender's address, which the SMTP server must allow")
	}
	if s.from, err = parseAddress(c.From); err != nil {
		return nil, target.Invalid("from", "%v", err)
	}
	if c.ReplyTo != "" {
		replyTo, err := parseAddress(c.ReplyTo)
		if err != nil {
			return nil, target.Invalid("reply_to", "%v", err)
		}
		s.replyTo = &replyTo
	}
	if c.Contact.Email == "" {
		return nil, target.Invalid("contact", "has no email address")
	}
	to, err := parseAddress(c.Contact.Email)
	if err != nil {
		return nil, target.Invalid("contact", "email: %v", err)
	}
	s.to = mail.Address{Name: displayName(c.Contact.Name), Address: to.Address}
	switch {
	case c.TLS == NoTLS && c.Password != "":
		return nil, target.Invalid("tls", "none would send the password in plain text: use starttls or implicit, or leave the password out")
	case c.Username != "" && c.Password == "":
		return nil, target.Invalid("password", "is missing: it belongs to the username")
	case strings.ContainsFunc(c.Username, unicode.IsControl):
		return nil, target.Invalid("username", "has a line break or another control character")
	case c.Username == "":
		s.Username = s.from.Address
	}
	return s, nil
}

// maxAddress is that of RFC 5321, without the brackets.
const maxAddress = 254

func parseAddress(text string) (mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsFunc(text, unicode.IsControl) || len(a.Address) > maxAddress {
		return mail.Address{}, errors.New("is not one email address such as alerts@example.com")
	}
	if strings.ContainsFunc(a.Address, func(c rune) bool { return c <= ' ' || c > unicode.MaxASCII }) {
		return mail.Address{}, errors.New("the address has characters that few servers take: write a domain such as 例子.中国 in its xn-- form")
	}
	return mail.Address{Name: displayName(a.Name), Address: a.Address}, nil
}

// displayName returns a name as it can stand before an address. Mail programs
// also decode an encoded word between quotes, where it should be none.
func displayName(name string) string {
	return clip(strings.ReplaceAll(message.OneLine(name), "=?", "= ?"), maxLabel)
}

// domain returns what follows the @ of an address.
func domain(a mail.Address) string {
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}

// Send hands the message to the SMTP server, over a connection of its own: one
// that was kept would mostly have been closed by the server before the next
// event. Whether a mail was taken is unknown when the connection ends after
// its last byte; it is sent again later then, because that mail has the same
// Message-ID, by which many mail programs show it once.
func (s sender) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	password, err := s.Password.RevealTo(ctx, s.server.String())
	if err != nil {
		return target.Receipt{}, fmt.Errorf("%s: password: %w", platform, err)
	}
	letter, err := s.letter(n)
	if err != nil {
		return target.Receipt{}, target.Permanent(fmt.Errorf("%s: the mail cannot be written: %w", platform, err))
	}
	c := conversation{
		server: s.server, helo: domain(s.from),
		username: s.Username, password: strings.TrimSpace(password),
		language: n.Message.Language,
	}
	said, err := c.send(ctx, s.from, s.to, letter)
	if err != nil {
		return target.Receipt{}, err
	}
	return target.Receipt{Code: "250", ID: webhook.Extract(queueID(said), c.secrets()...)}, nil
}

// queueID finds the server's id of a mail in its answer to it: the word after
// "queued as", or the only one after SES's "Ok"; "" when there is none.
func queueID(answer string) string {
	words := strings.Fields(answer)
	for i, word := range words {
		last := i == len(words)-2 && strings.EqualFold(word, "Ok")
		if i+1 < len(words) && (last || (word == "as" && i > 0 && words[i-1] == "queued")) {
			return words[i+1]
		}
	}
	return ""
}

// Address is the contact's, with its domain in lower case: what stands before
// the @ is for the mailbox's server to read.
func (s sender) Address() string {
	local := s.to.Address[:strings.LastIndexByte(s.to.Address, '@')+1]
	return local + strings.ToLower(domain(s.to))
}

// Shown is the password: SMTP shows it to the server.
func (s sender) Shown() ([]target.Secret, string) {
	return []target.Secret{s.Password}, s.server.String()
}

var (
	_ target.Addressed = sender{}
	_ target.Showing   = sender{}
)

var _ target.Target = sender{}
