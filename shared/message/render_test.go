package message_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sample(t *testing.T, typ string) (event.Event, event.Source, event.Type) {
	t.Helper()
	text, err := events.Files.ReadFile(strings.ReplaceAll(typ, ".", "-") + ".json")
	require.NoError(t, err)
	e, err := event.Parse(text)
	require.NoError(t, err)
	known, ok := event.Builtin().Type(typ)
	require.True(t, ok)
	source, ok := event.Builtin().Source(known.Source())
	require.True(t, ok)
	return e, source, known
}

func parse(t *testing.T, text string) event.Event {
	t.Helper()
	e, err := event.Parse([]byte(text))
	require.NoError(t, err)
	return e
}

func value(m message.Message, key string) string {
	for _, f := range m.Fields {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

func page(m message.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "[%s] %s\n", m.Severity, m.Title)
	for _, f := range m.Fields {
		b.WriteString(f.Label + message.Colon(m.Language) + f.Value + "\n")
	}
	if m.Next != "" {
		fmt.Fprintf(&b, "> %s\n", m.Next)
	}
	if m.Link != "" {
		b.WriteString(m.LinkText + message.Colon(m.Language) + m.Link + "\n")
	}
	return b.String()
}

func TestSamplesReadAsInTheGoldenFiles(t *testing.T) {
	for _, typ := range []string{"dlc.job-failed", "dlc.job-queued", "dlc.job-timeout", "flow.task-failed", "model.version-approved", "dsw.image-save-failed"} {
		for _, l := range message.Languages() {
			name := strings.ReplaceAll(typ, ".", "-") + "." + string(l) + ".txt"
			t.Run(name, func(t *testing.T) {
				e, s, known := sample(t, typ)
				got := page(message.Render(e, s, known, l, event.Rule{Name: "night-watch"}))
				golden := filepath.Join("testdata", name)
				if *update {
					require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
				}
				want, err := os.ReadFile(golden)
				require.NoError(t, err)
				assert.Equal(t, string(want), got)
			})
		}
	}
}

// byState are the severities of samples whose state is better than their types'.
var byState = map[string]event.Severity{
	"dlc.job-stopped":       event.Info,    // by its creator
	"dsw.image-save-failed": event.Warning, // of an instance that runs
}

func TestEverySampleIsAWholeMessageInEveryLanguage(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		for _, l := range message.Languages() {
			t.Run(typ.Name+" "+string(l), func(t *testing.T) {
				e, s, known := sample(t, typ.Name)
				m := message.Render(e, s, known, l, event.Rule{Name: "night-watch"})
				assert.Equal(t, l, m.Language)
				assert.Equal(t, cmp.Or(byState[typ.Name], typ.Severity), m.Severity)
				assert.Equal(t, typ.Name, m.Type)
				assert.Equal(t, "night-watch", m.Rule)
				assert.Equal(t, e.Lookup(s.ID), m.Subject)
				assert.Equal(t, e.Lookup(s.ID), value(m, "id"))
				assert.NotEmpty(t, m.Value("status"))
				assert.Contains(t, m.Title, e.Lookup(s.Title))
				assert.True(t, m.Time.Equal(e.Time()))
				assert.True(t, strings.HasPrefix(m.Link, "https://pai.console.aliyun.com/?regionId=cn-wulanchabu&workspaceId=86995#/"), m.Link)
				assert.NotContains(t, m.Link, "{")
				assert.NotEmpty(t, m.LinkText)
				assert.Empty(t, value(m, "event_id"), "an event that is known needs no facts of its envelope")
				keys := map[string]bool{}
				for _, f := range m.Fields {
					assert.False(t, keys[f.Key], "%s twice", f.Key)
					keys[f.Key] = true
					assert.NotEmpty(t, f.Label)
					assert.NotEmpty(t, f.Value)
				}
			})
		}
	}
}

