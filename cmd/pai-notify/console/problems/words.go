package problems

import "github.com/pai-notify/pai-notify/shared/message"

var problemWords = map[string]message.Text{
	"finding.syntax":              {EN: "Cannot be read.", ZH: "无法读取。", JA: "読み取れません。"},
	"finding.shape":               {EN: "Not of the right form.", ZH: "格式不正确。", JA: "形式が正しくありません。"},
	"finding.unknown":             {EN: "Not known.", ZH: "未知的内容。", JA: "不明な値です。"},
	"finding.duplicate":           {EN: "Given twice.", ZH: "重复。", JA: "重複しています。"},
	"finding.contact":             {EN: "The contact does not fit.", ZH: "联系人不符合要求。", JA: "連絡先が合いません。"},
	"finding.address":             {EN: "Not an address.", ZH: "邮箱地址不正确。", JA: "メールアドレスが正しくありません。"},
	"finding.carries":             {EN: "PAI does not allow this.", ZH: "PAI 不允许此组合。", JA: "PAI では許可されていません。"},
	"finding.scope":               {EN: "The scope does not fit.", ZH: "范围不适用。", JA: "範囲が合いません。"},
	"finding.quota":               {EN: "Too many.", ZH: "超出配额。", JA: "上限を超えています。"},
	"finding.refused":             {EN: "Cannot work.", ZH: "参数不可用。", JA: "この値では動作しません。"},
	"finding.reference":           {EN: "Looks like a reference.", ZH: "看起来是引用，但此处不会解析。", JA: "参照のようですが、ここでは解決されません。"},
	"finding.catalogue":           {EN: "The catalogue does not fit.", ZH: "目录不正确。", JA: "カタログが正しくありません。"},
	"check.EventBridge activated": {EN: "EventBridge is activated", ZH: "已开通事件总线 EventBridge", JA: "EventBridge が有効"},
	"check.role":                  {EN: "Role", ZH: "角色", JA: "ロール"},
	"check.bus":                   {EN: "Event bus", ZH: "事件总线", JA: "イベントバス"},
	"check.rules":                 {EN: "Rules of the document", ZH: "文档中的规则", JA: "ドキュメントのルール"},
	"check.variable":              {EN: "Variable", ZH: "环境变量", JA: "環境変数"},
	"check.events":                {EN: "Events on the bus", ZH: "总线上的事件", JA: "バスのイベント"},
	"check.source":                {EN: "Event source", ZH: "事件源", JA: "イベントソース"},
	"check.further sources":       {EN: "Further event sources", ZH: "其他事件源", JA: "その他のイベントソース"},
	"check.function":              {EN: "Function", ZH: "函数", JA: "関数"},
}
