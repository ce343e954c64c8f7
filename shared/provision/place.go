package provision

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// place is where a rule of a document is on the bus: the bus rules with one base
// name, of which all but the first have a number.
type place struct {
	base     string
	document event.Rule
	rules    []Rule
}

// places returns the places of this owner's rules, by base name.
func (s State) places(have State) []*place {
	found := map[string]*place{}
	for _, r := range have.Rules {
		if r.Shared || r.copied() || !s.owns(r) {
			continue
		}
		base, _ := documentRule(r.Name)
		p := found[base]
		if p == nil {
			p = &place{base: base, document: r.Document}
			found[base] = p
		}
		if len(p.receivers()) == 0 {
			p.document = r.Document
		}
		p.rules = append(p.rules, r)
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *place) int { return cmp.Compare(a.base, b.base) })
}

// assign returns the place of each document rule; none for a new rule. A place
// belongs to the rule whose key its targets carry. If the rule got or lost an id,
// its name decides. If the rule is gone from the document, its place goes to a new
// rule that sends the same events to the same addresses and is in no list: created
// beside it, both would send an event in between.
func (types targetTypes) assign(rules []workspace.Rule, places []*place, listed map[string]bool) map[string]*place {
	of := map[string]*place{}
	taken := map[*place]bool{}
	for _, known := range []struct {
		rule  func(workspace.Rule) []string
		place func(*place) string
	}{
		{func(r workspace.Rule) []string { return []string{r.Key() + " " + baseOf(r.Key())} }, func(p *place) string { return p.document.Key() + " " + p.base }},
		{func(r workspace.Rule) []string { return []string{r.Key()} }, func(p *place) string { return p.document.Key() }},
		{func(r workspace.Rule) []string { return []string{r.Name} }, func(p *place) string { return p.document.Name }},
		{func(r workspace.Rule) []string {
			if listed[r.Key()] {
				return nil
			}
			return types.asks(r)
		}, types.sends},
	} {
		by := map[string][]*place{}
		for _, p := range places {
			if !taken[p] {
				by[known.place(p)] = append(by[known.place(p)], p)
			}
		}
		for _, r := range rules {
			if of[r.Key()] != nil || len(by) == 0 {
				continue
			}
			for _, is := range known.rule(r) {
				if list := by[is]; len(list) > 0 {
					of[r.Key()], taken[list[0]], by[is] = list[0], true, list[1:]
					break
				}
			}
		}
	}
	return of
}

// asks lists which events a rule sends to which addresses, whole and split, in the
// form of [targetTypes.sends].
func (types targetTypes) asks(r workspace.Rule) []string {
	addresses := map[string]bool{}
	for _, receiver := range r.Receivers() {
		addresses[types.address(receiver)] = true
	}
	var list []string
	for _, patterns := range [][]string{exactly(r), r.Split()} {
		var sent []string
		for _, receiver := range r.Receivers() {
			sent = append(sent, carriedBy(r, receiver, patterns)...)
		}
		list = append(list, signature(sent, addresses))
	}
	return list
}

// sends says which events the rules of a place send to which addresses.
func (types targetTypes) sends(p *place) string {
	var patterns []string
	addresses := map[string]bool{}
	for _, r := range p.rules {
		if len(r.Targets) == 0 {
			patterns = append(patterns, r.Pattern)
		}
		for t := range r.each {
			patterns = append(patterns, t.patterns()...)
			addresses[types.address(t.receiver())] = true
		}
	}
	return signature(patterns, addresses)
}

func signature(patterns []string, addresses map[string]bool) string {
	set := map[string]bool{}
	for _, pattern := range patterns {
		set[canonical(pattern)] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), "\n") + "\n" + strings.Join(slices.Sorted(maps.Keys(addresses)), "\n")
}

// baseOf returns the name of a new rule on a bus: its key, if both clouds accept
// that as a name.
func baseOf(key string) string {
	if !strings.ContainsAny(key, "._") && !strings.Contains(key, separator) && !strings.HasSuffix(key, "-") {
		return key
	}
	kept := strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune("._", r) {
			return '-'
		}
		return r
	}, key), "-")
	for strings.Contains(kept, separator) {
		kept = strings.ReplaceAll(kept, separator, "-")
	}
	return kept + "-" + digest(key)
}

// digest makes names distinct that would otherwise be equal.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:4])
}
