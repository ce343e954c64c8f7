package main

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/target"
)

// identify tells the local bus whom a target is for, from the wrapper that its
// Body carries.
func identify(t local.Target) (local.Identity, bool) {
	for _, p := range t.Params {
		if p.ResourceKey != "Body" {
			continue
		}
		rule, receiver, ok := aliyun.Unwrap(p.Template)
		if !ok {
			break
		}
		return local.Identity{
			Rule: rule.Key(), RuleName: rule.Name,
			Receiver: receiver.Type + "/" + receiver.Name,
			Sender:   senderOf(receiver),
		}, true
	}
	return local.Identity{}, false
}

// senderOf is the digest of a receiver's address, which may be a secret; nothing
// for a platform that does not count.
func senderOf(r target.Receiver) string {
	spec, ok := functions.Lookup(r.Type)
	if !ok {
		return ""
	}
	t, err := spec.Open(r.Parameters)
	if err != nil {
		return ""
	}
	m, ok := t.(target.Metered)
	if !ok {
		return ""
	}
	sum := sha256.Sum256([]byte(r.Type + "\x00" + m.Address()))
	return hex.EncodeToString(sum[:16])
}
