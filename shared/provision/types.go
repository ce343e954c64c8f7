package provision

import (
	"reflect"
	"slices"

	"github.com/pai-notify/pai-notify/shared/target"
)

// targetTypes are the target types that a document may name. They come with the
// document, which was read with them.
type targetTypes []target.Spec

func (types targetTypes) find(typ string) (target.Spec, bool) {
	i := slices.IndexFunc(types, func(s target.Spec) bool { return s.Type == typ })
	if i < 0 {
		return target.Spec{}, false
	}
	return types[i], true
}

// costMoney reports whether each message of a target type costs money.
func (types targetTypes) costMoney(typ string) bool {
	spec, ok := types.find(typ)
	return ok && spec.AtMostOnce()
}

// address returns where a receiver's messages go, with its type; "" when that is
// unknown.
func (types targetTypes) address(r target.Receiver) string {
	spec, ok := types.find(r.Type)
	if !ok {
		return ""
	}
	opened, err := spec.Open(r.Parameters)
	if err != nil {
		return ""
	}
	a, ok := opened.(target.Addressed)
	if !ok {
		return ""
	}
	return r.Type + " " + a.Address()
}

// harmless reports whether the type's configuration has the key and no secret can
// be under it.
func (types targetTypes) harmless(typ, key string) bool {
	spec, ok := types.find(typ)
	if !ok || spec.Config == nil {
		return false
	}
	of, ok := member(reflect.TypeOf(spec.Config), key)
	return ok && !holdsSecret(of, 0)
}
