package secret

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// DeclaredVariable is the environment variable that says what the targets of a
// process may name; see [ParseDeclared].
const DeclaredVariable = "PAI_NOTIFY_SECRETS" //nolint:gosec // a name and no secret

// Declared is what the targets of a process may name as secrets, and who may be
// shown each. Whoever may change a rule's targets gains nothing beyond it:
// neither the credentials of the process nor other secrets of its store. The
// zero value declares nothing. It does not change, and is safe for concurrent
// use.
type Declared struct {
	entries []declaration
	stores  map[string]Store
	err     error // of a list that cannot be read
}

// Store reads a secret of a cloud's store, or of the package, by its name, without a "#". It caches
// what it reads, with an end, and fails with an error that says it is permanent when
// asking again does not help. Errors show no value.
type Store func(ctx context.Context, name string) (string, error)

// declaration is one entry.
type declaration struct {
	scheme, name string
	// key is what follows a "#": a member of a JSON object, or "*" for all of
	// them, which "env:" may then be followed by.
	key string
	// hosts may be shown the value, as parseHost returns them; everybody may
	// when bound is false.
	hosts []string
	bound bool
}

// ParseDeclared reads entries that are separated by blanks or commas:
//
//   - NAME, an environment variable that "env:" may be followed by. NAME@host,
//     which may be repeated with other hosts, is one that only that host may be
//     shown, in a header or as a password of SMTP, and that signs only for it.
//     A host may have a port, and may be a reference to a URL: NAME@env:URL is
//     the host that URL leads to. NAME@ is shown to nobody: it only signs, for
//     whatever host, or is itself the URL of a receiver.
//   - secretsmanager:ID#* or kms:NAME#*, a secret of the cloud's store that is a
//     JSON object: "env:" may be followed by the name of each of its members.
//   - file:NAME#*, a file of the same form in the package of the function, beside
//     its executable: a plain name, without a path. Targets cannot name it otherwise.
//   - ssm:NAME, secretsmanager:ID, secretsmanager:ID#KEY, kms:NAME and
//     kms:NAME#KEY, references that may be written so; a "*" at the end of the
//     name stands for any end.
//
// Names of the process's own credentials and settings ([Reserved]) are refused.
func ParseDeclared(text string) (*Declared, error) {
	d := &Declared{}
	for _, entry := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c <= ' ' }) {
		one, err := parseDeclaration(entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", DeclaredVariable, err)
		}
		d.add(one)
	}
	return d, nil
}

func parseDeclaration(entry string) (declaration, error) {
	if name, ok := strings.CutPrefix(entry, "file:"); ok {
		name, all := strings.CutSuffix(name, "#*")
		if !all || !FileName(name) {
			return declaration{}, fmt.Errorf("%.100q declares nothing: write file:NAME#*, where NAME is a file beside the executable, without a path", entry)
		}
		return declaration{scheme: "file", name: name, key: "*"}, nil
	}
	if scheme, rest, ok := strings.Cut(entry, ":"); ok && scheme != "env" && slices.Contains(schemes, scheme) {
		name, key, keyed := strings.Cut(rest, "#")
		open := strings.HasSuffix(name, "*")
		if !storeName(strings.TrimSuffix(name, "*")) || keyed && (key != "*" && !storeName(key) || open || scheme == "ssm") {
			return declaration{}, fmt.Errorf("%.100q declares nothing: write ssm:NAME, secretsmanager:ID#* or kms:NAME#*", entry)
		}
		return declaration{scheme: scheme, name: name, key: key}, nil
	}
	name, host, bound := strings.Cut(strings.TrimPrefix(entry, "env:"), "@")
	switch {
	case !identifier(name):
		return declaration{}, fmt.Errorf("%.100q is no name of a variable, and no secret of a store: write NAME, NAME@host, secretsmanager:ID#*, kms:NAME#* or file:NAME#*", entry)
	case Reserved(name):
		return declaration{}, fmt.Errorf("%s cannot be declared: %w", name, ErrReserved)
	}
	one := declaration{scheme: "env", name: name, bound: bound}
	if host != "" {
		host, err := parseHost(host)
		if err != nil {
			return declaration{}, fmt.Errorf("%.100q: what follows the @ %w", entry, err)
		}
		one.hosts = []string{host}
	}
	return one, nil
}

