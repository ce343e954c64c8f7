package message_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

// columns counts as a phone shows a text: a wide character takes two.
func columns(text string) int {
	n := 0
	for _, c := range text {
		if c >= 0x1100 {
			n++
		}
		n++
	}
	return n
}

func TestTheNameBeginsWithinTheFirst28Columns(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		for _, l := range message.Languages() {
			e, s, known := sample(t, typ.Name)
			m := message.Render(e, s, known, l, event.Rule{})
			before, _, found := strings.Cut(m.Title, m.Name)
			require.True(t, found)
			mark := columns(message.Mark(m.Severity) + " ")
			assert.Equal(t, 3, mark)
			assert.Less(t, mark+columns(before), 28, m.Title)
			assert.Equal(t, m.What+message.Colon(l), before)
		}
	}
}

func TestAMessageHasOneKindOfColon(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		e, s, known := sample(t, typ.Name)
		for _, l := range []message.Language{message.English, message.Japanese} {
			assert.NotContains(t, message.Render(e, s, known, l, event.Rule{}).Title, "：")
		}
		assert.Contains(t, message.Render(e, s, known, message.Chinese, event.Rule{}).Title, "：")
	}
}

// changed returns a sample with other attributes and other members of its data;
// a member that is nil is left out.
func changed(t *testing.T, name, typ string, members map[string]any) event.Event {
	t.Helper()
	text, err := events.Files.ReadFile(strings.ReplaceAll(name, ".", "-") + ".json")
	require.NoError(t, err)
	var e map[string]any
	require.NoError(t, json.Unmarshal(text, &e))
	if typ != "" {
		e["type"] = typ
	}
	data := e["data"].(map[string]any)
	maps.Copy(data, members)
	maps.DeleteFunc(data, func(_ string, value any) bool { return value == nil })
	text, err = json.Marshal(e)
	require.NoError(t, err)
	return parse(t, string(text))
}

