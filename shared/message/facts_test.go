package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

func keys(m message.Message) string {
	var list []string
	for _, f := range m.Fields {
		list = append(list, f.Key)
	}
	return strings.Join(list, " ")
}

func TestEachEventShowsWhatDecidesInTheOrderItIsRead(t *testing.T) {
	rows := map[string]string{
		"dlc.job-queued":          "gpus user quota workspace id time",
		"dlc.job-bidding":         "user quota workspace id time",
		"dlc.job-running":         "gpus user quota workspace id time",
		"dlc.job-succeeded":       "duration user quota workspace id time",
		"dlc.job-failed":          "reason failed_workers duration restarts gpus user quota workspace id time",
		"dlc.job-fault-tolerance": "reason failed_workers duration restarts gpus user quota workspace id time",
		"dlc.job-timeout":         "reason status duration max_running_time user quota workspace id time",
		"dlc.job-preempted":       "reason status duration user quota workspace id time",
		"dlc.job-stopped":         "reason duration user quota workspace id time",
		"flow.task-failed":        "reason duration origin flow workspace id time",
		"flow.task-succeeded":     "duration origin flow workspace id time",
		"model.version-approved":  "metrics description framework uri workspace id time",
		"model.version-rejected":  "metrics description framework uri workspace id time",
		"dsw.instance-creating":   "image spec payment user workspace id time",
		"dsw.instance-running":    "image spec payment user workspace id time",
		"dsw.instance-failed":     "reason reason_code image spec payment user workspace id time",
		"dsw.image-saving":        "snapshot image spec payment user workspace id time",
		"dsw.image-saved":         "snapshot image spec payment user workspace id time",
		"dsw.image-save-failed":   "reason snapshot image spec payment user workspace id time",
		"dsw.instance-stopping":   "image spec payment user workspace id time",
		"dsw.instance-stopped":    "image spec payment user workspace id time",
	}
	for _, typ := range event.Builtin().Types {
		for _, l := range message.Languages() {
			e, s, known := sample(t, typ.Name)
			m := message.Render(e, s, known, l, event.Rule{})
			assert.Equal(t, rows[typ.Name], keys(m), "%s %s", typ.Name, l)
			assert.LessOrEqual(t, len(m.Fields), 10)
			for _, f := range m.Fields {
				if f.Key != "user" { // who may be in a name that people gave
					assert.NotContains(t, m.Title, f.Value, "%s %s: the title says it already", typ.Name, f.Key)
				}
			}
		}
	}
}

// of is an event of DLC whose data has these members beside its id and its name.
func of(t testing.TB, typ, members string) (event.Event, event.Source, event.Type) {
	t.Helper()
	source, _, _ := strings.Cut(typ, ".")
	s, _ := event.Builtin().Source(source)
	known, _ := event.Builtin().Type(typ)
	data := `{"JobId":"dlc1","DisplayName":"bert"`
	if members != "" {
		data += "," + members
	}
	e, err := event.Parse([]byte(`{"id":"e","source":"acs.pai` + source + `","type":"t:u:Whatever","time":"2026-11-20T03:12:45+08:00","data":` + data + `}}`))
	require.NoError(t, err)
	return e, s, known
}

