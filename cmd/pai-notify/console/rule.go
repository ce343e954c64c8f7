package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// ruleBody is the page with the form of a rule.
type ruleBody struct {
	Form    *ruleForm
	Action  string
	Sources []choice
	Events  []choice
	// Types are the target types that may carry the source's events.
	Types    []choice
	Contacts []edit.Contact
	Quota    quota
	Scopes   []scopePart
	Preview  *previewed
	// Shown is the title of a message about the event.
	Shown string
	// Paths lead to what is in the event.
	Paths []choice
	// YAML is the rule as the document would hold it.
	YAML string
	Bus  string
}

// choice is one of what a form offers.
type choice struct {
	Value, Title string
	Severity     string
}

func (c *Console) showNewRule(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	from := edit.Rule{Source: "dlc", Events: []string{"job-failed"}}
	if rule, ok := s.rule(r.URL.Query().Get("copy")); ok {
		from = rule
	}
	f := loadRule(from, c.options.Specs)
	f.Was, f.Base, f.Name, f.ID = "", "", "", ""
	for _, t := range f.Targets {
		t.Was = -1
		for _, field := range t.Fields {
			if field.Token == keptToken {
				field.Token = "" // a literal is not copied where nobody sees it
			}
		}
	}
	c.rulePage(w, r, http.StatusOK, s, f, nil)
}

func (c *Console) showRule(w http.ResponseWriter, r *http.Request) {
	s, rule, ok := c.mendRule(w, r)
	if !ok {
		return
	}
	c.rulePage(w, r, http.StatusOK, s, loadRule(rule, c.options.Specs), nil)
}

// postRule takes the form of a rule: to look at it, to add or take away a
// target, to test one, or to save it.
func (c *Console) postRule(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	l := languageOf(r)
	old, exists := s.rule(r.PathValue("name"))
	f := readRule(r.PostForm, old, c.options.Specs, c.censor)
	for _, text := range f.prose() {
		*text, _ = c.censor.reveal(*text)
	}
	f.Was = r.PathValue("name")
	f.settle(s.catalogue())
	for _, t := range f.Targets {
		for _, field := range t.Fields {
			if field.Odd {
				f.Errors.add(field.ID, say(l, "rule.field.lines"))
			}
		}
	}
	what, of, _ := strings.Cut(r.PostForm.Get("do"), ":")
	switch {
	case f.Was != "" && (!exists || base(old) != f.Base):
		f.Errors.add("", say(l, "rule.changed"))
		c.rulePage(w, r, http.StatusConflict, s, f, nil)
	case what == "save":
		for _, list := range f.lists() {
			list.add() // who chose a field and saves wants it
		}
		c.saveRule(w, r, s, f)
	case strings.HasPrefix(what, "fact-"):
		f.changeFacts(strings.TrimPrefix(what, "fact-"), of)
		c.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "add":
		if spec, ok := specOf(c.options.Specs, of); ok && spec.Carries(f.Source) {
			f.add(newTargetForm(spec, len(f.Targets), -1))
		}
		c.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "remove":
		kept := f.Targets
		f.Targets = nil
		for _, t := range kept {
			if itoa(t.Index) != of {
				f.add(t)
			}
		}
		c.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "inbox":
		if i := atoi(of, -1); i >= 0 && i < len(f.Targets) && c.options.InboxPage != "" && f.Targets[i].Type == c.options.Inbox.Type {
			f.Targets[i].load(c.options.Inbox)
		}
		c.rulePage(w, r, http.StatusOK, s, f, nil)
	case what == "test":
		if i := atoi(of, -1); i >= 0 && i < len(f.Targets) {
			c.test(r, s, f, f.Targets[i])
		}
		c.rulePage(w, r, http.StatusOK, s, f, nil)
	default:
		c.rulePage(w, r, http.StatusOK, s, f, nil)
	}
}

