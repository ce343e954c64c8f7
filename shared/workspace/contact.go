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
	b.contacts = map[string]int{}
	accounts := map[string]int{}
	for i, c := range people {
		if first, again := accounts[c.UID]; again && c.UID != "" {
			b.add(uidTaken, fmt.Sprintf("contacts[%d].uid", i), "at", fmt.Sprintf("contacts[%d]", first))
		} else {
			accounts[c.UID] = i
		}
		if _, again := b.contacts[c.Name]; again {
			continue
		}
		b.contacts[c.Name] = i
		path := fmt.Sprintf("contacts[%d].email", i)
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
// type needs of it. A mainland phone number gets its country code, so that
// every target sees one form.
func (b *builder) contact(name string, spec target.Spec, at string) (document.Contact, string, bool) {
	i, ok := b.contacts[name]
	if !ok || name == "" {
		if name != "" && len(b.errors) < maxFindings {
			b.add(contactUnknown, at, "name", shown(name), "hint", b.suggestContact(name))
		}
		return document.Contact{}, "", false
	}
	c := b.document.Contacts[i]
	address := c.Phone
	if spec.Contact == target.ContactEmail {
		address = c.Email
	} else if address != "" && !strings.HasPrefix(address, "+") {
		address = "+86" + address
	}
	if address == "" && !b.failed(fmt.Sprintf("contacts[%d]", i)) {
		b.add(contactIncomplete, at, "name", name, "field", string(spec.Contact), "type", spec.Type, "at", fmt.Sprintf("contacts[%d]", i))
	}
	return c, address, address != "" && !b.failed(fmt.Sprintf("contacts[%d]", i))
}

func (b *builder) suggestContact(name string) any {
	if len(b.contacts) == 0 {
		return noContacts.With()
	}
	return suggest(name, slices.Sorted(maps.Keys(b.contacts)))
}
