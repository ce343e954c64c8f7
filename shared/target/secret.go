package target

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
)

const redacted = "<redacted>"

// Secret is a webhook URL, key or token as a rule names it: a reference that
// is resolved when a message is sent, or the literal itself. It prints as
// "<redacted>" in every form, JSON and logs included.
//
// References are env:NAME for an environment variable of the function and, on
// AWS, ssm:NAME and secretsmanager:NAME, read through the parameters and
// secrets extension of Lambda. In a header, a word may stand before one, as in
// "Bearer env:NAME". What looks like a reference and is none of these is
// refused by [Spec.Open], and by Reveal.
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
	_, scheme, _ := s.split()
	return s != "" && scheme == "" && !slices.ContainsFunc(schemes, func(scheme string) bool {
		return strings.HasPrefix(string(s), scheme+":")
	})
}

// Reference returns the name in a reference, without what kind it is and what
// stands before it; false for a literal.
func (s Secret) Reference() (name string, ok bool) {
	_, scheme, name := s.split()
	return name, scheme != ""
}

// Reveal returns the value, without blanks and line breaks around it, which
// come along when one is pasted. A reference that leads to nothing, or is not
// one, is an error marked [Permanent] that names no value; a parameter store
// that does not answer is an unmarked one. Reveal of a secret that is not set
// returns "".
func (s Secret) Reveal(ctx context.Context) (string, error) {
	word, scheme, name := s.split()
	if scheme == "" {
		if err := s.check(false); err != nil {
			return "", Permanent(err)
		}
	}
	var v string
	var err error
	switch scheme {
	case "":
		return strings.TrimSpace(string(s)), nil
	case "env":
		if v = strings.TrimSpace(os.Getenv(name)); v == "" {
			return "", Permanent(fmt.Errorf("target: environment variable %s is not set or empty: set it where the function runs", name))
		}
	default:
		if v, err = fetchParameter(ctx, scheme, name); err != nil {
			return "", err
		}
		if v = strings.TrimSpace(v); v == "" {
			return "", Permanent(errors.New("target: " + scheme + ":" + name + " is empty"))
		}
	}
	return strings.TrimSpace(word + " " + v), nil
}
