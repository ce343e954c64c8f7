package message

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
)

func TestValuesOfPAIAreTranslated(t *testing.T) {
	for _, c := range []struct{ key, value, en, zh, ja string }{
		{"status", "Failed", "Failed", "失败", "失敗"},
		{"status", "FAILED", "FAILED", "失败", "失敗"},
		{"status", "Queuing", "Queuing", "排队中", "キュー待ち"},
		{"status", "Hibernated", "Hibernated", "Hibernated", "Hibernated"},
		{"status", "Pending", "Pending", "待定", "保留中"},
		{"status", "Deleted", "Deleted", "已删除", "削除済み"},
		{"sub_status", "Restarting", "Restarting", "重启中", "再起動中"},
		{"payment", "PayAsYouGo", "PayAsYouGo", "按量付费", "従量課金"},
		{"payment", "Subscription", "Subscription", "包年包月", "サブスクリプション"},
		{"origin", "DESIGNER", "Designer", "Designer", "Designer"},
		{"origin", "SDK", "SDK", "SDK", "SDK"},
		{"job_type", "PyTorchJob", "PyTorchJob", "PyTorchJob", "PyTorchJob"},
		{"accelerator", "GPU", "GPU", "GPU", "GPU"},
		{"resource_type", "Lingjun", "Lingjun", "灵骏", "Lingjun"},
		{"name", "Failed", "Failed", "Failed", "Failed"},
	} {
		assert.Equal(t, []string{c.en, c.zh, c.ja}, []string{translated(c.key, c.value, English), translated(c.key, c.value, Chinese), translated(c.key, c.value, Japanese)})
	}
}

func TestEveryTranslatedValueBelongsToAFieldAndStandsOnce(t *testing.T) {
	for _, list := range enums {
		assert.NotEqual(t, list.key, labelFor(list.key).text.EN, "%s has a label", list.key)
		seen := map[string]bool{}
		for _, v := range list.values {
			assert.False(t, seen[v.value], v.value)
			seen[v.value] = true
			assert.True(t, v.text.ZH != "" || v.text.EN != "", v.value)
		}
	}
}

func TestAFieldShowsTheTranslatedValue(t *testing.T) {
	assert.Equal(t, Field{Key: "status", Label: "状态", Value: "失败"}, field("status", "Failed", Chinese))
	assert.Equal(t, event.Critical, severityIn("Failed"), "and the event's own decides")
}
