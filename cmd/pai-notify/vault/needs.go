package vault

import (
	"maps"
	"slices"
	"strings"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/secret"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// need is a name that the document's targets reference as env:NAME.
type need struct {
	name string
	// targets are those that reference it, such as "dingtalk/oncall of died".
	targets []string
	// hosts may receive the value as it is. The value may also be a reference to
	// the URL that leads to the host.
	hosts []string
	// enabled is true when an enabled rule needs it.
	enabled bool
}

// needs are the names that the targets of a type need, "" for the whole document,
// sorted; others are the references to secrets of the store that stand by
// themselves, and entries all of it as PAI_NOTIFY_SECRETS has it.
func needs(w *workspace.Workspace, of string) (list []need, others, entries []string) {
	by := map[string]*need{}
	var receivers []target.Receiver
	for _, r := range w.Rules {
		for _, receiver := range r.Receivers() {
			if of != "" && receiver.Type != of {
				continue
			}
			receivers = append(receivers, receiver)
			for _, reference := range secret.References(receiver.Parameters) {
				name, ok := strings.CutPrefix(reference, "env:")
				if !ok {
					others = append(others, reference)
					continue
				}
				if by[name] == nil {
					by[name] = &need{name: name}
				}
				one := by[name]
				one.enabled = one.enabled || r.Enabled
				if text := receiver.Type + "/" + receiver.Name + " of " + r.Name; !slices.Contains(one.targets, text) {
					one.targets = append(one.targets, text)
				}
			}
		}
	}
	entries = strings.Fields(target.DeclaredBy(functions.Register(), receivers).String())
	for _, entry := range entries {
		name, host, bound := strings.Cut(entry, "@")
		if one := by[name]; one != nil && bound && host != "" {
			one.hosts = append(one.hosts, host)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		slices.Sort(by[name].hosts)
		list = append(list, *by[name])
	}
	slices.Sort(others)
	return list, slices.Compact(others), entries
}

// covered tells whether a host is among those that a secret is bound to, which
// stand for all of their ports when they name none.
func covered(hosts []string, host string) bool {
	return slices.ContainsFunc(hosts, func(have string) bool {
		return strings.EqualFold(have, host) || !strings.HasPrefix(host, "env:") && strings.EqualFold(have, host[:max(0, strings.LastIndexByte(host, ':'))])
	})
}
