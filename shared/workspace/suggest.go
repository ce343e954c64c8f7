package workspace

import (
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// suggest ends a message about an unknown word: with the word that was meant
// when one is close, else with all that are known.
func suggest(word string, known []string) any {
	best, least := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < least {
			best, least = candidate, d
		}
	}
	switch {
	case best != "":
		return didYouMean.With("word", best)
	case len(known) == 0:
		return nil
	}
	const most = 30
	if len(known) > most {
		known = append(known[:most:most], "…")
	}
	return knownAre.With("words", strings.Join(known, ", "))
}

// suggestOrAdd is suggest for words that a document can define itself.
func suggestOrAdd(word string, known []string, place string) any {
	advice := suggest(word, known)
	if said, ok := advice.(message.Statement); ok && said.Code == didYouMean.Code {
		return advice
	}
	return addUnder.With("known", advice, "place", place)
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
