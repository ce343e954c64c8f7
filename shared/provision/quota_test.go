package provision_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// twoHundred writes rules with eight receivers each: five of robots, two of WeCom,
// one phone or none.
func twoHundred(n int) string {
	var rules []string
	for i := range n {
		targets := []any{
			map[string]any{"type": "wecom", "webhook": "env:WECOM"}, map[string]any{"type": "wecom", "name": "second", "webhook": fmt.Sprintf("env:WECOM_%d", i%7)},
		}
		for j := range 6 {
			targets = append(targets, map[string]any{"type": "dingtalk", "name": fmt.Sprintf("robot-%02d", (i+j)%20), "webhook": fmt.Sprintf("env:ROBOT_%02d", (i+j)%20), "signing_key": "env:KEY"})
		}
		one := map[string]any{
			"name": fmt.Sprintf("rule-%03d", i), "source": "dlc", "targets": targets,
			"events": [][]string{{"job-failed"}, {"job-failed", "job-timeout"}, {"job-running"}}[i%3],
			"scope":  map[string]any{"created_by": []string{fmt.Sprintf("20%02d", i%14), fmt.Sprintf("30%02d", i)}},
		}
		text, _ := json.Marshal(one)
		rules = append(rules, string(text))
	}
	return strings.Join(rules, ",")
}

func TestTwoHundredRulesForEightReceiversShareFiftyRules(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, twoHundred(200))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, 50, p.Packing.Most)
	assert.Regexp(t, `^\d\d of 50 rules on the bus; rules in shared lists: \d+ \(lists: \d+\)$`, p.Packing.Statement().String())
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	assert.Len(t, m.Rules, p.Packing.Rules)
	assert.LessOrEqual(t, len(m.Rules), 50)
	settled(t, m, w, provision.Options{})
	holds(t, m, w)

	// One more comes, one goes and one changes: nobody else is touched.
	more := parse(t, twoHundred(201))
	p, err = plan(t.Context(), m, more, provision.Options{})
	require.NoError(t, err)
	for _, s := range p.Steps {
		for _, d := range s.Differences {
			assert.True(t, !strings.HasPrefix(d.Property, "rule ") || d.Property == "rule rule-200", "%s of %s", d.Property, s.Rule)
		}
	}
	assert.LessOrEqual(t, len(p.Steps), 4, steps(p))
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, more, provision.Options{})
	holds(t, m, more)

	require.NoError(t, apply(t.Context(), m, parse(t, twoHundred(6)), provision.Options{}))
	for _, r := range m.Rules {
		assert.NotContains(t, r.Name, "shared", "there is room for each rule alone")
	}
	holds(t, m, parse(t, twoHundred(6)))
}

func TestThreeHundredPeopleAreOneRule(t *testing.T) {
	var people []string
	for i := range 300 {
		people = append(people, fmt.Sprintf("%q", fmt.Sprintf("2%05d", i)))
	}
	w := parse(t, strings.Replace(ruleOf("died", robots(0, 3)), `"source"`, `"scope":{"created_by":[`+strings.Join(people, ",")+`]},"source"`, 1))
	m := bustest.NewMemory()
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, "1 of 50 rules on the bus; rules whose events the function filters: 1", p.Packing.Statement().String())
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	require.Len(t, m.Rules, 1)
	assert.JSONEq(t, `{"source":["acs.paidlc"],"type":["paidlc:JobStateChange:JobFailed"]}`, m.Rules[busName+"/died"].Pattern)
	for _, target := range m.Targets[busName+"/died"] {
		assert.Equal(t, []string{w.Rules[0].Patterns()[0].String()}, target.Patterns)
	}
	settled(t, m, w, provision.Options{})

	m = bustest.NewMemory()
	m.Quotas.FieldValues = 0 // a bus that takes any number of values in a field
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	assert.Equal(t, w.Rules[0].Patterns()[0].String(), m.Rules[busName+"/died"].Pattern)
	assert.Empty(t, m.Targets[busName+"/died"]["robot-00"].Patterns)
}

