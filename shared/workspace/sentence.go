package workspace

import "github.com/pai-notify/pai-notify/shared/message"

// sentence is one that a [Finding] says, or a part of one, which has no kind.
type sentence struct {
	message.Sentence
	kind Kind
}

// sentences are all of them, with room for each, because they are listed at every
// cold start.
var sentences = make([]sentence, 0, 130)

//go:noinline
func says(code string, kind Kind, en, zh, ja string) sentence {
	s := sentence{message.Sentence{Code: code, Text: message.Text{EN: en, ZH: zh, JA: ja}}, kind}
	sentences = append(sentences, s)
	return s
}

// The document as a whole.
var (
	unreadable   = says("unreadable", KindSyntax, "{reason}", "{reason}", "{reason}")
	tooLong      = says("document-too-long", KindSyntax, "the document has {bytes} bytes, more than the {most} that are read: split the workspace's rules over fewer or shorter entries", "文档有 {bytes} 字节，超过上限 {most}：请减少或缩短规则的条目", "ドキュメントは {bytes} バイトで、上限の {most} を超えています：項目を減らすか短くしてください")
	notUTF8      = says("not-utf8", KindSyntax, "the document is not UTF-8 text: save it as UTF-8", "文档不是 UTF-8 文本：请以 UTF-8 保存", "ドキュメントが UTF-8 ではありません：UTF-8 で保存してください")
	empty        = says("document-empty", KindSyntax, `the document is empty: start it with "workspace: <name>" and "rules:"`, `文档为空：请以 "workspace: <name>" 和 "rules:" 开头`, `ドキュメントが空です："workspace: <name>" と "rules:" から始めてください`)
	tooMany      = says("too-many-values", KindSyntax, "the document has more than {most} values once its aliases are written out: write less", "展开别名后，文档的值超过 {most} 个：请减少内容", "エイリアスを展開すると値が {most} 個を超えます：内容を減らしてください")
	tooDeep      = says("too-deep", KindSyntax, "is nested too deeply, perhaps by an alias to something around it", "嵌套过深，可能是别名指向了其外层", "入れ子が深すぎます。エイリアスが外側を指している可能性があります")
	noForm       = says("unfit", KindShape, "the document cannot be read: a value has the wrong form for its key", "无法读取文档：某个值的格式与其键不符", "ドキュメントを読み取れません：キーに合わない形式の値があります")
	nothingToDo  = says("no-target-of-type", KindUnused, "no rule has a target of type {type}: the function {type} would send nothing", "没有规则包含类型为 {type} 的通知目标：函数 {type} 不会发送任何消息", "種類 {type} の通知先を持つルールがありません：関数 {type} は何も送信しません")
	otherType    = says("other-type", KindUnused, `{found} is not {type}, so the function {type} does not send it: did you mean "{type}"?`, `{found} 不是 {type}，函数 {type} 不会发送它：是否应为 "{type}"？`, `{found} は {type} ではないため、関数 {type} は送信しません："{type}" のことですか？`)
	duplicatesOf = says("name-taken", KindDuplicate, `{what} "{name}" is the name or id of {at}: give one of them another {key}; an id must differ from the name and the id of every other {what}`, `“{name}”已是{at}的名称或 id：请为其中之一改用别的 {key}；id 不能与其他{what}的名称或 id 相同`, `「{name}」は{at}の名前か id です：どちらかの {key} を変えてください。id はほかの{what}の名前や id と同じにできません`)
)

