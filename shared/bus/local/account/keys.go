package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ParseKeys reads access keys from JSON: a list of {"id", "secret", "user",
// "policies"}, the policies as RAM has them. A key without a user is the
// account's own, and has none. Errors hold no secret.
func ParseKeys(text []byte) ([]Key, error) {
	var list []struct {
		ID, Secret, User string
		Policies         []json.RawMessage
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf(`account: keys are a JSON list of {"id", "secret", "user", "policies"}: %w`, err)
	}
	if decoder.More() {
		return nil, errors.New("account: something follows the keys")
	}
	var keys []Key
	for i, entry := range list {
		k := Key{ID: entry.ID, Secret: entry.Secret, User: entry.User}
		switch {
		case k.ID == "" || k.Secret == "":
			return nil, fmt.Errorf("account: key %d, counted from 1, needs an id and a secret", i+1)
		case k.User == "" && len(entry.Policies) > 0:
			return nil, fmt.Errorf("account: key %s has policies and no user: the account's own key may do everything", k.ID)
		}
		for _, have := range keys {
			if have.ID == k.ID {
				return nil, fmt.Errorf("account: key %s is there twice", k.ID)
			}
		}
		for j, policy := range entry.Policies {
			p, err := ParsePolicy(policy)
			if err != nil {
				return nil, fmt.Errorf("account: key %s, policy %d, counted from 1: %w", k.ID, j+1, err)
			}
			k.Policies = append(k.Policies, p)
		}
		keys = append(keys, k)
	}
	return keys, nil
}
