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

// member returns the last value under a key of an object.
func member(n *tree.Node, key string) (value *tree.Node, found bool) {
	if n.Kind != tree.Object {
		return nil, false
	}
	for _, m := range n.Members {
		if m.Key.Text == key {
			value = m.Value.Resolve()
		}
	}
	return value, value != nil
}

// target reads a target or a receiver, whose keys depend on its type.
func (w *walker) target(n *tree.Node, fields func(target.Spec) []document.Field, path string) (any, bool) {
	typ, _ := member(n, "type")
	ok := n.Kind == tree.Object || w.members(n, path, nil) // which says what is there instead
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
	return w.flat(n, fields(spec), path)
}

// flat reads an object in which parameters stand beside the keys that all targets
// have.
func (w *walker) flat(n *tree.Node, fields []document.Field, path string) (any, bool) {
	read, ok := w.object(n, fields, path)
	if !ok {
		return nil, false
	}
	parameters := read.(map[string]any)
	whole := map[string]any{"parameters": parameters}
	for _, key := range []string{"receiver", "type", "name", "id", "language", "contacts"} {
		if v, ok := parameters[key]; ok {
			whole[key] = v
			delete(parameters, key)
		}
	}
	return whole, true
}

// outline is what is known of a target that is another function's business:
// its type and names, and how many contacts count towards the quota.
func outline(n *tree.Node, typ string) map[string]any {
	o := map[string]any{"type": typ}
	for _, key := range []string{"name", "id", "receiver"} {
		if v, ok := member(n, key); ok && v.Kind == tree.Text {
			o[key] = v.Text
		}
	}
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
			said, key := notCarried, ".type"
			if t.At != "" {
				said, key = receiverCarries, ".receiver"
			}
			b.add(said, at+key, "name", t.Receiver, "type", t.Type, "sources", spec.Sources, "source", shown(rule.Source))
		}
		if b.failed(at) || t.At != "" && b.failed(t.At) {
			continue
		}
		for _, r := range b.open(c, rule, spec, t, at) {
			first, again := taken[r.Name]
			switch {
			case again && t.At != "":
				b.add(receiverTwice, at, "name", r.Name, "first", numberedAs(aTarget, first))
			case again:
				name := freeName(t.Type, taken)
				taken[name] = i
				b.add(targetTwice, at, "name", r.Name, "first", numberedAs(aTarget, first), "free", name)
			}
			if again {
				break
			}
			taken[r.Name], r.at = i, at
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
		return b.lone(spec, t, parameters, at)
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
		if b.accepted(spec, r, t, at) {
			receivers = append(receivers, received{r, spec, contact, creator, t.Receiver, at})
		}
	}
	for i, who := range t.Contacts {
		at := fmt.Sprintf("%s[%d]", b.place(t, at, "contacts"), i)
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

// lone makes the receiver of a target that is sent to no contacts.
func (b *builder) lone(spec target.Spec, t document.Target, parameters map[string]json.RawMessage, at string) []received {
	r := target.Receiver{Type: t.Type, Name: t.Name, Language: b.language(t.Language), Parameters: compact(parameters)}
	if !b.accepted(spec, r, t, at) {
		return nil
	}
	if r.Name == "" {
		r.Name = keyOf(spec, r)
	}
	return []received{{Receiver: r, spec: spec, entry: t.Receiver}}
}

// accepted has the target type check what a target is made of.
func (b *builder) accepted(spec target.Spec, r target.Receiver, t document.Target, at string) bool {
	err := spec.Check(r.Parameters)
	if wrong, ok := errors.AsType[target.Misreferences](err); ok {
		for _, m := range wrong {
			b.add(misreference, b.place(t, at, m.Parameter), "reason", m.Text)
		}
		return false
	}
	if err == nil {
		return true
	}
	invalid, ok := errors.AsType[target.InvalidParameter](err)
	whole := cmp.Or(t.At, at)
	switch {
	case !ok:
		b.add(targetRefused, whole, "reason", err.Error())
	case invalid.Parameter == document.ContactKey: // which is made of one under contacts
		b.add(targetRefused, whole, "reason", invalid.Error())
	default:
		b.add(targetRefused, b.place(t, at, invalid.Parameter), "reason", invalid.Text)
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
