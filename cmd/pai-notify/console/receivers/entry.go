package receivers

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// entry is the page of one receiver that the document names, or of a new one.
type entry struct {
	// Was is its name in the document; "" for a new one. Base says which state of it the
	// form was made of.
	Was, Base, Name string
	// Target has its settings; nil before a type is chosen, of Types.
	Target *form.Target
	Types  []frame.Choice
	// Rules refer to it.
	Rules    []string
	Action   string
	Contacts []edit.Contact
	Accounts bool
	Errors   problems.Complaints
	// Waiting says what would never be sent if the form were saved.
	Waiting []string
	Bus     string

	id string
}

func (h *handlers) showNew(w http.ResponseWriter, r *http.Request, s *backend.State) {
	e := &entry{Errors: problems.Complaints{}}
	if spec, ok := backend.SpecOf(h.Options.Specs, r.URL.Query().Get("type")); ok {
		e.Target = form.NewTarget(spec, 0, -1)
		e.Target.At(0)
	}
	h.entryPage(w, r, http.StatusOK, s, e, nil)
}

func (h *handlers) showEntry(w http.ResponseWriter, r *http.Request, s *backend.State) {
	old, ok := s.Entry(r.PathValue("name"))
	spec, known := backend.SpecOf(h.Options.Specs, old.Type)
	if !ok || !known {
		h.NotFound(w, r)
		return
	}
	e := &entry{Was: old.Name, Base: base(old), Name: old.Name, Target: form.NewTarget(spec, 0, -1), Errors: problems.Complaints{}}
	e.Target.At(0)
	e.Target.Load(old.Target())
	h.entryPage(w, r, http.StatusOK, s, e, nil)
}

// base names a state of a receiver.
func base(r edit.Receiver) string {
	text, err := json.Marshal(r)
	if err != nil {
		return ""
	}
	return backend.Digest(text)
}

// postEntry takes the form of a receiver: to look at it, to test, save or delete it.
func (h *handlers) postEntry(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	l, what := frame.LanguageOf(r), r.PostForm.Get("do")
	old, exists := s.Entry(r.PathValue("name"))
	spec, ok := backend.SpecOf(h.Options.Specs, r.PostForm.Get("t0.type"))
	if !ok && !exists || exists && ok && old.Type != spec.Type {
		h.NotFound(w, r)
		return
	}
	if what == "delete" {
		h.remove(w, r, s, old)
		return
	}
	e := &entry{
		Was: r.PathValue("name"), Base: r.PostForm.Get("base"), Name: strings.TrimSpace(r.PostForm.Get("name")),
		Target: form.ReadTarget(r.PostForm, spec, old.Target(), h.Censor), Errors: problems.Complaints{}, id: old.ID,
	}
	switch {
	case e.Was != "" && (!exists || base(old) != e.Base):
		e.Errors.Add("", Book.Say(l, "rule.changed"))
		h.entryPage(w, r, http.StatusConflict, s, e, nil)
	case what == "save":
		h.save(w, r, s, e)
	case what == "inbox:0" && h.Options.InboxPage != "" && e.Target.Type == h.Options.Inbox.Type:
		e.Target.Load(h.Options.Inbox)
		h.entryPage(w, r, http.StatusOK, s, e, nil)
	case what == "test:0":
		h.testEntry(r, s, e)
		h.entryPage(w, r, http.StatusOK, s, e, nil)
	default:
		h.entryPage(w, r, http.StatusOK, s, e, nil)
	}
}

// receiver is what the document would hold, with each secret as reveal makes it.
func (e *entry) receiver(reveal func(t *form.Target, key, token string) string) edit.Receiver {
	t := e.Target.Target(reveal)
	return edit.Receiver{Name: e.Name, ID: e.id, Type: t.Type, Language: t.Language, Contacts: t.Contacts, Parameters: t.Parameters}
}

func (h *handlers) literal(t *form.Target, key, token string) string {
	return t.Revealed(h.Censor, key, token)
}

// testEntry sends test messages with the settings of the form.
func (h *handlers) testEntry(r *http.Request, s *backend.State, e *entry) {
	l, name := frame.LanguageOf(r), e.Name
	if e.Name == "" {
		e.Name = "test"
	}
	h.examine(l, s, e, nil)
	made := e.receiver(h.literal)
	e.Name = name
	if len(e.Errors) > 0 {
		return
	}
	text, err := made.JSON()
	if err != nil {
		e.Errors.Add("", err.Error())
		return
	}
	receivers, _ := s.Workspace.CheckReceiver(text)
	if len(receivers) == 0 {
		e.Errors.Add("t0.contacts", Book.Say(l, "receivers.test.nobody"))
	}
	page := ""
	if h.InInbox(made.Target()) {
		page = h.Options.InboxPage
	}
	for _, receiver := range receivers {
		receiver.Language = l // the advice is for who reads this page
		e.Target.Results = append(e.Target.Results, form.Result{Outcome: h.Probe(r.Context(), event.Rule{Name: "test"}, receiver), Receiver: receiver.Name, Page: page})
	}
}

