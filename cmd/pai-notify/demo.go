package main

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"

	demodoc "github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// The credentials of the inbox. They are worth nothing anywhere else.
const (
	demoName        = "inbox"
	demoSigningKey  = "SECinbox000000000000000000000000000000000000000000000000000000001"
	demoLarkKey     = "inboxSigningKey000001"
	demoModelName   = "registry"
	demoSecret      = "whsec_aW5ib3gtc3RhbmQtaW4tc2VjcmV0LTAwMDAwMDAwMDAx"
	demoAccessKeyID = "inboxAccessKeyId"
	demoAccessKey   = "inboxAccessKeySecret"
	demoSender      = "alerts@example.com"
	demoPassword    = "inboxPassword"
)

// demo is the inbox with its servers: what receives the messages when no real
// receiver is configured.
type demo struct {
	inbox *inbox.Inbox
	mail  *smtp.Server
	url   string
	smtp  string
	shown []receiver
	// standsIn tells that it takes the messages of all targets that name no
	// variable which the user has set, and of all others too when nothing may be
	// real.
	standsIn, nothingReal bool
	// users are the variables that had a value when the program was started. What
	// this program sets itself, and what people paste into its console, is for the
	// inbox.
	users []string
	// said is what was told of targets last.
	said    map[string]bool
	telling sync.Mutex // guards said and shown
	// set are the environment variables that were set here, and leading those of
	// them whose targets lead to the inbox by themselves.
	set, leading []string
	// real lists the environment variables that the user has set, so that
	// those messages go to the real receivers.
	real []string
}

// receiver is one of the inbox's receivers.
type receiver struct{ platform, name string }

// startDemo puts an inbox on a server and sets, for this process and those it
// starts, the environment variables that the demo workspace refers to, where
// the user has not set them.
func startDemo(s *running.Server) (*demo, error) {
	d, err := putInbox(s, inbox.Options{Anyone: true})
	if err != nil {
		return nil, err
	}
	return d, d.furnish(true)
}

// putInbox puts an inbox on a server, without receivers.
func putInbox(s *running.Server, o inbox.Options) (*demo, error) {
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot listen for mail: %w", err)
	}
	d := &demo{inbox: inbox.New(o), url: s.URL, smtp: mail.Addr().String()}
	if err := demodoc.Allow(s.Listener.Addr().String(), mail.Addr().String()); err != nil {
		return nil, err
	}
	for _, pattern := range inbox.Patterns() {
		s.Mux.Handle(pattern, d.inbox)
	}
	d.mail = d.inbox.SMTPServer(demoSender, demoPassword)
	go func() { _ = d.mail.Serve(mail) }()
	return d, nil
}

// startInbox serves an inbox for the targets of a document, or of the demo's for
// "", and nothing else, until stop is called.
func startInbox(document string) (d *demo, stop func(), err error) {
	s, err := running.Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	if d, err = standIn(s, document); err != nil {
		return nil, nil, err
	}
	s.Serve(s.Mux)
	return d, func() {
		_ = s.HTTP.Close()
		d.close()
	}, nil
}

