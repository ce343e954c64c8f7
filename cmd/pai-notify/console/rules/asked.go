package rules

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/censor"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/shared/bus/local"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// asked is which rules the list shows, and in which order, as its address has it.
type asked struct{ Q, State, Source, Receiver, Sort string }

// The states that the list can be narrowed to, and the orders beside the document's.
var (
	askedStates = []string{"failing", "unmatched", "enabled", "disabled", "muted"}
	askedOrders = []string{"name", "matched", "failed"}
)

// ofHistory are those that only a history can tell.
var ofHistory = []string{"failing", "unmatched", "matched", "failed"}

func askedOf(form url.Values) asked {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	a := asked{get("q"), get("state"), get("source"), get("receiver"), get("sort")}
	if !slices.Contains(askedStates, a.State) {
		a.State = ""
	}
	if !slices.Contains(askedOrders, a.Sort) {
		a.Sort = ""
	}
	return a
}

func (a asked) pairs() []string {
	return []string{"q", a.Q, "state", a.State, "source", a.Source, "receiver", a.Receiver, "sort", a.Sort}
}

// Hidden is the same as a form has it, names with values.
func (a asked) Hidden() [][]string {
	return slices.DeleteFunc(slices.Collect(slices.Chunk(a.pairs(), 2)), func(pair []string) bool { return pair[1] == "" })
}

// address is that of the list, from its rule number from on.
func (a asked) address(from int) string {
	return frame.Address("/rules", append(a.pairs(), "from", strconv.Itoa(from))...)
}

// Filtered tells whether rules may be left out.
func (a asked) Filtered() bool { return a.Q != "" || a.More() }

// More tells whether there is a filter beside the search.
func (a asked) More() bool { return cmp.Or(a.State, a.Source, a.Receiver) != "" }

// standing is what became of the events of a rule lately.
type standing struct {
	states map[local.State]int
	// Matched and Failed are when the last of its events was accepted that led to a
	// notification, and to one that failed; zero without.
	Matched, Failed time.Time
	// Failing tells that a receiver's last one failed.
	Failing bool
}

func (s *standing) add(n local.RuleCount) {
	if s.states == nil {
		s.states = map[local.State]int{}
	}
	for state, count := range n.States {
		s.states[state] += count
	}
	for _, at := range n.Last {
		s.Matched = later(s.Matched, at)
	}
	s.Failed, s.Failing = later(s.Failed, n.Failed()), s.Failing || n.Failing()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// known is what the list asks about rules beside the document.
type known struct {
	*backend.State
	titles   frame.Titles
	standing map[string]standing
	muted    map[string][]backend.Muted
	matching map[string]bool // by events that passed the bus, sent or not
}

// receivers are those of a rule, as history names them.
func (k known) receivers(i int) []string {
	var names []string
	if i < len(k.Workspace.Rules) {
		for _, to := range k.Workspace.Rules[i].Receivers() {
			names = append(names, to.Type+"/"+to.Name)
		}
	}
	return names
}

// find returns the rules that are asked for.
func (k known) find(a asked) []edit.Rule {
	var found []edit.Rule
	for i, r := range k.Rules {
		if (a.Source == "" || a.Source == r.Source) && k.inState(a.State, r) && k.goesTo(a.Receiver, i) && k.mentions(r, strings.Fields(strings.ToLower(a.Q))) {
			found = append(found, r)
		}
	}
	order := map[string]func(x, y edit.Rule) int{
		"name":    func(x, y edit.Rule) int { return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)) },
		"matched": func(x, y edit.Rule) int { return k.standing[y.Name].Matched.Compare(k.standing[x.Name].Matched) },
		"failed":  func(x, y edit.Rule) int { return k.standing[y.Name].Failed.Compare(k.standing[x.Name].Failed) },
	}[a.Sort]
	if order != nil {
		slices.SortStableFunc(found, order)
	}
	return found
}

func (k known) inState(state string, r edit.Rule) bool {
	switch state {
	case "failing":
		return k.standing[r.Name].Failing
	case "unmatched":
		return r.On() && k.standing[r.Name].Matched.IsZero() && !k.matching[r.Name]
	case "enabled":
		return r.On()
	case "disabled":
		return !r.On()
	case "muted":
		return len(k.muted[r.Name]) > 0
	}
	return true
}

func (k known) goesTo(receiver string, i int) bool {
	return receiver == "" || slices.ContainsFunc(k.receivers(i), func(name string) bool {
		return local.Notification{Receiver: name}.For(receiver)
	})
}

// mentions tells whether a rule has all words in what the list shows of it: its name,
// description, source, events or targets.
func (k known) mentions(r edit.Rule, words []string) bool {
	if len(words) == 0 {
		return true
	}
	texts := append([]string{r.Name, r.Source, k.titles.Source(r.Source)}, r.Events...)
	for _, what := range r.Events {
		texts = append(texts, r.Source+"."+what, k.titles.Event(r.Source, what))
	}
	for i, t := range k.Written(r).Targets {
		texts = append(append(texts, r.Targets[i].Receiver, t.Type, t.Name, t.Type+"/"+t.Name), t.Contacts...)
	}
	in := func(more string) bool {
		text := strings.ToLower(strings.Join(append(texts, more), "\n"))
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
	}
	// What a description hides is not found either; telling it takes longest.
	return in("") || r.Description != "" && in(r.Description) && in(censor.Redacted(r.Description))
}

// choicesMost bounds what a filter offers, so that the page stays small.
const choicesMost = 100

// sources and receiverNames are what the filters offer.
func (k known) sources() []frame.Choice {
	var list []frame.Choice
	for _, r := range k.Rules {
		if !slices.ContainsFunc(list, func(c frame.Choice) bool { return c.Value == r.Source }) {
			list = append(list, frame.Choice{Value: r.Source, Title: k.titles.Source(r.Source)})
		}
	}
	return list[:min(len(list), choicesMost)]
}

func (k known) receiverNames() []string {
	seen := map[string]bool{}
	var list []string
	for _, r := range k.Workspace.Rules {
		for _, to := range r.Receivers() {
			if name := to.Type + "/" + to.Name; !seen[name] && len(list) < choicesMost {
				seen[name] = true
				list = append(list, name)
			}
		}
	}
	slices.Sort(list)
	return list
}
