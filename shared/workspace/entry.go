package workspace

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// learn notes the types of the document's receivers, on which the keys of what
// refers to them depend, wherever they stand.
func (w *walker) learn(root *tree.Node) {
	w.named = map[string]string{}
	all, _ := member(root, "receivers")
	if all == nil {
		return
	}
	for _, item := range all.Items {
		name, is := member(item.Resolve(), "name")
		if !is || name.Kind != tree.Text {
			continue
		}
		typ := &tree.Node{}
		if found, is := member(item.Resolve(), "type"); is {
			typ = found
		}
		if _, again := w.named[name.Text]; !again {
			w.named[name.Text] = typ.Text
		}
	}
}

// reference reads a target that refers to a receiver.
func (w *walker) reference(n, name *tree.Node, path string) (any, bool) {
	spec, known := w.spec(w.named[name.Text])
	if typ := w.named[name.Text]; w.kept != "" && typ != "" && !known {
		return outline(n, ""), true
	}
	return w.flat(n, document.Target{}.Own(spec), path)
}

// indexReceivers also checks what the shape of the document's receivers leaves open.
func (b *builder) indexReceivers() {
	all := b.document.Receivers
	b.identities(aReceiver, "receivers", func(i int) (string, string) { return all[i].Name, all[i].ID }, len(all))
	b.entries, b.used = map[string]int{}, map[int]bool{}
	if b.named == nil {
		b.named = map[string]string{}
	}
	for i, r := range all {
		if _, again := b.entries[r.Name]; again || r.Name == "" {
			continue
		}
		b.entries[r.Name], b.named[r.Name] = i, r.Type
		if at := fmt.Sprintf("receivers[%d]", i); !b.failed(at) {
			b.checkReceiver(r, at)
		}
	}
}

// checkReceiver checks a receiver of the document by itself, and returns what a rule
// that refers to it would send to. Whoever created what an event is about is known
// only in a rule.
func (b *builder) checkReceiver(r document.Receiver, at string) []target.Receiver {
	spec, ok := b.spec(r.Type)
	if !ok { // another function's business
		return nil
	}
	t := document.Target{Type: r.Type, Name: r.Key(), Language: r.Language, Contacts: slices.Clone(r.Contacts), Parameters: r.Parameters, At: at}
	var made []received
	if spec.Contact == target.NoContact {
		made = b.lone(spec, t, t.Parameters, at)
	} else {
		for i, who := range t.Contacts {
			if who == document.Creator {
				t.Contacts[i] = ""
			}
		}
		made = b.open(nil, document.Rule{}, spec, t, at)
	}
	var receivers []target.Receiver
	for _, one := range made {
		receivers = append(receivers, one.Receiver)
	}
	return receivers
}

// idle notes the receivers that no rule refers to.
func (b *builder) idle() {
	for i, r := range b.document.Receivers {
		if r.Name != "" && !b.used[i] && b.kept == "" {
			b.add(receiverIdle, fmt.Sprintf("receivers[%d]", i), "name", r.Name)
		}
	}
}

// resolve puts what targets of a rule refer to in their places, and checks what they
// say besides. What is wrong is left out.
func (b *builder) resolve(targets []document.Target, path string) []document.Target {
	resolved := slices.Clone(targets)
	for i, t := range targets {
		at := fmt.Sprintf("%s.targets[%d]", path, i)
		if t.Receiver != "" {
			resolved[i] = b.referred(t, at)
			continue
		}
		for j, r := range b.document.Receivers {
			if t.Name != "" && (t.Name == r.Name || t.Name == r.ID) {
				b.add(receiverInPlace, at+".name", "name", t.Name, "at", fmt.Sprintf("receivers[%d]", j), "receiver", r.Name)
			}
		}
	}
	return resolved
}

// referred returns the target that a reference stands for, with what the rule says
// in place of what the receiver does.
func (b *builder) referred(t document.Target, at string) document.Target {
	i, ok := b.entries[t.Receiver]
	if !ok {
		if _, wrong := b.named[t.Receiver]; !wrong {
			b.add(receiverUnknown, at+".receiver", "name", shown(t.Receiver), "hint", b.suggestReceiver(t.Receiver))
		}
		return document.Target{}
	}
	b.used[i] = true
	r := b.document.Receivers[i]
	whole := document.Target{
		Receiver: r.Name, Type: r.Type, Name: r.Key(), Language: cmp.Or(t.Language, r.Language),
		Contacts: r.Contacts, Parameters: r.Parameters, At: fmt.Sprintf("receivers[%d]", i),
	}
	if t.Contacts != nil {
		whole.Contacts = t.Contacts
	}
	spec, ok := b.spec(r.Type)
	if !ok || r.Type == "" { // another function's business, or it has been reported
		return whole
	}
	key, takes := document.Target{}.Mention(spec)
	switch mention, given := t.Parameters[key.Name]; {
	case given && takes:
		whole.Parameters = maps.Clone(r.Parameters)
		whole.Parameters[key.Name] = mention
	case given:
		b.add(receiverUnfit, at+"."+key.Name, "type", r.Type, "name", r.Name, "key", key.Name)
	}
	switch {
	case spec.Contact == target.NoContact && t.Contacts != nil:
		b.add(receiverUnfit, at+".contacts", "type", r.Type, "name", r.Name, "key", "contacts")
	case spec.Contact != target.NoContact && whole.Contacts == nil && !b.failed(at) && !b.failed(whole.At):
		b.add(receiverContacts, at, "type", r.Type, "name", r.Name, "field", string(spec.Contact))
	}
	return whole
}

func (b *builder) suggestReceiver(name string) any {
	if len(b.entries) == 0 {
		return noReceivers.With()
	}
	return suggest(name, slices.Sorted(maps.Keys(b.entries)))
}

// place is the path of a key of a target: of what it refers to, where the rule does
// not say it itself.
func (b *builder) place(t document.Target, at, key string) string {
	top, _, _ := strings.Cut(key, ".")
	if _, own := b.at[join(at, top)]; t.At != "" && !own {
		return join(t.At, key)
	}
	return join(at, key)
}

// Entry returns the name of what stands under receivers in the document that a
// receiver of the rule is; "" for one that is written in place.
func (r Rule) Entry(to target.Receiver) string { return r.person(to).entry }
