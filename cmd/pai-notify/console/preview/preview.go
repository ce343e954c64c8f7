// Package preview shows a notification as the receiver's platform would show it:
// the real target sends it to a stand-in on loopback, and the preview is what the
// stand-in received. Nothing leaves the machine.
package preview

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
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

// StandIn stands in for platforms. It is safe for concurrent use.
type StandIn struct {
	platforms []inbox.Platform
	inbox     *inbox.Inbox
	server    *http.Server
	mail      *smtp.Server
	url       string
	smtp      string
	robot     string // nobody else on this machine knows the name, to post to it

	one sync.Mutex // picture at a time
}

// Start listens on two free ports of loopback.
func Start(platforms ...inbox.Platform) (*StandIn, error) {
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("preview: %w", err), web.Close())
	}
	s := &StandIn{
		platforms: platforms,
		inbox:     inbox.New(inbox.Options{Rate: rate, Keep: 1}, platforms...),
		robot:     strings.ToLower(rand.Text()),
		url:       "http://" + web.Addr().String(), smtp: mail.Addr().String(),
	}
	receivers := http.NewServeMux() // pages that would show a picture to others are not served
	for _, pattern := range s.inbox.Patterns() {
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

func (s *StandIn) platform(typ string) (inbox.Platform, error) {
	i := slices.IndexFunc(s.platforms, func(p inbox.Platform) bool { return p.Type == typ })
	if i < 0 {
		return inbox.Platform{}, fmt.Errorf("preview: nothing stands in for %s", typ)
	}
	return s.platforms[i], nil
}

// Instead returns a target with the stand-in in the place of its platform and
// of every secret. What is still empty and must not be is filled in.
func (s *StandIn) Instead(t edit.Target) edit.Target {
	parameters := inbox.Parameters{}
	maps.Copy(parameters, t.Parameters)
	t.Parameters = parameters
	p, err := s.platform(t.Type)
	if err != nil {
		return t // [StandIn.Show] says so
	}
	for key, about := range p.Parameters {
		if v, ok := parameters[key]; about.Wanted && (!ok || v == "") {
			parameters[key] = about.Example.EN
		}
	}
	p.Route.Lead(parameters, inbox.Place{URL: s.url, SMTP: s.smtp, Receiver: s.robot, Keys: p.Keys})
	return t
}

// Show sends n through a target made of what [StandIn.Instead] returned, and
// returns what its receiver got. It fails with what the target said when the
// platform would not have taken it.
func (s *StandIn) Show(ctx context.Context, spec target.Spec, r target.Receiver, n target.Notification) (inbox.Message, error) {
	s.one.Lock()
	defer s.one.Unlock()
	p, err := s.platform(r.Type)
	if err != nil {
		return inbox.Message{}, err
	}
	name := s.robot
	if spec.Contact != target.NoContact {
		parameters, err := inbox.ReadParameters(r.Parameters)
		if err != nil {
			return inbox.Message{}, err
		}
		name = p.Route.Name(r.Type, parameters)
	}
	s.inbox.Add(r.Type, name, p.Keys) // anew, so that it has nothing of before
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
