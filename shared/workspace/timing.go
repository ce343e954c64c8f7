package workspace

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/document"
)

// The waits that a group can have, and the one it has unless it says so.
const (
	leastWait   = 10 * time.Second
	mostWait    = time.Hour
	defaultWait = "2m"
)

// abouts is what the events of PAI's sources are about; those of a source that
// only the document knows can be about anything.
var abouts = map[string]hold.By{"dlc": hold.ByJob, "flow": hold.ByFlow, "model": hold.ByModel, "dsw": hold.ByInstance}

// Groupings returns what messages about a source's events can be grouped by, what
// the events are about first.
func Groupings(source string) []hold.By {
	if fit, known := abouts[source]; known {
		return []hold.By{fit, hold.ByRule}
	}
	return []hold.By{hold.ByJob, hold.ByFlow, hold.ByModel, hold.ByInstance, hold.ByRule}
}

// indexQuiet reads the quiet hours of the document and checks what their shape
// leaves open.
func (b *builder) indexQuiet() {
	b.quiet = map[string]hold.Interval{}
	for _, name := range slices.Sorted(maps.Keys(b.document.Quiet)) {
		d := b.document.Quiet[name]
		path := "quiet." + free(name)
		i := hold.Interval{Name: name, From: d.From, To: d.To, Zone: d.Zone}
		for _, day := range d.Days {
			i.Days = append(i.Days, string(day))
		}
		b.quiet[name] = i
		switch _, pauses := hold.Unbroken([]hold.Interval{i}); {
		case !document.Name.Accepts(name):
			b.add(quietName, path, "format", document.Name.Wants.With())
		case b.failed(path):
		case !slices.Contains(hold.Zones(), d.Zone):
			b.add(zoneUnknown, path+".zone", "hint", suggestZone(d.Zone))
		case !pauses:
			b.add(quietAlways, path)
		}
	}
	for i, c := range b.document.Contacts {
		b.hours(c.Quiet, fmt.Sprintf("contacts[%d].quiet", i))
	}
}

// hours returns the quiet hours of these names.
func (b *builder) hours(names document.Hours, path string) []hold.Interval {
	var list []hold.Interval
	whole := !b.failed(path)
	for i, name := range names {
		interval, ok := b.quiet[name]
		switch {
		case ok:
			list = append(list, interval)
			whole = whole && !b.failed("quiet."+free(name))
		case name != "": // or it has been reported
			b.add(quietUnknown, fmt.Sprintf("%s[%d]", path, i), "name", shown(name), "hint", b.suggestHours(name))
			whole = false
		}
	}
	if whole {
		b.pauses(list, path)
	}
	return list
}

// pauses checks that quiet hours end.
func (b *builder) pauses(list []hold.Interval, path string) {
	switch longest, pauses := hold.Unbroken(list); {
	case !pauses:
		b.add(quietAlways, path)
	case longest > hold.Longest:
		b.add(quietLong, path, "hours", int(longest.Hours()), "most", int(hold.Longest.Hours()))
	}
}

func (b *builder) suggestHours(name string) any {
	if len(b.quiet) == 0 {
		return noQuiet.With()
	}
	return suggest(name, slices.Sorted(maps.Keys(b.quiet)))
}

// suggestZone ends a message about a time zone that there is not: with the one that
// was meant, which people write by its city alone or in small letters.
func suggestZone(name string) any {
	if len(name) > 40 {
		return nil // no slip of the pen
	}
	city := func(zone string) string {
		return strings.ToLower(strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], " ", "_"))
	}
	if city(name) == "beijing" { // where clocks show the time of Shanghai
		return didYouMean.With("word", "Asia/Shanghai")
	}
	best, least := "", max(2, len(city(name))/4)+1
	for _, zone := range hold.Zones() {
		d := 2 * distance(city(name), city(zone))
		if !strings.EqualFold(name, zone) {
			d++
		}
		if d < least {
			best, least = zone, d
		}
	}
	if best == "" {
		return nil
	}
	return didYouMean.With("word", best)
}

// received is a receiver with what decides when it is sent to.
type received struct {
	target.Receiver
	spec target.Spec
	// contact is whom it is sent to, the zero value for a target that is sent to none.
	contact document.Contact
	// creator tells that the contact is told only of what it created itself.
	creator bool
	// entry is the name of the document's receiver that it is; "" for one in place.
	entry string
	// at is where the target stands in the document.
	at string
}

// timing adds to a rule when its messages are sent.
func (b *builder) timing(c *event.Catalogue, r *Rule, d document.Rule, to []received, path string) {
	p := hold.Policy{Quiet: b.hours(d.Quiet, path+".quiet"), Group: b.group(d, path+".group"), Recovered: d.Recovered, Summary: d.Summary}
	if d.Summary {
		p.Prices = b.prices
	}
	watched := b.watch(c, r, d, path)
	r.policy = policyOf(p)
	late := false
	for _, one := range to {
		r.receivers = append(r.receivers, one.Receiver)
		if one.spec.Apart && one.spec.Contact == target.NoContact { // a program
			r.policies = append(r.policies, nil)
			continue
		}
		late = true
		own := p
		for _, name := range one.contact.Quiet {
			i, ok := b.quiet[name]
			if ok && !slices.ContainsFunc(own.Quiet, func(o hold.Interval) bool { return o.Name == i.Name }) {
				own.Quiet = append(slices.Clip(own.Quiet), i)
			}
		}
		if len(own.Quiet) > len(p.Quiet) && len(p.Quiet) > 0 && !b.failed(path+".quiet") {
			b.pauses(own.Quiet, path+".quiet")
		}
		if p.Recovered || len(own.Quiet) > 0 && !one.spec.Spoken {
			own.Watched = watched
		}
		if one.spec.Spoken { // nobody listens to that
			own.Summary, own.Prices = false, nil
		}
		r.policies = append(r.policies, policyOf(own))
	}
	for _, key := range []struct {
		name  string
		given bool
	}{{"group", d.Group != nil}, {"quiet", d.Quiet != nil}, {"recovered", d.Recovered}, {"summary", d.Summary}} {
		if key.given && !late && len(to) > 0 {
			b.add(neverHeld, path+"."+key.name)
		}
	}
	if d.Summary && late && !b.failed(path+".events") && !b.failed(path+".source") {
		b.ends(c, d, path+".summary")
	}
	if d.Recovered && late && watched == nil && !b.recovers(c, d) && !b.failed(path+".events") && !b.failed(path+".source") {
		var types any
		if list := recovering(c, d.Source); list != nil {
			types = recoverable.With("source", d.Source, "types", strings.Join(list, ", "))
		}
		b.add(neverRecovers, path+".recovered", "types", types)
	}
}

