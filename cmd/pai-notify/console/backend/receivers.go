package backend

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// Receiver is whom messages go to: a group, a program, or a person by one way. It
// is one however many rules lead to it.
type Receiver struct {
	// ID stands for what it is on pages.
	ID, Type string
	// Entry is its name under receivers in the document, and Contacts whom the document
	// says there that it reaches; "" for one that rules write in place.
	Entry    string
	Contacts []string
	// To are the addresses that it has, each once.
	To []To
	// References are all that it refers to, such as "env:A".
	References []string
	Costs      bool
	Uses       []Use
	// Twice are the warnings that one event becomes two messages to it.
	Twice []workspace.Finding
}

// To is where a receiver leads, as far as it may be shown: a reference, or a person
// at an address; nothing of a secret that the document writes out.
type To struct {
	target.Receiver
	Reference, Contact, Address string
	digest                      string
}

// Use is a rule that leads to a receiver, and the receiver's key there as
// "<type>/<name>". InPlace tells that the rule says itself where.
type Use struct {
	Rule    workspace.Rule
	Key     string
	InPlace bool
}

// directory is who gets messages by a document.
type directory struct {
	receivers []*Receiver
	// uses are the rules that lead to an address, by its digest.
	uses map[string][]Use
}

// Receivers returns whom a document leads to, in its order. It is made once.
func (s *State) Receivers() []*Receiver { return s.reached().receivers }

func (s *State) reached() directory {
	s.once.Do(func() {
		s.directory = directory{uses: map[string][]Use{}}
		at := map[string]*Receiver{}
		add := func(key, digest string, spec target.Spec) *Receiver {
			at[key] = &Receiver{ID: Digest([]byte(digest))[:16], Type: spec.Type, Costs: spec.AtMostOnce()}
			s.directory.receivers = append(s.directory.receivers, at[key])
			return at[key]
		}
		for _, e := range s.Entries {
			spec, _ := SpecOf(s.Workspace.Types, e.Type)
			one := add(e.Name, "entry "+e.Name, spec)
			one.Entry, one.Contacts = e.Name, e.Contacts
			if parameters, err := json.Marshal(e.Parameters); err == nil {
				one.References = secret.References(parameters)
				if to, _ := describe(s.Workspace, target.Receiver{Type: e.Type, Name: e.Key(), Parameters: parameters}); spec.Contact == target.NoContact {
					one.To = []To{to}
					if at[to.digest] == nil {
						at[to.digest] = one // what rules write in place is the same group
					}
				}
			}
		}
		for _, rule := range s.Workspace.Rules {
			for _, receiver := range rule.Receivers() {
				to, spec := describe(s.Workspace, receiver)
				entry := rule.Entry(receiver)
				key := cmp.Or(entry, to.digest)
				one := at[key]
				if one == nil {
					one = add(key, key, spec)
					one.References = secret.References(to.Parameters)
				}
				if !slices.ContainsFunc(one.To, func(other To) bool { return other.digest == to.digest }) {
					one.To = append(one.To, to)
				}
				use := Use{rule, to.Type + "/" + to.Name, entry == ""}
				one.Uses = append(one.Uses, use)
				s.directory.uses[to.digest] = append(s.directory.uses[to.digest], use)
			}
		}
		s.directory.warn(s.Workspace)
	})
	return s.directory
}

// warn hands the warnings about events that come twice to the receivers.
func (d directory) warn(w *workspace.Workspace) {
	by := map[string][]string{} // digests of addresses, by the name of a rule
	for digest, uses := range d.uses {
		for _, u := range uses {
			by[u.Rule.Name] = append(by[u.Rule.Name], digest)
		}
	}
	at := map[string][]*Receiver{}
	for _, one := range d.receivers {
		for _, to := range one.To {
			at[to.digest] = append(at[to.digest], one)
		}
	}
	for _, f := range w.Warnings {
		rule, _, ok := Again(f)
		if !ok || rule >= len(w.Rules) {
			continue
		}
		other, _ := f.Arguments["rule"].(string)
		for _, digest := range by[w.Rules[rule].Name] {
			for _, one := range at[digest] {
				if len(one.Twice) < twiceMost && slices.Contains(by[other], digest) && !slices.ContainsFunc(one.Twice, func(g workspace.Finding) bool { return g.Path == f.Path }) {
					one.Twice = append(one.Twice, f)
				}
			}
		}
	}
}

// twiceMost is how many warnings of a receiver are told.
const twiceMost = 3

// Again tells whether a finding is that one event becomes two messages to a receiver,
// and of which target of which rule, by their positions.
func Again(f workspace.Finding) (rule, target int, ok bool) {
	if f.Code != "receiver-again" {
		return 0, 0, false
	}
	return positions(f.Path)
}

func positions(path string) (rule, target int, ok bool) {
	n, _ := fmt.Sscanf(path, "rules[%d].targets[%d]", &rule, &target)
	return rule, target, n == 2
}

// Shared tells whether another rule leads to an address of a rule too.
func (s *State) Shared(rule workspace.Rule, was string) bool {
	return slices.ContainsFunc(rule.Receivers(), func(receiver target.Receiver) bool {
		to, _ := describe(s.Workspace, receiver)
		return slices.ContainsFunc(s.reached().uses[to.digest], func(u Use) bool { return u.Rule.Name != was })
	})
}

// Twice returns what is to be said of the targets of a rule at a position, by their
// positions: that one event becomes two messages, because of them and of others.
func Twice(l message.Language, w *workspace.Workspace, at int) map[int][]string {
	said := map[int][]string{}
	for _, f := range w.Warnings {
		rule, target, ok := Again(f)
		if ok && rule != at && rule < len(w.Rules) && at < len(w.Rules) && f.Arguments["rule"] == w.Rules[at].Name {
			f.Arguments = maps.Clone(f.Arguments) // it is the other one that the reader has to be told of
			f.Arguments["rule"] = w.Rules[rule].Name
			if place, is := f.Arguments["at"].(message.Statement); is {
				number, _ := place.Arguments["number"].(int)
				place.Arguments = maps.Clone(place.Arguments)
				place.Arguments["number"] = target + 1
				f.Arguments["at"], target = place, number-1
			} else if _, its, is := positions(fmt.Sprint(f.Arguments["at"])); is {
				f.Arguments["at"], target = f.Path, its
			}
			rule = at
		}
		if ok && rule == at {
			said[target] = append(said[target], f.In(l))
		}
	}
	return said
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

// Name is what a page calls it.
func (r *Receiver) Name() string {
	if r.Entry != "" {
		return r.Entry
	}
	_, name, _ := strings.Cut(r.Uses[0].Key, "/") // in the first rule that leads to it
	return name
}

// InPlace tells that a rule says itself where it leads.
func (r *Receiver) InPlace() bool {
	return slices.ContainsFunc(r.Uses, func(u Use) bool { return u.InPlace })
}

// Mentions tells whether a word is in what a page says of the receiver.
func (r *Receiver) Mentions(word string) bool {
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(word)) }
	return has(r.Entry) || slices.ContainsFunc(r.To, func(to To) bool { return has(to.Contact) || has(to.Reference) }) ||
		slices.ContainsFunc(r.Uses, func(u Use) bool { return has(u.Key) || has(u.Rule.Name) })
}
