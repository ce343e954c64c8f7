package workspace

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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
		w.add(KindShape, path, "key %q is missing: the target's type%s", "type", suggest("", w.types()))
		return nil, false
	case typ.Kind != tree.Text:
		w.addAt(typ.At, KindShape, path+".type", "must be a text: the target's type%s", suggest("", w.types()))
		return nil, false
	}
	spec, ok := w.spec(typ.Text)
	switch {
	case !ok && w.kept != "":
		return outline(n, typ.Text), true
	case !ok:
		w.addAt(typ.At, KindShape, path+".type", "there is no target type %s%s", shown(typ.Text), suggest(typ.Text, w.types()))
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
			o["contacts"] = make([]string, min(len(list.Items), maxValues))
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
func (b *builder) receivers(rule document.Rule, path string) []target.Receiver {
	var receivers []target.Receiver
	taken := map[string]string{}
	for i, t := range rule.Targets {
		at := fmt.Sprintf("%s.targets[%d]", path, i)
		spec, ok := b.spec(t.Type)
		if !ok {
			b.other(t.Type, at)
			continue
		}
		if !spec.Carries(rule.Source) && !b.failed(path+".source") {
			b.add(KindCarries, at+".type", "%s carries events of %s only, and this rule's are of %s: that is PAI's rule; send these another way", t.Type, strings.Join(spec.Sources, ", "), shown(rule.Source))
		}
		if b.failed(at) {
			continue
		}
		for _, r := range b.open(spec, t, at) {
			if first, again := taken[r.Name]; again {
				name := freeName(t.Type, taken)
				taken[name] = at
				b.add(KindDuplicate, at, "two targets of this rule are %q, the first is %s: give this one a name of its own, such as \"name: %s\"", r.Name, first, name)
				break
			}
			taken[r.Name] = at
			receivers = append(receivers, r)
		}
	}
	return receivers
}

// other handles a target of another type than the one wanted. It may be a
// slip of the pen, and then its messages would be lost silently.
func (b *builder) other(typ, at string) {
	if b.kept != "" && typ != "" && distance(typ, b.kept) <= 2 {
		b.add(KindUnused, at+".type", "%s is not %s, so the function %s does not send it: did you mean %q?", shown(typ), b.kept, b.kept, b.kept)
	}
}

// open makes the receivers of one target, with their keys for names, and has the
// target type check them.
func (b *builder) open(spec target.Spec, t document.Target, at string) []target.Receiver {
	if spec.Contact == target.NoContact {
		r := target.Receiver{Type: t.Type, Name: t.Name, Language: b.language(t.Language), Parameters: compact(t.Parameters)}
		if !b.accepted(spec, r, at) {
			return nil
		}
		if r.Name == "" {
			r.Name = keyOf(spec, r)
		}
		return []target.Receiver{r}
	}
	var receivers []target.Receiver
	for i, who := range t.Contacts {
		contact, address, ok := b.contact(who, spec, fmt.Sprintf("%s.contacts[%d]", at, i))
		if !ok {
			continue
		}
		parameters := maps.Clone(t.Parameters)
		if parameters == nil {
			parameters = map[string]json.RawMessage{}
		}
		parameters[document.ContactKey] = compact(map[string]string{"name": contact.Name, string(spec.Contact): address})
		r := target.Receiver{
			Type: t.Type, Name: cmp.Or(t.Name, t.Type) + "-" + contact.Key(),
			Language: b.language(t.Language, contact.Language), Parameters: compact(parameters),
		}
		if b.accepted(spec, r, at) {
			receivers = append(receivers, r)
		}
	}
	return receivers
}

// accepted has the target type check what a target is made of.
func (b *builder) accepted(spec target.Spec, r target.Receiver, at string) bool {
	err := spec.Check(r.Parameters)
	if wrong, ok := errors.AsType[target.Misreferences](err); ok {
		for _, m := range wrong {
			b.add(KindReference, join(at, m.Parameter), "%s", m.Text)
		}
		return false
	}
	if err == nil {
		return true
	}
	invalid, ok := errors.AsType[target.InvalidParameter](err)
	switch {
	case !ok:
		b.add(KindRefused, at, "%s", err.Error())
	case invalid.Parameter == document.ContactKey: // which is made of one under contacts
		b.add(KindRefused, at, "%s", invalid.Error())
	default:
		b.add(KindRefused, join(at, invalid.Parameter), "%s", invalid.Text)
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
