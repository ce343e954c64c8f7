package backend

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Receiver is whom messages go to: a group, a program, or a person by one way. It
// is one however many rules lead to it.
type Receiver struct {
	// ID stands for what it is on pages.
	ID, Type string
	// To are the addresses that it has, each once.
	To []To
	// References are all that it refers to, such as "env:A".
	References []string
	Costs      bool
	Uses       []Use
	// Twice are pairs of its uses that one event may lead to it by both.
	Twice [][2]Use
}

// To is where a receiver leads, as far as it may be shown: a reference, or a person
// at an address; nothing of a secret that the document writes out.
type To struct {
	target.Receiver
	Reference, Contact, Address string
	digest                      string
}

// Use is a rule that leads to a receiver, and the receiver's key there as
// "<type>/<name>".
type Use struct {
	Rule workspace.Rule
	Key  string
}

// Receivers returns whom the rules of a document lead to, in the order of the
// document. It is made once.
func (s *State) Receivers() []*Receiver {
	s.directory.Do(func() {
		at := map[string]*Receiver{}
		for _, rule := range s.Workspace.Rules {
			for _, receiver := range rule.Receivers() {
				to, spec := describe(s.Workspace, receiver)
				one := at[to.digest]
				if one == nil {
					one = &Receiver{ID: to.digest[:16], Type: to.Type, Costs: spec.AtMostOnce(), To: []To{to}, References: secret.References(to.Parameters)}
					at[to.digest] = one
					s.receivers = append(s.receivers, one)
				}
				one.Uses = append(one.Uses, Use{rule, to.Type + "/" + to.Name})
			}
		}
		for _, one := range s.receivers {
			one.Twice = twice(one.Uses)
		}
	})
	return s.receivers
}

// describe says of a receiver what may be shown.
func describe(w *workspace.Workspace, receiver target.Receiver) (To, target.Spec) {
	to := To{Receiver: receiver}
	spec, _ := SpecOf(w.Types, to.Type)
	address := string(to.Parameters)
	if opened, err := spec.Open(to.Parameters); err == nil {
		if a, ok := opened.(target.Addressed); ok {
			address = cmp.Or(a.Address(), address)
		}
	}
	to.digest = Digest([]byte(to.Type + "\x00" + address))
	if spec.Contact == target.NoContact {
		if reference, ok := target.Secret(address).Written(); ok {
			to.Reference = reference
		}
		return to, spec
	}
	var of struct{ Contact target.Contact }
	if json.Unmarshal(to.Parameters, &of) == nil {
		to.Contact, to.Address = of.Contact.Name, cmp.Or(of.Contact.Phone, of.Contact.Email)
	}
	return to, spec
}

// twiceMost bounds the pairs that are told, of rules that may be many.
const twiceMost = 3

// twice finds pairs of uses that one event may match both of.
func twice(uses []Use) (pairs [][2]Use) {
	for i, a := range uses {
		for _, b := range uses[:i] {
			if len(pairs) == twiceMost {
				return pairs
			}
			if a.Rule.Enabled && b.Rule.Enabled && a.Rule.Meets(b.Rule) {
				pairs = append(pairs, [2]Use{b, a})
			}
		}
	}
	return pairs
}

// Keys are its keys in the rules, each once.
func (r *Receiver) Keys() []string {
	var keys []string
	for _, u := range r.Uses {
		if !slices.Contains(keys, u.Key) {
			keys = append(keys, u.Key)
		}
	}
	return keys
}

// Name is what a page calls it: its name in the first rule that leads to it.
func (r *Receiver) Name() string {
	_, name, _ := strings.Cut(r.Uses[0].Key, "/")
	return name
}

// Mentions tells whether a word is in what a page says of the receiver.
func (r *Receiver) Mentions(word string) bool {
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(word)) }
	return slices.ContainsFunc(r.To, func(to To) bool { return has(to.Contact) || has(to.Reference) }) ||
		slices.ContainsFunc(r.Uses, func(u Use) bool { return has(u.Key) || has(u.Rule.Name) })
}
