package learn_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/deliver"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/learn"
)

// hostile is an event with somebody in every corner.
const hostile = `{
  "specversion": "1.0", "id": "zhangwei-1457962310948521", "source": "acs.pai", "type": "pai:Job:Failed",
  "subject": "acs:pai:cn-hangzhou:1457962310948521:job/zhangwei", "dataschema": "https://schemas.example.net/zhangwei?token=Hunter7",
  "time": "2026-11-20T03:12:45.123Asia/Shanghai", "datacontenttype": "application/json;charset=utf-8",
  "aliyunaccountid": "1457962310948521", "aliyunpublishaddr": "100.104.37.126", "aliyuneventbusname": "pai-system-zhangwei", "aliyunregionid": "cn-wulanchabu",
  "zhangwei": "13800138000", "owner": {"name": "zhangwei"},
  "data": {
    "Status": "Failed", "JobType": "zhangwei", "Type": "13800138000", "ReasonCode": "JobFailed",
    "UserId": 201457962310948521, "uid": 42, "Username": "张伟", "Owner": "zhangwei", "Phone": 13800138000, "phone_number": "+8613800138000",
    "Mail": "zhangwei@corp.example.net", "Note": "call 13800138000 or zhangwei@corp.example.net, password Hunter7",
    "ReasonMessage": "Worker dlc1x9qk7e2w5mzt of 张伟 died, see https://oapi.dingtalk.com/robot/send?access_token=Hunter7",
    "JobId": "dlc1x9qk7e2w5mzt", "Again": "dlc1x9qk7e2w5mzt", "张伟": 1, "zhangwei@corp.example.net": true, "13800138000": null,
    "zhangwei": {"Status": "Running"}, "Labels": {"Hunter7": "x", "zhangweisteam": "y"}, "Role": "acs:ram::1457962310948521:role/zhangwei",
    "Latitude": 30.27415612, "Started": "2026-11-16T01:02:11Z", "Pods": [{"PodId": "dlc1x9qk7e2w5mzt-0"}, {"PodId": "dlc1x9qk7e2w5mzt-1"}, {}, {}, {}],
    "Users": ["zhangwei", "201457962310948521"], "Nested": {"Deeper": {"Secret": "Hunter7", "Card": "6222021234567890123"}}, "Priority": 9, "Retry": false, "Ip": "100.104.37.126",
    "Key": "LTAI5tHunter7", "Empty": "", "Escaped": "\u001b]0;zhangwei\u0007"
  }
}`

var personal = []string{"zhangwei", "张伟", "1457962310948521", "201457962310948521", "13800138000", "Hunter7", "corp.example.net", "dlc1x9qk7e2w5mzt", "100.104.37.126", "6222021234567890123", "30.27415612", "LTAI5t", "oapi.dingtalk.com", "access_token", "schemas.example.net", "\u001b", `\u001b`, `"uid": 42`}

func TestASampleHasNothingPersonal(t *testing.T) {
	e, err := event.Parse([]byte(hostile))
	require.NoError(t, err)
	s := learn.NewScrubber()
	text, err := s.Sample(e)
	require.NoError(t, err)
	for _, p := range personal {
		assert.NotContains(t, strings.ToLower(string(text)), strings.ToLower(p))
	}
	sample, err := event.Parse(text)
	require.NoError(t, err)
	assert.Equal(t, "acs.pai", sample.Source())
	assert.Equal(t, "pai:Job:Failed", sample.Type())
	assert.Equal(t, "Failed", sample.Lookup("Status"))
	assert.Equal(t, "JobFailed", sample.Lookup("ReasonCode"))
	assert.Equal(t, "2026-11-16T01:02:11Z", sample.Lookup("Started"))
	assert.Equal(t, "9", sample.Lookup("Priority"))
	assert.False(t, sample.Time().IsZero())
	assert.NotEmpty(t, sample.Lookup("JobId"))
	assert.Equal(t, sample.Lookup("JobId"), sample.Lookup("Again"), "one value stays one")
	assert.NotEqual(t, sample.Lookup("JobId"), sample.Lookup("Owner"), "and two stay two")

	again, err := s.Sample(e)
	require.NoError(t, err)
	assert.Equal(t, string(text), string(again))
}

