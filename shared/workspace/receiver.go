package workspace

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// target reads a target, whose keys depend on its type.
func (w *walker) target(n *tree.Node, path string) (any, bool) {
	var typ *tree.Node
	ok := true
	if n.Kind == tree.Object {
		for _, m := range n.Members {
			if m.Key.Text == "type" {
				typ = m.Value.Resolve()
			}
		}
	} else {
		ok = w.members(n, path, nil) // says what is there instead
	}
	switch {
	case !ok:
		return nil, false
	case typ == nil:
		w.add(targetTypeMissing, path, "hint", suggest("", w.types()))
		return nil, false
	case typ.Kind != tree.Text:
		w.addAt(typ.At, targetTypeForm, path+".type", "hint", suggest("", w.types()))
		return nil, false
	}
	spec, ok := w.spec(typ.Text)
	switch {
	case !ok && w.kept != "":
		return outline(n, typ.Text), true
	case !ok:
		w.addAt(typ.At, targetTypeUnknown, path+".type", "name", shown(typ.Text), "hint", suggest(typ.Text, w.types()))
		return nil, false
	}
	read, ok := w.object(n, document.TargetFields(spec), path)
	if !ok {
		return nil, false
	}
	parameters := read.(map[string]any)
	whole := map[string]any{"parameters": parameters}
	for _, key := range []string{"type", "name", "language", "contacts"} {
		if v, ok := parameters[key]; ok {
			whole[key] = v
			delete(parameters, key)
		}
	}
	return whole, true
}

// outline is what is known of a target that is another function's business:
// its type, and how many contacts count towards the quota.
func outline(n *tree.Node, typ string) map[string]any {
	o := map[string]any{"type": typ}
	for _, m := range n.Members {
		list := m.Value.Resolve()
		if m.Key.Text == "contacts" && list.Kind == tree.List {
			names := make([]string, min(len(list.Items), maxValues))
			for i := range names {
				if item := list.Items[i].Resolve(); item.Kind == tree.Text && item.Text == document.Creator {
					names[i] = document.Creator
				}
			}
			o["contacts"] = names
		}
	}
	return o
}

func (w *walker) types() []string {
	list := make([]string, len(w.specs))
	for i, s := range w.specs {
		list[i] = s.Type
	}
	slices.Sort(list)
	return list
}

// receivers makes the targets of a rule, one for each contact where a type is
// sent to contacts.
func (b *builder) receivers(c *event.Catalogue, rule document.Rule, path string) []received {
	var receivers []received
	taken := map[string]int{}
	for i, t := range rule.Targets {
		at := fmt.Sprintf("%s.targets[%d]", path, i)
		spec, ok := b.spec(t.Type)
		if !ok {
			b.other(t.Type, at)
			continue
		}
		if !spec.Carries(rule.Source) && !b.failed(path+".source") {
			b.add(notCarried, at+".type", "type", t.Type, "sources", spec.Sources, "source", shown(rule.Source))
		}
		if b.failed(at) {
			continue
		}
		for _, r := range b.open(c, rule, spec, t, at) {
			if first, again := taken[r.Name]; again {
				name := freeName(t.Type, taken)
				taken[name] = i
				b.add(targetTwice, at, "name", r.Name, "first", numberedAs(aTarget, first), "free", name)
				break
			}
			taken[r.Name] = i
			receivers = append(receivers, r)
		}
	}
	return receivers
}

// other handles a target of another type than the one wanted. It may be a
// slip of the pen, and then its messages would be lost silently.
func (b *builder) other(typ, at string) {
	if b.kept != "" && typ != "" && distance(typ, b.kept) <= 2 {
		b.add(otherType, at+".type", "found", shown(typ), "type", b.kept)
	}
}

// open makes the receivers of one target, with their keys for names, and has the
// target type check them.
func (b *builder) open(c *event.Catalogue, rule document.Rule, spec target.Spec, t document.Target, at string) []received {
	if spec.Contact == target.NoContact {
		parameters, ok := b.mentioning(c, rule, spec, t, at)
		if !ok {
			return nil
		}
		r := target.Receiver{Type: t.Type, Name: t.Name, Language: b.language(t.Language), Parameters: compact(parameters)}
		if !b.accepted(spec, r, at) {
			return nil
		}
		if r.Name == "" {
			r.Name = keyOf(spec, r)
		}
		return []received{{Receiver: r, spec: spec}}
	}
	var receivers []received
	add := func(contact document.Contact, address, key string, creator bool) {
		parameters := maps.Clone(t.Parameters)
		if parameters == nil {
			parameters = map[string]json.RawMessage{}
		}
		parameters[document.ContactKey] = compact(map[string]string{"name": contact.Name, string(spec.Contact): address})
		r := target.Receiver{
			Type: t.Type, Name: key,
			Language: b.language(t.Language, contact.Language), Parameters: compact(parameters),
		}
		if b.accepted(spec, r, at) {
			receivers = append(receivers, received{r, spec, contact, creator})
		}
	}
	for i, who := range t.Contacts {
		at := fmt.Sprintf("%s.contacts[%d]", at, i)
		if who == document.Creator {
			if b.checkCreator(c, rule, spec, at) {
				for _, contact := range b.creators(rule, spec) {
					add(contact, addressOf(contact, spec), creatorKey(t, contact), true)
				}
			}
			continue
		}
		if contact, address, ok := b.contact(who, spec, at); ok {
			add(contact, address, cmp.Or(t.Name, t.Type)+"-"+contact.Key(), false)
		}
	}
	return receivers
}

// accepted has the target type check what a target is made of.
func (b *builder) accepted(spec target.Spec, r target.Receiver, at string) bool {
	err := spec.Check(r.Parameters)
	if wrong, ok := errors.AsType[target.Misreferences](err); ok {
		for _, m := range wrong {
			b.add(misreference, join(at, m.Parameter), "reason", m.Text)
		}
		return false
	}
	if err == nil {
		return true
	}
	invalid, ok := errors.AsType[target.InvalidParameter](err)
	switch {
	case !ok:
		b.add(targetRefused, at, "reason", err.Error())
	case invalid.Parameter == document.ContactKey: // which is made of one under contacts
		b.add(targetRefused, at, "reason", invalid.Error())
	default:
		b.add(targetRefused, join(at, invalid.Parameter), "reason", invalid.Text)
	}
	return false
}

// language returns the first language named, in the end the workspace's.
func (b *builder) language(wanted ...message.Language) message.Language {
	for _, l := range append(wanted, b.document.Language) {
		if l != "" {
			return l
		}
	}
	return message.English
}