// Keys and values.
var (
	scopeForm      = says("scope-form", KindShape, `must be "workspace" or name created_by, flows or models, such as {created_by: ["2001"]}`, `必须是 "workspace"，或写明 created_by、flows 或 models，例如 {created_by: ["2001"]}`, `"workspace" とするか、created_by、flows、models のいずれかを指定します。例：{created_by: ["2001"]}`)
	labelEmpty     = says("label-empty", KindShape, "has no text: write one for all languages, or {en: …, zh: …, ja: …}", "没有文本：请填写一个通用文本，或 {en: …, zh: …, ja: …}", "テキストがありません：全言語共通のテキストか {en: …, zh: …, ja: …} を書いてください")
	noValue        = says("no-value", KindShape, "has no value: give one, or leave the key out if it is optional", "没有值：请填写，或在可选时删除该键", "値がありません：値を入れるか、任意ならキーを削除してください")
	notObject      = says("not-object", KindShape, "must be an object (key: value), not {found}", "必须是对象（key: value），而不是{found}", "オブジェクト（key: value）にしてください。現在は{found}です")
	mergeKey       = says("merge-key", KindShape, "merge keys (<<) are not read: alias the whole value, or write the keys out", "不支持合并键（<<）：请为整个值使用别名，或写出各个键", "マージキー（<<）には対応していません：値全体をエイリアスにするか、キーを書き出してください")
	keyNotText     = says("key-not-text", KindShape, "keys must be text: put this one in quotes", "键必须是文本：请加引号", "キーは文字列にしてください：引用符で囲みます")
	keyTwice       = says("key-twice", KindShape, "key {key} is given twice, first on line {line}: keep one", "键 {key} 重复，首次出现在第 {line} 行：请只保留一个", "キー {key} が重複しています（最初は {line} 行）：一つだけ残してください")
	keyUnknown     = says("key-unknown", KindShape, "unknown key {key}{hint}", "未知的键 {key}{hint}", "不明なキー {key}{hint}")
	keyMissing     = says("key-missing", KindShape, `key "{key}" is missing{doc}`, `缺少键 "{key}"{doc}`, `キー "{key}" がありません{doc}`)
	notList        = says("not-list", KindShape, `must be a list ([a, b], or one "- a" to a line), not {found}`, `必须是列表（[a, b]，或每行一个 "- a"），而不是{found}`, `リスト（[a, b]、または 1 行に 1 つの "- a"）にしてください。現在は{found}です`)
	listEmpty      = says("list-empty", KindShape, "is an empty list: give it an entry, or leave the key out if it is optional", "列表为空：请添加条目，或在可选时删除该键", "リストが空です：項目を入れるか、任意ならキーを削除してください")
	listLong       = says("list-long", KindShape, "has {count} entries, and a message shows at most {most}: leave some out", "有 {count} 项，而消息最多显示 {most} 项：请减少", "{count} 項目ありますが、メッセージに表示できるのは {most} までです：減らしてください")
	entryRepeated  = says("entry-repeated", KindShape, "is the same as entry {first} of the list: keep one of the two", "与列表第 {first} 项相同：请只保留一个", "リストの {first} 番目と同じです：どちらか一方だけ残してください")
	notBoolean     = says("not-boolean", KindShape, "must be true or false, not {found}", "必须是 true 或 false，而不是{found}", "true か false にしてください。現在は{found}です")
	notInteger     = says("not-integer", KindShape, "must be a whole number in decimal digits, not {found}", "必须是十进制整数，而不是{found}", "10 進数の整数にしてください。現在は{found}です")
	notNumber      = says("not-number", KindShape, "must be a number in decimal digits, not {found}", "必须是十进制数字，而不是{found}", "10 進数の数値にしてください。現在は{found}です")
	notText        = says("not-text", KindShape, "must be a text, not {found}{hint}", "必须是文本，而不是{found}{hint}", "文字列にしてください。現在は{found}です{hint}")
	notScalar      = says("not-scalar", KindShape, "must be a text in quotes, a number in decimal digits, true or false, not {found}", "必须是带引号的文本、十进制数字、true 或 false，而不是{found}", "引用符で囲んだ文字列、10 進数の数値、true、false のいずれかにしてください。現在は{found}です")
	textEmpty      = says("text-empty", KindShape, "is an empty text: give it a value, or leave the key out if it is optional", "文本为空：请填写，或在可选时删除该键", "文字列が空です：値を入れるか、任意ならキーを削除してください")
	notOneOf       = says("not-one-of", KindShape, "must be one of {values}, not {found}", "必须是 {values} 之一，而不是 {found}", "{values} のいずれかにしてください。現在は {found} です")
	badFormat      = says("format", KindShape, "must be {format}{length}", "必须是{format}{length}", "{format}にしてください{length}")
	secretWritten  = says("secret-in-document", KindSecret, "the secret is written in the document, where everybody who reads it can see it: put it into an environment variable of the function and write env:NAME here", "密钥直接写在文档中，能读取文档的人都能看到：请将其放入函数的环境变量，并在此写 env:NAME", "シークレットがドキュメントに直接書かれ、読める人全員に見えます：関数の環境変数に入れ、ここには env:NAME と書いてください")
	referenceEmpty = says("reference-empty", KindShape, "names no secret after the colon: write env:NAME, ssm:NAME, secretsmanager:ID or kms:NAME", "冒号后没有密钥名称：请写 env:NAME、ssm:NAME、secretsmanager:ID 或 kms:NAME", "コロンの後にシークレットの名前がありません：env:NAME、ssm:NAME、secretsmanager:ID、kms:NAME のいずれかを書いてください")
	misreference   = says("misreference", KindReference, "{reason}", "看起来是引用，但此处不会解析：{reason}", "参照のようですが、ここでは解決されません：{reason}")
)

