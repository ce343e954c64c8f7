package provision_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// wanted returns what a document wants of an empty bus.
func wanted(t *testing.T, w *workspace.Workspace, o provision.Options, limits bus.Limits) provision.State {
	t.Helper()
	s, err := provision.Wanted(w, provision.State{}, o, limits)
	require.NoError(t, err)
	return s
}

func TestADocumentBecomesRules(t *testing.T) {
	w := parse(t, ruleOf("died", robots(0, 6), "张伟"), `"owner": "team-a"`)
	s := wanted(t, w, provision.Options{Prefix: "lab-"}, bustest.NewMemory().Quotas)
	assert.Equal(t, bus.EventBus{Name: busName, Description: "Events of the PAI workspace lab. [pai-notify:team-a]"}, s.Bus)
	require.Len(t, s.Rules, 2)
	assert.Equal(t, "died", s.Rules[0].Name)
	assert.Equal(t, "died--2", s.Rules[1].Name)
	assert.Equal(t, "[pai-notify:team-a]", s.Rules[0].Description)
	assert.Equal(t, w.Rules[0].Patterns()[0].String(), s.Rules[1].Pattern)
	assert.Len(t, s.Rules[0].Targets, 5)
	last := s.Rules[1].Targets[1]
	assert.Regexp(t, `^sms-[0-9a-f]{8}$`, last.ID)
	assert.Equal(t, "sms-张伟", last.Receiver.Name)
	assert.Equal(t, "lab-sms", last.Function)
	assert.Equal(t, "died", last.Rule.Name, "the function is told the document's name")
}

func TestADeadLetterQueueThatNobodyNamesIsKept(t *testing.T) {
	const queue = "arn:aws:sqs:ap-southeast-1:111122223333:undelivered"
	m := bustest.NewMemory()
	require.NoError(t, apply(t.Context(), m, parse(t, ruleOf("died", robots(0, 2))), provision.Options{}))
	for id, target := range m.Targets[busName+"/died"] {
		target.DeadLetter = queue
		m.Targets[busName+"/died"][id] = target
	}
	settled(t, m, parse(t, ruleOf("died", robots(0, 2))), provision.Options{})
	w := parse(t, ruleOf("died", robots(0, 7))+","+ruleOf("lost", robots(0, 1)))
	require.NoError(t, apply(t.Context(), m, w, provision.Options{Prefix: "other-"}))
	told := 0
	for rule, targets := range m.Targets {
		for id, target := range targets {
			told++
			assert.Equal(t, "other-dingtalk", target.Function)
			assert.Equal(t, queue, target.DeadLetter, "%s %s", rule, id)
		}
	}
	assert.Equal(t, 8, told)
	settled(t, m, w, provision.Options{Prefix: "other-"})
}

func TestATargetWithoutADeadLetterQueueIsWarnedOf(t *testing.T) {
	w := parse(t, ruleOf("died", robots(0, 2)))
	for name, c := range map[string]struct {
		cloud provision.Cloud
		says  bool
	}{
		"a cloud without a queue": {provision.Cloud{Name: provision.AWS}, true},
		"a cloud with one":        {provision.Cloud{Name: provision.AWS, DeadLetter: "arn:aws:sqs:ap-southeast-1:1:q"}, false},
		"one machine":             {provision.Cloud{Name: provision.Local}, false},
	} {
		c.cloud.Bus = bustest.NewMemory()
		p, err := provision.Provisioner{Cloud: c.cloud, Workspace: w}.Plan(t.Context())
		require.NoError(t, err)
		if c.says {
			require.Len(t, p.Warnings, 1, name)
			assert.Contains(t, p.Warnings[0].Text, "targets without a dead-letter queue: 2", name)
		} else {
			assert.Empty(t, p.Warnings, name)
		}
	}
}

func TestAQuotaThatWasRaisedIsBelieved(t *testing.T) {
	m := bustest.NewMemory()
	m.Quotas.RulesPerBus, m.Quotas.Wrapper = 3, 250 // no list has room for two
	d := provision.Provisioner{Cloud: provision.Cloud{Name: provision.Local, Bus: m}, Workspace: parse(t, ruleOf("died", robots(0, 20)))}
	_, err := d.Plan(t.Context())
	require.NoError(t, err, "this machine has no quota")
	d.Cloud.RulesPerBus = 3
	_, err = d.Plan(t.Context())
	require.ErrorContains(t, err, "may have 3 rules, and 4 are needed", "unless it was started with one")
	d.Cloud.Name = provision.Aliyun
	_, err = d.Plan(t.Context())
	require.ErrorContains(t, err, "may have 3 rules, and 4 are needed")
	require.ErrorContains(t, err, "--rules-per-bus N")
	d.Options.RulesPerBus, m.Quotas.RulesPerBus = 4, 4
	p, err := d.Plan(t.Context())
	require.NoError(t, err)
	require.NoError(t, provision.Cloud{Bus: m}.Apply(t.Context(), p, nil))
	t.Setenv("PAI_NOTIFY_RULES_PER_BUS", "many")
	_, err = provision.Options{}.Complete()
	require.ErrorContains(t, err, `write how many rules the cloud grants the bus`)
}

