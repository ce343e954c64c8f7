// Package rules is the page that lists the rules, and disables and deletes them.
// Its sub-package editor is the page for one rule.
package rules

import (
	"context"
	"embed"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/editor"
	"github.com/pai-notify/pai-notify/shared/bus/local"
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
	counted backend.Remembered[string, []local.RuleCount] // of 24 hours, by the name of the bus
}

// Register adds the pages of the room to those that are served.
func Register(mux *http.ServeMux, b *backend.Backend) {
	h := &handlers{Backend: b}
	mux.HandleFunc("GET /rules", h.WithWorkspace(h.showRules))
	mux.HandleFunc("POST /rules/{name}/state", h.WithRule(h.switchRule))
	mux.HandleFunc("GET /rules/{name}/delete", h.WithRule(h.askDeleteRule))
	mux.HandleFunc("POST /rules/{name}/delete", h.WithRule(h.deleteRule))
	editor.Register(mux, b)
}

// rulesBody is the page of all rules.
type rulesBody struct {
	Rows        []ruleRow
	Total       int
	Query       string
	Back, Next  string
	Foreign     []provision.ListedRule
	Unknown     string // why the rules on the bus are not known
	Counted     bool   // whether there is a history to count in
	NotSetUp    bool
	HasInbox    bool
	ForeignMore int
}

// ruleRow is one rule in the list.
type ruleRow struct {
	Name, Description string
	Source            string
	Events            []string
	Scope             []scopePart
	Targets           []targetShort
	Enabled           bool
	Sent, Failed      int
	Waiting           int
	State             string
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
	l := frame.LanguageOf(r)
	body := rulesBody{Query: strings.TrimSpace(r.URL.Query().Get("q")), Counted: h.Options.History != nil, HasInbox: h.Options.InboxPage != ""}
	var found []edit.Rule
	for _, rule := range s.Rules {
		rule = s.Written(rule)
		if body.Query == "" || mentions(rule, body.Query) {
			found = append(found, rule)
		}
	}
	body.Total = len(found)
	from := max(0, frame.Atoi(r.URL.Query().Get("from"), 0))
	from = min(from, max(0, len(found)-1))
	to := min(from+frame.PerPage, len(found))
	counts := h.counts(r.Context(), s.Workspace.Bus())
	muted := h.MutesOfRules(r.Context(), l, s)
	titles := frame.NewTitles(l, s.Catalogue())
	for _, rule := range found[from:to] {
		made := row(rule, both(counts[rule.Name], counts[rule.ID]), titles)
		made.Unset, made.Muted = h.unset(rule), muted[rule.Name]
		body.Rows = append(body.Rows, made)
	}
	if from > 0 {
		body.Back = frame.Address("/rules", "q", body.Query, "from", strconv.Itoa(max(0, from-frame.PerPage)))
	}
	if to < len(found) {
		body.Next = frame.Address("/rules", "q", body.Query, "from", strconv.Itoa(to))
	}
	body.Foreign, body.Unknown, body.NotSetUp = h.Foreign(r.Context(), s)
	if len(body.Foreign) > frame.PerPage {
		body.ForeignMore = len(body.Foreign) - frame.PerPage
		body.Foreign = body.Foreign[:frame.PerPage]
	}
	body.Foreign = slices.Clone(body.Foreign)
	for i, f := range body.Foreign {
		body.Foreign[i].Description = censor.Redacted(f.Description)
	}
	h.Show(w, r, Book, http.StatusOK, "rules", frame.Page{Workspace: s.Head.Workspace, At: "rules", Title: Book.Say(l, "rules.title"), Body: body})
}

// mentions tells whether a rule has a word in its name, description, source,
// events or targets.
func mentions(r edit.Rule, word string) bool {
	words := append([]string{r.Name, r.Description, r.Source}, r.Events...)
	for _, t := range r.Targets {
		words = append(words, t.Type, t.Name)
		words = append(words, t.Contacts...)
	}
	return slices.ContainsFunc(words, func(w string) bool {
		return strings.Contains(strings.ToLower(w), strings.ToLower(word))
	})
}

func row(r edit.Rule, n map[local.State]int, titles frame.Titles) ruleRow {
	made := ruleRow{
		Name: r.Name, Description: censor.Redacted(r.Description), Enabled: r.On(), Source: titles.Source(r.Source),
		Sent: n[local.Sent], Failed: n[local.Dead] + n[local.Unknown], Waiting: n[local.Waiting] + n[local.Started],
	}
	for _, what := range r.Events {
		made.Events = append(made.Events, titles.Event(r.Source, what))
	}
	made.Scope = scopeParts(r.Scope)
	for _, t := range r.Targets {
		made.Targets = append(made.Targets, targetShort{t.Type, t.Name, len(t.Contacts)})
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

// counts are the notifications of the last 24 hours by rule.
func (h *handlers) counts(ctx context.Context, busName string) map[string]map[local.State]int {
	counts := map[string]map[local.State]int{}
	if h.Options.History == nil {
		return counts
	}
	list, err := h.counted.Ask(ctx, busName, func(ctx context.Context) ([]local.RuleCount, error) {
		return h.Options.History.Counts(ctx, h.Now().Add(-24*time.Hour))
	})
	if err != nil {
		h.Log.Error("notifications could not be counted", "error", err.Error())
	}
	for _, n := range list {
		if n.Bus != busName {
			continue
		}
		name := backend.DocumentRule(n.Rule)
		if counts[name] == nil {
			counts[name] = map[local.State]int{}
		}
		for state, count := range n.States {
			counts[name][state] += count
		}
	}
	return counts
}

// both adds up what stands on the bus under a rule's name and under its id.
func both(a, b map[local.State]int) map[local.State]int {
	sum := map[local.State]int{}
	for _, counts := range []map[local.State]int{a, b} {
		for state, n := range counts {
			sum[state] += n
		}
	}
	return sum
}
