package provision

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/target"
)

// maxTargetID is the most characters that both clouds accept (AWS PutTargets;
// Alibaba Cloud does not say).
const maxTargetID = 64

// receivers returns this project's targets in a place, each id once.
func (p *place) receivers() []bus.Target {
	if p == nil {
		return nil
	}
	var list []bus.Target
	seen := map[string]bool{}
	for _, r := range p.rules {
		for _, t := range r.Targets {
			if !foreign(t) && !seen[t.ID] {
				seen[t.ID] = true
				list = append(list, t)
			}
		}
	}
	return list
}

// targetIDs returns the target id of each receiver of a rule. A receiver that is
// in the rule's place keeps its id: under another one it would be added before the
// old one is removed, and in between both would send an event. It is recognized by
// its key or, if that changed or was once an ordinal, by its address. A new
// receiver gets an id made from its key, and none that another target had: the bus
// would deliver to it what it still retries for that target.
func (o Options) targetIDs(receivers []target.Receiver, at *place) []string {
	ids := make([]string, len(receivers))
	standing := at.receivers()
	used := make([]bool, len(standing))
	match := func(same func(i, j int) bool) {
		for i := range receivers {
			for j := range standing {
				if ids[i] == "" && !used[j] && same(i, j) {
					ids[i], used[j] = standing[j].ID, true
				}
			}
		}
	}
	sameKey := func(i, j int) bool { return standing[j].Receiver.Name == receivers[i].Name }
	same := func(i, j int) bool {
		return standing[j].Receiver.Type == receivers[i].Type && bytes.Equal(standing[j].Receiver.Parameters, receivers[i].Parameters)
	}
	match(func(i, j int) bool { return sameKey(i, j) && same(i, j) })
	if slices.Contains(ids, "") && slices.Contains(used, false) {
		wanted, found := make([]string, len(receivers)), make([]string, len(standing))
		for i, r := range receivers {
			wanted[i] = o.types.address(r)
		}
		for j, t := range standing {
			found[j] = o.types.address(t.Receiver)
		}
		sameAddress := func(i, j int) bool { return wanted[i] != "" && wanted[i] == found[j] }
		match(func(i, j int) bool { return sameKey(i, j) && sameAddress(i, j) })
		match(func(i, j int) bool { return sameKey(i, j) && standing[j].Rule.Owner != "" })
		match(same)
		match(sameAddress)
		match(sameKey)
	}
	taken := map[string]bool{}
	for _, r := range at.all() {
		for _, t := range r.Targets {
			taken[t.ID] = true
		}
	}
	for i, want := range receivers {
		if ids[i] != "" {
			continue
		}
		ids[i] = want.Name
		// A target that invokes this receiver's function under this receiver's id
		// is the same target with a damaged Body.
		if !legal(want.Name) || taken[want.Name] && !at.broken(want.Name, policy.FunctionName(o.Prefix, want.Type)) {
			ids[i] = madeID(want.Name, taken)
		}
		taken[ids[i]] = true
	}
	return ids
}

func (p *place) all() []Rule {
	if p == nil {
		return nil
	}
	return p.rules
}

func (p *place) broken(id, function string) bool {
	for _, r := range p.all() {
		for _, t := range r.Targets {
			if t.ID == id {
				return foreign(t) && t.Function == function
			}
		}
	}
	return false
}

// madeID returns what is left of a name in the characters that both clouds accept,
// with a digest of the whole name.
func madeID(name string, taken map[string]bool) string {
	sum := sha256.Sum256([]byte(name))
	for from := 0; ; from++ {
		// If somebody chose an id that looks like the digest, the next digest is
		// used.
		id := legalised(name) + "-" + hex.EncodeToString(sum[from:from+4])
		if !taken[id] || from+4 == len(sum) {
			return id
		}
	}
}

func legal(name string) bool {
	return name != "" && len(name) <= maxTargetID && strings.IndexFunc(name, illegal) < 0
}

func illegal(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-_.", r)
}

func legalised(name string) string {
	kept := strings.Map(func(r rune) rune {
		if illegal(r) {
			return -1
		}
		return r
	}, name)
	return cmp.Or(strings.Trim(kept[:min(len(kept), maxTargetID-9)], "-_."), "target")
}
