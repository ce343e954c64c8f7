package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

func TestABriefBeginsWithTheReason(t *testing.T) {
	reason := "Worker …-12 exited with code 1: torch.distributed.DistBackendError: NCCL communicator was aborted on rank 96."
	for l, want := range map[message.Language]string{
		message.English:  reason + " · 3 d 17 h · 10/10",
		message.Chinese:  reason + " · 已运行 3 天 17 小时 · 重启 10/10",
		message.Japanese: reason + " · 実行時間 3 日 17 時間 · 再起動 10/10",
	} {
		e, s, known := sample(t, "dlc.job-failed")
		assert.Equal(t, want, message.Render(e, s, known, l, event.Rule{}).Brief)
	}
	e, s, known := sample(t, "dsw.image-save-failed")
	assert.Equal(t, "push to registry failed: denied: requested access to the resource is denied", message.Render(e, s, known, message.English, event.Rule{}).Brief)
}

func TestABriefWithoutAReasonIsWhatElseDecides(t *testing.T) {
	for typ, want := range map[string][3]string{
		"dlc.job-queued":         {"GPUs: 512 (64 × 8) · by 张伟 · lingjun-pretrain", "512 卡（64 × 8） · 创建者 张伟 · lingjun-pretrain", "GPU 512 基（64 × 8） · 作成者 张伟 · lingjun-pretrain"},
		"dlc.job-succeeded":      {"Ran for 2 h 15 min · by 王芳 · lingjun-pretrain", "已运行 2 小时 15 分钟 · 创建者 王芳 · lingjun-pretrain", "実行時間 2 時間 15 分 · 作成者 王芳 · lingjun-pretrain"},
		"model.version-approved": {"auc 0.871, ks 0.49 · 加入近 90 天还款行为特征", "auc 0.871，ks 0.49 · 加入近 90 天还款行为特征", "auc 0.871、ks 0.49 · 加入近 90 天还款行为特征"},
		"dsw.image-saved":        {"rlhf-env-v1 · ecs.gn7i-c8g1.2xlarge · by 张伟", "rlhf-env-v1 · ecs.gn7i-c8g1.2xlarge · 创建者 张伟", "rlhf-env-v1 · ecs.gn7i-c8g1.2xlarge · 作成者 张伟"},
	} {
		for i, l := range message.Languages() {
			e, s, known := sample(t, typ)
			assert.Equal(t, want[i], message.Render(e, s, known, l, event.Rule{}).Brief, "%s %s", typ, l)
		}
	}
}

func TestNoMessageWithFactsHasAnEmptyBrief(t *testing.T) {
	for data, want := range map[string]string{
		`{}`:                            "Event type: t:u:v · Event source: s",
		`"boom"`:                        "Data: boom · Event type: t:u:v",
		`{"WorkspaceId":"86995"}`:       "Workspace: 86995 · Event type: t:u:v",
		`{"JobId":"j"}`:                 "ID: j · Event type: t:u:v",
		`{"JobId":"j","UserName":"bo"}`: "by bo · ID: j",
	} {
		e := parse(t, `{"id":"e","source":"s","type":"t:u:v","data":`+data+`}`)
		assert.Equal(t, want, message.Render(e, event.Source{}, event.Type{}, message.English, event.Rule{}).Brief, data)
	}
}

func TestABriefKeepsWhatFollowsALongReason(t *testing.T) {
	e, s, known := of(t, "dlc.job-failed", `"ReasonMessage":"`+strings.Repeat("长", 400)+`","Duration":90,"RestartTimes":"3/3"`)
	brief := message.Render(e, s, known, message.Chinese, event.Rule{}).Brief
	assert.True(t, strings.HasSuffix(brief, "… · 已运行 1 分钟 30 秒 · 重启 3/3"), brief)
	assert.Less(t, len(brief), 320)
}

func TestAReasonDoesNotRepeatTheIDOfItsJob(t *testing.T) {
	for reason, want := range map[string]string{
		"Worker dlc1-worker-12 exited":            "Worker …-12 exited",
		"worker dlc1-worker-12, worker dlc1-ps-0": "worker …-12, worker …-ps-0",
		"pod dlc1-worker-12 of job dlc1 is gone":  "pod …-worker-12 of job dlc1 is gone",
		"dlc1-":                                   "…-",
		"dlc12-worker-0":                          "dlc12-worker-0",
		"nothing of it":                           "nothing of it",
	} {
		e, s, known := of(t, "dlc.job-failed", `"ReasonMessage":"`+reason+`"`)
		m := message.Render(e, s, known, message.English, event.Rule{})
		assert.Equal(t, want, m.Brief)
		assert.Equal(t, reason, value(m, "reason"), "whole in its row")
	}
}
