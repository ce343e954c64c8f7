package openapi

import (
	"encoding/base64"
	"slices"
	"strings"
)

// page cuts one page out of list, which is in the order of name, and returns the
// token of the next one, "" at the end. A token holds the last name of its page,
// so that entries that come and go meanwhile neither hide nor repeat others.
func page[T any](list []T, name func(T) string, v values) (entries []T, next string, err error) {
	limit, err := v.limit()
	if err != nil {
		return nil, "", err
	}
	if token := v.Get("NextToken"); token != "" {
		after, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, "", invalid("NextToken is none that a former page gave.")
		}
		from, found := slices.BinarySearchFunc(list, string(after), func(entry T, last string) int { return strings.Compare(name(entry), last) })
		if found {
			from++
		}
		list = list[from:]
	}
	if len(list) <= limit {
		return list, "", nil
	}
	return list[:limit], base64.RawURLEncoding.EncodeToString([]byte(name(list[limit-1]))), nil
}

// prefixed returns the entries whose names begin with prefix.
func prefixed[T any](list []T, name func(T) string, prefix string) []T {
	return slices.DeleteFunc(list, func(entry T) bool { return !strings.HasPrefix(name(entry), prefix) })
}
