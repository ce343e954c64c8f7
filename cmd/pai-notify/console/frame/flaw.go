package frame

import (
	"html/template"
	"maps"
	"slices"
	"strings"
)

// flaw is what is wrong with a field of a form; the field "" is the whole form.
type flaw struct {
	Field string
	Texts []string
}

// flawFunctions are what templates call to show what is wrong beside the field and,
// with a link that leads there, above the form.
func flawFunctions() template.FuncMap {
	return template.FuncMap{
		"flaw":    func(texts []string, field string) flaw { return flaw{field, texts} },
		"flaws":   flawsOf,
		"invalid": invalid,
	}
}

// invalid marks a field with which something is wrong, for people who do not see it,
// and names what describes the field.
func invalid(texts []string, field string, beside ...string) template.HTMLAttr {
	marked := ""
	if len(texts) > 0 {
		marked, beside = wrongMark, append([]string{field + "-error"}, beside...)
	}
	if len(beside) > 0 {
		marked += ` aria-describedby="` + template.HTMLEscapeString(strings.Join(beside, " ")) + `"`
	}
	return template.HTMLAttr(marked) //nolint:gosec // escaped
}

// wrongMark is what a field has with which something is wrong. Texts of others do not
// have its quotes, because they are escaped.
const wrongMark = ` aria-invalid="true"`

// focused puts the keyboard into the first field of a page with which something is
// wrong, also without a script.
func focused(page string) string {
	if !strings.Contains(page, wrongMark) {
		return page
	}
	return strings.Replace(strings.ReplaceAll(page, " autofocus", ""), wrongMark, wrongMark+" autofocus", 1)
}

// flawsOf returns what is wrong with a form in the order of its fields, what is of
// none first.
func flawsOf(errors map[string][]string, order ...any) []flaw {
	names := []string{""}
	for _, some := range order {
		switch some := some.(type) {
		case string:
			names = append(names, some)
		case []string:
			names = append(names, some...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var list []flaw
	for _, name := range names {
		if texts := errors[name]; len(texts) > 0 {
			list = append(list, flaw{name, texts})
		}
	}
	return list
}
