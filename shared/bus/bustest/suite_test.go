package bustest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/suite"
	"github.com/stretchr/testify/assert"
)

// gate lets in who knows a key.
func gate(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if r.Header.Get("Key") != key {
		w.WriteHeader(http.StatusForbidden)
	}
}

// fixture is a new service, seen through spoil by every Bus of it.
func fixture(t T, spoil func(memory) bus.Bus) Fixture {
	server := httptest.NewServer(http.HandlerFunc(gate))
	t.Cleanup(server.Close)
	m := memory{service: &service{buses: map[string]*kept{}}, url: server.URL, client: http.DefaultTransport, key: key}
	with := func(transport http.RoundTripper, key string) bus.Bus {
		other := m
		other.client, other.key = transport, key
		return spoil(other)
	}
	return Fixture{
		Bus:      spoil(m),
		Through:  func(_ T, transport http.RoundTripper) bus.Bus { return with(transport, key) },
		Foreign:  m.foreign,
		Stranger: func(T) bus.Bus { return with(http.DefaultTransport, key+"-unknown") },
		Keys:     []string{key},
		Watch:    m.watch,
		grace:    200 * time.Millisecond,
	}.ready()
}

func TestTheSmallestBusPasses(t *testing.T) {
	Run(t, func(t T) Fixture { return fixture(t, func(m memory) bus.Bus { return m }) })
}

func TestACheckIsSkippedWhenTheFixtureSaysWhy(t *testing.T) {
	Run(t, func(T) Fixture {
		lacks := map[string]string{}
		for _, c := range checks {
			lacks[c.name] = "nothing is tested here"
		}
		return Fixture{Lacks: lacks}
	})
}

// broken is a bus with one fault.
type broken struct {
	memory
	createEventBus func(memory, context.Context, bus.EventBus) error
	deleteEventBus func(memory, context.Context, string) error
	listEventBuses func(memory, context.Context, string) ([]bus.EventBus, error)
	createRule     func(memory, context.Context, string, bus.Rule) error
	getRule        func(memory, context.Context, string, string) (bus.Rule, error)
	updateRule     func(memory, context.Context, string, bus.Rule) error
	disableRule    func(memory, context.Context, string, string) error
	deleteRule     func(memory, context.Context, string, string) error
	listRules      func(memory, context.Context, string) ([]bus.Rule, error)
	updateTargets  func(memory, context.Context, string, string, []bus.Target) error
	deleteTargets  func(memory, context.Context, string, string, []string) error
	listTargets    func(memory, context.Context, string, []string) (map[string][]bus.Target, error)
	putEvents      func(memory, context.Context, string, []event.Event) error
}

func or[F any](own, usual F, has bool) F {
	if has {
		return own
	}
	return usual
}

func (b broken) CreateEventBus(ctx context.Context, e bus.EventBus) error {
	return or(b.createEventBus, memory.CreateEventBus, b.createEventBus != nil)(b.memory, ctx, e)
}

func (b broken) DeleteEventBus(ctx context.Context, name string) error {
	return or(b.deleteEventBus, memory.DeleteEventBus, b.deleteEventBus != nil)(b.memory, ctx, name)
}

func (b broken) ListEventBuses(ctx context.Context, prefix string) ([]bus.EventBus, error) {
	return or(b.listEventBuses, memory.ListEventBuses, b.listEventBuses != nil)(b.memory, ctx, prefix)
}

func (b broken) CreateRule(ctx context.Context, name string, r bus.Rule) error {
	return or(b.createRule, memory.CreateRule, b.createRule != nil)(b.memory, ctx, name, r)
}

func (b broken) GetRule(ctx context.Context, name, rule string) (bus.Rule, error) {
	return or(b.getRule, memory.GetRule, b.getRule != nil)(b.memory, ctx, name, rule)
}

func (b broken) UpdateRule(ctx context.Context, name string, r bus.Rule) error {
	return or(b.updateRule, memory.UpdateRule, b.updateRule != nil)(b.memory, ctx, name, r)
}

func (b broken) DisableRule(ctx context.Context, name, rule string) error {
	return or(b.disableRule, memory.DisableRule, b.disableRule != nil)(b.memory, ctx, name, rule)
}

func (b broken) DeleteRule(ctx context.Context, name, rule string) error {
	return or(b.deleteRule, memory.DeleteRule, b.deleteRule != nil)(b.memory, ctx, name, rule)
}

func (b broken) ListRules(ctx context.Context, name string) ([]bus.Rule, error) {
	return or(b.listRules, memory.ListRules, b.listRules != nil)(b.memory, ctx, name)
}

func (b broken) UpdateTargets(ctx context.Context, name, rule string, targets []bus.Target) error {
	return or(b.updateTargets, memory.UpdateTargets, b.updateTargets != nil)(b.memory, ctx, name, rule, targets)
}

