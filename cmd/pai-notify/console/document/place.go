package document

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// placed is a finding with its place as people name it.
type placed struct {
	workspace.Finding
	Place string
}

// placedIn names the places of findings about a document.
func (h *handlers) placedIn(l message.Language, s *backend.State, findings []workspace.Finding) []placed {
	list := make([]placed, len(findings))
	for i, f := range findings {
		list[i] = placed{f, h.placeOf(l, s, f.Path)}
	}
	return list
}

// step is a part of a path: a key, and the position in its list.
var step = regexp.MustCompile(`^([^\[\]]+)\[([0-9]+)\]$`)

// placeOf names what "rules[0].targets[1].webhook" leads to: by its name where it has
// one, otherwise by its number as people count.
func (h *handlers) placeOf(l message.Language, s *backend.State, path string) string {
	var parts []string
	for _, part := range strings.Split(path, ".") {
		at := step.FindStringSubmatch(part)
		if at == nil {
			if part != "" {
				parts = append(parts, part)
			}
			continue
		}
		index, err := strconv.Atoi(at[2])
		if err != nil {
			return path
		}
		called := h.nameAt(s, at[1], index)
		if _, known := Book.Words["place."+at[1]]; known {
			parts = append(parts, Book.Say(l, "place."+at[1], called))
		} else {
			parts = append(parts, at[1]+" "+called)
		}
	}
	return frame.Visible(strings.Join(parts, Book.Say(l, "place.and")))
}

// nameAt is the name of an entry of one of the document's lists, or its number.
func (h *handlers) nameAt(s *backend.State, list string, index int) string {
	name := ""
	switch {
	case list == "rules" && index < len(s.Rules):
		name = s.Rules[index].Name
	case list == "contacts" && index < len(s.Contacts):
		name = s.Contacts[index].Name
	case list == "receivers" && index < len(s.Entries):
		name = s.Entries[index].Name
	}
	if name == "" {
		return strconv.Itoa(index + 1)
	}
	return h.Censor.Cover(name, "name")
}
