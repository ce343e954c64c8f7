package history

import "github.com/pai-notify/pai-notify/shared/message"

var historyWords = map[string]message.Text{
	"history.event.example": {EN: "id or type, such as dlc.job-failed", ZH: "ID 或类型，如 dlc.job-failed", JA: "ID または種類（例：dlc.job-failed）"},
	"history.days":          {EN: "Time", ZH: "时间范围", JA: "期間"},
	"history.last":          {EN: "last %d days", ZH: "最近 %d 天", JA: "過去 %d 日"},
	"history.older":         {EN: "Older", ZH: "更早", JA: "さらに前"},
	"history.empty":         {EN: "Nothing to show", ZH: "没有记录", JA: "表示するものがありません"},
	"history.empty.text":    {EN: "No notification fits. Publish a sample event to see one:", ZH: "没有符合条件的通知。可以发布示例事件：", JA: "該当する通知がありません。サンプルイベントを発行できます："},
	"history.redrive":       {EN: "Send again", ZH: "重新发送", JA: "再送"},
	"history.redrive.all":   {EN: "Send all of these again", ZH: "全部重新发送", JA: "これらをすべて再送"},

	"redrive.title":   {EN: "Not all can be sent again", ZH: "部分通知无法重新发送", JA: "再送できない通知があります"},
	"redrive.missing": {EN: "%d of %d are being sent again. This is missing for the others:", ZH: "正在重新发送 %d 条，共 %d 条。其余缺少以下条件：", JA: "%d 件を再送しています（全 %d 件）。残りに足りないもの："},

	"status.sent":    {EN: "sent", ZH: "已发送", JA: "送信済み"},
	"status.skipped": {EN: "skipped", ZH: "已跳过", JA: "スキップ"},
	"status.failed":  {EN: "failed", ZH: "失败", JA: "失敗"},

	"life.took":       {EN: "in %s", ZH: "用时 %s", JA: "所要 %s"},
	"life.cancelled":  {EN: "Its rule was disabled before this was sent. It is sent only if you ask for it.", ZH: "发送前规则已被停用。只有您要求时才会发送。", JA: "送信前にルールが無効化されました。指示した場合のみ送信されます。"},
	"life.moved.to":   {EN: "Sent to another receiver:", ZH: "已转给其他接收方：", JA: "別の宛先へ再送："},
	"life.moved.from": {EN: "Made of:", ZH: "来源通知：", JA: "元の通知："},
	"life.dead":       {EN: "It was given up. Once the reason is gone, send it again: it goes to the receiver as it is configured now.", ZH: "已放弃投递。排除原因后可重新发送，将按当前配置投递。", JA: "配信を断念しました。原因を取り除いたら再送できます。現在の設定で送られます。"},
	"life.event":      {EN: "The event", ZH: "事件", JA: "イベント"},
	"life.happened":   {EN: "happened", ZH: "发生于", JA: "発生"},
	"life.accepted":   {EN: "accepted", ZH: "接收于", JA: "受付"},
	"life.json":       {EN: "The whole event", ZH: "完整事件", JA: "イベント全体"},
	"life.rule":       {EN: "The rule", ZH: "规则", JA: "ルール"},
	"life.gone":       {EN: "(no longer in the document)", ZH: "（已不在文档中）", JA: "（ドキュメントにはもうありません）"},
	"life.attempt":    {EN: "Attempt %d", ZH: "第 %d 次尝试", JA: "試行 %d"},
	"life.answer":     {EN: "The whole answer", ZH: "完整返回", JA: "応答全体"},
	"life.due":        {EN: "next attempt", ZH: "下次尝试", JA: "次の試行"},
}