// Rules: what they match and what their messages show.
var (
	sourceUnknown = says("source-unknown", KindUnknown, "there is no event source {name}{hint}", "没有事件源 {name}{hint}", "イベントソース {name} はありません{hint}")
	typeUnknown   = says("event-type-unknown", KindUnknown, "there is no event type {name} of {source}{hint}", "{source} 没有事件类型 {name}{hint}", "{source} にイベントタイプ {name} はありません{hint}")
	manyTypes     = says("too-many-event-types", KindQuota, `{count} event types in one rule are more than {most}: use ["*"]`, `一条规则有 {count} 个事件类型，超过上限 {most}：请使用 ["*"]`, `1 つのルールにイベントタイプが {count} 件あり、上限の {most} を超えています：["*"] を使ってください`)
	everyEvent    = says("every-event-beside", KindShape, `"*" is every event of {source}: use it alone, or take it out of the list`, `"*" 表示 {source} 的所有事件：列表中只写它，或去掉它`, `"*" は {source} のすべてのイベントです：これだけを書くか、外してください`)
	overlapping   = says("patterns-overlap", KindOverlap, "the patterns of these event types may match one event twice, and a bus would then deliver it twice: make them tell the types apart by one field, under catalogue", "这些事件类型的模式可能两次匹配同一事件，总线会投递两次：请在 catalogue 中用一个字段区分类型", "これらのイベントタイプのパターンは同じイベントに二度一致し、二度配信されることがあります：catalogue で 1 つの項目でイベントタイプを区別してください")
	scopeTaken    = says("scope-taken", KindScope, "the pattern of these events already has a condition on {field}: leave this scope out, or change the pattern under catalogue", "这些事件的模式已对 {field} 设置条件：请去掉此范围，或修改 catalogue 中的模式", "これらのイベントのパターンにはすでに {field} の条件があります：この範囲を外すか、catalogue のパターンを変えてください")
	scopeUnfit    = says("scope-unfit", KindScope, "events of {source} have no {field} to compare: {hint}", "{source} 的事件没有可比较的 {field}：{hint}", "{source} のイベントには比較できる {field} がありません：{hint}")
	ruleUnusable  = says("rule-pattern", KindCatalogue, "the events and scope of this rule make no usable pattern: {reason}", "此规则的事件和范围无法组成可用的模式：{reason}", "このルールのイベントと範囲から使えるパターンを作れません：{reason}")
	fieldBoth     = says("field-both", KindShape, "has both a key and a path: keep one of them", "同时有键和路径：请只保留一个", "キーとパスの両方があります：どちらか一つにしてください")
	fieldNeither  = says("field-neither", KindShape, "has neither a key nor a path: write a key such as reason, or {path: JobSpecs.*.Image} for another value of the event's data", "既没有键也没有路径：请写键（如 reason），或用 {path: JobSpecs.*.Image} 指定事件数据中的其他值", "キーもパスもありません：reason などのキーか、イベントデータの値を指す {path: JobSpecs.*.Image} を書いてください")
	fieldUnknown  = says("field-unknown", KindUnknown, "there is no field {name} of {source}{hint}; for any other value of the event's data write {path: Its.Path}", "{source} 没有字段 {name}{hint}；事件数据中的其他值请写 {path: Its.Path}", "{source} に項目 {name} はありません{hint}。イベントデータのほかの値は {path: Its.Path} と書きます")
	fieldRepeated = says("field-repeated", KindDuplicate, "is the same as entry {first} of the list: keep one of the two", "与列表第 {first} 项相同：请只保留一个", "リストの {first} 番目と同じです：どちらか一方だけ残してください")
)