func TestAFactIsShownWhereItSaysMoreThanTheEvent(t *testing.T) {
	for outcome, c := range map[string]struct{ typ, members, key, want string }{
		"a status that says the event again is not":          {"dlc.job-failed", `"Status":"FAILED"`, "status", ""},
		"a status that says another thing is":                {"dlc.job-failed", `"Status":"FailedReserving"`, "status", "FailedReserving"},
		"a status that nobody knows is":                      {"dlc.job-failed", `"Status":"Hibernating"`, "status", "Hibernating"},
		"a code that says the event again is not":            {"dlc.job-failed", `"ReasonCode":"JobFailed"`, "reason_code", ""},
		"a code of its own is":                               {"dlc.job-failed", `"ReasonCode":"InternalError"`, "reason_code", "InternalError"},
		"what stopped a job by hand is not":                  {"dlc.job-stopped", `"ReasonCode":"JobStoppedByUser"`, "reason_code", ""},
		"a sub-status that says the event again is not":      {"dlc.job-fault-tolerance", `"SubStatus":"Restarting"`, "sub_status", ""},
		"restarts that were used are":                        {"dlc.job-failed", `"RestartTimes":"2/10"`, "restarts", "2/10"},
		"restarts that were not used are not":                {"dlc.job-failed", `"RestartTimes":"0/10"`, "restarts", ""},
		"a number of no restarts is not":                     {"dlc.job-failed", `"RestartTimes":0`, "restarts", ""},
		"the longest time of a job that failed is not":       {"dlc.job-failed", `"JobMaxRunningTimeMinutes":1440`, "max_running_time", ""},
		"the longest time of a job that timed out is":        {"dlc.job-timeout", `"JobMaxRunningTimeMinutes":1440`, "max_running_time", "1 d"},
		"the number of a user is not":                        {"dlc.job-failed", `"UserId":"201457962310948521"`, "user", ""},
		"the name of a user is":                              {"dlc.job-failed", `"UserId":"201457962310948521","Username":"lena"`, "user", "lena"},
		"a name of digits is":                                {"dlc.job-failed", `"Username":"10023"`, "user", "10023"},
		"the end of a flow at the event's time is not":       {"flow.task-failed", `"FinishedAt":"2026-11-19T19:12:44.7Z"`, "finished", ""},
		"the end of a flow at another time is":               {"flow.task-failed", `"FinishedAt":"2026-11-19T18:12:44.7Z"`, "finished", "2026-11-20 02:12:44 +08:00"},
		"the start of a flow that ran so long is not":        {"flow.task-failed", `"StartedAt":"2026-11-19T18:12:44Z","Duration":60`, "started", ""},
		"the start of a flow is":                             {"flow.task-failed", `"StartedAt":"2026-11-19T18:12:44Z"`, "started", "2026-11-20 02:12:44 +08:00"},
		"the account that owns a model is not":               {"model.version-approved", `"OwnerId":"1457962310948521"`, "owner", ""},
		"the format of a model that is its framework is not": {"model.version-approved", `"FormatType":"PMML","FrameworkType":"PMML"`, "format", ""},
		"another format of a model is":                       {"model.version-approved", `"FormatType":"ONNX","FrameworkType":"PyTorch"`, "format", "ONNX"},
		"workers that failed of a job that did not are not":  {"dlc.job-succeeded", `"Pods":[{"PodId":"dlc1-worker-0","Status":"Failed"}]`, "failed_workers", ""},
		"the priority of a job is not":                       {"dlc.job-failed", `"Priority":9`, "priority", ""},
	} {
		t.Run(outcome, func(t *testing.T) {
			e, s, known := of(t, c.typ, c.members)
			m := message.Render(e, s, known, message.English, event.Rule{})
			assert.Equal(t, c.want, value(m, c.key))
		})
	}
}

func TestWhatIsNotShownCanBeAskedFor(t *testing.T) {
	e, s, known := sample(t, "dlc.job-failed")
	m := message.Render(e, s, known, message.Chinese, event.Rule{Fields: []event.Fact{{Key: "reason"}}})
	for key, want := range map[string]string{
		"name": "qwen3-moe-pretrain-512gpu", "id": "dlc1x9qk7e2w5mzt", "reason_code": "JobFailed", "duration": "3 天 17 小时",
		"gpus": "512 卡（64 × 8）", "priority": "9", "user_id": "201457962310948521", "workspace_id": "86995", "max_running_time": "30 天",
		"image": "pai/pytorch:2.6.0-gpu-cu126-ubuntu22.04", "type": "paidlc:JobStateChange:JobFailed", "time": "2026-11-20 03:12:45 +08:00",
		"none": "",
	} {
		assert.Equal(t, want, m.Value(key), key)
	}
	assert.Empty(t, message.Message{}.Value("name"))
}

func TestWhatBecameOfAnOldImageIsNotTheReasonOfAnotherEvent(t *testing.T) {
	snapshot := `"InstanceId":"dsw-1","LatestSnapshot":{"SnapshotName":"old","Status":"Failed","ReasonMessage":"push denied"}`
	for typ, want := range map[string]string{"dsw.instance-failed": "", "dsw.instance-stopped": "", "dsw.image-save-failed": "push denied"} {
		e, s, known := of(t, typ, snapshot)
		m := message.Render(e, s, known, message.English, event.Rule{})
		assert.Equal(t, want, value(m, "reason"), typ)
		assert.Equal(t, want != "", value(m, "snapshot") == "old", typ)
	}
	e, s, _ := of(t, "dsw.image-saved", snapshot+`,"Status":"SaveFailed"`)
	assert.Equal(t, "push denied", value(message.Render(e, s, event.Type{}, message.English, event.Rule{}), "reason"), "a type that nobody knows")
	e, s, _ = of(t, "dsw.image-saved", snapshot+`,"Status":"Failed","ReasonMessage":"no GPU"`)
	assert.Equal(t, "no GPU", value(message.Render(e, s, event.Type{}, message.English, event.Rule{}), "reason"))
}

