package console

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// atoi returns the number of a text, or other when it is none.
func atoi(text string, other int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return other
	}
	return n
}
