package learn_test

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

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/learn"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/workspace"
	"github.com/pai-notify/pai-notify/shared/workspace/yaml"
)

var start = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// passed is a bus that remembers these events, in this order, one a minute.
type passed struct {
	events []string
	// broken ends the traces with an error after so many.
	broken int
	// refuse is the error of every event's data.
	refuse error
	// gone tells of events that the bus does not have any more.
	gone  func(i int) bool
	asked int
}

func (p *passed) Traced(_ context.Context, _ string, _, _ time.Time) iter.Seq2[bus.Trace, error] {
	return func(yield func(bus.Trace, error) bool) {
		for i, text := range p.events {
			if p.broken > 0 && i == p.broken {
				yield(bus.Trace{}, &bus.Error{Kind: bus.Denied, Action: "eventbridge:QueryTracedEvents"})
				return
			}
			var e struct{ Source, Type string }
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				panic(err)
			}
			if !yield(bus.Trace{ID: fmt.Sprint(i), Source: e.Source, Type: e.Type, Received: start.Add(time.Duration(i) * time.Minute)}, nil) {
				return
			}
		}
	}
}

func (p *passed) TracedEvent(_ context.Context, _ string, t bus.Trace) (event.Event, error) {
	p.asked++
	if p.refuse != nil {
		return event.Event{}, p.refuse
	}
	var i int
	if _, err := fmt.Sscan(t.ID, &i); err != nil {
		panic(err)
	}
	if p.gone != nil && p.gone(i) {
		return event.Event{}, &bus.Error{Kind: bus.NotFound, Action: "eventbridge:QueryEvent"}
	}
	return event.Parse([]byte(p.events[i]))
}

// one writes an event.
func one(source, typ, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":"e","source":%q,"type":%q,"data":%s}`, source, typ, data)
}

const rules = `
  - {name: failed, source: dlc, events: [job-failed], targets: [{type: dingtalk, webhook: env:A}]}
  - {name: mine, source: dlc, events: ["*"], scope: {created_by: ["7"]}, targets: [{type: dingtalk, webhook: env:A}]}
  - {name: off, source: dlc, events: ["*"], enabled: false, targets: [{type: dingtalk, webhook: env:A}]}
  - {name: pictures, source: dsw, events: [image-saved], targets: [{type: dingtalk, webhook: env:A}]}
`

// group is the one target type of the documents here.
var group = target.Define("dingtalk", func(struct {
	Webhook target.Secret `json:"webhook"`
}) (target.Target, error) {
	return nil, nil
})

func document(t testing.TB, more string) *workspace.Workspace {
	t.Helper()
	w, err := yaml.Parse([]byte("workspace: lab\nrules:"+rules+more), "workspace.yaml", group)
	require.NoError(t, err)
	return w
}

func read(t *testing.T, p *passed, w *workspace.Workspace, o learn.Options) learn.Report {
	t.Helper()
	o.Bus = w.Bus()
	r, err := learn.Read(t.Context(), p, w, o)
	require.NoError(t, err)
	return r
}

func verdicts(k learn.Kind) string {
	var list []string
	for _, v := range k.Rules {
		list = append(list, fmt.Sprintf("%s %d/%d %s", v.Rule, v.Fires, k.Judged, v.Why))
	}
	return strings.Join(list, "\n")
}