// scoped writes a rule about the jobs of so many people.
func scoped(name string, people int) string {
	var ids []string
	for i := range people {
		ids = append(ids, fmt.Sprintf(`"20%02d"`, i))
	}
	return strings.Replace(ruleOf(name, robots(0, 3), "c00"), `"source"`, `"scope":{"created_by":[`+strings.Join(ids, ",")+`]},"source"`, 1)
}

// splitUp applies a document as versions did that knew no exact patterns: where no
// target has room for them it still is so.
func splitUp(t *testing.T, m *bustest.Memory, w *workspace.Workspace) {
	t.Helper()
	most := m.Quotas.Wrapper
	m.Quotas.Wrapper = 250
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	m.Quotas.Wrapper = most
}

func TestWhatAnEarlierVersionMadeStaysAsLongAsItFits(t *testing.T) {
	m := bustest.NewMemory()
	w := parse(t, scoped("many", 14)+","+scoped("few", 3)+","+ruleOf("large", robots(0, 12)))
	splitUp(t, m, w)
	require.Len(t, m.Rules, 3+1+3)
	settled(t, m, w, provision.Options{})
	for _, limits := range []func(){func() { m.Quotas.FieldValues = 0 }, func() { m.Quotas.FieldValues = 5 }} {
		limits()
		settled(t, m, w, provision.Options{})
	}

	// A change of the pattern is when it comes closer together.
	w = parse(t, scoped("many", 13)+","+scoped("few", 3)+","+ruleOf("large", robots(0, 12)))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"many"}, p.Packing.Coarse)
	creates, changes, deletes := p.Summary()
	assert.Equal(t, []int{0, 1, 2}, []int{creates, changes, deletes})
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
	holds(t, m, w)
}

func TestWhatIsSplitComesTogetherWhenTheBusIsFull(t *testing.T) {
	m := small(6, 10240)
	w := parse(t, scoped("many", 14)+","+scoped("more", 13))
	splitUp(t, m, w)
	require.Len(t, m.Rules, 6)
	settled(t, m, w, provision.Options{})
	w = parse(t, scoped("many", 14)+","+scoped("more", 13)+","+ruleOf("new", robots(0, 1)))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"many"}, p.Packing.Coarse, "one is enough")
	assert.NotContains(t, warnings(p), "full-bus")
	assert.NotContains(t, warnings(p), "crossed-rules")
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
	holds(t, m, w)
}

func TestARuleThatIsOneTooManyLosesNothing(t *testing.T) {
	var rules []string
	for i := range 50 {
		rules = append(rules, ruleOf(fmt.Sprintf("rule-%02d", i), robots(i%4, i%4+2)))
	}
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, strings.Join(rules, ",")), provision.Options{}))
	require.Len(t, m.Rules, 50)
	before := told(m)
	w := parse(t, strings.Join(append(rules, ruleOf("rule-50", robots(0, 2))), ","))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Empty(t, p.Warnings)
	assert.Len(t, p.Packing.Shared, 2, "as few as it takes")
	m.Watch = func() {
		now := told(m)
		for pair := range before {
			assert.Positive(t, now[pair], pair)
		}
	}
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	m.Watch = nil
	require.Len(t, m.Rules, 50)
	settled(t, m, w, provision.Options{})
	holds(t, m, w)

	// The rule whose place the others share goes back to one of its own.
	w = parse(t, strings.Join(rules[:40], ","))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	settled(t, m, w, provision.Options{})
	holds(t, m, w)
	assert.Len(t, m.Rules, 40)
}

func TestPhonesShareLastAndThePlanWarns(t *testing.T) {
	var rules []string
	for i := range 8 {
		rules = append(rules, ruleOf(fmt.Sprintf("phone-%d", i), nil, "c00"), ruleOf(fmt.Sprintf("chat-%d", i), robots(0, 1)))
	}
	m := small(9, 10240)
	p, err := plan(t.Context(), m, parse(t, strings.Join(rules, ",")), provision.Options{})
	require.NoError(t, err)
	assert.Len(t, p.Packing.Shared, 8)
	assert.NotContains(t, strings.Join(p.Packing.Shared, " "), "phone")
	assert.Empty(t, p.Warnings)
	m.Quotas.RulesPerBus = 8
	p, err = plan(t.Context(), m, parse(t, strings.Join(rules, ",")), provision.Options{})
	require.NoError(t, err)
	assert.Len(t, p.Packing.Shared, 8+1)
	require.Len(t, p.Warnings, 1)
	assert.Contains(t, p.Warnings[0].Text, "rules that send texts or calls share a list with others, because the bus is limited to 8 rules: phone-0; a text or call that fails beside one that was sent is logged but not retried, and an invocation that is cut off may text or call somebody twice")
}

