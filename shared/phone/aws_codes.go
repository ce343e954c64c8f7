package phone

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

// reason returns what an error of AWS gives as its reason, with a slash before
// it; "" for one without.
func reason(err error) string {
	if e, ok := errors.AsType[*types.ConflictException](err); ok {
		return "/" + string(e.Reason)
	}
	if e, ok := errors.AsType[*types.ValidationException](err); ok {
		return "/" + string(e.Reason)
	}
	if e, ok := errors.AsType[*types.AccessDeniedException](err); ok {
		return "/" + string(e.Reason)
	}
	if e, ok := errors.AsType[*types.ServiceQuotaExceededException](err); ok {
		return "/" + string(e.Reason)
	}
	return ""
}

// awsCodes are the codes of AWS, some with their reason, the narrower row
// first.
var awsCodes = refusal.Table{
	{Codes: "ThrottlingException*", Mark: refusal.Transient, Advice: message.Text{
		EN: "The account sends faster than AWS lets it: it is tried again.",
		ZH: "账号发送速率超限，会自动重试。",
		JA: "アカウントの送信速度が上限を超えました。再試行されます。",
	}},
	// AWS documents it as one to try again.
	{Codes: "InternalServerException*", Mark: Doubtful, Advice: busyAdvice},
	{Codes: "ServiceQuotaExceededException/DAILY_DESTINATION_CALL_LIMIT", Mark: refusal.Later(24 * time.Hour), Advice: message.Text{
		EN: "This number got as many calls as one may have in a day.",
		ZH: "该号码已达到每日呼叫上限。",
		JA: "この番号への 1 日の発信上限に達しました。",
	}},
	{Codes: "ServiceQuotaExceededException*", Mark: refusal.Later(time.Hour), Advice: message.Text{
		EN: "The account's quota or spending limit is used up: raise it in the console of AWS End User Messaging.",
		ZH: "账号配额或消费上限已用尽：请在 AWS End User Messaging 控制台提升。",
		JA: "アカウントの割り当てまたは支出上限に達しました。AWS End User Messaging のコンソールで引き上げてください。",
	}},
	{Codes: "ConflictException/DESTINATION_PHONE_NUMBER_OPTED_OUT", Advice: message.Text{
		EN: "The person has opted out: only their own message brings them back.",
		ZH: "该号码已退订：只能由本人重新订阅。",
		JA: "この番号は受信を拒否しています。本人の操作でのみ再開できます。",
	}},
	{Codes: "ConflictException/DESTINATION_PHONE_NUMBER_NOT_VERIFIED", Advice: sandboxAdvice},
	{Codes: "ConflictException*", Advice: message.Text{
		EN: "AWS says that the number or the origination identity is in a state in which it cannot be used: the console shows why.",
		ZH: "号码或发送身份当前状态不可用：请在控制台查看原因。",
		JA: "番号または発信元が使用できない状態です。コンソールで理由を確認してください。",
	}},
	{Codes: "ValidationException*", Advice: message.Text{
		EN: "AWS does not take the request: check that the origination identity can send this kind of message to the number's country.",
		ZH: "AWS 拒绝了请求：请确认发送身份支持向该国家或地区发送此类消息。",
		JA: "AWS がリクエストを拒否しました。発信元がその国へこの種類のメッセージを送れるか確認してください。",
	}},
	{Codes: "ResourceNotFoundException*", Advice: message.Text{
		EN: "There is no such origination identity in this region: check origination_identity and region.",
		ZH: "该地域没有此发送身份：请检查 origination_identity 和 region。",
		JA: "このリージョンに発信元がありません。origination_identity と region を確認してください。",
	}},
	{Codes: "AccessDeniedException*", Advice: permissionAdvice},
	{Codes: "UnrecognizedClientException* InvalidSignatureException* MissingAuthenticationToken*", Advice: keyAdvice},
	// Credentials of a role are renewed by the platform.
	{Codes: "ExpiredTokenException*", Mark: refusal.Transient, Advice: keyAdvice},
}

var sandboxAdvice = message.Text{
	EN: "The account is in the sandbox, which sends to verified numbers only: verify the number or leave the sandbox.",
	ZH: "账号处于沙盒中，只能发送到已验证的号码：请验证该号码或申请移出沙盒。",
	JA: "アカウントはサンドボックス内にあり、検証済みの番号にのみ送信できます。番号を検証するか解除を申請してください。",
}