func TestAnEventOfAnUnknownTypeIsAsUrgentAsItsStatus(t *testing.T) {
	for _, c := range []struct {
		source, sample, typ string
		data                map[string]any
		severity            event.Severity
		en, zh, ja          string
	}{
		{"dlc", "dlc.job-failed", "paidlc:JobStatusChanged:Failed", nil, event.Critical, "DLC job status Failed", "DLC 任务状态变为 Failed", "DLC ジョブのステータス Failed"},
		{"dlc", "dlc.job-failed", "x", map[string]any{"Status": "FAILED"}, event.Critical, "DLC job status FAILED", "DLC 任务状态变为 FAILED", "DLC ジョブのステータス FAILED"},
		{"dlc", "dlc.job-failed", "x", map[string]any{"Status": "job_failed"}, event.Critical, "DLC job status job_failed", "DLC 任务状态变为 job_failed", "DLC ジョブのステータス job_failed"},
		{"dlc", "dlc.job-failed", "paidlc:JobStatusChanged:Failed", map[string]any{"Status": nil}, event.Critical, "DLC job status Failed", "DLC 任务状态变为 Failed", "DLC ジョブのステータス Failed"},
		{"dlc", "dlc.job-failed", "paidlc:PodStatusChanged:PodFailed", map[string]any{"Status": "Running"}, event.Critical, "DLC job event PodFailed", "DLC 任务事件 PodFailed", "DLC ジョブのイベント PodFailed"},
		{"dlc", "dlc.job-failed", "paidlc:PodStatusChanged:Failed", map[string]any{"Status": "Running"}, event.Critical, "DLC job event PodStatusChanged:Failed", "DLC 任务事件 PodStatusChanged:Failed", "DLC ジョブのイベント PodStatusChanged:Failed"},
		{"dlc", "dlc.job-failed", "Failed", map[string]any{"Status": "Running"}, event.Critical, "DLC job event Failed", "DLC 任务事件 Failed", "DLC ジョブのイベント Failed"},
		{"dlc", "dlc.job-failed", "paidlc:JobStatusChanged:Failed", map[string]any{"Status": 7}, event.Critical, "DLC job status Failed", "DLC 任务状态变为 Failed", "DLC ジョブのステータス Failed"},
		{"dsw", "dsw.instance-running", "paidsw:SnapshotStatusChanged:Failed", nil, event.Critical, "DSW instance event SnapshotStatusChanged:Failed", "DSW 实例事件 SnapshotStatusChanged:Failed", "DSW インスタンスのイベント SnapshotStatusChanged:Failed"},
		{"dlc", "dlc.job-stopped", "x", nil, event.Warning, "DLC job status Stopped", "DLC 任务状态变为 Stopped", "DLC ジョブのステータス Stopped"},
		{"dlc", "dlc.job-succeeded", "x", nil, event.Success, "DLC job status Succeeded", "DLC 任务状态变为 Succeeded", "DLC ジョブのステータス Succeeded"},
		{"dlc", "dlc.job-running", "x", nil, event.Info, "DLC job status Running", "DLC 任务状态变为 Running", "DLC ジョブのステータス Running"},
		{"dlc", "dlc.job-running", "x", map[string]any{"SubStatus": "Restarting"}, event.Warning, "DLC job status Restarting", "DLC 任务状态变为 Restarting", "DLC ジョブのステータス Restarting"},
		{"dlc", "dlc.job-running", "paidlc:JobStateChange:JobHibernated", map[string]any{"Status": "Hibernated"}, event.Info, "DLC job status Hibernated", "DLC 任务状态变为 Hibernated", "DLC ジョブのステータス Hibernated"},
		{"dlc", "dlc.job-running", "paidlc:JobLog:LogUploaded", map[string]any{"Status": nil}, event.Info, "DLC job event LogUploaded", "DLC 任务事件 LogUploaded", "DLC ジョブのイベント LogUploaded"},
		{"dlc", "dlc.job-running", "x", map[string]any{"Status": []string{"Failed"}}, event.Critical, "DLC job status Failed", "DLC 任务状态变为 Failed", "DLC ジョブのステータス Failed"},
		{"dlc", "dlc.job-running", "x", map[string]any{"Status": map[string]any{"Phase": "Failed"}}, event.Critical, "DLC job status Phase Failed", "DLC 任务状态变为 Phase Failed", "DLC ジョブのステータス Phase Failed"},
		{"dlc", "dlc.job-running", "x", map[string]any{"Status": nil, "Job": map[string]any{"status": "Failed"}}, event.Critical, "DLC job status Failed", "DLC 任务状态变为 Failed", "DLC ジョブのステータス Failed"},
		{"dlc", "dlc.job-running", "x", map[string]any{"Status": false}, event.Info, "DLC job event x", "DLC 任务事件 x", "DLC ジョブのイベント x"},
		{"dsw", "dsw.image-save-failed", "paidsw:InstanceStateChange:New", map[string]any{"Status": nil}, event.Info, "DSW instance event New", "DSW 实例事件 New", "DSW インスタンスのイベント New"},
		{"dlc", "dlc.job-failed", "paidlc:Job:Changed", map[string]any{"Status": nil}, event.Critical, "DLC job status JobFailed", "DLC 任务状态变为 JobFailed", "DLC ジョブのステータス JobFailed"},
		{"dlc", "dlc.job-failed", "paidlc:Job:Changed", map[string]any{"Status": 7}, event.Critical, "DLC job status JobFailed", "DLC 任务状态变为 JobFailed", "DLC ジョブのステータス JobFailed"},
		{"dlc", "dlc.job-failed", "paidlc:Job:Changed", map[string]any{"Status": "Running"}, event.Info, "DLC job status Running", "DLC 任务状态变为 Running", "DLC ジョブのステータス Running"},
		{"dsw", "dsw.image-save-failed", "x", nil, event.Critical, "DSW instance status SaveFailed", "DSW 实例状态变为 SaveFailed", "DSW インスタンスのステータス SaveFailed"},
		{"dsw", "dsw.image-saved", "x", nil, event.Success, "DSW instance status Saved", "DSW 实例状态变为 Saved", "DSW インスタンスのステータス Saved"},
		{"model", "model.version-approved", "x", nil, event.Success, "Model status Approved", "模型状态变为 Approved", "モデルのステータス Approved"},
		{"model", "model.version-rejected", "x", nil, event.Warning, "Model status Rejected", "模型状态变为 Rejected", "モデルのステータス Rejected"},
		{"flow", "flow.task-failed", "x", map[string]any{"Status": "Terminated"}, event.Warning, "Flow task status Terminated", "工作流任务状态变为 Terminated", "フロータスクのステータス Terminated"},
	} {
		t.Run(c.en+" "+c.typ, func(t *testing.T) {
			e := changed(t, c.sample, c.typ, c.data)
			s, ok := event.Builtin().Source(c.source)
			require.True(t, ok)
			for l, what := range map[message.Language]string{message.English: c.en, message.Chinese: c.zh, message.Japanese: c.ja} {
				m := message.Render(e, s, event.Type{}, l, event.Rule{})
				assert.Equal(t, c.severity, m.Severity)
				assert.Equal(t, what, m.What)
				assert.Equal(t, what+message.Colon(l)+m.Name, m.Title)
				assert.Equal(t, c.typ, value(m, "type"), "the raw type is a field")
				urgent := c.severity == event.Critical || c.severity == event.Warning
				assert.True(t, m.Next != "" || !urgent, "an urgent event has advice")
			}
		})
	}
}

