package phone_test

import (
	"testing"
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/stretchr/testify/assert"
)

func TestNumbersReadAsSuchWithoutSigns(t *testing.T) {
	for text, want := range map[string]message.Text{
		"10/10":                           {EN: "10 of 10", ZH: "10分之10", JA: "10中10"},
		"3/8 ready":                       {EN: "3 of 8 ready", ZH: "8分之3 ready", JA: "8中3 ready"},
		"0.871":                           {EN: "0 point 871", ZH: "0点871", JA: "0点871"},
		"auc 0.871, ks 0.49":              {EN: "auc 0 point 871 ks 0 point 49", ZH: "auc 0点871 ks 0点49", JA: "auc 0点871 ks 0点49"},
		"-0.5":                            {EN: "minus 0 point 5", ZH: "负0点5", JA: "マイナス0点5"},
		"code: -9":                        {EN: "code minus 9", ZH: "code 负9", JA: "code マイナス9"},
		"95%":                             {EN: "95 percent", ZH: "百分之95", JA: "95パーセント"},
		"99.5%":                           {EN: "99 point 5 percent", ZH: "百分之99点5", JA: "99点5パーセント"},
		"1.4.0":                           {EN: "1 point 4 point 0", ZH: "1点4点0", JA: "1点4点0"},
		"512 (64 × 8)":                    {EN: "512 64x8", ZH: "512 64x8", JA: "512 64x8"},
		"1,024 GB":                        {EN: "1024 GB", ZH: "1024 GB", JA: "1024 GB"},
		"3 d 17 h":                        {EN: "3 d 17 h", ZH: "3 d 17 h", JA: "3 d 17 h"},
		"3 天 17 小时":                       {EN: "3 天 17 小时", ZH: "3 天 17 小时", JA: "3 天 17 小时"},
		"at 2026-11-20T03:12:45.913Z, so": {EN: "at 11-20 03:12 so", ZH: "at 11-20 03:12 so", JA: "at 11-20 03:12 so"},
		"2026-11-20 03:12 -0500 x":        {EN: "11-20 03:12 x", ZH: "11-20 03:12 x", JA: "11-20 03:12 x"},
		"2026-11-20":                      {EN: "2026-11-20", ZH: "2026-11-20", JA: "2026-11-20"},
		"2026/11/20":                      {EN: "2026-11-20", ZH: "2026-11-20", JA: "2026-11-20"},
		"2026-13-40 99:99:99":             {EN: "2026-13-40 99:99:99", ZH: "2026-13-40 99:99:99", JA: "2026-13-40 99:99:99"},
		"0.123456789":                     {EN: "0 point 1234", ZH: "0点1234", JA: "0点1234"},
		"qwen2.5-7b":                      {EN: "qwen2-5-7b", ZH: "qwen2-5-7b", JA: "qwen2-5-7b"},
		"竞价-64卡":                          {EN: "竞价-64卡", ZH: "竞价-64卡", JA: "竞价-64卡"},
		"a/1/2/3":                         {EN: "a 1 2 3", ZH: "a 1 2 3", JA: "a 1 2 3"},
		"1.evil.example":                  {EN: "1-evil-example", ZH: "1-evil-example", JA: "1-evil-example"},
		"done. Next":                      {EN: "done Next", ZH: "done Next", JA: "done Next"},
		// What could be somebody's number is masked in every form.
		"138.0013.8000":   {EN: "13x-xxxx-xx00", ZH: "13x-xxxx-xx00", JA: "13x-xxxx-xx00"},
		"13800138000/1":   {EN: "13xxxxxxxx0 1", ZH: "13xxxxxxxx0 1", JA: "13xxxxxxxx0 1"},
		"13800138000.5":   {EN: "13xxxxxxxx0-5", ZH: "13xxxxxxxx0-5", JA: "13xxxxxxxx0-5"},
		"1380013,800,000": {EN: "13xxxxx xxxx00", ZH: "13xxxxx xxxx00", JA: "13xxxxx xxxx00"},
	} {
		for _, l := range message.Languages() {
			m := message.Message{Language: l, Fields: []message.Field{{Key: "reason", Value: text}}}
			assert.Equal(t, want.In(l), filled(t, m, "reason", phone.Written), "%s: %s", l, text)
		}
	}
	t.Run("and restarts are counted", func(t *testing.T) {
		for l, want := range map[message.Language]string{message.English: "10 of 10", message.Chinese: "10次已用10次", message.Japanese: "10回中10回"} {
			m := message.Message{Language: l, Fields: []message.Field{{Key: "restarts", Value: "10/10"}}}
			assert.Equal(t, want, filled(t, m, "restarts", phone.Written))
		}
	})
	t.Run("and an id stays as it is", func(t *testing.T) {
		m := message.Message{Subject: "2026-11-20 03:12:45 +08:00 13800138000"}
		assert.Equal(t, "00 13800138000", filled(t, m, "id", phone.Written), "after the last colon")
	})
}

