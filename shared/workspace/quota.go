package workspace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// defaultQuota is how many targets a rule may have unless PAI granted the
// account more (PAI, Configure event notifications for workspaces).
const defaultQuota = 5

// maxQuota is the most PAI grants (the same page).
const maxQuota = 100

// quota counts a rule's targets as PAI does: each contact in each target that
// is sent to contacts is one, however often the same person appears; any
// other target is one. It returns false when the rule has more targets than
// any account may have.
func (b *builder) quota(rule document.Rule, most int, path string) bool {
	total := 0
	var sums []string
	for _, t := range rule.Targets {
		if t.Type == "" {
			continue
		}
		count := max(1, len(t.Contacts))
		if slices.Contains(t.Contacts, document.Creator) {
			// Of another function's target nobody knows whom it can reach: it is one.
			if spec, ok := b.spec(t.Type); ok {
				count += len(b.creators(rule, spec)) - 1
			}
		}
		total += count
		if len(t.Contacts) == 0 {
			sums = append(sums, shownType(t.Type)+" = 1")
			continue
		}
		names := t.Contacts
		if i := slices.Index(names, document.Creator); i >= 0 {
			names = slices.Clone(names)
			names[i] = fmt.Sprintf("%s (%d)", document.Creator, count-len(names)+1)
		}
		sums = append(sums, fmt.Sprintf("%s: %s = %d", shownType(t.Type), listed(names), count))
	}
	if total <= most || b.failed(path+".targets") {
		return total <= maxQuota
	}
	b.add(quotaExceeded, path+".targets", "sums", strings.Join(sums, "; "), "count", total, "quota", most, "most", maxQuota)
	return total <= maxQuota
}

// listed names a few of the contacts; those of another function's target are
// not known by name.
func listed(contacts []string) string {
	const few = 10
	if contacts[0] == "" {
		return "contacts"
	}
	if len(contacts) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(contacts[:few], ", "), len(contacts)-few)
	}
	return strings.Join(contacts, ", ")
}

func shownType(typ string) string { return strings.Trim(shown(typ), `"`) }
