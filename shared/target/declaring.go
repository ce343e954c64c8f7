package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Showing is a target with secrets: it tells whom they are for.
type Showing interface {
	// Shown returns the secrets that leave the function as they stand, as
	// passwords and headers do, and the URL or host:port of the receiver, or a
	// reference to its URL. The target's other secrets sign for that receiver.
	Shown() (secrets []Secret, receiver string)
}

// shown returns the references that a target shows, and to whom: a host or a
// reference to a URL, "" when it does not tell.
func shown(t Target) (references []string, receiver string) {
	s, ok := t.(Showing)
	if !ok {
		return nil, ""
	}
	secrets, address := s.Shown()
	for _, secret := range secrets {
		if scheme, name, ok := secret.reference(); ok {
			references = append(references, scheme+":"+name)
		}
	}
	if scheme, name, ok := Secret(address).reference(); ok {
		return references, scheme + ":" + name
	}
	return references, hostOf(address)
}

// DeclaredBy returns what targets refer to themselves, each variable for the host
// of its target's receiver alone; one that is the receiver's URL, for the host
// that it leads to. A configuration that its type refuses declares nothing.
//
// It declares no more than d when d allows the targets ([Declared.Check]): who
// may put targets does not widen by them what later ones may name.
func DeclaredBy(specs []Spec, receivers []Receiver) *Declared {
	d := &Declared{}
	for _, receiver := range receivers {
		i := slices.IndexFunc(specs, func(s Spec) bool { return s.Type == receiver.Type })
		if i < 0 {
			continue
		}
		t, err := specs[i].Open(receiver.Parameters)
		if err != nil {
			continue
		}
		_, host := shown(t)
		for _, reference := range References(receiver.Parameters) {
			one, err := parseDeclaration(reference)
			if err != nil {
				continue // reserved
			}
			if one.scheme == "env" {
				one.bound = true
				if host != "" {
					one.hosts = []string{host}
				}
			}
			d.add(one)
		}
	}
	return d
}

// Check tells which references of a target are not declared, or not for its
// receiver. It reads no secret of a store: what a JSON secret holds, and for
// whom, shows when it is read. A configuration that its type refuses is wrong.
func (d *Declared) Check(spec Spec, parameters json.RawMessage) error {
	t, err := spec.Open(parameters)
	if err != nil {
		return err
	}
	var wrong []error
	references, receiver := shown(t)
	for _, reference := range References(parameters) {
		scheme, name, _ := Secret(reference).reference()
		err := d.mayName(scheme, name)
		if err == nil && scheme == "env" && reference != receiver {
			use := signs
			if slices.Contains(references, reference) {
				use = shows
			}
			err = d.mayReach(name, use, receiver)
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// Names tells which references in a text in JSON are not declared.
func (d *Declared) Names(text json.RawMessage) error {
	var wrong []error
	for _, reference := range References(text) {
		scheme, name, _ := Secret(reference).reference()
		wrong = append(wrong, d.mayName(scheme, name))
	}
	return errors.Join(wrong...)
}

// IsUndeclared tells of an error that a reference is not declared, or not for
// its receiver, or never.
func IsUndeclared(err error) bool {
	return errors.Is(err, ErrUndeclared) || errors.Is(err, errNotForReceiver) || errors.Is(err, ErrReserved)
}

// mayReach fails for a variable of this process that is declared for other
// receivers only.
func (d *Declared) mayReach(name string, use use, receiver string) error {
	i := slices.IndexFunc(d.entries, func(one declaration) bool { return one.scheme == "env" && one.name == name })
	if i < 0 || d.entries[i].admits(context.Background(), d, use, receiver) {
		return nil
	}
	return notFor("env:"+name, SecretsVariable)
}

// use is what becomes of a secret.
type use int

const (
	leads use = iota // it is the URL of a receiver
	signs            // it signs what the receiver gets
	shows            // the receiver gets it as it stands
)

// admits tells whether a receiver, a host or a reference to a URL, may have a
// secret used for it. Hosts that are references lead where their URLs do now.
func (one declaration) admits(ctx context.Context, d *Declared, use use, receiver string) bool {
	switch {
	case use == leads, !one.bound, use == signs && len(one.hosts) == 0:
		return true
	case receiver == "":
		return false
	case slices.Contains(one.hosts, receiver):
		return true
	}
	receiver = d.place(ctx, receiver)
	return within(one.hosts, receiver) ||
		slices.ContainsFunc(one.hosts, func(host string) bool { return receiver != "" && d.place(ctx, host) == receiver })
}

// place returns the host that a reference to a URL leads to, and what is no
// reference as it is; "" when it leads nowhere.
func (d *Declared) place(ctx context.Context, host string) string {
	scheme, name, ok := Secret(host).reference()
	if !ok {
		return host
	}
	v, err := d.value(ctx, scheme, name, leads, "")
	if err != nil || !strings.Contains(v, "://") {
		return ""
	}
	return hostOf(v)
}

// errNotForReceiver is matched by the error of a secret that is declared for
// others.
var errNotForReceiver = errors.New("is not declared for this receiver")

func notFor(reference, where string) error {
	return Permanent(fmt.Errorf("%s %w: correct the target, or have its host added to %s", reference, errNotForReceiver, where))
}