func TestAModelIsNamedWithItsVersion(t *testing.T) {
	e, s, known := sample(t, "model.version-approved")
	m := message.Render(e, s, known, message.English, event.Rule{})
	assert.Equal(t, "Model version approved: 信贷风控-xgboost 1.4.0", m.Title)
}

func TestReasonCodesStayAsTheyAre(t *testing.T) {
	e, s, known := sample(t, "dlc.job-stopped")
	for _, l := range message.Languages() {
		assert.Equal(t, "JobStoppedByUser", message.Render(e, s, known, l, event.Rule{}).Value("reason_code"))
	}
}

func TestAnEventNobodyKnowsIsStillAMessage(t *testing.T) {
	e := parse(t, `{"id":"e-1","source":"acs.other","type":"other:Thing:Done","subject":"thing/7","time":"2026-11-20T03:12:45+08:00","data":{"Anything":"x"}}`)
	for l, title := range map[message.Language]string{
		message.English:  "acs.other event Done: thing/7",
		message.Chinese:  "acs.other 事件 Done：thing/7",
		message.Japanese: "acs.other のイベント Done: thing/7",
	} {
		m := message.Render(e, event.Source{}, event.Type{}, l, event.Rule{Name: "all"})
		assert.Equal(t, title, m.Title)
		assert.Equal(t, event.Info, m.Severity)
		assert.Equal(t, "other:Thing:Done", m.Type)
		assert.Equal(t, "thing/7", m.Subject)
		assert.Equal(t, "acs.other", value(m, "source"))
		assert.Equal(t, "other:Thing:Done", value(m, "type"))
		assert.Equal(t, "thing/7", m.Value("subject"))
		assert.Equal(t, "e-1", value(m, "event_id"))
		assert.Equal(t, "2026-11-20 03:12:45 +08:00", value(m, "time"))
		assert.Empty(t, m.Link)
		assert.Empty(t, m.LinkText)
		assert.Empty(t, m.Next)
	}
}

func TestANewEventTypeOfAKnownSourceShowsItsFields(t *testing.T) {
	s, _ := event.Builtin().Source("dlc")
	e := parse(t, `{"id":"e-1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobHibernated","data":{"jobId":"dlc1","displayName":"bert","status":"Hibernated"}}`)
	m := message.Render(e, s, event.Type{}, message.English, event.Rule{})
	assert.Equal(t, "DLC job status Hibernated: bert", m.Title)
	assert.Equal(t, "dlc1", value(m, "id"))
	assert.Equal(t, "Hibernated", m.Value("status"))
	assert.Equal(t, "paidlc:JobStateChange:JobHibernated", value(m, "type"))
}

func TestAnEventTypeOfTheWorkspaceDocumentIsCalledByItsName(t *testing.T) {
	e := parse(t, `{"id":"e-1","source":"acs.paieas","type":"t","data":{"ServiceName":"chat","GpuUtil":0.5}}`)
	s := event.Source{Name: "eas", ID: "ServiceName", Fields: []event.Field{{Label: "GpuUtil", Path: "GpuUtil"}}}
	m := message.Render(e, s, event.Type{Name: "eas.service-down", Severity: event.Critical}, message.Chinese, event.Rule{})
	assert.Equal(t, "eas service-down：chat", m.Title)
	assert.Equal(t, event.Critical, m.Severity)
	assert.Equal(t, "eas.service-down", m.Type)
	assert.Equal(t, []message.Field{{Key: "GpuUtil", Label: "GpuUtil", Value: "0.5"}}, m.Fields)
}

