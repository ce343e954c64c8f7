// Package editor is the page for one rule: its form, a preview of what saving
// would change, and connectivity tests of its targets.
package editor

import (
	"embed"
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
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, editorWords)

// handlers answer for the pages of the room.
type handlers struct{ *backend.Backend }

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{b}
	mux.HandleFunc("GET /new-rule", h.WithDraft(h.WithWorkspace(h.showNewRule), h.WithWorkspace(h.postRule)))
	mux.HandleFunc("POST /new-rule", h.WithWorkspace(h.postRule))
	mux.HandleFunc("GET /rules/{name}", h.WithDraft(h.WithRule(h.showRule), h.WithWorkspace(h.postRule)))
	mux.HandleFunc("POST /rules/{name}", h.WithWorkspace(h.postRule))
}

// ruleBody is the page with the form of a rule.
type ruleBody struct {
	Form    *form.Rule
	Action  string
	Sources []frame.Choice
	Events  []frame.Choice
	// Types are the target types that may carry the source's events.
	Types []frame.Choice
	// Receivers are those of the document that may.
	Receivers []frame.Choice
	Contacts  []edit.Contact
	// Accounts tells that a contact has an account in PAI, as its creator can be notified.
	Accounts bool
	Quota    form.Quota
	Scopes   []scope
	// Groups are what messages can be grouped by, and Hours the quiet hours.
	Groups  []frame.Choice
	Hours   []backend.Hours
	Preview *previewed
	Timing  timed
	// Muted are the mutes that concern the rule; MayMute tells that there can be some.
	Muted   []backend.Muted
	MayMute bool
	// Shown is the title of a message about the event.
	Shown string
	// Paths lead to what is in the event.
	Paths []frame.Choice
	// Theirs is what somebody else changed in the rule while the form was open.
	Theirs []form.Theirs
	// YAML is the rule as the document would hold it.
	YAML string
	Bus  string
}

// scope is one condition on where events come from: its ids, a line each.
type scope struct{ Key, IDs string }

func (h *handlers) showNewRule(w http.ResponseWriter, r *http.Request, s *backend.State) {
	from := edit.Rule{Source: "dlc", Events: []string{"job-failed"}}
	if rule, ok := s.Rule(r.URL.Query().Get("copy")); ok {
		from = rule
	}
	f := form.Load(from, h.Options.Specs, s.Entries)
	f.Was, f.Name, f.ID = "", "", ""
	for _, t := range f.Targets {
		t.Was = -1
		for _, field := range t.Fields {
			if field.Token == censor.KeptToken {
				field.Token = "" // a literal is not copied where nobody sees it
			}
		}
	}
	h.rulePage(w, r, http.StatusOK, s, f, nil)
}

func (h *handlers) showRule(w http.ResponseWriter, r *http.Request, s *backend.State, rule edit.Rule) {
	f := form.Load(rule, h.Options.Specs, s.Entries)
	f.Base = form.Snapshot(rule, h.Options.Specs, s.Entries, h.Censor)
	h.rulePage(w, r, http.StatusOK, s, f, nil)
}

