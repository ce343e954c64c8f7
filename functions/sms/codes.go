package sms

import (
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

// codes are those of SendSms alone, as documented; package phone has those
// that calls share.
var codes = refusal.Table{
	{Codes: "isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL", Mark: refusal.Later(24 * time.Hour), Advice: capAdvice},
	{Codes: "isv.MOBILE_COUNT_OVER_LIMIT", Advice: message.Text{
		EN: "Too many numbers in one request, which is a fault of this program: please report it.",
		ZH: "单次请求的号码过多，属于本程序的缺陷：请反馈。",
		JA: "1 回のリクエストの番号が多すぎます。本プログラムの不具合です。ご報告ください。",
	}},
	{Codes: "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", Advice: message.Text{
		EN: "This template is for numbers abroad: use one for the mainland.",
		ZH: "国际/港澳台模板不支持内地号码：请使用国内短信模板。",
		JA: "このテンプレートは海外番号用です。中国本土用のテンプレートを使ってください。",
	}},
	{Codes: "isv.PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL isv.TEMPLATE_PARAMS_ILLEGAL isv.BLACK_KEY_CONTROL_LIMIT isv.SMS_CONTENT_ILLEGAL", Fix: stricter, Advice: variableAdvice},
	{Codes: "isv.EXTEND_CODE_ERROR", Advice: message.Text{
		EN: "The signature's extension code does not fit: look at the signature in the console.",
		ZH: "扩展码使用错误：请在控制台检查签名。",
		JA: "署名の拡張コードが不正です。コンソールで署名を確認してください。",
	}},
	{Codes: "isv.SMS_TEMPLATE_ILLEGAL", Advice: message.Text{
		EN: "The template does not exist in this account or is not approved: check template_code.",
		ZH: "模板不存在或未审核通过：请检查 template_code。",
		JA: "テンプレートが存在しないか未承認です。template_code を確認してください。",
	}},
	{Codes: "isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL", Advice: signatureAdvice},
	{Codes: "isv.SMS_SIGNATURE_SCENE_ILLEGAL", Advice: message.Text{
		EN: "The signature is for another kind of message than the template: use a pair for notifications.",
		ZH: "签名的适用场景与模板类型不一致：请使用适用于通知的签名和模板。",
		JA: "署名の用途がテンプレートの種類と一致しません。通知用の組み合わせを使ってください。",
	}},
	{Codes: "isv.SIGN_STATE_ILLEGAL", Advice: signatureAdvice},
	{Codes: "isv.DENY_IP_RANGE", Advice: message.Text{
		EN: "The platform refuses calls from this network: run the function in a region of the mainland.",
		ZH: "源 IP 所在地区被禁用：请在中国内地地域运行函数。",
		JA: "このネットワークからの呼び出しは拒否されます。中国本土のリージョンで関数を実行してください。",
	}},
}

var (
	capAdvice = message.Text{
		EN: "The cap that the account set itself for a day or month is reached: raise it in the console.",
		ZH: "已达到账号自设的日/月发送上限：请在控制台调整。",
		JA: "アカウントで設定した 1 日または 1 か月の上限に達しました。コンソールで変更してください。",
	}
	variableAdvice = message.Text{
		EN: "A variable is refused even when shortened and masked: leave it out of the template, or fill it with another field.",
		ZH: "变量经缩短和脱敏后仍被拒绝：请从模板中去掉该变量，或改用其他字段。",
		JA: "短縮・マスク後も変数が拒否されました。テンプレートから外すか、別の項目を割り当ててください。",
	}
	signatureAdvice = message.Text{
		EN: "The signature does not exist in this account, is not approved or is not registered with the carriers yet: check sign_name in the console.",
		ZH: "签名不存在、未审核通过或尚未完成实名报备：请在控制台检查 sign_name。",
		JA: "署名が存在しないか、未承認、または通信事業者への登録が未完了です。コンソールで sign_name を確認してください。",
	}
)
