package openapi

import (
	"context"
	"errors"

	"github.com/aliyun/credentials-go/credentials"
)

// key is an access key, with its token when it is temporary.
type key struct{ id, secret, token string }

// noCredentials is what to do about it.
const noCredentials = "no credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, run \"aliyun configure\", or give the function or the machine a role"

// keyring asks a provider for the key of the moment, one caller at a time: the
// providers of the SDK remember without a lock.
type keyring struct {
	provider credentials.Credential
	turn     chan struct{}
}

// newKeyring asks p; nil stands for the chain of providers that the vendor's
// own tools go through.
func newKeyring(p credentials.Credential) (*keyring, error) {
	if p == nil {
		var err error
		if p, err = credentials.NewCredential(nil); err != nil {
			return nil, err
		}
	}
	return &keyring{provider: p, turn: make(chan struct{}, 1)}, nil
}

// Key returns the key of the moment, for a service whose own SDK signs.
func (c *Client) Key(ctx context.Context) (id, secret, token string, err error) {
	k, err := c.keys.get(ctx)
	return k.id, k.secret, k.token, err
}

// get returns the key. Providers take no context, and some ask over the
// network: one that is still asking when ctx ends is left behind.
func (k *keyring) get(ctx context.Context) (key, error) {
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return key{}, ctx.Err()
	}
	type answer struct {
		model *credentials.CredentialModel
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		defer func() { <-k.turn }()
		m, err := k.provider.GetCredential()
		answered <- answer{m, err}
	}()
	select {
	case <-ctx.Done():
		return key{}, ctx.Err()
	case a := <-answered:
		if a.err != nil {
			return key{}, a.err
		}
		if a.model == nil {
			return key{}, errors.New("the provider gave none")
		}
		found := key{id: text(a.model.AccessKeyId), secret: text(a.model.AccessKeySecret), token: text(a.model.SecurityToken)}
		if found.id == "" || found.secret == "" {
			return key{}, errors.New("the provider gave no access key")
		}
		return found, nil
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
