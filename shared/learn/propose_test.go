package learn_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/learn"
)

const dlcData = `{"JobId":"dlc1","DisplayName":"train","JobType":"PyTorchJob","Status":"Failed","UserId":"7"}`

// proposed writes the proposals one a line.
func proposed(r learn.Report) string {
	var lines []string
	for _, p := range r.Proposals {
		pattern := json.RawMessage(nil)
		if p.Source != nil {
			pattern = p.Source.Pattern
		} else {
			pattern = p.Type.Pattern
		}
		lines = append(lines, fmt.Sprintf("%s %s", p.Name, pattern))
	}
	return strings.Join(lines, "\n")
}

func TestOverridesAreProposedForWhatCanBeTold(t *testing.T) {
	for name, c := range map[string]struct {
		events []string
		more   string // of the document
		want   []string
		not    string // said undecided
	}{
		"a source by its name and data": {
			events: []string{one("acs.pai.dlc", "Dlc:Job:Failed", dlcData)},
			want: []string{
				`dlc {"source":["acs.paidlc","acs.pai.dlc"]}`,
				`dlc.job-failed {"source":["acs.paidlc","acs.pai.dlc"],"type":["paidlc:JobStateChange:JobFailed","Dlc:Job:Failed"]}`,
			},
		},
		"a source by its data alone": {
			events: []string{one("acs.pai", "pai:Task:End", `{"JobId":"a","DisplayName":"b","JobType":"c","RestartTimes":"1/2"}`)},
			want:   []string{`dlc {"source":["acs.paidlc","acs.pai"]}`},
		},
		"several sources in one": {
			events: []string{one("acs.pai", "pai:DLC:JobFailed", dlcData), one("acs.pai", "pai:DLC:JobTimeOut", dlcData), one("acs.pai", "pai:DSW:InstanceFailed", `{"InstanceId":"dsw-1","InstanceName":"n","Status":"Failed","EcsSpec":"x"}`)},
			want: []string{
				`dlc {"source":["acs.pai"],"type":[{"prefix":"pai:DLC:"}]}`,
				`dsw {"source":["acs.pai"],"type":[{"prefix":"pai:DSW:"}]}`,
				`dlc.job-failed {"source":["acs.paidlc","acs.pai"],"type":["paidlc:JobStateChange:JobFailed","pai:DLC:JobFailed"]}`,
				`dlc.job-timeout {"source":["acs.paidlc","acs.pai"],"type":["paidlc:JobStateChange:JobTimeout","pai:DLC:JobTimeOut"]}`,
				`dsw.instance-failed {"source":["acs.paidsw","acs.pai"],"type":["paidsw:InstanceStateChange:InstanceFailed","pai:DSW:InstanceFailed"]}`,
			},
		},
		"a source that others send from too": {
			events: []string{one("acs.pai", "pai:DLC:JobFailed", dlcData), one("acs.pai", "pai:DLC:Heartbeat", `{}`), one("acs.pai", "pai:Quota:Exceeded", `{"QuotaId":"x","Status":"Failed"}`)},
			want: []string{
				`dlc {"source":["acs.pai"],"type":[{"prefix":"pai:DLC:"}]}`,
				`dlc.job-failed {"source":["acs.paidlc","acs.pai"],"type":["paidlc:JobStateChange:JobFailed","pai:DLC:JobFailed"]}`,
			},
		},
		"a source whose types nothing tells apart": {
			events: []string{one("acs.pai", "pai:Run:End", dlcData), one("acs.pai", "pai:Run:Exceeded", `{"QuotaId":"x"}`)},
			not:    "no beginning of their types tells them apart",
		},
		"data in other words beside data as it is": {
			events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", dlcData), one("acs.pai.dlc", "x", `{"JobId":"a","DisplayName":"b","JobType":"c","user_id":"7"}`)},
			want:   []string{`dlc {"source":["acs.paidlc","acs.pai.dlc"]}`},
			not:    `some data of dlc has "UserId" and some has "user_id"`,
		},
		"one type for every state": {
			events: []string{
				one("acs.paidlc", "paidlc:Job:StatusChange", `{"JobId":"a","Status":"Failed"}`),
				one("acs.paidlc", "paidlc:Job:StatusChange", `{"JobId":"a","Status":"Queuing"}`),
				one("acs.paidlc", "paidlc:Job:StatusChange", `{"JobId":"a","Status":"Dreaming"}`),
			},
			want: []string{
				`dlc.job-queued {"data":{"Status":["Queuing"]},"source":["acs.paidlc"],"type":["paidlc:Job:StatusChange"]}`,
				`dlc.job-failed {"data":{"Status":["Failed"]},"source":["acs.paidlc"],"type":["paidlc:Job:StatusChange"]}`,
			},
		},
		"data in other words": {
			events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"job_id":"a","display_name":"b","status":"Failed","user_id":"7","workspace_id":"1"}`)},
			want:   []string{`dlc `},
		},
		"a source that has an override": {
			events: []string{one("acs.pai.dlc", "x:y:z", dlcData)},
			more:   "catalogue: {sources: [{name: dlc, pattern: {source: [our.own]}}]}",
			want:   []string{`dlc {"source":["our.own","acs.pai.dlc"]}`},
		},
		"an override that no pattern can join": {
			events: []string{one("acs.pai.dlc", "x:y:z", dlcData)},
			more:   `catalogue: {sources: [{name: dlc, pattern: {source: [our.own], data: {Team: ["a"]}}}]}`,
			not:    "cannot take it too",
		},
		"an override that has no room": {
			events: []string{one("acs.pai.dlc", "x:y:z", dlcData)},
			more:   `catalogue: {sources: [{name: dlc, pattern: {source: [a, b, c, d, e]}}]}`,
			not:    "cannot take it too",
		},
		"a type that its data gives the lie": {
			events: []string{one("acs.paiflow", "paiflow:Task:TaskFailed", `{"PipelineRunId":"a","Status":"Succeeded"}`)},
			not:    `its data says "Succeeded"`,
		},
		"a failure that is over":          {events: []string{one("acs.paidlc", "paidlc:Job:FailureRecovered", dlcData)}},
		"one pod of a job":                {events: []string{one("acs.paidlc", "paidlc:JobPod:Failed", dlcData), one("acs.paidlc", "paidlc:Pod:StatusChange", dlcData), one("acs.paidlc", "paidlc:Pod:Failed", dlcData)}},
		"two outcomes in one name":        {events: []string{one("acs.paidlc", "paidlc:Job:FailedOrStopped", `{"JobId":"a"}`)}},
		"another service of the cloud":    {events: []string{one("acs.dashscope", "dashscope:System:AsyncTaskFinish", `{"task_id":"1","status":"SUCCEEDED","model_name":"qwen"}`)}},
		"a flow of another service":       {events: []string{one("acs.fnf", "fnf:Flow:Failed", `{"Name":"x","Status":"Failed"}`)}},
		"what somebody called":            {events: []string{one("acs.pai.dlc", "pai:ActionTrail:ApiCall", `{"eventName":"CreateJob","JobId":"a","JobType":"x","DisplayName":"y"}`)}},
		"a name that its data denies":     {events: []string{one("acs.dlc", "dlc:Lake:Loaded", `{"table":"x"}`)}},
		"data that is a list":             {events: []string{one("acs.oss", "x", `[{"JobId":"a","DisplayName":"b","JobType":"c"}]`)}},
		"data that is a text":             {events: []string{one("acs.oss", "x", `"JobId"`)}},
		"data that is absent":             {events: []string{one("acs.oss", "x", `null`)}},
		"what the catalogue knows as is":  {events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", dlcData)}},
		"two sources of one kind of data": {events: []string{one("a", "x", dlcData), one("b", "x", dlcData)}, want: []string{`dlc {"source":["acs.paidlc","a","b"]}`}},
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, &passed{events: c.events}, document(t, c.more), learn.Options{})
			assert.Equal(t, strings.Join(c.want, "\n"), proposed(r))
			if c.not == "" {
				assert.NotContains(t, strings.Join(r.Undecided, "\n"), "cannot take")
			} else {
				assert.Contains(t, strings.Join(r.Undecided, "\n"), c.not)
			}
			for _, p := range r.Proposals {
				assert.NotEmpty(t, p.Evidence)
			}
		})
	}
}

func TestPathsAreProposedWhereTheDataUsesOtherNames(t *testing.T) {
	r := read(t, &passed{events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"job":{"job_id":"a","displayName":"b","jobType":"x","userId":"7"}}`)}}, document(t, ""), learn.Options{})
	require.Len(t, r.Proposals, 1)
	s := r.Proposals[0].Source
	assert.Equal(t, "job.job_id", s.ID)
	assert.Equal(t, "job.displayName", s.Title)
	assert.Equal(t, "job.userId", s.CreatedBy)
	assert.Contains(t, s.Fields, event.Field{Label: "job_type", Path: "job.jobType"})
	assert.Contains(t, s.Fields, event.Field{Label: "reason", Path: "ReasonMessage"}, "what is not there stays")

	r = read(t, &passed{events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"jobId":"a","displayName":"b","userId":"7"}`)}}, document(t, ""), learn.Options{})
	require.Len(t, r.Proposals, 1)
	assert.Equal(t, &event.Source{Name: "dlc", CreatedBy: "userId"}, r.Proposals[0].Source, "scopes alone compare names exactly")

	r = read(t, &passed{events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"job_id":"a","display_name":"b","reason_message":"OOM","user_id":"7"}`)}}, document(t, ""), learn.Options{})
	require.Len(t, r.Proposals, 1)
	assert.Equal(t, &event.Source{Name: "dlc", CreatedBy: "user_id"}, r.Proposals[0].Source, "what is shown is found however its words are joined")
}