func TestASampleMatchesWhatItsEventMatched(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	require.NoError(t, err)
	c, err := deliver.NewClassifier(event.Builtin())
	require.NoError(t, err)
	s := learn.NewScrubber()
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		e, err := event.Parse(text)
		require.NoError(t, err)
		text, err = s.Sample(e)
		require.NoError(t, err)
		sample, err := event.Parse(text)
		require.NoError(t, err)
		source, want := c.Classify(e)
		_, got := c.Classify(sample)
		assert.Equal(t, want.Name, got.Name)
		for _, f := range source.Fields {
			assert.Equal(t, e.Lookup(f.Path) == "", sample.Lookup(f.Path) == "", "%s %s", file, f.Path)
		}
		for _, name := range []string{"张伟", "1457962310948521"} {
			assert.NotContains(t, string(text), name)
		}
	}
}

func TestShortNumbersAndKeysOfPeopleDoNotStay(t *testing.T) {
	for _, data := range []string{
		`{"userid": 71342}`, `{"accountid": 71342}`, `{"EmployeeNo": 71342}`, `{"Users": [71342]}`, `{"Labels": {"employee": 71342}}`, `{"Salary": 71342}`,
		`{"Tags": {"Status": "Lisi"}}`, `{"Approvals": {"lisi": true, "wangwu": {"Status": "Approved"}}}`, `{"Job": {"quota": {"lisi": 8}}}`,
		`{"Birthday": "1990-01-01T00:00:00Z"}`, `{"lat": 30.27}`, `{"State": "LTAIabcdefghijklmnopqrst"}`, `{"State": "xKqZbVtRpLmNaQwErTyU"}`,
	} {
		e, err := event.Parse([]byte(one("acs.pai", "t", data)))
		require.NoError(t, err)
		text, err := learn.NewScrubber().Sample(e)
		require.NoError(t, err)
		for _, p := range []string{"71342", "lisi", "wangwu", "1990", "30.27", "ltai", "xkqz"} {
			assert.NotContains(t, strings.ToLower(string(text)), p, data)
		}
	}
}

func TestASampleMatchesWhateverItsTextsSay(t *testing.T) {
	for _, data := range []string{
		`{"JobId":"a","Status":"Failed","ReasonMessage":"the job Failed: Status Failed"}`,
		`{"context":{"JobId":"a","DisplayName":"b","Status":"Failed","Cluster":"c"}}`,
		`{"payload":{"job_id":"a","status":"Failed","state":"Failed"}}`,
	} {
		e, err := event.Parse([]byte(one("acs.paidlc", "paidlc:Job:StatusChange", data)))
		require.NoError(t, err)
		text, err := learn.NewScrubber().Sample(e)
		require.NoError(t, err)
		sample, err := event.Parse(text)
		require.NoError(t, err)
		for _, path := range []string{"Status", "context.Status", "payload.status"} {
			assert.Equal(t, e.Lookup(path), sample.Lookup(path), data)
		}
	}
}

func TestEventsOfAnyFormMakeSamples(t *testing.T) {
	for _, data := range []string{`"zhangwei called 13800138000"`, `["zhangwei", {"zhangwei": 1}]`, `13800138000`, `true`, `{}`, `[]`, `{"a":{"a":{"a":["zhangwei"]}}}`} {
		e, err := event.Parse([]byte(one("acs.pai", "t", data)))
		require.NoError(t, err)
		text, err := learn.NewScrubber().Sample(e)
		require.NoError(t, err)
		require.True(t, json.Valid(text))
		assert.NotContains(t, string(text), "zhangwei")
		assert.NotContains(t, string(text), "13800138000")
	}
}

func TestSamplesHaveNamesThatLeadNowhereElse(t *testing.T) {
	for want, k := range map[string]learn.Kind{
		"acs-pai-dlc-job-failed.json":       {Source: "acs.pai", Type: "DLC:JobFailed"},
		"etc-passwd.json":                   {Source: "../../etc", Type: "/passwd\x00"},
		"event.json":                        {Source: "任务", Type: "\x1b"},
		strings.Repeat("a", 100) + ".json":  {Source: strings.Repeat("a", 300), Type: "b"},
		"acs-oss-object-created-post1.json": {Source: "acs.oss", Type: "oss:ObjectCreated:Post1"},
	} {
		assert.Equal(t, want, learn.FileName(k))
	}
}