// policyOf is nil for a policy that says nothing.
func policyOf(p hold.Policy) *hold.Policy {
	if p.IsZero() {
		return nil
	}
	return &p
}

// group returns how a rule folds, nil for not at all.
func (b *builder) group(d document.Rule, path string) *hold.Grouping {
	if d.Group == nil || b.failed(path) {
		return nil
	}
	wait, err := time.ParseDuration(cmp.Or(d.Group.Wait, defaultWait))
	if err != nil || wait < leastWait || wait > mostWait {
		b.add(waitRange, path+".wait")
	}
	if fit, known := abouts[d.Source]; known && d.Group.By != hold.ByRule && d.Group.By != fit && d.Group.By != "" {
		b.add(groupMisfit, path+".by", "by", string(d.Group.By), "source", d.Source, "fit", string(fit))
	}
	return &hold.Grouping{By: d.Group.By, Wait: int(wait / time.Second)}
}

// recovers reports whether the events that a rule asks for can recover.
func (b *builder) recovers(c *event.Catalogue, d document.Rule) bool {
	types := recovering(c, d.Source)
	if slices.Contains(d.Events, document.Everything) {
		return len(types) > 0
	}
	return slices.ContainsFunc(d.Events, func(what string) bool { return slices.Contains(types, what) })
}

// recovering are the event types of a source that tell of a failure from which
// something can recover.
func recovering(c *event.Catalogue, source string) []string {
	var list []string
	for _, t := range c.TypesOf(source) {
		if len(t.RecoveredBy) > 0 {
			list = append(list, t.What())
		}
	}
	return list
}

// watch returns the event types that tell of a recovery from what a rule asks for,
// and that it does not ask for itself. The bus has to match them too: it sets the
// patterns for that.
func (b *builder) watch(c *event.Catalogue, r *Rule, d document.Rule, path string) (watched []string) {
	if len(r.fields) == 0 || slices.Contains(d.Events, document.Everything) {
		return nil
	}
	source, _ := c.Source(d.Source)
	wide := slices.Clone(r.fields)
	for _, what := range d.Events {
		failure, _ := c.Type(d.Source + "." + what)
		for _, name := range failure.RecoveredBy {
			t, ok := c.Type(name)
			if !ok || t.Source() != d.Source || slices.Contains(watched, name) || slices.Contains(d.Events, t.What()) {
				continue
			}
			f, err := takeApart(t.Pattern)
			conditions := b.scope(source, d.Scope, path+".scope")
			if err != nil || slices.ContainsFunc(slices.Collect(maps.Keys(conditions)), f.occupies) {
				continue
			}
			maps.Copy(f, conditions)
			if slices.ContainsFunc(r.fields, func(g fields) bool { return g.covers(f) }) {
				continue // the rule asks for it by another name
			}
			more := f.with(slices.Clone(wide))
			if !apart(more) {
				continue // a bus would hand over some events twice
			}
			wide, watched = more, append(watched, name)
		}
	}
	if watched != nil {
		r.wide = wide
	}
	return watched
}

// apart reports whether no event matches two of the patterns.
func apart(patterns []fields) bool {
	for i, f := range patterns {
		if slices.ContainsFunc(patterns[:i], func(g fields) bool { return !g.excludes(f) }) {
			return false
		}
	}
	return true
}

// Policy returns what the rule, and the contact, say about when a receiver of the
// rule is sent to; nil where they say nothing, and for an HTTP endpoint, which gets
// every event at once.
func (r Rule) Policy(to target.Receiver) *hold.Policy {
	for i, receiver := range r.receivers {
		if receiver.Type == to.Type && receiver.Name == to.Name {
			return r.policies[i]
		}
	}
	return nil
}

// CarriedFor is Carried for one of the receivers, whose contact may have quiet hours
// of its own.
func (r Rule) CarriedFor(to target.Receiver) event.Rule {
	carried := r.Carried()
	carried.Policy = r.Policy(to)
	return carried
}

// Watches reports whether a receiver is given events that the rule does not ask for.
func (r Rule) Watches() bool {
	return slices.ContainsFunc(r.policies, func(p *hold.Policy) bool { return p != nil && p.Watched != nil })
}

// OnBus returns the rule as a bus has to match it: where receivers are told of a
// recovery, or are to be spared what has recovered, events are matched that tell of
// one. Functions then have to tell them from those that the rule asks for. It is the
// rule itself for one that needs no others.
func (r Rule) OnBus() Rule {
	if !r.Watches() {
		return r
	}
	r.fields, r.patterns = r.wide, nil
	for _, text := range texts(r.wide) {
		if p, err := compile(json.RawMessage(text)); err == nil { // as its parts did
			r.patterns = append(r.patterns, p)
		}
	}
	return r
}