func TestAnEventOfAnUnknownTypeHasTheAdviceOfTheEventItIsLike(t *testing.T) {
	for typ, data := range map[string]map[string]any{
		"dlc.job-failed":          nil,
		"dlc.job-fault-tolerance": nil,
		"dlc.job-stopped":         nil,
		"flow.task-failed":        nil,
		"model.version-approved":  nil,
		"model.version-rejected":  nil,
		"dsw.instance-failed":     nil,
		"dsw.image-saving":        nil,
		"dsw.image-save-failed":   nil,
		"dlc.job-preempted":       {"SubStatus": "Preempted"},
		"dlc.job-timeout":         {"SubStatus": "Timeout"},
	} {
		t.Run(typ, func(t *testing.T) {
			_, s, known := sample(t, typ)
			e := changed(t, typ, "new", data)
			for _, l := range message.Languages() {
				want := message.Render(e, s, known, l, event.Rule{}).Next
				require.NotEmpty(t, want)
				assert.Equal(t, want, message.Render(e, s, event.Type{}, l, event.Rule{}).Next)
			}
		})
	}
}

func TestAJobThatRunsIsNotToldAsFailed(t *testing.T) {
	e := changed(t, "dlc.job-running", "paidlc:PodStatusChanged:PodFailed", nil)
	s, _ := event.Builtin().Source("dlc")
	m := message.Render(e, s, event.Type{}, message.English, event.Rule{})
	assert.Equal(t, event.Critical, m.Severity)
	assert.NotContains(t, m.Next, "clone")
	assert.NotEmpty(t, m.Next)
}

