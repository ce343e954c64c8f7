package target

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// InvalidParameter is the error of one parameter of a target.
type InvalidParameter struct {
	// Parameter leads to the value within the configuration, such as
	// "headers.Authorization".
	Parameter string
	// Text says what is wrong and what to write instead. It does not show a secret.
	Text string
}

// Error names the parameter, then says what is wrong with it.
func (e InvalidParameter) Error() string { return e.Parameter + ": " + e.Text }

// Invalid returns an [InvalidParameter], which a target type's constructor fails
// with.
func Invalid(parameter, format string, arguments ...any) error {
	return InvalidParameter{parameter, fmt.Sprintf(format, arguments...)}
}

// Misreferences is the error of a configuration whose parameters look like
// references to values elsewhere and are not read there, or name what nobody may
// name, in their order.
type Misreferences []InvalidParameter

// Error names each parameter with what to write instead.
func (m Misreferences) Error() string {
	texts := make([]string, len(m))
	for i, one := range m {
		texts[i] = one.Error()
	}
	return strings.Join(texts, "; ")
}

// misreferences looks through the texts of a configuration.
func misreferences(v reflect.Value, path string) Misreferences {
	return walk(v, path, func(v reflect.Value, header bool) error {
		if v.Type() == reflect.TypeFor[Secret]() {
			return Secret(v.String()).check(header)
		}
		return CheckPlain(v.String())
	})
}

// undeclaredIn looks through the secrets of a configuration for those that d
// does not declare.
func (d *Declared) undeclaredIn(v reflect.Value) Misreferences {
	return walk(v, "", func(v reflect.Value, _ bool) error {
		if v.Type() != reflect.TypeFor[Secret]() {
			return nil
		}
		if scheme, name, ok := Secret(v.String()).reference(); ok {
			return d.mayName(scheme, name)
		}
		return nil
	})
}

// walk has the texts of a configuration checked; header tells of one that it is
// a secret in a map, as headers are.
func walk(v reflect.Value, path string, check func(v reflect.Value, header bool) error) Misreferences {
	var err error
	if v.Kind() == reflect.String {
		err = check(v, false)
	}
	if err != nil {
		return Misreferences{{path, err.Error()}}
	}
	var found Misreferences
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			found = walk(v.Elem(), path, check)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			found = append(found, walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), check)...)
		}
	case reflect.Map:
		found = inMap(v, path, check)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := path
			if name != "" {
				at = join(path, name)
			}
			if f.IsExported() || f.Anonymous {
				found = append(found, walk(v.Field(i), at, check)...)
			}
		}
	default:
	}
	return found
}

// inMap looks through values by names of the writer's own. Those that are
// secrets are headers.
func inMap(v reflect.Value, path string, check func(reflect.Value, bool) error) Misreferences {
	var found Misreferences
	values := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		values[key.String()] = v.MapIndex(key)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		at := path
		if strings.TrimFunc(key, inWord) == "" { // else it may be anything, a secret too
			at = join(path, key)
		}
		value := values[key]
		if value.Type() != reflect.TypeFor[Secret]() {
			found = append(found, walk(value, at, check)...)
		} else if err := check(value, true); err != nil {
			found = append(found, InvalidParameter{at, err.Error()})
		}
	}
	return found
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
