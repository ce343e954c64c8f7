package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// contactsBody is the page of the people that rules reach.
type contactsBody struct {
	Rows   []contactRow
	Form   edit.Contact
	Was    string
	Errors complaints
}

type contactRow struct {
	edit.Contact
	// Rules are those that the person is told of.
	Rules []string
}

func (c *Console) showContacts(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	body := contactsBody{Errors: complaints{}}
	if name := r.URL.Query().Get("edit"); name != "" {
		for _, one := range s.contacts {
			if one.Name == name {
				body.Form, body.Was = one, name
			}
		}
	}
	c.contactsPage(w, r, http.StatusOK, s, body)
}

func (c *Console) contactsPage(w http.ResponseWriter, r *http.Request, status int, s *state, body contactsBody) {
	for _, one := range s.contacts {
		body.Rows = append(body.Rows, contactRow{one, rulesOf(s, one.Name)})
	}
	c.show(w, r, status, "contacts", page{Workspace: s.head.Workspace, At: "contacts", Title: say(languageOf(r), "contacts.title"), Body: body})
}

// rulesOf names the rules that reach a contact.
func rulesOf(s *state, contact string) []string {
	var names []string
	for _, rule := range s.rules {
		if slices.ContainsFunc(rule.Targets, func(t edit.Target) bool { return slices.Contains(t.Contacts, contact) }) {
			names = append(names, rule.Name)
		}
	}
	return names
}

// postContact adds, changes or deletes a contact.
func (c *Console) postContact(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	l := languageOf(r)
	body := contactsBody{Was: r.PostFormValue("was"), Errors: complaints{}, Form: edit.Contact{
		Name: strings.TrimSpace(r.PostFormValue("name")), Phone: compactPhone(r.PostFormValue("phone")),
		Email: strings.TrimSpace(r.PostFormValue("email")), Language: r.PostFormValue("language"),
	}}
	if r.PostFormValue("do") == "delete" {
		if used := rulesOf(s, body.Was); len(used) > 0 {
			c.contactsPageWith(w, r, s, say(l, "contacts.used", body.Was, strings.Join(used, ", ")))
			return
		}
		c.changeDocument(w, r, s, "/contacts", "contact-deleted", func(d *edit.Document) error { return d.RemoveContact(body.Was) })
		return
	}
	text, err := withContact(s, body.Was, body.Form)
	if errors.Is(err, edit.ErrNone) {
		c.showNothing(w, r)
		return
	}
	if err == nil {
		c.examineContact(l, s, text, &body)
	} else {
		body.Errors.add("", err.Error())
	}
	if len(body.Errors) > 0 {
		c.contactsPage(w, r, http.StatusUnprocessableEntity, s, body)
		return
	}
	refused, err := c.put(r.Context(), s, text)
	switch {
	case conflict(err):
		body.Errors.add("", say(l, "rule.changed"))
		c.contactsPage(w, r, http.StatusConflict, s, body)
	case err != nil:
		c.fail(w, r, err)
	default:
		c.after(w, r, "/contacts", "contact-saved", refused)
	}
}

func (c *Console) contactsPageWith(w http.ResponseWriter, r *http.Request, s *state, text string) {
	body := contactsBody{Errors: complaints{}}
	for _, one := range s.contacts {
		body.Rows = append(body.Rows, contactRow{one, rulesOf(s, one.Name)})
	}
	c.show(w, r, http.StatusConflict, "contacts", page{
		Workspace: s.head.Workspace, At: "contacts", Title: say(languageOf(r), "contacts.title"), Body: body, Notice: &notice{Text: text},
	})
}

// compactPhone takes out what people put into numbers to read them.
func compactPhone(number string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -().\u00a0", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(number))
}

// withContact returns the document with the contact in it. A contact that
// changes its name changes it in the rules too.
func withContact(s *state, was string, contact edit.Contact) ([]byte, error) {
	d, err := edit.Open(s.text)
	if err != nil {
		return nil, err
	}
	if err := d.PutContact(was, contact); err != nil {
		return nil, err
	}
	if was == "" || was == contact.Name {
		return d.Text(), nil
	}
	for _, rule := range s.rules {
		changed := false
		for i, t := range rule.Targets {
			if at := slices.Index(t.Contacts, was); at >= 0 {
				contacts := slices.Clone(t.Contacts)
				contacts[at] = contact.Name
				rule.Targets[i].Contacts, changed = contacts, true
			}
		}
		if changed {
			if err := d.PutRule(rule.Name, rule); err != nil {
				return nil, err
			}
		}
	}
	return d.Text(), nil
}

// examineContact says beside the fields what is wrong.
func (c *Console) examineContact(l message.Language, s *state, text []byte, body *contactsBody) {
	if body.Form.Name == "" {
		body.Errors.add("name", say(l, "contacts.name.missing"))
	}
	if body.Form.Phone == "" && body.Form.Email == "" {
		body.Errors.add("email", say(l, "contacts.address.missing"))
	}
	for _, other := range s.contacts {
		if other.Name == body.Form.Name && other.Name != body.Was {
			body.Errors.add("name", say(l, "contacts.name.taken"))
		}
	}
	if len(body.Errors) > 0 {
		return
	}
	at := len(s.contacts)
	for i, one := range s.contacts {
		if one.Name == body.Was {
			at = i
		}
	}
	known := func(field string) bool {
		return field == "name" || field == "phone" || field == "email" || field == "language"
	}
	_, findings := c.documents.check(text, len(s.rules) == 0)
	prefix := "contacts[" + itoa(at) + "]"
	body.Errors.sort(l, prefix, slices.DeleteFunc(findings, func(f workspace.Finding) bool { return f.Path == "" }), known)
}