func TestTheMarkOutlivesALongDescription(t *testing.T) {
	text := strings.Repeat("字", 200)
	rule := strings.Replace(ruleOf("died", robots(0, 1)), `"name":"died"`, `"name":"died","description":"`+text+`"`, 1)
	limits := bustest.NewMemory().Quotas
	s := wanted(t, parse(t, rule), provision.Options{Owner: strings.Repeat("o", 100)}, limits)
	assert.Equal(t, limits.Description, len([]rune(s.Rules[0].Description)))
	assert.True(t, strings.HasSuffix(s.Rules[0].Description, "字… [pai-notify:"+strings.Repeat("o", 100)+"]"))
}

func TestTargetIDsAreLegalUniqueAndTheSameInAnyOrder(t *testing.T) {
	long := strings.Repeat("n", 64)
	people := []string{"张伟", "c01"}
	ids := func(names ...string) map[string]string {
		s := wanted(t, parse(t, ruleOf("died", names, people...)), provision.Options{}, bus.Limits{})
		by := map[string]string{}
		for _, target := range s.Rules[0].Targets {
			assert.Regexp(t, `^[A-Za-z0-9._-]{1,64}$`, target.ID)
			by[target.Receiver.Name] = target.ID
		}
		return by
	}
	first := ids("oncall", "值班", "值班-2", long)
	assert.Equal(t, "oncall", first["oncall"])
	assert.Equal(t, long, first[long])
	seen := map[string]bool{}
	for _, id := range first {
		assert.False(t, seen[id])
		seen[id] = true
	}
	assert.Equal(t, first, ids(long, "值班-2", "值班", "oncall"))
	taken := ids("值班", first["值班"])
	assert.NotEqual(t, taken["值班"], taken[first["值班"]], "a name that looks like a digest keeps it")
}

func TestLimitsAreCheckedBeforeTheFirstCall(t *testing.T) {
	var people []string
	for i := range 20 {
		people = append(people, fmt.Sprintf("c%02d", i))
	}
	many := []string{ruleOf("large", robots(0, 6), people...)}
	for i := range 46 {
		many = append(many, ruleOf(fmt.Sprintf("small-%02d", i), robots(0, 1)))
	}
	foreign := provision.State{Rules: []provision.Rule{{Rule: bus.Rule{Name: "made-by-pai"}}}}
	for name, c := range map[string]struct {
		rules  string
		have   provision.State
		limits func(*bus.Limits)
		says   string
	}{
		"rules of the bus, with the sum": {strings.Join(many, ","), foreign, func(l *bus.Limits) { l.Wrapper = 300 },
			"the bus pai-system-lab may have 50 rules, and 53 are needed: large = 6 (1 pattern × 26 targets in groups of 5: dingtalk = 6; sms: c00, c01, c02, c03, c04, c05, c06, c07, c08, c09, 10 more = 20); small-00 = 1"},
		"the rules of others": {strings.Join(many, ","), foreign, func(l *bus.Limits) { l.Wrapper = 300 }, "and 37 more rules of the document; 1 are not this document's"},
		"the name of the bus": {ruleOf("died", robots(0, 1)), provision.State{}, func(l *bus.Limits) { l.BusName = 10 }, "the name of the bus, pai-system-lab, has 14 characters, and 10 are allowed"},
		"the name of a rule":  {ruleOf("died", robots(0, 1)), provision.State{}, func(l *bus.Limits) { l.RuleName = 3 }, "rule died: its name has 4 characters, and 3 are allowed"},
		"a pattern":           {ruleOf("died", robots(0, 1)), provision.State{}, func(l *bus.Limits) { l.Pattern = 20 }, "rule died: its event pattern has "},
		"a pattern without a form": {ruleOf("died", robots(0, 1)), provision.State{}, func(l *bus.Limits) {
			l.PatternOf = func(string) (string, error) { return "", errors.New("no suffix") }
		}, "rule died: this cloud has no form for its event pattern: no suffix"},
		"what a target carries": {ruleOf("died", robots(0, 1)), provision.State{}, func(l *bus.Limits) { l.Wrapper = 50 },
			"rule died, target dingtalk/robot-00: what the bus carries with each event has 190 characters, and 50 are allowed: 75 are the target's parameters, 2 the document's catalogue, 113 the rest"},
	} {
		t.Run(name, func(t *testing.T) {
			limits := bustest.NewMemory().Quotas
			if c.limits != nil {
				c.limits(&limits)
			}
			_, err := provision.Wanted(parse(t, c.rules), c.have, provision.Options{}, limits)
			var refused provision.Refusal
			require.ErrorAs(t, err, &refused)
			assert.Contains(t, err.Error(), c.says)
		})
	}
}
