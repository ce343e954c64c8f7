package workspace_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/internal/documenttest"
)

const (
	nights   = `nights: {from: "22:00", to: "08:00", zone: Asia/Shanghai}`
	weekends = `weekends: {from: "00:00", to: "24:00", zone: Asia/Shanghai, days: [sat, sun]}`
	robot    = "{type: dingtalk, webhook: env:A}"
	alice    = "contacts: [{name: alice, phone: '13800138000', email: a@example.com, quiet: lunch}]\n"
	lunch    = `lunch: {from: "12:00", to: "13:00", zone: UTC}`
)

func hours(intervals ...string) string { return "quiet:\n  " + strings.Join(intervals, "\n  ") + "\n" }

func TestWhenMessagesAreSentIsReadFromRuleAndContact(t *testing.T) {
	ws := parse(t, documenttest.Full)
	var p []*hold.Policy
	for _, r := range ws.Rules[0].Receivers() {
		p = append(p, ws.Rules[0].Policy(r))
	}
	own := hold.Policy{
		Quiet:     []hold.Interval{{Name: "nights", From: "22:00", To: "08:00", Zone: "Asia/Shanghai", Days: []string{"mon", "tue", "wed", "thu", "fri"}}},
		Group:     &hold.Grouping{By: hold.ByJob, Wait: 90},
		Recovered: true,
		Summary:   true,
		Prices:    &hold.Prices{Currency: "CNY", GPUs: map[string]int64{"any": 150_000, "H20": 245_000}, Instances: map[string]int64{"ecs.gn7i-c8g1.2xlarge": 127_100}},
	}
	carried := ws.Rules[0].Carried()
	assert.Equal(t, &own, carried.Policy)
	own.Watched = []string{"dlc.job-running", "dlc.job-succeeded"}
	with := own
	with.Quiet = append(with.Quiet[:1:1], hold.Interval{Name: "lunch", From: "12:00", To: "13:00", Zone: "Asia/Shanghai"})
	// dingtalk, dingtalk, sms alice (lunch), sms 王芳, email alice, email alan (both)
	assert.Equal(t, []*hold.Policy{&own, &own, &with, &own, &with, &with}, p)
	assert.Equal(t, &with, ws.Rules[0].CarriedFor(ws.Rules[0].Receivers()[2]).Policy)
	assert.Nil(t, ws.Rules[2].Carried().Policy)
	assert.Equal(t, &hold.Policy{Group: &hold.Grouping{By: hold.ByRule, Wait: 120}}, ws.Rules[3].Carried().Policy)

	for _, spec := range documenttest.Specs() { // a function's own document says the same
		one, err := workspace.ParseFor(asJSON(t, documenttest.Full), "w.yaml", spec)
		require.NoError(t, err)
		for i, r := range one.Rules {
			for _, receiver := range r.Receivers() {
				assert.Equal(t, ws.Rules[i].Policy(receiver), r.Policy(receiver), receiver.Name)
			}
		}
	}
}

