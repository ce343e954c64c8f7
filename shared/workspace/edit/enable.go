package edit

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// EnableRules enables or disables rules in one change, which is proven once. Names
// that no rule has are left out.
func (d *Document) EnableRules(on bool, names []string) error {
	rules, err := d.Rules()
	if err != nil {
		return err
	}
	items := list(d.root, "rules")
	wanted := slices.Clone(items)
	for i, r := range rules {
		if r.On() == on || !slices.Contains(names, r.Name) {
			continue
		}
		r.Enable(on)
		var fresh yaml.Node
		if err := fresh.Encode(r); err != nil {
			return err
		}
		wanted[i] = merge(items[i], &fresh)
	}
	if slices.Equal(wanted, items) {
		return nil
	}
	spliced, err := d.spliceAll("rules", items, wanted)
	if err != nil {
		return err
	}
	return d.commit(withList(d.root, "rules", wanted), spliced)
}

// spliceAll replaces the items of a list that are others in wanted, each in its own
// lines. It returns nil where the form of the document does not let it.
func (d *Document) spliceAll(key string, items, wanted []*yaml.Node) ([]byte, error) {
	lines := d.lines()
	spans, ok := spansIn(d.root, len(lines), key, lines)
	if !ok {
		return nil, nil
	}
	var text strings.Builder
	at := 0
	for i, s := range spans {
		if wanted[i] == items[i] {
			continue
		}
		item, err := written(wanted[i], lines[s.from][:strings.Index(lines[s.from], "-")])
		if err != nil {
			return nil, err
		}
		text.WriteString(strings.Join(lines[at:s.from], "") + item)
		at = s.to
	}
	return []byte(text.String() + strings.Join(lines[at:], "")), nil
}
