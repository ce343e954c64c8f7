package workspace

import (
	"slices"
	"strings"
)

// suggest ends a message about an unknown word: with the word that was meant
// when one is close, else with all that are known.
func suggest(word string, known []string) string {
	best, least := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	switch {
	case best != "":
		return `: did you mean "` + best + `"?`
	case len(known) == 0:
		return ""
	}
	const most = 30
	if len(known) > most {
		known = append(known[:most:most], "…")
	}
	return ": known are " + strings.Join(known, ", ")
}

// suggestOrAdd is suggest for words that a document can define itself.
func suggestOrAdd(word string, known []string, where string) string {
	advice := suggest(word, known)
	if strings.HasSuffix(advice, "?") {
		return advice
	}
	return advice + "; others can be added under " + where
}

// distance is the Levenshtein distance of two words, in bytes, which is
// enough to rank names. Words too long for a name are as far as can be.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 1 << 10
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = slices.Min([]int{substitute, row[j] + 1, row[j+1] + 1})
		}
	}
	return row[len(b)]
}
