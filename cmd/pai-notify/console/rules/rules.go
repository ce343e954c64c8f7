// Package rules is the page that lists the rules, and enables, disables and deletes them.
// Its sub-package editor is the page for one rule.
package rules

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/editor"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

//go:embed pages/*.html
var pages embed.FS

// Book is what pages of the room look like and say.
var Book = frame.Bind(pages, nil, ruleWords)

// handlers answer for the pages of the room.
type handlers struct {
	*backend.Backend
	counted backend.Remembered[string, []local.RuleCount] // of some days, by the name of the bus
}

// days is how far back the list tells what became of the events of rules, as the
// overview does.
const days = 7

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{Backend: b}
	mux.HandleFunc("GET /rules", h.WithWorkspace(h.showRules))
	mux.HandleFunc("POST /rules", h.WithWorkspace(h.many))
	mux.HandleFunc("POST /rules/{name}/state", h.WithRule(h.switchRule))
	mux.HandleFunc("GET /rules/{name}/delete", h.WithRule(h.askDeleteRule))
	mux.HandleFunc("POST /rules/{name}/delete", h.WithRule(h.deleteRule))
	editor.Register(mux, b)
}

// rulesBody is the page of all rules.
type rulesBody struct {
	asked
	// Here is the address of the page, for what leads back to it.
	Here string
	Rows []ruleRow
	// Total is how many rules there are as asked for, From and To which of them are
	// shown, and All how many there are.
	Total, From, To, All int
	Back, Next           string
	States, Orders       []string
	Sources              []frame.Choice
	Receivers            []string
	Foreign              []provision.ListedRule
	Unknown              string // why the rules on the bus are not known
	Pending              bool   // they are being read
	Counted              bool   // whether there is a history to count in
	NotSetUp             bool
	HasInbox             bool
	ForeignMore          int
}

// ruleRow is one rule in the list.
type ruleRow struct {
	Name, Description string
	Source            string
	Events            []string
	Scope             []scopePart
	Targets           []targetShort
	Enabled           bool
	standing
	Sent, Failures, Waiting int
	// Unset are variables that the rule refers to and this machine does not have;
	// none over a cloud, whose functions have variables of their own.
	Unset []string
	Muted []backend.Muted
}

// scopePart is one condition of a scope.
type scopePart struct {
	Key string
	IDs []string
}

// targetShort is a target in a list: its type, its name and how many people it
// goes to.
type targetShort struct {
	Type, Name string
	Count      int
}

func (h *handlers) showRules(w http.ResponseWriter, r *http.Request, s *backend.State) {
	q := r.URL.Query()
	h.listPage(w, r, s, http.StatusOK, askedOf(q), max(0, frame.Atoi(q.Get("from"), 0)), nil)
}

// known asks what the list needs to know.
func (h *handlers) known(ctx context.Context, l message.Language, s *backend.State, a asked) known {
	k := known{State: s, titles: frame.NewTitles(l, s.Catalogue()), standing: h.standing(ctx, s), muted: h.MutesOfRules(ctx, l, s)}
	if a.State != "unmatched" {
		return k
	}
	// As the overview judges it, and what was sent besides: it looks at some events only.
	if passed, ok := h.Passed(ctx, s.Workspace, backend.PageWait); ok && passed.Err == nil && passed.Report.Incomplete == "" {
		k.matching = map[string]bool{}
		for i, rule := range s.Workspace.Rules {
			k.matching[rule.Name] = passed.Report.Rules[i].Kinds > 0
		}
	}
	return k
}