func TestASourceThatNobodyKnowsIsReadByTheNamesOfPAI(t *testing.T) {
	for form, data := range map[string]string{
		"UpperCamelCase": `{"JobId":"j-1","JobName":"bert","State":"Failed","ErrorMessage":"out of memory","ErrorCode":"OOM","CreatorName":"lena","WorkspaceId":"7","Duration":90}`,
		"lowerCamelCase": `{"jobId":"j-1","jobName":"bert","state":"Failed","errorMessage":"out of memory","errorCode":"OOM","creatorName":"lena","workspaceId":"7","duration":90}`,
		"snake_case":     `{"job_id":"j-1","job_name":"bert","state":"Failed","error_message":"out of memory","error_code":"OOM","creator_name":"lena","workspace_id":"7","duration":90}`,
		"capitals":       `{"JOB_ID":"j-1","JOB_NAME":"bert","STATE":"Failed","ERROR_MESSAGE":"out of memory","ERROR_CODE":"OOM","CREATOR_NAME":"lena","WORKSPACE_ID":"7","DURATION":90}`,
	} {
		t.Run(form, func(t *testing.T) {
			e := parse(t, `{"id":"e","source":"acs.pai.new","type":"pai:New:Thing","subject":"acs:pai:cn-x:1457962310948521:job/j-1","data":`+data+`}`)
			m := message.Render(e, event.Source{}, event.Type{}, message.English, event.Rule{})
			assert.Equal(t, "bert", m.Name)
			assert.True(t, strings.HasSuffix(m.Title, ": bert"), m.Title)
			assert.Equal(t, "j-1", m.Subject)
			for key, want := range map[string]string{"reason": "out of memory", "status": "Failed", "reason_code": "OOM", "user": "lena", "workspace": "7", "id": "j-1", "duration": "1 min 30 s", "type": "pai:New:Thing", "source": "acs.pai.new"} {
				assert.Equal(t, want, m.Value(key), key)
			}
			assert.Equal(t, "reason", m.Fields[0].Key)
			assert.Equal(t, "out of memory", m.Brief[:13])
			assert.Contains(t, keys(m), "type source")
		})
	}
}

func TestAKnownSourceWithFieldsUnderOtherNamesShowsThem(t *testing.T) {
	s, _ := event.Builtin().Source("dlc")
	known, _ := event.Builtin().Type("dlc.job-failed")
	e := parse(t, `{"id":"e","source":"acs.paidlc","type":"t","data":{"id":"dlc1","job_name":"bert","error_message":"boom"}}`)
	m := message.Render(e, s, known, message.English, event.Rule{})
	assert.Equal(t, "bert", m.Name)
	assert.Equal(t, "boom", value(m, "reason"))
	assert.Equal(t, "dlc1", value(m, "id"))

	e = parse(t, `{"id":"e","source":"acs.paidlc","type":"t","data":{"JobId":"dlc1","DisplayName":"bert","ReasonMessage":"","Message":"another thing"}}`)
	assert.Empty(t, message.Render(e, s, known, message.English, event.Rule{}).Value("reason"), "data as the catalogue knows it has no reason")
}

func TestADocumentsFieldsKeepTheirOrder(t *testing.T) {
	e, s, known := sample(t, "dlc.job-failed")
	s.Fields = []event.Field{{Label: "priority", Path: "Priority"}, {Label: "reason", Path: "Nowhere"}, {Label: "workers", Path: "Pods.*.PodId"}}
	m := message.Render(e, s, known, message.English, event.Rule{})
	assert.Equal(t, "priority reason workers time", keys(m))
	assert.True(t, strings.HasPrefix(value(m, "reason"), "Worker "), "the built-in catalogue knows where a reason stands")
	assert.Equal(t, "dlc1x9qk7e2w5mzt-worker-12, dlc1x9qk7e2w5mzt-worker-0", value(m, "workers"))
}

func TestDataThatNobodyKnowsIsShownByItsOwnNames(t *testing.T) {
	e := parse(t, `{"id":"e","source":"acs.x","type":"x:Lake:Loaded","subject":"lake/1","data":{"table":"orders","Rows":12,"Rows":12,"Empty":"","Nested":{"a":1},"On":true,"\u202eb\n":"x\ny","c":3,"d":4,"e":5}}`)
	m := message.Render(e, event.Source{}, event.Type{}, message.English, event.Rule{})
	assert.Equal(t, "table Rows On b c type source event_id", keys(m))
	assert.Equal(t, "table: orders · Rows: 12", m.Brief)
	assert.Equal(t, "x y", value(m, "b"))

	t.Run("but for what the title says", func(t *testing.T) {
		e := parse(t, `{"id":"e","source":"lab.scheduler","type":"lab:Node","data":{"status":"Failed","rack":"r7"}}`)
		m := message.Render(e, event.Source{}, event.Type{}, message.English, event.Rule{})
		assert.Contains(t, m.Title, "Failed")
		assert.Equal(t, "r7", value(m, "rack"))
		assert.Empty(t, value(m, "data.status"))
	})
}

func TestAMemberOfDataIsNotTakenForAFieldOfItsName(t *testing.T) {
	e := parse(t, `{"id":"e","source":"acs.x","type":"x:y:z","time":"2026-11-20T03:12:45+08:00","data":{"time":"tomorrow","type":"full","table":"orders"}}`)
	for _, rule := range []event.Rule{{}, {Fields: []event.Fact{{Path: "time"}, {Path: "type"}, {Path: "table"}}}} {
		m := message.Render(e, event.Source{}, event.Type{}, message.English, rule)
		assert.Equal(t, "2026-11-20 03:12:45 +08:00", value(m, "time"), "the event's own time stays")
		assert.Equal(t, "tomorrow", value(m, "data.time"))
		assert.Equal(t, "x:y:z", m.Value("type"))
		assert.Equal(t, "full", value(m, "data.type"))
		assert.Equal(t, "orders", value(m, "table"))
	}
}
