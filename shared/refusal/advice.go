package refusal

import "github.com/pai-notify/pai-notify/shared/message"

// What the advice of several platforms is.
var (
	// TooLong is for a message whose shortened form was refused too.
	TooLong = message.Text{
		EN: "The message is too long even when shortened.",
		ZH: "消息缩短后仍然过长。",
		JA: "短縮してもメッセージが長すぎます。",
	}
	// Malformed is for a request that this program should not have made.
	Malformed = message.Text{
		EN: "The request itself was wrong, which is a fault of this program: please report it.",
		ZH: "请求本身有误，属于本程序的缺陷：请反馈。",
		JA: "リクエスト自体の誤りで、本プログラムの不具合です。ご報告ください。",
	}
	// Dissolved is for a group that no longer exists.
	Dissolved = message.Text{
		EN: "The group was dissolved: remove this target from the rule.",
		ZH: "群已解散：请从规则中删除该通知目标。",
		JA: "グループは解散されました。この通知先をルールから削除してください。",
	}
)
