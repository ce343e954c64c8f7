package workspace

import (
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// indexContacts also checks what the document's shape leaves open: names and ids
// given twice and email addresses that are none.
func (b *builder) indexContacts() {
	people := b.document.Contacts
	b.identities(aContact, "contacts", func(i int) (string, string) { return people[i].Name, people[i].ID }, len(people))
	b.contacts, b.accounts = map[string]int{}, map[string]string{}
	for i, c := range people {
		at := fmt.Sprintf("contacts[%d]", i)
		switch first, again := b.accounts[c.UID]; {
		case c.UID == "":
		case again:
			b.add(uidTaken, at+".uid", "at", numberedAs(aContact, b.contacts[first]))
		default:
			if err := secret.CheckPlain(c.UID); err != nil {
				b.add(misreference, at+".uid", "reason", err.Error())
			}
			b.accounts[c.UID] = c.Name
		}
		if c.Name == document.Creator {
			b.add(creatorReserved, at+".name", "name", document.Creator)
		}
		if _, again := b.contacts[c.Name]; again {
			continue
		}
		b.contacts[c.Name] = i
		path := at + ".email"
		if c.Email == "" {
			continue
		}
		if err := secret.CheckPlain(c.Email); err != nil {
			b.add(misreference, path, "reason", err.Error())
		} else if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
			b.add(notAnAddress, path)
		}
	}
}

// contact returns the contact of that name and the address that the target
// type needs of it.
func (b *builder) contact(name string, spec target.Spec, at string) (document.Contact, string, bool) {
	i, ok := b.contacts[name]
	if !ok || name == "" {
		if name != "" && len(b.errors) < maxFindings {
			b.add(contactUnknown, at, "name", shown(name), "hint", b.suggestContact(name))
		}
		return document.Contact{}, "", false
	}
	c := b.document.Contacts[i]
	address := addressOf(c, spec)
	if address == "" && !b.failed(fmt.Sprintf("contacts[%d]", i)) {
		b.add(contactIncomplete, at, "name", name, "field", string(spec.Contact), "type", spec.Type, "at", numberedAs(aContact, i))
	}
	return c, address, address != "" && !b.failed(fmt.Sprintf("contacts[%d]", i))
}

// addressOf returns the address of a contact that a target of the type needs, in the
// one form for all targets: a mainland phone number gets its country code. It is ""
// when the contact has none.
func addressOf(c document.Contact, spec target.Spec) string {
	switch {
	case spec.Contact == target.ContactEmail:
		return c.Email
	case c.Phone != "" && !strings.HasPrefix(c.Phone, "+"):
		return "+86" + c.Phone
	}
	return c.Phone
}

func (b *builder) suggestContact(name string) any {
	if len(b.contacts) == 0 {
		return noContacts.With()
	}
	return suggest(name, slices.Sorted(maps.Keys(b.contacts)))
}
