package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/fatih/color"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/demo"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/report"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// errNoInbox refuses a document whose messages would go nowhere.
var errNoInbox = errors.New("names " + demo.InboxHost + ": add --inbox to have it, or write the real server")

// readDocument reads the workspace's document, and returns its text as well. Without an
// inbox none may name it.
func (c *Up) readDocument(u *system, s terminal.Streams) (*workspace.Workspace, []byte, error) {
	text, name, err := input.ReadDocument(u.document, u.inbox.Completer(), s)
	if err != nil {
		return nil, nil, err
	}
	if u.inbox == nil && bytes.Contains(text, []byte(demo.InboxHost)) {
		return nil, text, fmt.Errorf("%s %w", name, errNoInbox)
	}
	specs, err := u.declared.Specs()
	if err != nil {
		return nil, text, err
	}
	w, err := input.ParseWith(specs, text, name, s)
	return w, text, err
}

// applyDocument puts the document on the bus, which takes and sends nothing before. A
// document that cannot be put there does not keep a bus from serving with the
// rules that it has: nobody would take the events meanwhile. The console's own
// document may be missing or wrong on a bus without rules, too.
func (c *Up) applyDocument(ctx context.Context, u *system, s terminal.Streams) error {
	first, count := countRules(ctx, u.bus)
	w, text, err := c.readDocument(u, s)
	read := err == nil
	if read {
		u.declared.Use(ctx, w, text)
		warnUnset(s.Err, w, u.inbox.Takes, "its messages fail until it is; set it and start again")
	}
	if read && !c.NotActivated {
		err = u.apply(ctx, w)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errNoInbox) {
		return err
	}
	if err != nil && count == 0 && !c.own {
		fmt.Fprintln(s.Err, "pai-notify:", err)
		return terminal.ErrNo
	}
	if !read {
		w = &workspace.Workspace{Name: strings.TrimPrefix(first, workspace.BusPrefix), Catalogue: event.Builtin(), Types: functions.Register()}
	}
	var failed error
	if u.Reporter, failed = report.New(w, u.bus); failed != nil {
		return failed
	}
	if err == nil || !read && count == 0 {
		return nil
	}
	u.degraded.why, u.degraded.text, u.degraded.look = err, text, func(ctx context.Context) ([]byte, provision.Plan, error) {
		w, text, err := c.readDocument(u, terminal.Streams{Err: io.Discard})
		if _, count := countRules(ctx, u.bus); err != nil && c.own && count == 0 {
			return text, provision.Plan{}, nil // the console shows what is wrong with it
		}
		if err != nil {
			return text, provision.Plan{}, err
		}
		_, p, err := u.plan(ctx, w)
		return text, p, err
	}
	fmt.Fprintf(s.Err, "pai-notify: %s the document is not on the bus: %v\n"+
		"  The bus goes on with the %s that it had before. Correct the document and apply it, in the console or with:\n"+
		"  pai-notify apply -w %s --bus local%s\n",
		color.New(color.FgRed, color.Bold).Sprint("WARNING:"), err, terminal.Count(count, "rule"), files.Shown(u.document), u.dataFlag())
	return nil
}

// countRules counts the rules on all buses, and returns the first bus that has
// some.
func countRules(ctx context.Context, b *local.Bus) (first string, count int) {
	buses, err := b.ListEventBuses(ctx)
	if err != nil {
		return "", 0 // nothing is served before it is activated
	}
	for _, bus := range buses {
		list, err := b.ListRules(ctx, bus.Name)
		if err == nil && len(list) > 0 && first == "" {
			first = bus.Name
		}
		count += len(list)
	}
	return first, count
}

// plan tells what has to be done for the bus to be as a document says, by the
// API as on that of a cloud.
func (u *system) plan(ctx context.Context, w *workspace.Workspace) (provision.Cloud, provision.Plan, error) {
	here, err := u.running.Cloud(ctx)
	if err != nil {
		return here, provision.Plan{}, err
	}
	asked := here
	asked.Invoke = nil // what is not set here was said at the start
	p, err := provision.Provisioner{Cloud: asked, Workspace: w}.Plan(ctx)
	return here, p, account.WithRemedy(err, here)
}

func (u *system) apply(ctx context.Context, w *workspace.Workspace) error {
	here, p, err := u.plan(ctx, w)
	if err != nil {
		return err
	}
	return account.WithRemedy(here.Apply(ctx, p, nil), here)
}

// degraded tells why the bus runs on the rules that it had before and not on
// the document, until it does. It looks each time, so that it does not matter
// who corrects the document and puts it on the bus: the console, a command, or
// whoever else may.
type degraded struct {
	mu  sync.Mutex
	why error
	// text is the document that could not be put on the bus.
	text []byte
	// look reads the document as it is now, and plans.
	look func(ctx context.Context) (text []byte, p provision.Plan, err error)
}

// now says whether it does, without looking. Whoever asks for the health of the bus
// changes it meanwhile.
func (d *degraded) now() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.why != nil
}

var errNotApplied = errors.New("the document was changed and is not applied yet")

// reason returns why; nil when the bus is as the document says.
func (d *degraded) reason(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.why == nil {
		return nil
	}
	text, p, err := d.look(ctx)
	switch {
	case ctx.Err() != nil: // nobody waits for the answer
	case err != nil:
		d.why = err
	case p.Empty():
		d.why = nil
	case !bytes.Equal(text, d.text):
		d.why = errNotApplied
	}
	return d.why
}

// warnUnset says which variables that enabled rules refer to are not set, each
// once for each rule, and what follows of that. Nothing follows for targets that
// an inbox takes the messages of; takes is nil where there is none.
func warnUnset(out io.Writer, w *workspace.Workspace, takes func(config json.RawMessage) bool, follows string) {
	said := map[string]bool{}
	for _, r := range w.Rules {
		if !r.Enabled {
			continue
		}
		for _, receiver := range r.Receivers() {
			if takes != nil && takes(receiver.Parameters) {
				continue
			}
			for _, name := range secret.Variables(receiver.Parameters) {
				if key := r.Name + " " + name; !secret.Set(name) && !said[key] {
					said[key] = true
					fmt.Fprintf(out, "warning: rule %s, target %s/%s: env:%s is not set on this machine: %s\n", r.Name, receiver.Type, receiver.Name, name, follows)
				}
			}
		}
	}
}
