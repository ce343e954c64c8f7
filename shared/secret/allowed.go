package secret

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// DeclaredFor returns what a target refers to itself, each variable for the host
// of the receiver at an address alone; one that is the receiver's URL, for the
// host that it leads to.
func DeclaredFor(references []string, address string) *Declared {
	d := &Declared{}
	host := placeOf(address)
	for _, reference := range references {
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
	return d
}

// placeOf returns the host of an address, or the reference that it is.
func placeOf(address string) string {
	if reference, ok := Secret(address).Written(); ok {
		return reference
	}
	return hostOf(address)
}

// Allow tells which references of a target are not declared, or not for the
// receiver at its address, which the shown secrets leave as they stand. It reads
// no secret of a store: what a JSON secret holds, and for whom, shows when it is
// read.
func (d *Declared) Allow(references []string, shown []Secret, address string) error {
	var wrong []error
	receiver := placeOf(address)
	for _, reference := range references {
		scheme, name, _ := Secret(reference).reference()
		err := d.mayName(scheme, name)
		if err == nil && scheme == "env" && reference != receiver {
			use := signs
			if slices.ContainsFunc(shown, func(s Secret) bool { written, ok := s.Written(); return ok && written == reference }) {
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

// MayName fails, for good, for a reference that is not declared.
func (d *Declared) MayName(s Secret) error {
	scheme, name, ok := s.reference()
	if !ok {
		return nil
	}
	return d.mayName(scheme, name)
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
	return notFor("env:"+name, DeclaredVariable)
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
	return permanent(fmt.Errorf("%s %w: correct the target, or have its host added to %s", reference, errNotForReceiver, where))
}
