package received

import "github.com/pai-notify/pai-notify/shared/message"

var receivedWords = map[string]message.Text{
	"inbox.title":     {EN: "Inbox of this machine", ZH: "本机收件箱", JA: "このマシンの受信箱"},
	"inbox.lead":      {EN: "What each receiver would see. No message here has left this machine.", ZH: "各通知目标将看到的内容。这里的消息均未离开本机。", JA: "各通知先に表示される内容です。ここにあるメッセージは、このマシンの外に送信されていません。"},
	"inbox.json":      {EN: "All messages as JSON", ZH: "全部消息（JSON）", JA: "すべてのメッセージ（JSON）"},
	"inbox.nobody":    {EN: "No receivers yet.", ZH: "还没有接收过消息的目标。", JA: "通知先はまだありません。"},
	"inbox.none":      {EN: "No messages yet.", ZH: "还没有消息。", JA: "メッセージはまだありません。"},
	"inbox.count":     {EN: "requests: %s", ZH: "请求数：%s", JA: "リクエスト数：%s"},
	"inbox.newest":    {EN: "newest first", ZH: "最新的在前", JA: "新しい順"},
	"inbox.kept":      {EN: "the last %s are kept", ZH: "仅保留最近 %s 条", JA: "最新の %s 件を保持"},
	"inbox.accepted":  {EN: "accepted", ZH: "已接受", JA: "受理"},
	"inbox.refused":   {EN: "rejected", ZH: "已拒绝", JA: "拒否"},
	"inbox.signature": {EN: "signature: %s", ZH: "签名：%s", JA: "署名：%s"},
	"signature.valid": {EN: "valid", ZH: "有效", JA: "有効"},
	"signature.none":  {EN: "none", ZH: "无", JA: "なし"},
	"inbox.repeated":  {EN: "sent before", ZH: "重复发送", JA: "送信済みのメッセージ"},
	"inbox.request":   {EN: "Request", ZH: "请求", JA: "リクエスト"},
	"inbox.html":      {EN: "HTML part", ZH: "HTML 部分", JA: "HTML パート"},
	"inbox.mail":      {EN: "Mail as sent", ZH: "邮件原文", JA: "送信されたメール"},
}
