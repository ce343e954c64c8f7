package publish

import "github.com/pai-notify/pai-notify/shared/message"

var publishWords = map[string]message.Text{
	"publish.title":     {EN: "Publish a sample event", ZH: "发布示例事件", JA: "サンプルイベントを発行"},
	"publish.lead":      {EN: "Puts an event on the bus %s, as PAI would, and shows what becomes of it.", ZH: "像 PAI 一样把一个事件放到总线 %s 上，并显示结果。", JA: "PAI と同じようにイベントをバス %s に載せ、結果を表示します。"},
	"publish.real":      {EN: "This bus is in a cloud: its rules send real messages to real people.", ZH: "这是云上的总线：规则会向真实的人发送真实的消息。", JA: "これはクラウドのバスです。ルールは実際の人に実際のメッセージを送ります。"},
	"publish.choose":    {EN: "Which event?", ZH: "选择事件", JA: "イベントを選ぶ"},
	"publish.own":       {EN: "An event of your own", ZH: "自定义事件", JA: "自分のイベント"},
	"publish.text":      {EN: "CloudEvent, as JSON", ZH: "CloudEvent（JSON）", JA: "CloudEvent（JSON）"},
	"publish.text.help": {EN: "Published as it stands instead of the sample. Each needs an id of its own: what was published within a day is not delivered twice.", ZH: "将代替示例原样发布。每个事件需要自己的 id：一天之内重复发布的事件不会再次投递。", JA: "サンプルの代わりにそのまま発行します。id はイベントごとに必要です。1 日以内に発行済みのものは再配信されません。"},
	"publish.go":        {EN: "Publish", ZH: "发布", JA: "発行"},
	"publish.none":      {EN: "Choose a sample, or paste an event.", ZH: "请选择一个示例，或粘贴事件。", JA: "サンプルを選ぶか、イベントを貼り付けてください。"},
	"publish.refused":   {EN: "The bus did not take the event.", ZH: "总线未接受该事件。", JA: "バスがイベントを受け付けませんでした。"},
	"publish.done":      {EN: "What became of it", ZH: "结果", JA: "結果"},
	"publish.quiet":     {EN: "No enabled rule asks for this event, so nobody was told.", ZH: "没有启用的规则匹配该事件，因此未通知任何人。", JA: "このイベントに一致する有効なルールがないため、誰にも通知していません。"},
	"publish.norules":   {EN: "There is no rule yet, so nobody was told.", ZH: "还没有规则，因此未通知任何人。", JA: "ルールがまだないため、誰にも通知していません。"},
	"publish.why":       {EN: "Why other rules did not match", ZH: "其他规则为何不匹配", JA: "ほかのルールが一致しなかった理由"},
}