// Contacts and targets.
var (
	notAnAddress      = says("not-an-email-address", KindAddress, "is not an email address: write one such as alice@example.com, without a display name", "不是邮箱地址：请写 alice@example.com 这样的地址，不带显示名称", "メールアドレスではありません：alice@example.com のように、表示名なしで書いてください")
	contactUnknown    = says("contact-unknown", KindContact, "there is no contact {name}{hint}", "没有联系人 {name}{hint}", "連絡先 {name} はありません{hint}")
	contactIncomplete = says("contact-incomplete", KindContact, `contact "{name}" has no {field}, which {type} needs: add it to {at}`, `联系人“{name}”没有 {field}，而 {type} 需要它：请在{at}中添加`, `連絡先「{name}」に {type} で必要な {field} がありません：{at}に追加してください`)
	targetTypeMissing = says("target-type-missing", KindShape, `key "type" is missing: the target's type{hint}`, `缺少键 "type"（通知目标的类型）{hint}`, `キー "type"（通知先の種類）がありません{hint}`)
	targetTypeForm    = says("target-type-form", KindShape, "must be a text: the target's type{hint}", "必须是文本：通知目标的类型{hint}", "文字列にしてください：通知先の種類{hint}")
	targetTypeUnknown = says("target-type-unknown", KindShape, "there is no target type {name}{hint}", "没有通知目标类型 {name}{hint}", "通知先の種類 {name} はありません{hint}")
	notCarried        = says("source-not-carried", KindCarries, "{type} carries events of {sources} only, and this rule's are of {source}: this is a limit of PAI; use another target type for them", "PAI 只允许 {type} 发送 {sources} 的事件，而此规则的事件属于 {source}：请改用其他类型的通知目标", "PAI が {type} に許可しているのは {sources} のイベントだけで、このルールは {source} のイベントです：ほかの種類の通知先を使ってください")
	targetTwice       = says("target-name-taken", KindDuplicate, `two targets of this rule are "{name}", the first is {first}: give this one a name of its own, such as "name: {free}"`, `此规则有两个通知目标名为“{name}”，第一个是{first}：请为此目标另起名称，例如 "name: {free}"`, `このルールには「{name}」という通知先が 2 つあり、最初は{first}です："name: {free}" のような別の名前を付けてください`)
	targetRefused     = says("target-refused", KindRefused, "{reason}", "参数无效：{reason}", "値が無効です：{reason}")
	quotaExceeded     = says("quota-exceeded", KindQuota, "{sums}; {count} of {quota}: the account's quota of targets per rule is exceeded; move targets to another rule, or raise quota (at most {most}) once PAI granted it", "{sums}；共 {count} 个，配额为 {quota}：超出账号的单条规则通知目标配额；请将通知目标移到其他规则，或在 PAI 批准后提高 quota（最多 {most}）", "{sums}。合計 {count} 件、上限 {quota}：アカウントのルールごとの通知先数の上限を超えています。通知先を別のルールに移すか、PAI の承認後に quota を上げてください（最大 {most}）")
)