func TestDataOfAnotherShapeFallsBackToTheEnvelope(t *testing.T) {
	_, s, known := sample(t, "dlc.job-failed")
	for outcome, data := range map[string]string{
		"no data":           ``,
		"null":              `,"data":null`,
		"a text":            `,"data":"boom"`,
		"a list":            `,"data":[1]`,
		"other names":       `,"data":{"who":{"number":"dlc1"}}`,
		"an invisible name": `,"data":{"DisplayName":"\u200b","JobId":"\u0000"}`,
	} {
		t.Run(outcome, func(t *testing.T) {
			e := parse(t, `{"id":"e-1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","subject":"job/dlc1"`+data+`}`)
			m := message.Render(e, s, known, message.English, event.Rule{})
			assert.Equal(t, "DLC job failed: job/dlc1", m.Title)
			assert.Equal(t, "job/dlc1", m.Subject)
			assert.Equal(t, "e-1", value(m, "event_id"))
			assert.Empty(t, value(m, "time"))
			assert.True(t, m.Time.IsZero())
			assert.NotEmpty(t, m.Next)
			assert.Empty(t, m.Link)
		})
	}
}

func TestDataWithoutMembersIsShownAsItIs(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"a text":     {`"job \"died\"\n[x](http://evil)"`, `job "died" [x](http://evil)`},
		"a list":     {`[1, {"a": "b"}]`, `[1,{"a":"b"}]`},
		"a number":   {`1.50`, `1.50`},
		"an object":  {`{"JobId":"dlc1"}`, ``},
		"empty text": {`""`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			e := parse(t, `{"id":"e1","source":"acs.paidlc","type":"paidlc:JobStateChange:JobFailed","data":`+c.data+`}`)
			s, _ := event.Builtin().Source("dlc")
			assert.Equal(t, c.want, value(message.Render(e, s, event.Type{}, message.English, event.Rule{Name: "r"}), "data"))
		})
	}
}

func TestTheZeroEventDoesNotFail(t *testing.T) {
	m := message.Render(event.Event{}, event.Source{}, event.Type{}, "", event.Rule{})
	assert.NotEmpty(t, m.Title)
}

func TestHostileNamesCannotForgeAMessage(t *testing.T) {
	_, s, known := sample(t, "dlc.job-failed")
	e := parse(t, `{"id":"e-1","source":"acs.paidlc","type":"t","aliyunregionid":"cn-x","data":{"JobId":"dlc1\nStatus: Succeeded","DisplayName":"a\u202eb\r\n# c\u0000\u001b[2J","Status":"Fail\u200bed","WorkspaceId":"1&x=y#/evil","ReasonMessage":"`+strings.Repeat("长", 5000)+`"}}`)
	m := message.Render(e, s, known, message.English, event.Rule{})

	assert.Equal(t, "DLC job failed: ab # c[2J", m.Title)
	assert.Equal(t, "dlc1 Status: Succeeded", value(m, "id"))
	assert.Equal(t, "Failed", m.Value("status"))
	assert.Equal(t, "https://pai.console.aliyun.com/?regionId=cn-x&workspaceId=1%26x%3Dy%23%2Fevil#/job/detail?jobId=dlc1%20Status%3A%20Succeeded", m.Link)
	for _, f := range m.Fields {
		assert.LessOrEqual(t, len(f.Value), 1000, f.Key)
		assert.True(t, utf8.ValidString(f.Value))
		assert.Equal(t, -1, strings.IndexFunc(f.Value, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }), f.Key)
	}
	assert.True(t, strings.HasSuffix(value(m, "reason"), "…"))
}

func TestALinkNeedsEveryPartOfItsAddress(t *testing.T) {
	s := event.Source{ID: "Id", Workspace: "Ws", Console: "https://c.example/?r={region}&w={workspace}#/{id}"}
	for outcome, c := range map[string]struct{ text, want string }{
		"all there":       {`"aliyunregionid":"cn-x","data":{"Id":"i","Ws":"w"}`, "https://c.example/?r=cn-x&w=w#/i"},
		"no region":       {`"data":{"Id":"i","Ws":"w"}`, ""},
		"no workspace":    {`"aliyunregionid":"cn-x","data":{"Id":"i"}`, ""},
		"no id":           {`"aliyunregionid":"cn-x","data":{"Ws":"w"}`, ""},
		"an absurd id":    {`"aliyunregionid":"cn-x","data":{"Ws":"w","Id":"` + strings.Repeat("i", 300) + `"}`, ""},
		"a part in parts": {`"aliyunregionid":"{id}","data":{"Id":"i","Ws":"w"}`, "https://c.example/?r=%7Bid%7D&w=w#/i"},
	} {
		t.Run(outcome, func(t *testing.T) {
			e := parse(t, `{"id":"1","source":"s","type":"t",`+c.text+`}`)
			m := message.Render(e, s, event.Type{}, message.English, event.Rule{})
			assert.Equal(t, c.want, m.Link)
			assert.Equal(t, c.want == "", m.LinkText == "")
		})
	}
}

