// Package contacts is the page for the people whom rules reach by phone or email.
package contacts

import (
	"embed"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, contactWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("GET /contacts", b.WithDraft(h.WithWorkspace(h.showContacts), h.WithWorkspace(h.postContact)))
	mux.HandleFunc("POST /contacts", h.WithWorkspace(h.postContact))
}

// contactsBody is the page of the people that rules reach.
type contactsBody struct {
	Rows  []contactRow
	Form  edit.Contact
	Hours []backend.Hours
	Was   string
	// Base is what the form was made of.
	Base   string
	Errors problems.Complaints
}

type contactRow struct {
	edit.Contact
	// Rules are those that the person is told of.
	Rules []string
}

func (h *handlers) showContacts(w http.ResponseWriter, r *http.Request, s *backend.State) {
	var body contactsBody
	if name := r.URL.Query().Get("edit"); name != "" {
		body.Form = contactOf(s, name)
		body.Was = body.Form.Name
	}
	h.contactsPage(w, r, http.StatusOK, s, body, nil)
}

func (h *handlers) contactsPage(w http.ResponseWriter, r *http.Request, status int, s *backend.State, body contactsBody, n *frame.Notice) {
	for _, one := range s.Contacts {
		body.Rows = append(body.Rows, contactRow{one, rulesOf(s, one.Name)})
	}
	body.Base = backend.Snapshot(contactOf(s, body.Was))
	body.Hours = s.HoursFor(frame.LanguageOf(r), body.Form.Quiet)
	h.Show(w, r, Book, status, "contacts", frame.Page{Workspace: s.Head.Workspace, At: "contacts", Title: Book.Say(frame.LanguageOf(r), "contacts.title"), Body: body, Notice: n, Form: "/contacts"})
}

// contactOf returns the contact of that name; the zero value when there is none.
func contactOf(s *backend.State, name string) edit.Contact {
	for _, one := range s.Contacts {
		if one.Name == name {
			return one
		}
	}
	return edit.Contact{}
}

// rulesOf names the rules that reach a contact, and the receivers that are sent to it
// and that no rule refers to.
func rulesOf(s *backend.State, contact string) []string {
	var names []string
	used := map[string]bool{}
	for _, rule := range s.Rules {
		reached := false
		for _, t := range rule.Targets {
			used[t.Receiver] = true
			whole, _ := t.Resolved(s.Entries)
			reached = reached || slices.Contains(whole.Contacts, contact)
		}
		if reached {
			names = append(names, rule.Name)
		}
	}
	for _, r := range s.Entries {
		if !used[r.Name] && slices.Contains(r.Contacts, contact) {
			names = append(names, r.Name)
		}
	}
	return names
}

// postContact adds, changes or deletes a contact.
func (h *handlers) postContact(w http.ResponseWriter, r *http.Request, s *backend.State) {
	l := frame.LanguageOf(r)
	body := contactsBody{Was: r.PostFormValue("was"), Errors: problems.Complaints{}, Form: edit.Contact{
		Name: strings.TrimSpace(r.PostFormValue("name")), Phone: compactPhone(r.PostFormValue("phone")),
		Email: strings.TrimSpace(r.PostFormValue("email")), Language: r.PostFormValue("language"), UID: strings.TrimSpace(r.PostFormValue("uid")),
	}}
	was := contactOf(s, body.Was)
	body.Form.Mention = was.Mention // the form does not ask for it
	body.Form.Quiet = backend.Ordered(was.Quiet, r.PostForm["quiet"])
	if r.PostFormValue("do") == "delete" {
		used := rulesOf(s, body.Was)
		for _, one := range s.Entries {
			if slices.Contains(one.Contacts, body.Was) {
				used = append(used, one.Name)
			}
		}
		if len(used) > 0 {
			said := &frame.Notice{Text: Book.Say(l, "contacts.used", body.Was, strings.Join(used, ", "))}
			h.contactsPage(w, r, http.StatusConflict, s, contactsBody{}, said)
			return
		}
		h.Change(w, r, s, "/contacts", "contact-deleted", func(d *edit.Document) error { return d.RemoveContact(body.Was) })
		return
	}
	if r.PostFormValue("do") == "look" {
		h.contactsPage(w, r, http.StatusOK, s, body, nil)
		return
	}
	says := ""
	if was.Name == "" && body.Was != "" {
		body.Was, says = "", backend.Book.Say(l, "meet.deleted")
	} else if body.Was != "" {
		body.Form, says = backend.Meet(l, r.PostFormValue("base"), body.Form, was)
	}
	if says != "" {
		body.Errors.Add("", says)
		h.contactsPage(w, r, http.StatusConflict, s, body, nil)
		return
	}
	text, err := withContact(s, body.Was, body.Form)
	if errors.Is(err, edit.ErrNone) {
		h.NotFound(w, r)
		return
	}
	if err == nil {
		h.examineContact(l, s, text, &body)
	} else {
		body.Errors.Add("", err.Error())
	}
	if len(body.Errors) > 0 {
		h.contactsPage(w, r, http.StatusUnprocessableEntity, s, body, nil)
		return
	}
	h.SaveForm(w, r, s, text, "/contacts", "contact-saved", func(says string) {
		body.Errors.Add("", says)
		h.contactsPage(w, r, http.StatusConflict, s, body, nil)
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
// changes its name changes it in the rules and receivers too.
func withContact(s *backend.State, was string, contact edit.Contact) ([]byte, error) {
	return s.Edited(func(d *edit.Document) error {
		err := d.PutContact(was, contact)
		if was == "" || was == contact.Name {
			return err
		}
		renamed := func(contacts []string) []string { // those of s stay what the file says
			contacts = slices.Clone(contacts)
			if at := slices.Index(contacts, was); at >= 0 {
				contacts[at] = contact.Name
			}
			return contacts
		}
		for _, r := range s.Entries {
			if err == nil && slices.Contains(r.Contacts, was) {
				r.Contacts = renamed(r.Contacts)
				err = d.PutReceiver(r.Name, r)
			}
		}
		for _, rule := range s.Rules {
			changed := false
			rule.Targets = slices.Clone(rule.Targets)
			for i, t := range rule.Targets {
				if slices.Contains(t.Contacts, was) && err == nil {
					rule.Targets[i].Contacts, changed = renamed(t.Contacts), true
				}
			}
			if changed {
				err = d.PutRule(rule.Name, rule)
			}
		}
		return err
	})
}

// examineContact says beside the fields what is wrong.
func (h *handlers) examineContact(l message.Language, s *backend.State, text []byte, body *contactsBody) {
	if body.Form.Name == "" {
		body.Errors.Add("name", Book.Say(l, "contacts.name.missing"))
	}
	if body.Form.Phone == "" && body.Form.Email == "" {
		body.Errors.Add("email", Book.Say(l, "contacts.address.missing"))
	}
	for _, other := range s.Contacts {
		if other.Name == body.Form.Name && other.Name != body.Was {
			body.Errors.Add("name", Book.Say(l, "contacts.name.taken"))
		}
	}
	if len(body.Errors) > 0 {
		return
	}
	at := len(s.Contacts)
	for i, one := range s.Contacts {
		if one.Name == body.Was {
			at = i
		}
	}
	known := func(field string) bool {
		return slices.Contains([]string{"name", "phone", "email", "uid", "quiet", "language"}, field)
	}
	_, findings := h.Documents.Check(text, len(s.Rules) == 0)
	prefix := "contacts[" + strconv.Itoa(at) + "]"
	body.Errors.Sort(l, prefix, slices.DeleteFunc(findings, func(f workspace.Finding) bool { return f.Path == "" }), known)
}