func (b broken) DeleteTargets(ctx context.Context, name, rule string, ids []string) error {
	return or(b.deleteTargets, memory.DeleteTargets, b.deleteTargets != nil)(b.memory, ctx, name, rule, ids)
}

func (b broken) ListTargets(ctx context.Context, name string, rules []string) (map[string][]bus.Target, error) {
	return or(b.listTargets, memory.ListTargets, b.listTargets != nil)(b.memory, ctx, name, rules)
}

func (b broken) PutEvents(ctx context.Context, name string, events []event.Event) error {
	return or(b.putEvents, memory.PutEvents, b.putEvents != nil)(b.memory, ctx, name, events)
}

// changed passes targets through a change on the way back.
func changed(change func(*bus.Target)) func(memory, context.Context, string, []string) (map[string][]bus.Target, error) {
	return func(m memory, ctx context.Context, name string, rules []string) (map[string][]bus.Target, error) {
		found, err := m.ListTargets(ctx, name, rules)
		for _, targets := range found {
			for i := range targets {
				change(&targets[i])
			}
		}
		return found, err
	}
}

func TestTheSuiteCatches(t *testing.T) {
	uncaught := map[string]bool{}
	for _, c := range checks {
		uncaught[c.name] = true
	}
	for name, c := range map[string]struct {
		fault  broken
		caught string
	}{
		"a bus that is made over another one": {broken{createEventBus: func(m memory, ctx context.Context, b bus.EventBus) error {
			_ = m.DeleteEventBus(ctx, b.Name)
			return m.CreateEventBus(ctx, b)
		}}, "a second bus of the same name is refused"},
		"buses that the prefix does not keep out": {broken{listEventBuses: func(m memory, ctx context.Context, _ string) ([]bus.EventBus, error) {
			return m.ListEventBuses(ctx, "")
		}}, "a bus is there once made and gone once deleted"},
		"a list of buses that knows their names only": {broken{listEventBuses: func(m memory, ctx context.Context, prefix string) ([]bus.EventBus, error) {
			list, err := m.ListEventBuses(ctx, prefix)
			for i := range list {
				list[i].Description = ""
			}
			return list, err
		}}, "listed buses tell as much as one that is asked for"},
		"a bus that goes with its rules": {broken{deleteEventBus: func(m memory, ctx context.Context, name string) error {
			rules, err := m.ListRules(ctx, name)
			for _, r := range rules {
				_ = m.DeleteRule(ctx, name, r.Name)
			}
			return errors.Join(err, m.DeleteEventBus(ctx, name))
		}}, "a bus with rules is not deleted"},
		"a rule that replaces another": {broken{createRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			err := m.CreateRule(ctx, name, r)
			if bus.KindOf(err) == bus.Exists {
				return m.UpdateRule(ctx, name, r)
			}
			return err
		}}, "a second rule of the same name is refused"},
		"an update that makes a rule": {broken{updateRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			err := m.UpdateRule(ctx, name, r)
			if bus.KindOf(err) == bus.NotFound {
				return m.CreateRule(ctx, name, r)
			}
			return err
		}}, "a rule that is not there is not found"},
		"an update that forgets targets": {broken{updateRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			if err := m.UpdateRule(ctx, name, r); err != nil {
				return err
			}
			return m.DeleteTargets(ctx, name, r.Name, []string{"a"})
		}}, "an update replaces a rule and leaves its targets"},
		"a rule that is made enabled always": {broken{createRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			r.Enabled = true
			return m.CreateRule(ctx, name, r)
		}}, "a rule reads back as it was written"},
		"a state that takes the description along": {broken{disableRule: func(m memory, ctx context.Context, name, rule string) error {
			return m.UpdateRule(ctx, name, bus.Rule{Name: rule, Pattern: pattern})
		}}, "a rule is enabled and disabled and keeps the rest"},
		"a delete of nothing that succeeds": {broken{deleteRule: func(m memory, ctx context.Context, name, rule string) error {
			err := m.DeleteRule(ctx, name, rule)
			if bus.KindOf(err) == bus.NotFound {
				return nil
			}
			return err
		}}, "a rule that is not there is not found"},
		"a pattern that is taken unread": {broken{createRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			err := m.CreateRule(ctx, name, r)
			if bus.KindOf(err) == bus.Invalid {
				return nil
			}
			return err
		}}, "a pattern that is none is invalid"},
		"one page of rules": {broken{listRules: func(m memory, ctx context.Context, name string) ([]bus.Rule, error) {
			list, err := m.ListRules(ctx, name)
			return list[:min(len(list), 100)], err
		}}, "more rules than one answer holds are all listed"},
		"a name that loses its characters": {broken{listTargets: changed(func(g *bus.Target) {
			g.Receiver.Name = string([]byte(g.Receiver.Name)[:min(len(g.Receiver.Name), 9)])
		})}, "targets read back as they were written"},
		"our targets called altered":  {broken{listTargets: changed(func(g *bus.Target) { g.Altered = "x" })}, "targets read back as they were written"},
		"foreign targets called ours": {broken{listTargets: changed(func(g *bus.Target) { g.Altered = "" })}, "what others wrote is read without harm"},
		"targets that are added only": {broken{updateTargets: func(m memory, ctx context.Context, name, rule string, targets []bus.Target) error {
			have, err := m.ListTargets(ctx, name, []string{rule})
			if err != nil {
				return err
			}
			return errors.Join(m.UpdateTargets(ctx, name, rule, targets), m.UpdateTargets(ctx, name, rule, have[rule]))
		}}, "a target is replaced by its id"},
		"a target that is not there and fails": {broken{deleteTargets: func(m memory, ctx context.Context, name, rule string, ids []string) error {
			have, err := m.ListTargets(ctx, name, []string{rule})
			if err == nil && len(have[rule]) < len(ids) {
				return fail(bus.NotFound, "DeleteTargets", "no such target")
			}
			return errors.Join(err, m.DeleteTargets(ctx, name, rule, ids))
		}}, "targets are deleted by their ids"},
		"events beyond the tenth": {broken{putEvents: func(m memory, ctx context.Context, name string, events []event.Event) error {
			return m.PutEvents(ctx, name, events[:min(len(events), 10)])
		}}, "more events than one call holds are all taken"},
		"an event that is dropped in silence": {broken{putEvents: func(m memory, ctx context.Context, name string, events []event.Event) error {
			err := m.PutEvents(ctx, name, events)
			if bus.KindOf(err) == bus.Invalid {
				return nil
			}
			return err
		}}, "an event that is too large is named"},
		"a refusal that blames every event": {broken{putEvents: func(m memory, ctx context.Context, name string, events []event.Event) error {
			if err := m.PutEvents(ctx, name, events); err != nil {
				return fail(bus.Invalid, "PutEvents", "none of small-1, large-1, small-2")
			}
			return nil
		}}, "an event that is too large is named"},
		"a call that forgets its context": {broken{listRules: func(m memory, _ context.Context, name string) ([]bus.Rule, error) {
			return m.ListRules(context.Background(), name)
		}}, "the deadline ends a call that hangs"},
		"an error of another type": {broken{getRule: func(m memory, ctx context.Context, name, rule string) (bus.Rule, error) {
			r, err := m.GetRule(ctx, name, rule)
			if err != nil {
				err = errors.New("no")
			}
			return r, err
		}}, "without a network every call is unavailable"},
		"a rule reported as made when nobody answered": {broken{createRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			err := m.CreateRule(ctx, name, r)
			if bus.KindOf(err) == bus.Unavailable {
				return nil
			}
			return err
		}}, "a network that loses half fails or works and never lies"},
		"a refusal that says the key": {broken{getRule: func(m memory, ctx context.Context, name, rule string) (bus.Rule, error) {
			r, err := m.GetRule(ctx, name, rule)
			if err != nil {
				err = fail(bus.KindOf(err), "GetRule", "signed with "+m.key)
			}
			return r, err
		}}, "keys never show when the service says them back"},
		"a limit that is not the service's": {broken{createRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			if len(r.Name) > 60 {
				return fail(bus.Invalid, "CreateRule", "too long")
			}
			return m.CreateRule(ctx, name, r)
		}}, "what the limits allow is taken"},
		"targets that stay behind a rule": {broken{createRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			if err := m.CreateRule(ctx, name, r); err != nil {
				return err
			}
			if r.Name == "job-died" {
				return m.UpdateTargets(ctx, name, r.Name, []bus.Target{sample("left")})
			}
			return nil
		}}, "a deleted rule takes its targets along"},
		"a bus that is made for a rule": {broken{createRule: func(m memory, ctx context.Context, name string, r bus.Rule) error {
			err := m.CreateRule(ctx, name, r)
			if bus.KindOf(err) == bus.NotFound {
				return nil
			}
			return err
		}}, "a bus that is not there is not found"},
		"two calls that meet": {broken{updateTargets: func(m memory, ctx context.Context, name, rule string, targets []bus.Target) error {
			if rule == "rule-3" {
				return fail(bus.Throttled, "UpdateTargets", "another call was under way")
			}
			return m.UpdateTargets(ctx, name, rule, targets)
		}}, "concurrent use is safe"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.NotEmpty(t, failuresOf(c.caught, func(m memory) bus.Bus {
				b := c.fault
				b.memory = m
				return b
			}))
		})
		delete(uncaught, c.caught)
	}
	assert.Empty(t, uncaught, "checks that nothing broken was shown to")
}

// failuresOf runs the check of one name and returns what it found.
func failuresOf(name string, spoil func(memory) bus.Bus) []string {
	return suite.Failures(func(t T) {
		for _, c := range checks {
			if c.name == name {
				c.run(t, fixture(t, spoil))
			}
		}
	})
}
