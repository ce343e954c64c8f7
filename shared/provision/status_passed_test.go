package provision_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/bustest"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/provision"
)

// traces are events that passed a bus, the oldest first, as on Alibaba Cloud.
type traces struct {
	events []string
	// age is how long ago the newest passed; the others a minute earlier each.
	age time.Duration
	// err ends them after so many events; data is the error of reading one whole.
	err, data error
	after     int
	// hangs answers when the caller gives up.
	hangs       bool
	read, whole int
}

func (b *traces) Traced(ctx context.Context, _ string, since, until time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		if b.hangs {
			<-ctx.Done()
			yield(bus.Trace{}, &bus.Error{Kind: bus.Unavailable, Action: "eventbridge:QueryTracedEvents", Cause: ctx.Err()})
			return
		}
		for i, text := range b.events {
			if b.err != nil && b.read == b.after {
				break
			}
			var e struct{ ID, Source, Type string }
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				panic(err)
			}
			at := time.Now().Add(-b.age - time.Duration(len(b.events)-i)*time.Minute)
			if at.Before(since) || !at.Before(until) {
				continue
			}
			b.read++
			if !yield(bus.Trace{ID: e.ID, Source: e.Source, Type: e.Type, Received: at}, nil) {
				return
			}
		}
		if b.err != nil {
			yield(bus.Trace{}, b.err)
		}
	}
}

func (b *traces) TracedEvent(_ context.Context, _ string, t bus.Trace) (event.Event, error) {
	b.whole++
	if b.data != nil {
		return event.Event{}, b.data
	}
	for _, text := range b.events {
		if e, err := event.Parse([]byte(text)); err == nil && e.ID() == t.ID && e.Source() == t.Source && e.Type() == t.Type {
			return e, nil
		}
	}
	return event.Event{}, &bus.Error{Kind: bus.NotFound, Action: "eventbridge:QueryEvent"}
}

// passes is an event of a source and a type, with an id of its own.
func passes(id, source, typ, data string) string {
	text, _ := json.Marshal(map[string]any{"specversion": "1.0", "id": id, "source": source, "type": typ, "data": json.RawMessage(data)})
	return string(text)
}

const (
	dlc    = "acs.paidlc"
	failed = "paidlc:JobStateChange:JobFailed"
	quiet  = "no event in 7 days"
	// jobData is what tells that an event is about a training job.
	jobData = `{"JobId":"dlc1","DisplayName":"train","JobType":"PyTorchJob","Status":"Failed","UserId":"7"}`
)

func asks(name, source, events, more string) string {
	return fmt.Sprintf(`{"name":%q,"source":%q,"events":[%s]%s,"targets":[{"type":"http","url":"env:URL"}]}`, name, source, events, more)
}