func (h *handlers) listPage(w http.ResponseWriter, r *http.Request, s *backend.State, status int, a asked, from int, notice *frame.Notice) {
	l := frame.LanguageOf(r)
	k := h.known(r.Context(), l, s, a)
	found := k.find(a)
	from = min(from, max(0, len(found)-1))
	to := min(from+frame.PerPage, len(found))
	body := rulesBody{
		asked: a, Here: a.address(from), Total: len(found), From: from + 1, To: to, All: len(s.Rules), States: askedStates, Orders: askedOrders,
		Sources: k.sources(), Receivers: k.receiverNames(), Counted: h.Options.History != nil, HasInbox: h.Options.InboxPage != "",
	}
	if !body.Counted {
		told := func(name string) bool { return slices.Contains(ofHistory, name) }
		body.States, body.Orders = slices.DeleteFunc(slices.Clone(body.States), told), slices.DeleteFunc(slices.Clone(body.Orders), told)
	}
	for _, rule := range found[from:to] {
		made := row(s, rule, k.standing[rule.Name], k.titles)
		made.Unset, made.Muted = h.unset(s.Written(rule)), k.muted[rule.Name]
		body.Rows = append(body.Rows, made)
	}
	if from > 0 {
		body.Back = a.address(max(0, from-frame.PerPage))
	}
	if to < len(found) {
		body.Next = a.address(to)
	}
	body.Foreign, body.Unknown, body.NotSetUp, body.Pending = h.Foreign(r.Context(), s)
	if len(body.Foreign) > frame.PerPage {
		body.ForeignMore = len(body.Foreign) - frame.PerPage
		body.Foreign = body.Foreign[:frame.PerPage]
	}
	body.Foreign = slices.Clone(body.Foreign)
	for i, f := range body.Foreign {
		body.Foreign[i].Description = censor.Redacted(f.Description)
	}
	h.Show(w, r, Book, status, "rules", frame.Page{Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "rules.title"), Notice: notice, Body: body})
}

func row(s *backend.State, r edit.Rule, of standing, titles frame.Titles) ruleRow {
	n := of.states
	made := ruleRow{
		standing: of,
		Name:     r.Name, Description: censor.Redacted(r.Description), Enabled: r.On(), Source: titles.Source(r.Source),
		Sent: n[local.Sent], Failures: n[local.Dead] + n[local.Unknown], Waiting: n[local.Waiting] + n[local.Started],
	}
	for _, what := range r.Events {
		made.Events = append(made.Events, titles.Event(r.Source, what))
	}
	made.Scope = scopeParts(r.Scope)
	for i, t := range s.Written(r).Targets {
		made.Targets = append(made.Targets, targetShort{t.Type, cmp.Or(r.Targets[i].Receiver, t.Name), len(t.Contacts)})
	}
	return made
}

// unset returns the variables that a rule refers to and that are not set in the
// process that sends its messages, this one; none when it sends none.
func (h *handlers) unset(r edit.Rule) []string {
	if h.Options.Cloud.Name != provision.Local || !r.On() {
		return nil
	}
	var list []string
	for _, t := range r.Targets {
		parameters, err := json.Marshal(t.Parameters)
		if err != nil {
			continue
		}
		for _, name := range secret.Variables(parameters) {
			if !secret.Set(name) && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

func scopeParts(s edit.Scope) []scopePart {
	var parts []scopePart
	for _, p := range []scopePart{{"created_by", s.CreatedBy}, {"flows", s.Flows}, {"models", s.Models}} {
		if len(p.IDs) > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// standing is how it goes with each rule of the document, by its name.
func (h *handlers) standing(ctx context.Context, s *backend.State) map[string]standing {
	if h.Options.History == nil {
		return nil
	}
	name := s.Workspace.Bus()
	list, err := h.counted.Ask(ctx, name, func(ctx context.Context) ([]local.RuleCount, error) {
		return h.Options.History.Counts(ctx, h.Now().Add(-days*24*time.Hour))
	})
	if err != nil {
		h.Log.Error("notifications could not be counted", "error", err.Error())
	}
	known := map[string]string{} // a rule is called on the bus by its name or by its id
	for _, rule := range s.Rules {
		known[rule.Name], known[cmp.Or(rule.ID, rule.Name)] = rule.Name, rule.Name
	}
	of := map[string]standing{}
	for _, n := range list {
		if rule := known[backend.DocumentRule(n.Rule)]; n.Bus == name && rule != "" {
			so := of[rule]
			so.add(n)
			of[rule] = so
		}
	}
	return of
}
