package workspace

import (
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
	ordinal := map[string]int{}
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
		ordinal[t.Type]++
		if b.failed(at) {
			continue
		}
		name := t.Name
		if name == "" {
			name = t.Type
			if n := ordinal[t.Type]; n > 1 {
				name = fmt.Sprintf("%s-%d", t.Type, n)
			}
		}
		for _, r := range b.open(spec, t, name, at) {
			if first, again := taken[r.Name]; again {
				b.add(KindDuplicate, at, "two targets of this rule are called %q, first %s: give this one another name", r.Name, first)
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

// open makes the receivers of one target and has the target type check them.
func (b *builder) open(spec target.Spec, t document.Target, name, at string) []target.Receiver {
	if spec.Contact == target.NoContact {
		r := target.Receiver{Type: t.Type, Name: name, Language: b.language(t.Language), Parameters: compact(t.Parameters)}
		return b.accepted(spec, r, at)
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
			Type: t.Type, Name: name + "-" + contact.Name,
			Language: b.language(t.Language, contact.Language), Parameters: compact(parameters),
		}
		receivers = append(receivers, b.accepted(spec, r, at)...)
	}
	return receivers
}

func (b *builder) accepted(spec target.Spec, r target.Receiver, at string) []target.Receiver {
	err := spec.Check(r.Parameters)
	if wrong, ok := errors.AsType[target.Misreferences](err); ok {
		for _, m := range wrong {
			b.add(KindReference, join(at, m.Parameter), "%s", m.Text)
		}
		return nil
	}
	if err != nil {
		b.add(KindRefused, at, "%s", err.Error())
		return nil
	}
	return []target.Receiver{r}
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
