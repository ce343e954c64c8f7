package console

import "github.com/pai-notify/pai-notify/shared/message"

var historyWords = map[string]message.Text{
	"history.title":         {EN: "History", ZH: "历史", JA: "履歴"},
	"history.dead":          {EN: "given up", ZH: "投递失败", JA: "配信断念"},
	"history.none":          {EN: "A cloud's bus does not tell what became of events: the functions' logs do, one line for each notification.", ZH: "云上的总线不提供投递结果；请查看函数日志，每条通知一行。", JA: "クラウドのバスは結果を示しません。関数のログに、通知ごとに 1 行で記録されています。"},
	"history.when":          {EN: "When", ZH: "时间", JA: "日時"},
	"history.event":         {EN: "Event", ZH: "事件", JA: "イベント"},
	"history.event.example": {EN: "id or type, such as dlc.job-failed", ZH: "ID 或类型，如 dlc.job-failed", JA: "ID または種類（例：dlc.job-failed）"},
	"history.rule":          {EN: "Rule", ZH: "规则", JA: "ルール"},
	"history.target":        {EN: "Receiver", ZH: "接收方", JA: "受信先"},
	"history.state":         {EN: "State", ZH: "状态", JA: "状態"},
	"history.days":          {EN: "Time", ZH: "时间范围", JA: "期間"},
	"history.last":          {EN: "last %d days", ZH: "最近 %d 天", JA: "過去 %d 日"},
	"history.older":         {EN: "Older", ZH: "更早", JA: "さらに前"},
	"history.empty":         {EN: "Nothing to show", ZH: "没有记录", JA: "表示するものがありません"},
	"history.empty.text":    {EN: "No notification fits. Publish a sample event to see one:", ZH: "没有符合条件的通知。可以发布示例事件：", JA: "該当する通知がありません。サンプルイベントを発行できます："},
	"history.redrive":       {EN: "Send again", ZH: "重新发送", JA: "再送"},
	"history.redrive.all":   {EN: "Send all of these again", ZH: "全部重新发送", JA: "これらをすべて再送"},

	"state.waiting":   {EN: "waiting", ZH: "等待中", JA: "待機中"},
	"state.started":   {EN: "being sent", ZH: "发送中", JA: "送信中"},
	"state.sent":      {EN: "sent", ZH: "已发送", JA: "送信済み"},
	"state.skipped":   {EN: "skipped", ZH: "已跳过", JA: "スキップ"},
	"state.dead":      {EN: "given up", ZH: "投递失败", JA: "配信断念"},
	"state.unknown":   {EN: "end not known", ZH: "结果未知", JA: "結果不明"},
	"state.cancelled": {EN: "cancelled", ZH: "已取消", JA: "取り消し"},
	"state.moved":     {EN: "sent to another receiver", ZH: "已转给其他接收方", JA: "別の宛先へ再送"},

	"redrive.title":   {EN: "Not all can be sent again", ZH: "部分通知无法重新发送", JA: "再送できない通知があります"},
	"redrive.missing": {EN: "%d of %d are being sent again. This is missing for the others:", ZH: "正在重新发送 %d 条，共 %d 条。其余缺少以下条件：", JA: "%d 件を再送しています（全 %d 件）。残りに足りないもの："},

	"status.sent":    {EN: "sent", ZH: "已发送", JA: "送信済み"},
	"status.skipped": {EN: "skipped", ZH: "已跳过", JA: "スキップ"},
	"status.failed":  {EN: "failed", ZH: "失败", JA: "失敗"},

	"chart.label":  {EN: "Notifications over time: %d sent, %d failed", ZH: "通知趋势：已发送 %d，失败 %d", JA: "通知の推移：送信 %d、失敗 %d"},
	"chart.sent":   {EN: "%d sent", ZH: "已发送 %d", JA: "送信 %d"},
	"chart.failed": {EN: "%d failed", ZH: "失败 %d", JA: "失敗 %d"},

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
