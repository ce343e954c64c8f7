package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

// SecretsVariable is the environment variable that says what the targets of a
// process may name; see [ParseDeclared].
const SecretsVariable = "PAI_NOTIFY_SECRETS"

// Declared is what the targets of a process may name as secrets, and to whom
// each may be shown. Whoever may change a rule's targets gains nothing beyond
// it: neither the credentials of the process nor other secrets of its store.
// The zero value declares nothing. It does not change, and is safe for
// concurrent use.
type Declared struct {
	entries []declaration
	stores  map[string]Store
	err     error // of a list that cannot be read
}

// Store reads a secret of a cloud's store by its name, without a "#". It caches
// what it reads, with an end, and fails with an error marked [Permanent] when
// asking again does not help. Errors show no value.
type Store func(ctx context.Context, name string) (string, error)

// declaration is one entry.
type declaration struct {
	scheme, name string
	// key is what follows a "#": a member of a JSON object, or "*" for all of
	// them, which "env:" may then be followed by.
	key string
	// hosts may be shown the value as it stands; all may when bound is false.
	hosts []string
	bound bool
}

// ParseDeclared reads entries that are separated by blanks or commas:
//
//   - NAME, an environment variable that "env:" may be followed by. NAME@host,
//     which may be repeated with other hosts or host:port, is one that only that
//     host may be shown, in a header or as a password of SMTP, and NAME@ one
//     that nobody may: it only signs.
//   - secretsmanager:ID#* or kms:NAME#*, a secret of the cloud's store that is a
//     JSON object: "env:" may be followed by the name of each of its members.
//   - ssm:NAME, secretsmanager:ID, secretsmanager:ID#KEY, kms:NAME and
//     kms:NAME#KEY, references that may be written so; a "*" at the end of the
//     name stands for any end.
//
// Names of the process's own credentials and settings are refused.
func ParseDeclared(text string) (*Declared, error) {
	d := &Declared{}
	for _, entry := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c <= ' ' }) {
		one, err := parseDeclaration(entry)
		if err != nil {
			return nil, err
		}
		d.add(one)
	}
	return d, nil
}

func parseDeclaration(entry string) (declaration, error) {
	if scheme, rest, ok := strings.Cut(entry, ":"); ok && scheme != "env" && slices.Contains(schemes, scheme) {
		name, key, keyed := strings.Cut(rest, "#")
		if !storeName(strings.TrimSuffix(name, "*")) || keyed && (key != "*" && !storeName(key) || strings.HasSuffix(name, "*") || scheme == "ssm") {
			return declaration{}, fmt.Errorf("%s: %q declares nothing: write ssm:NAME, secretsmanager:ID#* or kms:NAME#*", SecretsVariable, entry)
		}
		return declaration{scheme: scheme, name: name, key: key}, nil
	}
	name, host, bound := strings.Cut(strings.TrimPrefix(entry, "env:"), "@")
	switch {
	case !identifier(name):
		return declaration{}, fmt.Errorf("%s: %q is no name of a variable, and no secret of a store: write NAME, secretsmanager:ID#* or kms:NAME#*", SecretsVariable, entry)
	case Reserved(name):
		return declaration{}, fmt.Errorf("%s: %s cannot be declared: %w", SecretsVariable, name, errReserved)
	}
	one := declaration{scheme: "env", name: name, bound: bound}
	if host != "" {
		one.hosts = []string{strings.ToLower(host)}
	}
	return one, nil
}

// add puts an entry to those of its name.
func (d *Declared) add(one declaration) {
	for i, have := range d.entries {
		if have.scheme == one.scheme && have.name == one.name && have.key == one.key {
			d.entries[i].bound = have.bound && one.bound
			for _, host := range one.hosts {
				if !slices.Contains(have.hosts, host) {
					d.entries[i].hosts = append(d.entries[i].hosts, host)
				}
			}
			return
		}
	}
	d.entries = append(d.entries, one)
}

// DeclaredHere returns what [SecretsVariable] declares for this process, read by
// the stores, which are by their scheme. What is wrong with it is the error of
// each secret.
func DeclaredHere(stores map[string]Store) *Declared {
	d, err := ParseDeclared(os.Getenv(SecretsVariable))
	if err != nil {
		return &Declared{err: Permanent(fmt.Errorf("target: %w", err))}
	}
	d.stores = stores
	return d
}

// String returns the entries, as [ParseDeclared] reads them.
func (d *Declared) String() string {
	var list []string
	for _, one := range d.entries {
		switch {
		case one.scheme != "env" && one.key != "":
			list = append(list, one.scheme+":"+one.name+"#"+one.key)
		case one.scheme != "env":
			list = append(list, one.scheme+":"+one.name)
		case !one.bound:
			list = append(list, one.name)
		case len(one.hosts) == 0:
			list = append(list, one.name+"@")
		}
		if one.bound {
			for _, host := range one.hosts {
				list = append(list, one.name+"@"+host)
			}
		}
	}
	return strings.Join(list, " ")
}