func TestASourceNobodyCataloguedIsCalledByItsOwnName(t *testing.T) {
	for outcome, c := range map[string]struct {
		text       string
		severity   event.Severity
		en, zh, ja string
	}{
		"by the type":    {`"source":"acs.eas","type":"eas:ServiceStatusChanged:Failed"`, event.Critical, "acs.eas status Failed", "acs.eas 状态变为 Failed", "acs.eas のステータス Failed"},
		"an event":       {`"source":"acs.oss","type":"oss:ObjectCreated:PostObject"`, event.Info, "acs.oss event PostObject", "acs.oss 事件 PostObject", "acs.oss のイベント PostObject"},
		"a long source":  {`"source":"` + strings.Repeat("s", 100) + `","type":"t"`, event.Info, strings.Repeat("s", 37) + "… event t", strings.Repeat("s", 37) + "… 事件 t", strings.Repeat("s", 37) + "… のイベント t"},
		"a long status":  {`"source":"s","type":"` + strings.Repeat("x", 300) + `Failed"`, event.Critical, "s status " + strings.Repeat("x", 37) + "…", "s 状态变为 " + strings.Repeat("x", 37) + "…", "s のステータス " + strings.Repeat("x", 37) + "…"},
		"in Chinese":     {`"source":"自研平台","type":"job:Failed"`, event.Critical, "自研平台 status Failed", "自研平台状态变为 Failed", "自研平台のステータス Failed"},
		"a type of dots": {`"source":"s","type":"com.example.job.failed"`, event.Critical, "s status failed", "s 状态变为 failed", "s のステータス failed"},
	} {
		t.Run(outcome, func(t *testing.T) {
			e := parse(t, `{"id":"1",`+c.text+`,"data":{}}`)
			for l, what := range map[message.Language]string{message.English: c.en, message.Chinese: c.zh, message.Japanese: c.ja} {
				m := message.Render(e, event.Source{}, event.Type{}, l, event.Rule{})
				assert.Equal(t, what, m.What)
				assert.Equal(t, c.severity, m.Severity)
				assert.Equal(t, c.severity == event.Info, m.Next == "")
			}
		})
	}
}

func TestASourceOfADocumentStandsApartFromTheWordsAfterIt(t *testing.T) {
	for l, want := range map[message.Language]string{message.English: "eas status Failed", message.Chinese: "eas 状态变为 Failed", message.Japanese: "eas のステータス Failed"} {
		m := message.Render(parse(t, `{"id":"1","source":"acs.eas","type":"t","data":{"Status":"Failed"}}`), event.Source{Name: "eas"}, event.Type{}, l, event.Rule{})
		assert.Equal(t, want, m.What)
		m = message.Render(parse(t, `{"id":"1","source":"acs.eas","type":"t","data":{}}`), event.Source{Name: "eas"}, event.Type{Name: "eas.scaled"}, l, event.Rule{})
		assert.Equal(t, "eas scaled", m.What)
	}
}

func TestWhatADocumentSaysOfASeverityStands(t *testing.T) {
	for outcome, c := range map[string]struct {
		typ  event.Type
		want event.Severity
	}{
		"a known type":                        {event.Type{Name: "dlc.job-stopped"}, event.Info},
		"a known type, with a severity":       {event.Type{Name: "dlc.job-stopped", Severity: event.Critical}, event.Critical},
		"a known type, with its own severity": {event.Type{Name: "dlc.job-stopped", Severity: event.Warning}, event.Warning},
		"a new type":                          {event.Type{Name: "dlc.mine", Pattern: json.RawMessage(`{}`)}, event.Warning},
		"a new type, with a severity":         {event.Type{Name: "dlc.mine", Severity: event.Success, Pattern: json.RawMessage(`{}`)}, event.Success},
	} {
		t.Run(outcome, func(t *testing.T) {
			catalogue, err := event.Builtin().With(event.Catalogue{Types: []event.Type{c.typ}})
			require.NoError(t, err)
			typ, _ := catalogue.Type(c.typ.Name)
			e, s, _ := sample(t, "dlc.job-stopped")
			assert.Equal(t, c.want, message.Render(e, s, typ, message.English, event.Rule{}).Severity)
			severity, _ := message.SeverityOf(e, s, typ)
			assert.Equal(t, c.want, severity)
		})
	}
}

