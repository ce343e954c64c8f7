package localinbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/running"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
)

// InPlaceOf puts an inbox on a server that stands in for the receivers of a
// document, or of the demo's for "": for every contact, robot and endpoint of it
// that no variable leads to which the user has set.
func InPlaceOf(s *running.Server, document string) (*Inbox, error) {
	in, err := New(s, inbox.Options{Anyone: true})
	if err != nil {
		return nil, err
	}
	in.standsIn, in.users = true, setNow()
	// AWS's targets name no credentials: the functions find them here.
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" || os.Getenv("AWS_SECRET_ACCESS_KEY") == "" {
		if err := errors.Join(os.Setenv("AWS_ACCESS_KEY_ID", noContact), os.Setenv("AWS_SECRET_ACCESS_KEY", noContact)); err != nil {
			return nil, err
		}
	}
	return in, in.addReceivers(demo.Workspace, functions.Register(), document == "")
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
func (in *Inbox) realBy(config json.RawMessage) string {
	if in.nothingReal {
		return ""
	}
	for _, name := range secret.Variables(config) {
		if slices.Contains(in.users, name) {
			return name
		}
	}
	return ""
}

// Takes tells whether the inbox takes the messages of a target in place of its
// receiver. A target may lead there by itself.
func (in *Inbox) Takes(config json.RawMessage) bool {
	leads := func(name string) bool { return slices.Contains(in.leading, name) }
	return in != nil && in.standsIn && in.realBy(config) == "" && !slices.ContainsFunc(secret.Variables(config), leads)
}

func (in *Inbox) platform(typ string) (inbox.Platform, error) {
	i := slices.IndexFunc(in.platforms, func(p inbox.Platform) bool { return p.Type == typ })
	if i < 0 {
		return inbox.Platform{}, fmt.Errorf("the inbox stands in for no receiver of type %q", typ)
	}
	return in.platforms[i], nil
}

// replace puts the inbox into the parameters of a target, in JSON.
func (in *Inbox) replace(typ string, text json.RawMessage) (json.RawMessage, error) {
	p, err := in.platform(typ)
	if err != nil {
		return nil, err
	}
	parameters, err := inbox.ReadParameters(text)
	if err != nil {
		return nil, err
	}
	p.Route.Lead(parameters, inbox.Place{URL: in.url, SMTP: in.smtp, Receiver: p.Route.Name(typ, parameters)})
	return json.Marshal(parameters)
}

// Instead has the inbox take the messages of a target type, of the targets that
// it stands in for.
func (in *Inbox) Instead(spec target.Spec) target.Spec {
	if in == nil || !in.standsIn {
		return spec
	}
	return spec.OpenedBy(func(config json.RawMessage) (target.Target, error) {
		own, err := spec.Open(config)
		if err != nil {
			return nil, err
		}
		return substitute{own, spec, config, in}, nil
	})
}

// substitute is a target that the inbox may stand in for. Its address and its
// rate are those of the real one.
type substitute struct {
	own    target.Target
	spec   target.Spec
	config json.RawMessage
	inbox  *Inbox
}

// Send sends to the inbox or to the real receiver.
func (s substitute) Send(ctx context.Context, n target.Notification) (target.Receipt, error) {
	if !s.inbox.Takes(s.config) {
		return s.own.Send(ctx, n)
	}
	config, err := s.inbox.replace(s.spec.Type, s.config)
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
	return strings.TrimPrefix(note+"; accepted by the inbox, not by the real receiver", "; ")
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

// Announce says of each target where its messages go, where that is not what it announced
// last.
func (in *Inbox) Announce(out io.Writer, receivers []target.Receiver) {
	if in == nil || !in.standsIn {
		return
	}
	in.announcing.Lock()
	defer in.announcing.Unlock()
	now := map[string]bool{}
	for _, r := range receivers {
		line := terminal.OneLine(r.Type+"/"+r.Name) + ": to the inbox"
		if variable := in.realBy(r.Parameters); variable != "" {
			line = fmt.Sprintf("%s: to its REAL receiver, because %s is set; unset it and start again to have the inbox take its messages", terminal.OneLine(r.Type+"/"+r.Name), variable)
		} else if names := secret.Variables(r.Parameters); len(names) > 0 { // targets of several rules may have one name
			line += ", in place of " + strings.Join(names, ", ")
		}
		if in.Takes(r.Parameters) {
			in.expect(r)
		}
		if !in.announced[line] && !now[line] {
			fmt.Fprintln(out, "--inbox:", line)
		}
		now[line] = true
	}
	in.announced = now
}

// expect has the page of the receiver that stands in for a target be there before
// its first message.
func (in *Inbox) expect(r target.Receiver) {
	p, err := in.platform(r.Type)
	if err != nil {
		return // nothing is sent to it
	}
	parameters, _ := inbox.ReadParameters(r.Parameters) // it was read before
	if to := (receiver{r.Type, p.Route.Name(r.Type, parameters)}); !slices.Contains(in.shown, to) {
		in.Inbox.Expect(to.platform, to.name)
		in.shown = append(in.shown, to)
	}
}
