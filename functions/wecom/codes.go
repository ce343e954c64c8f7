package wecom

import (
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

func advice() []message.Text { return append(codes.Advice(), malformedAdvice) }

// codes are WeCom's codes, the narrower row of a code first. Codes and their
// meaning are those of WeCom's global table and of its page on group robots;
// rows with words, 42045, and that 93008 lasts, were seen in answers or are
// inferred, and are not documented for robots.
var codes = refusal.Table{
	{Codes: "-1 6000", Mark: refusal.Transient, Advice: busyAdvice},
	{Codes: "45033", Mark: refusal.Transient, Advice: message.Text{
		EN: "Too many requests at the same moment; the message is sent again.",
		ZH: "并发调用超过限制，消息会重新发送。",
		JA: "同時リクエストが多すぎます。メッセージは再送されます。",
	}},
	{Codes: "45009", Mark: refusal.Later(pause), Advice: message.Text{
		EN: "More than 20 messages a minute for this robot; the message waits. Use one robot per busy rule, and style text if all are mentioned.",
		ZH: "该机器人每分钟超过 20 条，消息稍后重发。请为繁忙的规则使用单独的机器人；需要 @所有人 时建议使用 text 样式。",
		JA: "このロボットは 1 分間に 20 件を超えたため、待ってから送信します。多忙なルールには専用ロボットを使い、全員へのメンションには text 形式を使ってください。",
	}},
	{Codes: "93000", Words: []string{"exceed max length"}, Fix: shorten, Advice: refusal.TooLong},
	{Codes: "93000", Mark: refusal.Gone, Advice: message.Text{
		EN: "WeCom does not know the webhook's key: the robot was removed or the URL is incomplete. Copy the webhook again, or make a new robot.",
		ZH: "Webhook 的 key 无效：机器人已被移出群聊，或地址不完整。请重新复制 Webhook 地址，或新建机器人。",
		JA: "Webhook の key が無効です。ロボットが削除されたか、URL が不完全です。Webhook をコピーし直すか、ロボットを作り直してください。",
	}},
	{Codes: "93008", Advice: message.Text{
		EN: "The robot is not in the group any more: add it again, or remove this target from the rule.",
		ZH: "机器人已不在群聊中：请重新添加，或从规则中删除该通知目标。",
		JA: "ロボットはグループにいません。追加し直すか、この通知先をルールから削除してください。",
	}},
	{Codes: "40001 40014", Advice: keyAdvice},
	{Codes: "40003 46004", Fix: unmention, Advice: userAdvice},
	{Codes: "40004 40006 40007 41006 45001 40123", Advice: refusal.Malformed},
	{Codes: "45008", Advice: refusal.Malformed}, // robots send no articles for us
	{Codes: "40008", Advice: message.Text{
		EN: "This robot does not take this kind of message: try another style.",
		ZH: "该机器人不支持此消息类型：请尝试其他 style。",
		JA: "このロボットはこの種類のメッセージに対応していません。別の style を試してください。",
	}},
	{Codes: "42045", Fix: uncard, Advice: message.Text{
		EN: "WeCom takes neither the card nor the same message as markdown: try style text.",
		ZH: "卡片以及改为 markdown 后的消息均被拒绝：请尝试 text 样式。",
		JA: "カードも markdown も受け付けられませんでした。text 形式を試してください。",
	}},
	{Codes: "40033", Fix: strip, Advice: message.Text{
		EN: "WeCom calls characters of the message illegal even without emoji and controls: look at the names and reasons in the event.",
		ZH: "去除表情和控制字符后仍被判定为含非法字符：请检查事件中的名称和原因文本。",
		JA: "絵文字や制御文字を除いても不正な文字と判定されました。イベント内の名前や原因を確認してください。",
	}},
	{Codes: "40035 40063", Advice: parameterAdvice},
	{Codes: "44004", Advice: refusal.Malformed},
	{Codes: "40058", Words: []string{"invalid param 'key'"}, Advice: keyAdvice},
	{Codes: "40058 45002", Fix: shorten, Advice: refusal.TooLong},
	{Codes: "45034", Advice: message.Text{
		EN: "WeCom refuses the link of the message: check the console address in the workspace document's catalogue.",
		ZH: "消息中的链接被拒绝：请检查工作空间文档目录中的控制台地址。",
		JA: "メッセージのリンクが拒否されました。ワークスペース文書のカタログにあるコンソールアドレスを確認してください。",
	}},
	{Codes: "48002", Advice: message.Text{
		EN: "This robot may not use the API: ask the administrator of your WeCom organisation.",
		ZH: "该机器人无接口调用权限：请联系企业微信管理员。",
		JA: "このロボットには API の権限がありません。WeCom の管理者に確認してください。",
	}},
	// A code nobody knows may pass.
	{Codes: "*", Mark: refusal.Transient, Advice: message.Text{
		EN: "WeCom's global table of errors may know this code.",
		ZH: "请在企业微信全局错误码文档中查询该错误码。",
		JA: "このコードは WeCom のグローバルエラーコード表を参照してください。",
	}},
}

var (
	busyAdvice = message.Text{
		EN: "WeCom is busy; the message is sent again.",
		ZH: "企业微信系统繁忙，消息会重新发送。",
		JA: "WeCom が混み合っています。メッセージは再送されます。",
	}
	keyAdvice = message.Text{
		EN: "WeCom does not accept the webhook's key: copy the robot's webhook again.",
		ZH: "Webhook 的 key 未被接受：请重新复制机器人的 Webhook 地址。",
		JA: "Webhook の key が受け付けられません。ロボットの Webhook をコピーし直してください。",
	}
	userAdvice = message.Text{
		EN: "WeCom refuses who is mentioned: compare the user ids in mention with the accounts in the address book.",
		ZH: "被提醒的成员无效：请将 mention 中的用户 ID 与通讯录中的账号核对。",
		JA: "メンション先が無効です。mention のユーザー ID をアドレス帳のアカウントと照合してください。",
	}
	parameterAdvice = message.Text{
		EN: "WeCom refuses a parameter: check that the webhook is the robot's whole URL, or try another style.",
		ZH: "参数不合法：请确认填写的是机器人的完整 Webhook 地址，或尝试其他 style。",
		JA: "パラメーターが不正です。Webhook がロボットの完全な URL か確認するか、別の style を試してください。",
	}
	malformedAdvice = message.Text{
		EN: "WeCom took the request but could not read all of it, so the message may not appear: look into the group, and report this.",
		ZH: "企业微信接受了请求但未能完整解析，消息可能不会显示：请查看群聊并反馈此问题。",
		JA: "WeCom はリクエストを受け付けましたが、全体を読み取れませんでした。表示されない可能性があるため、グループを確認し、ご報告ください。",
	}
)
