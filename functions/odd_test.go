package functions_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/pai-notify/pai-notify/shared/target/targettest"
	"github.com/pai-notify/pai-notify/shared/webhook"
)

// odd is the data of events that nobody expects.
func odd(t *testing.T) map[string]string {
	data := map[string]string{
		"nothing":         `{}`,
		"null":            `null`,
		"a list":          `[{"JobId":"dlc1"}]`,
		"a text":          `"Job failed badly <at id=all></at> @all"`,
		"a huge number":   `1e400`,
		"other kinds":     `{"JobId":["a"],"DisplayName":{"a":1},"Status":{"phase":["Failed"]},"ReasonMessage":[1,[2,[3]]],"Duration":true,"RestartTimes":[10],"JobSpecs":7,"Pods":"x","Metrics":[null]}`,
		"numbers":         `{"JobId":1e999,"DisplayName":-0,"Status":500,"ReasonMessage":3.5,"Duration":-1,"RestartTimes":3}`,
		"truths":          `{"JobId":true,"DisplayName":false,"Status":true,"ReasonMessage":false,"Duration":true}`,
		"6000 failed":     `{"JobId":"dlc1","DisplayName":"bert","Status":"Failed","Pods":[` + strings.Repeat(`{"PodId":"dlc1-worker-7","Status":"Failed"},`, 5000) + `{}]}`,
		"10 000 members":  `{` + strings.Repeat(`"a":1,`, 10_000) + `"JobId":"x"}`,
		"a deep nest":     `{"DisplayName":` + strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000) + `,"ReasonMessage":` + strings.Repeat(`{"a":`, 4000) + `1` + strings.Repeat(`}`, 4000) + `}`,
		"all in a member": `{"job":{"JobId":"dlc1","DisplayName":"bert","Status":"Failed","ReasonMessage":"boom"}}`,
	}
	for _, name := range append(targettest.HostileNames(),
		strings.Repeat("很长的名字", 80), strings.Repeat("n", 400), strings.Repeat("مهمة ", 80), strings.Repeat("👩‍🔬", 100), "视频：生成: v2", "@all",
		strings.Repeat("\u0301", 300), "\x00", "\u3000", "…", strings.Repeat("&", 400), strings.Repeat(`\`, 400), strings.Repeat(`"<`, 200), strings.Repeat("[a](", 100), "```",
	) {
		text, err := json.Marshal(name)
		require.NoError(t, err)
		members := make([]string, 0, 20)
		for _, key := range []string{"JobId", "InstanceId", "ModelId", "DisplayName", "InstanceName", "ModelName", "Status", "SubStatus", "ReasonMessage", "Duration", "RestartTimes", "UserId", "ResourceName", "WorkspaceId"} {
			members = append(members, `"`+key+`":`+string(text))
		}
		data[name] = strings.ReplaceAll(`{`+strings.Join(members, ",")+`,"Metrics":{NAME:NAME},"Pods":[{"PodId":NAME,"Status":"Failed"}],"JobSpecs":[{"PodCount":NAME,"ResourceConfig":{"GPU":NAME}}],NAME:NAME}`, "NAME", string(text))
	}
	return data
}

// TestEveryTargetHasOddEventsTakenAtOnce has each target send what is made of odd
// events to the stand-ins, which refuse as the platforms do.
func TestEveryTargetHasOddEventsTakenAtOnce(t *testing.T) {
	t.Setenv(webhook.AllowVariable, "127.0.0.1")
	t.Setenv("AWS_ACCESS_KEY_ID", "demo")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "demo-secret")
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	in, place := served(t, inbox.Options{Anyone: true, Rate: 1e6, Keep: 1e6, Now: func() time.Time {
		now = now.Add(25 * time.Hour) // no phone has had a call today
		return now
	}})
	const keyword = `[报警]_*`
	type way struct {
		platform string
		more     inbox.Parameters
	}
	aws := inbox.Parameters{"origination_identity": "+12065550100", "sign_name": nil, "template_code": nil, "tts_code": nil}
	ways := []way{{"sms", aws}, {"voice", aws}}
	for _, spec := range types() {
		if has(t, spec.Type, "keyword") {
			in.Add(spec.Type, "alice", inbox.Keys{Keywords: []string{keyword}})
		}
		for _, style := range styles(t, spec.Type) {
			if has(t, spec.Type, "keyword") {
				style["keyword"] = keyword
			}
			if spec.Type == "sms" {
				variables := map[string]string{}
				for i, name := range strings.Fields("event name id status reason ran restarts metrics failed_workers time rule title gpus about data") {
					variables[string(rune('a'+i))] = name
				}
				style["template_params"] = variables
			}
			ways = append(ways, way{spec.Type, style})
		}
	}
	languages := message.Languages()
	at := 0
	for _, c := range ways {
		place.Receiver = addressOf(t, c.platform, "alice", "+8613800138000")
		to, err := specOf(t, c.platform).Open(asJSON(t, leadTo(t, c.platform, place, c.more)))
		require.NoError(t, err, c.platform)
		send := func(what string, m message.Message, e event.Event) {
			require.NoError(t, targettest.ErrorOf(to.Send(t.Context(), target.Notification{ID: "n", Message: m, Event: e})), "%s %.80s", c.platform, what)
			at++
		}
		for name, data := range odd(t) {
			e, err := event.Parse([]byte(`{"id":"e","source":"acs.x","type":"paidlc:Job:X","time":"2026-11-20T03:12:45+08:00","data":` + data + `}`))
			require.NoError(t, err, name)
			var all []message.Message
			for i, typ := range []string{"dlc.job-failed", "dsw.image-saved", ""} {
				known, _ := event.Builtin().Type(typ)
				source, _ := event.Builtin().Source(known.Source())
				rule := event.Rule{Name: strings.Repeat("规", 64), Description: strings.Repeat("<b>&", 120)}
				if i == at%3 {
					rule.Title, rule.Fields = []event.Fact{{Key: "reason"}, {Path: "Pods.*"}}, []event.Fact{{Path: "Pods.*"}, {Key: "data"}, {Path: "JobSpecs"}}
				}
				all = append(all, message.Render(e, source, known, languages[at%3], rule))
			}
			send(name, all[at%3], e)
			send(name+", together", message.Digest(all), e)
		}
	}
	voices := map[string]message.Language{"MATTHEW": message.English, "ZHIYU": message.Chinese, "MIZUKI": message.Japanese}
	received := in.Received()
	require.Equal(t, at, len(received), "messages at the first attempt")
	for _, r := range received {
		assert.True(t, r.Accepted, "%s: %s", r.Platform, r.Reason)
		var sent struct{ MessageBody, VoiceId string }
		if r.Platform == "sms" || r.Platform == "voice" {
			_ = json.Unmarshal([]byte(r.Body), &sent) // Alibaba's is none
		}
		switch size := len(utf16.Encode([]rune(sent.MessageBody))); r.Platform {
		case "sms":
			assert.LessOrEqual(t, size, 160, sent.MessageBody)
			assert.False(t, size > 70 && strings.ContainsFunc(sent.MessageBody, func(c rune) bool { return c > 0x2E7F }), "more than a part: %s", sent.MessageBody)
		case "voice":
			assert.LessOrEqual(t, phone.Lasts(sent.MessageBody, voices[sent.VoiceId]), 2*phone.MostSpoken, sent.MessageBody)
		}
	}
}
