// Package receivers tells the local bus which rules and receivers a target is for,
// by reading the wrapper in the target's Body.
package receivers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/target"
)

// Identify tells the local bus whom a target is for, from the wrapper that its
// Body carries.
func Identify(t local.Target) (local.Identity, bool) {
	rule, receiver, ok := WrapperOf(t)
	if !ok || rule.Key() == "" || receiver.Name == "" {
		return local.Identity{}, false
	}
	id := local.Identity{Owner: rule.Owner, Rule: rule.Key(), RuleName: rule.Name, Receiver: receiver.Type + "/" + receiver.Name}
	id.Address, id.Sender = addressOf(receiver)
	return id, true
}

// Split tells the local bus what a target stands for that carries several rules
// or patterns: each receiver of a rule by itself.
func Split(t local.Target) []local.Part {
	for i, p := range t.Params {
		if p.ResourceKey != "Body" {
			continue
		}
		var parts []local.Part
		for _, single := range aliyun.Split(p.Template) {
			if single.Rule.Key() == "" || single.Receiver.Name == "" {
				return nil // nobody could tell them apart: the function does
			}
			one := t
			one.Params = slices.Clone(t.Params)
			one.Params[i].Template = single.Template
			parts = append(parts, local.Part{Target: one, Rule: single.Rule.Name, Patterns: single.Patterns})
		}
		return parts
	}
	return nil
}

// WrapperOf reads the rule and the receiver that a target's Body carries; false
// for a target that is for several.
func WrapperOf(t local.Target) (event.Rule, target.Receiver, bool) {
	for _, p := range t.Params {
		if p.ResourceKey != "Body" {
			continue
		}
		if list, ok := aliyun.Unwrap(p.Template); ok && len(list) == 1 && len(list[0].Receivers) == 1 {
			return list[0].Rule, list[0].Receivers[0], true
		}
	}
	return event.Rule{}, target.Receiver{}, false
}

// addressOf is the digest of where a receiver's messages go, and the same again
// for a platform that counts them. Parameters that cannot be read are their own.
func addressOf(r target.Receiver) (address, sender string) {
	if spec, ok := functions.Lookup(r.Type); ok {
		if t, err := spec.Open(r.Parameters); err == nil {
			if a, ok := t.(target.Addressed); ok && a.Address() != "" {
				address = Digest(r.Type, []byte(a.Address()))
				if _, counted := t.(target.Metered); counted {
					sender = address
				}
				return address, sender
			}
		}
	}
	var parameters bytes.Buffer
	if len(r.Parameters) == 0 || json.Compact(&parameters, r.Parameters) != nil {
		return "", ""
	}
	return Digest(r.Type, parameters.Bytes()), ""
}

// Digest stands for an address of a target type, which may be a secret.
func Digest(typ string, address []byte) string {
	sum := sha256.Sum256(append([]byte(typ+"\x00"), address...))
	return hex.EncodeToString(sum[:16])
}
