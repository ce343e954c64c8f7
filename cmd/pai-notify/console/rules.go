package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// perPage is how many rules or notifications a page shows: with 50 it stays
// well below 100 KB.
const perPage = 50

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

func (c *Console) showRules(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	l := languageOf(r)
	body := rulesBody{Query: strings.TrimSpace(r.URL.Query().Get("q")), Counted: c.options.History != nil, HasInbox: c.options.InboxPage != ""}
	var found []edit.Rule
	for _, rule := range s.rules {
		if body.Query == "" || mentions(rule, body.Query) {
			found = append(found, rule)
		}
	}
	body.Total = len(found)
	from := max(0, atoi(r.URL.Query().Get("from"), 0))
	from = min(from, max(0, len(found)-1))
	to := min(from+perPage, len(found))
	counts := c.counts(r.Context(), s.workspace.Bus())
	titles := newTitles(l, s.catalogue())
	for _, rule := range found[from:to] {
		made := row(rule, both(counts[rule.Name], counts[rule.ID]), titles)
		made.Unset = c.unset(rule)
		body.Rows = append(body.Rows, made)
	}
	if from > 0 {
		body.Back = at("/rules", "q", body.Query, "from", itoa(max(0, from-perPage)))
	}
	if to < len(found) {
		body.Next = at("/rules", "q", body.Query, "from", itoa(to))
	}
	body.Foreign, body.Unknown, body.NotSetUp = c.foreign(r.Context(), s)
	if len(body.Foreign) > perPage {
		body.ForeignMore = len(body.Foreign) - perPage
		body.Foreign = body.Foreign[:perPage]
	}
	body.Foreign = slices.Clone(body.Foreign)
	for i, f := range body.Foreign {
		body.Foreign[i].Description = described(f.Description)
	}
	c.show(w, r, http.StatusOK, "rules", page{Workspace: s.head.Workspace, At: "rules", Title: say(l, "rules.title"), Body: body})
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

// at makes the address of a page; empty values are left out.
func at(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" && pairs[i+1] != "0" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func row(r edit.Rule, n map[local.State]int, titles titles) ruleRow {
	made := ruleRow{
		Name: r.Name, Description: described(r.Description), Enabled: r.On(), Source: titles.source(r.Source),
		Sent: n[local.Sent], Failed: n[local.Dead] + n[local.Unknown], Waiting: n[local.Waiting] + n[local.Started],
	}
	for _, what := range r.Events {
		made.Events = append(made.Events, titles.event(r.Source, what))
	}
	made.Scope = scopeParts(r.Scope)
	for _, t := range r.Targets {
		made.Targets = append(made.Targets, targetShort{t.Type, t.Name, len(t.Contacts)})
	}
	return made
}

// unset returns the variables that a rule refers to and that are not set in the
// process that sends its messages, this one; none when it sends none.
func (c *Console) unset(r edit.Rule) []string {
	if c.options.Cloud.Name != provision.Local || !r.On() {
		return nil
	}
	var list []string
	for _, t := range r.Targets {
		parameters, err := json.Marshal(t.Parameters)
		if err != nil {
			continue
		}
		for _, name := range target.Variables(parameters) {
			if !target.Set(name) && !slices.Contains(list, name) {
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
func (c *Console) counts(ctx context.Context, busName string) map[string]map[local.State]int {
	counts := map[string]map[local.State]int{}
	if c.options.History == nil {
		return counts
	}
	list, err := c.counted.ask(ctx, busName, func(ctx context.Context) ([]local.RuleCount, error) {
		return c.options.History.Counts(ctx, c.now().Add(-24*time.Hour))
	})
	if err != nil {
		c.log.Error("notifications could not be counted", "error", err.Error())
	}
	for _, n := range list {
		if n.Bus != busName {
			continue
		}
		name := documentRule(n.Rule)
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

// documentRule is the rule of the document that a rule on the bus belongs to:
// siblings of one differ by a suffix that no document's name can hold.
func documentRule(onBus string) string {
	name, _, _ := strings.Cut(onBus, "--")
	return name
}

// listing keeps what stands on the bus for a moment: a cloud is not asked for
// each page.
type listing struct {
	mu   sync.Mutex
	at   time.Time
	list []provision.ListedRule
	err  error
}

// forget has the bus asked again: it has changed.
func (l *listing) forget() {
	l.mu.Lock()
	l.at = time.Time{}
	l.mu.Unlock()
}

// listingAge is how long what stands on the bus is taken for what stands there.
const listingAge = 15 * time.Second

// ask reads the bus again when what was read is too old.
func (c *Console) ask(ctx context.Context, s *state) ([]provision.ListedRule, error) {
	c.listing.mu.Lock()
	defer c.listing.mu.Unlock()
	if now := c.now(); c.listing.at.IsZero() || now.Sub(c.listing.at) > listingAge {
		ctx, cancel := context.WithTimeout(ctx, lookTimeout)
		defer cancel()
		c.listing.list, c.listing.err = c.desk(s.workspace).List(ctx)
		c.listing.at = now
	}
	return c.listing.list, c.listing.err
}

// foreign returns the rules on the bus that are not this document's, or why
// they are not known, and whether that is because the account is not set up.
func (c *Console) foreign(ctx context.Context, s *state) (list []provision.ListedRule, unknown string, notSetUp bool) {
	found, err := c.ask(ctx, s)
	switch {
	case bus.KindOf(err) == bus.NotActivated:
		return nil, "", true
	case err != nil:
		return nil, c.options.Cloud.Explained(err), false
	}
	for _, one := range found {
		if !one.Ours {
			list = append(list, one)
		}
	}
	return list, "", false
}

// titles are the names of sources and event types in a language.
type titles struct {
	language  message.Language
	catalogue *event.Catalogue
	made      map[string]message.Message
}

func newTitles(l message.Language, c *event.Catalogue) titles {
	return titles{l, c, map[string]message.Message{}}
}

func (t titles) source(name string) string {
	if _, ok := words["source."+name]; ok {
		return say(t.language, "source."+name)
	}
	return name
}

// event is what messages call an event type.
func (t titles) event(source, what string) string {
	if what == everything {
		return say(t.language, "events.all")
	}
	if _, ok := t.catalogue.Type(source + "." + what); !ok {
		return what
	}
	return t.message(source, what).What
}

// message is what is said of an event type without any event of it.
func (t titles) message(source, what string) message.Message {
	key := source + "." + what
	made, ok := t.made[key]
	if !ok {
		s, _ := t.catalogue.Source(source)
		typ, _ := t.catalogue.Type(key)
		made = message.Render(event.Event{}, s, typ, t.language, event.Rule{})
		t.made[key] = made
	}
	return made
}
