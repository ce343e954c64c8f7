package http

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/pai-notify/pai-notify/shared/target"
)

const (
	secretPrefix = "whsec_"
	// The Standard Webhooks specification gives secrets these sizes in bytes.
	minSecret, maxSecret = 24, 64
	// Two secrets are for the time in which a receiver changes from one to the
	// other.
	maxSecrets = 2
)

// sign sets the headers of Standard Webhooks. The id is the notification's,
// the same for each try, by which a receiver knows a message it already has;
// it is set without a secret too. The time is that of this try.
func sign(h http.Header, secret, id string, at time.Time, body []byte) error {
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	if secret == "" {
		return nil
	}
	hooks, err := signers(secret)
	if err != nil {
		return err
	}
	signatures := make([]string, len(hooks))
	for i, hook := range hooks {
		if signatures[i], err = hook.Sign(id, at, body); err != nil {
			return errors.New("secret: the request cannot be signed")
		}
	}
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}

// signers makes one signer for each secret in a list separated by spaces.
func signers(secrets string) ([]*standardwebhooks.Webhook, error) {
	list := strings.Fields(secrets)
	if len(list) == 0 || len(list) > maxSecrets {
		return nil, target.Invalid("secret", "%d are given: give one, or two separated by a space", len(list))
	}
	var hooks []*standardwebhooks.Webhook
	for _, secret := range list {
		encoded, ok := strings.CutPrefix(secret, secretPrefix)
		if !ok {
			return nil, target.Invalid("secret", "must start with %s", secretPrefix)
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, target.Invalid("secret", "what follows %s is not base64", secretPrefix)
		}
		if len(key) < minSecret || len(key) > maxSecret {
			return nil, target.Invalid("secret", "has %d bytes; the specification asks for %d to %d: make one with: echo %s$(openssl rand -base64 32)",
				len(key), minSecret, maxSecret, secretPrefix)
		}
		hook, err := standardwebhooks.NewWebhookRaw(key)
		if err != nil {
			return nil, target.Invalid("secret", "cannot be used")
		}
		hooks = append(hooks, hook)
	}
	return hooks, nil
}

// secretForms returns the secrets with and without their prefix.
func secretForms(secrets string) []string {
	var forms []string
	for _, secret := range strings.Fields(secrets) {
		forms = append(forms, secret, strings.TrimPrefix(secret, secretPrefix))
	}
	return forms
}
