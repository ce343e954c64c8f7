// Package preview shows a notification as its platform would: the real target
// sends it to a stand-in on loopback, and what the stand-in got is the picture.
// Nothing leaves the machine.
package preview

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/access"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// rate is the messages a minute that the stand-in takes: nobody is spared here.
const rate = 1 << 30

// timeout bounds one picture; the way is not longer than loopback.
const timeout = 5 * time.Second

// The stand-in's own keys.
const (
	robotKey  = "SECpreview"
	larkKey   = "previewSigningKey01"
	webhookID = "whsec_cHJldmlldy1zdGFuZC1pbi1zZWNyZXQtMDAwMDAwMDAx"
	keyID     = "previewKeyId"
	key       = "previewKeySecret"
)

// StandIn stands in for all platforms. It is safe for concurrent use.
type StandIn struct {
	inbox  *inbox.Inbox
	server *http.Server
	mail   *smtp.Server
	url    string
	smtp   string
	robot  string // nobody else on this machine knows the name, to post to it

	one sync.Mutex // picture at a time
}

// Start listens on two free ports of loopback.
func Start() (*StandIn, error) {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preview: %w", err), web.Close())
	}
	s := &StandIn{
		inbox: inbox.New(inbox.Options{Rate: rate, Keep: 1}),
		robot: strings.ToLower(rand.Text()),
		url:   "http://" + web.Addr().String(), smtp: mail.Addr().String(),
	}
	receivers := http.NewServeMux() // pages that would show a picture to others are not served
	for _, pattern := range inbox.Patterns() {
		receivers.Handle(pattern, s.inbox)
	}
	s.server = &http.Server{Handler: access.Check{}.Handler(receivers), ReadHeaderTimeout: timeout}
	s.mail = s.inbox.SMTPServer("", "")
	go func() { _ = s.server.Serve(web) }()
	go func() { _ = s.mail.Serve(mail) }()
	return s, nil
}

// Addresses are what the process must be allowed to reach for it to work.
func (s *StandIn) Addresses() []string { return []string{s.url[len("http://"):], s.smtp} }

// Close ends it.
func (s *StandIn) Close() error { return errors.Join(s.server.Close(), s.mail.Close()) }

// Instead returns a target with the stand-in in the place of its platform and
// of every secret. What is still empty and must not be is filled in.
func (s *StandIn) Instead(t edit.Target) edit.Target {
	parameters := map[string]any{}
	for name, v := range t.Parameters {
		parameters[name] = v
	}
	t.Parameters = parameters
	need := func(name string, value any) {
		if v, ok := parameters[name]; !ok || v == "" {
			parameters[name] = value
		}
	}
	account := func() {
		parameters["access_key_id"], parameters["access_key_secret"], parameters["endpoint"] = keyID, key, s.url
	}
	switch t.Type {
	case "dingtalk":
		parameters["webhook"], parameters["signing_key"] = s.url+"/robot/send?access_token="+s.robot, robotKey
	case "lark":
		parameters["webhook"], parameters["signing_key"] = s.url+"/open-apis/bot/v2/hook/"+s.robot, larkKey
	case "wecom":
		parameters["webhook"] = s.url + "/cgi-bin/webhook/send?key=" + s.robot
	case "http":
		parameters["url"], parameters["secret"] = s.url+"/receive/"+s.robot, webhookID
		delete(parameters, "headers")
	case "email":
		parameters["server"] = s.smtp
		need("from", "PAI <alerts@example.com>")
		delete(parameters, "username")
		delete(parameters, "password")
	case "sms":
		account()
		need("sign_name", "PAI")
		need("template_code", "SMS_000000000")
		delete(parameters, "origination_identity")
		delete(parameters, "region")
		delete(parameters, "max_parts")
	case "voice":
		account()
		need("tts_code", "TTS_000000000")
		delete(parameters, "origination_identity")
		delete(parameters, "region")
	}
	return t
}

// Show sends n through a target made of what [StandIn.Instead] returned, and
// returns what its receiver got. It fails with what the target said when the
// platform would not have taken it.
func (s *StandIn) Show(ctx context.Context, spec target.Spec, r target.Receiver, n target.Notification) (inbox.Message, error) {
	s.one.Lock()
	defer s.one.Unlock()
	name, err := s.furnish(r)
	if err != nil {
		return inbox.Message{}, err
	}
	to, err := spec.Open(r.Parameters)
	if err != nil {
		return inbox.Message{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, sent := to.Send(ctx, n)
	for _, m := range s.inbox.Received() {
		if m.Platform == r.Type && m.Receiver == name && (m.Accepted || sent != nil) {
			return m, sent
		}
	}
	return inbox.Message{}, errors.Join(sent, errors.New("preview: the stand-in got nothing"))
}

// furnish adds the receiver anew, so that it has nothing of before.
func (s *StandIn) furnish(r target.Receiver) (name string, err error) {
	var parameters struct {
		Contact target.Contact `json:"contact"`
		Keyword string         `json:"keyword"`
	}
	if err := json.Unmarshal(r.Parameters, &parameters); err != nil {
		return "", err
	}
	account := inbox.Account{KeyID: keyID, Key: key}
	switch r.Type {
	case "dingtalk":
		s.inbox.AddDingtalk(s.robot, robotKey)
	case "lark":
		s.inbox.AddLark(s.robot, larkKey)
	case "wecom":
		s.inbox.AddWecom(s.robot)
	case "http":
		_, err = s.inbox.AddHTTP(s.robot, webhookID)
	case "email":
		s.inbox.AddEmail(parameters.Contact.Email)
		return parameters.Contact.Email, nil
	case "sms":
		s.inbox.AddSMS(parameters.Contact.Phone, account)
		return parameters.Contact.Phone, nil
	case "voice":
		s.inbox.AddVoice(parameters.Contact.Phone, account)
		return parameters.Contact.Phone, nil
	default:
		err = fmt.Errorf("preview: nothing stands in for %s", r.Type)
	}
	return s.robot, err
}