// postRule takes the form of a rule: to look at it, to add or take away a
// target, to test one, or to save it.
func (h *handlers) postRule(w http.ResponseWriter, r *http.Request, s *backend.State) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	l := frame.LanguageOf(r)
	old, exists := current(s, r.PathValue("name"))
	f := form.Read(r.PostForm, old, h.Options.Specs, s.Entries, h.Censor)
	for _, text := range f.Prose() {
		var known bool
		if *text, known = h.Censor.Reveal(*text); !known {
			*text = ""
			f.Errors.Add(map[bool]string{true: "description"}[text == &f.Description], Book.Say(l, "rule.secret.gone"))
		}
	}
	f.Was = r.PathValue("name")
	f.Normalize(s.Catalogue())
	f.Forgotten(h.Censor, func(field string) { f.Errors.Add(field, Book.Say(l, "rule.secret.gone")) })
	for _, t := range f.Targets {
		for _, field := range t.Fields {
			if field.Odd {
				f.Errors.Add(field.ID, Book.Say(l, "rule.field.lines"))
			}
		}
	}
	what, of, _ := strings.Cut(r.PostForm.Get("do"), ":")
	switch {
	case f.Was != "" && !exists:
		f.Was, f.Base, f.Met, f.ID = "", "", "", ""
		f.Orphan(func(field string) { f.Errors.Add(field, Book.Say(l, "rule.secret.gone")) })
		f.Errors.Add("", Book.Say(l, "rule.deleted"))
		h.rulePage(w, r, http.StatusConflict, s, f, nil)
	case f.Was != "" && f.Overtaken(old, h.Options.Specs, s.Entries, h.Censor):
		h.meet(w, r, s, f, old)
	case what == "theirs":
		if err := f.TakeTheirs(of, old, h.Options.Specs, s.Entries, h.Censor); err != nil {
			f.Errors.Add("", err.Error())
		}
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "save":
		for _, list := range f.Lists() {
			list.AddChosen() // who chose a field and saves wants it
		}
		h.saveRule(w, r, s, f)
	case strings.HasPrefix(what, "fact-"):
		f.ChangeFacts(strings.TrimPrefix(what, "fact-"), of)
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "add":
		if spec, ok := backend.SpecOf(h.Options.Specs, of); ok && spec.Carries(f.Source) {
			f.Add(form.NewTarget(spec, len(f.Targets), -1))
		}
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "add-receiver":
		if entry, ok := s.Entry(r.PostForm.Get("receiver")); ok {
			if spec, ok := backend.SpecOf(h.Options.Specs, entry.Type); ok && spec.Carries(f.Source) {
				f.Add(form.NewReference(spec, entry, len(f.Targets), -1))
			}
		}
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "remove":
		f.Remove(of)
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "inbox":
		if i := frame.Atoi(of, -1); i >= 0 && i < len(f.Targets) && h.Options.InboxPage != "" && f.Targets[i].Type == h.Options.Inbox.Type {
			f.Targets[i].Load(h.Options.Inbox)
		}
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "test":
		if i := frame.Atoi(of, -1); i >= 0 && i < len(f.Targets) {
			h.test(r, s, f, f.Targets[i])
		}
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	default:
		h.rulePage(w, r, http.StatusOK, s, f, nil)
	}
}

// saveRule checks the rule by itself and in its document, keeps its secrets,
// writes the document and has the bus follow.
func (h *handlers) saveRule(w http.ResponseWriter, r *http.Request, s *backend.State, f *form.Rule) {
	l := frame.LanguageOf(r)
	f.Identify(s)
	h.examine(l, s, f)
	if len(f.Errors) > 0 {
		h.rulePage(w, r, http.StatusUnprocessableEntity, s, f, nil)
		return
	}
	rule := f.Rule(h.literal)
	put := func(d *edit.Document) error { return d.PutRule(f.Was, rule) }
	text, err := s.Edited(put)
	if err == nil {
		if _, findings := h.Documents.Check(text, false); len(findings) > 0 {
			f.Errors.Sort(l, ruleAt(s, f.Was), findings, f.Known)
			h.rulePage(w, r, http.StatusUnprocessableEntity, s, f, nil)
			return
		}
		if !backend.Agreed(r) {
			if f.Waiting = h.Ended(r.Context(), l, text); len(f.Waiting) > 0 {
				h.rulePage(w, r, http.StatusOK, s, f, nil)
				return
			}
		}
		if rule, err = h.keep(f); err == nil {
			text, err = s.Edited(put)
		}
	}
	if err != nil {
		f.Errors.Add("", err.Error())
		h.rulePage(w, r, http.StatusUnprocessableEntity, s, f, nil)
		return
	}
	done := "saved"
	switch {
	case !f.Enabled:
		done = "disabled"
	case f.Was == "":
		done = "created"
	}
	h.SaveForm(w, r, s, text, "/rules", done, func(says string) {
		f.Errors.Add("", says)
		h.rulePage(w, r, http.StatusConflict, s, f, nil)
	})
}

