package workspace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/rule"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// person is the contact that a receiver is.
type person struct {
	name string
	// uid is the account that has to have created what an event is about, and patterns
	// are those of the rule for it; "" for somebody who is told of everything.
	uid      string
	patterns []*rule.Pattern
	// entry is the name of the document's receiver that it is; "" for one in place.
	entry string
}

// creators returns the contacts that a target of a rule is sent to as whoever
// created what an event is about: those with an account and the address that the
// target needs, whose events the scope lets through. Those that a target of the
// type names get every event already, and nobody is told twice.
func (b *builder) creators(r document.Rule, spec target.Spec) (list []document.Contact) {
	for i, c := range b.document.Contacts {
		switch {
		case c.UID == "" || addressOf(c, spec) == "" || b.failed(fmt.Sprintf("contacts[%d]", i)):
		case len(r.Scope.CreatedBy) > 0 && !slices.Contains(r.Scope.CreatedBy, c.UID):
		case slices.ContainsFunc(r.Targets, func(t document.Target) bool { return t.Type == spec.Type && slices.Contains(t.Contacts, c.Name) }):
		default:
			list = append(list, c)
		}
	}
	return list
}

// checkCreator checks what a target that is sent to the creator needs of the source
// of its rule, and of the contacts.
func (b *builder) checkCreator(c *event.Catalogue, r document.Rule, spec target.Spec, at string) bool {
	source, known := c.Source(r.Source)
	switch {
	case !known: // which has been reported
		return false
	case source.CreatedBy == "":
		b.add(creatorUnfit, at, "source", source.Name)
		return false
	}
	sent := func(t document.Target) bool {
		return t.Type == spec.Type && slices.ContainsFunc(t.Contacts, func(name string) bool { return name != document.Creator })
	}
	if len(b.creators(r, spec)) == 0 && !slices.ContainsFunc(r.Targets, sent) && !b.failed("contacts") {
		b.add(creatorNobody, at, "field", string(spec.Contact))
		return false
	}
	return true
}

// creatorKey is the key of a receiver that is told of what an account created. It
// has the account: what waits for the creator of one thing is never sent to whoever
// has another account by then.
func creatorKey(t document.Target, c document.Contact) string {
	uid := plain(c.UID)
	if uid != c.UID {
		uid = digest(c.UID)
	}
	return cmp.Or(t.Name, t.Type) + "-" + document.Creator + "-" + c.Key() + "-" + uid
}

// created completes the receivers of a rule that are told of what they created.
func (b *builder) created(c *event.Catalogue, r *Rule, d document.Rule, to []received, path string) {
	source, _ := c.Source(d.Source)
	r.accounts, r.creatorAt = b.accounts, source.CreatedBy
	only := len(d.Targets) > 0
	for _, t := range d.Targets {
		only = only && len(t.Contacts) == 1 && t.Contacts[0] == document.Creator
	}
	if only && !b.failed(path+".targets") {
		b.add(creatorAlone, path+".targets")
	}
	taken := len(d.Scope.CreatedBy) == 0 && slices.ContainsFunc(r.fields, func(f fields) bool { return f.occupies(r.createdBy()) })
	for _, one := range to {
		who := person{name: one.contact.Name, entry: one.entry}
		if one.creator {
			who.uid = one.contact.UID
			if taken {
				b.add(creatorTaken, path+".targets", "field", "data."+source.CreatedBy)
			}
		}
		r.people = append(r.people, who)
	}
	for i, who := range r.people {
		if who.uid == "" || taken {
			continue
		}
		for _, text := range r.Narrowed(r.receivers[i], texts(r.fields)) {
			if p, err := compile([]byte(text)); err == nil { // as those of the rule did
				r.people[i].patterns = append(r.people[i].patterns, p)
			}
		}
	}
}

// createdBy is the path of the account that created what an event is about, as
// patterns have it.
func (r Rule) createdBy() string {
	return "data" + pathSeparator + strings.ReplaceAll(r.creatorAt, ".", pathSeparator)
}

// person returns the contact that a receiver of the rule is; nobody where it is none.
func (r Rule) person(to target.Receiver) (who person) {
	for i, receiver := range r.receivers {
		if receiver.Type == to.Type && receiver.Name == to.Name && i < len(r.people) {
			return r.people[i]
		}
	}
	return who
}

// Narrowed returns what patterns of the rule match for a receiver that is told only
// of what its own account created, as patterns; nil for every other receiver, which
// is told of all that the rule asks for.
func (r Rule) Narrowed(to target.Receiver, patterns []string) []string {
	who := r.person(to)
	if who.uid == "" {
		return nil
	}
	value := string(compact(who.uid))
	narrow := func(which func(conditions []string) bool) (list []fields) {
		for _, text := range patterns {
			f, err := takeApart([]byte(text))
			if err != nil || !which(f[r.createdBy()]) {
				continue
			}
			f[r.createdBy()] = []string{value}
			list = append(list, f)
		}
		return list
	}
	list := narrow(func(conditions []string) bool { return conditions == nil || slices.Contains(conditions, value) })
	if list == nil { // they are for other accounts, and the bus hands over none of this one
		list = narrow(func([]string) bool { return true })
	}
	return texts(list)
}

// Reached returns the receivers of an event that the rule applies to. missed says why
// whoever created what it is about is not among them, in a rule that notifies the
// creator; otherwise it is "".
func (r Rule) Reached(e event.Event) (to []target.Receiver, missed string, err error) {
	asked, created, names := false, false, map[string]bool{}
	for i, receiver := range r.receivers {
		who := r.people[i]
		if who.uid != "" {
			asked = true
			if why, err := rule.Refusal(e.JSON(), who.patterns...); err != nil {
				return nil, "", err
			} else if why != "" {
				continue
			}
			created = true
		}
		to = append(to, receiver)
		names[who.name] = true
	}
	uid := e.Lookup(r.creatorAt)
	name := r.accounts[uid]
	switch {
	case !asked, created, name != "" && names[name]:
	case uid == "":
		missed = "the event has no data." + r.creatorAt + ", so nobody knows its creator"
	case name == "":
		missed = "created by " + uid + ", who is no contact with a uid"
	default:
		missed = "created by " + uid + " (" + name + "), whom no target of the rule reaches as its creator"
	}
	return to, missed, nil
}
