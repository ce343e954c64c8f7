package provision

import "github.com/pai-notify/pai-notify/shared/message"

// sentences are all that a check-up and a plan say. The list has room for each of
// them from the start, because it is filled at every cold start.
var sentences = make([]message.Sentence, 0, 192)

//go:noinline
func says(code, en, zh, ja string) message.Sentence {
	s := message.Sentence{Code: code, Text: message.Text{EN: en, ZH: zh, JA: ja}}
	sentences = append(sentences, s)
	return s
}

// What a check-up looks at.
var (
	aService    = says("eventbridge", "EventBridge", "事件总线 EventBridge", "EventBridge")
	aRole       = says("role", "role {role}", "角色 {role}", "ロール {role}")
	aBus        = says("bus", "bus {bus}", "事件总线 {bus}", "イベントバス {bus}")
	theRules    = says("rules", "rules of the document", "文档中的规则", "ドキュメントのルール")
	aFunction   = says("function", "function {function}", "函数 {function}", "関数 {function}")
	aSecret     = says("secret", "secret {secret}", "密钥 {secret}", "シークレット {secret}")
	aPermission = says("permission", "{action}", "{action}", "{action}")
	theEvents   = says("events", "events", "总线上的事件", "バスのイベント")
	aSource     = says("source", "source {source}", "事件源 {source}", "イベントソース {source}")
	noLedgerAt  = says("no-ledger", "ledger", "通知记录", "通知記録")
	aLedger     = says("ledger", "ledger {ledger}", "通知记录 {ledger}", "通知記録 {ledger}")
	theOverdue  = says("overdue", "overdue notifications", "逾期未发送的通知", "送信が遅れている通知")
	aReceiver   = says("receiver", "target {receiver} of rule {rule}", "规则 {rule} 的 {receiver}", "ルール {rule} の {receiver}")

	otherReceivers = says("receivers-rest", "other targets", "其他通知目标", "その他の通知先")
	theReceivers   = says("receivers", "targets", "通知目标", "通知先")

	restSources = says("sources", "other sources", "其他事件源", "その他のイベントソース")
)

// What it finds about the set-up.
var (
	answered       = says("unknown", "{error}", "{error}", "{error}")
	absent         = says("absent", "does not exist", "不存在", "存在しません")
	active         = says("active", "activated", "已开通", "有効化済み")
	notActivated   = says("not-activated", "not activated (ServiceNotEnable)", "尚未开通（ServiceNotEnable）", "有効化されていません（ServiceNotEnable）")
	letsPublish    = says("lets-pai-publish", "lets PAI publish events to the bus", "允许 PAI 向总线投递事件", "PAI がバスにイベントを送信するためのロール")
	letsInvoke     = says("lets-rules-invoke", "lets EventBridge invoke functions", "允许 EventBridge 调用函数", "EventBridge が関数を呼び出すためのロール")
	rulesUnread    = says("unread", "cannot be read", "无法读取", "読み取れません")
	rulesUnfit     = says("unfit", "the document does not fit the bus: {error}", "文档与总线不兼容：{error}", "ドキュメントはこのバスに適用できません：{error}")
	rulesSame      = says("unchanged", "{unchanged} unchanged{others}{sharing}", "{unchanged} 条与文档一致{others}{sharing}", "{unchanged} 件は変更なし{others}{sharing}")
	rulesDiffer    = says("differ", "{create} to create, {change} to change, {delete} to delete, {rest}", "待创建 {create}，待修改 {change}，待删除 {delete}，{rest}", "作成 {create}、変更 {change}、削除 {delete}、{rest}")
	otherRules     = says("other-rules", ", {count} created elsewhere", "，另有 {count} 条不属于本文档", "、別の場所で作成 {count} 件")
	sharing        = says("sharing", "; {how}", "；{how}", "。{how}")
	invocable      = says("invocable", "rules of the bus can invoke it", "总线的规则可以调用它", "バスのルールから呼び出せます")
	notInvocable   = says("not-invocable", "its policy does not let rules of the bus invoke it", "其策略不允许总线的规则调用它", "ポリシーがバスのルールからの呼び出しを許可していません")
	unsureInvoke   = says("invocable-unknown", "cannot tell whether rules of the bus can invoke it: {error}", "无法确认总线的规则能否调用它：{error}", "バスのルールから呼び出せるか確認できません：{error}")
	secretSet      = says("set", "the function {function} has it", "函数 {function} 已设置", "関数 {function} に設定済み")
	secretUnset    = says("unset", "the function {function} does not have it, so notifications that need it fail: {reason}", "函数 {function} 未设置，相关通知将投递失败：{reason}", "関数 {function} に未設定です。これを使う通知は配信に失敗します：{reason}")
	secretUnsure   = says("set-unknown", "cannot tell whether the function {function} has it: {reason}", "无法确认函数 {function} 是否已设置：{reason}", "関数 {function} に設定済みか確認できません：{reason}")
	lacking        = says("lacking", "the caller does not have it", "当前调用者没有此权限", "呼び出し元にこの権限がありません")
	untold         = says("untold", "cannot be checked without making a change", "需要实际变更才能确认", "実際に変更しないと確認できません")
	uncalled       = says("uncalled", "not used: pai-notify reads targets with eventbridge:GetRule", "不使用：pai-notify 通过 eventbridge:GetRule 读取事件目标", "使いません：pai-notify はターゲットを eventbridge:GetRule で読みます")
	permissionTold = says("permission-unknown", "cannot tell: {error}", "无法确认：{error}", "確認できません：{error}")
)

