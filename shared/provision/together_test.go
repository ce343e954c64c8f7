package provision_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// watches sees after each call that nobody is told what no document says.
func watches(t *testing.T, m *bustest.Memory, documents ...*workspace.Workspace) {
	t.Helper()
	events, receivers := map[string]bool{}, map[string]bool{}
	parts := func(pair string) (event, who string) {
		event, who, _ = strings.Cut(pair, " ")
		rule, _, _ := strings.Cut(who, " ")
		return event + " " + rule, who
	}
	for _, w := range documents {
		for pair := range toldBy(w) {
			event, who := parts(pair)
			events[event], receivers[who] = true, true
		}
	}
	m.Watch = func() {
		for pair := range told(m) {
			event, who := parts(pair)
			assert.True(t, events[event] && receivers[who], "no document says %s", pair)
		}
	}
}

func TestOneDocumentIsAppliedTwiceAtOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(55, 52))
	for n := 0; n < 3; {
		most, wrapper := 2+r.IntN(5), 1500+r.IntN(4000)
		before, after := crowd(t, r, 10), crowd(t, r, 10)
		if !fits(t, small(most, wrapper), before) || !fits(t, small(most, wrapper), after) {
			continue
		}
		n++
		for k, other := 1, true; other; k++ {
			other = false
			m := small(most, wrapper)
			require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
			watches(t, m, before, after)
			m.Number = 0
			m.Before = func(number int, _ string) error {
				if number == k {
					other, m.Before = true, nil
					m.Unlock()
					defer m.Lock()
					require.NoError(t, apply(t.Context(), m, after, provision.Options{}))
				}
				return nil
			}
			require.NoError(t, apply(t.Context(), m, after, provision.Options{}))
			settled(t, m, after, provision.Options{})
			holds(t, m, after)
			if t.Failed() {
				return
			}
		}
	}
}

func TestARuleThatLostItsTargetsTellsNewOnesOnlyWhatTheyAskFor(t *testing.T) {
	coarse := strings.Replace(ruleOf("jobs", robots(0, 1)), `"source"`, `"scope":{"created_by":["2001","2002","2003","2004","2005","2006"]},"source"`, 1)
	before := parse(t, coarse)
	m := small(2, 10240)
	require.NoError(t, apply(t.Context(), m, before, provision.Options{}))
	require.NotContains(t, m.Rules[busName+"/jobs"].Pattern, "2001", "the function tells the events apart")
	clear(m.Targets[busName+"/jobs"]) // by an apply that was cut off, or by hand
	after := parse(t, strings.NewReplacer(`,"2003","2004","2005","2006"`, "", "robot-00", "robot-02").Replace(coarse))
	watches(t, m, before, after)
	require.NoError(t, apply(t.Context(), m, after, provision.Options{}))
	holds(t, m, after)
}

func TestTwoOwnersShareABusThatIsNearlyFull(t *testing.T) {
	r := rand.New(rand.NewPCG(57, 58))
	applied, took := 0, 0
	for range 10 {
		m := small(4+r.IntN(5), 1500+r.IntN(4000))
		documents := map[string]*workspace.Workspace{}
		for range 8 {
			owner := fmt.Sprintf("team-%d", r.IntN(2))
			w := crowd(t, r, 8)
			for i := range w.Rules {
				w.Rules[i].Name = owner + "-" + w.Rules[i].Name
			}
			p, err := plan(t.Context(), m, w, provision.Options{Owner: owner})
			if err != nil {
				require.ErrorAs(t, err, new(provision.Refusal))
				continue
			}
			require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
			applied++
			documents[owner] = w
			settled(t, m, w, provision.Options{Owner: owner})
			for owner, w := range documents {
				holds(t, of(m, owner), w)
			}
			assert.LessOrEqual(t, len(m.Rules), m.Quotas.RulesPerBus)
		}
		w, o := documents["team-0"], provision.Options{Owner: "team-0", TakeOver: "team-1"}
		if w == nil || documents["team-1"] == nil {
			continue
		}
		if p, err := plan(t.Context(), m, w, o); err == nil {
			require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
			settled(t, m, w, o)
			holds(t, m, w)
			took++
		}
	}
	assert.Greater(t, applied, 40)
	assert.Positive(t, took)
}

// of is the part of a bus whose targets are an owner's.
func of(m *bustest.Memory, owner string) *bustest.Memory {
	part := bustest.NewMemory()
	for key, targets := range m.Targets {
		for id, target := range targets {
			if target.Carries()[0].Rule.Owner == owner {
				part.Rules[key] = m.Rules[key]
				if part.Targets[key] == nil {
					part.Targets[key] = map[string]bus.Target{}
				}
				part.Targets[key][id] = target
			}
		}
	}
	return part
}
