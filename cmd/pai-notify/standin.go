package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	demodoc "github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
)

// standIn puts an inbox on a server that stands in for the receivers of a
// document, or of the demo's for "": for every contact, robot and endpoint of it
// that no variable leads to which the user has set.
func standIn(s *running.Server, document string) (*demo, error) {
	d, err := putInbox(s, inbox.Options{Anyone: true})
	if err != nil {
		return nil, err
	}
	d.standsIn, d.users = true, setNow()
	// AWS's targets name no credentials: the functions find them here.
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" || os.Getenv("AWS_SECRET_ACCESS_KEY") == "" {
		if err := errors.Join(os.Setenv("AWS_ACCESS_KEY_ID", demoName), os.Setenv("AWS_SECRET_ACCESS_KEY", demoName)); err != nil {
			return nil, err
		}
	}
	return d, d.addReceivers(demodoc.Workspace, functions.Register(), document == "")
}

// setNow lists the environment variables that have a value.
func setNow() (names []string) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); secret.Set(name) {
			names = append(names, name)
		}
	}
	return names
}

// realBy returns a variable that the user has set and that the configuration of a
// target names, for which its messages go to the real receiver; "" for none.
func (d *demo) realBy(config json.RawMessage) string {
	if d.nothingReal {
		return ""
	}
	for _, name := range secret.Variables(config) {
		if slices.Contains(d.users, name) {
			return name
		}
	}
	return ""
}

// takes tells whether the inbox takes the messages of a target in place of its
// receiver. A target may lead there by itself.
func (d *demo) takes(config json.RawMessage) bool {
	leads := func(name string) bool { return slices.Contains(d.leading, name) }
	return d != nil && d.standsIn && d.realBy(config) == "" && !slices.ContainsFunc(secret.Variables(config), leads)
}

func (d *demo) platform(typ string) (inbox.Platform, error) {
	i := slices.IndexFunc(d.platforms, func(p inbox.Platform) bool { return p.Type == typ })
	if i < 0 {
		return inbox.Platform{}, fmt.Errorf("the inbox stands in for no receiver of type %q", typ)
	}
	return d.platforms[i], nil
}

// replace puts the inbox into the parameters of a target, in JSON.
func (d *demo) replace(typ string, text json.RawMessage) (json.RawMessage, error) {
	p, err := d.platform(typ)
	if err != nil {
		return nil, err
	}
	parameters, err := inbox.ReadParameters(text)
	if err != nil {
		return nil, err
	}
	p.Route.Lead(parameters, inbox.Place{URL: d.url, SMTP: d.smtp, Receiver: p.Route.Name(typ, parameters)})
	return json.Marshal(parameters)
}

// instead has the inbox take the messages of a target type, of the targets that
// it stands in for.
func (d *demo) instead(spec target.Spec) target.Spec {
	if d == nil || !d.standsIn {
		return spec
	}
	return spec.OpenedBy(func(config json.RawMessage) (target.Target, error) {
		own, err := spec.Open(config)
		if err != nil {
			return nil, err
		}
		return substitute{own, spec, config, d}, nil
	})
}

// substitute is a target that the inbox may stand in for. Its address and its
// rate are those of the real one.
type substitute struct {
	own    target.Target
	spec   target.Spec
	config json.RawMessage
	demo   *demo
}

// Send sends to the inbox or to the real receiver.
func (s substitute) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	if !s.demo.takes(s.config) {
		return s.own.Send(ctx, n)
	}
	config, err := s.demo.replace(s.spec.Type, s.config)
	if err != nil {
		return target.Receipt{}, target.Permanent(err)
	}
	t, err := s.spec.Open(config)
	if err != nil {
		return target.Receipt{}, err
	}
	receipt, err := t.Send(ctx, n)
	if err != nil {
		return target.Receipt{}, err
	}
	receipt.Note = takenNote(receipt.Note)
	return receipt, nil
}

// takenNote adds to what is noted of a message that was sent who took it.
func takenNote(note string) string {
	return strings.TrimPrefix(note+"; taken by the inbox, and not by its receiver", "; ")
}

// Address is that of the real receiver.
func (s substitute) Address() string {
	if a, ok := s.own.(target.Addressed); ok {
		return a.Address()
	}
	return string(s.config)
}

// Messages is how many the real one takes.
func (s substitute) Messages() int {
	if m, ok := s.own.(target.Metered); ok {
		return m.Messages()
	}
	return 1
}

var _ target.Metered = substitute{}

// tell says of each target where its messages go, where that is not what it said
// last.
func (d *demo) tell(out io.Writer, receivers []target.Receiver) {
	if d == nil || !d.standsIn {
		return
	}
	d.telling.Lock()
	defer d.telling.Unlock()
	now := map[string]bool{}
	for _, r := range receivers {
		line := terminal.OneLine(r.Type+"/"+r.Name) + ": to the inbox"
		if variable := d.realBy(r.Parameters); variable != "" {
			line = fmt.Sprintf("%s: to its REAL receiver, because %s is set; unset it and start again to have the inbox take its messages", terminal.OneLine(r.Type+"/"+r.Name), variable)
		} else if names := secret.Variables(r.Parameters); len(names) > 0 { // targets of several rules may have one name
			line += ", in place of " + strings.Join(names, ", ")
		}
		if d.takes(r.Parameters) {
			d.expect(r)
		}
		if !d.said[line] && !now[line] {
			fmt.Fprintln(out, "--inbox:", line)
		}
		now[line] = true
	}
	d.said = now
}

// expect has the page of the receiver that stands in for a target be there before
// its first message.
func (d *demo) expect(r target.Receiver) {
	p, err := d.platform(r.Type)
	if err != nil {
		return // nothing is sent to it
	}
	parameters, _ := inbox.ReadParameters(r.Parameters) // it was read before
	if to := (receiver{r.Type, p.Route.Name(r.Type, parameters)}); !slices.Contains(d.shown, to) {
		d.inbox.Expect(to.platform, to.name)
		d.shown = append(d.shown, to)
	}
}