// What it finds about the ledger and what it tells.
var (
	withoutLedger = says("none", "none: after a redelivery a notification can be sent twice, a failed one is retried only as long as the platform does, and no history is kept", "未使用：平台重复投递时可能重复发送通知，失败的通知仅在平台重试期间内重试，且不保留历史记录", "未使用：再配信時に通知が二重に送信されることがあり、失敗した通知はプラットフォームの再試行の間しか再試行されず、履歴も残りません")
	noWaker       = says("no-redeliver", "these functions record notifications, but there is no function {function}, so what waits is never sent: {functions}", "以下函数记录通知，但函数 {function} 不存在，等待中的通知不会发送：{functions}", "次の関数は通知を記録しますが、関数 {function} が存在しないため、待機中の通知は送信されません：{functions}")
	blindWaker    = says("redeliver-without-ledger", "these functions record notifications, but the function {function} has no ledger, so what waits is never sent: {functions}", "以下函数记录通知，但函数 {function} 未设置通知记录，等待中的通知不会发送：{functions}", "次の関数は通知を記録しますが、関数 {function} に通知記録が設定されていないため、待機中の通知は送信されません：{functions}")
	otherLedger   = says("other-ledger", "these functions do not use it, so what they send can be sent twice and is not in the history: {functions}", "以下函数未使用它，其通知可能重复发送，且不在历史记录中：{functions}", "次の関数は使用していないため、通知が二重に送信されることがあり、履歴に残りません：{functions}")
	otherWaker    = says("records-other-bus", "these functions record notifications for another bus, where {function} does not find what waits: {functions}", "以下函数按其他总线记录通知，{function} 找不到其中等待发送的通知：{functions}", "次の関数は別のバスの通知として記録するため、{function} は待機中の通知を見つけられません：{functions}")
	otherBus      = says("other-bus", "the function {function} serves the bus {bus} only", "函数 {function} 仅服务于总线 {bus}", "関数 {function} はバス {bus} のみを処理します")
	noTable       = says("no-table", "its table does not exist: {error}", "表不存在：{error}", "テーブルが存在しません：{error}")
	ledgerCounts  = says("counts", "waiting: {waiting}, failed: {dead}", "等待中 {waiting} 条，失败 {dead} 条", "待機中 {waiting} 件、配信失敗 {dead} 件")
	ledgerMore    = says("counts-more", "{counts}, and more", "{counts}，还有更多", "{counts}、ほかにもあります")
	listDead      = says("dead", "{counts}; {command} lists them", "{counts}；用 {command} 列出", "{counts}。{command} で一覧できます")
	lastRan       = says("ran", "last ran {at}", "上次运行：{at}", "最後の実行：{at}")
	neverRan      = says("never-ran", "has never run for this bus, so what waits is not sent", "从未为此总线运行，等待中的通知不会发送", "このバスではまだ実行されていないため、待機中の通知は送信されません")
	noneOverdue   = says("none-overdue", "none", "无", "なし")
	// Those that a later version wrote, or that are damaged: they are never sent by this one.
	someUnreadable = says("some-unreadable", "{count}, of which {unreadable} cannot be read: {rows}", "{count} 条，其中 {unreadable} 条无法读取：{rows}", "{count} 件（うち {unreadable} 件は読み取れません：{rows}）")
	someOverdue    = says("some-overdue", "{count}, the oldest since {since}", "{count} 条，最早应于 {since} 发送", "{count} 件（最も古いものは {since} の予定）")
	delivery       = says("delivery", "last sent: {sent}; waiting: {waiting}, failed: {dead}", "上次发送：{sent}；等待中 {waiting} 条，失败 {dead} 条", "最後の送信：{sent}。待機中 {waiting} 件、配信失敗 {dead} 件")
	lastFailed     = says("failing", "failed {at}{code}: {reason}; {rest}", "{at} 投递失败{code}：{reason}；{rest}", "{at} に配信失敗{code}：{reason}。{rest}")
	itsCode        = says("with-code", ", code {code}", "，错误码 {code}", "、エラーコード {code}")
	notLately      = says("not-lately", "not in {days} days", "最近 {days} 天没有", "過去 {days} 日間なし")
	receiversWell  = says("well", "{count} without failures in {days} days", "{count} 个在最近 {days} 天内没有失败", "{count} 件は過去 {days} 日間失敗なし")
	moreReceivers  = says("receivers-more", "{count} more", "另有 {count} 个", "ほか {count} 件")
)

