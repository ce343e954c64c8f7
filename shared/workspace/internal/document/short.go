package document

import "reflect"

// Shorthand is a shorter form that documents may write a value in.
type Shorthand struct {
	Type   reflect.Type
	Format *Format // nil for none
	// Full returns a value in the long form.
	Full func(short any) any
}

// ShorthandOf returns the shorter form of a type; nil for most, which have none.
// The longer one is a list or an object, and the shorter one is not.
func ShorthandOf(t reflect.Type) *Shorthand {
	text := reflect.TypeFor[string]()
	listed := func(one any) any { return []any{one} }
	keyed := func(key any) any { return map[string]any{"key": key} }
	switch Indirect(t) {
	case reflect.TypeFor[Title]():
		return &Shorthand{reflect.TypeFor[Part](), nil, listed}
	case reflect.TypeFor[Shown]():
		return &Shorthand{reflect.TypeFor[Fact](), nil, listed}
	case reflect.TypeFor[Hours]():
		return &Shorthand{text, formats["name"], listed}
	case reflect.TypeFor[Part](), reflect.TypeFor[Fact]():
		return &Shorthand{text, nil, keyed}
	case reflect.TypeFor[Label]():
		return &Shorthand{text, formats["label"], func(all any) any { return map[string]any{"en": all, "zh": all, "ja": all} }}
	}
	return nil
}
