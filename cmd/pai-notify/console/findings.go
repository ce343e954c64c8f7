package console

import (
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// complaints are what is wrong with a form, by the name of the field; "" is
// the form as a whole.
type complaints map[string][]string

func (c complaints) add(field, text string) { c[field] = append(c[field], text) }

// sort puts findings about one rule beside the fields of its form. What is
// about something else stands above the form.
func (c complaints) sort(l message.Language, prefix string, findings workspace.Findings, known func(field string) bool) {
	for _, f := range findings {
		rest, ours := strings.CutPrefix(f.Path, prefix)
		field, text := "", f.In(l)
		if ours {
			field = fieldOf(strings.TrimPrefix(rest, "."))
			for field != "" && !known(field) {
				field = field[:max(strings.LastIndexByte(field, '.'), 0)]
			}
		} else {
			text = strings.TrimSpace(f.Path + ": " + text)
		}
		c.add(field, text)
	}
}

// rows are the lists whose places have fields of their own, and how the names of
// those begin.
var rows = map[string]string{"targets": "t", "title": "title.", "fields": "fields."}

// fieldOf makes the name of a form's field of a path: "targets[1].webhook"
// becomes "t1.webhook", "fields[1].path" becomes "fields.1.path", and a place in
// another list its list.
func fieldOf(path string) string {
	if list, rest, ok := strings.Cut(path, "["); ok && rows[list] != "" {
		if index, of, ok := strings.Cut(rest, "]"); ok {
			if _, err := strconv.Atoi(index); err == nil {
				path = rows[list] + index + of
			}
		}
	}
	var b strings.Builder
	inside := false
	for _, r := range path {
		switch {
		case r == '[':
			inside = true
		case r == ']':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return b.String()
}