func TestADisabledRuleMakesRoomFirst(t *testing.T) {
	rules := []string{strings.Replace(ruleOf("off", robots(0, 9)), `"source"`, `"enabled":false,"source"`, 1)}
	for i := range 3 {
		rules = append(rules, ruleOf(fmt.Sprintf("on-%d", i), robots(0, 1)))
	}
	m := small(3, 10240)
	w := parse(t, strings.Join(rules, ","))
	p, err := plan(t.Context(), m, w, provision.Options{})
	require.NoError(t, err)
	assert.Equal(t, "3 of 3 rules on the bus; disabled rules that are not on the bus: 1", p.Packing.Statement().String())
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	settled(t, m, w, provision.Options{})
}

func TestARuleWithTargetsOfOthersIsNeitherSharedNorCoarse(t *testing.T) {
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, scoped("guest", 3)), provision.Options{}))
	m.Targets[busName+"/guest"]["theirs"] = bus.Target{ID: "theirs", Function: "other", Altered: "a function target"}
	many := parse(t, scoped("guest", 9))
	require.NoError(t, apply(t.Context(), m, many, provision.Options{}))
	for _, targets := range m.Targets {
		for _, target := range targets {
			assert.Empty(t, target.Patterns)
		}
	}
	assert.Contains(t, m.Targets[busName+"/guest"], "theirs")
	m.Quotas.RulesPerBus = 3
	w := parse(t, scoped("guest", 3)+","+ruleOf("a", robots(0, 1))+","+ruleOf("b", robots(0, 1))+","+ruleOf("c", robots(0, 1)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	settled(t, m, w, provision.Options{})
	assert.Contains(t, m.Targets[busName+"/guest"], "theirs")
	assert.Empty(t, m.Targets[busName+"/guest"]["robot-00"].List)
	assert.Len(t, m.Rules, 3)
}

func TestWhatDoesNotFitIsRefusedWithTheSum(t *testing.T) {
	m := small(4, 10240)
	m.Buses[busName] = bus.EventBus{Name: busName}
	for i := range 2 {
		m.Rules[fmt.Sprintf("%s/theirs-%d", busName, i)] = bus.Rule{Name: fmt.Sprintf("theirs-%d", i), Pattern: `{"source":["x"]}`}
	}
	_, err := plan(t.Context(), m, parse(t, twoHundred(200)), provision.Options{})
	require.ErrorContains(t, err, "the bus pai-system-lab may have 4 rules, and ")
	require.ErrorContains(t, err, "200 rules that share ")
	require.ErrorContains(t, err, "lists of up to 10240 characters")
	require.ErrorContains(t, err, "2 are not this document's")
	assert.Len(t, m.Rules, 2)
}

func TestASourceThatIsANumberSharesARuleLikeAnyOther(t *testing.T) {
	numbered := strings.NewReplacer(`"dlc"`, `"7"`, `"job-failed"`, `"done"`)
	w := parse(t, numbered.Replace(ruleOf("a", robots(0, 2))+","+ruleOf("b", robots(0, 1))),
		`"catalogue": {"sources": [{"name": "7", "pattern": {"source": ["acs.seven"]}}], "types": [{"name": "7.done", "pattern": {"type": ["seven:Done"]}}]}`)
	m := small(1, 10240)
	require.NoError(t, apply(t.Context(), m, w, provision.Options{}))
	assert.Equal(t, []string{"a", "b"}, onTheBus(m))
	settled(t, m, w, provision.Options{})
}
