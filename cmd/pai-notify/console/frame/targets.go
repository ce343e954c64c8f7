package frame

import (
	"cmp"
	"html/template"
	"slices"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
)

// parameter is what a page says of a parameter of a target; what nobody has
// said is empty.
type parameter struct {
	Label, Help, Example string
	Wanted               bool
}

// targetFunctions are what templates call to say what they say of target types.
func targetFunctions(l message.Language, platforms []inbox.Platform) template.FuncMap {
	of := func(typ string) inbox.Platform { return platformOf(platforms, typ) }
	return template.FuncMap{
		"typename": func(typ string) string { return TypeName(platforms, typ, l) },
		"typehelp": func(typ string) string { return of(typ).Help.In(l) },
		"parameter": func(typ, key string) parameter {
			p := of(typ).Parameter(key)
			return parameter{p.Label.In(l), p.Help.In(l), p.Example.In(l), p.Wanted}
		},
		// drawn is the icon of a target type or of a verdict.
		"drawn": func(name string) template.HTML {
			return cmp.Or(of(name).Icon, verdictIcons[name], unknownIcon)
		},
	}
}

var verdictIcons = map[string]template.HTML{
	"ok":      `<path d="M5 13l4 4L19 7"/>`,
	"look":    `<path d="M12 6v8M12 17.5v.5"/>`,
	"missing": `<path d="M6 6l12 12M18 6L6 18"/>`,
}

const unknownIcon template.HTML = `<path d="M12 17v.5M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2"/>`

func platformOf(platforms []inbox.Platform, typ string) inbox.Platform {
	i := slices.IndexFunc(platforms, func(p inbox.Platform) bool { return p.Type == typ })
	if i < 0 {
		return inbox.Platform{}
	}
	return platforms[i]
}

// ParameterName is what people call a parameter of a target type.
func ParameterName(platforms []inbox.Platform, typ, key string, l message.Language) string {
	return cmp.Or(platformOf(platforms, typ).Parameter(key).Label.In(l), key)
}

// TypeName is what people call a target type.
func TypeName(platforms []inbox.Platform, typ string, l message.Language) string {
	return cmp.Or(platformOf(platforms, typ).Name.In(l), typ)
}
