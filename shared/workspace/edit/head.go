package edit

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// SetHead replaces the values about the workspace as a whole; an empty one
// goes.
func (d *Document) SetHead(h Head) error {
	var fresh yaml.Node
	if err := fresh.Encode(h); err != nil {
		return err
	}
	for _, key := range []string{"workspace", "language", "quota"} {
		if err := d.set(key, at(&fresh, key)); err != nil {
			return err
		}
	}
	return nil
}

// single is a line with a key and a value that is one word.
var single = regexp.MustCompile(`^([a-z]+):( +)([^\s#]+)(\s.*)?$`)

func (d *Document) set(key string, v *yaml.Node) error {
	old := at(d.root, key)
	if old == nil && v == nil || old != nil && v != nil && resolve(old).Value == v.Value {
		return nil
	}
	wanted := v
	if old != nil && v != nil {
		wanted = merge(old, v)
	}
	return d.commit(with(d.root, key, wanted), d.spliceHead(key, v))
}

func (d *Document) spliceHead(key string, v *yaml.Node) []byte {
	lines := strings.SplitAfter(string(d.text), "\n")
	after := -1
	for i, line := range lines {
		m := single.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		switch {
		case m == nil:
		case m[1] == key && v == nil:
			return join(lines, span{i, i + 1}, "")
		case m[1] == key:
			return join(lines, span{i, i + 1}, key+":"+m[2]+v.Value+m[4]+"\n")
		case m[1] == "workspace" || m[1] == "language":
			after = i
		}
	}
	if after < 0 || v == nil {
		return nil
	}
	if !strings.HasSuffix(lines[after], "\n") {
		lines[after] += "\n"
	}
	return join(lines, span{after + 1, after + 1}, key+": "+v.Value+"\n")
}

// First returns a document that says nothing but its head.
func First(h Head) ([]byte, error) { return encode(h) }
