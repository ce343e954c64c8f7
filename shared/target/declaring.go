package target

import (
	"encoding/json"
	"slices"

	"github.com/pai-notify/pai-notify/shared/secret"
)

// Secret is a webhook URL, key or token as a rule names it: see
// [secret.Secret].
type Secret = secret.Secret

// Showing is a target with secrets: it tells whom they are for.
type Showing interface {
	// Shown returns the secrets that leave the function as they stand, as
	// passwords and headers do, and the URL or host:port of the receiver, or a
	// reference to its URL. The target's other secrets sign for that receiver.
	Shown() (secrets []Secret, receiver string)
}

// shown returns the secrets that a target shows, and to whom; "" when it does
// not tell.
func shown(t Target) (secrets []Secret, receiver string) {
	if s, ok := t.(Showing); ok {
		return s.Shown()
	}
	return nil, ""
}

// DeclaredBy returns what targets refer to themselves, each variable for the host
// of its target's receiver alone; one that is the receiver's URL, for the host
// that it leads to. A configuration that its type refuses declares nothing.
//
// It declares no more than d when d allows the targets ([Spec.Allowed]): who
// may put targets does not widen by them what later ones may name.
func DeclaredBy(specs []Spec, receivers []Receiver) *secret.Declared {
	d := &secret.Declared{}
	for _, receiver := range receivers {
		i := slices.IndexFunc(specs, func(s Spec) bool { return s.Type == receiver.Type })
		if i < 0 {
			continue
		}
		t, err := specs[i].Open(receiver.Parameters)
		if err != nil {
			continue
		}
		_, address := shown(t)
		d = d.And(secret.DeclaredFor(secret.References(receiver.Parameters), address))
	}
	return d
}

// Allowed tells which references of a target d does not declare, or not for its
// receiver ([secret.Declared.Allow]). A configuration that its type refuses is
// wrong.
func (s Spec) Allowed(d *secret.Declared, parameters json.RawMessage) error {
	t, err := s.Open(parameters)
	if err != nil {
		return err
	}
	secrets, address := shown(t)
	return d.Allow(secret.References(parameters), secrets, address)
}
