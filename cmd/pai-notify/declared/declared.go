// Package declared determines which secrets targets may name on this machine, and
// which receiver each secret may be sent to.
package declared

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/files"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/input"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/terminal"
	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/function/runtimeapi"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/webhook"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

// Secrets knows which secrets the targets of this program's functions may name,
// and to whom each may go. That is what [secret.DeclaredVariable] says, with what
// the console keeps for the document; or, when it is not set, what the document
// itself and the targets on the bus refer to, each for its own receiver. Whoever
// may put targets on the bus widens neither.
type Secrets struct {
	Path string
	// Complete completes the document before it is read; nil for nothing.
	Complete func([]byte) []byte
	// Kept are the names of what the console keeps.
	Kept func() []string
	// Inbox is declared for what this program has set up itself.
	Inbox *secret.Declared

	mu    sync.Mutex
	onBus func(ctx context.Context) []target.Receiver // nil before there is a bus
	text  []byte                                      // of the document when it was read last
	of    []target.Receiver
	now   atomic.Pointer[secret.Declared]
}

// Specs are the target types as the document is checked by them: it says itself
// where what the console keeps may go.
func (d *Secrets) Specs() ([]target.Spec, error) {
	list, err := input.Declared()
	if err != nil {
		return nil, err
	}
	return input.CheckedBy(func() *secret.Declared {
		names := slices.DeleteFunc(d.unlisted(list), secret.Reserved)
		kept, err := secret.ParseDeclared(strings.Join(names, " "))
		if err != nil {
			return d.Inbox
		}
		return kept.And(d.Inbox)
	})
}

// unlisted are the names of what the console keeps that the operator's list does
// not have: where the others may go is for the list alone to say. A secret that
// it has for signing only would else be shown to whom a target signs for.
func (d *Secrets) unlisted(list *secret.Declared) []string {
	return slices.DeleteFunc(d.Kept(), func(name string) bool { return list != nil && slices.Contains(list.Variables(), name) })
}

// Over has the targets on a bus count too, from now on.
func (d *Secrets) Over(ctx context.Context, b *local.Bus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onBus = ReceiversOn(b)
	d.read()
	d.recompute(ctx)
}

// Use has a document that was read count from now on.
func (d *Secrets) Use(ctx context.Context, w *workspace.Workspace, text []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text, d.of = text, w.Receivers()
	d.recompute(ctx)
}

// read reads the document when it is another than it was. One that is not right
// leaves what was said last.
func (d *Secrets) read() (changed bool) {
	text := d.document()
	if bytes.Equal(text, d.text) {
		return false
	}
	d.text = text
	if specs, err := d.Specs(); err == nil {
		if w, err := yaml.Parse(text, d.Path, specs...); err == nil {
			d.of = w.Receivers()
		}
	}
	return true
}

// recompute finds out what the document and the targets on the bus refer to.
func (d *Secrets) recompute(ctx context.Context) {
	all := slices.Clone(d.of)
	if d.onBus != nil {
		all = append(all, d.onBus(ctx)...)
	}
	d.now.Store(d.with(target.DeclaredBy(functions.Register(), all)))
}

// document returns the text of the document as it is now. A pipe is read once, by
// who starts the program.
func (d *Secrets) document() []byte {
	info, err := os.Stat(d.Path)
	if err != nil || !info.Mode().IsRegular() {
		return d.text
	}
	text, err := input.ReadFile(d.Path, workspace.MaxDocumentBytes, terminal.Streams{})
	if err == nil && d.Complete != nil {
		text = d.Complete(text)
	}
	return text
}

// Update renews when the document is another than it was.
func (d *Secrets) Update(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.read() {
		d.recompute(ctx)
	}
}

// Declared returns what targets may name now; drafts are targets of a document
// that is being written.
func (d *Secrets) Declared(drafts ...target.Receiver) *secret.Declared {
	now := d.now.Load()
	switch {
	case now == nil:
		now = d.with(&secret.Declared{})
	case len(drafts) == 0:
		return now
	}
	return now.And(d.with(target.DeclaredBy(functions.Register(), drafts)))
}

// with returns what is declared when documents and targets refer to what written
// says.
func (d *Secrets) with(written *secret.Declared) *secret.Declared {
	if list, err := input.Declared(); err != nil {
		return secret.DeclaredHere(nil) // which fails with it
	} else if list != nil {
		written = list.And(written.Only(d.unlisted(list)))
	}
	return written.And(d.Inbox)
}

// Environment is that of a function which runs as a process of its own: what
// programs need, the settings of functions, and what its targets may name. The
// credentials of the clouds are for the functions that call them.
func (d *Secrets) Environment(function string) []string {
	declared := d.Declared()
	names := slices.Concat(ordinary, declared.Variables())
	var list []string
	for _, pair := range runtimeapi.Environment() {
		name, _, _ := strings.Cut(pair, "=")
		cloud := strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "ALIBABA_CLOUD_")
		if slices.Contains(names, name) || cloud && calls(function) {
			list = append(list, pair)
		}
	}
	return append(list, secret.DeclaredVariable+"="+declared.String())
}

// calls tells whether a function calls a cloud in the name of this process, as
// those of phones do.
func calls(function string) bool {
	spec, ok := functions.Lookup(function)
	return ok && spec.Contact == target.ContactPhone
}

// ordinary are the variables that any function is given.
var ordinary = []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "GODEBUG", "GOCOVERDIR", webhook.AllowVariable, workspace.Variable}

// Check tells what a target that is put on the bus may not name.
func (d *Secrets) Check(t local.Target) error {
	d.Update(context.Background())
	declared := d.Declared()
	payload, receivers := payloadOf(t)
	err := declared.Names(payload)
	for _, r := range receivers {
		if spec, ok := functions.Lookup(r.Type); ok && err == nil {
			if err = spec.Allowed(declared, r.Parameters); !secret.IsUndeclared(err) {
				err = nil // what else is wrong, the function tells
			}
		}
	}
	if err == nil || errors.Is(err, secret.ErrReserved) {
		return err
	}
	return fmt.Errorf("%w; or name it in the document %s, or set %s, where this bus is started", err, files.Shown(d.Path), secret.DeclaredVariable)
}

// payloadOf returns what a target's function is given for an event, and the
// receivers that it reads there, whoever wrapped them and how. What comes out of
// the event itself is known when one comes, and looked at then.
func payloadOf(t local.Target) ([]byte, []target.Receiver) {
	payload := local.Payload(t, []byte(`{"specversion":"1.0","id":"1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":{}}`))
	decoded, err := event.Decode(payload)
	if err != nil {
		return payload, nil
	}
	var list []target.Receiver
	for _, item := range decoded.Items {
		for _, c := range item.Carried() {
			for _, to := range c.Targets {
				list = append(list, target.Receiver{Type: to.Type, Name: to.Name, Language: message.Language(to.Language), Parameters: to.Parameters})
			}
		}
	}
	return payload, list
}

// ReceiversOn returns the receivers of all targets on a bus.
func ReceiversOn(b *local.Bus) func(ctx context.Context) []target.Receiver {
	return func(ctx context.Context) []target.Receiver {
		buses, err := b.ListEventBuses(ctx)
		if err != nil {
			return nil // nothing is sent before it is activated
		}
		var all []target.Receiver
		for _, bus := range buses {
			list, err := b.ListRules(ctx, bus.Name)
			if err != nil {
				continue
			}
			for _, r := range list {
				for _, t := range r.Targets {
					_, receivers := payloadOf(t)
					all = append(all, receivers...)
				}
			}
		}
		return all
	}
}