// What it finds about the events that passed the bus.
var (
	passedCount   = says("counted", "events in {days} days: {events}", "最近 {days} 天的事件：{events} 个", "過去 {days} 日間のイベント：{events} 件")
	countedMore   = says("counted-more", "events in {days} days: more than {events}, of which {events} were read", "最近 {days} 天的事件超过 {events} 个，已读取其中 {events} 个", "過去 {days} 日間のイベント：{events} 件超（うち {events} 件を読み取り）")
	quietBus      = says("quiet", "no event in {days} days", "最近 {days} 天没有事件", "過去 {days} 日間にイベントがありません")
	passedUnread  = says("unread-events", "cannot read the events of the bus: {error}", "无法读取总线上的事件：{error}", "バスのイベントを読み取れません：{error}")
	noRecord      = says("no-record", "the service keeps no record of events here", "此服务不保留事件记录", "このサービスではイベントの記録が残りません")
	byHand        = says("left-out", "{events}; published with pai-notify and left out: {count}", "{events}；不计通过 pai-notify 发布的 {count} 个", "{events}。pai-notify で発行した {count} 件は数えていません")
	moreSources   = says("more", "sources: {count}", "事件源：{count}", "ソース：{count}")
	dataDiffers   = says("data-differs", "the data of the source {name} has other names than the catalogue says, and these rules match none of it: {rules}; {events}", "事件源 {name} 的数据字段名与目录不同，以下规则均无法匹配：{rules}。{events}", "イベントソース {name} のデータの項目名がカタログと異なり、次のルールに一致しません：{rules}。{events}")
	typesDiffer   = says("types-differ", "the catalogue does not know these types of the source {name}: {types}; these rules wait: {rules}; rules that match: {matching}; {events}", "目录中没有事件源 {name} 的以下类型：{types}。等待这些事件的规则：{rules}。匹配的规则：{matching}。{events}", "イベントソース {name} の次のイベントタイプはカタログにありません：{types}。イベント待ちのルール：{rules}。一致するルール：{matching}。{events}")
	matched       = says("matched", "{events}; rules that match: {matching}", "{events}。匹配的规则：{matching}", "{events}。一致するルール：{matching}")
	dataUnread    = says("data-unread", "{events}; whether a rule matches depends on data that could not be read", "{events}。是否匹配取决于无法读取的数据", "{events}。一致するかどうかは、読み取れないデータによります")
	dataUnmatched = says("data-unmatched", "source and type match these rules, but the data that was read does not: {rules}; {events}", "事件源和类型符合以下规则，但读取到的数据不符合：{rules}。{events}", "ソースとイベントタイプは次のルールに一致しますが、読み取ったデータは一致しません：{rules}。{events}")
	looksLike     = says("looks-like", "PAI's source is {name}, no rule matches it; it looks like {known}, for which these rules wait: {rules}; {events}", "PAI 的事件源是 {name}，没有规则匹配。它可能就是 {known}，等待其事件的规则：{rules}。{events}", "PAI のイベントソースは {name} で、一致するルールがありません。{known} と思われ、次のルールがイベントを待っています：{rules}。{events}")
	unmatched     = says("unmatched", "PAI's source is {name}, no rule matches it; {events}", "PAI 的事件源是 {name}，没有规则匹配。{events}", "PAI のイベントソースは {name} で、一致するルールがありません。{events}")
	notCatalogued = says("not-in-catalogue", "no rule matches the source {name}, which the catalogue does not know; {events}", "没有规则匹配事件源 {name}，目录中也没有该事件源。{events}", "イベントソース {name} に一致するルールがなく、カタログにもありません。{events}")
	notAskedFor   = says("not-asked-for", "{events}; no enabled rule asks for {known}", "{events}。没有启用的规则订阅 {known}", "{events}。{known} を対象とする有効なルールがありません")
	typesAwaited  = says("types-awaited", "no rule matches the source {name}: the catalogue does not know its types {types}; these rules wait: {rules}; {events}", "没有规则匹配事件源 {name}：目录中没有其类型 {types}。等待这些事件的规则：{rules}。{events}", "イベントソース {name} に一致するルールがありません。イベントタイプ {types} はカタログにありません。イベント待ちのルール：{rules}。{events}")
	typesUnknown  = says("types-unknown", "no rule matches the source {name}, and the catalogue does not know these types: {types}; {events}", "没有规则匹配事件源 {name}，目录中没有以下类型：{types}。{events}", "イベントソース {name} に一致するルールがなく、次のイベントタイプはカタログにありません：{types}。{events}")
	othersAskedOf = says("others-asked-for", "{events}; they are in the catalogue, but the enabled rules ask for other event types", "{events}。目录中有这些事件，但已启用的规则未订阅这些事件类型", "{events}。カタログにありますが、有効なルールは別のイベントタイプを対象としています")
)

