package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/target"
)

// standIn puts an inbox on a server that stands in for the receivers of a
// document, or of the demo's for "": for every contact, robot and endpoint of it
// that no variable leads to which the user has set.
func standIn(s *server, document string) (*demo, error) {
	d, err := putInbox(s, inbox.Options{Anyone: true})
	if err != nil {
		return nil, err
	}
	d.standsIn, d.users = true, setNow()
	// AWS's targets name no credentials: the functions find them here.
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" || os.Getenv("AWS_SECRET_ACCESS_KEY") == "" {
		if err := errors.Join(os.Setenv("AWS_ACCESS_KEY_ID", demoAccessKeyID), os.Setenv("AWS_SECRET_ACCESS_KEY", demoAccessKey)); err != nil {
			return nil, err
		}
	}
	return d, d.furnish(document == "")
}

// setNow lists the environment variables that have a value.
func setNow() (names []string) {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); target.Set(name) {
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
	for _, name := range target.Variables(config) {
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
	return d != nil && d.standsIn && d.realBy(config) == "" && !slices.ContainsFunc(target.Variables(config), leads)
}

// place is the receiver of the inbox for a target. Targets that name one robot
// or endpoint by one reference or address have one.
func place(typ string, parameters map[string]json.RawMessage) receiver {
	text := func(key string) (s string) {
		_ = json.Unmarshal(parameters[key], &s)
		return s
	}
	var contact target.Contact
	_ = json.Unmarshal(parameters["contact"], &contact)
	switch typ {
	case "email":
		return receiver{typ, contact.Email}
	case "sms", "voice":
		return receiver{typ, contact.Phone}
	}
	address := cmp.Or(text("webhook"), text("url"))
	if _, name, ok := strings.Cut(address, "env:"); ok {
		if typ == "lark" { // whose webhooks have no underscores
			name = strings.ReplaceAll(name, "_", "-")
		}
		return receiver{typ, name}
	}
	// The address may be a secret.
	return receiver{typ, "robot-" + digest(typ, []byte(address))[:8]}
}

// replace puts the inbox into the parameters of a target. What belongs to the
// real receiver goes: its keys, its login, how the connection is secured.
func (d *demo) replace(typ string, parameters map[string]json.RawMessage) {
	to := place(typ, parameters)
	// A key in other letters is the same one to the target, and could come after ours.
	remove := func(key string) {
		maps.DeleteFunc(parameters, func(other string, _ json.RawMessage) bool { return strings.EqualFold(other, key) })
	}
	set := func(key, value string) {
		remove(key)
		parameters[key], _ = json.Marshal(value) // texts can always be written
	}
	switch typ {
	case "dingtalk":
		set("webhook", d.url+"/robot/send?access_token="+url.QueryEscape(to.name))
		remove("signing_key")
	case "lark":
		set("webhook", d.url+"/open-apis/bot/v2/hook/"+url.PathEscape(to.name))
		remove("signing_key")
	case "wecom":
		set("webhook", d.url+"/cgi-bin/webhook/send?key="+url.QueryEscape(to.name))
	case "http":
		set("url", d.url+"/receive/"+url.PathEscape(to.name))
		remove("secret")
		remove("headers")
	case "email":
		set("server", d.smtp)
		for _, key := range []string{"tls", "username", "password"} {
			remove(key)
		}
	case "sms", "voice":
		set("endpoint", d.url)
		if parameters["origination_identity"] == nil {
			set("access_key_id", demoAccessKeyID)
			set("access_key_secret", demoAccessKey)
		} else if parameters["region"] == nil {
			set("region", cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), "us-east-1"))
		}
	}
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
	var parameters map[string]json.RawMessage
	if err := json.Unmarshal(s.config, &parameters); err != nil {
		return target.Receipt{}, target.Permanent(err)
	}
	s.demo.replace(s.spec.Type, parameters)
	config, err := json.Marshal(parameters)
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
		line := oneLine(r.Type+"/"+r.Name) + ": to the inbox"
		if variable := d.realBy(r.Parameters); variable != "" {
			line = fmt.Sprintf("%s: to its REAL receiver, because %s is set; unset it and start again to have the inbox take its messages", oneLine(r.Type+"/"+r.Name), variable)
		} else if names := target.Variables(r.Parameters); len(names) > 0 { // targets of several rules may have one name
			line += ", in place of " + strings.Join(names, ", ")
		}
		if d.takes(r.Parameters) {
			var parameters map[string]json.RawMessage
			_ = json.Unmarshal(r.Parameters, &parameters) // it was read before
			if to := place(r.Type, parameters); !slices.Contains(d.shown, to) {
				d.inbox.Expect(to.platform, to.name)
				d.shown = append(d.shown, to)
			}
		}
		if !d.said[line] && !now[line] {
			fmt.Fprintln(out, "--inbox:", line)
		}
		now[line] = true
	}
	d.said = now
}