func TestTimesKeepTheOffsetOfTheEvent(t *testing.T) {
	e, s, known := sample(t, "flow.task-failed")
	m := message.Render(e, s, known, message.English, event.Rule{})
	assert.Equal(t, "2026-11-18 02:00:03 +08:00", m.Value("started"))
	assert.Equal(t, "2026-11-18 02:17:08 +08:00", value(m, "time"))
	assert.True(t, m.Time.Equal(time.Date(2026, 11, 17, 18, 17, 8, 0, time.UTC)))
}

func FuzzRender(f *testing.F) {
	f.Add(`{"JobId":"dlc1","DisplayName":"bert","Duration":5}`, "cn-x", "en", "Pods.*.PodId")
	f.Add("{\"JobId\":\"\\u202e\\n\",\"WorkspaceId\":{}}", "{id}", "ja", "a..b")
	f.Add(`{"JobId":"j","Pods":[{"PodId":"j-w-1","Status":"Failed"},1],"JobSpecs":[{"PodCount":2,"ResourceConfig":{"GPU":"8"}}],"Metrics":{"auc":0.1234567},"ReasonMessage":["j-w-1"],"RestartTimes":"1/1"}`, "x", "zh", "JobSpecs")
	f.Add(`[{"a":{"b":{"c":[1,[2,[3]]]}}}]`, "x", "zh", "*")
	f.Add(`{"Status":"FAILED","RestartTimes":"3/3","Job":{"State":["x"]}}`, "", "zh", "Job.State")
	f.Add(`{"Status":[{"Phase":"Failed"},7]}`, "", "zh", "status")
	s, _ := event.Builtin().Source("dlc")
	known, _ := event.Builtin().Type("dlc.job-failed")
	f.Fuzz(func(t *testing.T, data, region, language, path string) {
		text := fmt.Sprintf(`{"id":"1","source":"s","type":"t","aliyunregionid":%q,"data":%s}`, region, data)
		e, err := event.Parse([]byte(text))
		if err != nil {
			t.Skip()
		}
		own := []event.Fact{{Path: path, Label: event.Label{JA: region}}, {Key: "gpus"}, {Key: path}, {Key: "metrics"}}
		for _, l := range append(message.Languages(), message.Language(language)) {
			for _, c := range []struct {
				source event.Source
				typ    event.Type
				rule   event.Rule
			}{{s, known, event.Rule{}}, {s, event.Type{}, event.Rule{Title: own, Fields: own}}, {event.Source{}, event.Type{}, event.Rule{}}} {
				m := message.Render(e, c.source, c.typ, l, c.rule)
				severity, _ := message.SeverityOf(e, c.source, c.typ)
				assert.Equal(t, m.Severity, severity, "events are ranked as their messages are")
				assert.True(t, strings.HasPrefix(m.Title, m.What))
				for _, line := range append([]message.Field{{Value: m.Title}, {Value: m.Brief}, {Value: m.Subject}, {Value: m.Link}, {Value: m.Next}, {Value: m.Value(path)}}, m.Fields...) {
					assert.True(t, utf8.ValidString(line.Value))
					assert.True(t, utf8.ValidString(line.Label))
					assert.LessOrEqual(t, len(line.Value), 1300)
					assert.False(t, strings.ContainsFunc(line.Value+line.Label, unicode.IsControl), "%q", line.Value)
				}
			}
		}
	})
}