// saveRule checks the rule by itself and in its document, keeps its secrets,
// writes the document and has the bus follow.
func (c *Console) saveRule(w http.ResponseWriter, r *http.Request, s *state, f *ruleForm) {
	l := languageOf(r)
	f.identify(s)
	c.examine(l, s, f)
	if len(f.Errors) > 0 {
		c.rulePage(w, r, http.StatusUnprocessableEntity, s, f, nil)
		return
	}
	rule := f.rule(c.literal)
	text, err := c.with(s, f.Was, rule)
	if err == nil {
		if _, findings := c.documents.check(text, false); len(findings) > 0 {
			f.Errors.sort(l, ruleAt(s, f.Was), findings, f.known)
			c.rulePage(w, r, http.StatusUnprocessableEntity, s, f, nil)
			return
		}
		if !agreed(r) {
			if f.Waiting = c.ended(r.Context(), l, text); len(f.Waiting) > 0 {
				c.rulePage(w, r, http.StatusOK, s, f, nil)
				return
			}
		}
		if rule, err = c.keep(f); err == nil {
			text, err = c.with(s, f.Was, rule)
		}
	}
	if err != nil {
		f.Errors.add("", err.Error())
		c.rulePage(w, r, http.StatusUnprocessableEntity, s, f, nil)
		return
	}
	refused, err := c.put(r.Context(), s, text)
	switch {
	case conflict(err):
		f.Errors.add("", say(l, "rule.changed"))
		c.rulePage(w, r, http.StatusConflict, s, f, nil)
	case err != nil:
		c.fail(w, r, err)
	case !f.Enabled:
		c.after(w, r, "/rules", "disabled", refused)
	case f.Was == "":
		c.after(w, r, "/rules", "created", refused)
	default:
		c.after(w, r, "/rules", "saved", refused)
	}
}

// with returns the document with the rule in it.
func (c *Console) with(s *state, was string, rule edit.Rule) ([]byte, error) {
	document, err := edit.Open(s.text)
	if err != nil {
		return nil, err
	}
	if err := document.PutRule(was, rule); err != nil {
		return nil, err
	}
	return document.Text(), nil
}

// ruleAt is the path of a rule in the document once it is written.
func ruleAt(s *state, was string) string {
	for i, r := range s.rules {
		if r.Name == was {
			return "rules[" + itoa(i) + "]"
		}
	}
	return "rules[" + itoa(len(s.rules)) + "]"
}

// examine says beside the fields what is wrong with the form: what is missing
// in the reader's words, the rest in the parser's.
func (c *Console) examine(l message.Language, s *state, f *ruleForm) {
	need := func(missing bool, field, key string) {
		if missing {
			f.Errors.add(field, say(l, key))
		}
	}
	need(f.Name == "", "name", "rule.name.missing")
	if _, taken := s.rule(f.Name); taken && f.Name != f.Was {
		f.Errors.add("name", say(l, "rule.name.taken"))
	}
	need(f.Source == "", "source", "rule.source.missing")
	need(len(f.Events) == 0, "events", "rule.events.missing")
	need(len(f.Targets) == 0, "targets", "rule.targets.missing")
	for _, list := range f.lists() {
		for i, fact := range list.Facts {
			need(fact.Key+fact.Path == "", list.at(i), "fact.missing")
		}
	}
	for _, t := range f.Targets {
		prefix := "t" + itoa(t.Index) + "."
		need(t.Addressed && len(t.Contacts) == 0, prefix+"contacts", "rule.contacts.missing")
		for _, field := range t.Fields {
			need(field.Required && field.Value == "" && field.Token == "", field.ID, "rule.field.missing")
			if token := field.Token; strings.HasPrefix(token, pendingToken) {
				_, there := c.censor.get(token)
				need(!there, field.ID, "rule.secret.gone")
			}
		}
	}
	if q := f.quota(s.head.Quota); q.Over() {
		f.Errors.add("targets", say(l, "rule.quota.over", q.Total, q.Most))
	}
	complete := len(f.Errors) == 0
	found := complaints{}
	_, findings := c.documents.alone(s, f.rule(c.literal))
	found.sort(l, "rules[0]", findings, f.known)
	for field, texts := range found {
		// Of a form with gaps the parser says much that was said better.
		if complete || (field == "name" || field == "description" || strings.HasPrefix(field, "scope.") || f.knownFact(field)) && len(f.Errors[field]) == 0 {
			f.Errors[field] = append(f.Errors[field], texts...)
		}
	}
}

