package email

import (
	"encoding/base64"
	"errors"
	"net/textproto"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// The ways to log in that servers offer. Of those that take no password, or
// need more than this package has, only the names are known.
var mechanisms = [...]string{"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "NTLM", "GSSAPI", "DIGEST-MD5"}

// offered lists the ways to log in that the server names, also in the form
// "AUTH=LOGIN" that old servers have.
func offered(client *smtp.Client) []string {
	_, list := client.Extension("AUTH")
	all := strings.Fields(strings.ToUpper(list))
	for _, m := range mechanisms {
		if ok, more := client.Extension("AUTH=" + m); ok {
			all = append(append(all, m), strings.Fields(strings.ToUpper(more))...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// logIn uses the first of PLAIN, LOGIN and CRAM-MD5 that the server offers, and
// the next when the server does not take that one after all. The connection is
// secured or on loopback.
func (c *conversation) logIn(client *smtp.Client) error {
	offers := offered(client)
	var refused *textproto.Error
	for _, way := range [...]struct {
		name string
		auth smtp.Auth
	}{
		{"PLAIN", smtp.PlainAuth("", c.username, c.password, c.server.host, true)},
		{"LOGIN", smtp.LoginAuth(c.username, c.password, c.server.host, true)},
		{"CRAM-MD5", smtp.CRAMMD5Auth(c.username, c.password)},
	} {
		if !slices.Contains(offers, way.name) {
			continue
		}
		err := authenticate(client.Text, way.auth, c.server.host)
		reply, ok := errors.AsType[*textproto.Error](err)
		// Only these speak of the way, and not of the login: unknown, or too weak
		// (RFC 4954).
		if !ok || !slices.Contains([]int{500, 502, 504, 534}, reply.Code) {
			return err
		}
		refused = reply
	}
	names := strings.Join(offers, ", ")
	switch {
	case refused != nil:
		return &textproto.Error{Code: refused.Code, Msg: refused.Msg + " (the server offers login by " + names + ")"}
	case names == "":
		return &lack{"the server offers no login", &noLoginAdvice}
	case !slices.ContainsFunc(offers, func(m string) bool { return m != "XOAUTH2" && m != "OAUTHBEARER" }):
		return &lack{"the server offers login by " + names + " only", &oauthAdvice}
	}
	return &lack{"the server offers login by " + names + " only", &mechanismAdvice}
}

// authenticate is the exchange of RFC 4954. The library's own ends the
// connection when a way to log in is refused, before another could be tried.
func authenticate(server *textproto.Conn, auth smtp.Auth, host string) error {
	name, initial, err := auth.Start(&smtp.ServerInfo{Name: host})
	if err != nil {
		return err
	}
	encode := base64.StdEncoding.EncodeToString
	line := strings.TrimSpace("AUTH " + name + " " + encode(initial))
	for {
		if err := server.PrintfLine("%s", line); err != nil {
			return err
		}
		code, text, err := server.ReadResponse(0)
		if err != nil || code == 235 {
			return err
		}
		if code != 334 {
			return &textproto.Error{Code: code, Msg: text}
		}
		challenge, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			challenge = []byte(text) // some servers ask in plain words
		}
		answer, err := auth.Next(challenge, true)
		if err != nil {
			return err
		}
		line = encode(answer)
	}
}

// secrets are the forms in which a server may say the password back.
func (c *conversation) secrets() []string {
	encode := base64.StdEncoding.EncodeToString
	return []string{c.password, encode([]byte(c.password)), encode([]byte("\x00" + c.username + "\x00" + c.password))}
}
