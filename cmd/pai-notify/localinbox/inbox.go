// Package localinbox runs an inbox on this machine that receives messages in place
// of the receivers in a workspace document.
package localinbox

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/functions/standins"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// noContact names the receiver of the demo's targets that have no contact.
const noContact = "inbox"

// Inbox is the inbox with its servers. It receives messages when no real receiver
// is configured.
type Inbox struct {
	platforms []inbox.Platform
	*inbox.Inbox
	mail  *smtp.Server
	url   string
	smtp  string
	shown []receiver
	// standsIn is true when it receives the messages of all targets that name no
	// variable set by the user; with nothingReal, it receives those of all other
	// targets too.
	standsIn, nothingReal bool
	// users are the variables that had a value when the program started. What
	// this program sets itself, and what people paste into its console, leads to
	// the inbox.
	users []string
	// announced is what was last printed about targets.
	announced  map[string]bool
	announcing sync.Mutex // guards announced and shown
	// set are the environment variables that the inbox set, and leading those of
	// them whose targets then lead to the inbox by themselves.
	set, leading []string
	// real are the environment variables that the user has set, whose messages go
	// to the real receivers.
	real []string
}

// receiver is one of the inbox's receivers.
type receiver struct{ platform, name string }

// ForDemo puts an inbox on a server. It sets the environment variables that the
// demo workspace refers to, for this process and those that it starts, unless the
// user has set them.
func ForDemo(s *running.Server) (*Inbox, error) {
	in, err := New(s, inbox.Options{Anyone: true})
	if err != nil {
		return nil, err
	}
	return in, in.addReceivers(demo.Workspace, functions.Register(), true)
}

// New puts an inbox on a server, without receivers.
func New(s *running.Server, o inbox.Options) (*Inbox, error) {
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot listen for mail: %w", err)
	}
	platforms := standins.All()
	in := &Inbox{platforms: platforms, Inbox: inbox.New(o, platforms...), url: s.URL, smtp: mail.Addr().String()}
	if err := demo.Allow(s.Listener.Addr().String(), mail.Addr().String()); err != nil {
		return nil, err
	}
	for _, pattern := range in.Inbox.Patterns() {
		s.Mux.Handle(pattern, in.Inbox)
	}
	in.mail = in.Inbox.SMTPServer("", "")
	go func() { _ = in.mail.Serve(mail) }()
	return in, nil
}

// Start serves an inbox for the targets of a document ("" for the demo's), and
// nothing else, until stop is called.
func Start(document string) (in *Inbox, stop func(), err error) {
	s, err := running.Listen("127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	if in, err = InPlaceOf(s, document); err != nil {
		return nil, nil, err
	}
	s.Serve(s.Mux)
	return in, func() {
		_ = s.HTTP.Close()
		in.Close()
	}, nil
}

// addReceivers sets the variables that the targets of a document name, the demo's,
// except those that lead to real receivers. If shown, it also adds the receivers
// to the inbox's pages.
func (in *Inbox) addReceivers(document []byte, specs []target.Spec, shown bool) error {
	w, err := yaml.Parse(in.Complete(bytes.Clone(document)), "demo/workspace.yaml", specs...)
	if err != nil {
		return err
	}
	for _, p := range in.platforms {
		for _, r := range w.Receivers() {
			if r.Type != p.Type {
				continue
			}
			parameters, err := inbox.ReadParameters(r.Parameters)
			if err != nil {
				return err
			}
			to := receiver{p.Type, noContact}
			if _, addressed := parameters["contact"]; addressed {
				to.name = p.Route.Name(p.Type, parameters)
			}
			if err := in.addReceiver(p, to, parameters, shown); err != nil {
				return err
			}
		}
	}
	return nil
}

// addReceiver sets the variables of one target so that they lead to its receiver.
func (in *Inbox) addReceiver(p inbox.Platform, to receiver, parameters inbox.Parameters, shown bool) error {
	led := maps.Clone(parameters)
	p.Route.Lead(led, inbox.Place{URL: in.url, SMTP: in.smtp, Receiver: to.name, Keys: p.Keys})
	values := map[string]string{}
	for key := range parameters {
		if name, ok := strings.CutPrefix(parameters.Text(key), "env:"); ok {
			values[name] = cmp.Or(led.Text(key), noContact) // what nobody checks may be anything
		}
	}
	if set := in.setByUser(values); set != "" {
		if !in.standsIn && !slices.Contains(in.real, set) { // it says so of each target otherwise
			in.real = append(in.real, set)
		}
		return nil
	}
	for name, value := range values {
		if err := in.setenv(name, value, shown); err != nil {
			return err
		}
	}
	if shown && !slices.Contains(in.shown, to) {
		in.Inbox.Add(to.platform, to.name, p.Keys)
		in.shown = append(in.shown, to)
	}
	return nil
}