// literal is what a secret of a form is, to check it and to send with it.
func (c *Console) literal(t *targetForm, key, token string) string {
	switch {
	case token == keptToken:
		v, _ := t.old.Parameter(key)
		text, _ := v.(string)
		return text
	case strings.HasPrefix(token, pendingToken):
		value, _ := c.censor.get(token)
		return value
	}
	return token
}

// keep stores the secrets that were pasted, and returns the rule with
// references to them.
func (c *Console) keep(f *ruleForm) (edit.Rule, error) {
	var failed error
	rule := f.rule(func(t *targetForm, key, token string) string {
		if reference(token) {
			return token
		}
		label := t.Name
		if label == "" {
			label = t.Type
		}
		name, err := c.options.Secrets.Keep(f.Name+"_"+label+"_"+key, c.literal(t, key, token))
		failed = errors.Join(failed, err)
		return "env:" + name
	})
	return rule, failed
}

// rulePage shows the form with all that goes with it.
func (c *Console) rulePage(w http.ResponseWriter, r *http.Request, status int, s *state, f *ruleForm, n *notice) {
	l := languageOf(r)
	catalogue := s.catalogue()
	f.settle(catalogue)
	f.complain(c.options.Cloud.Name == provision.Local)
	for _, t := range f.Targets {
		t.MayUseInbox = c.options.InboxPage != "" && t.Type == c.options.Inbox.Type && t.empty()
	}
	names := newTitles(l, catalogue)
	body := ruleBody{Form: f, Action: "/new-rule", Contacts: s.contacts, Quota: f.quota(s.head.Quota), Bus: c.options.Cloud.Name}
	title := say(l, "rule.new")
	if f.Was != "" {
		body.Action, title = "/rules/"+url.PathEscape(f.Was), f.Was
	}
	for _, source := range catalogue.Sources {
		body.Sources = append(body.Sources, choice{Value: source.Name, Title: names.source(source.Name)})
	}
	source, ok := catalogue.Source(f.Source)
	if ok {
		for _, typ := range catalogue.TypesOf(source.Name) {
			body.Events = append(body.Events, choice{typ.What(), names.event(source.Name, typ.What()), string(names.message(source.Name, typ.What()).Severity)})
		}
		for _, scope := range []struct{ key, path, ids string }{
			{"created_by", source.CreatedBy, f.CreatedBy}, {"flows", source.Flow, f.Flows}, {"models", source.Model, f.Models},
		} {
			if scope.path != "" {
				body.Scopes = append(body.Scopes, scopePart{scope.key, []string{scope.ids}})
			}
		}
	}
	for _, spec := range c.options.Specs {
		if spec.Carries(f.Source) {
			body.Types = append(body.Types, choice{Value: spec.Type, Title: say(l, "type."+spec.Type)})
		}
	}
	body.Preview = c.preview(r.Context(), l, s, f)
	f.try(l, body.Preview.tried)
	body.Paths = body.Preview.tried.paths(l)
	body.Shown = body.Preview.tried.title(l, f.carried())
	for _, text := range f.prose() {
		*text = c.censor.cover(*text, "description")
	}
	f.offer(names, source, body.Preview.tried)
	body.YAML = visible(ruleYAML(f))
	c.show(w, r, status, "rule", page{Workspace: s.head.Workspace, At: "rules", Title: title, Notice: n, Body: body})
}

// ruleYAML is the rule as a document holds it, with a name in the place of each
// secret that is not kept yet.
func ruleYAML(f *ruleForm) string {
	text, err := edit.Written(f.rule(func(_ *targetForm, key, token string) string {
		switch {
		case reference(token):
			return token
		case token == keptToken:
			return "<redacted>"
		}
		return "env:…"
	}))
	if err != nil {
		return err.Error()
	}
	return text
}
