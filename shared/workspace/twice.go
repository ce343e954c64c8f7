package workspace

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// sending is what a rule sends to an address.
type sending struct {
	received
	rule     document.Rule
	patterns []fields
}

// twice notes where an enabled rule sends events to an address to which one before it
// sends them too, and which gets both messages. sent has what those before it send, by
// address. Where one message tells both rules, nobody is troubled, and nothing is said.
func (b *builder) twice(sent map[string][]sending, r Rule, d document.Rule, to []received) {
	if !r.Enabled {
		return
	}
	for _, one := range to {
		now := sending{one, d, r.fields}
		if narrowed := r.Narrowed(one.Receiver, texts(r.fields)); one.creator {
			now.patterns = nil
			for _, text := range narrowed {
				if f, err := takeApart([]byte(text)); err == nil {
					now.patterns = append(now.patterns, f)
				}
			}
		}
		address := one.Type + " " + addressFor(one)
		for _, before := range sent[address] {
			why := before.unlike(now)
			if why != nil && !b.failed(one.at) && meet(before.patterns, now.patterns) {
				b.add(receiverAgain, one.at, "rule", before.rule.Name, "at", before.at, "why", why)
				break
			}
		}
		sent[address] = append(sent[address], now)
	}
}

// addressFor is where a receiver's messages go.
func addressFor(one received) string {
	if one.spec.Contact != target.NoContact {
		return addressOf(one.contact, one.spec)
	}
	to, err := one.spec.Open(one.Parameters)
	if addressed, ok := to.(target.Addressed); ok && err == nil {
		return addressed.Address()
	}
	return one.Name
}

// meet tells whether an event can match patterns of both.
func meet(some, others []fields) bool {
	return slices.ContainsFunc(some, func(f fields) bool {
		return slices.ContainsFunc(others, func(g fields) bool { return !f.excludes(g) })
	})
}

// unlike says why one event becomes two messages; nil where one message tells it for
// both rules. Package deliver decides that: by what is sent, to whom, and when.
func (s sending) unlike(o sending) any {
	if s.spec.Apart {
		return againApart.With("type", s.Type)
	}
	var keys []string
	differs := func(key string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			keys = append(keys, key)
		}
	}
	differs("language", s.Language, o.Language)
	differs("title", s.rule.Title, o.rule.Title)
	differs("fields", s.rule.Fields, o.rule.Fields)
	differs("quiet", s.rule.Quiet, o.rule.Quiet)
	differs("group", s.rule.Group, o.rule.Group)
	differs("summary", s.rule.Summary, o.rule.Summary)
	if !bytes.Equal(s.Parameters, o.Parameters) {
		var mine, theirs map[string]json.RawMessage
		_, _ = json.Unmarshal(s.Parameters, &mine), json.Unmarshal(o.Parameters, &theirs) // both are ours
		for _, f := range (document.Target{}).Fields(s.spec) {
			differs(f.Name, mine[f.Name], theirs[f.Name])
		}
		if keys == nil && s.spec.Contact == target.NoContact {
			keys = []string{"mention"} // of other creators
		}
	}
	switch {
	case keys != nil:
		return againUnlike.With("keys", strings.Join(keys, ", "))
	case !slices.ContainsFunc(s.spec.Rates, target.Rate.Long):
		return againInCloud.With("type", s.Type)
	}
	return nil
}
