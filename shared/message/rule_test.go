package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

func TestARuleChoosesWhatIsShown(t *testing.T) {
	e, s, known := sample(t, "dlc.job-failed")
	rule := event.Rule{Fields: []event.Fact{
		{Key: "status"},
		{Key: "user", Label: event.Label{EN: "Who", ZH: "谁"}},
		{Path: "JobSpecs.*.Image", Label: event.Label{EN: "Image", ZH: "Image", JA: "Image"}},
		{Key: "gpus"},
		{Path: "Pods.*.PodId"},
		{Path: "Nothing.at.all"},
		{Key: "priority", Label: event.Label{JA: "優先"}},
		{Key: "nothing"},
		{Path: "JobSpecs.0.ResourceConfig", Label: event.Label{EN: "Each\npod"}},
		{Key: "duration"},
	}}
	for l, want := range map[message.Language][]string{
		message.English:  {"Status: Failed", "Who: 张伟", "Image: dsw-registry-vpc.cn-wulanchabu.cr.aliyuncs.com/pai/pytorch:2.6.0-gpu-cu126-ubuntu22.04", "GPUs: 512 (64 × 8)", "Pods.*.PodId: dlc1x9qk7e2w5mzt-worker-12, dlc1x9qk7e2w5mzt-worker-0", "優先: 9", "Each pod: CPU 176, GPU 8, Memory 1800Gi", "Ran for: 3 d 17 h", "Time: 2026-11-20 03:12:45 +08:00"},
		message.Chinese:  {"状态: ", "谁: 张伟", "Image: ", "GPU: 512 卡（64 × 8）", "Pods.*.PodId: ", "優先: 9", "Each pod: CPU 176，GPU 8，Memory 1800Gi", "运行时长: 3 天 17 小时", "时间: "},
		message.Japanese: {"ステータス: ", "Who: 张伟", "Image: ", "GPU: 512 基（64 × 8）", "Pods.*.PodId: ", "優先: 9", "Each pod: CPU 176、GPU 8、Memory 1800Gi", "実行時間: 3 日 17 時間", "時刻: "},
	} {
		m := message.Render(e, s, known, l, rule)
		var lines []string
		for _, f := range m.Fields {
			lines = append(lines, f.Label+": "+f.Value)
		}
		if assert.Len(t, lines, len(want)) {
			for i := range want {
				assert.Contains(t, lines[i], want[i])
			}
		}
		assert.NotEmpty(t, m.Link, "the link stays")
		assert.NotContains(t, m.Brief, "NCCL", "what a rule leaves out is shown nowhere")
		assert.Contains(t, m.Brief, "512")
	}
	rule.Fields = []event.Fact{{Key: "time"}, {Key: "reason"}}
	m := message.Render(e, s, known, message.English, rule)
	assert.Equal(t, "time reason", keys(m), "the time stands where the rule has it")
	assert.True(t, strings.HasPrefix(m.Brief, "Worker …-12 exited"), "the reason is first there")
	rule.Fields = []event.Fact{{Key: "nothing"}}
	assert.Equal(t, "time", keys(message.Render(e, s, known, message.English, rule)))
}

func TestARuleChoosesTheTitle(t *testing.T) {
	e := parse(t, `{"id":"e","source":"acs.paidlc","type":"t","data":{"JobId":"dlc1","DisplayName":"bert","Envs":{"TEAM":"nlp\n# x","N":7},"Long":"`+strings.Repeat("长", 400)+`"}}`)
	s, _ := event.Builtin().Source("dlc")
	known, _ := event.Builtin().Type("dlc.job-failed")
	for outcome, c := range map[string]struct {
		title []event.Fact
		want  string
	}{
		"ours":                       {nil, "bert"},
		"a key and a path":           {[]event.Fact{{Key: "name"}, {Path: "Envs.TEAM"}}, "bert · nlp # x"},
		"a path in another case":     {[]event.Fact{{Path: "envs.n"}, {Key: "id"}}, "7 · dlc1"},
		"what the event has":         {[]event.Fact{{Path: "Envs.None"}, {Key: "name"}}, "bert"},
		"ours when it has none":      {[]event.Fact{{Path: "Envs.None"}, {Key: "quota"}}, "bert"},
		"an object":                  {[]event.Fact{{Path: "Envs"}}, "TEAM nlp # x, N 7"},
		"what it is, with its label": {[]event.Fact{{Key: "status", Label: event.Label{EN: "Status"}}, {Key: "name"}}, "bert"},
	} {
		t.Run(outcome, func(t *testing.T) {
			m := message.Render(e, s, known, message.English, event.Rule{Title: c.title})
			assert.Equal(t, c.want, m.Name)
			assert.Equal(t, "DLC job failed: "+c.want, m.Title)
		})
	}
	m := message.Render(e, s, known, message.English, event.Rule{Title: []event.Fact{{Path: "Long"}}})
	assert.LessOrEqual(t, len(m.Name), 256)
	assert.True(t, strings.HasSuffix(m.Name, "…"))
	assert.Equal(t, "bert", value(m, "name"), "the name is shown where the title has it not")
}

func TestManyValuesOfAPathAreCounted(t *testing.T) {
	var list []string
	for i := range 64 {
		list = append(list, fmt.Sprintf(`{"PodId":"w-%d","Ran":90}`, i))
	}
	e := parse(t, `{"id":"e","source":"s","type":"t","data":{"Pods":[`+strings.Join(list, ",")+`]}}`)
	rule := event.Rule{Fields: []event.Fact{{Path: "Pods.*.PodId"}, {Path: "Pods"}}}
	m := message.Render(e, event.Source{}, event.Type{}, message.English, rule)
	assert.Equal(t, "w-0, w-1, w-2, w-3, w-4, w-5, w-6, w-7, w-8, w-9 and 54 more", value(m, "Pods.*.PodId"))
	assert.True(t, strings.HasPrefix(value(m, "Pods"), "PodId w-0 Ran 90, PodId w-1 Ran 90, "), value(m, "Pods"))
	assert.True(t, strings.HasSuffix(value(m, "Pods"), " and 54 more"))

	s := event.Source{Name: "own", Fields: []event.Field{{Label: "duration", Path: "Pods.*.Ran"}}}
	m = message.Render(e, s, event.Type{Name: "own.x"}, message.Chinese, event.Rule{})
	assert.True(t, strings.HasPrefix(value(m, "duration"), "1 分钟 30 秒，1 分钟 30 秒"))
	assert.True(t, strings.HasSuffix(value(m, "duration"), " 等 64 个"))
}

func TestTheFactsOfTwoRulesStandBeforeTheTime(t *testing.T) {
	e, s, known := sample(t, "dlc.job-failed")
	says := func(keys ...string) message.Message {
		var fields []event.Fact
		for _, key := range keys {
			fields = append(fields, event.Fact{Key: key})
		}
		return message.Render(e, s, known, message.English, event.Rule{Fields: fields})
	}
	first := says("gpus")
	assert.Equal(t, "gpus quota id time", keys(first.With(says("quota", "gpus", "id"))))
	assert.Equal(t, "gpus time", keys(first), "the message itself is left as it is")
	assert.Equal(t, "time gpus quota", keys(says("time", "gpus").With(says("quota"))), "where a rule has the time elsewhere")
}