// ruleAt is the path of a rule in the document once it is written.
func ruleAt(s *backend.State, was string) string {
	return "rules[" + strconv.Itoa(ruleIndex(s, was)) + "]"
}

func ruleIndex(s *backend.State, was string) int {
	if i := slices.IndexFunc(s.Rules, func(r edit.Rule) bool { return r.Name == was }); i >= 0 {
		return i
	}
	return len(s.Rules)
}

// examine says beside the fields what is wrong with the form: what is missing
// in the reader's words, the rest in the parser's.
func (h *handlers) examine(l message.Language, s *backend.State, f *form.Rule) {
	need := func(missing bool, field, key string) {
		if missing {
			f.Errors.Add(field, Book.Say(l, key))
		}
	}
	need(f.Name == "", "name", "rule.name.missing")
	if _, taken := s.Rule(f.Name); taken && f.Name != f.Was {
		f.Errors.Add("name", Book.Say(l, "rule.name.taken"))
	}
	need(f.Source == "", "source", "rule.source.missing")
	need(len(f.Events) == 0, "events", "rule.events.missing")
	need(len(f.Targets) == 0, "targets", "rule.targets.missing")
	for _, list := range f.Lists() {
		for i, fact := range list.Facts {
			need(fact.Key+fact.Path == "", list.At(i), "fact.missing")
		}
	}
	for _, t := range f.Targets {
		prefix := "t" + strconv.Itoa(t.Index) + "."
		need(t.Addressed && len(t.Reached()) == 0, prefix+"contacts", "rule.contacts.missing")
		empty, gone := t.Lacking(h.Censor)
		for _, field := range empty {
			f.Errors.Add(field.ID, Book.Say(l, "rule.field.missing", frame.ParameterName(h.Options.Platforms, t.Type, field.Name, l)))
		}
		for _, field := range gone {
			need(true, field.ID, "rule.secret.gone")
		}
	}
	if q := f.Quota(s.Head.Quota); q.Over() {
		f.Errors.Add("targets", Book.Say(l, "rule.quota.over", q.Total, q.Most))
	}
	complete := len(f.Errors) == 0
	found := problems.Complaints{}
	_, findings, _ := h.Documents.CheckRule(s, f.Rule(h.literal))
	found.Sort(l, "rules[0]", findings, f.Known)
	for field, texts := range found {
		// Of a form with gaps the parser says much that was said better.
		if complete || (field == "name" || field == "description" || strings.HasPrefix(field, "scope.") || f.KnownTiming(field) || f.KnownFact(field)) && len(f.Errors[field]) == 0 {
			f.Errors[field] = append(f.Errors[field], texts...)
		}
	}
}

// literal is what a secret of a form is.
func (h *handlers) literal(t *form.Target, key, token string) string {
	return t.Revealed(h.Censor, key, token)
}

// keep stores the secrets that were pasted, and returns the rule with
// references to them.
func (h *handlers) keep(f *form.Rule) (edit.Rule, error) {
	var failed error
	rule := f.Rule(func(t *form.Target, key, token string) string {
		if censor.IsReference(token) {
			return token
		}
		label := t.Name
		if label == "" {
			label = t.Type
		}
		name, err := h.Options.Secrets.Keep(f.Name+"_"+label+"_"+key, h.literal(t, key, token))
		failed = errors.Join(failed, err)
		return "env:" + name
	})
	return rule, failed
}

