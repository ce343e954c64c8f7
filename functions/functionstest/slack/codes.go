package slack

import (
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/refusal"
)

// codes are the words of a refusal. A wait is in Retry-After, and not here.
var codes = refusal.Table{
	{Codes: "invalid_payload no_text", Advice: message.Text{
		EN: "The request itself was wrong, which is a fault of this program: please report it.",
		ZH: "请求本身有误，属于本程序的缺陷：请反馈。",
		JA: "リクエスト自体の誤りで、本プログラムの不具合です。ご報告ください。",
	}},
	{Codes: "no_service", Mark: refusal.Gone, Advice: message.Text{
		EN: "The webhook was removed: make a new one, or remove this target from the rule.",
		ZH: "Webhook 已被删除：请新建，或从规则中删除该通知目标。",
		JA: "Webhook は削除されています。作り直すか、この通知先をルールから削除してください。",
	}},
	{Codes: "channel_is_archived", Advice: message.Text{
		EN: "The channel is archived: restore it, or choose another one.",
		ZH: "频道已归档：请恢复该频道或选择其他频道。",
		JA: "チャンネルはアーカイブされています。元に戻すか、別のチャンネルを選んでください。",
	}},
	{Codes: "action_prohibited", Advice: message.Text{
		EN: "An administrator has forbidden apps to post here: ask them, or choose another channel.",
		ZH: "管理员已禁止应用在此发言：请联系管理员或选择其他频道。",
		JA: "管理者がアプリの投稿を禁止しています。管理者に確認するか、別のチャンネルを選んでください。",
	}},
}