// FileName tells whether a file of secrets may be called so: by a plain name of
// letters, digits, ".", "-" and "_", which is no path and not hidden.
func FileName(name string) bool {
	return name != "" && name[0] != '.' && strings.TrimFunc(name, func(c rune) bool { return inWord(c) || c == '.' }) == ""
}

// add puts an entry to those of its name.
func (d *Declared) add(one declaration) {
	i := slices.IndexFunc(d.entries, func(have declaration) bool {
		return have.scheme == one.scheme && have.name == one.name && have.key == one.key
	})
	if i < 0 {
		one.hosts = slices.Clone(one.hosts)
		d.entries = append(d.entries, one)
		return
	}
	have := &d.entries[i]
	if !have.bound || !one.bound {
		have.bound, have.hosts = false, nil
		return
	}
	for _, host := range one.hosts {
		if !slices.Contains(have.hosts, host) {
			have.hosts = append(have.hosts, host)
		}
	}
}

// DeclaredHere returns what [DeclaredVariable] declares for this process, read by
// the stores, which are by their scheme. What is wrong with it is the error of
// each secret.
func DeclaredHere(stores map[string]Store) *Declared {
	d, err := ParseDeclared(os.Getenv(DeclaredVariable))
	if err != nil {
		return &Declared{err: permanent(err)}
	}
	return d.From(stores)
}

// From returns d with its secrets read by other stores.
func (d *Declared) From(stores map[string]Store) *Declared {
	return &Declared{entries: d.entries, stores: stores, err: d.err}
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
		default:
			for _, host := range one.hosts {
				list = append(list, one.name+"@"+host)
			}
		}
	}
	return strings.Join(list, " ")
}

// Variables returns the names of the variables of this process that are declared.
func (d *Declared) Variables() []string {
	var names []string
	for _, one := range d.entries {
		if one.scheme == "env" {
			names = append(names, one.name)
		}
	}
	return names
}

// And returns what either declares. Its secrets are read by the stores of d.
func (d *Declared) And(other *Declared) *Declared {
	both := &Declared{stores: d.stores, err: cmp.Or(d.err, other.err)}
	for _, one := range slices.Concat(d.entries, other.entries) {
		both.add(one)
	}
	return both
}

// Only returns what d declares of the variables of these names.
func (d *Declared) Only(names []string) *Declared {
	some := &Declared{stores: d.stores, err: d.err}
	for _, one := range d.entries {
		if one.scheme == "env" && slices.Contains(names, one.name) {
			some.add(one)
		}
	}
	return some
}

type declaredKey struct{}

// In returns a context in which [Secret.Reveal] keeps to d.
func (d *Declared) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, declaredKey{}, d)
}

// DeclaredIn returns what ctx declares, or else [DeclaredVariable].
func DeclaredIn(ctx context.Context) *Declared {
	if d, ok := ctx.Value(declaredKey{}).(*Declared); ok && d != nil {
		return d
	}
	return DeclaredHere(nil)
}

// mayName fails, for good, for a reference that is not declared.
func (d *Declared) mayName(scheme, name string) error {
	switch {
	case scheme == "env" && Reserved(name):
		return permanent(fmt.Errorf("env:%s: %w", name, ErrReserved))
	case d.err != nil:
		return d.err
	case scheme == "env":
		for _, one := range d.entries {
			if one.scheme == "env" && one.name == name || one.key == "*" {
				return nil
			}
		}
		return undeclared(scheme+":"+name, name)
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

// ErrUndeclared is matched by the error of a reference that is not declared.
var ErrUndeclared = errors.New("is not declared for targets here")

func undeclared(reference, entry string) error {
	return permanent(fmt.Errorf("%s %w: whoever runs the function adds %s to %s", reference, ErrUndeclared, entry, DeclaredVariable))
}