func TestAReportTellsWhatPassedAndWhatTheRulesMakeOfIt(t *testing.T) {
	p := &passed{events: []string{
		one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"JobId":"dlc1","UserId":"7"}`),
		one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"JobId":"dlc2","UserId":"8"}`),
		one("acs.paidlc", "paidlc:JobStateChange:JobDreaming", `{"JobId":"dlc2","UserId":"8"}`),
		one("acs.oss", "oss:ObjectCreated:PostObject", `{}`),
	}}
	r := read(t, p, document(t, ""), learn.Options{})

	assert.Equal(t, 4, r.Events)
	assert.Empty(t, r.Stopped)
	assert.Empty(t, r.Incomplete)
	assert.Equal(t, start, r.First)
	assert.Equal(t, start.Add(3*time.Minute), r.Last)
	require.Len(t, r.Kinds, 3)
	oss, dreaming, failed := r.Kinds[0], r.Kinds[1], r.Kinds[2]

	assert.Equal(t, "acs.oss", oss.Source)
	assert.Empty(t, oss.KnownSource)
	assert.Zero(t, oss.Rules[0].Fires)
	assert.Contains(t, verdicts(oss), `failed 0/1 source is "acs.oss", wanted "acs.paidlc"`)

	assert.Equal(t, "dlc", dreaming.KnownSource)
	assert.Empty(t, dreaming.KnownTypes)
	assert.Equal(t, `failed 0/1 type is "paidlc:JobStateChange:JobDreaming", wanted "paidlc:JobStateChange:JobFailed"`+"\n"+
		`mine 0/1 data.UserId is "8", wanted "7"`+"\noff 0/1 the rule is disabled", verdicts(dreaming))

	assert.Equal(t, []string{"dlc.job-failed"}, failed.KnownTypes)
	assert.Equal(t, 2, failed.Events)
	assert.Positive(t, failed.Rules[0].Fires)
	assert.Equal(t, "failed 2/2 \n"+`mine 1/2 data.UserId is "8", wanted "7"`+"\noff 0/2 the rule is disabled", verdicts(failed))
	sample, ok := failed.Sample()
	require.True(t, ok)
	assert.JSONEq(t, p.events[1], string(sample.JSON()), "the newest")

	assert.Equal(t, []learn.Tally{{"failed", "dlc", true, 1}, {"mine", "dlc", true, 1}, {"off", "dlc", false, 0}, {"pictures", "dsw", true, 0}}, r.Rules)
}

func TestWithoutDataSourceAndTypeAreJudged(t *testing.T) {
	for name, p := range map[string]*passed{
		"the bus has not kept it": {gone: func(int) bool { return true }},
		"nobody may read it":      {refuse: &bus.Error{Kind: bus.Denied, Action: "eventbridge:QueryTracedEvents"}},
	} {
		t.Run(name, func(t *testing.T) {
			p.events = []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"UserId":"7"}`), one("acs.paidsw", "x", `{}`)}
			r := read(t, p, document(t, ""), learn.Options{})
			require.Len(t, r.Kinds, 2)
			failed := r.Kinds[0]
			assert.Zero(t, failed.Judged)
			assert.Equal(t, []string{"dlc.job-failed"}, failed.KnownTypes)
			assert.Equal(t, learn.Verdict{Rule: "failed", Fires: 1}, failed.Rules[0])
			assert.Equal(t, "mine", failed.Rules[1].Rule)
			assert.True(t, failed.Rules[1].Unknown)
			assert.False(t, r.Kinds[1].Rules[0].Unknown)
			assert.Equal(t, p.refuse != nil, r.Incomplete != "")
			assert.Equal(t, p.refuse == nil, failed.Gone == 1)
		})
	}
}

func TestReadingEndsAtItsLimitOrAtAnErrorAndSaysSo(t *testing.T) {
	p := &passed{events: []string{one("a", "b", "{}"), one("a", "b", "{}"), one("a", "b", "{}")}}
	r := read(t, p, document(t, ""), learn.Options{Events: 2})
	assert.Equal(t, 2, r.Events)
	assert.Equal(t, "there are more than 2 events", r.Stopped)

	assert.Empty(t, read(t, p, document(t, ""), learn.Options{Events: 3}).Stopped)

	p.broken = 1
	w := document(t, "")
	r, err := learn.Read(t.Context(), p, w, learn.Options{Bus: w.Bus()})
	assert.Equal(t, bus.Denied, bus.KindOf(err))
	assert.Equal(t, 1, r.Events)
	assert.Len(t, r.Kinds, 1)
	assert.Contains(t, r.Stopped, "QueryTracedEvents")
}

func TestALateDocumentJudgesTheSameEvents(t *testing.T) {
	p := &passed{events: []string{one("acs.pai.dlc", "Dlc:Job:Failed", `{"JobId":"dlc1"}`)}}
	r := read(t, p, document(t, ""), learn.Options{})
	assert.Zero(t, r.Kinds[0].Rules[0].Fires)
	asked := p.asked

	again, err := r.Again(document(t, `
catalogue:
  sources: [{name: dlc, pattern: {source: [acs.pai.dlc]}}]
  types: [{name: dlc.job-failed, pattern: {source: [acs.pai.dlc], type: ["Dlc:Job:Failed"]}}]
`))
	require.NoError(t, err)
	assert.Positive(t, again.Kinds[0].Rules[0].Fires)
	assert.Equal(t, []string{"dlc.job-failed"}, again.Kinds[0].KnownTypes)
	assert.Zero(t, r.Kinds[0].Rules[0].Fires, "the first report stays")
	assert.Equal(t, asked, p.asked)
}