// And returns what is declared by either. The stores are those of d.
func (d *Declared) And(other *Declared) *Declared {
	both := &Declared{stores: d.stores, err: d.err}
	for _, one := range slices.Concat(d.entries, other.entries) {
		one.hosts = slices.Clone(one.hosts)
		both.add(one)
	}
	return both
}

// DeclaredBy returns what targets refer to themselves: each secret that a target
// shows to its receiver ([Showing]) for that receiver's host, and the others for
// nobody. A configuration that its type refuses declares nothing.
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
		var shown []Secret
		var host string
		if s, ok := t.(Showing); ok {
			shown, host = s.Shown()
			if scheme, name, ok := Secret(host).reference(); ok && scheme == "env" {
				host = strings.TrimSpace(os.Getenv(name))
			}
			host = hostOf(host)
		}
		for _, reference := range References(receiver.Parameters) {
			scheme, name, _ := Secret(reference).reference()
			one := declaration{scheme: scheme, name: name}
			if scheme != "env" {
				one.name, one.key, _ = strings.Cut(name, "#")
				d.add(one)
				continue
			}
			one.bound = true
			if slices.ContainsFunc(shown, func(s Secret) bool { _, n, _ := s.reference(); return n == name }) && host != "" {
				one.hosts = []string{host}
			}
			d.add(one)
		}
	}
	return d
}

// Showing is a target that shows secrets to its receiver as they stand, as
// passwords and headers are.
type Showing interface {
	// Shown returns these secrets, and the URL or host:port of the receiver, or a
	// reference to it.
	Shown() (secrets []Secret, receiver string)
}

// hostOf returns the host and port of a URL or of a "host:port", in lower case;
// "" for what is neither.
func hostOf(address string) string {
	if !strings.Contains(address, "://") {
		address = "//" + address
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Hostname() == "" || u.User != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

// admits tells whether a receiver, as hostOf returns it, is one of the hosts. A
// host without a port admits all ports.
func (one declaration) admits(receiver string) bool {
	name, _, _ := net.SplitHostPort(receiver)
	return !one.bound || receiver != "" && slices.ContainsFunc(one.hosts, func(host string) bool {
		return host == receiver || strings.Trim(host, "[]") == name
	})
}

type declaredKey struct{}

// In returns a context in which [Secret.Reveal] keeps to d.
func (d *Declared) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, declaredKey{}, d)
}

// declaredIn returns what ctx declares, or else this process's variable.
func declaredIn(ctx context.Context) *Declared {
	if d, ok := ctx.Value(declaredKey{}).(*Declared); ok && d != nil {
		return d
	}
	return DeclaredHere(nil)
}

// Check tells which references in parameters of a target are not declared. It
// asks no store: what a JSON secret holds shows when it is read.
func (d *Declared) Check(parameters json.RawMessage) error {
	var wrong []error
	for _, reference := range References(parameters) {
		scheme, name, _ := Secret(reference).reference()
		if err := d.mayName(scheme, name); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

func (d *Declared) mayName(scheme, name string) error {
	if d.err != nil {
		return d.err
	}
	if scheme == "env" {
		if Reserved(name) {
			return Permanent(fmt.Errorf("env:%s: %w", name, errReserved))
		}
		for _, one := range d.entries {
			if one.scheme == "env" && one.name == name || one.key == "*" {
				return nil
			}
		}
		return undeclared("env:"+name, name)
	}
	id, key, _ := strings.Cut(name, "#")
	for _, one := range d.entries {
		prefix, open := strings.CutSuffix(one.name, "*")
		if one.scheme == scheme && (one.name == id || open && strings.HasPrefix(id, prefix)) && (one.key == "" || one.key == key || one.key == "*" && key != "") {
			return nil
		}
	}
	return undeclared(scheme+":"+name, scheme+":"+name)
}

func undeclared(reference, entry string) error {
	return Permanent(fmt.Errorf("%s is not declared for targets here: add %s to %s where the function runs", reference, entry, SecretsVariable))
}

// Missing is a reference that leads to no value.
type Missing struct {
	Reference string `json:"reference"`
	// Reason says why, without a value.
	Reason string `json:"reason"`
	// Unknown tells that a value may be there: the store did not answer.
	Unknown bool `json:"unknown,omitempty"`
}

// Look returns which of the references lead to no value that ctx declares and
// this process has, in their order. Nothing is sent.
func Look(ctx context.Context, references []string) []Missing {
	reasons := make([]error, len(references))
	var all sync.WaitGroup
	for i, reference := range references {
		all.Go(func() { _, reasons[i] = Secret(reference).Reveal(ctx) })
	}
	all.Wait()
	missing := []Missing{}
	for i, err := range reasons {
		if _, _, ok := Secret(references[i]).reference(); !ok && err == nil {
			err = Permanent(errMalformed)
		}
		if err != nil {
			missing = append(missing, Missing{references[i], strings.TrimPrefix(err.Error(), "target: "), !IsPermanent(err)})
		}
	}
	return missing
}