func TestACheckUpTellsWhetherRulesWillFire(t *testing.T) {
	jobs := strings.ReplaceAll(asks("jobs", "dlc", `"job-failed"`, ""), `{"type":"http","url":"env:URL"}`, `{"type":"dingtalk","webhook":"env:DINGTALK_WEBHOOK"}`)
	with := func(rule, old, new string) string { return strings.Replace(rule, old, new, 1) }
	for name, c := range map[string]struct {
		rules   string
		passed  []string
		verdict provision.Verdict // of the source
		source  string
		says    string
		events  string // what is said of all of them
	}{
		"a rule matches":                          {jobs, []string{passes("1", dlc, failed, `{}`)}, provision.OK, dlc, "events in 7 days: 1; rules that match: jobs", "events in 7 days: 1"},
		"a rule matches one of two":               {jobs, []string{passes("1", dlc, failed, `{}`), passes("2", dlc, "paidlc:JobStateChange:JobStopped", `{}`)}, provision.OK, dlc, "events in 7 days: 2; rules that match: jobs", "events in 7 days: 2"},
		"PAI's source is another":                 {jobs, []string{passes("1", "acs.pai.other", "x", `{}`), passes("2", "acs.pai.other", "y", `{}`)}, provision.Missing, "acs.pai.other", `PAI's source is "acs.pai.other", no rule matches it; events in 7 days: 2`, "events in 7 days: 2"},
		"its types are others":                    {jobs, []string{passes("1", dlc, "Dream", `{}`)}, provision.Missing, dlc, `no rule matches the source "acs.paidlc": the catalogue does not know its types "Dream"; these rules wait: jobs`, ""},
		"some types are unknown":                  {jobs, []string{passes("1", dlc, "Dream", `{}`), passes("2", dlc, "paidlc:JobStateChange:JobStopped", `{}`)}, provision.Unknown, dlc, `the catalogue does not know these types: "Dream"`, ""},
		"other known types":                       {jobs, []string{passes("1", dlc, "paidlc:JobStateChange:JobStopped", `{}`)}, provision.OK, dlc, "they are in the catalogue, but the enabled rules ask for other event types", ""},
		"nobody asks for it":                      {jobs, []string{passes("1", "acs.paidsw", "paidsw:InstanceStateChange:InstanceFailed", `{}`)}, provision.OK, "acs.paidsw", "no enabled rule asks for dsw", ""},
		"only a disabled rule would":              {with(jobs, `"source"`, `"enabled":false,"source"`), []string{passes("1", dlc, failed, `{}`)}, provision.OK, dlc, "no enabled rule asks for dlc", ""},
		"unknown, all are disabled":               {with(jobs, `"source"`, `"enabled":false,"source"`), []string{passes("1", "acs.pai.other", "x", `{}`)}, provision.Unknown, "acs.pai.other", "which the catalogue does not know", ""},
		"unknown beside one that is":              {jobs, []string{passes("1", "my.build", "x", `{}`), passes("2", dlc, failed, `{}`)}, provision.Unknown, "my.build", `no rule matches the source "my.build", which the catalogue does not know`, ""},
		"it looks like one that a rule asks for":  {jobs, []string{passes("1", "acs.pai.dlc", "Dlc:Job:Failed", jobData)}, provision.Missing, "acs.pai.dlc", `it looks like dlc, for which these rules wait: jobs`, ""},
		"and a sample by hand hides that":         {jobs, []string{passes("1", "acs.pai.dlc", "Dlc:Job:Failed", jobData), passes("2", dlc, failed, jobData)}, provision.Missing, "acs.pai.dlc", `it looks like dlc, for which these rules wait: jobs`, ""},
		"it looks like one that no rule asks for": {jobs, []string{passes("1", "acs.pai.dsw", "Dsw:Instance:Failed", `{"InstanceId":"1","InstanceName":"n","EcsSpec":"x"}`), passes("2", dlc, failed, jobData)}, provision.Unknown, "acs.pai.dsw", "which the catalogue does not know", ""},
		"one type came by another name":           {jobs + "," + with(with(jobs, "jobs", "stopped"), "job-failed", "job-stopped"), []string{passes("1", dlc, "Job:Failed", jobData), passes("2", dlc, "paidlc:JobStateChange:JobStopped", `{}`)}, provision.Missing, dlc, `does not know these types of the source "acs.paidlc": "Job:Failed"; these rules wait: jobs; rules that match: stopped`, ""},
		"its data came by other names":            {with(jobs, `"targets"`, `"scope":{"created_by":["7"]},"targets"`), []string{passes("1", dlc, failed, `{"jobId":"a","displayName":"b","userId":"7"}`)}, provision.Missing, dlc, "has other names than the catalogue says, and these rules match none of it: jobs", ""},
		"another user's, of an unknown type":      {with(with(jobs, "job-failed", "*"), `"targets"`, `"scope":{"created_by":["7"]},"targets"`), []string{passes("1", dlc, "Dream", `{"UserId":"8"}`)}, provision.Unknown, dlc, "the data that was read does not: jobs", ""},
		"another user's events":                   {with(jobs, `"targets"`, `"scope":{"created_by":["7"]},"targets"`), []string{passes("1", dlc, failed, `{"UserId":"8"}`)}, provision.Unknown, dlc, "source and type match these rules, but the data that was read does not: jobs", ""},
		"a source that pretends":                  {jobs, []string{passes("1", "<b>\x1b[31m\u202ered", "x", `{}`)}, provision.Missing, `<b>\x1b[31m\u202ered`, `PAI's source is "<b>\x1b[31m\u202ered", no rule matches it`, ""},
		"a source as long as a novel":             {jobs, []string{passes("1", strings.Repeat("长", 500), "x", `{}`)}, provision.Missing, strings.Repeat("长", 80) + "…", "no rule matches it", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			d := provisioner(t, m)
			d.Workspace = parse(t, c.rules)
			d.Cloud.Traces = &traces{events: c.passed}
			require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
			checkUp, by := found(t, d)
			f := by["source "+c.source]
			assert.Equal(t, c.verdict, f.Verdict, "%+v", checkUp.Findings)
			assert.Contains(t, f.Text.String(), c.says)
			assert.Equal(t, f.Verdict != provision.OK, f.Remedy.String() != "", f.Remedy.String())
			assert.Equal(t, c.verdict != provision.Missing, checkUp.OK, "what is unknown about events is no fault of the set-up")
			assert.Equal(t, c.verdict == provision.Missing, checkUp.Missing())
			assert.Equal(t, provision.OK, by["events"].Verdict)
			assert.Contains(t, by["events"].Text.String(), c.events)
		})
	}
}

