package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Showing is a target with secrets that leave the function as they stand, as
// passwords and headers do, or that sign what a receiver of any host gets.
type Showing interface {
	// Shown returns those that leave as they stand, and the URL or host:port
	// that they are shown to, or a reference to that URL.
	Shown() (secrets []Secret, receiver string)
}

// shown returns the references that a target shows, and to whom, as a host or a
// reference to a URL. For a target that shows none, the receiver is "".
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

// DeclaredBy returns what targets refer to themselves: the secrets of a target
// that shows some ([Showing]) for its receiver's host alone, and those of the
// others for nobody: they sign, or are the receiver's URL. A configuration that
// its type refuses declares nothing.
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
				if host != "" && host != reference {
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
		if err == nil && scheme == "env" && receiver != "" && receiver != reference {
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
	case receiver == "" || len(one.hosts) == 0:
		return false
	case slices.Contains(one.hosts, receiver):
		return true
	}
	if receiver = d.place(ctx, receiver); within(one.hosts, receiver) {
		return true
	}
	return slices.ContainsFunc(one.hosts, func(host string) bool { return d.place(ctx, host) == receiver && receiver != "" })
}

// place returns the host that a reference to a URL leads to, and what is no
// reference as it is; "" when it leads nowhere.
func (d *Declared) place(ctx context.Context, host string) string {
	scheme, name, ok := Secret(host).reference()
	if !ok {
		return host
	}
	v, err := d.value(ctx, scheme, name, leads, "")
	if err != nil {
		return ""
	}
	return hostOf(v)
}

func notFor(reference, where string) error {
	return Permanent(fmt.Errorf("%s is not declared for this receiver: correct the target, or add the receiver's host to %s", reference, where))
}
