package history

import "github.com/pai-notify/pai-notify/shared/message"

var historyWords = map[string]message.Text{
	"history.event.example": {EN: "id or event type, such as dlc.job-failed", ZH: "ID 或事件类型，如 dlc.job-failed", JA: "ID またはイベントタイプ（例：dlc.job-failed）"},
	"history.days":          {EN: "Time range", ZH: "时间范围", JA: "期間"},
	"history.last":          {EN: "last %d days", ZH: "最近 %d 天", JA: "過去 %d 日"},
	"history.day":           {EN: "last 24 hours", ZH: "最近 24 小时", JA: "過去 24 時間"},
	"history.older":         {EN: "Older", ZH: "更早的记录", JA: "さらに過去"},
	"history.empty":         {EN: "No notifications found", ZH: "没有通知记录", JA: "通知がありません"},
	"history.empty.text":    {EN: "No notification matches the filters. To create one:", ZH: "没有符合条件的通知。如需创建：", JA: "条件に一致する通知がありません。作成するには："},
	"history.job":           {EN: "Job", ZH: "任务", JA: "ジョブ"},
	"history.job.example":   {EN: "job or instance ID", ZH: "任务或实例 ID", JA: "ジョブまたはインスタンス ID"},
	"history.cancel":        {EN: "Cancel", ZH: "取消发送", JA: "送信を取り消す"},
	"history.redrive":       {EN: "Send again", ZH: "重新发送", JA: "再送"},
	"history.redrive.all":   {EN: "Send all failed ones again", ZH: "全部重新发送", JA: "配信失敗をすべて再送"},

	"life.mute":          {EN: "Mute:", ZH: "静音：", JA: "ミュート："},
	"life.mute.job":      {EN: "this job", ZH: "此任务", JA: "このジョブ"},
	"life.mute.rule":     {EN: "this rule", ZH: "此规则", JA: "このルール"},
	"life.mute.receiver": {EN: "this target", ZH: "此通知目标", JA: "この通知先"},

	"redrive.title":   {EN: "Some notifications cannot be sent again", ZH: "部分通知无法重新发送", JA: "再送できない通知があります"},
	"redrive.missing": {EN: "%d of %d notifications are being sent again. The others cannot be, because:", ZH: "正在重新发送 %d 条，共 %d 条。其余无法发送，原因如下：", JA: "%d 件を再送しています（全 %d 件）。残りを再送できない理由："},

	"cancel.title":   {EN: "This notification was not cancelled", ZH: "通知未取消", JA: "通知を取り消せませんでした"},
	"cancel.refused": {EN: "Only a notification that waits or has failed can be cancelled:", ZH: "只能取消等待中或投递失败的通知：", JA: "取り消せるのは、待機中または配信に失敗した通知だけです："},

	"status.sent":    {EN: "sent", ZH: "已发送", JA: "送信済み"},
	"status.skipped": {EN: "skipped", ZH: "已跳过", JA: "スキップ"},
	"status.failed":  {EN: "failed", ZH: "失败", JA: "失敗"},

	"status.waiting": {EN: "waiting", ZH: "等待中", JA: "待機中"},

	"life.took":       {EN: "took %s", ZH: "用时 %s", JA: "所要時間 %s"},
	"life.cancelled":  {EN: "This notification was cancelled before it was sent. It is sent only if you send it again yourself.", ZH: "此通知在发送前已被取消。仅在您手动重新发送时才会发送。", JA: "この通知は送信前に取り消されました。手動で再送した場合のみ送信されます。"},
	"life.waits":      {EN: "This notification waits to be sent. If nobody needs it any more, cancel it.", ZH: "此通知正在等待发送。如不再需要，可以取消。", JA: "この通知は送信を待っています。不要であれば取り消せます。"},
	"life.unkept":     {EN: "The event itself is no longer kept.", ZH: "事件内容已不再保留。", JA: "イベントの内容はもう保存されていません。"},
	"life.moved.to":   {EN: "Sent to another target:", ZH: "已转发至其他通知目标：", JA: "別の通知先へ送信："},
	"life.moved.from": {EN: "Original notification:", ZH: "原通知：", JA: "元の通知："},
	"life.dead":       {EN: "This notification failed and is kept as a dead letter. Fix the cause, then send it again: it goes to the target as configured now.", ZH: "投递失败，此通知已作为死信保留。排除原因后可重新发送，将按当前配置投递。", JA: "配信に失敗し、デッドレターとして保存されています。原因を取り除いてから再送してください。現在の設定で送信されます。"},
	"life.event":      {EN: "Event", ZH: "事件", JA: "イベント"},
	"life.happened":   {EN: "occurred", ZH: "发生时间", JA: "発生日時"},
	"life.accepted":   {EN: "received", ZH: "接收时间", JA: "受信日時"},
	"life.json":       {EN: "Full event", ZH: "完整事件", JA: "イベント全体"},
	"life.rule":       {EN: "Rule", ZH: "规则", JA: "ルール"},
	"life.gone":       {EN: "(no longer in the document)", ZH: "（已不在文档中）", JA: "（ドキュメントから削除済み）"},
	"life.attempt":    {EN: "Attempt %d", ZH: "第 %d 次投递", JA: "%d 回目の試行"},
	"life.answer":     {EN: "Full response", ZH: "完整响应", JA: "応答全体"},
	"life.due":        {EN: "next attempt", ZH: "下次投递", JA: "次の試行"},
}