func TestWhatDidNotPassOrCouldNotBeReadIsNotCalledWell(t *testing.T) {
	denied := &bus.Error{Kind: bus.Denied, Action: "eventbridge:QueryTracedEvents", Code: "NoPermission"}
	for name, c := range map[string]struct {
		cloud  string
		traces bus.Traces
		says   []string
		remedy string
	}{
		"nothing passed":               {provision.Aliyun, &traces{}, []string{quiet}, "have PAI send one"},
		"nothing passed for a while":   {provision.Aliyun, &traces{events: []string{passes("1", dlc, failed, `{}`)}, age: 8 * 24 * time.Hour}, []string{quiet}, "PAI console"},
		"nothing but what people sent": {provision.Aliyun, &traces{events: []string{passes(events.PublishedPrefix+"1", dlc, failed, `{}`), passes("b93b5821-3d37-4c1e-aec5-c2f28575398b", dlc, failed, `{}`)}}, []string{quiet, "published with pai-notify and left out: 2"}, "have PAI send one"},
		"the permission is missing":    {provision.Aliyun, &traces{err: denied}, []string{"cannot read the events of the bus", "NoPermission"}, "pai-notify policy"},
		"no service that remembers":    {provision.AWS, nil, []string{"cannot read the events of the bus", "keeps no record"}, "pai-notify learn"},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			d := provisioner(t, m)
			d.Cloud.Name, d.Cloud.Traces = c.cloud, c.traces
			require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
			checkUp, by := found(t, d)
			assert.Equal(t, provision.Unknown, by["events"].Verdict)
			for _, says := range c.says {
				assert.Contains(t, by["events"].Text.String(), says)
			}
			assert.Contains(t, by["events"].Remedy.String(), c.remedy)
			assert.True(t, checkUp.OK)
			for _, f := range checkUp.Findings {
				assert.False(t, strings.HasPrefix(f.Check.String(), "source"), "%+v", f)
			}
		})
	}
}