func TestTheBusMatchesWhatTellsOfARecovery(t *testing.T) {
	const failed, running, succeeded = "paidlc:JobStateChange:JobFailed", "paidlc:JobStateChange:JobRunning", "paidlc:JobStateChange:JobSucceeded"
	for name, c := range map[string]struct {
		extra, targets string
		bus            []string // "" for what the rule asks for alone
		watched        string
	}{
		"without anything":              {"events: [job-failed]", robot, nil, ""},
		"for recovered":                 {"events: [job-failed]\n  recovered: true", robot, []string{failed, running, succeeded}, "dlc.job-running dlc.job-succeeded"},
		"for quiet hours":               {"events: [job-failed]\n  quiet: nights", robot, []string{failed, running, succeeded}, "dlc.job-running dlc.job-succeeded"},
		"not for a group":               {"events: [job-failed]\n  group: {by: job, wait: 1m}", robot, nil, ""},
		"but what is asked for":         {"events: [job-failed, job-running]\n  recovered: true", robot, []string{failed, running, succeeded}, "dlc.job-succeeded"},
		"not for everything":            {"events: ['*']\n  recovered: true", robot, nil, ""},
		"not where nothing can recover": {"events: [job-queued]\n  quiet: nights", robot, nil, ""},
		"for a contact's quiet hours":   {"events: [job-failed]", "{type: sms, contacts: [alice], sign_name: s, template: t}", []string{failed, running, succeeded}, "dlc.job-running dlc.job-succeeded"},
		"not for a call in quiet hours": {"events: [job-failed]\n  quiet: nights", "{type: voice, contacts: [alice]}", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := parse(t, alice+hours(nights, lunch)+ruleOf(c.extra+"\n  scope: {created_by: ['2001']}", c.targets)).Rules[0]
			var watched []string
			for _, receiver := range r.Receivers() {
				if p := r.Policy(receiver); p != nil {
					watched = append(watched, p.Watched...)
				}
			}
			assert.Equal(t, c.watched, strings.Join(watched, " "))
			if c.bus == nil {
				assert.Equal(t, patterns(r), patterns(r.OnBus()))
				return
			}
			assert.NotContains(t, strings.Join(patterns(r), " "), succeeded, "the rule asks for what it did")
			require.Len(t, r.OnBus().Patterns(), 1)
			for _, typ := range c.bus {
				assert.Contains(t, patterns(r.OnBus())[0], typ)
			}
			assert.Contains(t, patterns(r.OnBus())[0], "2001", "of the same scope")
			text, _ := workspace.Coarse(r.OnBus())
			assert.Contains(t, text, running)
		})
	}
	t.Run("not for an endpoint", func(t *testing.T) {
		r := parse(t, "workspace: w\nrules: [{name: ab, source: model, events: [version-rejected], recovered: true, targets: [{type: http, url: env:A}]}]\n").Rules[0]
		assert.Nil(t, r.Policy(r.Receivers()[0]))
		assert.Equal(t, patterns(r), patterns(r.OnBus()))
	})
	t.Run("not for a type that the rule has by another name", func(t *testing.T) {
		r := parse(t, `catalogue: {types: [{name: dlc.again, pattern: {source: [acs.paidlc], type: ["`+running+`"]}}]}`+"\n"+ruleOf("events: [job-failed, again]\n  recovered: true", robot)).Rules[0]
		assert.Equal(t, []string{"dlc.job-succeeded"}, r.Policy(r.Receivers()[0]).Watched)
	})
	t.Run("not for a type that overlaps", func(t *testing.T) {
		r := parse(t, `catalogue: {types: [{name: dlc.odd, pattern: {source: [acs.paidlc], data: {X: ["1"]}}, recovered_by: [dlc.job-running]}]}`+"\n"+ruleOf("events: [odd]\n  recovered: true", robot)).Rules[0]
		assert.Empty(t, r.Policy(r.Receivers()[0]).Watched)
		assert.Equal(t, patterns(r), patterns(r.OnBus()))
	})
}

// ruleOf is a document with one rule of DLC events.
func ruleOf(extra, targets string) string {
	return "workspace: w\nrules:\n- name: ab\n  source: dlc\n  " + extra + "\n  targets: [" + targets + "]\n"
}

