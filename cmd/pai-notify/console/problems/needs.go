package problems

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/url"
	"slices"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// Needs sorts the findings of a check-up: those that need somebody, what is missing
// before what is only to be looked at, and those that could not be checked.
// Permissions are none of either: the check-up lists them.
func Needs(findings []provision.Finding) (needs, unsure []provision.Finding) {
	for _, f := range findings {
		switch {
		case f.Permission:
		case f.Verdict == provision.Missing, f.Attention:
			needs = append(needs, f)
		case f.Verdict == provision.Unknown && f.Traffic && f.Text.Code != "unread-events":
			needs = append(needs, f) // it was read, and nothing in it shows that all is well
		case f.Verdict == provision.Unknown:
			unsure = append(unsure, f)
		}
	}
	slices.SortStableFunc(needs, func(a, b provision.Finding) int { return rank(a) - rank(b) })
	return needs, unsure
}

func rank(f provision.Finding) int {
	switch {
	case f.Verdict == provision.Missing:
		return 0
	case f.Attention:
		return 1
	}
	return 2
}

// Anchor is the place of a finding on the page of the check-up.
func Anchor(f provision.Finding) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(f.Check.String()))
	return fmt.Sprintf("%s-%08x", f.Check.Code, sum.Sum32())
}

// PathOf is the page on which a finding is mended: the history of what it is about,
// the rule, the field of a variable, or else the finding on the page of the check-up.
func PathOf(f provision.Finding, rules []edit.Rule, receivers []edit.Receiver) string {
	text := func(name string) string { return fmt.Sprint(f.Check.Arguments[name]) }
	switch f.Check.Code {
	case "waiting", "overdue":
		return "/history?days=30&state=waiting"
	case "dead":
		return "/history?days=30&state=dead"
	case "receiver":
		return frame.Address("/history", "rule", text("rule"), "receiver", text("receiver"))
	case "mutes":
		return "/mutes"
	case "secret":
		if path := fieldOf(text("secret"), rules, receivers); path != "" {
			return path
		}
	case "rules", "bus":
		return "/document#plan"
	case "unmatched-rules":
		if names, ok := f.Text.Arguments["rules"].([]string); ok && len(names) == 1 {
			return "/rules/" + url.PathEscape(names[0])
		}
		return "/rules?state=unmatched"
	}
	return "/setup#" + Anchor(f)
}

// fieldOf is the first field of a receiver or an enabled rule that holds a reference;
// "" for none.
func fieldOf(reference string, rules []edit.Rule, receivers []edit.Receiver) string {
	for _, r := range receivers {
		for _, name := range slices.Sorted(maps.Keys(r.Parameters)) {
			if mentions(r.Parameters[name], reference) {
				return fmt.Sprintf("/receivers/%s#t0.%s", url.PathEscape(r.Name), name)
			}
		}
	}
	for _, r := range rules {
		for i, t := range r.Targets {
			for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
				if r.On() && mentions(t.Parameters[name], reference) {
					return fmt.Sprintf("/rules/%s#t%d.%s", url.PathEscape(r.Name), i, name)
				}
			}
		}
	}
	return ""
}

func mentions(value any, reference string) bool {
	switch v := value.(type) {
	case string:
		return v == reference
	case map[string]any:
		for _, one := range v {
			if mentions(one, reference) {
				return true
			}
		}
	}
	return false
}
