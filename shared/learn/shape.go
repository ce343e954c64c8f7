package learn

import (
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// What of an event's data is looked at: names of objects in objects, no deeper
// than the catalogue's paths go with one more around them.
const (
	maxNames = 2000
	maxDepth = 4
)

// shape is which names the data of an event has, by what they are without
// regard to case and to how their words are joined. Members that are empty do
// not count.
type shape struct {
	paths map[string][]string
	// objects are the members of the data that are objects themselves.
	objects []string
}

func shapeOf(e event.Event) shape {
	s := shape{paths: map[string][]string{}}
	s.add("", e.Data(), 1)
	return s
}

func (s *shape) add(at string, object []byte, depth int) {
	if len(object) == 0 || object[0] != '{' || depth > maxDepth {
		return
	}
	for name, value := range event.Each(object) {
		if len(s.paths) >= maxNames {
			return
		}
		if event.CheckPath(name) != nil || strings.ContainsAny(name, `."\`) || len(value) == 0 || string(value) == "null" || string(value) == `""` {
			continue
		}
		path := strings.Clone(name)
		if at != "" {
			path = at + "." + path
		}
		key := plain(path)
		if !slices.Contains(s.paths[key], path) {
			s.paths[key] = append(s.paths[key], path)
		}
		if value[0] == '{' {
			if depth == 1 && len(s.objects) < 20 {
				s.objects = append(s.objects, path)
			}
			s.add(path, value, depth+1)
		}
	}
}

// find returns the path at which the data has a value that is called as path is,
// inside the member prefix; "" when there is none. Of several the one that is
// written as path is, or the first in byte order.
func (s shape) find(prefix, path string) string {
	if path == "" {
		return ""
	}
	if prefix != "" {
		path = prefix + "." + path
	}
	found := s.paths[plain(path)]
	switch {
	case len(found) == 0:
		return ""
	case slices.Contains(found, path):
		return path
	}
	return slices.Min(found)
}

// inside returns the member of the data that holds what a source is about: ""
// for the data itself.
func (s shape) inside(source event.Source) string {
	best, most := "", 0
	for _, prefix := range append([]string{""}, s.objects...) {
		n := 0
		for _, path := range pathsOf(source) {
			if s.find(prefix, path) != "" {
				n++
			}
		}
		if n > most {
			best, most = prefix, n
		}
	}
	return best
}
