package openapi

import (
	"encoding/base64"
	"slices"
	"strings"
)

// page answers with one page of list, which is in the order of name: as kind, what
// show makes of each entry, and the token of the next page unless it is the last.
// A token holds the last name of its page, so that entries that come and go
// meanwhile neither hide nor repeat others.
func page[T, R any](kind string, list []T, name func(T) string, v values, show func(T) R) (any, error) {
	limit, err := v.limit()
	if err != nil {
		return nil, err
	}
	answer := map[string]any{"Total": len(list)}
	if token := v.Get("NextToken"); token != "" {
		after, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, invalid("NextToken is none that a former page gave.")
		}
		from, found := slices.BinarySearchFunc(list, string(after), func(entry T, last string) int { return strings.Compare(name(entry), last) })
		if found {
			from++
		}
		list = list[from:]
	}
	if len(list) > limit {
		list = list[:limit]
		answer["NextToken"] = base64.RawURLEncoding.EncodeToString([]byte(name(list[limit-1])))
	}
	shown := make([]R, len(list))
	for i, entry := range list {
		shown[i] = show(entry)
	}
	answer[kind] = shown
	return answer, nil
}

// prefixed returns the entries whose names begin with prefix.
func prefixed[T any](list []T, name func(T) string, prefix string) []T {
	return slices.DeleteFunc(list, func(entry T) bool { return !strings.HasPrefix(name(entry), prefix) })
}
