package targettest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// Shape takes a JSON text apart: how often each of its members is there, by its
// path, a member "tag" with its value; and its strings, those of
// an object in the order of their names.
func Shape(t T, text string) (members map[string]int, strings []string) {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(text), &value), "the body is no JSON")
	members = map[string]int{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		members[path]++
		switch value := value.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(value)) {
				member := value[name]
				if tag, ok := member.(string); ok && name == "tag" {
					members[path+"."+name+"="+tag]++
					continue
				}
				walk(path+"."+name, member)
			}
		case []any:
			for _, element := range value {
				walk(path+"[]", element)
			}
		case string:
			strings = append(strings, value)
		}
	}
	walk("", value)
	return members, strings
}

// Parameters reads a request to a program, in place of a message to people: it
// counts the parameters of its query, its headers, and the members of what is
// JSON. Who is sent to or called stands for the mentions.
func Parameters(t T, m Message) Reading {
	t.Helper()
	r := Reading{Marks: map[string]int{}}
	count := func(prefix, text string) {
		members, _ := Shape(t, text)
		for member, n := range members {
			r.Marks[prefix+member] += n
		}
	}
	for name, values := range m.request.URL.Query() {
		r.Marks["parameter "+name] += len(values)
		for _, value := range values {
			if strings.HasSuffix(name, "Param") {
				count(name, value)
			}
			if strings.HasSuffix(name, "Numbers") || strings.HasSuffix(name, "Number") {
				r.Mentions = append(r.Mentions, value)
			}
		}
	}
	for name, values := range m.request.Header {
		r.Marks["header "+name] += len(values)
	}
	if m.Body != "" {
		count("body", m.Body)
		var called struct{ DestinationPhoneNumber string }
		if json.Unmarshal([]byte(m.Body), &called) == nil {
			r.Mentions = append(r.Mentions, called.DestinationPhoneNumber)
		}
	}
	return r
}
