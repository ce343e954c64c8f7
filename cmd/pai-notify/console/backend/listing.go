package backend

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// DocumentRule is the rule of the document that a rule on the bus belongs to:
// siblings of one differ by a suffix that no document's name can hold.
func DocumentRule(onBus string) string {
	name, _, _ := strings.Cut(onBus, "--")
	return name
}

// standsFor is how long what stands on a bus is taken for what stands there, as far
// as it is only shown.
const standsFor = 15 * time.Second

// listed are the rules on a bus, and planned is what a document would change there.
type (
	listed struct {
		list []provision.ListedRule
		err  error
	}
	planned struct {
		plan *provision.Plan
		why  string
	}
)

// Foreign returns the rules on the bus that are not this document's, or why they are
// not known, and whether that is because the account is not set up. They are pending
// while they are being read.
func (b *Backend) Foreign(ctx context.Context, s *State) (list []provision.ListedRule, unknown string, notSetUp, pending bool) {
	found, _, ok := b.lookups.listing.ask(ctx, s.Workspace, b.Now, true, PageWait, func(ctx context.Context) listed {
		ctx, cancel := context.WithTimeout(ctx, LookTimeout)
		defer cancel()
		list, err := b.Provisioner(s.Workspace).List(ctx)
		return listed{list, err}
	})
	switch {
	case !ok:
		return nil, "", false, true
	case bus.KindOf(found.err) == bus.NotActivated:
		return nil, "", true, false
	case found.err != nil:
		b.lookups.listing.forget() // the next page may be luckier
		return nil, b.Options.Cloud.Explained(found.err), false, false
	}
	for _, one := range found.list {
		if !one.Ours {
			list = append(list, one)
		}
	}
	return list, "", false, false
}

// PlanShown is the plan of a document as a page shows it: it is asked once and kept
// for a moment. What applies a plan makes it anew.
func (b *Backend) PlanShown(ctx context.Context, w *workspace.Workspace) (*provision.Plan, string) {
	kept, _, ok := b.lookups.plan.ask(ctx, w, b.Now, true, LookTimeout+time.Second, func(ctx context.Context) planned {
		plan, why := b.Plan(ctx, w)
		return planned{plan, why}
	})
	if !ok {
		return nil, context.DeadlineExceeded.Error()
	}
	if kept.plan == nil {
		b.lookups.plan.forget() // the next page may be luckier
		return nil, kept.why
	}
	plan := *kept.plan // pages cover what it must not show
	plan.Steps = slices.Clone(plan.Steps)
	for i, step := range plan.Steps {
		plan.Steps[i].Differences = slices.Clone(step.Differences)
	}
	return &plan, ""
}