// Receivers that rules refer to.
var (
	receiverUnknown  = says("receiver-unknown", KindReceiver, "there is no receiver {name}{hint}", "没有通知目标 {name}{hint}", "通知先 {name} はありません{hint}")
	receiverUnfit    = says("receiver-unfit", KindReceiver, `receiver "{name}" is of type {type}, which takes no {key}: leave it out`, `通知目标“{name}”的类型为 {type}，不支持 {key}：请去掉`, `通知先「{name}」の種類 {type} では {key} を指定できません：外してください`)
	receiverCarries  = says("receiver-not-carried", KindReceiver, `receiver "{name}" is of type {type}, which carries events of {sources} only, and this rule's are of {source}: this is a limit of PAI; use another receiver for them`, "通知目标“{name}”的类型为 {type}，PAI 只允许它发送 {sources} 的事件，而此规则的事件属于 {source}：请改用其他通知目标", "通知先「{name}」の種類は {type} で、PAI が許可しているのは {sources} のイベントだけですが、このルールは {source} のイベントです：ほかの通知先を使ってください")
	receiverContacts = says("receiver-contacts", KindReceiver, `receiver "{name}" has no contacts, and {type} needs the {field} of at least one: add contacts here, such as "contacts: [alice]", or to the receiver`, `通知目标“{name}”没有联系人，而 {type} 至少需要一个联系人的 {field}：请在此处添加 contacts（例如 "contacts: [alice]"），或在该通知目标中添加`, `通知先「{name}」に連絡先がなく、{type} には少なくとも 1 人の {field} が必要です：ここか通知先に "contacts: [alice]" のように追加してください`)
	receiverTwice    = says("receiver-twice", KindDuplicate, `this rule sends to "{name}" twice, first by {first}: keep one of them`, `此规则向“{name}”发送两次，第一次是{first}：请只保留一个`, `このルールは「{name}」に 2 回送ります。最初は{first}です：どちらか一つにしてください`)
	receiverInPlace  = says("receiver-in-place", KindDuplicate, `"{name}" is the receiver at {at}: write "receiver: {receiver}" in place of this target, or give the target another name`, `“{name}”是 {at} 的通知目标：请改写为 "receiver: {receiver}"，或为此目标改用其他名称`, `「{name}」は {at} の通知先です：この通知先の代わりに "receiver: {receiver}" と書くか、別の名前を付けてください`)
	receiverAgain    = says("receiver-again", KindOverlap, `rule "{rule}" ({at}) sends some of the same events here, and {why}: they come twice; narrow one of the rules, or take the receiver out of it`, "规则“{rule}”（{at}）也会将部分相同的事件发送到这里，而且{why}：这些事件会收到两次；请缩小其中一条规则的范围，或从中去掉此通知目标", "ルール「{rule}」（{at}）も同じイベントの一部をここに送り、{why}ため、2 回届きます：どちらかのルールの対象を絞るか、この通知先を外してください")
	againApart       = says("again-apart", "", "{type} sends each rule's message by itself", "{type} 会分别发送每条规则的消息", "{type} はルールごとにメッセージを送る")
	againInCloud     = says("again-in-cloud", "", "in a cloud {type} sends each rule's message by itself", "在云上 {type} 会分别发送每条规则的消息", "クラウドでは {type} がルールごとにメッセージを送る")
	againUnlike      = says("again-unlike", "", "their messages differ in {keys}", "两者的消息在 {keys} 上不同", "メッセージの {keys} が異なる")
	receiverIdle     = says("receiver-idle", KindIdle, `no rule refers to "{name}", so nothing is sent to it: write "receiver: {name}" among the targets of a rule, or remove it`, `没有规则引用“{name}”，因此不会向它发送消息：请在规则的 targets 中写 "receiver: {name}"，或将其删除`, `「{name}」を参照するルールがないため、何も送信されません：ルールの targets に "receiver: {name}" と書くか、削除してください`)
	noReceivers      = says("no-receivers", "", ": the document has none yet; list them under receivers", "：文档还没有；请在 receivers 中添加", "：ドキュメントにまだありません。receivers に追加してください")
)