func TestWhatIsWrongWithTheTimingIsFound(t *testing.T) {
	with := func(extra string, intervals ...string) string {
		return alice + hours(append(intervals, lunch)...) + ruleOf("events: [job-failed]\n  "+extra, robot)
	}
	for want, text := range map[string]string{
		`rules[0].quiet[0]: there are no quiet hours "night": did you mean "nights"?`:                                    with("quiet: night", nights),
		`rules[0].quiet[1]: there are no quiet hours "sundays": known are lunch, nights`:                                 with("quiet: [nights, sundays]", nights),
		`rules[0].quiet[0]: there are no quiet hours "nights": the document has none yet`:                                ruleOf("events: [job-failed]\n  quiet: nights", robot),
		`contacts[0].quiet[0]: there are no quiet hours "lunch"`:                                                         alice + ruleOf("events: [job-failed]", robot),
		`quiet.x.zone: is not the IANA name of a time zone, such as Asia/Shanghai or UTC: did you mean "Asia/Shanghai"?`: with("quiet: x", `x: {from: "22:00", to: "08:00", zone: asia/shanghai}`),
		`such as Asia/Shanghai or UTC: did you mean "Europe/Berlin"?`:                                                    with("quiet: x", `x: {from: "22:00", to: "08:00", zone: berlin}`),
		`did you mean "America/Los_Angeles"?`:                                                                            with("quiet: x", `x: {from: "22:00", to: "08:00", zone: America/Los Angeles}`),
		`zone: is not the IANA name of a time zone, such as Asia/Shanghai or UTC: did you mean "Asia/Shanghai"? `:        with("quiet: x", `x: {from: "22:00", to: "08:00", zone: Asia/Beijing}`),
		`quiet.x.zone: is not the IANA name of a time zone, such as Asia/Shanghai or UTC `:                               with("quiet: x", `x: {from: "22:00", to: "08:00", zone: "+08:00"}`),
		`quiet.x.from: must be a time of day in hours and minutes, such as "22:00"`:                                      with("quiet: x", `x: {from: "10pm", to: "08:00", zone: UTC}`),
		`quiet.x.to: must be a time of day`:                                                                              with("quiet: x", `x: {from: "22:00", to: "24:01", zone: UTC}`),
		`quiet.x.days[1]: must be one of mon, tue, wed, thu, fri, sat, sun, not "Monday"`:                                with("quiet: x", `x: {from: "22:00", to: "08:00", zone: UTC, days: [mon, Monday]}`),
		`quiet.x: key "zone" is missing: Time zone`:                                                                      with("quiet: x", `x: {from: "22:00", to: "08:00"}`),
		`quiet.x: it is always quiet then`:                                                                               with("quiet: x", `x: {from: "08:00", to: "08:00", zone: UTC}`),
		`rules[0].quiet: it is always quiet then`:                                                                        with("quiet: [nights, x]", nights, `x: {from: "08:00", to: "22:00", zone: Asia/Shanghai}`),
		`the name must be letters and digits of any script`:                                                              with("quiet: lunch", `"a b": {from: "22:00", to: "08:00", zone: UTC}`),
		`rules[0].group.wait: must be from 10s (10 seconds) to 1h (1 hour)`:                                              with("group: {by: job, wait: 9s}"),
		`rules[0].group.wait: must be from 10s (10 seconds) to 1h (1 hour) `:                                             with("group: {by: job, wait: 61m}"),
		`rules[0].group.wait: must be a time such as "30s" or "2m"`:                                                      with("group: {by: job, wait: soon}"),
		`rules[0].group.by: events of dlc are about no flow: use job, or rule`:                                           with("group: {by: flow}"),
		`rules[0].group.by: must be one of job, flow, model, instance, rule, not "jobs"`:                                 with("group: {by: jobs}"),
		`rules[0].group: key "by" is missing`:                                                                            with("group: {wait: 2m}"),
		`contacts[1].uid: contact 1 has this uid already`:                                                                "contacts: [{name: a, uid: '1'}, {name: b, uid: '1'}]\n" + ruleOf("events: [job-failed]", robot),
		`catalogue.types[0].recovered_by[0]: there is no event type "dlc.job-fine" of "dlc"`:                             "catalogue: {types: [{name: dlc.job-failed, recovered_by: [dlc.job-fine]}]}\n" + ruleOf("events: [job-failed]", robot),
	} {
		t.Run(want, func(t *testing.T) {
			_, err := workspace.Parse(asJSON(t, text), "w.yaml", documenttest.Specs()...)
			require.Error(t, err)
			assert.Contains(t, err.Error()+" ", want)
			var findings workspace.Findings
			require.ErrorAs(t, err, &findings)
			assert.Len(t, findings, 1)
			for _, l := range message.Languages() {
				assert.NotContains(t, findings[0].In(l), "{")
			}
		})
	}
}

