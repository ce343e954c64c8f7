package dingtalk

import (
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

// codes are DingTalk's codes, the narrower row of a code first. Codes and their
// meaning are documented for custom robots; of the several texts of 310000 and
// 300001 some were seen in answers only.
var codes = refusal.Table{
	{Codes: "-1", Mark: refusal.Transient, Advice: message.Text{
		EN: "DingTalk is busy; the message is sent again.",
		ZH: "钉钉系统繁忙，消息会重新发送。",
		JA: "DingTalk が混み合っています。メッセージは再送されます。",
	}},
	{Codes: "88", Advice: tokenAdvice},
	{Codes: "40035", Advice: message.Text{
		EN: "DingTalk misses a parameter: check that the webhook is the robot's whole URL.",
		ZH: "缺少参数或参数不合法：请确认填写的是机器人的完整 Webhook 地址。",
		JA: "パラメーターが不足しています。Webhook がロボットの完全な URL か確認してください。",
	}},
	{Codes: "43002 43004", Advice: refusal.Malformed},
	{Codes: "90030", Mark: refusal.Later(quotaPause), Advice: message.Text{
		EN: "The robot's quota is used up: send less to this group, or ask DingTalk for more.",
		ZH: "机器人调用额度已用完：请减少发送量，或在钉钉中提升额度。",
		JA: "ロボットの割り当てを使い切りました。送信を減らすか、割り当てを増やしてください。",
	}},
	{Codes: "101002 460101", Fix: shorten, Advice: refusal.TooLong},
	{Codes: "130101 410100", Mark: refusal.Later(penalty), Advice: tooFastAdvice},
	{Codes: "300001", Words: []string{"frequen", "too fast", "too many", "频率", "限流"}, Mark: refusal.Later(penalty), Advice: tooFastAdvice},
	{Codes: "300001 300005", Advice: tokenAdvice},
	{Codes: "310000", Words: []string{"keyword", "关键词"}, Fix: reword, Advice: message.Text{
		EN: "The robot wants a keyword: set the parameter keyword to one of its custom keywords.",
		ZH: "机器人要求包含关键词：请把参数 keyword 设为其自定义关键词之一。",
		JA: "ロボットはキーワードを要求しています。パラメーター keyword に設定してください。",
	}},
	{Codes: "310000", Words: []string{"invalid timestamp", "签名过期"}, Fix: refusal.Resign, Advice: message.Text{
		EN: "The signature is more than an hour off: check the clock of the machine that sends.",
		ZH: "签名时间相差超过一小时：请检查发送方的系统时间。",
		JA: "署名の時刻が 1 時間以上ずれています。送信側の時計を確認してください。",
	}},
	{Codes: "310000", Words: []string{"whitelist", "白名单"}, Advice: message.Text{
		EN: "The robot takes messages from listed IP addresses only: send through a fixed NAT address and list it, or use the signature instead.",
		ZH: "机器人设置了 IP 白名单：请通过固定的 NAT 公网 IP 发送并加入白名单，或改用加签。",
		JA: "ロボットは登録された IP からのみ受け付けます。固定 NAT アドレスを登録するか、署名に切り替えてください。",
	}},
	{Codes: "310000", Words: []string{"sign", "签名", "加签"}, Advice: message.Text{
		EN: "The signature does not match: copy the robot's signing key (SEC…) again; it belongs to this very webhook.",
		ZH: "签名不匹配：请重新复制该机器人的加签密钥（SEC…），密钥须与此 Webhook 对应。",
		JA: "署名が一致しません。この Webhook のロボットの署名キー（SEC…）をコピーし直してください。",
	}},
	{Codes: "310000", Advice: message.Text{
		EN: "The robot's security settings refuse the message: compare its keywords, signature and IP list with the rule.",
		ZH: "机器人的安全设置拒绝了消息：请核对关键词、加签和 IP 白名单。",
		JA: "ロボットのセキュリティ設定が拒否しました。キーワード、署名、IP リストを確認してください。",
	}},
	{Codes: "400013", Mark: refusal.Gone, Advice: refusal.Dissolved},
	{Codes: "400101 400106", Mark: refusal.Gone, Advice: removedAdvice},
	{Codes: "400102", Advice: message.Text{
		EN: "The robot is disabled: enable it in the group's settings.",
		ZH: "机器人已停用：请在群设置中启用。",
		JA: "ロボットが無効です。グループ設定で有効にしてください。",
	}},
	{Codes: "400105", Advice: message.Text{
		EN: "This robot does not take this kind of message: try the other style.",
		ZH: "该机器人不支持此消息类型：请尝试另一种 style。",
		JA: "このロボットはこの種類のメッセージに対応していません。別の style を試してください。",
	}},
	{Codes: "430101 430102 430103 430104", Fix: plain, Advice: unsafeAdvice},
	// A code nobody knows may pass.
	{Codes: "*", Mark: refusal.Transient, Advice: message.Text{
		EN: "DingTalk's documentation of robot errors may know this code.",
		ZH: "请在钉钉机器人错误码文档中查询该错误码。",
		JA: "このコードは DingTalk のロボットエラー文書を参照してください。",
	}},
}

var (
	tokenAdvice = message.Text{
		EN: "DingTalk does not know the webhook's token: copy the robot's webhook again.",
		ZH: "钉钉无法识别 Webhook 中的 token：请重新复制机器人的 Webhook 地址。",
		JA: "Webhook のトークンが認識されません。ロボットの Webhook をコピーし直してください。",
	}
	removedAdvice = message.Text{
		EN: "The robot was removed: make a new one and put its webhook into the rule.",
		ZH: "机器人已被删除：请新建机器人并更新规则中的 Webhook。",
		JA: "ロボットは削除されました。新しく作成し、その Webhook をルールに設定してください。",
	}
	tooFastAdvice = message.Text{
		EN: "More than 20 messages a minute: DingTalk blocks the robot for 10 minutes; use one robot per busy rule.",
		ZH: "每分钟超过 20 条：机器人会被限流 10 分钟；请为繁忙的规则使用单独的机器人。",
		JA: "1 分間に 20 件を超えたため、ロボットは 10 分間制限されます。多忙なルールには専用ロボットを使ってください。",
	}
	unsafeAdvice = message.Text{
		EN: "DingTalk calls the content unsafe even without links: look at the names and reasons in the event.",
		ZH: "去除链接后内容仍被钉钉判定为不安全：请检查事件中的名称和原因文本。",
		JA: "リンクを除いても内容が安全でないと判定されました。イベント内の名前や原因を確認してください。",
	}
)
