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
	Help: message.Text{EN: "Needs an approved Alibaba Cloud text-to-speech template, or an AWS number. Each call is billed.", ZH: "需要已审核的阿里云文本转语音模板，或 AWS 号码。每次呼叫都会计费。", JA: "Alibaba Cloud の承認済み音声テンプレート、または AWS の番号が必要です。1 通話ごとに課金されます。"},
	Icon: `<path d="M6 3l3 5-2 2c1 3 3 5 6 6l2-2 5 3c0 3-2 4-4 4C9 20 4 14 3 7c0-2 1-4 3-4z"/>`,
	Parameters: map[string]inbox.Parameter{
		"tts_code": {
			Label:   message.Text{EN: "Voice template", ZH: "文本转语音模板", JA: "音声テンプレート"},
			Help:    message.Text{EN: "Alibaba Cloud: the code of the approved text-to-speech template, which starts with TTS_.", ZH: "阿里云：已审核通过的文本转语音模板 ID，以 TTS_ 开头。", JA: "Alibaba Cloud：承認済みのテキスト読み上げテンプレートのコードです。TTS_ で始まります。"},
			Example: message.Text{EN: "TTS_123456789", ZH: "TTS_123456789", JA: "TTS_123456789"},
			Wanted:  true,
		},
		"tts_params": {
			Label: message.Text{EN: "Template variables", ZH: "模板变量", JA: "テンプレート変数"},
			Help:  message.Text{EN: "Alibaba Cloud: one variable per line and the field that fills it, such as job: id. Leave empty for a template with the variables event, name, job and status.", ZH: "阿里云：每行一个变量及对应的字段，例如 job: id。模板变量为 event、name、job、status 时留空。", JA: "Alibaba Cloud：変数とその値にする項目を 1 行に 1 つ入力します（例：job: id）。変数が event、name、job、status のテンプレートなら空欄にします。"},
		},
		"caller_id": {
			Label: message.Text{EN: "Caller number", ZH: "被叫显号", JA: "発信番号"},
			Help:  message.Text{EN: "Alibaba Cloud: a dedicated number, only for a template of the dedicated mode.", ZH: "阿里云：专属模式模板使用的号码；公共模式模板请留空。", JA: "Alibaba Cloud：専用モードのテンプレートで使う番号です。共用モードなら空欄にします。"},
		},
		"play_times": {
			Label: message.Text{EN: "Times to play", ZH: "播放次数", JA: "再生回数"},
			Help:  message.Text{EN: "How many times the text is read: 1 to 3, 2 by default.", ZH: "1 到 3，默认 2。", JA: "テキストを読み上げる回数です。1 から 3 まで（既定は 2）。"},
		},
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