// When messages are sent.
var (
	quietUnknown  = says("quiet-unknown", KindTiming, "there are no quiet hours {name}{hint}", "没有免打扰时段 {name}{hint}", "通知を控える時間帯 {name} はありません{hint}")
	quietName     = says("quiet-name", KindTiming, "the name must be {format}", "名称必须是{format}", "名前は{format}にしてください")
	quietAlways   = says("quiet-always", KindTiming, "it is always quiet then, and whatever is not critical would wait for 24 hours: leave a pause", "这样就始终是免打扰时段，非严重消息都会推迟 24 小时：请留出间隔", "常に通知を控えることになり、重大でないものはすべて 24 時間待ちます：間を空けてください")
	quietLong     = says("quiet-long", KindIdle, "it is quiet for {hours} hours without a pause, and nothing waits for more than {most}: what happens early is sent before they end", "连续 {hours} 小时免打扰，而消息最多推迟 {most} 小时：较早的消息会在时段结束前发送", "{hours} 時間続けて通知を控えますが、待つのは最大 {most} 時間です：早いものは時間帯が終わる前に送信されます")
	zoneUnknown   = says("zone-unknown", KindTiming, "is not the IANA name of a time zone, such as Asia/Shanghai or UTC{hint}", "不是 IANA 时区名称（例如 Asia/Shanghai 或 UTC）{hint}", "IANA のタイムゾーン名（例: Asia/Shanghai、UTC）ではありません{hint}")
	waitRange     = says("wait-range", KindTiming, "must be from 10s (10 seconds) to 1h (1 hour)", "必须在 10s（10 秒）到 1h（1 小时）之间", "10s（10 秒）から 1h（1 時間）までにしてください")
	groupMisfit   = says("group-misfit", KindTiming, "events of {source} are about no {by}: use {fit}, or rule for all that the rule asks for", "{source} 的事件与 {by} 无关：请使用 {fit}，或用 rule 表示此规则的全部事件", "{source} のイベントは {by} に関するものではありません：{fit} か、このルールのすべてを表す rule を使ってください")
	neverHeld     = says("never-held", KindIdle, "has no effect: all targets of this rule are HTTP endpoints, which get every event at once", "不起作用：此规则的所有通知目标都是 HTTP 端点，每个事件都会立即发送", "効果がありません：このルールの通知先はすべて HTTP エンドポイントで、すべてのイベントがすぐに送信されます")
	neverRecovers = says("never-recovers", KindIdle, "has no effect: nothing tells that what this rule asks for has recovered{types}", "不起作用：没有事件表示此规则的内容已恢复{types}", "効果がありません：このルールの対象が復旧したことを示すイベントがありません{types}")
	recoverable   = says("recoverable", "", "; of {source}, these can: {types}", "；{source} 中可恢复的有：{types}", "。{source} で復旧しうるのは {types} です")
	neverEnds     = says("never-ends", KindIdle, "has no effect: nothing that this rule asks for tells that a job or flow has ended{types}", "不起作用：此规则的事件都不表示任务或工作流已结束{types}", "効果がありません：このルールのイベントはどれもジョブやフローの終了を示しません{types}")
	whichEnd      = says("which-end", "", "; of {source}, these do: {types}", "；{source} 中表示结束的有：{types}", "。{source} で終了を示すのは {types} です")
	priceRange    = says("price-range", KindShape, "must be from 0 to {most} with at most 4 digits after the point", "必须在 0 到 {most} 之间，且最多 4 位小数", "0 から {most} まで、小数点以下は 4 桁までにしてください")
	pricesMany    = says("prices-many", KindShape, "has {count} prices, and each rule with a summary carries all of them: leave at most {most}", "有 {count} 个价格，而每条带 summary 的规则都会携带全部价格：请最多保留 {most} 个", "{count} 件の価格があり、summary のあるルールはすべてを運びます：{most} 件以下にしてください")
	pricesNone    = says("prices-none", KindIdle, "has no effect: it has no prices; give some under gpus or instances", "不起作用：没有价格；请在 gpus 或 instances 中添加", "効果がありません：価格がありません。gpus か instances に追加してください")
	pricesIdle    = says("prices-idle", KindIdle, "has no effect: no rule has summary: true", "不起作用：没有规则设置 summary: true", "効果がありません：summary: true のルールがありません")
	noQuiet       = says("no-quiet", "", ": the document has none yet; list them under quiet", "：文档还没有免打扰时段；请在 quiet 中添加", "：ドキュメントにまだありません。quiet に追加してください")
	uidTaken      = says("uid-taken", KindDuplicate, "{at} has this uid already: an account in PAI is one person's", "{at}已使用此 uid：一个 PAI 账号只属于一个人", "この uid は{at}ですでに使われています：PAI のアカウントは 1 人のものです")
)

