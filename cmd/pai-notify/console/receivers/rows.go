package receivers

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/rules/form"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// row is one receiver on the page.
type row struct {
	*backend.Receiver
	// Rules are those that use it, as many as are shown, and MoreRules how many others
	// there are.
	Rules     []string
	MoreRules int
	rule      string // the last one
	// Written are those that write it in place, as many as are shown.
	Written []string
	// Sent is when a platform last accepted a message for it. Last is the use whose
	// message was last not sent; nil when there is none.
	Sent    time.Time
	Last    *health.Receiver
	Failing bool
	// Parts are what waits and failed, by its keys.
	Parts []part
	// Secrets are the findings about what it refers to that is not there, or of which
	// nobody can tell.
	Secrets []provision.Finding
	// Gone tells that the document does not have it.
	Gone    bool
	Muted   []backend.Muted
	Results []form.Result
	// Warnings say where one event becomes two messages to it.
	Warnings []string
}

// part is a receiver by one of its keys, and of one rule where others have that key
// for another receiver.
type part struct {
	Key, Rule           string
	Waiting, Held, Dead int
}

// Address is a page about the part.
func (p part) Address(path string, pairs ...string) string {
	return frame.Address(path, append(pairs, "rule", p.Rule)...)
}

// Shown are the parts of which something waits or failed, as many as are shown.
func (r row) Shown() []part {
	some := slices.DeleteFunc(slices.Clone(r.Parts), func(p part) bool { return p.Waiting+p.Held+p.Dead == 0 })
	return some[:min(len(some), rulesMost)]
}

// Mutes are the parts that can be muted, as many as are shown.
func (r row) Mutes() []part { return r.Parts[:min(len(r.Parts), rulesMost)] }

// Needs tells that somebody should look at it.
func (r row) Needs() bool { return r.rank() > 0 }

func (r row) rank() int {
	missing := slices.ContainsFunc(r.Secrets, func(f provision.Finding) bool { return f.Verdict == provision.Missing })
	switch {
	case r.Failing || missing:
		return 2
	case slices.ContainsFunc(r.Parts, func(p part) bool { return p.Dead > 0 }) || len(r.Twice) > 0:
		return 1
	}
	return 0
}

// rulesMost is how many rules of a receiver are shown.
const rulesMost = 8

// rows are the receivers of a document, with what a check-up found of them.
func (h *handlers) rows(ctx context.Context, l message.Language, s *backend.State, up backend.CheckedUp) []row {
	all := s.Receivers()
	ended := map[[2]string]*health.Receiver{}
	if up.Health != nil {
		for i := range up.Health.Receivers {
			of := &up.Health.Receivers[i]
			ended[[2]string{of.Rule, of.Name()}] = of
		}
	}
	lacking := map[string][]provision.Finding{}
	for _, f := range up.Findings {
		if reference, ok := f.Check.Arguments["secret"].(string); ok && f.Verdict != provision.OK {
			lacking[reference] = append(lacking[reference], f)
		}
	}
	leads := map[string]int{} // how many receivers have a key
	for _, one := range all {
		for _, key := range one.Keys() {
			leads[key]++
		}
	}
	mutes := h.MutesThat(ctx, l, s, func(m hold.Mute) bool { return m.Receiver != "" })
	used := map[[2]string]bool{}
	list := make([]row, len(all))
	for i, one := range all {
		made := row{Receiver: one}
		for _, f := range one.Twice {
			rule, _, _ := backend.Again(f)
			made.Warnings = append(made.Warnings, s.Workspace.Rules[rule].Name+": "+f.In(l))
		}
		for _, u := range one.Uses {
			key := [2]string{u.Rule.Key(), u.Key}
			made.use(u, leads[u.Key] > 1, ended[key])
			used[key] = true
		}
		for _, reference := range one.References {
			for _, f := range lacking[reference] {
				if function, _ := f.Text.Arguments["function"].(string); function == "" || function == policy.FunctionName(h.Options.Provision.Prefix, one.Type) {
					made.Secrets = append(made.Secrets, f)
				}
			}
		}
		for _, m := range mutes {
			if slices.ContainsFunc(one.Uses, func(u backend.Use) bool { return u.Key == m.Receiver && (m.Rule == "" || m.Rule == u.Rule.Key()) }) {
				made.Muted = append(made.Muted, m)
			}
		}
		list[i] = made
	}
	if up.Health == nil {
		return list
	}
	for i := range up.Health.Receivers {
		of := &up.Health.Receivers[i]
		if !used[[2]string{of.Rule, of.Name()}] && (s.Assumed || of.Failing() || of.Waiting+of.Held+of.Dead > 0) {
			one := gone(of)
			one.Gone = !s.Assumed // nobody knows what it has
			list = append(list, one)
		}
	}
	return list
}

// gone is a receiver that the document does not have, for which something waits or
// failed.
func gone(of *health.Receiver) row {
	typ, _, _ := strings.Cut(of.Name(), "/")
	key := [2]string{of.Rule, of.Name()}
	made := row{Receiver: &backend.Receiver{ID: backend.Digest([]byte(key[0] + "\x00" + key[1]))[:16], Type: typ}, Gone: true}
	made.use(backend.Use{Rule: workspace.Rule{Name: of.RuleName}, Key: key[1]}, true, of)
	made.Uses = []backend.Use{{Rule: workspace.Rule{Name: of.RuleName}, Key: key[1]}}
	return made
}

// use adds a rule to a row, and how its messages ended.
func (r *row) use(u backend.Use, shared bool, of *health.Receiver) {
	switch again := r.rule == u.Rule.Name; {
	case again:
	case len(r.Rules) < rulesMost:
		r.Rules = append(r.Rules, u.Rule.Name)
	default:
		r.MoreRules++
	}
	r.rule = u.Rule.Name
	if u.InPlace && len(r.Written) < rulesMost && !slices.Contains(r.Written, u.Rule.Name) {
		r.Written = append(r.Written, u.Rule.Name)
	}
	p := part{Key: u.Key}
	if shared {
		p.Rule = u.Rule.Name
	}
	i := slices.IndexFunc(r.Parts, func(other part) bool { return other.Key == p.Key && other.Rule == p.Rule })
	if i < 0 {
		i = len(r.Parts)
		r.Parts = append(r.Parts, p)
	}
	if of == nil {
		return
	}
	r.Parts[i].Waiting += of.Waiting
	r.Parts[i].Held += of.Held
	r.Parts[i].Dead += of.Dead
	if of.Sent.After(r.Sent) {
		r.Sent = of.Sent
	}
	// One that fails for a rule counts for more than a later failure that passed.
	if better := of.Failing() && !r.Failing || of.Failing() == r.Failing && (r.Last == nil || of.Failed.After(r.Last.Failed)); better && !of.Failed.IsZero() {
		r.Last = of
	}
	r.Failing = r.Failing || of.Failing()
}