// examine says beside the fields what is wrong with the form, by itself and, where
// there is one, in the document with it.
func (h *handlers) examine(l message.Language, s *backend.State, e *entry, with []byte) {
	if e.Name == "" {
		e.Errors.Add("name", Book.Say(l, "receivers.name.missing"))
	}
	if _, taken := s.Entry(e.Name); taken && e.Name != e.Was {
		e.Errors.Add("name", Book.Say(l, "receivers.name.taken"))
	}
	empty, gone := e.Target.Lacking(h.Censor)
	for _, field := range empty {
		e.Errors.Add(field.ID, Book.Say(l, "rule.field.missing", frame.ParameterName(h.Options.Platforms, e.Target.Type, field.Name, l)))
	}
	for _, field := range gone {
		e.Errors.Add(field.ID, Book.Say(l, "rule.secret.gone"))
	}
	for _, field := range e.Target.Fields {
		if field.Odd {
			e.Errors.Add(field.ID, Book.Say(l, "rule.field.lines"))
		}
	}
	if len(e.Errors) > 0 {
		return
	}
	text, err := e.receiver(h.literal).JSON()
	if err != nil {
		e.Errors.Add("", err.Error())
		return
	}
	known := func(field string) bool {
		return field == "name" || field == "contacts" || slices.ContainsFunc(e.Target.Fields, func(f *form.Field) bool { return f.Name == field })
	}
	found := problems.Complaints{}
	_, findings := s.Workspace.CheckReceiver(text)
	found.Sort(l, "receivers[0]", findings, known)
	if len(findings) == 0 && with != nil {
		_, findings = h.Documents.Check(with, len(s.Rules) == 0)
		found.Sort(l, "receivers["+strconv.Itoa(h.at(s, e))+"]", findings, known)
	}
	for field, texts := range found {
		if field != "" && field != "name" {
			field = "t0." + field
		}
		e.Errors[field] = append(e.Errors[field], texts...)
	}
}

// at is the position that the receiver has, or will have, in the document.
func (h *handlers) at(s *backend.State, e *entry) int {
	if i := slices.IndexFunc(s.Entries, func(r edit.Receiver) bool { return r.Name == e.Was }); i >= 0 {
		return i
	}
	return len(s.Entries)
}

// save writes the receiver. A new name goes into the rules that refer to it.
func (h *handlers) save(w http.ResponseWriter, r *http.Request, s *backend.State, e *entry) {
	l := frame.LanguageOf(r)
	again := func(status int) { h.entryPage(w, r, status, s, e, nil) }
	written := func(reveal func(t *form.Target, key, token string) string) []byte {
		text, err := s.Edited(func(d *edit.Document) error { return d.PutReceiver(e.Was, e.receiver(reveal)) })
		if err != nil {
			e.Errors.Add("", err.Error())
		}
		return text
	}
	text := written(h.literal)
	h.examine(l, s, e, text)
	if len(e.Errors) > 0 {
		again(http.StatusUnprocessableEntity)
		return
	}
	if !backend.Agreed(r) {
		if e.Waiting = h.Ended(r.Context(), l, text); len(e.Waiting) > 0 {
			again(http.StatusOK)
			return
		}
	}
	text = written(func(t *form.Target, key, token string) string {
		if censor.IsReference(token) {
			return token
		}
		name, err := h.Options.Secrets.Keep(e.Name+"_"+key, h.literal(t, key, token))
		if err != nil {
			e.Errors.Add("", err.Error())
		}
		return "env:" + name
	})
	if len(e.Errors) > 0 {
		again(http.StatusUnprocessableEntity)
		return
	}
	h.Save(w, r, s, text, "/receivers", "receiver-saved", func() {
		e.Errors.Add("", Book.Say(l, "rule.changed"))
		again(http.StatusConflict)
	})
}

