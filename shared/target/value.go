package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// value returns what a reference leads to; "" when that is empty. to is who is
// shown it as it stands; nil when nobody is.
func (d *Declared) value(ctx context.Context, scheme, name string, to *string) (string, error) {
	if err := d.mayName(scheme, name); err != nil {
		return "", err
	}
	if scheme == "env" {
		return d.variable(ctx, name, to)
	}
	id, key, keyed := strings.Cut(name, "#")
	text, err := d.stored(ctx, scheme, id)
	switch {
	case err != nil:
		return "", err
	case keyed:
		v, found, err := member(text, scheme+":"+id, key, to)
		if err == nil && !found {
			err = Permanent(fmt.Errorf("%s:%s has no member %q", scheme, id, key))
		}
		return v, err
	case strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text)):
		return "", Permanent(fmt.Errorf("%s:%s is a JSON object: write %s:%s#KEY to name one of its members", scheme, id, scheme, id))
	}
	return text, nil
}

// variable returns a variable of this process or the member of that name of a
// JSON secret.
func (d *Declared) variable(ctx context.Context, name string, to *string) (string, error) {
	declared, asked := false, ""
	for _, one := range d.entries {
		switch {
		case one.scheme == "env" && one.name == name:
			declared = true
			v := strings.TrimSpace(os.Getenv(name))
			if v == "" {
				continue
			}
			if to != nil && !one.admits(*to) {
				return "", notForHost("env:"+name, SecretsVariable)
			}
			return v, nil
		case one.key == "*":
			text, err := d.stored(ctx, one.scheme, one.name)
			if err != nil {
				return "", fmt.Errorf("env:%s: %w", name, err)
			}
			asked = one.scheme + ":" + one.name
			if v, found, err := member(text, asked, name, to); found || err != nil {
				return v, err
			}
		}
	}
	switch {
	case declared && asked == "":
		return "", Permanent(fmt.Errorf("environment variable %s is not set or empty: set it where the function runs", name))
	case asked != "":
		return "", Permanent(fmt.Errorf("env:%s: the secret %s has no member %s: put it there with pai-notify secrets push", name, asked, name))
	}
	return "", undeclared("env:"+name, name)
}

// stored reads a secret of a store.
func (d *Declared) stored(ctx context.Context, scheme, name string) (string, error) {
	read, ok := d.stores[scheme]
	if !ok {
		return "", Permanent(fmt.Errorf("%s:%s cannot be read here: ssm and secretsmanager are read by functions on AWS Lambda, kms by those on Function Compute; use env:NAME elsewhere", scheme, name))
	}
	return read(ctx, name)
}

// member returns a member of a JSON secret: a text, or an object with the text
// as its value and the hosts that may be shown it.
func member(text, secret, name string, to *string) (v string, found bool, err error) {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil || object == nil {
		return "", false, Permanent(fmt.Errorf("%s is no JSON object with names and values: fill it with pai-notify secrets push", secret))
	}
	raw, found := object[name]
	if !found {
		return "", false, nil
	}
	if json.Unmarshal(raw, &v) == nil && raw[0] == '"' {
		return v, true, nil
	}
	var full struct {
		Value *string   `json:"value"`
		Hosts *[]string `json:"hosts"`
	}
	if json.Unmarshal(raw, &full) != nil || full.Value == nil {
		return "", true, Permanent(fmt.Errorf("%s: the member %s is neither a text nor an object with value and hosts: fill it with pai-notify secrets push", secret, name))
	}
	if full.Hosts != nil && to != nil {
		one := declaration{bound: true}
		for _, host := range *full.Hosts {
			one.hosts = append(one.hosts, strings.ToLower(host))
		}
		if !one.admits(*to) {
			return "", true, notForHost(secret+"#"+name, "the secret's hosts")
		}
	}
	return *full.Value, true, nil
}

func notForHost(reference, where string) error {
	return Permanent(errors.New(reference + " is not declared to be shown to this receiver: it would leave the function as it stands; correct the target, or add the receiver's host to " + where))
}
