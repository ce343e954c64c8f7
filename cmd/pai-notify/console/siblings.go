package console

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/shared/bus/local"
)

// siblings are the names on the bus of a document's rule: one that has more
// targets than a rule of the bus may have is spread over several, and one that
// was renamed keeps the name it had there. Of "", for all rules, it is "".
func (c *Console) siblings(ctx context.Context, s *state, rule string) []string {
	names := []string{rule}
	if rule == "" {
		return names
	}
	for _, one := range c.onBus(ctx, s) {
		if one.Rule != rule && one.CopyOf == "" && (documentRule(one.Rule) == rule || one.Name == rule) {
			names = append(names, one.Rule)
		}
	}
	return names
}

// ofSiblings returns at most limit notifications, 0 for all, that q selects and
// keep keeps, of all siblings of a rule.
func (c *Console) ofSiblings(ctx context.Context, s *state, rule string, q local.Query, limit int, keep func(local.Notification) bool) ([]local.Notification, error) {
	var all []local.Notification
	names := c.siblings(ctx, s, rule)
	for _, name := range names {
		q.Rule = name
		list, err := local.Find(ctx, c.options.History.History, q, limit, keep)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if len(names) > 1 {
		slices.SortFunc(all, func(a, b local.Notification) int {
			e, d := key(a.ID)
			f, g := key(b.ID)
			return cmp.Or(cmp.Compare(f, e), cmp.Compare(g, d))
		})
		if limit > 0 {
			all = all[:min(len(all), limit)]
		}
	}
	return all, nil
}

// key takes the id of a notification apart: its event and its destination.
func key(id string) (event, destination int) {
	e, d, _ := strings.Cut(id, "-")
	return atoi(e, 0), atoi(d, 0)
}
