package target

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Misreference is a parameter that looks like a reference to a value elsewhere
// and would be sent as it stands, because it is not one that is read there.
type Misreference struct {
	// Parameter leads to the value within the configuration, such as
	// "headers.Authorization".
	Parameter string
	// Text says what to write instead. It does not show the value.
	Text string
}

// Misreferences is the error of a configuration with values that look like
// references and are not read as any, in the order of its parameters.
type Misreferences []Misreference

// Error names each parameter with what to write instead.
func (m Misreferences) Error() string {
	texts := make([]string, len(m))
	for i, one := range m {
		texts[i] = one.Parameter + ": " + one.Text
	}
	return strings.Join(texts, "; ")
}

// misreferences looks through the texts of a configuration.
func misreferences(v reflect.Value, path string) Misreferences {
	var err error
	switch {
	case v.Type() == reflect.TypeFor[Secret]():
		err = Secret(v.String()).check(false)
	case v.Kind() == reflect.String:
		err = CheckPlain(v.String())
	}
	if err != nil {
		return Misreferences{{path, err.Error()}}
	}
	var found Misreferences
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			found = misreferences(v.Elem(), path)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			found = append(found, misreferences(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case reflect.Map:
		found = inMap(v, path)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := path
			if name != "" {
				at = join(path, name)
			}
			if f.IsExported() || f.Anonymous {
				found = append(found, misreferences(v.Field(i), at)...)
			}
		}
	default:
	}
	return found
}

// inMap looks through values by names of the writer's own. Those that are
// secrets are headers.
func inMap(v reflect.Value, path string) Misreferences {
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
			found = append(found, misreferences(value, at)...)
		} else if err := Secret(value.String()).check(true); err != nil {
			found = append(found, Misreference{at, err.Error()})
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
