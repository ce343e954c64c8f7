package targettest

import "strings"

// readTitle reads a message as a platform whose only mark is the bracket of a
// mention.
func readTitle(t T, m Message) Reading {
	members, texts := Shape(t, m.Body)
	r := Reading{Marks: members, Text: strings.Join(texts, "\n")}
	if _, after, found := strings.Cut(r.Text, "<@"); found {
		r.Mentions = []string{after}
	}
	return r
}