func TestWhatATemplateMayAskFor(t *testing.T) {
	m := message.Message{
		Language: message.English, What: "DLC job failed", Name: "视频：生成: 2", Title: "DLC job failed: 视频：生成: 2",
		Subject: "acs:paidlc:cn-hangzhou:1457962310948521:job/dlc1x9qk7e2w5mzt", Rule: "job-needs-help", About: "Somebody has to look.",
		Ran:  321909 * time.Second,
		Time: time.Date(2026, 11, 20, 3, 12, 45, 0, time.FixedZone("", 8*3600)),
		Fields: []message.Field{
			{Key: "time", Value: "2026-11-20 03:12:45 +08:00"}, {Key: "gpus", Value: "512 (64 × 8)"}, {Key: "duration", Value: "3 d 17 h"},
		},
	}
	for from, want := range map[string]string{
		"event": "DLC job failed", "name": "视频 生成 2", "id": "dlc1x9qk7e2w5mzt", "title": "DLC job failed 视频 生成 2", "rule": "job-needs-help",
		"about": "Somebody has to look", "ran": "3 days 17 hours", "time": "11-20 03:12", "gpus": "512 64x8", "duration": "3 d 17 h", "status": "none",
	} {
		assert.Equal(t, want, filled(t, m, from, phone.Written), from)
	}
	for from, want := range map[string]string{"id": "5mzt", "duration": "3 days 17 hours", "name": "视频 生成 2", "event": "DLC job failed"} {
		assert.Equal(t, want, filled(t, m, from, phone.Spoken), from)
	}
	t.Run("of a test is its title and its rule", func(t *testing.T) {
		m := message.Probe(message.English, "job-needs-help")
		assert.Equal(t, m.Title, filled(t, m, "event", phone.Written))
		assert.Equal(t, "job-needs-help", filled(t, m, "name", phone.Written))
	})
}

func TestATimeIsHeardAsATime(t *testing.T) {
	at := time.Date(2026, 11, 20, 3, 12, 45, 0, time.FixedZone("", 8*3600))
	for l, want := range map[message.Language]string{
		message.English: "November 20 03:12", message.Chinese: "11月20日3点12分", message.Japanese: "じゅういちがつはつかさんじじゅうにふん",
	} {
		m := message.Message{Language: l, Time: at, Fields: []message.Field{{Key: "finished", Value: "2026-11-20 03:12:45 +08:00"}}}
		assert.JSONEq(t, `{"t":"`+want+`","f":"`+want+`"}`, phone.Params(m, map[string]string{"t": "time", "f": "finished"}, phone.Spoken))
	}
	first := message.Message{Language: message.Japanese, Time: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	assert.JSONEq(t, `{"t":"しがつついたちれいじ"}`, phone.Params(first, map[string]string{"t": "time"}, phone.Spoken))
}
