// Package secret resolves the secrets that targets name by reference. A process
// gives out only secrets that its operator declared, and only to the receivers
// that they were declared for.
package secret

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

const redacted = "<redacted>"

// Secret is a webhook URL, key or token as a rule names it: a reference that
// is resolved when a message is sent, or the literal itself. It prints as
// "<redacted>" in every form, JSON and logs included.
//
// References are env:NAME, for an environment variable of the function or a
// member of its JSON secret; on AWS ssm:NAME, secretsmanager:ID and
// secretsmanager:ID#KEY; on Alibaba Cloud kms:NAME and kms:NAME#KEY. Only what
// is [Declared] can be named. In a header, a word may stand before one, as in
// "Bearer env:NAME". What looks like a reference and is none of these is
// refused by the target types, and by Reveal.
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
	_, name, ok = s.reference()
	return name, ok
}

// Written returns a reference without what stands before it; false for a literal.
func (s Secret) Written() (reference string, ok bool) {
	scheme, name, ok := s.reference()
	return scheme + ":" + name, ok
}

// reference returns what kind of reference it is as well.
func (s Secret) reference() (scheme, name string, ok bool) {
	_, scheme, name = s.split()
	return scheme, name, scheme != ""
}

// Reveal returns the value of a secret that is the URL of a receiver, without
// blanks and line breaks around it, which come along when one is pasted. What a
// receiver is shown is revealed by [Secret.RevealTo], and what signs for it by
// [Secret.SignFor].
//
// A reference that is not declared for this process ([Declared]), that leads to
// nothing, or is none, is an error that says it is permanent that names no value; a
// store that does not answer is an unmarked one. Reveal of a secret that is not
// set returns "".
func (s Secret) Reveal(ctx context.Context) (string, error) { return s.reveal(ctx, leads, "") }

// RevealTo is Reveal of a secret that the receiver, a URL or host:port, is shown
// as it stands. It fails, for good, when the secret is declared for others only.
func (s Secret) RevealTo(ctx context.Context, receiver string) (string, error) {
	return s.reveal(ctx, shows, receiver)
}

// SignFor is Reveal of a secret that signs what the receiver gets, which is not
// shown the secret itself. It fails, for good, when the secret is declared for
// the hosts of others.
func (s Secret) SignFor(ctx context.Context, receiver string) (string, error) {
	return s.reveal(ctx, signs, receiver)
}

func (s Secret) reveal(ctx context.Context, use use, receiver string) (string, error) {
	word, scheme, name := s.split()
	if scheme == "" {
		if err := s.Check(false); err != nil {
			return "", permanent(err)
		}
		return strings.TrimSpace(string(s)), nil
	}
	v, err := DeclaredIn(ctx).value(ctx, scheme, name, use, hostOf(receiver))
	if err != nil {
		return "", fmt.Errorf("target: %w", err)
	}
	if v = strings.TrimSpace(v); v == "" {
		return "", permanent(errors.New("target: " + scheme + ":" + name + " is empty"))
	}
	return strings.TrimSpace(word + " " + v), nil
}