func TestALinkIsNamedByWhereItLeads(t *testing.T) {
	for source, want := range map[string][3]string{
		"dlc":   {"Open the job", "打开任务", "ジョブを開く"},
		"flow":  {"Open the task run", "打开工作流任务", "タスクを開く"},
		"model": {"Open the workspace", "打开工作空间", "ワークスペースを開く"},
		"dsw":   {"Open the workspace", "打开工作空间", "ワークスペースを開く"},
	} {
		for i, typ := range event.Builtin().TypesOf(source) {
			for j, l := range message.Languages() {
				e, s, known := sample(t, typ.Name)
				assert.Equal(t, want[j], message.Render(e, s, known, l, event.Rule{}).LinkText, fmt.Sprint(source, i))
			}
		}
	}
	for address, want := range map[string]string{
		"https://x.example/?r={region}#/dsw/{id}":  "Open the instance",
		"https://x.example/{workspace}":            "Open the workspace",
		"https://pai.console.aliyun.com/":          "Open the console",
		"https://wiki.example/what-to-do-at-night": "Open the page",
	} {
		e, s, known := sample(t, "dsw.instance-failed")
		s.Console = address
		assert.Equal(t, want, message.Render(e, s, known, message.English, event.Rule{}).LinkText)
	}
}

func TestAnEventThatItsStatusDeniesIsAWarning(t *testing.T) {
	for _, c := range []struct {
		typ, data string
		want      event.Severity
	}{
		{"dlc.job-succeeded", `{"Status":"Failed"}`, event.Warning},
		{"dlc.job-succeeded", `{"status":"JOB_FAILED"}`, event.Warning},
		{"dlc.job-succeeded", `{"Status":"Stopped"}`, event.Warning},
		{"dlc.job-running", `{"Status":"Failed"}`, event.Warning},
		{"dlc.job-queued", `{"Status":"FailedReserving"}`, event.Warning},
		{"model.version-approved", `{"ApprovalStatus":"Rejected"}`, event.Warning},
		{"flow.task-succeeded", `{"Status":"Failed"}`, event.Warning},
		{"dsw.image-saved", `{"Status":"SaveFailed"}`, event.Warning},
		{"dsw.image-saved", `{"Status":"Running","LatestSnapshot":{"Status":"Failed"}}`, event.Warning},
		{"dsw.instance-running", `{"Status":"SaveFailed"}`, event.Success},
		{"dlc.job-succeeded", `{"Status":"Succeeded"}`, event.Success},
		{"dlc.job-succeeded", `{"Status":"Quantum"}`, event.Success},
		{"dlc.job-failed", `{"Status":"Succeeded"}`, event.Critical},
	} {
		known, _ := event.Builtin().Type(c.typ)
		source, _ := event.Builtin().Source(known.Source())
		e := parse(t, `{"id":"e","source":"s","type":"t","data":`+c.data+`}`)
		for _, l := range message.Languages() {
			m := message.Render(e, source, known, l, event.Rule{})
			assert.Equal(t, c.want, m.Severity, "%s %s", c.typ, c.data)
			assert.Equal(t, c.want == event.Warning, strings.Contains(m.Next, message.Text{EN: "contradict", ZH: "不一致", JA: "一致していません"}.In(l)), "%s %s", c.typ, c.data)
		}
		severity, always := message.SeverityOf(e, source, known)
		assert.Equal(t, c.want, severity)
		assert.True(t, !always || severity == known.Severity, "a severity that is always the same is the type's")
		known.Severity, known.Decided = event.Success, true
		assert.Equal(t, event.Success, message.Render(e, source, known, message.English, event.Rule{}).Severity, "a document decides")
	}
}

func TestTheWorstStatusOfSeveralPartsCounts(t *testing.T) {
	for _, data := range []string{
		`{"parent":{"Status":"Succeeded"},"child":{"Status":"Failed"}}`,
		`{"child":{"Status":"Failed"},"parent":{"Status":"Succeeded"}}`,
	} {
		m := message.Render(parse(t, `{"id":"e","source":"s","type":"t","data":`+data+`}`), event.Source{}, event.Type{}, message.English, event.Rule{})
		assert.Equal(t, event.Critical, m.Severity, data)
		assert.Contains(t, m.What, "Failed")
	}
}
