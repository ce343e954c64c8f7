package voice

import (
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

// codes are those of SingleCallByTts alone; package phone has those that texts
// share. What VOICE_CALL_FAIL means is not documented: it is tried again when
// the number may be called again, and each time uses up a retry.
var codes = refusal.Table{
	{Codes: "isv.VOICE_CALL_FAIL", Mark: phone.Doubtful, Advice: message.Text{
		EN: "The call could not be made; the number may be called again after a minute.",
		ZH: "呼叫失败；一分钟后可再次呼叫该号码。",
		JA: "発信に失敗しました。1 分後に再度発信できます。",
	}},
	{Codes: "isv.VOICE_CALL_PERIOD_ERROR isv.VOICE_ROBOT_NOT_PERIOD", Mark: refusal.Later(time.Hour), Advice: periodAdvice},
	{Codes: "isv.TTS_TEMPLATE_ILLEGAL isv.TEMPLATE_ILLEGAL", Advice: templateAdvice},
	{Codes: "isv.TEMPLATE_PARAMS_ILLEGAL isv.BLACK_KEY_CONTROL_LIMIT", Advice: variableAdvice},
	{Codes: "isv.DISPLAY_NUMBER_ILLEGAL", Advice: message.Text{
		EN: "The caller's number is not this account's or not in the template's mode: check caller_id, or leave it out for a shared number.",
		ZH: "主叫号码不属于本账号或与模板模式不符：请检查 caller_id；公共模式请留空。",
		JA: "発信者番号がこのアカウントのものでないか、テンプレートのモードと一致しません。caller_id を確認するか、共用番号なら省略してください。",
	}},
	{Codes: "isv.COMPLAINT_REJECT", Advice: message.Text{
		EN: "The person complained about calls, and the platform calls them no more: use another channel.",
		ZH: "该号码曾投诉，平台不再呼叫：请改用其他渠道。",
		JA: "この番号は苦情により発信できません。別の通知手段を使ってください。",
	}},
	{Codes: "isv.BILLID_NOT_EXIST", Advice: message.Text{
		EN: "The account has no billing for calls: activate it in the console of Voice Messaging.",
		ZH: "账号没有语音计费信息：请在语音服务控制台开通。",
		JA: "アカウントに音声通話の課金設定がありません。コンソールで有効にしてください。",
	}},
}

var (
	periodAdvice = message.Text{
		EN: "The platform makes no calls at this hour: use texts as well for what cannot wait.",
		ZH: "当前时段不允许外呼：紧急通知请同时使用短信。",
		JA: "この時間帯は発信できません。急ぐ通知には SMS も併用してください。",
	}
	templateAdvice = message.Text{
		EN: "The template does not exist in this account, is not approved or is of another kind: check tts_code.",
		ZH: "模板不存在、未审核通过或类型不符：请检查 tts_code。",
		JA: "テンプレートが存在しない、未承認、または種類が異なります。tts_code を確認してください。",
	}
	variableAdvice = message.Text{
		EN: "A variable is refused: leave it out of the template, or fill it with another field.",
		ZH: "变量被拒绝：请从模板中去掉该变量，或改用其他字段。",
		JA: "変数が拒否されました。テンプレートから外すか、別の項目を割り当ててください。",
	}
)
