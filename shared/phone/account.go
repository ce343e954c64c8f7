package phone

import (
	"time"

	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

// account are the codes that all of Alibaba Cloud's communication APIs share,
// those of the API gateway in front of them included.
var account = refusal.Table{
	{Codes: "isp.SYSTEM_ERROR", Mark: Doubtful, Advice: busyAdvice},
	{Codes: "InternalError*", Mark: unsure, Advice: doubtAdvice},
	// The gateway in front of the service says it, of a request that it may have
	// passed on.
	{Codes: "ServiceUnavailable*", Mark: unsure, Advice: doubtAdvice},
	{Codes: "Throttling*", Mark: refusal.Transient, Advice: message.Text{
		EN: "The account calls this API too often for a moment: it is tried again.",
		ZH: "账号调用频率超限，会自动重试。",
		JA: "アカウントの呼び出し頻度が上限を超えました。再試行されます。",
	}},
	{Codes: "isv.BUSINESS_LIMIT_CONTROL", Mark: flow, Advice: message.Text{
		EN: "This number got as much as one may have for now: send it less, or raise the limit in the console's frequency settings.",
		ZH: "该号码已达到发送频率上限：请减少发送，或在控制台的发送频率设置中调整。",
		JA: "この番号への送信頻度が上限に達しました。送信を減らすか、コンソールの頻度設定を変更してください。",
	}},
	{Codes: "isv.MOBILE_NUMBER_ILLEGAL", Advice: message.Text{
		EN: "The platform does not take this number: check the contact's phone.",
		ZH: "号码格式错误：请检查联系人的手机号。",
		JA: "この番号は受け付けられません。連絡先の電話番号を確認してください。",
	}},
	{Codes: "isv.TEMPLATE_MISSING_PARAMETERS", Advice: message.Text{
		EN: "The template has a variable that is not filled: name each of its variables in the rule.",
		ZH: "模板变量缺少参数：请在规则中为模板的每个变量指定取值。",
		JA: "テンプレートに未設定の変数があります。ルールですべての変数を指定してください。",
	}},
	{Codes: "isv.INVALID_PARAMETERS isv.INVALID_JSON_PARAM", Advice: parameterAdvice},
	{Codes: "isv.AMOUNT_NOT_ENOUGH", Advice: message.Text{
		EN: "The account's balance or package is used up: top it up.",
		ZH: "账户余额或套餐不足：请充值或购买套餐包。",
		JA: "アカウントの残高またはパッケージが不足しています。チャージしてください。",
	}},
	{Codes: "isv.OUT_OF_SERVICE", Advice: message.Text{
		EN: "The service is suspended for the account, usually for a debt: settle it in the console.",
		ZH: "业务停机，通常因欠费：请在控制台处理。",
		JA: "サービスが停止されています（多くは未払い）。コンソールで対応してください。",
	}},
	{Codes: "isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE", Advice: subscribeAdvice},
	{Codes: "isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL", Advice: accountAdvice},
	{Codes: "isp.RAM_PERMISSION_DENY Forbidden* NoPermission*", Advice: permissionAdvice},
	{Codes: "InvalidAccessKeyId* SignatureDoesNotMatch* IncompleteSignature*", Advice: keyAdvice},
	// The token of a role is renewed by the platform: another try may have it.
	{Codes: "InvalidSecurityToken*", Mark: refusal.Transient, Advice: keyAdvice},
	{Codes: "SignatureNonceUsed*", Mark: refusal.Transient, Advice: busyAdvice},
	{Codes: "InvalidTimeStamp*", Mark: refusal.Later(time.Minute), Advice: message.Text{
		EN: "The sender's clock is more than 15 minutes off: set it right.",
		ZH: "发送方系统时间偏差超过 15 分钟：请校准时间。",
		JA: "送信側の時計が 15 分以上ずれています。時刻を合わせてください。",
	}},
}

var (
	busyAdvice = message.Text{
		EN: "The platform failed for a moment: it is tried again.",
		ZH: "平台暂时异常，会自动重试。",
		JA: "プラットフォームの一時的な障害です。再試行されます。",
	}
	parameterAdvice = message.Text{
		EN: "The platform calls a parameter wrong: compare the rule's codes and variables with the approved template.",
		ZH: "参数不合法：请将规则中的代码和变量与已审核的模板核对。",
		JA: "パラメーターが不正です。ルールのコードと変数を承認済みテンプレートと照合してください。",
	}
	subscribeAdvice = message.Text{
		EN: "The account has not activated this service: activate it in the console.",
		ZH: "账号未开通该服务：请在控制台开通。",
		JA: "このサービスは有効化されていません。コンソールで有効にしてください。",
	}
	accountAdvice = message.Text{
		EN: "Something is wrong with the account: the console or support knows what.",
		ZH: "账号异常：请在控制台查看或联系支持。",
		JA: "アカウントに問題があります。コンソールまたはサポートで確認してください。",
	}
	permissionAdvice = message.Text{
		EN: "The account or role may not do this: grant it the action named in the target's README.",
		ZH: "账号或角色没有权限：请授予该目标 README 中列出的操作权限。",
		JA: "アカウントまたはロールに権限がありません。通知先の README にある権限を付与してください。",
	}
	keyAdvice = message.Text{
		EN: "The access key is not accepted: check that its id and secret belong together and are in force.",
		ZH: "AccessKey 无效：请确认 ID 与 Secret 匹配且处于启用状态。",
		JA: "AccessKey が無効です。ID と Secret の組み合わせと有効状態を確認してください。",
	}
	unknownAdvice = message.Text{
		EN: "The platform's documentation of error codes may know this code.",
		ZH: "请在平台的错误码文档中查询该错误码。",
		JA: "このコードはプラットフォームのエラーコード文書を参照してください。",
	}
)
