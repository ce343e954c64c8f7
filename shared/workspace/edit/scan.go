package edit

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// Piece is one value or key of a document, with the place where it stands.
type Piece struct {
	// From and To are bytes of the text, quotes included.
	From, To int
	// Text is what it means.
	Text string
	// Key is the key it stands under, or that it is.
	Key string
	// IsKey tells that it is a key.
	IsKey bool
	// Known tells that the schema has such a value there, and that it is no
	// secret. All others may be secrets: those of secret parameters, those under
	// unknown keys or in targets of unknown types, and those of another form.
	Known bool
	// Exact tells that the piece ends at To. Otherwise it ends there at the
	// latest, as a text in several lines does.
	Exact bool
}

// Scan returns the keys and single values of a document in the order of the
// text. It is for documents that may be wrong, but are YAML; any other is an
// error.
func Scan(text []byte, specs ...target.Spec) ([]Piece, error) {
	root, err := only(text)
	if err != nil {
		return nil, err
	}
	s := scanner{text: string(text), lines: []int{mark(text)}, specs: specs, secret: map[*yaml.Node]bool{}}
	for i, c := range text {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	s.value(root, reflect.TypeFor[document.Document](), nil, "")
	s.conceal()
	return s.places()
}

var errScan = errors.New("edit: the places of the values cannot be found")

// only returns the root of the one document in text. Line breaks that only YAML
// knows are an error, as the library counts lines by them.
func only(text []byte) (root *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			root, err = nil, errScan
		}
	}()
	if rest := bytes.ReplaceAll(text, []byte("\r\n"), nil); bytes.ContainsAny(rest, "\r\u0085\u2028\u2029\x00") || !utf8.Valid(text) {
		return nil, errScan
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var top, next yaml.Node
	if err := d.Decode(&top); err != nil {
		return nil, unreadable(err)
	}
	if err := d.Decode(&next); !errors.Is(err, io.EOF) || len(top.Content) != 1 || top.Content[0].Kind != yaml.MappingNode {
		return nil, errScan
	}
	return top.Content[0], nil
}

// mark is the length of the byte order mark, which the library does not count.
func mark(text []byte) int {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return len("\ufeff")
	}
	return 0
}

type scanner struct {
	text  string
	lines []int // where each begins
	// line, column and at are the place that was found last.
	line, column, at int
	specs            []target.Spec
	found            []found
	// secret are the values that an alias in the place of a secret stands for.
	secret map[*yaml.Node]bool
}

type found struct {
	node  *yaml.Node
	key   string
	isKey bool
	known bool
}

func (s *scanner) add(n *yaml.Node, key string, known bool) {
	s.found = append(s.found, found{n, key, false, known})
}

// value notes what stands in a node that the schema has a type for.
func (s *scanner) value(n *yaml.Node, t reflect.Type, format *document.Format, key string) {
	if n.Kind == yaml.AliasNode {
		// What it stands for is looked at where it stands, as what it is there.
		if t == nil || document.Indirect(t) == reflect.TypeFor[target.Secret]() {
			s.secret[n.Alias] = true
		}
		return
	}
	if t == nil {
		s.unknown(n, key)
		return
	}
	t = document.Indirect(t)
	kind := document.KindOf(t)
	short := document.ShorthandOf(t)
	switch {
	case short != nil && n.Kind != yaml.SequenceNode && (kind == document.List || n.Kind == yaml.ScalarNode):
		s.value(n, short.Type, short.Format, key)
	case t == reflect.TypeFor[document.Target]() && n.Kind == yaml.MappingNode:
		if at(n, "receiver") != nil {
			s.members(n, s.referenceFields())
		} else {
			s.members(n, s.fieldsOf(n, document.Target{}.Fields))
		}
	case t == reflect.TypeFor[document.Receiver]() && n.Kind == yaml.MappingNode:
		s.members(n, s.fieldsOf(n, document.Receiver{}.Fields))
	case t == reflect.TypeFor[document.Scope]() && n.Kind == yaml.ScalarNode:
		s.add(n, key, n.Value == document.WholeWorkspace)
	case kind == document.Object && n.Kind == yaml.MappingNode:
		s.members(n, document.Fields(t))
	case kind == document.List && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			s.value(item, t.Elem(), format, key)
		}
	case kind == document.Map && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i]
			s.add(name, key, name.Kind == yaml.ScalarNode)
			s.value(n.Content[i+1], t.Elem(), nil, name.Value)
		}
	case kind == document.Any:
		s.any(n, key)
	case n.Kind == yaml.ScalarNode:
		s.add(n, key, plainly(n, t, kind, format))
	default:
		s.unknown(n, key)
	}
}

