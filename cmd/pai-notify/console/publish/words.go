package publish

import "github.com/pai-notify/pai-notify/shared/message"

var publishWords = map[string]message.Text{
	"publish.lead":      {EN: "Publishes an event to the bus %s, as PAI would, and shows the result.", ZH: "像 PAI 一样向总线 %s 发布一个事件，并显示投递结果。", JA: "PAI と同じようにイベントをバス %s に送信し、結果を表示します。"},
	"publish.real":      {EN: "This is a bus in a cloud: its rules send real messages to real people.", ZH: "这是云上的总线：规则会向真实的人发送真实的消息。", JA: "これはクラウドのバスです。ルールは実際の人に実際のメッセージを送ります。"},
	"publish.choose":    {EN: "Choose an event", ZH: "选择事件", JA: "イベントを選ぶ"},
	"publish.own":       {EN: "Your own event", ZH: "自定义事件", JA: "独自のイベント"},
	"publish.text":      {EN: "CloudEvent in JSON", ZH: "CloudEvent（JSON）", JA: "CloudEvent（JSON）"},
	"publish.text.help": {EN: "Published unchanged, instead of the sample. Give each event its own id: an event that was published in the last 24 hours is not delivered again.", ZH: "将代替示例原样发布。每个事件需使用不同的 id：一天之内重复发布的事件不会再次投递。", JA: "サンプルの代わりにそのまま発行します。イベントごとに異なる id を指定してください。1 日以内に発行済みのイベントは再配信されません。"},
	"publish.go":        {EN: "Publish", ZH: "发布", JA: "発行"},
	"publish.wrong":     {EN: "This is not a usable event: %s", ZH: "这不是可用的事件：%s", JA: "イベントとして使えません：%s"},
	"publish.none":      {EN: "Choose a sample or paste an event.", ZH: "请选择一个示例，或粘贴事件。", JA: "サンプルを選ぶか、イベントを貼り付けてください。"},
	"publish.refused":   {EN: "The bus rejected the event.", ZH: "总线拒绝了该事件。", JA: "バスがイベントを受け付けませんでした。"},
	"publish.done":      {EN: "Result", ZH: "结果", JA: "結果"},
	"publish.quiet":     {EN: "No enabled rule matches this event, so nobody was notified.", ZH: "没有启用的规则匹配该事件，因此未通知任何人。", JA: "このイベントに一致する有効なルールがないため、誰にも通知していません。"},
	"publish.norules":   {EN: "There are no rules yet, so nobody was notified.", ZH: "还没有规则，因此未通知任何人。", JA: "ルールがまだないため、誰にも通知していません。"},
	"publish.why":       {EN: "Why the other rules did not match", ZH: "其他规则为何不匹配", JA: "ほかのルールが一致しなかった理由"},
}