// Whoever created what an event is about.
var (
	creatorReserved    = says("creator-reserved", KindContact, `"{name}" stands for whoever created what an event is about: give the contact another name, and this one as its id`, `“{name}”表示事件对象的创建者：请为联系人改用其他名称，并将此名称写为其 id`, `「{name}」はイベントの対象の作成者を表します：連絡先に別の名前を付け、この名前を id にしてください`)
	creatorUnfit       = says("creator-unfit", KindScope, "events of {source} do not say who created what they are about: name the contacts, or give the source its created_by under catalogue", "{source} 的事件不包含创建者：请写明联系人，或在 catalogue 中为该事件源设置 created_by", "{source} のイベントには作成者がありません：連絡先を指定するか、catalogue でソースに created_by を設定してください")
	creatorTaken       = says("creator-taken", KindScope, "the pattern of these events already has a condition on {field}, so they cannot be told apart by their creator: name the contacts, or change the pattern under catalogue", "这些事件的模式已对 {field} 设置条件，无法按创建者区分：请写明联系人，或修改 catalogue 中的模式", "これらのイベントのパターンにはすでに {field} の条件があり、作成者で区別できません：連絡先を指定するか、catalogue のパターンを変えてください")
	creatorNobody      = says("creator-nobody", KindContact, "no contact can be notified as the creator: add a contact with a uid and {field}, whose uid the rule's scope lets through", "没有联系人可作为创建者接收通知：请添加带有 uid 和 {field} 的联系人，且其 uid 在规则范围内", "作成者として通知できる連絡先がありません：uid と {field} を持ち、uid がルールの範囲に入る連絡先を追加してください")
	creatorAlone       = says("creator-alone", KindIdle, "an event whose creator is no contact with a uid notifies nobody: add a target that gets every event of the rule, unless that is what you want", "如果创建者不是带有 uid 的联系人，事件不会通知任何人：除非有意如此，请添加接收此规则全部事件的通知目标", "作成者が uid を持つ連絡先でないイベントは誰にも通知されません：それで構わない場合を除き、ルールのすべてのイベントを受け取る通知先を追加してください")
	creatorUnmentioned = says("creator-unmentioned", KindContact, "no contact can be mentioned as the creator: add a contact with a uid and {type} under mention, or a mainland mobile number where the chat finds people by it, whose uid the rule's scope lets through", "没有联系人可作为创建者被提醒：请添加带有 uid 和 mention 中 {type} 的联系人（可按手机号查找时，也可填写中国大陆手机号），且其 uid 在规则范围内", "作成者としてメンションできる連絡先がありません：uid と mention の {type}（電話番号で探せるチャットなら中国本土の携帯番号でも可）を持ち、uid がルールの範囲に入る連絡先を追加してください")
	creatorsMany       = says("creators-many", KindQuota, "{count} contacts take {size} characters of the {most} that a target has for those whom it mentions: split the rule by scope created_by, each part with a target of its own", "{count} 个联系人需要 {size} 个字符，超过通知目标可用的 {most} 个：请按 created_by 范围拆分规则，各部分使用各自的通知目标", "{count} 件の連絡先で {size} 文字になり、通知先で使える {most} 文字を超えています：created_by の範囲でルールを分け、それぞれに通知先を設けてください")
)