func TestASourceThatNoRuleMatchesIsMissing(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	d.Cloud.Traces = &traces{events: []string{passes("1", "acs.pai.other", "x", `{}`)}}
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	checkUp, _ := found(t, d)
	assert.True(t, checkUp.Missing())
	text, err := json.Marshal(checkUp.Findings[len(checkUp.Findings)-1])
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"code": "source.unmatched",
		"arguments": {"source": "acs.pai.other", "name": "\"acs.pai.other\"", "events": {"code": "counted", "arguments": {"days": 7, "events": 1}}},
		"check": "source acs.pai.other", "verdict": "missing", "traffic": true,
		"text": "PAI's source is \"acs.pai.other\", no rule matches it; events in 7 days: 1",
		"remedy": "pai-notify learn shows what passed; then name the source and its types in the document's catalogue",
		"advice": {"code": "learn-catalogue"}
	}`, string(text))
}

func TestRulesThatMatchedNothingThatPassedAreNamed(t *testing.T) {
	rules := strings.ReplaceAll(asks("jobs", "dlc", `"job-failed"`, ""), `{"type":"http","url":"env:URL"}`, `{"type":"dingtalk","webhook":"env:DINGTALK_WEBHOOK"}`) + "," + asks("models", "model", `"version-approved"`, "") + "," + strings.Replace(asks("off", "model", `"version-approved"`, ""), `"source"`, `"enabled":false,"source"`, 1)
	job, model := passes("1", dlc, failed, `{}`), passes("2", "acs.paimodel", "paimodel:VersionStatusChange:VersionApproved", `{}`)
	for name, c := range map[string]struct {
		traces *traces
		says   string
	}{
		"one matched nothing":        {&traces{events: []string{job}}, "no event in 7 days matched these rules: models"},
		"each matched":               {&traces{events: []string{job, model}}, ""},
		"nothing passed":             {&traces{}, ""},
		"an error":                   {&traces{events: []string{job}, err: &bus.Error{Kind: bus.Unavailable}}, ""},
		"a source is called another": {&traces{events: []string{job, passes("3", "acs.pai.model", "Model:Version:Approved", `{"ModelName":"m","ModelId":"1","VersionName":"2","ApprovalStatus":"Approved"}`)}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := bustest.NewMemory()
			d := provisioner(t, m)
			d.Workspace = parse(t, rules)
			d.Cloud.Traces = c.traces
			require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
			_, by := found(t, d)
			f, told := by["rules that matched no event"]
			require.Equal(t, c.says != "", told, f.Text.String())
			assert.Equal(t, c.says, f.Text.String())
		})
	}
}

func TestOnOneMachineWhatPeoplePublishIsWhatPasses(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	d.Cloud.Name = provision.Local
	d.Cloud.Traces = &traces{events: []string{passes(events.PublishedPrefix+"1", dlc, failed, `{}`)}}
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	_, by := found(t, d)
	assert.Equal(t, "events in 7 days: 1", by["events"].Text.String())
}

func TestWhatWasReadBeforeAnErrorIsTold(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	d.Cloud.Traces = &traces{events: []string{passes("1", "acs.pai.other", "x", `{}`), passes("2", "acs.pai.other", "x", `{}`)}, err: &bus.Error{Kind: bus.Unavailable, Action: "eventbridge:QueryTracedEvents"}, after: 1}
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	_, by := found(t, d)
	assert.Equal(t, provision.Unknown, by["events"].Verdict)
	assert.Equal(t, provision.Missing, by["source acs.pai.other"].Verdict)
}

func TestWithoutTheDataNoRuleIsSaidNotToMatch(t *testing.T) {
	m := bustest.NewMemory()
	d := provisioner(t, m)
	d.Workspace = parse(t, asks("mine", "model", `"version-approved"`, `,"scope":{"created_by":["7"]}`))
	d.Cloud.Traces = &traces{events: []string{passes("1", "acs.paimodel", "paimodel:VersionStatusChange:VersionApproved", `{}`)}, data: &bus.Error{Kind: bus.Denied}}
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	_, by := found(t, d)
	assert.Equal(t, provision.Unknown, by["source acs.paimodel"].Verdict)
	assert.Contains(t, by["source acs.paimodel"].Text.String(), "data that could not be read")
}

func TestACheckUpReadsLittle(t *testing.T) {
	var many []string
	for i := range 5000 {
		many = append(many, passes(fmt.Sprint(i), fmt.Sprintf("source-%d", i%2500), "x", `{}`))
	}
	m := bustest.NewMemory()
	d := provisioner(t, m)
	passed := &traces{events: append([]string{passes("old", "old", "x", `{}`)}, many...)}
	d.Cloud.Traces = passed
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	checkUp, by := found(t, d)
	assert.LessOrEqual(t, passed.read, 1001)
	assert.Equal(t, 20, passed.whole)
	assert.Equal(t, "events in 7 days: more than 1000, of which 1000 were read", by["events"].Text.String())
	sources := 0
	for _, f := range checkUp.Findings {
		if strings.HasPrefix(f.Check.String(), "source ") {
			sources++
		}
	}
	assert.Equal(t, 10, sources)
	assert.Equal(t, provision.Missing, by["other sources"].Verdict)
	assert.Equal(t, "sources: 990", by["other sources"].Text.String())
}

func TestTheLastDayIsReadFirst(t *testing.T) {
	var many []string
	for i := range 3000 {
		many = append(many, passes(fmt.Sprint(i), map[bool]string{true: "old", false: "new"}[i < 2500], "x", `{}`))
	}
	m := bustest.NewMemory()
	d := provisioner(t, m)
	d.Cloud.Traces = &traces{events: many, age: 20 * time.Hour}
	require.NoError(t, apply(t.Context(), m, d.Workspace, provision.Options{}))
	_, by := found(t, d)
	assert.Contains(t, by["source new"].Text.String(), "events in 7 days: 240", "one a minute passed in the last four hours of that day")
}