// rulePage shows the form with all that goes with it.
func (h *handlers) rulePage(w http.ResponseWriter, r *http.Request, status int, s *backend.State, f *form.Rule, n *frame.Notice) {
	l := frame.LanguageOf(r)
	catalogue := s.Catalogue()
	f.Normalize(catalogue)
	h.autosave(r, s, f)
	f.Complain(h.Options.Cloud.Name == provision.Local)
	for _, t := range f.Targets {
		t.MayUseInbox = h.Options.InboxPage != "" && t.Type == h.Options.Inbox.Type && t.Empty()
	}
	names := frame.NewTitles(l, catalogue)
	body := ruleBody{Form: f, Action: "/new-rule", Contacts: s.Contacts, Accounts: slices.ContainsFunc(s.Contacts, func(c edit.Contact) bool { return c.UID != "" }), Quota: f.Quota(s.Head.Quota), Bus: h.Options.Cloud.Name}
	title := Book.Say(l, "rule.new")
	if f.Was != "" {
		body.Action, title = "/rules/"+url.PathEscape(f.Was), f.Was
		body.Muted, body.MayMute = h.MutesOfRules(r.Context(), l, s)[f.Was], h.Options.History != nil
	}
	for _, source := range catalogue.Sources {
		body.Sources = append(body.Sources, frame.Choice{Value: source.Name, Title: names.Source(source.Name)})
	}
	source, ok := catalogue.Source(f.Source)
	if ok {
		for _, typ := range catalogue.TypesOf(source.Name) {
			body.Events = append(body.Events, frame.Choice{Value: typ.What(), Title: names.Event(source.Name, typ.What()), Severity: string(names.Message(source.Name, typ.What()).Severity)})
		}
		for _, one := range []struct{ key, path, ids string }{
			{"created_by", source.CreatedBy, f.CreatedBy}, {"flows", source.Flow, f.Flows}, {"models", source.Model, f.Models},
		} {
			if one.path != "" {
				body.Scopes = append(body.Scopes, scope{one.key, one.ids})
			}
		}
	}
	for _, spec := range h.Options.Specs {
		if spec.Carries(f.Source) {
			body.Types = append(body.Types, frame.Choice{Value: spec.Type, Title: frame.TypeName(h.Options.Platforms, spec.Type, l)})
		}
	}
	for _, one := range s.Entries {
		if spec, ok := backend.SpecOf(h.Options.Specs, one.Type); ok && spec.Carries(f.Source) {
			body.Receivers = append(body.Receivers, frame.Choice{Value: one.Name, Title: one.Name + " · " + frame.TypeName(h.Options.Platforms, one.Type, l)})
		}
	}
	for _, by := range workspace.Groupings(f.Source) {
		body.Groups = append(body.Groups, frame.Choice{Value: string(by), Title: Book.Say(l, "group."+string(by))})
	}
	body.Hours = s.HoursFor(l, f.Quiet)
	rule, findings, warnings := h.Documents.CheckRule(s, f.Rule(h.literal))
	if len(findings) == 0 { // of a form with gaps it would say much that is not so
		warn(l, f, warnings)
	}
	h.twice(l, s, f, rule)
	body.Preview = h.preview(r.Context(), l, s, f, patterns(rule, findings))
	body.Timing = h.timing(l, s, f, rule, body.Preview.tried, body.Muted)
	try(f, l, body.Preview.tried)
	body.Paths = body.Preview.tried.paths(l)
	body.Shown = body.Preview.tried.title(l, f.Carried())
	for _, text := range f.Prose() {
		*text = h.Censor.Cover(*text, "description")
	}
	offer(f, names, source, body.Preview.tried)
	body.Theirs = f.Changes(h.Censor)
	body.YAML = frame.Visible(ruleYAML(f))
	h.Show(w, r, Book, status, "rule", frame.Page{Workspace: s.Head.Workspace, At: "rules", Title: title, Notice: n, Body: body, Form: body.Action})
}

// ruleYAML is the rule as a document holds it, with a name in the place of each
// secret that is not kept yet.
func ruleYAML(f *form.Rule) string {
	text, err := edit.Written(f.Rule(func(_ *form.Target, key, token string) string {
		switch {
		case censor.IsReference(token):
			return token
		case token == censor.KeptToken:
			return "<redacted>"
		}
		return "env:…"
	}))
	if err != nil {
		return err.Error()
	}
	return text
}
