// Package standin is the local stand-in for a mail server and its mailboxes.
package standin

import (
	"bytes"
	"mime"
	"net/http"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

const (
	// DirectMail documents 100 characters of subject and 80 KB of a body.
	maxSubject = 100
	maxBody    = 80 << 10
	// maxLine is RFC 5322's, without the line break.
	maxLine = 998
)

// Platform is a mail server. Its receivers are mailboxes, by their addresses.
var Platform = inbox.Platform{
	Type: "email",
	Name: message.Text{EN: "Email", ZH: "邮件", JA: "メール"},
	Help: message.Text{EN: "Mail goes through an SMTP server, such as DirectMail or SES.", ZH: "通过 SMTP 服务器发送，例如邮件推送 DirectMail 或 SES。", JA: "DirectMail や SES などの SMTP サーバーを通して送ります。"},
	Icon: `<path d="M3 6h18v12H3z"/><path d="M3 7l9 7 9-7"/>`,
	Parameters: map[string]inbox.Parameter{
		"server": {
			Label:   message.Text{EN: "SMTP server", ZH: "SMTP 服务器", JA: "SMTP サーバー"},
			Help:    message.Text{EN: "Host name; add the port if it is not 465.", ZH: "主机名；端口不是 465 时需写明。", JA: "ホスト名です。465 以外ならポートも指定します。"},
			Example: message.Text{EN: "smtpdm.aliyun.com", ZH: "smtpdm.aliyun.com", JA: "smtpdm.aliyun.com"},
		},
		"tls": {
			Label: message.Text{EN: "Encryption (TLS)", ZH: "加密方式（TLS）", JA: "暗号化（TLS）"},
			Help:  message.Text{EN: "implicit: TLS from the first byte, as on ports 465, 994 and 2465. starttls: as on all others. none: only for a server that asks for no login.", ZH: "implicit：连接即使用 TLS，例如 465、994、2465 端口；starttls：其他端口；none：仅用于无需登录的服务器。", JA: "implicit：最初から TLS（465、994、2465 番ポートなど）。starttls：その他のポート。none：ログイン不要のサーバー専用。"},
		},
		"username": {
			Label: message.Text{EN: "Username", ZH: "用户名", JA: "ユーザー名"},
			Help:  message.Text{EN: "Login at the SMTP server. Leave empty to use the sender's address.", ZH: "SMTP 服务器的登录名，留空则使用发件人地址。", JA: "SMTP サーバーのログイン名です。空欄なら差出人のアドレスを使います。"},
		},
		"password": {
			Label: message.Text{EN: "SMTP password", ZH: "SMTP 密码", JA: "SMTP パスワード"},
			Help:  message.Text{EN: "Leave empty if the server asks for no login.", ZH: "服务器无需登录时留空。", JA: "サーバーがログインを必要としない場合は空欄にします。"},
		},
		"from": {
			Label:   message.Text{EN: "Sender", ZH: "发件人", JA: "差出人"},
			Help:    message.Text{EN: "An address that the SMTP server lets you send from.", ZH: "SMTP 服务器允许使用的发件地址。", JA: "SMTP サーバーが許可する差出人アドレスです。"},
			Example: message.Text{EN: "PAI <alerts@example.com>", ZH: "PAI <alerts@example.com>", JA: "PAI <alerts@example.com>"},
			Wanted:  true,
		},
		"reply_to": {
			Label: message.Text{EN: "Reply to", ZH: "回复地址", JA: "返信先"},
			Help:  message.Text{EN: "Address for replies. Leave empty to use the sender's.", ZH: "接收回复的地址，留空则使用发件人地址。", JA: "返信を受け取るアドレスです。空欄なら差出人になります。"},
		},
	},
	Route: route{},
	Mail:  readMail,
}

// route leads to the inbox's SMTP server.
type route struct{}

// Pattern is none: mail does not come over HTTP.
func (route) Pattern() string { return "" }

// Find finds nothing.
func (route) Find(*http.Request, []byte) (string, bool) { return "", false }

// Name is the contact's address.
func (route) Name(_ string, p inbox.Parameters) string { return p.Text("contact.email") }

// Lead sets the server, which nobody has to log in to.
func (route) Lead(p inbox.Parameters, to inbox.Place) {
	p.Set("server", to.SMTP)
	p.Remove("tls", "username", "password")
}

func refuse(code int, enhanced smtp.EnhancedCode, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}

// readMail fills m and tells what a server that looks through mails dislikes.
func readMail(m *inbox.Message, raw []byte, from string) error {
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > maxLine {
			return refuse(500, smtp.EnhancedCode{5, 6, 0}, "Line too long")
		}
	}
	letter, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return refuse(554, smtp.EnhancedCode{5, 6, 0}, "The mail has no header")
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
	m.Mail = &inbox.Mail{From: decode("From"), To: decode("To"), Thread: letter.Header.Get("In-Reply-To")}
	author, err := mail.ParseAddress(letter.Header.Get("From"))
	switch {
	case err != nil || !strings.EqualFold(author.Address, from):
		return refuse(553, smtp.EnhancedCode{5, 7, 1}, "The From header is not the envelope's sender")
	case m.Title == "" || m.ID == "" || letter.Header.Get("Date") == "":
		return refuse(554, smtp.EnhancedCode{5, 6, 0}, "Subject, Date or Message-ID is missing")
	case utf8.RuneCountInString(m.Title) > maxSubject:
		return refuse(554, smtp.EnhancedCode{5, 6, 0}, "The subject is longer than 100 characters")
	}
	if err := readParts(m.Mail, letter); err != nil {
		return refuse(554, smtp.EnhancedCode{5, 6, 0}, "The mail is not text and HTML: "+err.Error())
	}
	if len(m.Mail.Text) > maxBody || len(m.Mail.HTML) > maxBody {
		return refuse(552, smtp.EnhancedCode{5, 3, 4}, "The length of DATA content is achieved the maximum threshold")
	}
	return nil
}
