package target

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

const redacted = "<redacted>"

// Secret is a webhook URL, key or token as a rule names it: a reference that
// is resolved when a message is sent, or the literal itself. It prints as
// "<redacted>" in every form, JSON and logs included.
//
// References are env:NAME for an environment variable of the function and, on
// AWS, ssm:NAME and secretsmanager:NAME, read through the parameters and
// secrets extension of Lambda.
//
// A target keeps its secrets in exported fields, embedding its Config: fmt
// calls no methods on a field that is not exported and would print the value.
type Secret string

// String returns "<redacted>", or nothing for a secret that is not set.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString keeps %#v from showing the value.
func (s Secret) GoString() string { return fmt.Sprintf("%q", s.String()) }

// MarshalText keeps encoders from writing the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps the value out of structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Literal tells whether the value itself stands in the rule, where everyone
// who may read the rule can read it.
func (s Secret) Literal() bool {
	return s != "" && s.scheme() == ""
}

// Reference returns the name in a reference, without what kind it is; false for
// a literal.
func (s Secret) Reference() (name string, ok bool) {
	if s.scheme() == "" {
		return "", false
	}
	_, name, _ = strings.Cut(string(s), ":")
	return name, true
}

func (s Secret) scheme() string {
	for _, scheme := range []string{"env", "ssm", "secretsmanager"} {
		if strings.HasPrefix(string(s), scheme+":") {
			return scheme
		}
	}
	return ""
}

// Reveal returns the value. A reference that leads to nothing is an error
// marked [Permanent] that names the reference, never the value; a parameter
// store that does not answer is an unmarked one. Reveal of a secret that is
// not set returns "".
func (s Secret) Reveal(ctx context.Context) (string, error) {
	scheme := s.scheme()
	name := strings.TrimPrefix(string(s), scheme+":")
	switch {
	case scheme == "":
		return string(s), nil
	case name == "":
		return "", Permanent(fmt.Errorf("target: secret reference %q has no name after the colon", string(s)))
	case scheme == "env":
		if v := strings.TrimSpace(os.Getenv(name)); v != "" {
			return v, nil
		}
		return "", Permanent(fmt.Errorf("target: environment variable %s is not set or empty: set it where the function runs", name))
	}
	v, err := fetchParameter(ctx, scheme, name)
	if err != nil {
		return "", err
	}
	if v == "" {
		return "", Permanent(errors.New("target: " + string(s) + " is empty"))
	}
	return v, nil
}
