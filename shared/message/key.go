package message

// Keys returns the keys of the fields that messages know, which a rule may choose
// from.
func Keys() []string {
	keys := make([]string, len(labels))
	for i, l := range labels {
		keys[i] = l.key
	}
	return keys
}