// The catalogue.
var (
	catalogueTwice   = says("catalogue-twice", KindDuplicate, "{name} is already in this list: merge the entries", "{name} 已在此列表中：请合并为一项", "{name} はすでにこのリストにあります：1 つの項目にまとめてください")
	catalogueRefused = says("catalogue-refused", KindCatalogue, "{reason}", "目录不正确：{reason}", "カタログが正しくありません：{reason}")
	scopePath        = says("scope-path", KindCatalogue, "a scope compares one value: write a path without *", "范围只比较一个值：请写不含 * 的路径", "範囲は 1 つの値を比べます：* のないパスを書いてください")
)

// Parts of sentences.
var (
	aRule        = says("rule", "", "rule", "规则", "ルール")
	aReceiver    = says("receiver", "", "receiver", "通知目标", "通知先")
	aContact     = says("contact", "", "contact", "联系人", "連絡先")
	aTarget      = says("target", "", "target", "通知目标", "通知先")
	numbered     = says("numbered", "", "{what} {number}", "第 {number} 个{what}", "{number} 番目の{what}")
	anObject     = says("object", "", "an object", "对象", "オブジェクト")
	aList        = says("list", "", "a list", "列表", "リスト")
	aText        = says("text", "", "a text", "文本", "文字列")
	aNumber      = says("number", "", "a number", "数字", "数値")
	aBoolean     = says("boolean", "", "true or false", "布尔值", "真偽値")
	noThing      = says("nothing", "", "nothing", "空值", "空")
	aTagged      = says("tagged", "", "a value with a tag (!)", "带标签（!）的值", "タグ（!）付きの値")
	quoteIt      = says("quote-it", "", ": put it in quotes", "：请加引号", "：引用符で囲んでください")
	described    = says("described", "", ": {text}", "：{text}", "：{text}")
	didYouMean   = says("did-you-mean", "", `: did you mean "{word}"?`, `：是否应为 "{word}"？`, `："{word}" のことですか？`)
	knownAre     = says("known-are", "", ": known are {words}", "：可用的有 {words}", "：使えるのは {words} です")
	addUnder     = says("add-under", "", "{known}; others can be added under {place}", "{known}；其他的可在 {place} 中添加", "{known}。ほかは {place} に追加できます")
	noContacts   = says("no-contacts", "", ": the document has no contacts yet; list them under contacts", "：文档还没有联系人；请在 contacts 中添加", "：ドキュメントに連絡先がまだありません。contacts に追加してください")
	atMost       = says("at-most", "", ", at most {most} characters", "，最多 {most} 个字符", "（最大 {most} 文字）")
	useWorkspace = says("use-scope-workspace", "", `use "scope: workspace"`, `请使用 "scope: workspace"`, `"scope: workspace" を使ってください`)
	otherScope   = says("other-scope", "", `this scope is for the source {source}; use "scope: workspace" or created_by`, `此范围适用于事件源 {source}；请使用 "scope: workspace" 或 created_by`, `この範囲はソース {source} 用です。"scope: workspace" か created_by を使ってください`)
)
