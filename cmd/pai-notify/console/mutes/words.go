package mutes

import "github.com/pai-notify/pai-notify/shared/message"

var muteWords = map[string]message.Text{
	"mutes.lead":          {EN: "Mute a job, a rule or a target for a while, critical notifications included. Chat and email are held and sent together at the end; SMS, calls and HTTP endpoints are skipped. The history says why.", ZH: "在一段时间内静音某个任务、规则或通知目标，包括严重级别的通知。群消息和邮件会暂存，并在静音结束时合并发送；短信、电话和 HTTP 端点则跳过。历史记录中会注明原因。", JA: "ジョブ、ルール、通知先を一定時間ミュートします（重大な通知も含む）。チャットとメールは保留し、終了時にまとめて送信します。SMS、電話、HTTP エンドポイントはスキップします。理由は履歴に残ります。"},
	"mutes.empty":         {EN: "Nothing is muted.", ZH: "没有静音项。", JA: "ミュートはありません。"},
	"mutes.what":          {EN: "Muted", ZH: "静音对象", JA: "対象"},
	"mutes.until":         {EN: "Until", ZH: "结束时间", JA: "終了日時"},
	"mutes.by":            {EN: "By", ZH: "操作人", JA: "設定者"},
	"mutes.why":           {EN: "Reason", ZH: "原因", JA: "理由"},
	"mutes.everything":    {EN: "everything", ZH: "全部通知", JA: "すべての通知"},
	"mutes.rules":         {EN: "Each of these %d rules gets a mute:", ZH: "将为以下 %d 条规则各添加一个静音：", JA: "次の %d 件のルールをそれぞれミュートします："},
	"mutes.job":           {EN: "Job", ZH: "任务", JA: "ジョブ"},
	"mutes.job.example":   {EN: "ID of a job, an instance, a flow run or a model", ZH: "任务、实例、工作流运行或模型的 ID", JA: "ジョブ、インスタンス、フロー実行、モデルの ID"},
	"mutes.for":           {EN: "For", ZH: "时长", JA: "期間"},
	"mutes.hours":         {EN: "%d h", ZH: "%d 小时", JA: "%d 時間"},
	"mutes.drop":          {EN: "Drop chat and email too, instead of holding them", ZH: "群消息和邮件也直接丢弃，不暂存", JA: "チャットとメールも保留せずに破棄する"},
	"mutes.dropped":       {EN: "dropped", ZH: "丢弃", JA: "破棄"},
	"mutes.new":           {EN: "New mute", ZH: "新建静音", JA: "ミュートを追加"},
	"mutes.go":            {EN: "Mute", ZH: "静音", JA: "ミュート"},
	"mutes.sees":          {EN: "Functions follow a change within %d seconds.", ZH: "更改在 %d 秒内对函数生效。", JA: "変更は %d 秒以内に関数に反映されます。"},
	"mutes.norule":        {EN: "There is no rule %s in the document.", ZH: "文档中没有规则 %s。", JA: "ドキュメントにルール %s がありません。"},
	"mutes.noreceiver":    {EN: "There is no target %s on the bus. Write it as the history shows it, such as dingtalk/oncall.", ZH: "总线上没有通知目标 %s。请按历史记录中的写法填写，如 dingtalk/oncall。", JA: "バスに通知先 %s がありません。履歴の表記どおりに入力してください（例：dingtalk/oncall）。"},
	"mutes.refused":       {EN: "Nothing was muted:", ZH: "未静音：", JA: "ミュートしませんでした："},
	"mutes.confirm":       {EN: "You named no job, rule or target: this mutes all notifications, critical ones included.", ZH: "未指定任务、规则或通知目标：将静音全部通知，包括严重级别的通知。", JA: "ジョブ、ルール、通知先が指定されていません。重大な通知も含め、すべての通知をミュートします。"},
	"mutes.confirm.go":    {EN: "Mute everything", ZH: "静音全部通知", JA: "すべてミュート"},
	"mutes.everything.on": {EN: "Everything is muted: nobody is notified, not even of critical events.", ZH: "全部通知已静音：即使发生严重事件也不会通知任何人。", JA: "すべてミュート中です。重大なイベントも通知されません。"},
}
