package lark

import (
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

// codes are Lark's codes, the narrower row of a code first. 9499, 11232, 19021,
// 19022 and 19024 are documented for custom bots; the others are documented
// for bots of apps or were seen in answers. A message too
// many waits for [bot.pause].
var codes = refusal.Table{
	{Codes: "9499", Words: []string{"too many", "frequen"}, Mark: refusal.Later(second), Advice: tooFastAdvice},
	{Codes: "9499", Advice: ourFault},
	{Codes: "11232", Mark: refusal.Later(second), Advice: tooFastAdvice},
	{Codes: "11233", Mark: refusal.Later(window), Advice: tooFastAdvice},
	{Codes: "230020 99991400", Mark: refusal.Later(second), Advice: tooFastAdvice},
	{Codes: "2200", Mark: refusal.Transient, Advice: message.Text{
		EN: "Lark had an error of its own; the message is sent again.",
		ZH: "飞书服务内部错误，消息会重新发送。",
		JA: "Lark の内部エラーです。メッセージは再送されます。",
	}},
	{Codes: "19001", Mark: refusal.Gone, Advice: message.Text{
		EN: "Lark knows no bot with this webhook: copy it again, or make a new bot if it was removed.",
		ZH: "飞书找不到该 Webhook 对应的机器人：请重新复制地址；若机器人已被删除，请新建。",
		JA: "この Webhook のボットが見つかりません。URL をコピーし直すか、削除済みなら新しく作成してください。",
	}},
	{Codes: "19002 19003", Fix: simplify, Advice: ourFault},
	{Codes: "19021", Fix: refusal.Resign, Advice: message.Text{
		EN: "The signature does not match or is more than an hour off: copy the bot's key to signing_key again, and check the sender's clock.",
		ZH: "签名不匹配或时间相差超过一小时：请重新复制机器人的签名密钥到 signing_key，并检查发送方的系统时间。",
		JA: "署名が一致しないか、時刻が 1 時間以上ずれています。署名キーを signing_key に設定し直し、送信側の時計を確認してください。",
	}},
	{Codes: "19022", Advice: message.Text{
		EN: "The bot takes messages from listed IP addresses only: send through a fixed NAT address and list it, or use the signature instead.",
		ZH: "机器人设置了 IP 白名单：请通过固定的 NAT 公网 IP 发送并加入白名单，或改用签名校验。",
		JA: "ボットは登録された IP からのみ受け付けます。固定 NAT アドレスを登録するか、署名検証に切り替えてください。",
	}},
	{Codes: "19024", Fix: reword, Advice: message.Text{
		EN: "The bot wants a keyword: set the parameter keyword to one of its custom keywords.",
		ZH: "机器人要求包含关键词：请把参数 keyword 设为其自定义关键词之一。",
		JA: "ボットはキーワードを要求しています。パラメーター keyword に設定してください。",
	}},
	{Codes: "230025", Fix: shorten, Advice: refusal.TooLong},
	{Codes: "230022 230028", Fix: hide, Advice: leakAdvice},
	{Codes: cardRefused, Words: []string{"100290"}, Fix: simplify, Advice: message.Text{
		EN: "Lark refuses a mention: check the ids in mention.users, and that the group allows to remind everyone.",
		ZH: "飞书拒绝了 @ 提醒：请检查 mention.users 中的 ID，以及群是否允许 @所有人。",
		JA: "メンションが拒否されました。mention.users の ID と、グループが全員へのメンションを許可しているか確認してください。",
	}},
	{Codes: cardRefused, Fix: simplify, Advice: message.Text{
		EN: "Lark refuses the card and its plainer forms, which may be a fault of this program: please report it; style text may work.",
		ZH: "飞书拒绝了卡片及其简化形式，可能是本程序的缺陷：请反馈；可尝试 style: text。",
		JA: "カードもその簡易形式も拒否されました。本プログラムの不具合の可能性があるためご報告ください。style: text も試せます。",
	}},
	{Codes: "232009", Mark: refusal.Gone, Advice: refusal.Dissolved},
	// A code nobody knows may pass.
	{Codes: "*", Mark: refusal.Transient, Advice: message.Text{
		EN: "Lark's documentation of error codes may know this code.",
		ZH: "请在飞书开放平台的错误码文档中查询该错误码。",
		JA: "このコードは Lark のエラーコード文書を参照してください。",
	}},
}

var (
	tooFastAdvice = message.Text{
		EN: "More than 5 messages a second or 100 a minute, or Lark is crowded, as at full and half hours: use one bot per busy rule.",
		ZH: "超过每秒 5 条或每分钟 100 条，或正值整点、半点等高峰：请为繁忙的规则使用单独的机器人。",
		JA: "毎秒 5 件か毎分 100 件を超えたか、毎時 0 分・30 分などの混雑です。多忙なルールには専用ボットを使ってください。",
	}
	leakAdvice = message.Text{
		EN: "Your organisation's rules refuse the content even without phone numbers and mail addresses: look at the names and reasons in the event.",
		ZH: "隐去电话和邮箱后内容仍被企业的安全规则拒绝：请检查事件中的名称和原因文本。",
		JA: "電話番号とメールアドレスを隠しても、組織の規則で内容が拒否されました。イベント内の名前や原因を確認してください。",
	}
	ourFault = message.Text{
		EN: "Lark does not understand the request, which is a fault of this program: please report it.",
		ZH: "飞书无法识别该请求，属于本程序的缺陷：请反馈。",
		JA: "Lark がリクエストを認識できません。本プログラムの不具合です。ご報告ください。",
	}
)
