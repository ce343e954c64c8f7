// Package hold decides when a notification is sent: now, later together with
// others, or not at all, and says why. It is pure: it reads no clock and keeps
// nothing. What it decides from is the rule's [Policy], the [Mute]s of the bus and
// what a [Group] has sent, and all of it is said by whoever asks.
//
// Nothing that is held is lost: it is a notification that waits until a time, as
// one does whose platform asked for a pause, and whoever takes up what is due takes
// it up. No hold lasts longer than [Longest].
package hold

import (
	"slices"
	"strings"
	"time"
)

// Longest is how long anything is held, from when its notification began.
const Longest = 24 * time.Hour

// Policy is what a rule says about when its notifications are sent, and what they
// say when something ends. It is carried with the rule, so that a function decides without the document. The zero value
// has everything sent at once.
type Policy struct {
	// Quiet are the hours in which what is not critical waits.
	Quiet []Interval `json:"quiet,omitempty"`
	// Group folds what happens to one thing; nil folds nothing.
	Group *Grouping `json:"group,omitempty"`
	// Recovered tells whoever was told of a failure when the same thing runs again
	// or succeeds.
	Recovered bool `json:"recovered,omitempty"`
	// Summary sums up in one line what has ended.
	Summary bool `json:"summary,omitempty"`
	// Prices are what it may cost by; nil without a summary.
	Prices *Prices `json:"prices,omitempty"`
	// Watched are types of events, such as "dlc.job-running", that the rule does
	// not ask for and gets only to notice that something has recovered.
	Watched []string `json:"watched,omitempty"`
}

// IsZero reports whether the policy says nothing.
func (p *Policy) IsZero() bool {
	return p == nil || len(p.Quiet) == 0 && p.Group == nil && !p.Recovered && !p.Summary && len(p.Watched) == 0
}

// Watches reports whether events of a type come only to notice a recovery.
func (p *Policy) Watches(typ string) bool {
	return p != nil && typ != "" && slices.Contains(p.Watched, typ)
}

// Prices are what an hour costs, in ten-thousandths of the currency.
type Prices struct {
	// Currency is a code of ISO 4217, such as CNY.
	Currency string `json:"currency"`
	// GPUs are the prices of one GPU by its type; that of [AnyGPU] is for those of
	// no type that is listed.
	GPUs map[string]int64 `json:"gpus,omitempty"`
	// Instances are the prices of one instance by its type.
	Instances map[string]int64 `json:"instances,omitempty"`
}

// PriceUnit is how much of [Prices] is one of the currency.
const PriceUnit = 10_000

// AnyGPU stands for every type of GPU.
const AnyGPU = "any"

// By says what events are folded by.
type By string

// What events are folded by: the job, flow, model or instance that they are about,
// or the rule that asks for them.
const (
	// ByJob folds what happens to one DLC job.
	ByJob By = "job"
	// ByFlow folds what happens to one Designer flow.
	ByFlow By = "flow"
	// ByModel folds what happens to one model.
	ByModel By = "model"
	// ByInstance folds what happens to one DSW instance.
	ByInstance By = "instance"
	// ByRule folds all that one rule asks for.
	ByRule By = "rule"
)

// Values are all of them.
func (By) Values() []string {
	return []string{string(ByJob), string(ByFlow), string(ByModel), string(ByInstance), string(ByRule)}
}

// Grouping has the first message about a thing sent at once, and what follows
// within the wait told together at its end.
type Grouping struct {
	By By `json:"by"`
	// Wait is in seconds.
	Wait int `json:"wait"`
}

// String formats it, such as "by job, 2m".
func (g Grouping) String() string {
	wait := (time.Duration(g.Wait) * time.Second).String()
	for _, none := range []string{"m0s", "h0m"} {
		if short, ok := strings.CutSuffix(wait, none); ok {
			wait = short + none[:1]
		}
	}
	return "by " + string(g.By) + ", " + wait
}

// Channel is how people are reached, because what may wait differs.
type Channel string

// The channels.
const (
	// Chat is a robot in a group, and Mail a mailbox: both take a list.
	Chat Channel = "chat"
	// Mail takes a list.
	Mail Channel = "mail"
	// Text is a text message: there is no room for a list, and each one costs.
	Text Channel = "text"
	// Call is a voice call, which is worth nothing later.
	Call Channel = "call"
	// Program is an HTTP endpoint, which gets every event.
	Program Channel = "program"
)
