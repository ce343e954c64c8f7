// Package problems describes problems in the reader's language: those of a form,
// beside its fields, and those of a document.
package problems

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Book is what is said of what is wrong.
var Book = frame.Bind(nil, nil, problemWords)

// Functions are what the templates of rooms call that show findings of the check-up.
func Functions(l message.Language) template.FuncMap {
	return template.FuncMap{
		"said":   func(s message.Statement) string { return said(l, s) },
		"anchor": Anchor,
	}
}

// Complaints are what is wrong with a form, by the name of the field; "" is
// the form as a whole.
type Complaints map[string][]string

// Add says what is wrong with a field.
func (c Complaints) Add(field, text string) { c[field] = append(c[field], text) }

// Sort puts findings about one rule beside the fields of its form. What is
// about something else stands above the form.
func (c Complaints) Sort(l message.Language, prefix string, findings workspace.Findings, known func(field string) bool) {
	for _, f := range findings {
		rest, ours := strings.CutPrefix(f.Path, prefix)
		field, text := "", f.In(l)
		if ours {
			field = FieldOf(strings.TrimPrefix(rest, "."))
			for field != "" && !known(field) {
				field = field[:max(strings.LastIndexByte(field, '.'), 0)]
			}
		} else {
			text = strings.TrimSpace(f.Path + ": " + text)
		}
		c.Add(field, text)
	}
}

// rows are the lists whose places have fields of their own, and how the names of
// those begin.
var rows = map[string]string{"targets": "t", "title": "title.", "fields": "fields."}

// FieldOf makes the name of a form's field of a path: "targets[1].webhook"
// becomes "t1.webhook", "fields[1].path" becomes "fields.1.path", and a place in
// another list its list.
func FieldOf(path string) string {
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
