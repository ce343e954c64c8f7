package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console"
	demodoc "github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// demoName is the receiver of the demo's targets that have no contact.
const demoName = "inbox"

// demo is the inbox with its servers: what receives the messages when no real
// receiver is configured.
type demo struct {
	platforms []inbox.Platform
	inbox     *inbox.Inbox
	mail      *smtp.Server
	url       string
	smtp      string
	shown     []receiver
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
	return d, d.addReceivers(demodoc.Workspace, functions.Register(), true)
}

// putInbox puts an inbox on a server, without receivers.
func putInbox(s *running.Server, o inbox.Options) (*demo, error) {
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot listen for mail: %w", err)
	}
	platforms := standins.All()
	d := &demo{platforms: platforms, inbox: inbox.New(o, platforms...), url: s.URL, smtp: mail.Addr().String()}
	if err := demodoc.Allow(s.Listener.Addr().String(), mail.Addr().String()); err != nil {
		return nil, err
	}
	for _, pattern := range d.inbox.Patterns() {
		s.Mux.Handle(pattern, d.inbox)
	}
	d.mail = d.inbox.SMTPServer("", "")
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

// addReceivers sets the variables that the targets of a document name, the
// demo's, but for those that lead to real receivers. It adds the receivers, too,
// when that document is the one that is shown.
func (d *demo) addReceivers(document []byte, specs []target.Spec, shown bool) error {
	w, err := yaml.Parse(d.settle(bytes.Clone(document)), "demo/workspace.yaml", specs...)
	if err != nil {
		return err
	}
	for _, p := range d.platforms {
		for _, r := range w.Receivers() {
			if r.Type != p.Type {
				continue
			}
			parameters, err := inbox.ReadParameters(r.Parameters)
			if err != nil {
				return err
			}
			to := receiver{p.Type, demoName}
			if _, addressed := parameters["contact"]; addressed {
				to.name = p.Route.Name(p.Type, parameters)
			}
			if err := d.addReceiver(p, to, parameters, shown); err != nil {
				return err
			}
		}
	}
	return nil
}

// addReceiver sets the variables of one target to what leads it to its receiver.
func (d *demo) addReceiver(p inbox.Platform, to receiver, parameters inbox.Parameters, shown bool) error {
	led := maps.Clone(parameters)
	p.Route.Lead(led, inbox.Place{URL: d.url, SMTP: d.smtp, Receiver: to.name, Keys: p.Keys})
	values := map[string]string{}
	for key := range parameters {
		if name, ok := strings.CutPrefix(parameters.Text(key), "env:"); ok {
			values[name] = cmp.Or(led.Text(key), demoName) // what nobody checks may be anything
		}
	}
	if set := d.setByUser(values); set != "" {
		if !d.standsIn && !slices.Contains(d.real, set) { // it says so of each target otherwise
			d.real = append(d.real, set)
		}
		return nil
	}
	for name, value := range values {
		if err := d.setenv(name, value, shown); err != nil {
			return err
		}
	}
	if shown && !slices.Contains(d.shown, to) {
		d.inbox.Add(to.platform, to.name, p.Keys)
		d.shown = append(d.shown, to)
	}
	return nil
}

// setenv sets a variable; leads tells that its targets lead to the inbox by
// themselves then.
func (d *demo) setenv(name, value string, leads bool) error {
	d.set = append(d.set, name)
	if leads {
		d.leading = append(d.leading, name)
	}
	return os.Setenv(name, value)
}

// declared returns what documents may name of the inbox, for the inbox alone.
func (d *demo) declared() *secret.Declared {
	var list []string
	for _, name := range d.set {
		list = append(list, name+"@"+strings.TrimPrefix(d.url, "http://"), name+"@"+d.smtp)
	}
	declared, err := secret.ParseDeclared(strings.Join(list, " "))
	if err != nil { // these are names and addresses of ours
		panic(err)
	}
	return declared
}

// setByUser returns one of the variables that the user has set; "" for none. One
// is enough to mean the real receiver: its counterpart would not fit.
func (d *demo) setByUser(variables map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if os.Getenv(name) != "" && !slices.Contains(d.set, name) {
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

// firstName is the receiver of a first rule, and firstVariable what the variables
// begin with by which a document refers to it.
const (
	firstName     = "first"
	firstVariable = "INBOX_"
)

// first adds a receiver for a first rule and returns it as a rule has it, with
// the page that shows its messages. Its type is the first in the register that
// needs no contact and takes the events of that rule.
func (d *demo) first() (edit.Target, string, error) {
	i := slices.IndexFunc(d.platforms, func(p inbox.Platform) bool {
		spec, ok := functions.Lookup(p.Type)
		return ok && spec.Contact == target.NoContact && spec.Carries(console.FirstSource)
	})
	p := d.platforms[i]
	d.inbox.Add(p.Type, firstName, p.Keys)
	led := inbox.Parameters{}
	p.Route.Lead(led, inbox.Place{URL: d.url, SMTP: d.smtp, Receiver: firstName, Keys: p.Keys})
	parameters := map[string]any{}
	for key := range led {
		name := firstVariable + strings.ToUpper(key)
		parameters[key] = "env:" + name
		if err := d.setenv(name, led.Text(key), true); err != nil {
			return edit.Target{}, "", err
		}
	}
	return edit.Target{Type: p.Type, Name: demoName, Parameters: parameters}, inbox.PagePath(p.Type, firstName), nil
}
