package provision

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
)

// maxTargetID is what both clouds take (AWS PutTargets; Alibaba Cloud does not
// say).
const maxTargetID = 64

// targetIDs returns the id of each receiver of a rule: its name where both
// clouds take that, otherwise what is left of it and a digest of the whole. The
// same names have the same ids whatever their order.
func targetIDs(receivers []target.Receiver) []string {
	taken := map[string]bool{}
	for _, r := range receivers {
		if legal(r.Name) {
			taken[r.Name] = true
		}
	}
	ids := make([]string, len(receivers))
	for i, r := range receivers {
		ids[i] = r.Name
		if legal(r.Name) {
			continue
		}
		sum := sha256.Sum256([]byte(r.Name))
		// A name that somebody chose to look like a digest moves the digest on.
		for from := 0; ; from++ {
			ids[i] = legalised(r.Name) + "-" + hex.EncodeToString(sum[from:from+4])
			if !taken[ids[i]] {
				break
			}
		}
		taken[ids[i]] = true
	}
	return ids
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