func TestAPathThatNoDocumentMayNameIsNotProposed(t *testing.T) {
	r := read(t, &passed{events: []string{one("acs.paidlc", "paidlc:JobStateChange:JobFailed", `{"job":{" JobId":"a","display_name":"b","user_id ":"7"}}`)}}, document(t, ""), learn.Options{})
	require.Len(t, r.Proposals, 1)
	assert.Equal(t, event.Source{Name: "dlc", Title: "job.display_name"}, event.Source{Name: "dlc", ID: r.Proposals[0].Source.ID, Title: r.Proposals[0].Source.Title, CreatedBy: r.Proposals[0].Source.CreatedBy})
}

func TestPathsAreProposedFromAllEventsOfASource(t *testing.T) {
	r := read(t, &passed{events: []string{
		one("acs.pai.dlc", "Dlc:Job:Created", `{"job":{"job_id":"a","display_name":"b","job_type":"x"}}`),
		one("acs.pai.dlc", "Dlc:Job:Failed", `{"job":{"job_id":"a","display_name":"b","job_type":"x","reason_message":"OOM","user_id":"7"}}`),
		one("acs.paidlc", "paidlc:JobStateChange:JobRunning", `{"JobType":"x"}`),
	}}, document(t, ""), learn.Options{})
	s := r.Proposals[0].Source
	require.NotNil(t, s)
	assert.Equal(t, "job.user_id", s.CreatedBy)
	assert.Contains(t, s.Fields, event.Field{Label: "reason", Path: "job.reason_message"}, "a job that is created has no reason")
	assert.Contains(t, s.Fields, event.Field{Label: "job_type", Path: "JobType"}, "a name that some data has stays")
	assert.Contains(t, s.Fields, event.Field{Label: "job_type", Path: "job.job_type"})

	c, err := event.Builtin().With(r.Changes())
	require.NoError(t, err)
	after := *document(t, "")
	after.Catalogue = c
	again, err := r.Again(&after)
	require.NoError(t, err)
	assert.Empty(t, again.Proposals, "once is enough")
}

// The events of this project's convention under other names, as PAI may have them.
func TestTheConventionUnderOtherNamesIsFound(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	require.NoError(t, err)
	p := &passed{}
	want := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		e, err := event.Parse(text)
		require.NoError(t, err)
		what := strings.TrimSuffix(filepath.Base(file), ".json")
		source, _, _ := strings.Cut(what, "-")
		typ := "Pai" + e.Type()[strings.Index(e.Type(), ":"):]
		want[typ] = strings.Replace(what, "-", ".", 1)
		renamed := strings.NewReplacer(`"`+e.Source()+`"`, `"acs.pai.`+source+`"`, `"`+e.Type()+`"`, `"`+typ+`"`).Replace(string(text))
		p.events = append(p.events, renamed)
	}
	w := document(t, "")
	r := read(t, p, w, learn.Options{})
	c, err := w.Catalogue.With(r.Changes())
	require.NoError(t, err)
	after := *w
	after.Catalogue = c
	again, err := r.Again(&after)
	require.NoError(t, err)
	for _, k := range again.Kinds {
		assert.Equal(t, []string{want[k.Type]}, k.KnownTypes, k.Type)
	}
	assert.Empty(t, again.Proposals)
	assert.Empty(t, again.Undecided)
}