// What to know before applying a plan.
var (
	copiedRule     = says("copied-rule", "rule {rule} is a copy of {original} that somebody made on the bus: events that match both are sent twice; --delete-copies deletes it", "规则 {rule} 是在总线上手动复制 {original} 得到的：同时匹配两者的事件会通知两次；可用 --delete-copies 删除", "ルール {rule} はバス上で作られた {original} のコピーです：両方に一致するイベントは 2 回通知されます。--delete-copies で削除できます")
	keptRule       = says("kept-rule", "rule {rule} is no longer in the document, but stays on the bus for targets that somebody added to it: {targets}; delete it there when nobody needs them", "规则 {rule} 已不在文档中，但有人为其添加了事件目标 {targets}，因此保留在总线上；不再需要时请在总线上删除", "ルール {rule} はドキュメントから削除されましたが、ほかの人が追加したターゲット {targets} があるためバスに残ります。不要になったらバスで削除してください")
	fullBus        = says("full-bus", "the bus is limited to {most} rules and has {count}: some old rules are deleted before all new ones exist, so events in between may be missed", "总线最多 {most} 条规则，现有 {count} 条：需先删除部分旧规则才能创建全部新规则，其间的事件可能漏发通知", "バスのルールは最大 {most} 件で、現在 {count} 件です：一部の古いルールを先に削除するため、その間のイベントは通知されないことがあります")
	crossedRules   = says("crossed-rules", "some rules on the bus take over targets from each other: events in between may be missed", "总线上的部分规则互相接管通知目标：其间的事件可能漏发通知", "バスの一部のルールが互いの通知先を引き継ぎます：その間のイベントは通知されないことがあります")
	noDescriptions = says("no-descriptions", "the bus has no room for rule descriptions, so messages leave them out: shorten descriptions, or give rules fewer fields or targets", "总线没有空间保存规则描述，消息中将省略：请缩短描述，或减少规则的字段、通知目标", "バスにルールの説明を入れる余地がないため、メッセージでは省かれます：説明を短くするか、ルールの項目や通知先を減らしてください")
	sharedPhones   = says("shared-phones", "rules that send texts or calls share a list with others, because the bus is limited to {most} rules: {rules}; a text or call that fails beside one that was sent is logged but not retried, and an invocation that is cut off may text or call somebody twice", "总线最多 {most} 条规则，因此以下发送短信或语音的规则与其他规则共用列表：{rules}；同一次调用中如有其他短信或语音已发送成功，失败的只记入日志，不再重试；调用中断时可能重复发送", "バスのルールは最大 {most} 件のため、SMS や音声電話を使う次のルールはほかのルールとリストを共有します：{rules}。同じ呼び出しで送信済みのものがあると、失敗した SMS や音声電話はログに記録されるだけで再試行されません。呼び出しが中断すると、二重に送信されることがあります")
	movedPhone     = says("moved-phone", "{old} of rule {from} is removed before {new} of rule {to} is added, so that nobody is texted or called twice: this phone misses events in between", "先移除规则 {from} 的 {old}，再添加规则 {to} 的 {new}，以免重复发送短信或语音：其间的事件不会通知该号码", "SMS や音声電話の重複を避けるため、ルール {from} の {old} を削除してからルール {to} の {new} を追加します：その間のイベントはこの電話に通知されません")
	newRuleIDs     = says("new-rule-ids", `notifications of rule {rule} get new ids, so an event that a cloud delivers again may reach its phones twice; to keep the ids, write "id: {id}" into the rule`, `规则 {rule} 的通知将使用新的 id，云服务再次投递同一事件时可能重复通知其号码；如需保留，请在规则中写入 "id: {id}"`, `ルール {rule} の通知の id が変わるため、クラウドが同じイベントを再配信すると電話に 2 回届くことがあります。id を保つには、ルールに "id: {id}" と書いてください`)
	newTargetIDs   = says("new-target-ids", "{old} of rule {rule} becomes {new}, so its notifications get new ids, and an event that a cloud delivers again may reach this phone twice; to keep the ids, give the contact its old name as id, or the target its old name", "规则 {rule} 的 {old} 改为 {new}，其通知将使用新的 id，云服务再次投递同一事件时可能重复通知该号码；如需保留，请将原名称设为联系人的 id，或恢复通知目标的原名称", "ルール {rule} の {old} が {new} になり通知の id が変わるため、クラウドが同じイベントを再配信するとこの電話に 2 回届くことがあります。id を保つには、連絡先の id に元の名前を指定するか、通知先を元の名前に戻してください")
	inProgress     = says("in-progress", "notifications in progress are still sent or retried, also those for what is removed or disabled", "正在处理的通知仍会发送或重试，包括已移除或停用的规则和通知目标的通知", "処理中の通知は、削除または無効化したものも含め、引き続き送信または再試行されます")
	waitingUnknown = says("waiting-unknown", "cannot tell how many notifications wait for what changes: {error}", "无法确认有多少等待发送的通知会受变更影响：{error}", "変更の影響を受ける待機中の通知の数を確認できません：{error}")
	noQueue        = says("no-dead-letter-queue", "targets without a dead-letter queue: {count}; an event that cannot be delivered to the function within a day is dropped; name a queue with --dead-letter ARN or {variable}", "没有死信队列的事件目标：{count} 个；一天内无法投递给函数的事件会被丢弃；请用 --dead-letter ARN 或 {variable} 指定队列", "デッドレターキューのないターゲット：{count} 件。1 日以内に関数へ配信できないイベントは破棄されます。--dead-letter ARN または {variable} でキューを指定してください")
	noSuchBus      = says("no-bus", "there is no bus {bus} in this account and region: is the region right?", "此账号和地域中没有事件总线 {bus}：请确认地域是否正确", "このアカウントとリージョンにイベントバス {bus} がありません：リージョンを確認してください")
	keptBus        = says("kept-bus", `the bus {bus} stays, because it was created for the owner "{owner}": when nobody uses it any more, delete it with --take-over {owner}`, `事件总线 {bus} 是为所有者“{owner}”创建的，因此保留：不再使用时，请用 --take-over {owner} 删除`, `イベントバス {bus} は所有者「{owner}」のために作られたため残ります：使われなくなったら --take-over {owner} で削除してください`)
	secretsUnsure  = says("secrets-unknown", "cannot tell whether the function {function} has {secrets}: {reason}", "无法确认函数 {function} 是否已设置 {secrets}：{reason}", "関数 {function} に {secrets} が設定済みか確認できません：{reason}")
	secretMissing  = says("secret-missing", "the function {function} does not have {secret}, so notifications that need it fail: {reason}: {remedy}", "函数 {function} 未设置 {secret}，相关通知将投递失败：{reason}：{remedy}", "関数 {function} に {secret} が未設定のため、これを使う通知は配信に失敗します：{reason}：{remedy}")
)

