// Package standin is the local stand-in for the phones that are called.
package standin

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/inbox"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone/handset"
)

// Platform is calls to phones, by Alibaba Cloud and AWS.
var Platform = handset.Kind{
	Action: "SingleCallByTts", Number: "CalledNumber", ID: "CallId", Judge: judge,
	Operation: "PinpointSMSVoiceV2.SendVoiceMessage", Spoken: true,
	OnlyAWS: []string{"origination_identity", "region"},
}.Platform(inbox.Platform{
	Type: "voice",
	Name: message.Text{EN: "Voice call", ZH: "语音通知", JA: "音声電話"},
	Help: message.Text{EN: "Needs an approved Alibaba Cloud text-to-speech template, or an AWS number. Each call is billed.", ZH: "需要已审核的阿里云语音模板，或 AWS 号码。每次呼叫都会计费。", JA: "Alibaba Cloud の承認済み音声テンプレート、または AWS の番号が必要です。1 通話ごとに課金されます。"},
	Icon: `<path d="M6 3l3 5-2 2c1 3 3 5 6 6l2-2 5 3c0 3-2 4-4 4C9 20 4 14 3 7c0-2 1-4 3-4z"/>`,
	Parameters: map[string]inbox.Parameter{
		"tts_code": {
			Label:   message.Text{EN: "Voice template", ZH: "语音模板", JA: "音声テンプレート"},
			Example: message.Text{EN: "TTS_123456789", ZH: "TTS_123456789", JA: "TTS_123456789"},
			Wanted:  true,
		},
		"tts_params": {Label: message.Text{EN: "Template variables", ZH: "模板变量", JA: "テンプレート変数"}},
		"caller_id":  {Label: message.Text{EN: "Caller number", ZH: "主叫显号", JA: "発信番号"}},
		"play_times": {Label: message.Text{EN: "Play times", ZH: "播放次数", JA: "再生回数"}},
	},
})

// limits are Alibaba Cloud's for one called number.
var limits = []handset.Limit{
	{Most: 1, Per: time.Minute, Level: "分钟"},
	{Most: 5, Per: time.Hour, Level: "小时"},
	{Most: 20, Per: 24 * time.Hour, Level: "天"},
}

// judge judges a call of SingleCallByTts.
func judge(h *handset.Phone, q url.Values, m *inbox.Message) (code, text string) {
	variables, code, text := handset.JudgeVariables(q.Get("TtsParam"))
	m.Title, m.Text = "☎ "+q.Get("TtsCode"), handset.Filled(variables)
	times, err := strconv.Atoi(q.Get("PlayTimes"))
	switch {
	case !strings.HasPrefix(q.Get("TtsCode"), "TTS_"):
		return "isv.TTS_TEMPLATE_ILLEGAL", "文本转语音模板不合法"
	case err != nil || times < 1 || times > 3:
		return "isv.INVALID_PARAMETERS", "参数异常 PlayTimes"
	case code == "isv.PARAM_LENGTH_LIMIT" || code == "isv.PARAM_NOT_SUPPORT_URL":
		return "isv.TEMPLATE_PARAMS_ILLEGAL", text
	case code != "OK":
		return code, text
	}
	if text, ok := h.TooMany("call", m.Time, limits...); ok {
		return "isv.BUSINESS_LIMIT_CONTROL", text
	}
	return "OK", ""
}