// furnish sets the variables of the demo workspace, but for those that lead to
// real receivers, and adds its receivers when it is the one that is shown.
func (d *demo) furnish(shown bool) error {
	account := inbox.Account{KeyID: demoAccessKeyID, Key: demoAccessKey}
	for _, platform := range []struct {
		name, receiver string
		add            func() error
		variables      map[string]string
	}{
		{"dingtalk", demoName, func() error { d.inbox.AddDingtalk(demoName, demoSigningKey); return nil }, map[string]string{
			"DINGTALK_WEBHOOK": d.url + "/robot/send?access_token=" + demoName, "DINGTALK_SIGNING_KEY": demoSigningKey}},
		{"email", "alice@example.com", func() error { d.inbox.AddEmail("alice@example.com"); return nil }, map[string]string{
			"INBOX_SMTP_PASSWORD": demoPassword}},
		{"email", "zhangwei@example.com", func() error { d.inbox.AddEmail("zhangwei@example.com"); return nil }, nil},
		{"http", demoModelName, func() error { _, err := d.inbox.AddHTTP(demoModelName, demoSecret); return err }, map[string]string{
			"MODEL_WEBHOOK_URL": d.url + "/receive/" + demoModelName, "MODEL_WEBHOOK_SECRET": demoSecret}},
		{"lark", demoName, func() error { d.inbox.AddLark(demoName, demoLarkKey); return nil }, map[string]string{
			"LARK_WEBHOOK": d.url + "/open-apis/bot/v2/hook/" + demoName, "LARK_SIGNING_KEY": demoLarkKey}},
		{"sms", "+8613900139000", func() error { d.inbox.AddSMS("+8613900139000", account); return nil }, map[string]string{
			"INBOX_ACCESS_KEY_ID": demoAccessKeyID, "INBOX_ACCESS_KEY_SECRET": demoAccessKey}},
		{"voice", "+8613800138000", func() error { d.inbox.AddVoice("+8613800138000", account); return nil }, nil},
		{"wecom", demoName, func() error { d.inbox.AddWecom(demoName); return nil }, map[string]string{
			"WECOM_WEBHOOK": d.url + "/cgi-bin/webhook/send?key=" + demoName}},
	} {
		if set := setByUser(platform.variables); set != "" {
			if !d.standsIn { // which says so of each target
				d.real = append(d.real, set)
			}
			continue
		}
		for name, value := range platform.variables {
			if err := d.setenv(name, value); err != nil {
				return err
			}
		}
		if !shown {
			d.leading = nil
			continue
		}
		if err := platform.add(); err != nil {
			return err
		}
		d.shown = append(d.shown, receiver{platform.name, platform.receiver})
	}
	return nil
}

func (d *demo) setenv(name, value string) error {
	d.set, d.leading = append(d.set, name), append(d.leading, name)
	return os.Setenv(name, value)
}

// declared returns what documents may name of the inbox, for the inbox alone.
func (d *demo) declared() *target.Declared {
	var list []string
	for _, name := range d.set {
		list = append(list, name+"@"+strings.TrimPrefix(d.url, "http://"), name+"@"+d.smtp)
	}
	declared, err := target.ParseDeclared(strings.Join(list, " "))
	if err != nil { // these are names and addresses of ours
		panic(err)
	}
	return declared
}

// setByUser returns one of the variables that the user has set; "" for none. One
// is enough to mean the real receiver: its counterpart would not fit.
func setByUser(variables map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}

// settle puts the addresses of the inbox into a document that names it.
func (d *demo) settle(document []byte) []byte {
	document = bytes.ReplaceAll(document, []byte("http://"+demodoc.InboxHost), []byte(d.url))
	return bytes.ReplaceAll(document, []byte(demodoc.InboxHost+":25"), []byte(d.smtp))
}

// completes is settle; nil without an inbox.
func (d *demo) completes() func([]byte) []byte {
	if d == nil {
		return nil
	}
	return d.settle
}

func (d *demo) close() { _ = d.mail.Close() }

// The inbox's robot for a first rule, and the variables by which a document
// refers to it.
const (
	firstName        = "first"
	firstSigningKey  = "SECfirst000000000000000000000000000000000000000000000000000000001"
	firstWebhookName = "INBOX_WEBHOOK"
	firstKeyName     = "INBOX_SIGNING_KEY"
)

// first adds a receiver for a first rule and returns it as a rule has it, with
// the page that shows its messages.
func (d *demo) first() (edit.Target, string, error) {
	d.inbox.AddDingtalk(firstName, firstSigningKey)
	for name, value := range map[string]string{firstWebhookName: d.url + "/robot/send?access_token=" + firstName, firstKeyName: firstSigningKey} {
		if err := d.setenv(name, value); err != nil {
			return edit.Target{}, "", err
		}
	}
	return edit.Target{Type: "dingtalk", Name: "inbox", Parameters: map[string]any{
		"webhook": "env:" + firstWebhookName, "signing_key": "env:" + firstKeyName,
	}}, inbox.PagePath("dingtalk", firstName), nil
}