// plainly tells whether a single value is such as the schema wants, and no secret.
func plainly(n *yaml.Node, t reflect.Type, kind document.Kind, format *document.Format) bool {
	if t == reflect.TypeFor[target.Secret]() {
		return false
	}
	values := document.Values(t)
	switch kind {
	case document.Text:
		return (values == nil || slices.Contains(values, n.Value)) && format.Accepts(n.Value)
	case document.Boolean:
		return n.ShortTag() == "!!bool"
	case document.Integer, document.Number:
		return n.ShortTag() == "!!int" || n.ShortTag() == "!!float"
	}
	return false
}

func (s *scanner) members(n *yaml.Node, fields []document.Field) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(fields, func(f document.Field) bool { return key.Kind == yaml.ScalarNode && f.Name == key.Value })
		if at < 0 {
			s.unknownMember(key, value)
			continue
		}
		s.found = append(s.found, found{key, key.Value, true, true})
		s.value(value, fields[at].Type, fields[at].Format, key.Value)
	}
}

// referenceFields are the keys of a target that refers to a receiver, whose type stands
// elsewhere: it mentions people as the first type does that can.
func (s *scanner) referenceFields() []document.Field {
	for _, spec := range s.specs {
		if _, takes := (document.Target{}).Mention(spec); takes {
			return document.Target{}.Own(spec)
		}
	}
	return document.Target{}.Own(target.Spec{})
}

// fieldsOf are the keys of a target or a receiver, of its type where that is known.
func (s *scanner) fieldsOf(n *yaml.Node, of func(target.Spec) []document.Field) []document.Field {
	types := 0
	fields := of(target.Spec{Contact: target.ContactEmail})
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "type" {
			continue
		}
		types++
		for _, spec := range s.specs {
			if spec.Type == resolve(n.Content[i+1]).Value {
				fields = of(spec)
			}
		}
	}
	if types > 1 {
		return of(target.Spec{Contact: target.ContactEmail})
	}
	return fields
}

// unknown notes all that stands in a node as what may be a secret.
func (s *scanner) unknown(n *yaml.Node, key string) {
	switch n.Kind {
	case yaml.ScalarNode:
		s.add(n, key, false)
	case yaml.AliasNode:
		s.secret[n.Alias] = true
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			s.unknownMember(n.Content[i], n.Content[i+1])
		}
	default:
		for _, inner := range n.Content {
			s.unknown(inner, key)
		}
	}
}

func (s *scanner) unknownMember(key, value *yaml.Node) {
	if key.Kind == yaml.ScalarNode {
		s.found = append(s.found, found{key, key.Value, true, false})
	} else {
		s.unknown(key, "")
	}
	s.unknown(value, "")
}

// any notes all that stands in a node of any form, such as a pattern.
func (s *scanner) any(n *yaml.Node, key string) {
	if n.Kind == yaml.ScalarNode {
		s.add(n, key, true)
	}
	for _, inner := range n.Content {
		s.any(inner, key)
	}
}

// conceal makes secrets of all that stands in values that aliases in the place
// of secrets stand for.
func (s *scanner) conceal() {
	inside := map[*yaml.Node]bool{}
	var enter func(n *yaml.Node)
	enter = func(n *yaml.Node) {
		if inside[n] {
			return
		}
		inside[n] = true
		for _, inner := range n.Content {
			enter(inner)
		}
		if n.Alias != nil {
			enter(n.Alias)
		}
	}
	for n := range s.secret {
		enter(n)
	}
	for i, f := range s.found {
		s.found[i].known = f.known && !inside[f.node]
	}
}
