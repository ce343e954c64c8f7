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

// place is where a rule of a document stands on the bus: the rules that are
// called by one base, of which all but the first have a number.
type place struct {
	base     string
	document event.Rule
	rules    []Rule
}

// places returns where rules of this owner stand, by base.
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

// assign tells which place each rule of a document has; none for a new one. A
// place belongs to the rule whose key its targets carry. One whose rule was
// given an id, or lost it, is known by its name.
func assign(rules []workspace.Rule, places []*place) map[string]*place {
	of := map[string]*place{}
	taken := map[*place]bool{}
	for _, same := range []func(workspace.Rule, *place) bool{
		func(r workspace.Rule, p *place) bool { return p.document.Key() == r.Key() && p.base == baseOf(r.Key()) },
		func(r workspace.Rule, p *place) bool { return p.document.Key() == r.Key() },
		func(r workspace.Rule, p *place) bool { return p.document.Name == r.Name },
		renamed,
	} {
		for _, r := range rules {
			if of[r.Key()] != nil {
				continue
			}
			i := slices.IndexFunc(places, func(p *place) bool { return !taken[p] && same(r, p) })
			if i >= 0 {
				of[r.Key()], taken[places[i]] = places[i], true
			}
		}
	}
	return of
}

// renamed tells that a rule which is new by its key sends the same events to the
// same addresses as one that is gone from the document. It gets the place of that
// one: made anew beside it, both would tell of an event in between.
func renamed(r workspace.Rule, p *place) bool {
	is := map[string]bool{}
	for _, one := range p.rules {
		for _, t := range one.Targets {
			for _, pattern := range effective(one, t.Patterns) {
				is[canonical(pattern)] = true
			}
		}
	}
	same := func(patterns []string) bool {
		wanted := map[string]bool{}
		for _, pattern := range patterns {
			wanted[canonical(pattern)] = true
		}
		return maps.Equal(is, wanted)
	}
	if !same(exactly(r)) && !same(r.Split()) {
		return false
	}
	wanted, standing := map[string]bool{}, map[string]bool{}
	for _, receiver := range r.Receivers() {
		wanted[addressOf(receiver)] = true
	}
	for _, t := range p.receivers() {
		standing[addressOf(t.Receiver)] = true
	}
	return maps.Equal(wanted, standing)
}

// baseOf returns what a new rule is called on a bus: its key, where both clouds
// take that for a name.
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

// digest tells apart what would have one name.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:4])
}