func TestWhatDoesNotDoAsItSaysIsWarnedOf(t *testing.T) {
	endpoint := func(extra string) string {
		return hours(nights) + "workspace: w\nrules: [{name: ab, source: model, events: [version-approved], " + extra + ", targets: [{type: http, url: env:A}]}]\n"
	}
	for want, text := range map[string]string{
		"rules[0].group: has no effect: all targets of this rule are HTTP endpoints":                                                                             endpoint("group: {by: model}"),
		"rules[0].quiet: has no effect: all targets of this rule are HTTP endpoints":                                                                             endpoint("quiet: nights"),
		"rules[0].recovered: has no effect: all targets of this rule are HTTP endpoints":                                                                         endpoint("recovered: true"),
		"rules[0].recovered: has no effect: nothing tells that what this rule asks for has recovered; of dlc, these can: job-failed, job-timeout, job-preempted": ruleOf("events: [job-queued]\n  recovered: true", robot),
		"rules[0].recovered: has no effect: nothing tells that what this rule asks for has recovered ":                                                           "workspace: w\nrules: [{name: ab, source: model, events: ['*'], recovered: true, targets: [" + robot + "]}]\n",
		"rules[0].quiet: it is quiet for 58 hours without a pause, and nothing waits for more than 24":                                                           hours(nights, weekends) + ruleOf("events: [job-failed]\n  quiet: [nights, weekends]", robot),
	} {
		t.Run(want, func(t *testing.T) {
			ws := parse(t, text)
			require.Len(t, ws.Warnings, 1)
			assert.Equal(t, workspace.KindIdle, ws.Warnings[0].Kind)
			assert.Contains(t, ws.Warnings[0].Error()+" ", want)
		})
	}
	for _, extra := range []string{"recovered: false", "recovered: true", "group: {by: rule}", "quiet: nights"} {
		assert.Empty(t, parse(t, hours(nights)+ruleOf("events: [job-failed]\n  "+extra, robot)).Warnings, extra)
	}
	assert.Empty(t, parse(t, ruleOf("events: ['*']\n  recovered: true", robot)).Warnings)
}

func TestARuleThatIsCheckedAloneKnowsTheQuietHours(t *testing.T) {
	ws := parse(t, documenttest.Full)
	r, findings, _ := ws.CheckRule([]byte(`{"name":"x","source":"dlc","events":["job-failed"],"quiet":"nights","targets":[{"type":"dingtalk","webhook":"env:A"}]}`))
	require.Empty(t, findings)
	assert.Equal(t, "nights", r.Carried().Policy.Quiet[0].Name)
	_, findings, _ = ws.CheckRule([]byte(`{"name":"x","source":"dlc","events":["job-failed"],"quiet":"night","targets":[{"type":"dingtalk","webhook":"env:A"}]}`))
	require.Len(t, findings, 1)
	assert.Equal(t, "rules[0].quiet[0]", findings[0].Path)
}

func TestARuleThatIsCheckedAloneSaysWhatHasNoEffect(t *testing.T) {
	ws := parse(t, documenttest.Full)
	_, findings, warnings := ws.CheckRule([]byte(`{"name":"x","source":"model","events":["*"],"quiet":"nights","targets":[{"type":"http","url":"env:A"}]}`))
	require.Empty(t, findings)
	require.Len(t, warnings, 1)
	assert.Equal(t, "rules[0].quiet", warnings[0].Path)
	assert.Equal(t, workspace.KindIdle, warnings[0].Kind)
}
