package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// value returns what a reference leads to, for a use by a receiver; "" when that
// is empty.
func (d *Declared) value(ctx context.Context, scheme, name string, use use, receiver string) (string, error) {
	if err := d.mayName(scheme, name); err != nil {
		return "", err
	}
	v, err := d.read(ctx, scheme, name, use, receiver)
	if isPermanent(err) && len(d.stores) > 0 {
		// It may have been put there since the store was asked.
		return d.read(Fresh(ctx), scheme, name, use, receiver)
	}
	return v, err
}

// read is value for a reference that may be named, of what stores remember.
func (d *Declared) read(ctx context.Context, scheme, name string, use use, receiver string) (string, error) {
	if scheme == "env" {
		return d.variable(ctx, name, use, receiver)
	}
	id, key, keyed := strings.Cut(name, "#")
	text, err := d.stored(ctx, scheme, id)
	switch {
	case err != nil:
		return "", err
	case keyed:
		v, found, err := d.member(ctx, text, scheme+":"+id, key, use, receiver)
		if err == nil && !found {
			err = permanent(fmt.Errorf("%s:%s has no member %q", scheme, id, key))
		}
		return v, err
	case strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text)):
		return "", permanent(fmt.Errorf("%s:%s is a JSON object: write %s:%s#KEY to name one of its members", scheme, id, scheme, id))
	}
	return text, nil
}

// variable returns a variable of this process, or the member of that name of a
// JSON secret.
func (d *Declared) variable(ctx context.Context, name string, use use, receiver string) (string, error) {
	var asked []string
	for _, one := range d.entries {
		switch {
		case one.scheme == "env" && one.name == name:
			v := strings.TrimSpace(os.Getenv(name))
			if v == "" {
				continue
			}
			if !one.admits(ctx, d, use, receiver) {
				return "", notFor("env:"+name, DeclaredVariable)
			}
			return v, nil
		case one.key == "*":
			secret := one.scheme + ":" + one.name
			text, err := d.stored(ctx, one.scheme, one.name)
			if err != nil {
				return "", fmt.Errorf("env:%s: %w", name, err)
			}
			if v, found, err := d.member(ctx, text, secret, name, use, receiver); found || err != nil {
				return v, err
			}
			asked = append(asked, secret)
		}
	}
	if asked == nil {
		return "", permanent(fmt.Errorf("environment variable %s is not set or empty: set it where the function runs", name))
	}
	return "", permanent(fmt.Errorf("env:%s: the secret %s has no member %s: put it there with pai-notify secrets push", name, strings.Join(asked, " or "), name))
}

// stored reads a secret of a store.
func (d *Declared) stored(ctx context.Context, scheme, name string) (string, error) {
	read, ok := d.stores[scheme]
	if !ok {
		return "", permanent(fmt.Errorf("%s:%s cannot be read here: ssm and secretsmanager are read by functions on AWS Lambda, kms by those on Function Compute, and a file by functions from their package; use env:NAME elsewhere", scheme, name))
	}
	return read(ctx, name)
}

// member returns a member of a JSON secret: a text, or an object with the text
// as its value and the hosts that may have it.
func (d *Declared) member(ctx context.Context, text, secret, name string, use use, receiver string) (v string, found bool, err error) {
	raw, err := memberOf(text, name)
	if err != nil {
		return "", false, permanent(fmt.Errorf("%s %w: fill it with pai-notify secrets push", secret, err))
	}
	if raw == nil {
		return "", false, nil
	}
	v, hosts, bound, err := ReadMember(raw)
	if err != nil {
		return "", true, permanent(fmt.Errorf("%s: the member %s %w: fill it with pai-notify secrets push", secret, name, err))
	}
	one := declaration{hosts: hosts, bound: bound}
	if !one.admits(ctx, d, use, receiver) {
		return "", true, notFor(secret+"#"+name, "the hosts of that member")
	}
	return v, true, nil
}

// ReadMember reads a member of a JSON secret: a text, which may be shown to
// anybody, or an object with the text as its value and the hosts that it is bound
// to. Its errors do not show the value.
func ReadMember(raw json.RawMessage) (value string, hosts []string, bound bool, err error) {
	if raw[0] == '"' && json.Unmarshal(raw, &value) == nil {
		return value, nil, false, nil
	}
	full := struct {
		Value *string         `json:"value"`
		Hosts json.RawMessage `json:"hosts"`
	}{}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if raw[0] != '{' || decoder.Decode(&full) != nil || full.Value == nil {
		return "", nil, false, errMember
	}
	hosts, bound, err = hostsOf(full.Hosts)
	return *full.Value, hosts, bound, err
}

var (
	errMember = errors.New(`is neither a text nor an object with "value" and "hosts"`)
	errObject = errors.New("is no JSON object with names and values")
	errTwice  = errors.New("has two members of one name")
)

// memberOf returns the text of a member of a JSON object; nil when there is
// none. Of two with one name nobody can tell which is meant.
func memberOf(text, name string) (json.RawMessage, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
		return nil, errObject
	}
	var found json.RawMessage
	for named, value := range event.Each([]byte(text)) {
		if named != name {
			continue
		}
		if found != nil {
			return nil, errTwice
		}
		found = value
	}
	return found, nil
}

// hostsOf reads the hosts of a member; bound is false when there are none.
func hostsOf(raw json.RawMessage) (hosts []string, bound bool, err error) {
	if raw == nil {
		return nil, false, nil
	}
	var list []string
	if raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		return nil, true, errMember
	}
	for _, text := range list {
		host, err := parseHost(text)
		if err != nil {
			return nil, true, fmt.Errorf("has a host that %w", err)
		}
		hosts = append(hosts, host)
	}
	return hosts, true, nil
}