// setenv sets a variable; leads is true when its targets then lead to the inbox by
// themselves.
func (in *Inbox) setenv(name, value string, leads bool) error {
	in.set = append(in.set, name)
	if leads {
		in.leading = append(in.leading, name)
	}
	return os.Setenv(name, value)
}

// Declared returns what documents may name of the inbox, for the inbox alone.
func (in *Inbox) Declared() *secret.Declared {
	var list []string
	for _, name := range in.set {
		list = append(list, name+"@"+strings.TrimPrefix(in.url, "http://"), name+"@"+in.smtp)
	}
	declared, err := secret.ParseDeclared(strings.Join(list, " "))
	if err != nil { // these are names and addresses of ours
		panic(err)
	}
	return declared
}

// setByUser returns one of the variables that the user has set; "" for none. One
// is enough to mean the real receiver: its counterpart would not fit.
func (in *Inbox) setByUser(variables map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if os.Getenv(name) != "" && !slices.Contains(in.set, name) {
			return name
		}
	}
	return ""
}

// Complete fills the addresses of the inbox into a document that names it.
func (in *Inbox) Complete(document []byte) []byte {
	document = bytes.ReplaceAll(document, []byte("http://"+demo.InboxHost), []byte(in.url))
	return bytes.ReplaceAll(document, []byte(demo.InboxHost+":25"), []byte(in.smtp))
}

// Completer returns Complete; nil without an inbox.
func (in *Inbox) Completer() func([]byte) []byte {
	if in == nil {
		return nil
	}
	return in.Complete
}

// Close stops the mail server.
func (in *Inbox) Close() { _ = in.mail.Close() }

// firstName is the receiver of a first rule, and firstVariable the prefix of the
// variables by which a document refers to it.
const (
	firstName     = "first"
	firstVariable = "INBOX_"
)

// AddFirst adds a receiver for a first rule. It returns the receiver as a rule's
// target, and the page that shows its messages. Its type is the first in the
// register that needs no contact and accepts the events of that rule.
func (in *Inbox) AddFirst(source string) (edit.Target, string, error) {
	i := slices.IndexFunc(in.platforms, func(p inbox.Platform) bool {
		spec, ok := functions.Lookup(p.Type)
		return ok && spec.Contact == target.NoContact && spec.Carries(source)
	})
	p := in.platforms[i]
	in.Inbox.Add(p.Type, firstName, p.Keys)
	led := inbox.Parameters{}
	p.Route.Lead(led, inbox.Place{URL: in.url, SMTP: in.smtp, Receiver: firstName, Keys: p.Keys})
	parameters := map[string]any{}
	for key := range led {
		name := firstVariable + strings.ToUpper(key)
		parameters[key] = "env:" + name
		if err := in.setenv(name, led.Text(key), true); err != nil {
			return edit.Target{}, "", err
		}
	}
	return edit.Target{Type: p.Type, Name: noContact, Parameters: parameters}, inbox.PagePath(p.Type, firstName), nil
}

// TakeAll makes the inbox receive all messages, whatever variables the user has
// set.
func (in *Inbox) TakeAll() { in.nothingReal = true }

// PrintPages prints where each receiver's messages can be read, and how many there
// are.
func (in *Inbox) PrintPages(out io.Writer) {
	for _, variable := range in.real {
		fmt.Fprintf(out, "%s is set: its messages went to the real receiver.\n", variable)
	}
	fmt.Fprintln(out, "\nRead the messages as their receivers see them, after you have opened the console:")
	got := map[receiver]int{}
	for _, m := range in.Received() {
		if m.Accepted {
			got[receiver{m.Platform, m.Receiver}]++
		}
	}
	for _, r := range in.shown {
		fmt.Fprintf(out, "  %s%3d  %s%s\n", terminal.Pad(r.platform, 8), got[r], in.url, inbox.PagePath(r.platform, r.name))
	}
}

// PrintMessages prints all received messages.
func (in *Inbox) PrintMessages(out io.Writer) {
	for _, m := range in.Received() {
		fmt.Fprintf(out, "%s, to %s:\n%s\n", m.Platform, terminal.OneLine(m.Receiver), m.Plain())
	}
}
