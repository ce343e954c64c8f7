package learn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// What speaks for a source is counted, and enough needed to be sure: a word
// that only it has, or three names of data that only it has.
const enough = 2

// general are names of sources that are words of other services too.
var general = []string{"flow", "model"}

// resembles returns the source of the catalogue that a kind looks like, and
// what speaks for it; "" when none does, or more than one as much.
func resembles(c *event.Catalogue, k *Kind) (name string, evidence []string) {
	if strings.Contains(k.Type, ":ActionTrail:") {
		return "", nil // what somebody called, not what became of it
	}
	tokens := words(k.Source + " " + k.Type)
	said := func(word string) []string {
		if slices.Contains(words(k.Source), word) {
			return []string{fmt.Sprintf("source %q has the word %q", k.Source, word)}
		}
		return []string{fmt.Sprintf("type %q has the word %q", k.Type, word)}
	}
	best, second := 0, 0
	for _, s := range c.Sources {
		score, why := 0, []string(nil)
		switch {
		case slices.Contains(tokens, "pai"+s.Name):
			score, why = 2, said("pai"+s.Name)
		case slices.Contains(tokens, s.Name) && !slices.Contains(general, s.Name):
			score, why = 2, said(s.Name)
		case slices.Contains(tokens, s.Name):
			score, why = 1, said(s.Name)
		}
		own := ownFields(c, s, k)
		switch {
		case len(own) >= 3:
			score += 2
		case len(own) > 0 && (score > 1 || identified(s, k)):
			score++
		}
		if len(own) > 0 {
			why = append(why, "data has "+strings.Join(own[:min(len(own), 5)], ", "))
		}
		if len(k.whole) > 0 && len(own) == 0 {
			score = min(score, 1) // a name alone, which the data does not bear out
		}
		if score > best {
			best, second, name, evidence = score, best, s.Name, why
		} else {
			second = max(second, score)
		}
	}
	if best < enough || best == second {
		return "", nil
	}
	return name, evidence
}

// identified tells whether the data has the identity of what the source is about.
func identified(s event.Source, k *Kind) bool {
	return k.shapes[0].find(k.shapes[0].inside(s), s.ID) != ""
}

// ownFields returns the names in a kind's data that the catalogue has for this
// source and for no other.
func ownFields(c *event.Catalogue, s event.Source, k *Kind) []string {
	if len(k.whole) == 0 {
		return nil
	}
	var own []string
	data := k.shapes[0]
	prefix := data.inside(s)
	for _, path := range pathsOf(s) {
		shared := slices.ContainsFunc(c.Sources, func(o event.Source) bool {
			return o.Name != s.Name && slices.ContainsFunc(pathsOf(o), func(p string) bool { return plain(p) == plain(path) })
		})
		if shared {
			continue
		}
		if at := data.find(prefix, path); at != "" && !slices.Contains(own, at) {
			own = append(own, at)
		}
	}
	return own
}

func pathsOf(s event.Source) []string {
	paths := []string{s.ID, s.Title, s.CreatedBy, s.Flow, s.Model}
	for _, f := range s.Fields {
		paths = append(paths, f.Path)
	}
	slices.Sort(paths)
	return slices.DeleteFunc(slices.Compact(paths), func(p string) bool { return p == "" })
}

// plain is a name without regard to case and to how its words are joined.
func plain(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return r
	}, name))
}
