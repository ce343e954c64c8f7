package inbox

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// AddVoice adds a phone that is called, by its number in E.164. It takes calls
// of one account of Alibaba Cloud or AWS, whose endpoint is the root of the
// inbox.
func (in *Inbox) AddVoice(number string, a Account) { in.addHandset("voice", number, a) }

// voiceLimits are Alibaba Cloud's for one called number.
var voiceLimits = []limit{
	{1, time.Minute, "分钟"},
	{5, time.Hour, "小时"},
	{20, 24 * time.Hour, "天"},
}

// judgeCall judges a call of SingleCallByTts.
func (h *handset) judgeCall(q url.Values, m *Message) (code, text string) {
	variables, code, text := judgeVariables(q.Get("TtsParam"))
	m.Title, m.Text = "☎ "+q.Get("TtsCode"), filled(variables)
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
	if text, ok := h.tooMany("call", m.Time, voiceLimits...); ok {
		return "isv.BUSINESS_LIMIT_CONTROL", text
	}
	return "OK", ""
}
