// Package learn reports which events really passed a bus: whether the catalogue
// knows them, which rules of a document match them, and which overrides of the
// catalogue would make unknown ones known. PAI does not publish the sources, types
// and data of its events, so this is how people find out.
package learn

import (
	"encoding/json"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
)

// What is read and held at most.
const (
	// DefaultEvents is how many events are read unless the options say otherwise.
	DefaultEvents = 10000
	// MaxKinds is how many kinds are counted separately: PAI has some twenty.
	MaxKinds = 1000
	// DefaultPerKind is how many events of each kind are read with their data, the
	// newest, and DefaultWhole and maxHeld how many and how many bytes in all: each
	// is a call, and all are held.
	DefaultPerKind = 5
	DefaultWhole   = 300
	maxHeld        = 16 << 20
	// shownRefusals is how many rules of a kind that would not have fired are listed.
	shownRefusals = 20
)

// Options say what is read.
type Options struct {
	// Bus is the name of the event bus.
	Bus string
	// Since and Until are when the bus accepted the events.
	Since, Until time.Time
	// Events is how many are read at most; 0 for [DefaultEvents].
	Events int
	// PerKind and Whole are how many of each kind and how many in all are read
	// with their data at most; 0 for [DefaultPerKind] and [DefaultWhole].
	PerKind, Whole int
}

// Report is what passed a bus, judged by a document.
type Report struct {
	Bus   string    `json:"bus"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Events is how many were read. Stopped says why there may be more; empty
	// when these are all.
	Events  int    `json:"events"`
	Stopped string `json:"stopped,omitempty"`
	// First and Last are when the bus accepted the earliest and the latest.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Kinds are the events by source and type, in this order. Others counts
	// events of still more kinds than [MaxKinds].
	Kinds  []Kind `json:"kinds"`
	Others int    `json:"others,omitempty"`
	// Incomplete says why not every kind could be judged with its data; empty
	// when each was.
	Incomplete string `json:"incomplete,omitempty"`
	// Rules are those of the document, in its order.
	Rules []Tally `json:"rules"`
	// Proposals are overrides of the catalogue, sources before types, and Undecided
	// says where something looked like an entry and none is proposed.
	Proposals []Proposal `json:"proposals,omitempty"`
	Undecided []string   `json:"undecided,omitempty"`
}

// Kind is all events of one source and one type.
type Kind struct {
	Source string    `json:"source"`
	Type   string    `json:"type"`
	Events int       `json:"events"`
	First  time.Time `json:"first,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	// KnownSource and KnownTypes are the catalogue's names of it, such as "dlc"
	// and "dlc.job-failed"; empty where the catalogue does not know it. One type
	// of a bus may be several in the catalogue, which tells them apart by data.
	KnownSource string   `json:"known_source,omitempty"`
	KnownTypes  []string `json:"known_types,omitempty"`
	// Looks is the source of the catalogue that an unknown one looks like; empty
	// when that is unknown.
	Looks string `json:"looks_like,omitempty"`
	// Judged is how many of the events were read with their data and judged; with
	// none, source and type alone are judged. Gone is how many the bus did not
	// have any more.
	Judged int `json:"judged"`
	Gone   int `json:"gone,omitempty"`
	// Rules are those that would have fired, and those of the same source that
	// would not; of an unknown source, any. Refused counts further ones that
	// would not.
	Rules   []Verdict `json:"rules,omitempty"`
	Refused int       `json:"refused,omitempty"`

	whole  []event.Event // the newest first
	shapes []shape       // of each of them
}

// Sample returns the newest event of the kind that was read whole; false when
// none was. It holds what people and services wrote, names and ids among it.
func (k Kind) Sample() (event.Event, bool) {
	if len(k.whole) == 0 {
		return event.Event{}, false
	}
	return k.whole[0], true
}

// Verdict is what one rule makes of a kind. Those that fire come first.
type Verdict struct {
	Rule string `json:"rule"`
	// Fires is for how many of the judged events the rule would have fired.
	Fires int `json:"fires"`
	// Why says, for the newest event that it would not have fired for, which
	// condition failed first; empty when there is none.
	Why string `json:"why,omitempty"`
	// Data tells that source and type were what the rule asks for, and the data
	// was not. Unknown tells that the data could not be read.
	Data    bool `json:"data,omitempty"`
	Unknown bool `json:"unknown,omitempty"`
}

// Tally is how one rule of the document fared.
type Tally struct {
	Rule    string `json:"rule"`
	Source  string `json:"source"`
	Enabled bool   `json:"enabled"`
	// Kinds is for how many kinds the rule would have fired.
	Kinds int `json:"kinds"`
}

// Proposal is an entry for a document's catalogue.
type Proposal struct {
	// Name is that of the entry: a source such as "dlc", or an event type such as
	// "dlc.job-failed".
	Name string `json:"name"`
	// Source and Type are the entry with what is to change in it; one is nil.
	Source *event.Source `json:"source,omitempty"`
	Type   *event.Type   `json:"type,omitempty"`
	// Was is the pattern that the entry has now.
	Was json.RawMessage `json:"was,omitempty"`
	// Evidence says what speaks for it.
	Evidence []string `json:"evidence"`
}

// Changes returns all proposals as entries for a document's catalogue.
func (r Report) Changes() event.Catalogue {
	var c event.Catalogue
	for _, p := range r.Proposals {
		if p.Source != nil {
			c.Sources = append(c.Sources, *p.Source)
		}
		if p.Type != nil {
			c.Types = append(c.Types, *p.Type)
		}
	}
	return c
}
