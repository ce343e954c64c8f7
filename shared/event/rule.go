package event

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"

	"github.com/pai-notify/pai-notify/shared/hold"
)

// Rule is what the bus carries of a rule of a document: its name, the id that
// outlives a change of the name, whose document it is, and the catalogue entries
// that the document overrides.
type Rule struct {
	Name string `json:"name"`
	// ID is empty where the document gives none.
	ID string `json:"id,omitempty"`
	// Owner is empty in what was written before rules carried it.
	Owner string `json:"owner,omitempty"`
	// OnBus is what the rule is called on the bus, without the number of a
	// sibling, where that is not its key.
	OnBus string `json:"on_bus,omitempty"`
	// Description is what the rule is for, in its writer's words; readers see it
	// beside the rule's name.
	Description string `json:"description,omitempty"`
	// Title and Fields are what the rule shows of an event instead of what the
	// catalogue does; nil for the catalogue's.
	Title     []Fact    `json:"title,omitempty"`
	Fields    []Fact    `json:"fields,omitempty"`
	Catalogue Catalogue `json:"catalogue,omitzero"`
	// Retry says that the event waited in the ledger, and that whoever had it wait
	// comes again unless it is sent. No bus carries it.
	Retry bool `json:"retry,omitempty"`
	// Policy is what the rule says about when its notifications are sent; nil where
	// it says nothing.
	Policy *hold.Policy `json:"policy,omitzero"`
}

// Key is what identifies the rule: its id, or its name where it has none.
func (r Rule) Key() string { return cmp.Or(r.ID, r.Name) }

// UnmarshalJSON reads a rule from its name alone or from an object. It is read with
// each event, so by hand: encoding/json takes three times as long.
func (r *Rule) UnmarshalJSON(text []byte) (err error) {
	*r = Rule{}
	switch {
	case len(text) == 0 || text[0] == 'n':
		return nil
	case text[0] == '"':
		r.Name = Unquote(text)
		return nil
	case text[0] != '{':
		return errRule
	}
	for name, value := range Each(text) {
		if value[0] == 'n' {
			continue // null is nothing
		}
		var into *string
		switch strings.ToLower(name) {
		case "name":
			into = &r.Name
		case "id":
			into = &r.ID
		case "owner":
			into = &r.Owner
		case "on_bus":
			into = &r.OnBus
		case "description":
			into = &r.Description
		case "title":
			r.Title, err = readFacts(value)
		case "fields":
			r.Fields, err = readFacts(value)
		case "catalogue":
			err = json.Unmarshal(value, &r.Catalogue)
		case "policy":
			err = json.Unmarshal(value, &r.Policy)
		case "retry":
			r.Retry = string(value) == "true"
		}
		if into != nil {
			if value[0] != '"' {
				return errRule
			}
			*into = Unquote(value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var errRule = errors.New("event: a rule is its name or an object, whose name, id, owner, on_bus and description are texts")
