package aws

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// keys hands out credentials and remembers them, because a refusal of AWS may
// say back what a request was signed with, its session token included.
type keys struct {
	provider aws.CredentialsProvider

	mu   sync.Mutex
	seen []string
}

// remembered is how many values are kept: those of a few turns of credentials
// that change by the hour.
const remembered = 12

// credentialsError tells a failure to get credentials from a failed call.
type credentialsError struct{ cause error }

func (e *credentialsError) Error() string { return "no credentials: " + e.cause.Error() }
func (e *credentialsError) Unwrap() error { return e.cause }

func newKeys(provider aws.CredentialsProvider) *keys {
	if provider == nil {
		return &keys{}
	}
	return &keys{provider: aws.NewCredentialsCache(provider)}
}

// Retrieve implements [aws.CredentialsProvider].
func (k *keys) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if k.provider == nil {
		return aws.Credentials{}, &credentialsError{errors.New("none are given")}
	}
	c, err := k.provider.Retrieve(ctx)
	if err == nil && !c.HasKeys() {
		err = errors.New("the key or its secret is empty")
	}
	if err != nil {
		return aws.Credentials{}, &credentialsError{err}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, value := range []string{c.AccessKeyID, c.SecretAccessKey, c.SessionToken} {
		if value != "" && !slices.Contains(k.seen, value) {
			k.seen = append(k.seen, value)
		}
	}
	k.seen = k.seen[max(0, len(k.seen)-remembered):]
	return c, nil
}

func (k *keys) redact(text string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, value := range k.seen {
		text = strings.ReplaceAll(text, value, "<redacted>")
	}
	return text
}