// How the rules of a document share the rules of a bus.
var (
	rulesOfMost = says("rules-of-most", "{count} of {most} rules on the bus{lists}{filtered}{absent}", "总线规则 {count} 条，上限 {most} 条{lists}{filtered}{absent}", "バスのルール {count} 件（上限 {most} 件）{lists}{filtered}{absent}")
	rulesOnBus  = says("rules-on-bus", "{count} rules on the bus{lists}{filtered}{absent}", "总线规则 {count} 条{lists}{filtered}{absent}", "バスのルール {count} 件{lists}{filtered}{absent}")
	inLists     = says("in-lists", "; rules in shared lists: {rules} (lists: {lists})", "；共用列表的规则 {rules} 条（列表 {lists} 个）", "。リストを共有するルール {rules} 件（リスト {lists} 個）")
	filtered    = says("filtered", "; rules whose events the function filters: {rules}", "；由函数过滤事件的规则 {rules} 条", "。関数がイベントを絞り込むルール {rules} 件")
	keptOff     = says("kept-off", "; disabled rules that are not on the bus: {rules}", "；未创建到总线上的已停用规则 {rules} 条", "。バスにない無効なルール {rules} 件")
)

// What to do.
var (
	grantPAI       = says("grant-pai", "in the PAI console, open the workspace's event notifications and grant the permission it asks for; or: {command}", "在 PAI 控制台打开工作空间的“事件通知配置”，并按提示授权；或执行：{command}", "PAI コンソールでワークスペースのイベント通知を開き、求められた権限を許可します。または：{command}")
	grantInvoke    = says("grant-eventbridge", "in the EventBridge console, start a rule with a Function Compute target and confirm the role it asks for; or: {command}", "在 EventBridge 控制台新建以函数计算为目标的规则，并按提示确认角色；或执行：{command}", "EventBridge コンソールで Function Compute をターゲットとするルールを作り始め、求められたロールを許可します。または：{command}")
	findRole       = says("find-role", "allow ram:GetRole, or look for the role in the RAM console", "授予 ram:GetRole 权限，或在 RAM 控制台查看该角色", "ram:GetRole を許可するか、RAM コンソールでロールを確認します")
	makeBus        = says("make-bus", "pai-notify apply creates it; if PAI has created one already, the region or the workspace's name is wrong", "用 pai-notify apply 创建；如果 PAI 已创建过，则是地域或工作空间名称有误", "pai-notify apply で作成します。PAI がすでに作っている場合は、リージョンかワークスペース名が違います")
	applyDocument  = says("apply", "pai-notify plan shows the differences, pai-notify apply applies them", "用 pai-notify plan 查看差异，用 pai-notify apply 应用", "pai-notify plan で差分を確認し、pai-notify apply で適用します")
	deployIt       = says("deploy-function", "deploy it (README, Deploy); if it has another name, give --functions PREFIX", "请部署该函数（见 README 的 Deploy）；若名称不同，用 --functions 指定前缀", "関数をデプロイします（README の Deploy）。名前が違う場合は --functions で接頭辞を指定します")
	run            = says("run", "{command}", "{command}", "{command}")
	setHere        = says("set-variable", "set it where you start pai-notify, and restart it", "请在启动 pai-notify 的环境中设置，并重新启动", "pai-notify を起動する環境で設定し、再起動します")
	pushSecret     = says("push-secret", "put it into the deployment's secret: {command}; a function that was configured by hand needs it among its variables, and its name in PAI_NOTIFY_SECRETS", "请将其写入部署的密钥：{command}；手动配置的函数需将其加入环境变量，并将名称写入 PAI_NOTIFY_SECRETS", "デプロイのシークレットに入れます：{command}。手動で設定した関数では環境変数に加え、名前を PAI_NOTIFY_SECRETS に書きます")
	sameSetting    = says("same-setting", "deploy them again with {variable}={value}", "请以 {variable}={value} 重新部署", "{variable}={value} を設定してもう一度デプロイします")
	sameBus        = says("same-bus", "set {variable}={bus} there, or deploy another set of functions with a prefix of its own", "请在该函数设置 {variable}={bus}，或用其他前缀另行部署一组函数", "その関数に {variable}={bus} を設定するか、別の接頭辞で関数一式をデプロイします")
	makeTable      = says("make-table", "on Alibaba Cloud pai-notify apply --ledger {ledger} creates it; on AWS the template does: deploy it again", "阿里云上用 pai-notify apply --ledger {ledger} 创建；AWS 上由模板创建，请重新部署", "Alibaba Cloud では pai-notify apply --ledger {ledger} で作成します。AWS ではテンプレートが作成するため、もう一度デプロイします")
	newerLedger    = says("newer-ledger", "a later version of pai-notify has written it: update this one", "由更新版本的 pai-notify 写入，请升级当前版本", "新しいバージョンの pai-notify が書き込んでいます：このプログラムを更新します")
	wakeIt         = says("wake", "{function} must run each minute: check its schedule or timer, and its log", "{function} 应每分钟运行一次：请检查其定时触发器和日志", "{function} は毎分実行する必要があります：スケジュールまたはタイマーとログを確認します")
	seeLog         = says("see-log", "the log of {function} says why", "原因见 {function} 的日志", "理由は {function} のログを確認します")
	mendReceiver   = says("mend-receiver", "fix the cause, then {command} sends again what failed", "排除原因后，用 {command} 重新发送失败的通知", "原因を取り除いてから、{command} で失敗した通知を再送します")
	grantAction    = says("grant-action", "add it to the policy of the user or role; pai-notify policy prints all that are needed", "请添加到用户或角色的权限策略中；pai-notify policy 会列出所需的全部权限", "ユーザーまたはロールのポリシーに追加します。必要な権限は pai-notify policy で確認できます")
	comparePolicy  = says("compare-policy", "compare the policy of the user or role with pai-notify policy", "请将用户或角色的权限策略与 pai-notify policy 的输出对比", "ユーザーまたはロールのポリシーを pai-notify policy と比べます")
	learnNeeds     = says("learn-needs", "pai-notify learn lists what is needed to read it", "运行 pai-notify learn 查看读取所需的条件", "読み取りに必要なものは pai-notify learn で確認できます")
	grantLearn     = says("grant-learn", "add the permission to the policy of the user or role; pai-notify policy --learn prints it", "请将该权限添加到用户或角色的权限策略中；pai-notify policy --learn 会列出", "ユーザーまたはロールのポリシーに権限を追加します。pai-notify policy --learn で確認できます")
	sendOne        = says("send-event", "have PAI send one, such as by stopping a job, and look again; if none comes, check the workspace's event notifications in the PAI console. A bus whose traces are off shows none either", "请让 PAI 发送一个事件（例如停止一个任务）后再查看；若仍没有，请在 PAI 控制台检查工作空间的“事件通知配置”。未开启事件轨迹的总线也不会显示事件", "ジョブを停止するなどして PAI からイベントを送り、もう一度確認します。届かない場合は PAI コンソールでワークスペースのイベント通知を確認します。イベントトレースが無効なバスでも表示されません")
	learnList      = says("learn-list", "pai-notify learn lists them", "用 pai-notify learn 列出", "pai-notify learn で一覧できます")
	learnCondition = says("learn-condition", "pai-notify learn shows which condition fails first", "pai-notify learn 会显示最先不满足的条件", "最初に一致しない条件は pai-notify learn で確認できます")
	learnIfPAIs    = says("learn-if-pai", "if these events are PAI's, pai-notify learn shows what they are; if not, there is nothing to do", "若为 PAI 的事件，可用 pai-notify learn 查看；否则无需处理", "PAI のイベントなら pai-notify learn で確認します。そうでなければ対処は不要です")
	learnTypes     = says("learn-types", "pai-notify learn shows what they are", "用 pai-notify learn 查看", "pai-notify learn で確認します")
	learnCatalogue = says("learn-catalogue", "pai-notify learn shows what passed; then name the source and its types in the document's catalogue", "用 pai-notify learn 查看实际事件，然后在文档的 catalogue 中写明事件源及其类型", "pai-notify learn で実際のイベントを確認し、ドキュメントの catalogue にソースと種類を書きます")
	learnOverride  = says("learn-override", "pai-notify learn shows an override of the catalogue, and puts it into the document with --write", "pai-notify learn 会显示目录覆盖项，并可用 --write 写入文档", "pai-notify learn でカタログの上書きを確認し、--write でドキュメントに書き込みます")
	activate       = says("activate", "the account has not activated EventBridge: open {url}, choose the region{region} and activate it (free of charge)", "账号尚未开通事件总线 EventBridge：请打开 {url}，选择地域{region}并开通（免费）", "アカウントで EventBridge が有効化されていません：{url} を開き、リージョン{region}を選んで有効化します（無料）")
	grantCall      = says("grant-call", "the caller lacks the permission {action}: add it to the policy of the user or role; {command} prints all that are needed", "当前调用者缺少权限 {action}：请添加到用户或角色的权限策略中；{command} 会列出所需的全部权限", "呼び出し元に権限 {action} がありません：ユーザーまたはロールのポリシーに追加します。必要な権限は {command} で確認できます")
	giveAWS        = says("credentials-aws", "set credentials for the account: aws configure, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", "请提供账号凭证：aws configure、AWS_PROFILE，或 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY", "アカウントの認証情報を指定します：aws configure、AWS_PROFILE、または AWS_ACCESS_KEY_ID と AWS_SECRET_ACCESS_KEY")
	giveAliyun     = says("credentials-aliyun", "set credentials for the account: aliyun configure, or ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET", "请提供账号凭证：aliyun configure，或 ALIBABA_CLOUD_ACCESS_KEY_ID 和 ALIBABA_CLOUD_ACCESS_KEY_SECRET", "アカウントの認証情報を指定します：aliyun configure、または ALIBABA_CLOUD_ACCESS_KEY_ID と ALIBABA_CLOUD_ACCESS_KEY_SECRET")
	raiseQuota     = says("quota", "the account has reached a quota of the cloud: delete what is not needed, or have the quota raised", "账号已达到云服务的配额：请删除不需要的资源，或申请提高配额", "アカウントがクラウドの上限に達しています：不要なものを削除するか、上限の引き上げを申請します")
	changeDocument = says("change-document", "the cloud refuses a name or a value: change it in the document", "云服务拒绝了某个名称或值：请在文档中修改", "クラウドが名前か値を拒否しています：ドキュメントで変更します")
	changeFunction = says("change-function-name", "the cloud refuses the name of the function: it begins with --functions PREFIX, or {variable}, and ends with the target's type", "云服务拒绝了函数名称：它以 --functions PREFIX 或 {variable} 开头，以通知目标的类型结尾", "クラウドが関数名を拒否しています：名前は --functions PREFIX または {variable} で始まり、通知先の種類で終わります")
	changeEndpoint = says("change-endpoint", "the endpoint does not support the action {action}: leave --endpoint out, or use one that supports it, and check whether a proxy is in between", "该接入点不支持操作 {action}：请去掉 --endpoint，或指定支持它的地址，并检查中间是否有代理", "エンドポイントが操作 {action} に対応していません：--endpoint を外すか、対応するエンドポイントを指定し、間にプロキシがないか確認します")
	tryInAMinute   = says("throttled", "the cloud is throttling calls: run it again in a minute", "云服务暂时限流：请一分钟后再试", "クラウドが一時的に呼び出しを制限しています：1 分後にもう一度実行します")
	tryAgain       = says("unavailable", "the cloud did not answer: check the network and the region{region}, then run it again; what was done is kept", "云服务没有应答：请检查网络和地域{region}后再试；已完成的部分保留", "クラウドが応答しません：ネットワークとリージョン{region}を確認し、もう一度実行します。完了した変更は残ります")
)
