package home

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// health is what the first page says of how it goes: what needs somebody, and what
// could not be checked. Nothing is said to be well that was not checked.
type health struct {
	// Checked is when it was; zero when it is still being asked. Pending tells that
	// something is.
	Checked time.Time
	Pending bool
	Needs   []need
	Unsure  []need
	// More is how many there are beside those that are shown.
	More int
	// Well tells that nothing needs somebody, as far as it could be checked.
	Well bool
	// Override is the change of the catalogue that is proposed, and Seal stands for
	// it and for the document that it was made for.
	Override, Seal string

	// activated tells that the service is in use; false where nobody knows.
	activated bool
}

// need is one line of it.
type need struct {
	provision.Finding
	// Count is what Text counts, where its time is shown beside it.
	Count any
	// Detail is in the words of whoever refused, and Path where it is mended.
	Detail, Path string
}

// needsMost is how many lines are shown.
const needsMost = 20

// healthOf checks how it goes, and waits no longer than that.
func (h *handlers) healthOf(ctx context.Context, s *backend.State, wait time.Duration) health {
	up, ok := h.CheckUp(ctx, s, wait, false)
	if !ok {
		return health{Pending: true}
	}
	made := health{Checked: up.At}
	if up.Err != nil {
		made.Unsure = []need{{Detail: h.Options.Cloud.Explained(up.Err), Path: "/setup"}}
		return made
	}
	made.activated = !slices.ContainsFunc(up.Findings, func(f provision.Finding) bool {
		return f.Check.Code == "eventbridge" && f.Verdict != provision.OK
	})
	if up.Readable && slices.ContainsFunc(s.Workspace.Rules, func(r workspace.Rule) bool { return r.Enabled }) {
		passed, ok := h.Passed(ctx, s.Workspace, wait)
		if made.Pending = !ok; ok {
			up.CheckUp = up.With(passed.Findings)
			h.offer(&made, s, passed)
		}
	}
	needs, unsure := problems.Needs(up.Findings)
	lacking := 0
	for _, f := range up.Findings {
		if f.Permission && f.Verdict == provision.Missing {
			lacking++
		}
	}
	if lacking > 0 {
		made.Needs = append(made.Needs, need{Finding: provision.Finding{Verdict: provision.Missing}, Count: lacking, Path: "/setup#permissions"})
	}
	made.Needs = append(made.Needs, lines(needs, s)...)
	made.Unsure = lines(unsure, s)
	made.Well = len(made.Needs) == 0 && !made.Pending
	made.More = max(0, len(made.Needs)-needsMost) + max(0, len(made.Unsure)-needsMost)
	made.Needs, made.Unsure = made.Needs[:min(len(made.Needs), needsMost)], made.Unsure[:min(len(made.Unsure), needsMost)]
	return made
}

func lines(findings []provision.Finding, s *backend.State) []need {
	var list []need
	for _, f := range findings {
		n := need{Finding: f, Path: problems.PathOf(f, s.Rules, s.Entries)}
		if f.Check.Code == "waiting" || f.Check.Code == "dead" {
			n.Count = f.Text.Arguments["count"]
		}
		list = append(list, n)
	}
	return list
}

// without returns it without the lines of a code.
func (h health) without(code string) health {
	h.Needs = slices.DeleteFunc(slices.Clone(h.Needs), func(n need) bool { return n.Text.Code == code })
	return h
}

// waitFor is how long a page waits for what is asked of the bus.
func waitFor(r *http.Request) time.Duration {
	if r.URL.Query().Has("wait") {
		return backend.PartWait
	}
	return backend.PageWait
}
