package provision_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// texts counts the texts that a bus sends to each phone about each probe.
func texts(m *bustest.Memory) map[string]int {
	sent := map[string]int{}
	for key, is := range m.Rules {
		for _, target := range m.Targets[key] {
			for _, c := range target.Carries() {
				for _, r := range c.Receivers {
					var sms struct{ Contact struct{ Phone string } }
					if !is.Enabled || r.Type != "sms" || json.Unmarshal(r.Parameters, &sms) != nil {
						continue
					}
					for i := range probes {
						if matches(is.Pattern, i) && (len(c.Patterns) == 0 || slices.ContainsFunc(c.Patterns, func(p string) bool { return matches(p, i) })) {
							sent[fmt.Sprint(sms.Contact.Phone, " ", i)]++
						}
					}
				}
			}
		}
	}
	return sent
}

func TestAPhoneIsToldNoMoreThanADocumentSaysWhileRulesChange(t *testing.T) {
	const a, b = "+8613800138001", "+8613800138002"
	parse := func(phones [2]string, rules ...string) *workspace.Workspace {
		text := fmt.Sprintf(`{"workspace":"lab","contacts":[{"name":"alice","phone":%q},{"name":"bob","phone":%q}],"rules":[%s]}`, phones[0], phones[1], strings.Join(rules, ","))
		w, err := workspace.Parse([]byte(text), "lab.json", functions.Register()...)
		require.NoError(t, err)
		return w
	}
	// of writes a rule for a robot and for the phones of people.
	of := func(name, events string, people ...string) string {
		list, _ := json.Marshal(people)
		return fmt.Sprintf(`{"name":%q,"source":"dlc","events":[%s],"targets":[%s,{"type":"sms","contacts":%s,"sign_name":"PAI","template_code":"SMS_1"}]}`, name, events, robotA, list)
	}
	off := func(rule string) string { return strings.Replace(rule, `"source"`, `"enabled":false,"source"`, 1) }
	const failed, timeout, running = `"job-failed"`, `"job-timeout"`, `"job-running"`
	straight, crossed := [2]string{a, b}, [2]string{b, a}
	for name, c := range map[string]struct{ before, after *workspace.Workspace }{
		"events go from one rule to another":        {parse(straight, of("r", failed, "alice"), of("s", running+","+timeout, "alice")), parse(straight, of("r", failed+","+timeout, "alice"), of("s", running, "alice"))},
		"and in the other direction":                {parse(straight, of("r", running+","+timeout, "alice"), of("s", failed, "alice")), parse(straight, of("r", running, "alice"), of("s", failed+","+timeout, "alice"))},
		"one rule is enabled, another disabled":     {parse(straight, off(of("r", failed, "alice")), of("s", failed, "alice")), parse(straight, of("r", failed, "alice"), off(of("s", failed, "alice")))},
		"and one is deleted":                        {parse(straight, off(of("r", failed, "alice")), of("s", failed, "alice")), parse(straight, of("r", failed, "alice"))},
		"a new rule for one that is disabled":       {parse(straight, of("s", failed, "alice")), parse(straight, of("r", failed, "alice"), off(of("s", failed, "alice")))},
		"two people swap their phones":              {parse(straight, of("r", failed, "alice"), of("s", failed, "bob")), parse(crossed, of("r", failed, "alice"), of("s", failed, "bob"))},
		"one gets the phone of another who goes":    {parse(straight, of("r", failed, "alice"), of("s", failed, "bob")), parse([2]string{b, a}, of("r", failed, "alice"))},
		"a rule is enabled with another number":     {parse(straight, off(of("r", failed, "alice"))), parse(crossed, of("r", failed, "alice"))},
		"a rule is enabled for somebody else":       {parse(straight, off(of("r", failed, "alice"))), parse(straight, of("r", failed, "bob"))},
		"a rule gets other events and numbers":      {parse(straight, of("r", failed, "alice")), parse(crossed, of("r", timeout, "alice"))},
		"a rule gets other events and people":       {parse(straight, of("r", failed, "alice")), parse(straight, of("r", timeout, "bob"))},
		"a rule is disabled for somebody else":      {parse(straight, of("r", failed, "alice")), parse(straight, off(of("r", failed, "bob")))},
		"a new rule for a phone that somebody left": {parse(straight, of("s", failed, "alice")), parse(crossed, of("r", failed, "bob"), of("s", failed, "alice"))},
	} {
		end := bustest.NewMemory()
		require.NoError(t, apply(t.Context(), end, c.after, provision.Options{}))
		after := texts(end)
		for k := 1; ; k++ { // the call at which an apply is cut off, until none is
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, c.before, provision.Options{}))
			before := texts(m)
			m.Watch = func() {
				now := texts(m)
				maps.DeleteFunc(now, func(key string, n int) bool { return n <= max(before[key], after[key]) })
				assert.Empty(t, now, "%s, cut at call %d: neither document has so many texts to a phone about an event", name, k)
			}
			m.Number = 0
			m.After = func(number int, action string) error {
				if number >= k {
					return &bus.Error{Kind: bus.Unavailable, Action: action, Cause: errCut}
				}
				return nil
			}
			err := apply(t.Context(), m, c.after, provision.Options{})
			m.After = nil
			require.NoError(t, apply(t.Context(), m, c.after, provision.Options{}))
			settled(t, m, c.after, provision.Options{})
			if err == nil || t.Failed() {
				break
			}
		}
	}
}

func TestAPhoneThatTwoRulesTellAnywayIsLeftAlone(t *testing.T) {
	both := func(events string) *workspace.Workspace {
		rule := func(name string) string {
			return strings.Replace(written(name, textC00), `["job-failed"]`, events, 1)
		}
		return parse(t, rule("r")+","+rule("s"))
	}
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, both(`["job-failed"]`), provision.Options{}))
	p, err := plan(t.Context(), m, both(`["job-failed","job-timeout"]`), provision.Options{})
	require.NoError(t, err)
	assert.Empty(t, p.Warnings)
	m.Watch = func() { assert.GreaterOrEqual(t, len(texts(m)), 14, "the phone is told of every failed job") }
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
}

func TestAnApplyThatIsCutLeavesNoRuleThatNobodyKnows(t *testing.T) {
	for name, after := range map[string]string{
		"a rule that goes":               written("night", robotB),
		"a phone that goes to another":   written("night", robotB+","+textC00),
		"a rule that gives its phone up": written("night", robotB+","+textC00) + "," + written("died", robotA),
	} {
		for k := 1; ; k++ {
			m := bustest.NewMemory()
			require.NoError(t, apply(t.Context(), m, parse(t, written("died", textC00)), provision.Options{}))
			unmarked := m.Rules[busName+"/died"]
			unmarked.Description = []string{"edited", "[pai-notify:team-b]"}[k%2]
			m.Rules[busName+"/died"] = unmarked
			m.Number = 0
			m.After = func(number int, action string) error {
				if number >= k {
					return &bus.Error{Kind: bus.Unavailable, Action: action, Cause: errCut}
				}
				return nil
			}
			err := apply(t.Context(), m, parse(t, after), provision.Options{})
			m.After = nil
			w := parse(t, after)
			require.NoError(t, apply(t.Context(), m, w, provision.Options{}), "%s, cut at call %d", name, k)
			settled(t, m, w, provision.Options{})
			assert.Len(t, m.Rules, len(w.Rules), "%s, cut at call %d", name, k)
			if err == nil {
				break
			}
		}
	}
}
