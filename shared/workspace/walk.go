package workspace

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/tree"
)

// maxValues bounds the values of a document once its aliases are written
// out, so that a small document cannot become a huge one.
const maxValues = 100_000

// maxPath bounds the nesting, in characters of a path. An alias inside its
// own anchor has no end.
const maxPath = 500

// walker turns the tree of a document into plain JSON values of the shape
// the structs of package document ask for. What has another form is reported
// and left out, so that the rest can still be checked.
type walker struct {
	*report
	specs []target.Spec
	// kept is the one type whose targets are wanted; "" for all.
	kept string
	// named are the types of the document's receivers, by their names.
	named  map[string]string
	values int
}

func (w *walker) spec(typ string) (target.Spec, bool) {
	for _, s := range w.specs {
		if s.Type == typ {
			return s, true
		}
	}
	return target.Spec{}, false
}

// value returns the JSON value of a node for a Go type; false when there is
// none, which has been reported then.
func (w *walker) value(n *tree.Node, t reflect.Type, format *document.Format, path string) (any, bool) {
	if n = w.enter(n, path); n == nil {
		return nil, false
	}
	t = document.Indirect(t)
	switch t {
	case reflect.TypeFor[document.Target]():
		if name, is := member(n, "receiver"); is {
			return w.reference(n, name, path)
		}
		return w.target(n, document.Target{}.Fields, path)
	case reflect.TypeFor[document.Receiver]():
		return w.target(n, document.Receiver{}.Fields, path)
	case reflect.TypeFor[document.Scope]():
		if n.Single() && n.Text == document.WholeWorkspace {
			return map[string]any{}, true
		}
		if n.Kind != tree.Object || len(n.Members) == 0 {
			w.add(scopeForm, path)
			return nil, false
		}
	case reflect.TypeFor[document.Label]():
		if n.Kind == tree.Object && len(n.Members) == 0 {
			w.add(labelEmpty, path)
			return nil, false
		}
	}
	kind := document.KindOf(t)
	if short := document.ShorthandOf(t); short != nil && (kind == document.List && n.Kind != tree.List || kind == document.Object && n.Kind != tree.Object) {
		if kind == document.List {
			path += "[0]"
		}
		v, ok := w.value(n, short.Type, short.Format, path)
		return short.Full(v), ok
	}
	switch kind {
	case document.Object:
		return w.object(n, document.Fields(t), path)
	case document.List:
		return w.list(n, t.Elem(), format, path)
	case document.Map:
		return w.entries(n, t.Elem(), path)
	case document.Any:
		return w.any(n, path)
	default:
		return w.scalar(n, t, kind, format, path)
	}
}

// enter follows aliases, counts, and refuses a value that is not there.
func (w *walker) enter(n *tree.Node, path string) *tree.Node {
	switch w.values++; {
	case w.values > maxValues+1:
		return nil
	case w.values > maxValues:
		w.add(tooMany, path, "most", maxValues)
		return nil
	case len(path) > maxPath:
		w.values = maxValues + 1
		w.add(tooDeep, path[:strings.IndexAny(path[1:], ".[")+1])
		return nil
	}
	w.mark(path, n)
	if n = n.Resolve(); n.Kind == tree.Null {
		w.add(noValue, path)
		return nil
	}
	return n
}

func (w *walker) mark(path string, n *tree.Node) {
	if _, known := w.at[path]; !known {
		w.at[path] = n.At
	}
}

// members calls each for the keys of a mapping, in order. Keys given twice
// and keys that are not text are reported.
func (w *walker) members(n *tree.Node, path string, each func(key, value *tree.Node)) bool {
	if n.Kind != tree.Object {
		w.add(notObject, path, "found", kindOf(n))
		return false
	}
	seen := map[string]int{}
	for _, m := range n.Members {
		key := m.Key
		switch key.Kind {
		case tree.Text:
		case tree.Merge:
			w.addAt(key.At, mergeKey, path)
			continue
		default:
			w.addAt(key.At, keyNotText, path)
			continue
		}
		if line, again := seen[key.Text]; again {
			w.addAt(key.At, keyTwice, path, "key", shown(key.Text), "line", line)
			continue
		}
		seen[key.Text] = key.At.Line
		each(key, m.Value)
	}
	return true
}

// object reads a mapping with the keys of a struct.
func (w *walker) object(n *tree.Node, fields []document.Field, path string) (any, bool) {
	object := map[string]any{}
	present := map[string]bool{}
	ok := w.members(n, path, func(key, value *tree.Node) {
		for _, f := range fields {
			if f.Name != key.Text {
				continue
			}
			present[f.Name] = true
			at := join(path, f.Name)
			if !value.Single() {
				w.mark(at, key)
			}
			if v, ok := w.value(value, f.Type, f.Format, at); ok {
				object[f.Name] = v
			}
			return
		}
		w.addAt(key.At, keyUnknown, path, "key", shown(key.Text), "hint", suggest(key.Text, names(fields)))
	})
	if !ok {
		return nil, false
	}
	for _, f := range fields {
		if f.Required && !present[f.Name] {
			w.add(keyMissing, path, "key", f.Name, "doc", explain(f.Doc))
		}
	}
	return object, true
}

func explain(doc string) any {
	if doc == "" {
		return nil
	}
	return described.With("text", strings.TrimSuffix(doc, "."))
}

// list reads a sequence. It may not be empty, and a list of texts may not
// repeat one.
func (w *walker) list(n *tree.Node, element reflect.Type, format *document.Format, path string) (any, bool) {
	switch {
	case n.Kind != tree.List:
		w.add(notList, path, "found", kindOf(n))
		return nil, false
	case len(n.Items) == 0:
		w.add(listEmpty, path)
		return nil, false
	case format != nil && format.MaxItems > 0 && len(n.Items) > format.MaxItems:
		w.add(listLong, path, "count", len(n.Items), "most", format.MaxItems)
		return nil, false
	}
	list := make([]any, 0, len(n.Items))
	seen := map[string]int{}
	for i, item := range n.Items {
		at := fmt.Sprintf("%s[%d]", path, i)
		v, ok := w.value(item, element, format, at)
		if !ok {
			// A place is kept so that positions stay those of the document.
			list = append(list, nil)
			continue
		}
		if text, is := v.(string); is && document.KindOf(element) == document.Text {
			if first, again := seen[text]; again {
				w.add(entryRepeated, at, "first", first+1)
			}
			seen[text] = i
		}
		list = append(list, v)
	}
	return list, true
}

// entries reads a mapping with keys of the writer's own.
func (w *walker) entries(n *tree.Node, element reflect.Type, path string) (any, bool) {
	object := map[string]any{}
	ok := w.members(n, path, func(key, value *tree.Node) {
		if v, ok := w.value(value, element, nil, join(path, free(key.Text))); ok {
			object[key.Text] = v
		}
	})
	return object, ok
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// free is a key of the writer's own in a path, such as the name of a header.
func free(key string) string {
	const longest = 32
	strange := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune(" .-_", r)
	}
	if len(key) > longest || strings.ContainsFunc(key, strange) {
		return "<not shown>"
	}
	return key
}

func names(fields []document.Field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.Name
	}
	return list
}
