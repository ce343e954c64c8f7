package account

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ParseKeys reads access keys from JSON: a list of {"id", "secret", "user",
// "policies"}, the policies as RAM has them. A key without a user is the
// account's own, and has none. Errors hold no secret.
func ParseKeys(text []byte) ([]Key, error) {
	var list []struct {
		ID       string            `json:"id"`
		Secret   string            `json:"secret"`
		User     json.RawMessage   `json:"user"`
		Policies []json.RawMessage `json:"policies"`
	}
	if err := strict(text, &list); err != nil {
		return nil, fmt.Errorf(`account: keys are a JSON list of {"id", "secret", "user", "policies"}: %w`, err)
	}
	var keys []Key
	for i, entry := range list {
		k := Key{ID: entry.ID, Secret: entry.Secret}
		// A name that was left empty is not the same as none: it would be the
		// account's own key.
		if entry.User != nil && (json.Unmarshal(entry.User, &k.User) != nil || strings.TrimSpace(k.User) == "") {
			return nil, fmt.Errorf(`account: key %d, counted from 1: "user" must be the name of a RAM user; leave it out for a key of the account itself`, i+1)
		}
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