// remove deletes a receiver that no rule refers to.
func (h *handlers) remove(w http.ResponseWriter, r *http.Request, s *backend.State, old edit.Receiver) {
	text, err := s.Edited(func(d *edit.Document) error { return d.RemoveReceiver(old.Name) })
	if used, ok := errors.AsType[*edit.UsedError](err); ok {
		h.refuse(w, r, s, Book.Say(frame.LanguageOf(r), "receivers.used", used.Receiver, strings.Join(used.Rules, ", ")))
		return
	}
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	h.Save(w, r, s, text, "/receivers", "receiver-deleted", nil)
}

// move makes a receiver of the document of one that rules write in place.
func (h *handlers) move(w http.ResponseWriter, r *http.Request, s *backend.State, one *backend.Receiver) {
	l := frame.LanguageOf(r)
	rule, i, ok := place(s, one)
	if !ok {
		h.NotFound(w, r)
		return
	}
	text, err := s.Edited(func(d *edit.Document) error {
		_, err := d.MoveTarget(rule.Name, i, backend.TargetKey(s.Workspace, rule, i))
		return err
	})
	others, different := errors.AsType[*edit.OthersError](err)
	switch {
	case different:
		h.refuse(w, r, s, Book.Say(l, "receivers.move.others", others.Name, strings.Join(others.Rules, ", ")))
	case errors.Is(err, edit.ErrTaken):
		h.refuse(w, r, s, Book.Say(l, "receivers.move.taken", one.Name()))
	case err != nil:
		h.Fail(w, r, err)
	default:
		h.Save(w, r, s, text, "/receivers", "receiver-moved", nil)
	}
}

// place is where a rule writes a receiver.
func place(s *backend.State, one *backend.Receiver) (edit.Rule, int, bool) {
	for _, u := range one.Uses {
		rule, ok := s.Rule(u.Rule.Name)
		if !ok || !u.InPlace {
			continue
		}
		for i, t := range rule.Targets {
			_, name, _ := strings.Cut(u.Key, "/")
			key := t.Name
			if key == "" {
				key = backend.TargetKey(s.Workspace, rule, i)
			}
			prefix := key
			if prefix == "" {
				prefix = t.Type
			}
			leads := key == name || slices.ContainsFunc(t.Contacts, func(contact string) bool { return name == prefix+"-"+contactKey(s, contact) })
			if t.Receiver == "" && t.Type == one.Type && leads {
				return rule, i, true
			}
		}
	}
	return edit.Rule{}, 0, false
}

// contactKey is what a contact is known by: its id, or its name.
func contactKey(s *backend.State, name string) string {
	for _, c := range s.Contacts {
		if c.Name == name {
			return cmp.Or(c.ID, c.Name)
		}
	}
	return name
}

func (h *handlers) refuse(w http.ResponseWriter, r *http.Request, s *backend.State, text string) {
	h.page(w, r, http.StatusConflict, s, body{Notice: &frame.Notice{Text: text}}, nil)
}

func (h *handlers) entryPage(w http.ResponseWriter, r *http.Request, status int, s *backend.State, e *entry, n *frame.Notice) {
	l := frame.LanguageOf(r)
	e.Action, e.Contacts, e.Bus = "/new-receiver", s.Contacts, h.Options.Cloud.Name
	e.Accounts = slices.ContainsFunc(s.Contacts, func(c edit.Contact) bool { return c.UID != "" })
	title := Book.Say(l, "receivers.new")
	if e.Was != "" {
		title, e.Action = e.Was, "/receivers/"+url.PathEscape(e.Was)
		for _, one := range s.Receivers() {
			if one.Entry == e.Was {
				for _, u := range one.Uses {
					if !u.InPlace && !slices.Contains(e.Rules, u.Rule.Name) {
						e.Rules = append(e.Rules, u.Rule.Name)
					}
				}
			}
		}
	}
	for _, spec := range h.Options.Specs {
		e.Types = append(e.Types, frame.Choice{Value: spec.Type, Title: frame.TypeName(h.Options.Platforms, spec.Type, l)})
	}
	kept := ""
	if t := e.Target; t != nil {
		kept = e.Action // what can be filled in can be left
		if r.Method == http.MethodPost {
			if _, err := h.KeepDraft(r, r.URL.Path, form.Cover(r.PostForm, h.Options.Specs, h.Censor)); err != nil {
				h.Log.Error("a draft could not be kept", "error", err.Error())
			}
		}
		t.Errors = e.Errors
		t.Complain(e.Errors, h.Options.Cloud.Name == provision.Local)
		t.MayUseInbox = h.Options.InboxPage != "" && t.Type == h.Options.Inbox.Type && t.Empty()
	}
	h.Show(w, r, Book, status, "entry", frame.Page{Workspace: s.Head.Workspace, At: "receivers", Title: title, Notice: n, Body: e, Form: kept})
}
