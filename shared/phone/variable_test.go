package phone_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// variable fills one variable with a value.
func variable(t *testing.T, value string, form phone.Form) string {
	t.Helper()
	return filled(t, message.Message{Fields: []message.Field{{Key: "reason", Value: value}}}, "reason", form)
}

func filled(t *testing.T, m message.Message, from string, form phone.Form) string {
	t.Helper()
	var variables map[string]string
	require.NoError(t, json.Unmarshal([]byte(phone.Params(m, map[string]string{"v": from}, form)), &variables))
	return variables["v"]
}

func TestVariables(t *testing.T) {
	for value, want := range map[string]string{
		"qwen3-moe-pretrain-512gpu":  "qwen3-moe-pretrain-512gpu",
		"dlc1x9qk7e2w5mzt":           "dlc1x9qk7e2w5mzt",
		"客户流失预测-日更":                  "客户流失预测-日更",
		"churn_daily_20261117":       "churn_daily_20261117",
		"run 20261117":               "run 20261117",
		"2026-11-20 03:12:45 +08:00": "11-20 03:12",
		"":                           "none",
		"★☆【】":                       "none",
		"https://evil.example/x":     "https evil-example x",
		"10.0.0.1":                   "10-0-0-1",
		"fe80::1":                    "fe80 1",
		"v1.2":                       "v1-2",
		"call 13800138000 now":       "call 13xxxxxxx00 now",
		"138-0013-8000":              "13x-xxxx-xx00",
		"QQ 1234567":                 "QQ 12xxx67",
		"a@b.example":                "a b-example",
		"a\tb\nc":                    "a b c",
		"👍 ok":                       "ok",
		strings.Repeat("失", 36):      strings.Repeat("失", 35),
	} {
		assert.Equal(t, want, variable(t, value, phone.Written), value)
	}
	t.Run("are shorter and masked more when strict", func(t *testing.T) {
		assert.Equal(t, strings.Repeat("失", 20), variable(t, strings.Repeat("失", 36), phone.Strict))
		assert.Equal(t, "12x45", variable(t, "12345", phone.Strict))
	})
	t.Run("say in the reader's language that there is nothing", func(t *testing.T) {
		m := message.Message{Language: message.Chinese}
		assert.JSONEq(t, `{"a":"无"}`, phone.Params(m, map[string]string{"a": "reason"}, phone.Written))
	})
	t.Run("tell the event without its name, the rule, the time and the subject as id", func(t *testing.T) {
		m := message.Message{
			Title: "DLC job failed: a: b", What: "DLC job failed", Name: "a: b", Rule: "prod", Subject: "dlc1",
			Time: time.Date(2026, 11, 20, 3, 12, 0, 0, time.UTC),
		}
		assert.JSONEq(t, `{"a":"DLC job failed","b":"prod","c":"11-20 03:12","d":"dlc1"}`,
			phone.Params(m, map[string]string{"a": "event", "b": "rule", "c": "time", "d": "id"}, phone.Written))
	})
}

func TestAJobsOwnBracketsAreItsName(t *testing.T) {
	assert.Equal(t, "训练 二期", filled(t, message.Message{Name: "训练（二期）"}, "name", phone.Written))
}

func TestACallSaysWhatHappenedToTheEnd(t *testing.T) {
	for _, status := range []string{"Stopped", "Succeeded", "PodOOMKilled", "FailedReserving", "JobStoppedByUser"} {
		m := message.Message{Language: message.Chinese, What: "DLC 任务状态变为 " + status, Name: strings.Repeat("客户流失预测", 9)}
		event, name := filled(t, m, "event", phone.Spoken), filled(t, m, "name", phone.Spoken)
		assert.Equal(t, m.What, event)
		assert.NotEmpty(t, name)
		assert.LessOrEqual(t, phone.Lasts(event+"，"+name, m.Language), 8500*time.Millisecond, "what a template leaves of a reading")
	}
}

func TestNumbers(t *testing.T) {
	for number, ok := range map[string]bool{
		"+8613800138000": true, "+6591234567": true, "": false, "13800138000": false, "+0123456789": false,
		"+86 138 0013 8000": false, "+1234567890123456": false, "+12345": false, "+": false, "+86x3800138000": false,
	} {
		err := phone.CheckContact(target.Contact{Name: "Alice", Phone: number})
		assert.Equal(t, ok, err == nil, "%s: %v", number, err)
		if err != nil {
			assert.ErrorContains(t, err, "Alice")
		}
	}
	assert.True(t, phone.Mobile("13800138000"))
	assert.False(t, phone.Mobile("57126883300"))
	assert.False(t, phone.Mobile("10086"))
}
